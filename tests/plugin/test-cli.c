/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command as a user meets it: exit status, what goes to standard output and what to standard error. Runs the built `hvnet`. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct {
    char *out;
    char *err;
    int status;
} Outcome;

static void
outcome_clear(Outcome *self)
{
    g_free(self->out);
    g_free(self->err);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

/* runs hvnet with the words of @line, with no environment that would change the outcome */
static Outcome
run(const char *line)
{
    g_autofree char *words = g_strdup_printf("%s %s", g_getenv("HVN_TEST_COMMAND"), line);
    g_auto(GStrv) argv = NULL;
    g_auto(GStrv) env = g_environ_unsetenv(g_environ_unsetenv(g_get_environ(), "HVNET_PLUGIN_PATH"), "G_MESSAGES_DEBUG");
    g_autoptr(GError) error = NULL;
    Outcome outcome = {0};
    int wait_status = 0;

    g_assert_true(g_shell_parse_argv(words, NULL, &argv, NULL));
    g_spawn_sync(NULL, argv, env, G_SPAWN_DEFAULT, NULL, NULL, &outcome.out, &outcome.err, &wait_status, &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(wait_status));
    outcome.status = WEXITSTATUS(wait_status);
    return outcome;
}

/* the plugins that the tests bring */
static char *
with_plugins(const char *line)
{
    g_autofree char *dir = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "odd", NULL);

    return g_strdup_printf("--plugin-path '%s' %s", dir, line);
}

static void
assert_usage(const char *line, const char *message)
{
    g_auto(Outcome) outcome = run(line);
    g_autofree char *expected = g_strdup_printf("hvnet: %s\nsee 'hvnet --help'\n", message);

    g_assert_cmpstr(outcome.err, ==, expected);
    g_assert_cmpstr(outcome.out, ==, "");
    g_assert_cmpint(outcome.status, ==, 2);
}

static void
test_version(void)
{
    g_auto(Outcome) outcome = run("--version");
    g_auto(Outcome) after = run("plugins --version");

    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_str_has_prefix(outcome.out, "hvnet "));
    g_assert_true(g_ascii_isdigit(outcome.out[6]));
    g_assert_cmpstr(outcome.err, ==, "");
    g_assert_cmpstr(after.out, ==, outcome.out);
}

static void
test_help(void)
{
    g_auto(Outcome) outcome = run("--help");
    g_auto(Outcome) command = run("plugin --help");
    g_auto(Outcome) none = run("");

    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_nonnull(strstr(outcome.out, "plugins [backend|nic|filter]"));
    g_assert_nonnull(strstr(outcome.out, "--plugin-path DIR"));
    g_assert_cmpstr(outcome.err, ==, "");
    g_assert_cmpint(command.status, ==, 0);
    g_assert_true(g_str_has_prefix(command.out, "usage: hvnet plugin NAME | new NAME | check DIR\n"));
    g_assert_cmpint(none.status, ==, 2);
    g_assert_cmpstr(none.out, ==, "");
    g_assert_true(g_str_has_prefix(none.err, "usage: hvnet COMMAND"));
}

static void
test_usage(void)
{
    g_auto(Outcome) outcome = run("plugin-s");

    g_assert_cmpint(outcome.status, ==, 2);
    g_assert_cmpstr(outcome.out, ==, "");
    g_assert_true(g_str_has_prefix(outcome.err, "hvnet: unknown command 'plugin-s' (accepted: "));
    g_assert_nonnull(strstr(outcome.err, "did you mean 'plugins'?"));
    /* not a terminal: no colour */
    g_assert_null(strchr(outcome.err, '\033'));
    assert_usage("--bogus plugins", "unknown option '--bogus': a command comes first");
    assert_usage("-netdev user", "unknown option '-netdev': a command comes first");
    assert_usage("plugins --trace=regs,bogus", "unknown trace 'bogus' (accepted: regs, frames)");
    assert_usage("plugins --plugin-path", "option --plugin-path lacks its value");
    assert_usage("plugins bogus", "unknown kind of plugin 'bogus' (accepted: backend, nic, filter)");
    assert_usage("plugins nic filter", "unexpected argument 'filter' of 'plugins': expected at most one kind");
    assert_usage("plugin", "'plugin' takes one name, such as 'hvnet plugin user'");
}

static void
test_plugins(void)
{
    g_autofree char *line = with_plugins("plugins backend");
    g_autofree char *filter_line = with_plugins("plugins filter");
    g_auto(Outcome) outcome = run(line);
    g_auto(Outcome) filters = run(filter_line);

    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_str_has_prefix(outcome.out, "KIND      NAME"));
    /* columns are as wide as what stands in them, which depends on the plugins that are there */
    g_assert_true(g_regex_match_simple("^backend +odd +strange +a backend that loses every frame$", outcome.out, G_REGEX_MULTILINE, 0));
    g_assert_true(g_regex_match_simple("^KIND +NAME +ALIASES +SUMMARY$", outcome.out, G_REGEX_MULTILINE, 0));
    g_assert_cmpstr(outcome.err, ==, "");
    g_assert_cmpint(filters.status, ==, 0);
    g_assert_null(strstr(filters.out, "odd"));
}

static void
test_plugin(void)
{
    g_autofree char *line = with_plugins("plugin strange");
    g_auto(Outcome) outcome = run(line);

    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_str_has_prefix(outcome.out, "backend odd: a backend that loses every frame\naliases: strange\noptions:\n"));
    g_assert_nonnull(strstr(outcome.out, "\n  mtu\n      a number\n      uint: a number from 68 to 65521 (bytes), default 1500\n"
                                         "      XML: hvnet:options/@mtu\n"));
    g_assert_nonnull(
        strstr(outcome.out, "      string: text, may be given several times\n      XML: hvnet:options/hvnet:rules\n"));
    g_assert_cmpstr(outcome.err, ==, "");
}

static void
test_plugin_unknown(void)
{
    g_autofree char *line = with_plugins("plugin od");
    g_auto(Outcome) outcome = run(line);

    g_assert_cmpint(outcome.status, ==, 1);
    g_assert_cmpstr(outcome.out, ==, "");
    g_assert_true(g_str_has_prefix(outcome.err, "hvnet: unknown plugin 'od' (accepted: "));
    g_assert_nonnull(strstr(outcome.err, "did you mean 'odd'?"));
}

static void
test_json(void)
{
    g_autofree char *list_line = with_plugins("plugins --json");
    g_autofree char *one_line = with_plugins("plugin odd --json");
    g_auto(Outcome) list = run(list_line);
    g_auto(Outcome) one = run(one_line);

    g_assert_cmpint(list.status, ==, 0);
    g_assert_cmpint(one.status, ==, 0);
    g_assert_true(g_str_has_prefix(list.out, "{\n  \"plugins\" : [\n"));
    g_assert_nonnull(strstr(list.out, "\"name\" : \"odd\""));
    g_assert_null(strstr(list.out, "\"options\""));
    g_assert_nonnull(strstr(one.out, "\"minimum\" : 68,"));
    g_assert_nonnull(strstr(one.out, "\"default\" : \"1500\","));
    g_assert_nonnull(strstr(one.out, "\"unit\" : null,"));
}

static void
test_problems(void)
{
    g_autofree char *dir = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "broken.xml", NULL);
    g_autofree char *line = g_strdup_printf("plugins filter --plugin-path=%s", dir);
    g_autofree char *verbose_line = g_strdup_printf("plugins filter --verbose --plugin-path=%s", dir);
    g_autofree char *expected = g_strdup_printf("hvnet: %s:1: element <plugin> lacks attribute 'kind'\n", path);

    g_assert_true(g_file_set_contents(path, "<plugin xmlns='urn:hvnet:plugin:1'/>", -1, NULL));
    {
        g_auto(Outcome) outcome = run(line);
        g_auto(Outcome) verbose = run(verbose_line);

        g_assert_cmpint(outcome.status, ==, 0);
        g_assert_cmpstr(outcome.err, ==, expected);
        /* told of once */
        g_assert_nonnull(strstr(verbose.err, expected));
        g_assert_null(strstr(strstr(verbose.err, expected) + 1, expected));
    }
    g_unlink(path);
    g_rmdir(dir);
}

/* the second time in the search path the same plugin is passed over, which the log tells at debug level */
static void
test_verbose(void)
{
    g_autofree char *dir = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "odd", NULL);
    g_autofree char *quiet_line = g_strdup_printf("plugins --plugin-path '%s:%s'", dir, dir);
    g_autofree char *verbose_line = g_strdup_printf("%s --verbose", quiet_line);
    g_auto(Outcome) quiet = run(quiet_line);
    g_auto(Outcome) verbose = run(verbose_line);

    g_assert_cmpstr(quiet.err, ==, "");
    g_assert_nonnull(strstr(verbose.err, "hvn-plugin: debug: "));
    g_assert_nonnull(strstr(verbose.err, "odd.xml: passed over, backend 'odd' is "));
    g_assert_cmpstr(verbose.out, ==, quiet.out);
}

static void
test_full_disk(void)
{
    g_auto(Outcome) outcome = run("plugins");
    g_autofree char *line = g_strdup_printf("sh -c '\"%s\" plugins >/dev/full'", g_getenv("HVN_TEST_COMMAND"));
    g_autofree char *err = NULL;
    int wait_status = 0;

    g_assert_cmpint(outcome.status, ==, 0);
    g_assert_true(g_spawn_command_line_sync(line, NULL, &err, &wait_status, NULL));
    g_assert_cmpint(WEXITSTATUS(wait_status), ==, 1);
    g_assert_nonnull(strstr(err, "hvnet: cannot write to standard output: "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_nonnull(g_getenv("HVN_TEST_COMMAND"));
    g_test_add_func("/plugin/cli/version", test_version);
    g_test_add_func("/plugin/cli/help", test_help);
    g_test_add_func("/plugin/cli/usage", test_usage);
    g_test_add_func("/plugin/cli/plugins", test_plugins);
    g_test_add_func("/plugin/cli/plugin", test_plugin);
    g_test_add_func("/plugin/cli/plugin-unknown", test_plugin_unknown);
    g_test_add_func("/plugin/cli/json", test_json);
    g_test_add_func("/plugin/cli/problems", test_problems);
    g_test_add_func("/plugin/cli/verbose", test_verbose);
    g_test_add_func("/plugin/cli/full-disk", test_full_disk);
    return g_test_run();
}
