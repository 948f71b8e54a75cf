/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is done to a configuration whichever language it was written in: names, MAC addresses, validation. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"

static HvnInterfaceConfig *
add(HvnConfig *config, const char *name, const char *mac)
{
    HvnInterfaceConfig *interface = hvn_config_add_interface(config, "file.xml:1");

    interface->name = g_strdup(name);
    interface->nic = g_strdup("e1000");
    interface->backend = g_strdup("user");
    if (mac != NULL)
        hvn_options_add(interface->nic_options, "mac", mac, "file.xml:2");
    return interface;
}

static void
test_default(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new_default();
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_config_finish(config, registry, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(config->interfaces->len, ==, 1);
    g_assert_cmpstr(hvn_config_interface(config, 0)->name, ==, "net0");
    g_assert_cmpstr(hvn_config_interface(config, 0)->nic, ==, "e1000");
    g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, "user");
    g_assert_true(hvn_config_interface(config, 0)->link_up);
    hvn_config_assert_option(hvn_config_interface(config, 0)->nic_options, "mac", "52:54:00:12:34:56");
}

/* a name that the file gives is passed over, wherever it stands */
static void
test_names(void)
{
    static const char *const given[] = {NULL, "net0", NULL, "net4", NULL};
    static const char *const expected[] = {"net1", "net0", "net2", "net4", "net5"};
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();

    for (guint i = 0; i < G_N_ELEMENTS(given); i++)
        add(config, given[i], NULL);
    g_assert_true(hvn_config_finish(config, registry, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(hvn_config_interface(config, i)->name, ==, expected[i]);
}

static void
test_name_in_use(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();
    g_autoptr(GError) error = NULL;

    add(config, "a", NULL);
    add(config, "a", NULL);
    g_assert_false(hvn_config_finish(config, registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==, "file.xml:1: interface name 'a' is in use; each interface needs its own");
}

static void
test_macs(void)
{
    static const char *const given[] = {NULL, "52:54:00:12:34:57", NULL, "52-54-00-12-34-58", NULL, "52:54:00:AA:AA:AA"};
    static const char *const expected[] = {"52:54:00:12:34:56", "52:54:00:12:34:57", "52:54:00:12:34:59",
                                           "52-54-00-12-34-58", "52:54:00:12:34:5a", "52:54:00:AA:AA:AA"};
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();

    for (guint i = 0; i < G_N_ELEMENTS(given); i++)
        add(config, NULL, given[i]);
    g_assert_true(hvn_config_finish(config, registry, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        hvn_config_assert_option(hvn_config_interface(config, i)->nic_options, "mac", expected[i]);
}

/* the last octet carries into the one before: QEMU's gives the 170th NIC and all after it the same address */
static void
test_many_macs(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();

    for (guint i = 0; i < 200; i++)
        add(config, NULL, NULL);
    g_assert_true(hvn_config_finish(config, registry, NULL));
    hvn_config_assert_option(hvn_config_interface(config, 0xff - 0x56)->nic_options, "mac", "52:54:00:12:34:ff");
    hvn_config_assert_option(hvn_config_interface(config, 0x100 - 0x56)->nic_options, "mac", "52:54:00:12:35:00");
}

static void
test_mac_twice(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();

    add(config, NULL, "52:54:00:00:00:01");
    add(config, NULL, "52-54-00-00-00-01");
    g_test_expect_message("hvn-app", G_LOG_LEVEL_WARNING,
                          "file.xml:2: MAC address 52-54-00-00-00-01 is in use by another interface");
    g_assert_true(hvn_config_finish(config, registry, NULL));
    g_test_assert_expected_messages();
}

/* a half has no address, no name of a model, and no backend to check */
static void
test_halves(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();
    HvnInterfaceConfig *backend = hvn_config_add_interface(config, "-netdev user,id=n0");
    HvnInterfaceConfig *nic = hvn_config_add_interface(config, "-device e1000");

    backend->backend = g_strdup("user");
    nic->nic = g_strdup("e1000");
    g_assert_true(hvn_config_finish(config, registry, NULL));
    g_assert_null(hvn_options_find(backend->nic_options, "mac"));
    hvn_config_assert_option(nic->nic_options, "mac", "52:54:00:12:34:56");
    g_assert_null(nic->backend);
}

static void
test_validation(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(HvnConfig) config = hvn_config_new();
    g_autoptr(GError) error = NULL;

    hvn_options_add(add(config, NULL, NULL)->backend_options, "mtu", "65522", "file.xml:9");
    g_assert_false(hvn_config_finish(config, registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_true(g_str_has_prefix(error->message, "file.xml:9: invalid value '65522' for option 'mtu' of backend 'user': "));
}

/* the place is said when there is no option that has one */
static void
test_required(void)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "..", "app", "plugins", NULL);
    g_autoptr(HvnRegistry) registry = hvn_registry_new(directory);
    g_autoptr(HvnConfig) config = hvn_config_new();
    g_autoptr(GError) error = NULL;
    HvnInterfaceConfig *interface = hvn_config_add_interface(config, "file.xml:7");

    interface->backend = g_strdup("needy");
    g_assert_false(hvn_config_finish(config, registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_true(g_str_has_prefix(error->message, "file.xml:7: backend 'needy' lacks its option 'sock': "));
}

static void
test_identifiers(void)
{
    static const char *const good[] = {"a", "net0", "ua-lan_0.x"};
    static const char *const bad[] = {"", "0", "-a", "a b", "a/b", "\xc3\xa4", "a\n"};

    for (guint i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(hvn_config_is_identifier(good[i]));
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(hvn_config_is_identifier(bad[i]));
}

/* the copy outlives what it was made of */
static void
test_copy(void)
{
    HvnConfig *config = hvn_config_new();
    HvnInterfaceConfig *interface = hvn_config_add_interface(config, "a.xml:1");
    g_autoptr(HvnConfig) copy = NULL;

    config->name = g_strdup("demo");
    interface->nic = g_strdup("e1000");
    interface->link_up = FALSE;
    hvn_options_add(interface->nic_options, "mac", "52:54:00:12:34:57", "a.xml:2");
    copy = g_boxed_copy(HVN_TYPE_CONFIG, config);
    hvn_config_free(config);
    g_assert_cmpstr(copy->name, ==, "demo");
    g_assert_cmpuint(copy->interfaces->len, ==, 1);
    interface = copy->interfaces->pdata[0];
    g_assert_cmpstr(interface->origin, ==, "a.xml:1");
    g_assert_cmpstr(interface->nic, ==, "e1000");
    g_assert_null(interface->backend);
    g_assert_false(interface->link_up);
    g_assert_cmpstr(hvn_options_find(interface->nic_options, "mac")->text, ==, "52:54:00:12:34:57");
    g_assert_cmpstr(hvn_options_find(interface->nic_options, "mac")->origin, ==, "a.xml:2");
    g_assert_cmpuint(hvn_options_get_length(interface->backend_options), ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config/copy", test_copy);
    g_test_add_func("/app/config/default", test_default);
    g_test_add_func("/app/config/names", test_names);
    g_test_add_func("/app/config/name-in-use", test_name_in_use);
    g_test_add_func("/app/config/macs", test_macs);
    g_test_add_func("/app/config/many-macs", test_many_macs);
    g_test_add_func("/app/config/mac-twice", test_mac_twice);
    g_test_add_func("/app/config/halves", test_halves);
    g_test_add_func("/app/config/validation", test_validation);
    g_test_add_func("/app/config/required", test_required);
    g_test_add_func("/app/config/identifiers", test_identifiers);
    return g_test_run();
}
