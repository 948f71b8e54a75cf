/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Types of <interface>: each stands for a backend that there is, the grammar knows the same ones, and our own namespace may
 * name another backend. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-config-type.h"
#include "hvn-schema.h"

static void
test_every_type(void)
{
    g_autofree char *list = hvn_config_type_list();
    g_auto(GStrv) types = g_strsplit(list, ", ", -1);

    g_assert_cmpuint(g_strv_length(types), >=, 2);
    for (guint i = 0; types[i] != NULL; i++) {
        const char *inside = strcmp(types[i], "network") == 0 ? "<source network='lan'/>" : "";
        g_autofree char *one = g_strdup_printf("<interface type='%s'>%s</interface>", types[i], inside);
        g_autofree char *text = g_strconcat(one, one, NULL); /* nobody is alone on a network */
        const char *backend = hvn_config_type_to_backend(types[i]);
        g_autoptr(HvnConfig) config = hvn_config_test_load(text);

        g_test_message("%s", types[i]);
        g_assert_nonnull(backend);
        g_assert_true(hvn_config_type_names_backend(backend));
        g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, backend);
    }
    g_assert_true(g_strv_contains((const char *const *)types, HVN_CONFIG_DEFAULT_TYPE));
    g_assert_null(hvn_config_type_to_backend("nonsense"));
    g_assert_null(hvn_config_type_to_backend(""));
    g_assert_false(hvn_config_type_names_backend("nonsense"));
}

static gboolean
grammar_knows(HvnRegistry *registry, const char *type)
{
    g_autofree char *schema = g_build_filename(hvn_registry_get_schema_dir(registry), "domain.rng", NULL);
    g_autofree char *text = g_strdup_printf("<domain><devices><interface type='%s'/></devices></domain>", type);
    g_autoptr(xmlDoc) doc = hvn_schema_parse_memory(text, strlen(text), "domain.xml", NULL);

    return hvn_schema_validate(doc, "domain.xml", schema, NULL);
}

/* all that libvirt knows, and more: served by the reader exactly when the grammar takes it */
static void
test_grammar(void)
{
    static const char *const types[] = {"user",   "null",     "ethernet", "vhostuser", "server",  "client", "mcast", "network", "bridge",
                                        "direct", "internal", "hostdev",  "udp",       "vdpa",    "vds",    "vde",   "stream",  "dgram",
                                        "tap",    "socket",   "pcap",     "passt",     "l2tpv3",  "hub",    "",      "User",    "none"};
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_test_message("%s", types[i]);
        g_assert_cmpint(grammar_knows(registry, types[i]), ==, hvn_config_type_to_backend(types[i]) != NULL);
    }
}

static void
test_namespace_names_another(void)
{
    g_autoptr(HvnConfig) config = hvn_config_test_load("<interface type='user'><hvnet:options backend='null'/></interface>"
                                                       "<interface type='null'><hvnet:options backend='user' restrict='yes'/></interface>");

    g_assert_cmpstr(hvn_config_interface(config, 0)->backend, ==, "null");
    g_assert_cmpstr(hvn_config_interface(config, 1)->backend, ==, "user");
    hvn_config_assert_option(hvn_config_interface(config, 1)->backend_options, "restrict", "yes");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-type/every-type", test_every_type);
    g_test_add_func("/app/config-type/grammar", test_grammar);
    g_test_add_func("/app/config-type/namespace-names-another", test_namespace_names_another);
    return g_test_run();
}
