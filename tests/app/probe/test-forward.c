/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forward rules as the checks read them. */
#include "hvn-probe-forward.h"

static void
test_host(void)
{
    static const struct {
        const char *text;
        gboolean    udp;
        const char *host;
        guint       host_port, n_ports;
        const char *guest;
        guint       guest_port;
    } rules[] = {
        {"tcp::5555-:22", FALSE, "127.0.0.1", 5555, 1, NULL, 22},
        {":127.0.0.2:1-10.0.2.20:65535", FALSE, "127.0.0.2", 1, 1, "10.0.2.20", 65535},
        {"udp:0.0.0.0:53-:5353", TRUE, "127.0.0.1", 53, 1, NULL, 5353},
        {"tcp:127.0.0.1:8000-8004-:80-84", FALSE, "127.0.0.1", 8000, 5, NULL, 80},
        {"tcp::8000-8004-10.0.2.15:80", FALSE, "127.0.0.1", 8000, 5, "10.0.2.15", 80},
        {"tcp:[::]:2222-[fec0::9]:22", FALSE, "::1", 2222, 1, "fec0::9", 22},
        {"tcp::0-:22", FALSE, "127.0.0.1", 0, 1, NULL, 22},
        {"unix:/tmp/a-b-:7", FALSE, "/tmp/a-b", 0, 1, NULL, 7},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_auto(HvnProbeForward) rule = {0};

        g_test_message("%s", rules[i].text);
        g_assert_true(hvn_probe_forward_parse(&rule, rules[i].text));
        g_assert_cmpint(rule.udp, ==, rules[i].udp);
        g_assert_cmpstr(rule.host, ==, rules[i].host);
        g_assert_cmpuint(rule.host_port, ==, rules[i].host_port);
        g_assert_cmpuint(rule.n_ports, ==, rules[i].n_ports);
        g_assert_cmpstr(rule.guest, ==, rules[i].guest);
        g_assert_cmpuint(rule.guest_port, ==, rules[i].guest_port);
    }
}

static void
test_host_refused(void)
{
    static const char *const rules[] = {"",          "tcp",      "sctp::1-:2",       "tcp::1",    "tcp::1-2",
                                        "tcp::-:22", "tcp::1-:", "unix:relative-:7", "tcp::1-:2x"};

    for (guint i = 0; i < G_N_ELEMENTS(rules); i++) {
        g_auto(HvnProbeForward) rule = {0};

        g_test_message("%s", rules[i]);
        g_assert_false(hvn_probe_forward_parse(&rule, rules[i]));
    }
}

static void
test_guest(void)
{
    g_autofree char *server = NULL, *none = NULL, *unset = NULL;
    guint16 port = 0;

    g_assert_true(hvn_probe_forward_parse_guest("tcp:10.0.2.100:80-cmd:/bin/cat -u", &server, &port));
    g_assert_cmpstr(server, ==, "10.0.2.100");
    g_assert_cmpuint(port, ==, 80);
    g_assert_true(hvn_probe_forward_parse_guest("::7-unix:/tmp/x", &none, &port));
    g_assert_cmpstr(none, ==, "");
    g_assert_cmpuint(port, ==, 7);
    g_assert_false(hvn_probe_forward_parse_guest("tcp:10.0.2.100-cmd:x", &unset, &port));
    g_assert_null(unset);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/forward/host", test_host);
    g_test_add_func("/app/probe/forward/host-refused", test_host_refused);
    g_test_add_func("/app/probe/forward/guest", test_guest);
    return g_test_run();
}
