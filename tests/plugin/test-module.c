/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modules that agree with their descriptor are loaded; each of those that differ in one thing is refused, and the message names the
 * difference. */
#include "hvn-module.h"

#include <string.h>

#include "hvn-backend.h"
#include "hvn-error.h"

static HvnDescriptor *
load_descriptor(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "odd", "odd.xml", NULL);
    g_autoptr(GError) error = NULL;
    HvnDescriptor *descriptor = hvn_descriptor_load(path, NULL, &error);

    g_assert_no_error(error);
    return descriptor;
}

static char *
module_path(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".so", NULL);

    return g_test_build_filename(G_TEST_BUILT, file, NULL);
}

/* expects "module 'PATH': MESSAGE" */
static void
assert_refused(const HvnDescriptor *descriptor, const char *name, const char *message)
{
    g_autofree char *path = module_path(name);
    g_autofree char *expected = g_strdup_printf("module '%s': %s", path, message);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(hvn_module_load(descriptor, path, &error), ==, G_TYPE_INVALID);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_ABI);
    g_assert_cmpstr(error->message, ==, expected);
}

static void
test_agrees(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();
    g_autofree char *path = module_path("odd-good");
    g_autoptr(GError) error = NULL;
    GType type = hvn_module_load(descriptor, path, &error);
    g_autoptr(GObject) object = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(g_type_name(type), ==, "OddBackend");
    g_assert_true(g_type_is_a(type, HVN_TYPE_BACKEND));
    /* once more gives the same type, and the module is resident: the object outlives every reference to the descriptor */
    g_assert_cmpuint(hvn_module_load(descriptor, path, &error), ==, type);
    object = g_object_new(type, NULL);
    g_assert_nonnull(object);
}

static void
test_missing(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(hvn_module_load(descriptor, "/nonexistent/odd.so", &error), ==, G_TYPE_INVALID);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_cmpstr(error->message, ==, "module '/nonexistent/odd.so' does not exist");
}

static void
test_not_a_module(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "..", "data", "plugins", "odd", "odd.xml", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(hvn_module_load(descriptor, path, &error), ==, G_TYPE_INVALID);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_ABI);
    g_assert_nonnull(strstr(error->message, "cannot be opened: "));
    g_assert_null(strchr(error->message, '\n'));
}

static void
test_refused(void)
{
    static const struct {
        const char *module;
        const char *message;
    } cases[] = {
        {"odd-no-symbol", "is no plugin of hvnet: it has no symbol 'hvn_plugin_info'"},
        {"odd-abi", "is built for plugin abi 99, this library has 1"},
        {"odd-kind", "is a plugin of kind 'nic', descriptor says 'backend'"},
        {"odd-name", "is plugin 'even', descriptor says 'odd'"},
        {"odd-no-name", "is plugin '', descriptor says 'odd'"},
        {"odd-no-type", "gives no type"},
        {"odd-parent", "its type OddParent is no HvnBackend, as a plugin of kind 'backend' is"},
        {"odd-abstract", "its type OddAbstract is abstract"},
        {"odd-no-property", "has no property 'mtu', which the descriptor describes"},
        {"odd-type", "property 'mtu' is a gint, descriptor says type uint, which is a guint"},
        {"odd-list", "property 'rules' is a gchararray, descriptor says type list, which is a GStrv"},
        {"odd-read-only", "property 'mtu' cannot be written, but the descriptor describes it as an option"},
        {"odd-minimum", "property 'mtu' has minimum 0, descriptor says 68"},
        {"odd-maximum", "property 'mtu' has maximum 9000, descriptor says 65521"},
        {"odd-default", "property 'mtu' has default 1499, descriptor says 1500"},
        {"odd-string-default", "property 'host' has default none, descriptor says 10.0.2.2"},
        {"odd-unstated-default", "property 'label' has default 'x', descriptor says none"},
        {"odd-extra", "has a property 'extra', which the descriptor does not describe"},
    };
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_refused(descriptor, cases[i].module, cases[i].message);
}

static void
test_descriptor_abi(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();

    descriptor->abi = 2;
    assert_refused(descriptor, "odd-good", "has abi 1, descriptor says 2");
}

static void
test_variants(void)
{
    g_autoptr(HvnDescriptor) descriptor = load_descriptor();
    HvnVariant variant = {(char *)"odd-2", (char *)"the second"};

    g_ptr_array_set_free_func(descriptor->variants, NULL);
    g_ptr_array_add(descriptor->variants, &variant);
    assert_refused(descriptor, "odd-good", "has no writable string property 'variant', but the descriptor lists variants");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plugin/module/agrees", test_agrees);
    g_test_add_func("/plugin/module/missing", test_missing);
    g_test_add_func("/plugin/module/not-a-module", test_not_a_module);
    g_test_add_func("/plugin/module/refused", test_refused);
    g_test_add_func("/plugin/module/descriptor-abi", test_descriptor_abi);
    g_test_add_func("/plugin/module/variants", test_variants);
    return g_test_run();
}
