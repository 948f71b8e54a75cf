/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Domain files as a whole: every good file of tests/data/xml and of doc/examples is read and agrees with domain.rng and the
 * grammars that hvn-make-schema.c makes, every bad one gives the message that stands beside it, and what somebody else wrote
 * (HVNET_CORPUS names directories, joined by colons; without it there is no such test) never gives anything but a verdict. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"
#include "hvn-schema.h"

typedef void (*FileFunc)(HvnRegistry *registry, const char *path, const char *name);

static void
each_file(const char *directory, FileFunc func)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *name;
    guint n_files = 0;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, name, NULL);

        if (!g_str_has_suffix(name, ".xml"))
            continue;
        func(registry, path, name);
        n_files++;
    }
    g_assert_cmpuint(n_files, >, 3);
}

static gboolean
grammar_accepts(HvnRegistry *registry, const char *path, GError **error)
{
    g_autofree char *schema = g_build_filename(hvn_registry_get_schema_dir(registry), "domain.rng", NULL);
    g_autoptr(xmlDoc) doc = hvn_schema_parse_file(path, error);

    return doc != NULL && hvn_schema_validate(doc, path, schema, error);
}

static void
check_good(HvnRegistry *registry, const char *path, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_xml(path, registry, &error);

    g_test_message("%s", name);
    g_assert_no_error(error);
    g_assert_nonnull(config);
    grammar_accepts(registry, path, &error);
    g_assert_no_error(error);
}

/* NAME.err holds how the message begins: what follows may list plugins or options, which grow */
static void
check_bad(HvnRegistry *registry, const char *path, const char *name)
{
    g_autofree char *expected_path = g_strdup_printf("%.*s.err", (int)(strlen(path) - strlen(".xml")), path);
    g_autofree char *expected = NULL;
    g_autofree char *text = NULL;
    g_autoptr(HvnConfig) config = NULL;
    g_autoptr(GError) error = NULL;
    gsize len;

    g_test_message("%s", name);
    g_assert_true(g_file_get_contents(expected_path, &expected, NULL, NULL));
    g_assert_true(g_file_get_contents(path, &text, &len, NULL));
    config = hvn_config_load_xml_memory(text, len, name, registry, &error);
    g_assert_null(config);
    g_assert_nonnull(error);
    g_assert_true(error->domain == HVN_ERROR);
    g_strchomp(expected);
    if (!g_str_has_prefix(error->message, expected))
        g_assert_cmpstr(error->message, ==, expected);
    g_assert_null(strchr(error->message, '\n'));
}

/* what no grammar of this kind can say: that two elements differ, that an option is given in two ways, that a number is below
 * another, that an element says something for some types only */
static const char *const beyond_grammar[] = {
    "alias-twice.xml",
    "conflict-backend.xml",
    "conflict-list.xml",
    "conflict-option.xml",
    "forward-end.xml",
    "forward-to.xml",
    "ip-and-net.xml",
    "ip-twice.xml",
    "model-unknown.xml",
    "nic-model-differs.xml",
    "options-backend.xml",
    "portable-ambiguous.xml",
    "portable-same.xml",
    "portable-unmatched.xml",
    "namespace-version.xml",
    "null-forward.xml",
    "null-ip.xml",
    "null-option.xml",
    "forward-only-holes.xml",
    "script.xml",
    "downscript.xml",
    "source-bridge.xml",
    "source-client.xml",
    "source-local.xml",
    "source-no-address.xml",
    "source-user.xml",
    "network-alone.xml",
    "network-missing.xml",
    "switch-twice.xml",
    "bandwidth-peak.xml",
    "switch-uplink-nic.xml",
    "type-network.xml",
    "vlan.xml",
    "vlan-several.xml",
    NULL,
};

static void
check_bad_grammar(HvnRegistry *registry, const char *path, const char *name)
{
    g_autoptr(GError) error = NULL;

    g_test_message("%s", name);
    if (g_strv_contains(beyond_grammar, name))
        return;
    g_assert_false(grammar_accepts(registry, path, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
}

static void
check_verdict(HvnRegistry *registry, const char *path, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_xml(path, registry, &error);

    g_test_message("%s: %s", name, config != NULL ? "accepted" : error->message);
    g_assert_true((config == NULL) == (error != NULL));
    if (error != NULL)
        g_assert_true(error->domain == HVN_ERROR && g_str_has_prefix(error->message, path) &&
                      strchr(error->message, '\n') == NULL);
}

static void
test_good(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "xml", "good", NULL);

    each_file(directory, check_good);
}

static void
test_bad(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "xml", "bad", NULL);

    each_file(directory, check_bad);
}

static void
test_bad_grammar(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "xml", "bad", NULL);

    each_file(directory, check_bad_grammar);
}

static void
test_examples(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "..", "..", "doc", "examples", NULL);

    each_file(directory, check_good);
}

static void
test_corpus(void)
{
    g_auto(GStrv) directories = g_strsplit(g_getenv("HVNET_CORPUS"), ":", -1);

    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* a MAC address in use twice is worth a warning only */
    for (guint i = 0; directories[i] != NULL; i++)
        each_file(directories[i], check_verdict);
}

/* a path in a file is relative to the file, whatever the current directory is */
static void
test_relative_path(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "..", "doc", "examples", "seed.xml", NULL);
    g_autofree char *directory = g_path_get_dirname(path);
    g_autofree char *tftp = g_build_filename(directory, "tftp", NULL);
    g_autofree char *bootfile = g_build_filename(tftp, "pxelinux.0", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_xml(path, registry, &error);

    g_assert_no_error(error);
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "tftp", tftp);
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "bootfile", "pxelinux.0");
    g_assert_true(g_file_test(bootfile, G_FILE_TEST_IS_REGULAR));
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "net", "192.168.76.0/24");
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "dhcpstart", "192.168.76.9");
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "restrict", "yes");
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "hostfwd", "tcp:127.0.0.1:5555-:22");
    g_assert_cmpstr(config->name, ==, "seed");
}

static void
test_missing_file(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_config_load_xml("/nonexistent/domain.xml", registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "/nonexistent/domain.xml"));
}

/* all interfaces of all <devices>, in order */
static void
test_order(void)
{
    g_autoptr(HvnConfig) config =
        hvn_config_test_load("<disk/><interface><alias name='ua-a'/></interface><interface/></devices><devices>"
                             "<interface type='user'><link state='down'/></interface>");

    g_assert_cmpuint(config->interfaces->len, ==, 3);
    g_assert_cmpstr(hvn_config_interface(config, 0)->name, ==, "ua-a");
    g_assert_cmpstr(hvn_config_interface(config, 1)->name, ==, "net1");
    g_assert_cmpstr(hvn_config_interface(config, 2)->name, ==, "net2");
    g_assert_cmpstr(hvn_config_interface(config, 0)->backend_id, ==, "hostua-a");
    g_assert_cmpstr(hvn_config_interface(config, 0)->origin, ==, "domain.xml:1");
    g_assert_true(hvn_config_interface(config, 1)->link_up);
    g_assert_false(hvn_config_interface(config, 2)->link_up);
}

/* elements within elements within elements: neither the reader nor a stack may mind */
static void
test_deep(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GString) text = g_string_new("<domain>");
    g_autoptr(HvnConfig) config = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 200; i++)
        g_string_append(text, "<a>");
    for (guint i = 0; i < 200; i++)
        g_string_append(text, "</a>");
    g_string_append(text, "</domain>");
    config = hvn_config_load_xml_memory(text->str, text->len, "deep.xml", registry, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(config->interfaces->len, ==, 0);
    g_string_truncate(text, strlen("<domain>"));
    for (guint i = 0; i < 100000; i++)
        g_string_append(text, "<a>");
    g_assert_null(hvn_config_load_xml_memory(text->str, text->len, "deep.xml", registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-xml/good", test_good);
    g_test_add_func("/app/config-xml/bad", test_bad);
    g_test_add_func("/app/config-xml/bad-grammar", test_bad_grammar);
    g_test_add_func("/app/config-xml/examples", test_examples);
    if (g_getenv("HVNET_CORPUS") != NULL)
        g_test_add_func("/app/config-xml/corpus", test_corpus);
    g_test_add_func("/app/config-xml/relative-path", test_relative_path);
    g_test_add_func("/app/config-xml/missing-file", test_missing_file);
    g_test_add_func("/app/config-xml/order", test_order);
    g_test_add_func("/app/config-xml/deep", test_deep);
    return g_test_run();
}
