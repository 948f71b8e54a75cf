/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's port forwards as rules of hostfwd: ranges, holes, both protocols, both families. */
#include <string.h>

#include "hvn-config-test.h"
#include "hvn-error.h"

static const struct {
    const char *forward; /* attributes of <portForward> */
    const char *ranges;
    const char *rules; /* joined by spaces */
} vectors[] = {
    {"proto='tcp'", "<range start='80'/>", "tcp::80-:80"},
    {"proto='udp'", "<range start='53' to='5353'/>", "udp::53-:5353"},
    {"proto='tcp' address='127.0.0.1'", "<range start='2022' to='22'/>", "tcp:127.0.0.1:2022-:22"},
    {"proto='tcp' address='2001:db8::1'", "<range start='22'/>", "tcp:[2001:db8::1]:22-:22"},
    {"proto='tcp'", "<range start='443' to='344'/><range start='80'/>", "tcp::443-:344 tcp::80-:80"},
    {"proto='tcp'", "<range start='8000' end='8010'/>", "tcp::8000-8010-:8000-8010"},
    {"proto='tcp'", "<range start='8000' end='8010' to='80'/>", "tcp::8000-8010-:80-90"},
    {"proto='tcp'", "<range start='8000' end='8000' to='80'/>", "tcp::8000-:80"},
    {"proto='tcp'", "<range start='8000' end='8010'/><range start='8005' exclude='yes'/>",
     "tcp::8000-8004-:8000-8004 tcp::8006-8010-:8006-8010"},
    {"proto='tcp'", "<range start='8005' exclude='yes'/><range start='8000' end='8010' to='80'/>",
     "tcp::8000-8004-:80-84 tcp::8006-8010-:86-90"},
    {"proto='udp'", "<range start='5000' end='5020' to='6000'/><range start='5010' end='5015' exclude='yes'/>",
     "udp::5000-5009-:6000-6009 udp::5016-5020-:6016-6020"},
    {"proto='tcp'", "<range start='10' end='12'/><range start='10' exclude='yes'/><range start='12' exclude='yes'/>",
     "tcp::11-:11"},
    {"proto='tcp'", "<range start='10' end='12'/><range start='1' end='65535' exclude='yes'/>", ""},
    {"proto='tcp'", "<range start='1' end='65535'/>", "tcp::1-65535-:1-65535"},
    {"proto='tcp'", "<range start='7' exclude='no'/>", "tcp::7-:7"},
};

static void
test_vectors(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(vectors); i++) {
        g_autofree char *text =
            g_strdup_printf("<interface><portForward %s>%s</portForward></interface>", vectors[i].forward, vectors[i].ranges);
        g_autoptr(HvnConfig) config = hvn_config_test_load(text);

        g_test_message("%s %s", vectors[i].forward, vectors[i].ranges);
        hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "hostfwd", vectors[i].rules);
    }
}

/* several <portForward> and our own rules are one list */
static void
test_several(void)
{
    g_autoptr(HvnConfig) config = hvn_config_test_load(
        "<interface><hvnet:options><hvnet:hostfwd>tcp::1-:1</hvnet:hostfwd></hvnet:options><portForward proto='tcp'>"
        "<range start='2'/></portForward><portForward proto='udp'><range start='2'/></portForward></interface>");

    hvn_config_assert_option(hvn_config_interface(config, 0)->backend_options, "hostfwd", "tcp::2-:2 udp::2-:2 tcp::1-:1");
}

/* every second port excluded: the file is small, the rules are not */
static void
test_bounded(void)
{
    g_autoptr(HvnRegistry) registry = hvn_config_test_registry();
    g_autoptr(GString) text = g_string_new("<domain><devices><interface><portForward proto='tcp'><range start='1' end='65535'/>");
    g_autoptr(GError) error = NULL;

    for (guint port = 2; port < 65535; port += 2)
        g_string_append_printf(text, "<range start='%u' exclude='yes'/>", port);
    g_string_append(text, "</portForward></interface></devices></domain>");
    g_assert_null(hvn_config_load_xml_memory(text->str, text->len, "domain.xml", registry, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpstr(error->message, ==,
                    "domain.xml:1: <portForward> makes more than 1024 rules: expected fewer ranges, or fewer holes in them");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/config-forward/vectors", test_vectors);
    g_test_add_func("/app/config-forward/several", test_several);
    g_test_add_func("/app/config-forward/bounded", test_bounded);
    return g_test_run();
}
