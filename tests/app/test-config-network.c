/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of a domain file (hvn-config-network.c): what libvirt's words for a place on one become, and what the file defines. Mistakes are in
 * tests/data/xml/bad. */
#include <string.h>

#include "hvn-config-test.h"

/* a second one, so that nobody is alone */
#define OTHER "<interface type='network'><source network='lan'/></interface>"

static void
test_place(void)
{
    static const struct {
        const char *xml, *vlan, *trunk, *isolated;
    } places[] = {
        {"", "", "", ""},
        {"<vlan/><port/>", "", "", ""},
        {"<port isolated='yes'/>", "", "", "yes"},
        {"<vlan><tag id='42'/></vlan>", "42", "", ""},
        {"<vlan trunk='no'><tag id='42'/></vlan>", "42", "", ""},
        {"<vlan trunk='yes'><tag id='42'/></vlan>", "", "42", ""},
        {"<vlan trunk='yes'><tag id='42'/><tag id='43' nativeMode='untagged'/><tag id='44'/></vlan>", "43", "42 44", ""},
        {"<vlan><tag id='42'/><tag id='43' nativeMode='untagged'/></vlan>", "43", "42", ""},
    };

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *text = g_strdup_printf("<interface type='network'><source network='lan'/>%s</interface>" OTHER, places[i].xml);
        g_autoptr(HvnConfig) config = hvn_config_test_load(text);
        const HvnOptions *options = hvn_config_interface(config, 0)->backend_options;

        g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, "switch");
        hvn_config_assert_option(options, "network", "lan");
        hvn_config_assert_option(options, "vlan", places[i].vlan);
        hvn_config_assert_option(options, "trunk", places[i].trunk);
        hvn_config_assert_option(options, "isolated", places[i].isolated);
    }
}

static void
test_defined(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "xml", "good", "network.xml", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_xml(path, registry, &error);
    g_autoptr(GArray) groups = NULL;
    const guint expected[] = {0, 0, 0, 3, 4, 4, 0, 0};
    HvnInterfaceConfig *first, *second;

    g_assert_no_error(error);
    g_assert_cmpuint(config->interfaces->len, ==, G_N_ELEMENTS(expected));
    first = hvn_config_interface(config, 6);
    second = hvn_config_interface(config, 7);
    g_assert_cmpstr(first->name, ==, "lan");
    g_assert_cmpstr(second->name, ==, "net7");
    g_assert_null(first->nic);
    g_assert_cmpstr(first->backend, ==, "user");
    g_assert_cmpstr(first->port, ==, "switch");
    g_assert_cmpstr(second->backend, ==, "null");
    hvn_config_assert_option(first->backend_options, "net", "10.0.3.0/24");
    hvn_config_assert_option(first->backend_options, "hostfwd", "tcp:127.0.0.1:2222-:22");
    hvn_config_assert_option(first->port_options, "network", "lan");
    hvn_config_assert_option(first->port_options, "vlan", "");
    hvn_config_assert_option(second->port_options, "network", "lan");
    hvn_config_assert_option(second->port_options, "vlan", "10");
    hvn_config_assert_option(second->port_options, "trunk", "20 30-39");
    groups = hvn_config_group(config, registry);
    for (guint i = 0; i < groups->len; i++)
        g_assert_cmpuint(g_array_index(groups, guint, i), ==, expected[i]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-network/place", test_place);
    g_test_add_func("/app/config-network/defined", test_defined);
    return g_test_run();
}
