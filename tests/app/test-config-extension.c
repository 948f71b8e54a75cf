/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our namespace in a domain file, inline and portable: the same options either way, keys, prefixes, merging. Refusals are in
 * tests/data/xml/bad. */
#include <string.h>

#include "hvn-config-test.h"

#define PORTABLE(children) \
    "<domain><metadata><hv:network xmlns:hv='urn:hvnet:domain:1'>" children "</hv:network></metadata><devices>" \
    "<interface><mac address='52:54:00:00:00:01'/><alias name='ua-a'/></interface><interface><mac address='52:54:00:00:00:02'/></interface>" \
    "</devices></domain>"

static HvnConfig *
load(const char *text)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GError) error = NULL;
    HvnConfig *config = hvn_config_load_xml_memory(text, strlen(text), "domain.xml", registry, &error);

    g_assert_no_error(error);
    return config;
}

static void
test_inline(void)
{
    g_autoptr(HvnConfig) config = hvn_config_test_load(
        "<interface><hvnet:options backend='user' net='10.9.0.0/24' hostfwd='tcp::1-:1'>\n<hvnet:hostfwd> tcp::2-:2\n</hvnet:hostfwd>"
        "<hostfwd>tcp::3-:3</hostfwd><hvnet:dns>10.9.0.7</hvnet:dns><hvnet:nic model='e1000-82545em' mac='52:54:00:00:00:07'/>"
        "</hvnet:options></interface>");
    HvnInterfaceConfig *interface = hvn_config_interface(config, 0);

    g_assert_cmpstr(interface->nic, ==, "e1000-82545em");
    hvn_config_assert_option(interface->backend_options, "net", "10.9.0.0/24");
    hvn_config_assert_option(interface->backend_options, "hostfwd", "tcp::1-:1 tcp::2-:2 tcp::3-:3");
    hvn_config_assert_option(interface->backend_options, "dns", "10.9.0.7");
    hvn_config_assert_option(interface->nic_options, "mac", "52:54:00:00:00:07");
    g_assert_cmpstr(hvn_options_find(interface->backend_options, "dns")->origin, ==, "domain.xml:3");
}

/* an option of the NIC as an element, too */
static void
test_nic_child(void)
{
    g_autoptr(HvnConfig) config =
        hvn_config_test_load("<interface><hvnet:options><hvnet:nic><hvnet:mac>52:54:00:00:00:08</hvnet:mac></hvnet:nic>"
                             "</hvnet:options></interface>");

    hvn_config_assert_option(hvn_config_interface(config, 0)->nic_options, "mac", "52:54:00:00:00:08");
}

static const struct {
    const char *keys;
    guint position;
} keys[] = {
    {"alias='ua-a'", 0},
    {"mac='52:54:00:00:00:02'", 1},
    {"mac='52-54-00-00-00-02'", 1},
    {"index='1'", 1},
    {"alias='ua-a' mac='52:54:00:00:00:02' index='1'", 0}, /* the alias decides */
    {"alias='ua-gone' mac='52:54:00:00:00:02' index='0'", 1},
    {"alias='ua-gone' mac='52:54:00:00:00:09' index='1'", 1},
};

static void
test_keys(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        g_autofree char *child = g_strdup_printf("<hv:interface %s restrict='on'/>", keys[i].keys);
        g_autofree char *text = g_strdup_printf(PORTABLE("%s"), child);
        g_autoptr(HvnConfig) config = load(text);

        g_test_message("%s", keys[i].keys);
        for (guint position = 0; position < 2; position++)
            hvn_config_assert_option(hvn_config_interface(config, position)->backend_options, "restrict",
                                     position == keys[i].position ? "on" : "");
    }
}

/* tools that rewrite metadata put the prefix on all elements, on the root alone, or use none */
static void
test_prefixes(void)
{
    static const char *const children[] = {
        "<hv:interface alias='ua-a'><hv:dns>10.0.2.9</hv:dns></hv:interface>",
        "<interface alias='ua-a'><dns>10.0.2.9</dns></interface>",
        "<interface xmlns='urn:hvnet:domain:1' alias='ua-a'><dns>10.0.2.9</dns></interface>",
        "<hv:interface alias='ua-a' hv:dns='10.0.2.9'/>",
        "<x:other xmlns:x='urn:example'/><hv:interface alias='ua-a' xmlns:x='urn:example' x:note='n'><x:y/><hv:dns>10.0.2.9</hv:dns></hv:interface>",
    };

    for (guint i = 0; i < G_N_ELEMENTS(children); i++) {
        g_autofree char *text = g_strdup_printf(PORTABLE("%s"), children[i]);
        g_autoptr(HvnConfig) config = load(text);

        hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "dns", "10.0.2.9");
    }
}

/* a key's name is an option's name as an element */
static void
test_reserved(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    const char *text = PORTABLE("<hv:interface alias='ua-a'><hv:mac>x</hv:mac></hv:interface>");
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_config_load_xml_memory(text, strlen(text), "domain.xml", registry, &error));
    g_assert_true(g_str_has_prefix(error->message, "domain.xml:1: unknown option 'mac' of backend 'user'"));
}

/* both places may speak of one interface, of different things */
static void
test_merge(void)
{
    g_autoptr(HvnConfig) config = load(
        "<domain xmlns:h='urn:hvnet:domain:1'><metadata><h:network><h:interface index='0' dns='10.0.2.9'/></h:network></metadata><devices>"
        "<interface><h:options backend='user' restrict='on'/></interface></devices></domain>");

    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "dns", "10.0.2.9");
    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "restrict", "on");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-extension/inline", test_inline);
    g_test_add_func("/app/config-extension/nic-child", test_nic_child);
    g_test_add_func("/app/config-extension/keys", test_keys);
    g_test_add_func("/app/config-extension/prefixes", test_prefixes);
    g_test_add_func("/app/config-extension/reserved", test_reserved);
    g_test_add_func("/app/config-extension/merge", test_merge);
    return g_test_run();
}
