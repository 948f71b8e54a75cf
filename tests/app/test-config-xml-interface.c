/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each element of <interface> becomes. The refusals are in tests/data/xml/bad. */
#include <string.h>

#include "hvn-config-test.h"

static const struct {
    const char *element;
    gboolean nic; /* whether the option is the NIC's */
    const char *option;
    const char *value;
} mappings[] = {
    {"<mac address='52:54:00:00:00:AB'/>", TRUE, "mac", "52:54:00:00:00:AB"},
    {"<mac address='52:54:00:00:00:01' type='static' check='no'/>", TRUE, "mac", "52:54:00:00:00:01"},
    {"<mtu size='1400'/>", FALSE, "mtu", "1400"},
    {"<backend type='passt' hostname='guest'/>", FALSE, "hostname", "guest"},
    {"<backend type='default'/>", FALSE, "hostname", ""},
    {"<ip address='172.17.2.0' family='ipv4' prefix='24'/>", FALSE, "net", "172.17.2.0/24"},
    {"<ip address='172.17.1.1' family='ipv4' prefix='16'/>", FALSE, "net", "172.17.1.1/16"},
    {"<ip address='172.17.1.1' prefix='8'/>", FALSE, "net", "172.17.1.1/8"},
    {"<ip address='172.17.1.1' prefix='23'/>", FALSE, "net", "172.17.1.1/23"},
    {"<ip address='10.0.0.0' prefix='4'/>", FALSE, "net", "10.0.0.0/4"},
    {"<ip address='10.0.0.0' prefix='27'/>", FALSE, "net", "10.0.0.0/27"},
    {"<ip address='10.0.2.0' prefix='0'/>", FALSE, "net", "10.0.2.0"},
    {"<ip address='10.0.2.0'/>", FALSE, "net", "10.0.2.0"},
    {"<ip family='ipv6' address='2001:db8:ac10:fd01::feed' prefix='64'/>", FALSE, "ipv6-net", "2001:db8:ac10:fd01::feed/64"},
    {"<ip family='ipv6' address='fec0::'/>", FALSE, "ipv6-net", "fec0::"},
    {"<portForward proto='tcp' address='127.0.0.1'><range start='5555' to='22'/></portForward>", FALSE, "hostfwd",
     "tcp:127.0.0.1:5555-:22"},
    {"<hvnet:options restrict='yes'/>", FALSE, "restrict", "yes"},
    {"<link state='up'/>", FALSE, "net", ""},
};

static void
test_mappings(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(mappings); i++) {
        g_autofree char *text = g_strdup_printf("<interface type='user'>%s</interface>", mappings[i].element);
        g_autoptr(HvnConfig) config = NULL;
        HvnInterfaceConfig *interface;

        g_test_message("%s", mappings[i].element);
        config = hvn_config_test_load(text);
        interface = hvn_config_interface(config, 0);
        hvn_config_assert_option(mappings[i].nic ? interface->nic_options : interface->backend_options, mappings[i].option,
                                 mappings[i].value);
    }
}

static const struct {
    const char *model; /* NULL for no <model> */
    const char *nic;
} models[] = {
    {NULL, "rtl8139"}, /* as libvirt */
    {"rtl8139", "rtl8139"},
    {"e1000", "e1000"},
    {"E1000", "e1000"},
    {"e1000-82544gc", "e1000-82544gc"},
    {"e1000-82545em", "e1000-82545em"},
    {"e1000-82540em", "e1000"},
};

static void
test_models(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(models); i++) {
        g_autofree char *model = models[i].model != NULL ? g_strdup_printf("<model type='%s'/>", models[i].model) : g_strdup("");
        g_autofree char *text = g_strdup_printf("<interface>%s</interface>", model);
        g_autoptr(HvnConfig) config = hvn_config_test_load(text);

        g_assert_cmpstr(hvn_config_interface(config, 0)->nic, ==, models[i].nic);
        g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, "user");
    }
}

/* an interface of the host: its name unless libvirt made it, and no script that the file does not name */
static void
test_host_interface(void)
{
    g_autoptr(HvnConfig) config = hvn_config_test_load("<interface type='ethernet'><target dev='tap7' managed='no'/><script path='/etc/up'/></interface>"
                                                       "<interface type='ethernet'><target dev='vnet3'/></interface>"
                                                       "<interface type='bridge'><source bridge='virbr0'/><target dev='vnet3'/></interface>"
                                                       "<interface type='ethernet'><hvnet:options fd='5'/></interface>");
    HvnOptions *first = hvn_config_interface(config, 0)->backend_options;

    g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, "tap");
    hvn_config_assert_option(first, "ifname", "tap7");
    hvn_config_assert_option(first, "script", "/etc/up");
    hvn_config_assert_option(first, "downscript", "no");
    g_assert_null(hvn_options_find(hvn_config_interface(config, 1)->backend_options, "ifname"));
    hvn_config_assert_option(hvn_config_interface(config, 1)->backend_options, "script", "no");
    g_assert_cmpstr(hvn_config_interface(config, 2)->backend, ==, "bridge");
    hvn_config_assert_option(hvn_config_interface(config, 2)->backend_options, "br", "virbr0");
    g_assert_null(hvn_options_find(hvn_config_interface(config, 3)->backend_options, "script"));
}

static void
test_link(void)
{
    g_autoptr(HvnConfig) config =
        hvn_config_test_load("<interface><link state='down'/></interface><interface><link state='up'/></interface>");

    g_assert_false(hvn_config_interface(config, 0)->link_up);
    g_assert_true(hvn_config_interface(config, 1)->link_up);
}

/* libvirt's types that are QEMU's -netdev socket, as libvirt hands them to QEMU */
static void
test_sockets(void)
{
    static const struct {
        const char *type, *source, *option, *value, *localaddr;
    } rows[] = {
        {"server", "<source address='192.168.0.1' port='5558'/>", "listen", "192.168.0.1:5558", ""},
        {"server", "<source port='5558'/>", "listen", ":5558", ""},
        {"client", "<source address='192.168.0.1' port='5558'/>", "connect", "192.168.0.1:5558", ""},
        {"client", "<source address='fd00::1' port='5558'/>", "connect", "[fd00::1]:5558", ""},
        {"mcast", "<source address='230.0.0.1' port='5558'/>", "mcast", "230.0.0.1:5558", ""},
        {"udp", "<source address='127.0.0.1' port='11115'><local address='127.0.0.1' port='11116'/></source>", "udp", "127.0.0.1:11115",
         "127.0.0.1:11116"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("<interface type='%s'>%s</interface>", rows[i].type, rows[i].source);
        g_autoptr(HvnConfig) config = hvn_config_test_load(text);
        HvnInterfaceConfig *interface = hvn_config_interface(config, 0);

        g_assert_cmpstr(interface->backend, ==, "socket");
        hvn_config_assert_option(interface->backend_options, rows[i].option, rows[i].value);
        hvn_config_assert_option(interface->backend_options, "localaddr", rows[i].localaddr);
    }
}

/* a value knows the line that it stands in */
static void
test_origin(void)
{
    g_autoptr(HvnConfig) config =
        hvn_config_test_load("\n<interface>\n<ip address='10.0.2.0'/>\n<portForward proto='tcp'>\n<range start='1'/>\n"
                             "</portForward></interface>");
    HvnInterfaceConfig *interface = hvn_config_interface(config, 0);

    g_assert_cmpstr(interface->origin, ==, "domain.xml:2");
    g_assert_cmpstr(hvn_options_find(interface->backend_options, "net")->origin, ==, "domain.xml:3");
    g_assert_cmpstr(hvn_options_find(interface->backend_options, "hostfwd")->origin, ==, "domain.xml:5");
    g_assert_cmpstr(hvn_options_find(interface->nic_options, "mac")->origin, ==, "domain.xml:2");
}

static HvnConfig *
load_claims(const char *driver, GError **error)
{
    g_autofree char *directory = g_test_build_filename(G_TEST_DIST, "..", "app", "plugins", NULL);
    g_autoptr(HvnRegistry) registry = hvn_registry_new(directory);
    g_autofree char *text =
        g_strdup_printf("<domain><devices><interface><model type='claims'/>%s</interface></devices></domain>", driver);

    return hvn_config_load_xml_memory(text, strlen(text), "domain.xml", registry, error);
}

/* a descriptor makes an element of libvirt its option, at any depth that libvirt has; the rest of the element stays refused */
static void
test_claims(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = load_claims("<driver queues='4'><host tso4='off'/></driver>", &error);

    g_assert_no_error(error);
    hvn_config_assert_option(hvn_config_interface(config, 0)->nic_options, "pairs", "4");
    hvn_config_assert_option(hvn_config_interface(config, 0)->nic_options, "tso", "off");
    g_assert_null(load_claims("<driver queues='4' txmode='timer'/>", &error));
    g_assert_cmpstr(error->message, ==,
                    "domain.xml:1: attribute txmode='timer' of <driver> is not served by backend 'user' or NIC 'claims'");
    g_clear_error(&error);
    g_assert_null(load_claims("<driver queues='17'/>", &error));
    g_assert_true(g_str_has_prefix(error->message, "domain.xml:1: invalid value '17' for option 'pairs' of nic 'claims': "));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-xml-interface/mappings", test_mappings);
    g_test_add_func("/app/config-xml-interface/models", test_models);
    g_test_add_func("/app/config-xml-interface/host-interface", test_host_interface);
    g_test_add_func("/app/config-xml-interface/link", test_link);
    g_test_add_func("/app/config-xml-interface/sockets", test_sockets);
    g_test_add_func("/app/config-xml-interface/origin", test_origin);
    g_test_add_func("/app/config-xml-interface/claims", test_claims);
    return g_test_run();
}
