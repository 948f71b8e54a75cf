/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What asks for help, and what the text says. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"

static char *
help(const char *line, GError **error)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_auto(GStrv) argv = NULL;
    char *text = NULL;

    g_assert_true(g_shell_parse_argv(line, NULL, &argv, NULL));
    g_assert_true(hvn_config_qemu_help((const char *const *)argv, registry, &text, error) == (error == NULL || *error == NULL));
    return text;
}

static const struct {
    const char *line;
    const char *contains; /* NULL: no help is asked for */
} vectors[] = {
    {"-device help", "Network devices:\nname \"e1000\", bus PCI"},
    {"-device '?'", "name \"e1000-82545em\", bus PCI"},
    {"-device e1000,help", "e1000 options:\n"},
    {"-device e1000,help", "  mac=<str>"},
    {"-device e1000-82545em,'?'", "e1000-82545em options:\n"},
    {"-netdev help", "Available netdev backend types:\n"},
    {"-netdev help", "\nnull\n"},
    {"-netdev help", "\nuser\n"},
    {"-netdev user,help", "  restrict=<bool>"},
    {"-netdev user,id=n0,help", "  hostfwd=<str>"},
    {"-nic help", "Available netdev backend types:\n"},
    {"-nic help", "\nuser\n"},
    {"-nic help", "Available NIC models for this configuration:\ne1000\ne1000-82544gc\ne1000-82545em\n"},
    {"-nic model=help", "Available NIC models for this configuration:\ne1000\n"},
    {"-nic user,model=help", "Available NIC models for this configuration:\ne1000\n"},
    {"-net nic,model='?'", "Available NIC models for this configuration:\ne1000\n"},
    {"-net nic,help", "Available NIC models for this configuration:\ne1000\n"},
    {"-nic user,help", "  restrict=<bool>"},
    {"-netdev user,id=n0 -device help", "Network devices:\n"},
    {"-netdev user,id=n0 -device e1000,netdev=n0", NULL},
    {"-nodefaults -nic none", NULL},
    {"-netdev user,id=help -device", NULL},
    {"-other help", NULL},
    {"domain.xml", NULL},
};

static void
test_vectors(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *text = help(vectors[i].line, &error);

        g_test_message("%s", vectors[i].line);
        g_assert_no_error(error);
        if (vectors[i].contains == NULL)
            g_assert_null(text);
        else
            g_assert_true(text != NULL && strstr(text, vectors[i].contains) != NULL);
    }
}

static void
test_unknown(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(help("-device nonesuch,help", &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_true(g_str_has_prefix(error->message, "-device nonesuch,help: unknown nic 'nonesuch'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-qemu-help/vectors", test_vectors);
    g_test_add_func("/app/config-qemu-help/unknown", test_unknown);
    return g_test_run();
}
