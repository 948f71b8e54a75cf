/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The grammar of QEMU's options: commas, doubled commas, flags, JSON, and text that is none of these. */
#include "hvn-qemu-opts.h"

#include "hvn-error.h"

static const struct {
    const char *text;
    const char *expected; /* "key=value" joined by "|" */
} vectors[] = {
    {"", ""},
    {"user", "type=user"},
    {"type=user", "type=user"},
    {"user,id=n0", "type=user|id=n0"},
    {"user,id=n0,", "type=user|id=n0"},
    {"user,restrict,id=n0", "type=user|restrict=on|id=n0"},
    {"id=n0,user", "id=n0|user=on"},
    {"user,guestfwd=tcp:1.2.3.4:5-cmd:a,,b,,,,c,id=x", "type=user|guestfwd=tcp:1.2.3.4:5-cmd:a,b,,c|id=x"},
    {"us,,er", "type=us,er"},
    {"user,,,id=n", "type=user,|id=n"},
    {"user,a=b=c", "type=user|a=b=c"},
    {"user,a=", "type=user|a="},
    {"user,f=1,f=2", "type=user|f=1|f=2"},
    {"{\"type\":\"user\",\"restrict\":true,\"ipv6\":false,\"mtu\":1400}", "type=user|restrict=on|ipv6=off|mtu=1400"},
    {"{\"hostfwd\":[{\"str\":\"tcp::1-:2\"},{\"str\":\"a,b\"}],\"dns\":[\"x\"]}", "hostfwd=tcp::1-:2|hostfwd=a,b|dns=x"},
    {"{\"addr\":{\"type\":\"inet\",\"host\":\"::1\"}}", "addr.type=inet|addr.host=::1"},
    {"{}", ""},
};

static void
test_vectors(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(vectors[i].text, "type", "-netdev", &error);
        g_autoptr(GString) text = g_string_new(NULL);

        g_assert_no_error(error);
        for (guint j = 0; j < opts->len; j++) {
            const HvnQemuOpt *opt = g_ptr_array_index(opts, j);

            g_string_append_printf(text, "%s%s=%s", j > 0 ? "|" : "", opt->key, opt->value);
        }
        g_assert_cmpstr(text->str, ==, vectors[i].expected);
    }
}

static const char *const bad[] = {
    ",user",
    "user,=x",
    "=",
    "{",
    "{\"type\":\"user\"",
    "{\"a\":null}",
    "{\"a\":1.5}",
    "{\"a\":1}x{",
    "{\"a\":[[[[[[[[[[1]]]]]]]]]]}",
};

static void
test_bad(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse(bad[i], "type", "-netdev X", &error);

        g_test_message("%s", bad[i]);
        g_assert_null(opts);
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        g_assert_true(g_str_has_prefix(error->message, "-netdev X: "));
    }
}

/* nesting costs a parser its stack */
static void
test_deep(void)
{
    g_autofree char *brackets = g_strnfill(1000000, '[');
    g_autofree char *text = g_strconcat("{\"a\":", brackets, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_qemu_opts_parse(text, "type", "-netdev", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
}

static void
test_take(void)
{
    g_autoptr(GPtrArray) opts = hvn_qemu_opts_parse("user,id=a,b=1,id=c", "type", "-netdev", NULL);
    g_autofree char *id = hvn_qemu_opts_take(opts, "id");

    g_assert_cmpstr(id, ==, "c");
    g_assert_false(hvn_qemu_opts_has(opts, "id"));
    g_assert_true(hvn_qemu_opts_has(opts, "b"));
    g_assert_cmpuint(opts->len, ==, 2);
    g_assert_null(hvn_qemu_opts_take(opts, "id"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/qemu-opts/vectors", test_vectors);
    g_test_add_func("/app/qemu-opts/bad", test_bad);
    g_test_add_func("/app/qemu-opts/deep", test_deep);
    g_test_add_func("/app/qemu-opts/take", test_take);
    return g_test_run();
}
