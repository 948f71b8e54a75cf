/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet plugin check DIR`: holds the plugins of a directory to the contract, from outside. The tests are those of core/app/check, which our
 * own plugins pass in tests/contract. Each runs in a process of its own, this program again as `check-plugin`, so that one that crashes or
 * never ends is a row in the table like any other. */
#include "hvn-cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-cli-check.h"
#include "hvn-cli-table.h"
#include "hvn-contract-fixture.h"
#include "hvn-error.h"
#include "hvn-text.h"

#define CHECK_SECONDS    600  /* a test that runs longer hangs, however slow the machine */
#define CHECK_DETAIL_MAX 2000 /* bytes of what a failed test said */
#define CHECK_PREFIX     "/contract/"

static const HvnContractTest *const hvn_cli_check_suites[] = {
    hvn_contract_load_tests,
    hvn_contract_port_tests,
    hvn_contract_nic_tests,
    hvn_contract_hostile_tests,
};

typedef enum {
    HVN_CLI_CHECK_PASSED,
    HVN_CLI_CHECK_FAILED,
    HVN_CLI_CHECK_SKIPPED,
    HVN_CLI_CHECK_N_RESULTS,
} HvnCliCheckResult;

static const char *const hvn_cli_check_words[] = {"passed", "failed", "skipped"};

/* one test of one plugin or variant */
typedef struct {
    HvnDescriptor         *descriptor; /* not owned */
    const char            *name;       /* not owned */
    const HvnContractTest *test;
    HvnCliCheckResult      result;
    char                  *detail; /* owned; (nullable) why it failed or was skipped, or what it found */
} HvnCliCheck;

typedef struct {
    char        *directory; /* owned, canonical */
    guint32      seed;
    HvnRegistry *registry; /* not owned */
    GPtrArray   *plugins;  /* owned; of HvnDescriptor, not owned: those of the directory */
    GArray      *checks;   /* owned; of HvnCliCheck */
} HvnCliChecks;

/* ---- in the process of a test ---- */

static const HvnContractTest *
hvn_cli_check_find_test(const char *path)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_check_suites); i++) {
        for (const HvnContractTest *test = hvn_cli_check_suites[i]; test->path != NULL; test++) {
            if (strcmp(test->path, path) == 0)
                return test;
        }
    }
    return NULL;
}

int
hvn_cli_check_plugin(HvnCli *self, int argc, char **argv)
{
    const HvnContractTest *test = argc == 4 ? hvn_cli_check_find_test(argv[0]) : NULL;
    const struct rlimit no_core = {0, 0};
    g_autoptr(GError) error = NULL;
    HvnRegistry *registry;
    HvnDescriptor *descriptor;
    char *words[] = {(char *)"hvnet", (char *)"--tap", (char *)"--seed", NULL, NULL};
    char **rest = words;
    int n_words = 4;

    if (test == NULL)
        return hvn_cli_usage(HVN_CLI_CHECK_COMMAND " is started by 'hvnet plugin check', and by nobody else");
    words[3] = argv[3];
    setrlimit(RLIMIT_CORE, &no_core);
    alarm(CHECK_SECONDS);
    g_test_init(&n_words, &rest, NULL);
    registry = hvn_cli_get_registry(self);
    descriptor = hvn_registry_find(registry, argv[1], argv[2], &error);
    if (descriptor == NULL) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    hvn_contract_add_test(registry, descriptor, argv[2], test, NULL);
    return g_test_run();
}

/* ---- in the process that asked ---- */

/* the line of TAP that begins so, without its beginning */
static char *
hvn_cli_check_find_line(char **lines, const char *prefix)
{
    for (guint i = 0; lines[i] != NULL; i++) {
        if (g_str_has_prefix(lines[i], prefix))
            return hvn_text_printable_within(lines[i] + strlen(prefix), CHECK_DETAIL_MAX);
    }
    return NULL;
}

/* what the test itself said: comments behind those of its surroundings and before the result */
static char *
hvn_cli_check_find_words(char **lines)
{
    g_autoptr(GString) words = g_string_new(NULL);

    for (guint i = 0; lines[i] != NULL && !g_str_has_prefix(lines[i], "ok ") && !g_str_has_prefix(lines[i], "not ok "); i++) {
        if (g_str_has_prefix(lines[i], "# Start of ") || g_str_has_prefix(lines[i], "1.."))
            g_string_truncate(words, 0);
        else if (g_str_has_prefix(lines[i], "# "))
            g_string_append_printf(words, "%s%s", words->len > 0 ? "; " : "", lines[i] + 2);
    }
    return words->len > 0 ? hvn_text_printable_within(words->str, CHECK_DETAIL_MAX) : NULL;
}

/* "hvn-check:ERROR:path/to/hvn-contract-port.c:60:function: what" as "hvn-contract-port.c:60: what" where it is that */
static char *
hvn_cli_check_shorten(char *message)
{
    const char *file = strstr(message, ":ERROR:");
    char *slash;

    if (file == NULL)
        return message;
    file += strlen(":ERROR:");
    slash = strstr(file, "hvn-");
    file = slash != NULL ? slash : file;
    memmove(message, file, strlen(file) + 1);
    return message;
}

static char *
hvn_cli_check_describe_end(int wait_status)
{
    if (WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGALRM)
        return g_strdup_printf("did not end within %d seconds", CHECK_SECONDS);
    if (WIFSIGNALED(wait_status))
        return g_strdup_printf("crashed: %s", g_strsignal(WTERMSIG(wait_status)));
    return g_strdup_printf("exit status %d", WEXITSTATUS(wait_status));
}

/* why a test failed: what it said itself, else how its process ended and the last words of it */
static char *
hvn_cli_check_explain(char **lines, const char *errors, int wait_status)
{
    char *said = hvn_cli_check_find_line(lines, "Bail out! ");
    g_autofree char *result = hvn_cli_check_find_line(lines, "not ok ");
    g_autofree char *end = NULL;
    g_autofree char *last = NULL;

    if (said != NULL)
        return hvn_cli_check_shorten(said);
    if (result != NULL && strstr(result, " - ") != NULL)
        return g_strdup(strstr(result, " - ") + strlen(" - "));
    end = hvn_cli_check_describe_end(wait_status);
    last = hvn_cli_check_find_words(lines);
    if (WIFEXITED(wait_status) && last != NULL && *errors == '\0')
        return g_steal_pointer(&last);
    if (*errors != '\0') {
        g_free(last);
        last = hvn_text_printable_within(errors, CHECK_DETAIL_MAX);
    }
    return last != NULL ? g_strdup_printf("%s (%s)", end, last) : g_steal_pointer(&end);
}

static void
hvn_cli_check_judge(HvnCliCheck *check, const char *output, const char *errors, int wait_status)
{
    g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
    const char *skip = strstr(output, " # SKIP ");

    if (wait_status != 0) {
        check->result = HVN_CLI_CHECK_FAILED;
        check->detail = hvn_cli_check_explain(lines, errors, wait_status);
    } else if (skip != NULL) {
        check->result = HVN_CLI_CHECK_SKIPPED;
        check->detail = g_strndup(skip + strlen(" # SKIP "), strcspn(skip + strlen(" # SKIP "), "\n"));
    } else {
        check->result = HVN_CLI_CHECK_PASSED;
        check->detail = hvn_cli_check_find_words(lines);
    }
}

static gboolean
hvn_cli_check_run(const HvnCliChecks *self, HvnCliCheck *check, GError **error)
{
    g_autofree char *seed = g_strdup_printf("R02S%08x%08x%08x%08x", self->seed, 0, 0, 0);
    const char *words[] = {"/proc/self/exe",       "hvnet",     "--plugin-path", self->directory, HVN_CLI_CHECK_COMMAND, check->test->path,
                           check->descriptor->kind, check->name, seed,            NULL};
    g_autofree char *output = NULL;
    g_autofree char *errors = NULL;
    int wait_status;

    if (!g_spawn_sync(NULL, (char **)words, NULL, G_SPAWN_FILE_AND_ARGV_ZERO, NULL, NULL, &output, &errors, &wait_status, error))
        return FALSE;
    hvn_cli_check_judge(check, output, errors, wait_status);
    return TRUE;
}

/* all tests of a plugin under one of its names; one whose module does not open is asked nothing else */
static gboolean
hvn_cli_check_run_all(HvnCliChecks *self, HvnDescriptor *descriptor, const char *name, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(hvn_cli_check_suites); i++) {
        for (const HvnContractTest *test = hvn_cli_check_suites[i]; test->path != NULL; test++) {
            HvnCliCheck check = {.descriptor = descriptor, .name = name, .test = test};
            gboolean is_filter = strcmp(descriptor->kind, "filter") == 0;

            if (test->kind != NULL ? strcmp(test->kind, descriptor->kind) != 0 : is_filter && i > 0)
                continue;
            if (!hvn_cli_check_run(self, &check, error))
                return FALSE;
            g_array_append_val(self->checks, check);
            if (i == 0 && check.result == HVN_CLI_CHECK_FAILED)
                return TRUE;
        }
    }
    return TRUE;
}

static gboolean
hvn_cli_check_run_plugin(HvnCliChecks *self, HvnDescriptor *descriptor, GError **error)
{
    if (!hvn_cli_check_run_all(self, descriptor, descriptor->name, error))
        return FALSE;
    for (guint i = 0; i < descriptor->variants->len; i++) {
        const HvnVariant *variant = descriptor->variants->pdata[i];

        if (!hvn_cli_check_run_all(self, descriptor, variant->name, error))
            return FALSE;
    }
    return TRUE;
}

/* the plugins of the directory, each of whose descriptors has to be a good one */
static gboolean
hvn_cli_check_find_plugins(HvnCliChecks *self, GError **error)
{
    g_autofree char *prefix = g_strconcat(self->directory, "/", NULL);
    g_autoptr(GPtrArray) all = hvn_registry_list(self->registry, NULL);
    const char *const *problems = hvn_registry_get_problems(self->registry);

    for (guint i = 0; problems[i] != NULL; i++) {
        if (g_str_has_prefix(problems[i], prefix)) {
            g_set_error_literal(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, problems[i]);
            return FALSE;
        }
    }
    for (guint i = 0; i < all->len; i++) {
        HvnDescriptor *descriptor = all->pdata[i];

        if (g_str_has_prefix(descriptor->path, prefix))
            g_ptr_array_add(self->plugins, descriptor);
    }
    if (self->plugins->len > 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND,
                "no plugin in '%s': expected a descriptor, NAME.xml, and its module beside it, as in the directory where it was built",
                self->directory);
    return FALSE;
}

/* ---- what it says ---- */

static const char *
hvn_cli_check_label(const HvnCliCheck *check)
{
    return check->test->path + strlen(CHECK_PREFIX);
}

static void
hvn_cli_check_count(const HvnCliChecks *self, guint *counts)
{
    for (guint i = 0; i < self->checks->len; i++)
        counts[g_array_index(self->checks, HvnCliCheck, i).result]++;
}

static void
hvn_cli_check_print_failures(const HvnCliChecks *self)
{
    for (guint i = 0; i < self->checks->len; i++) {
        const HvnCliCheck *check = &g_array_index(self->checks, HvnCliCheck, i);

        if (check->result == HVN_CLI_CHECK_FAILED)
            printf("\n%s, %s: %s\n", check->name, hvn_cli_check_label(check), check->detail);
    }
}

static void
hvn_cli_check_print(const HvnCliChecks *self, const guint *counts)
{
    static const char *const headings[] = {"NAME", "TEST", "RESULT", "WHAT", NULL};
    g_autoptr(HvnCliTable) table = hvn_cli_table_new(headings);

    for (guint i = 0; i < self->checks->len; i++) {
        const HvnCliCheck *check = &g_array_index(self->checks, HvnCliCheck, i);
        gboolean noted = check->detail != NULL && check->result != HVN_CLI_CHECK_FAILED;

        hvn_cli_table_add(table, g_strdup(check->name), g_strdup(hvn_cli_check_label(check)), g_strdup(hvn_cli_check_words[check->result]),
                          g_strdup_printf("%s%s%s", check->test->summary, noted ? ": " : "", noted ? check->detail : ""));
    }
    hvn_cli_table_print(table);
    hvn_cli_check_print_failures(self);
    printf("\n%u passed, %u failed, %u skipped; seed %u\n", counts[HVN_CLI_CHECK_PASSED], counts[HVN_CLI_CHECK_FAILED],
           counts[HVN_CLI_CHECK_SKIPPED], self->seed);
}

static void
hvn_cli_check_add_string(JsonBuilder *builder, const char *name, const char *value)
{
    json_builder_set_member_name(builder, name);
    json_builder_add_string_value(builder, value);
}

static void
hvn_cli_check_print_json(const HvnCliChecks *self, const guint *counts)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "checks");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->checks->len; i++) {
        const HvnCliCheck *check = &g_array_index(self->checks, HvnCliCheck, i);

        json_builder_begin_object(builder);
        hvn_cli_check_add_string(builder, "kind", check->descriptor->kind);
        hvn_cli_check_add_string(builder, "name", check->name);
        hvn_cli_check_add_string(builder, "test", hvn_cli_check_label(check));
        hvn_cli_check_add_string(builder, "summary", check->test->summary);
        hvn_cli_check_add_string(builder, "result", hvn_cli_check_words[check->result]);
        if (check->detail != NULL)
            hvn_cli_check_add_string(builder, "detail", check->detail);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    for (guint i = 0; i < HVN_CLI_CHECK_N_RESULTS; i++) {
        json_builder_set_member_name(builder, hvn_cli_check_words[i]);
        json_builder_add_int_value(builder, counts[i]);
    }
    json_builder_set_member_name(builder, "seed");
    json_builder_add_int_value(builder, self->seed);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

/* ---- the subcommand ---- */

static void
hvn_cli_check_clear(gpointer check)
{
    g_free(((HvnCliCheck *)check)->detail);
}

/* makes the directory the first to be searched, whatever --plugin-path says */
static gboolean
hvn_cli_check_open(HvnCli *cli, HvnCliChecks *self, const char *directory, GError **error)
{
    g_autofree char *printable = hvn_text_printable(directory);
    char *real = realpath(directory, NULL);

    if (real == NULL || !g_file_test(real, G_FILE_TEST_IS_DIR)) {
        free(real);
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "'%s' is no directory: expected one with a plugin's descriptor and module",
                    printable);
        return FALSE;
    }
    self->directory = g_strdup(real);
    free(real);
    if (strchr(self->directory, ':') != NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "'%s': a colon separates directories of plugins, so none may be in its name",
                    printable);
        return FALSE;
    }
    g_free(cli->plugin_path);
    cli->plugin_path = g_strdup(self->directory);
    self->registry = hvn_cli_get_registry(cli);
    return hvn_cli_check_find_plugins(self, error);
}

static int
hvn_cli_check_all(HvnCli *cli, const char *directory, guint32 seed)
{
    g_autoptr(GPtrArray) plugins = g_ptr_array_new();
    g_autoptr(GArray) checks = g_array_new(FALSE, FALSE, sizeof(HvnCliCheck));
    HvnCliChecks self = {.seed = seed, .plugins = plugins, .checks = checks};
    guint counts[HVN_CLI_CHECK_N_RESULTS] = {0};
    g_autoptr(GError) error = NULL;
    gboolean done;

    g_array_set_clear_func(checks, hvn_cli_check_clear);
    done = hvn_cli_check_open(cli, &self, directory, &error);
    for (guint i = 0; done && i < plugins->len; i++)
        done = hvn_cli_check_run_plugin(&self, plugins->pdata[i], &error);
    g_free(self.directory);
    if (!done) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    hvn_cli_check_count(&self, counts);
    if (cli->json)
        hvn_cli_check_print_json(&self, counts);
    else
        hvn_cli_check_print(&self, counts);
    return counts[HVN_CLI_CHECK_FAILED] > 0 ? HVN_EXIT_FAILED : HVN_EXIT_DONE;
}

int
hvn_cli_check(HvnCli *self, int argc, char **argv)
{
    const char *directory = NULL, *value = NULL;
    guint64 seed = 1;

    for (int i = 0; i < argc; i++) {
        if (hvn_cli_take_value(argc, argv, &i, "--seed", &value)) {
            if (value == NULL || !g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, &seed, NULL))
                return hvn_cli_usage("--seed is a number from 0 to %u", G_MAXUINT32);
        } else if (directory == NULL && *argv[i] != '-') {
            directory = argv[i];
        } else {
            return hvn_cli_usage("unexpected argument '%s' of 'plugin check': expected [--seed N] DIR", argv[i]);
        }
    }
    if (directory == NULL)
        return hvn_cli_usage("'plugin check' takes the directory of a plugin, such as 'hvnet plugin check build'");
    return hvn_cli_check_all(self, directory, (guint32)seed);
}
