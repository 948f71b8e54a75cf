/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors: a file that says everything, and a directory of files that are wrong in one thing each, with the message beside them. */
#include "hvn-descriptor.h"

#include <string.h>

#include "hvn-error.h"

static char *
data_path(const char *first, const char *second)
{
    return g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", first, second, NULL);
}

static const HvnOption *
get_option(const HvnDescriptor *descriptor, const char *name)
{
    const HvnOption *option = hvn_descriptor_find_option(descriptor, name);

    g_assert_nonnull(option);
    return option;
}

static HvnDescriptor *
load_whole(void)
{
    g_autofree char *path = data_path("good", "whole.xml");
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_descriptor_load(path, g_getenv("HVN_TEST_PLUGIN_RNG"), &error);

    g_assert_no_error(error);
    g_assert_nonnull(descriptor);
    g_assert_cmpstr(descriptor->path, ==, path);
    return descriptor;
}

static void
test_identity(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_whole();
    const HvnVariant *variant;

    g_assert_cmpstr(descriptor->kind, ==, "nic");
    g_assert_cmpstr(descriptor->name, ==, "whole");
    g_assert_cmpuint(descriptor->abi, ==, 1);
    g_assert_cmpstr(descriptor->module, ==, "hvn-nic-whole.so");
    g_assert_cmpstr(descriptor->summary, ==, "a device of <many> options");
    g_assert_cmpuint(g_strv_length(descriptor->aliases), ==, 2);
    g_assert_cmpstr(descriptor->aliases[0], ==, "entire");
    g_assert_cmpstr(descriptor->aliases[1], ==, "complete-1.0");
    g_assert_cmpuint(descriptor->variants->len, ==, 1);
    variant = descriptor->variants->pdata[0];
    g_assert_cmpstr(variant->name, ==, "whole-2");
    g_assert_cmpstr(variant->summary, ==, "the second model");
}

static void
test_names(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_whole();

    g_assert_true(hvn_descriptor_has_name(descriptor, "whole"));
    g_assert_true(hvn_descriptor_has_name(descriptor, "entire"));
    g_assert_true(hvn_descriptor_has_name(descriptor, "whole-2"));
    g_assert_false(hvn_descriptor_has_name(descriptor, "Whole"));
    g_assert_false(hvn_descriptor_has_name(descriptor, ""));
}

static void
test_options(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_whole();
    const HvnOption *mtu = get_option(descriptor, "mtu");
    const HvnOption *ports = get_option(descriptor, "ports");

    g_assert_cmpuint(descriptor->options->len, ==, 15);
    g_assert_cmpstr(((const HvnOption *)descriptor->options->pdata[0])->name, ==, "enabled");
    g_assert_cmpint(mtu->type, ==, HVN_OPTION_UINT);
    g_assert_cmpint(mtu->minimum, ==, 68);
    g_assert_cmpint(mtu->maximum, ==, 65521);
    g_assert_cmpstr(mtu->unit, ==, "bytes");
    g_assert_cmpstr(mtu->default_text, ==, "1500");
    g_assert_cmpstr(mtu->xml, ==, "mtu/@size");
    g_assert_cmpstr(mtu->summary, ==, "a number");
    g_assert_cmpint(mtu->line, ==, 13);
    g_assert_false(mtu->list);
    g_assert_false(mtu->required);
    g_assert_cmpuint(g_strv_length(get_option(descriptor, "mode")->choices), ==, 3);
    g_assert_cmpuint(get_option(descriptor, "label")->max_length, ==, 8);
    g_assert_null(get_option(descriptor, "label")->default_text);
    g_assert_null(get_option(descriptor, "label")->xml);
    g_assert_true(ports->list);
    g_assert_cmpint(ports->maximum, ==, 65535);
    g_assert_true(get_option(descriptor, "socket")->required);
    g_assert_null(hvn_descriptor_find_option(descriptor, "bogus"));
}

static void
test_without_schema(void)
{
    g_autofree char *good = data_path("good", "whole.xml");
    g_autofree char *bad = data_path("bad", "unknown-element.xml");
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnDescriptor) from_good = hvn_descriptor_load(good, NULL, &error);
    g_autoptr(HvnDescriptor) from_bad = hvn_descriptor_load(bad, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(from_good);
    g_assert_nonnull(from_bad);
}

static void
test_missing_file(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_descriptor_load("/nonexistent/none.xml", NULL, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
}

/* the message is that of the .err file, which names the file without its directory */
static void
test_bad(gconstpointer data)
{
    g_autofree char *path = data_path("bad", data);
    g_autofree char *dir = g_path_get_dirname(path);
    g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".xml"));
    g_autofree char *expected_path = g_strconcat(stem, ".err", NULL);
    g_autofree char *expected = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnDescriptor) descriptor = NULL;

    g_assert_true(g_file_get_contents(expected_path, &expected, NULL, NULL));
    g_strchomp(expected);
    descriptor = hvn_descriptor_load(path, g_getenv("HVN_TEST_PLUGIN_RNG"), &error);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_null(descriptor);
    g_assert_true(g_str_has_prefix(error->message, dir));
    g_assert_cmpstr(error->message + strlen(dir) + 1, ==, expected);
    g_assert_null(strchr(error->message, '\n'));
}

static void
add_bad_tests(void)
{
    g_autofree char *path = data_path("bad", ".");
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    g_assert_nonnull(dir);
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *stem = NULL;
        g_autofree char *test_path = NULL;

        if (!g_str_has_suffix(name, ".xml"))
            continue;
        stem = g_strndup(name, strlen(name) - strlen(".xml"));
        test_path = g_strconcat("/plugin/descriptor/bad/", stem, NULL);
        g_test_add_data_func_full(test_path, g_strdup(name), test_bad, g_free);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugin/descriptor/identity", test_identity);
    g_test_add_func("/plugin/descriptor/names", test_names);
    g_test_add_func("/plugin/descriptor/options", test_options);
    g_test_add_func("/plugin/descriptor/without-schema", test_without_schema);
    g_test_add_func("/plugin/descriptor/missing-file", test_missing_file);
    add_bad_tests();
    return g_test_run();
}
