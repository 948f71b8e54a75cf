/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of hostfwd and guestfwd: what each means, and which part of a wrong one is named. */
#include "hvn-user-forward.h"

#include <arpa/inet.h>
#include <string.h>

#include "hvn-error.h"

static void
test_host_good(void)
{
    static const struct {
        const char *text;
        HvnUserProtocol protocol;
        const char *host;
        guint host_port, n_ports;
        const char *guest;
        guint guest_port;
    } cases[] = {
        {"tcp::5555-:22", HVN_USER_TCP, "0.0.0.0", 5555, 1, "0.0.0.0", 22},
        {"::5555-:22", HVN_USER_TCP, "0.0.0.0", 5555, 1, "0.0.0.0", 22},
        {"udp:127.0.0.1:53-10.0.2.15:53", HVN_USER_UDP, "127.0.0.1", 53, 1, "10.0.2.15", 53},
        {"tcp:127.0.0.1:0-:22", HVN_USER_TCP, "127.0.0.1", 0, 1, "0.0.0.0", 22},
        {"tcp:[::1]:8080-[fec0::15]:80", HVN_USER_TCP, "[::1]", 8080, 1, "[fec0::15]", 80},
        {"tcp:[::1]:8080-:80", HVN_USER_TCP, "[::1]", 8080, 1, "[::]", 80},
        {"tcp::8000-8010-:9000", HVN_USER_TCP, "0.0.0.0", 8000, 11, "0.0.0.0", 9000},
        {"tcp::8000-8010-:9000-9010", HVN_USER_TCP, "0.0.0.0", 8000, 11, "0.0.0.0", 9000},
        {"tcp::8000-8000-10.0.2.15:1", HVN_USER_TCP, "0.0.0.0", 8000, 1, "10.0.2.15", 1},
        {"tcp::8000-10.0.2.15:80", HVN_USER_TCP, "0.0.0.0", 8000, 1, "10.0.2.15", 80},
        {"udp:[::]:65535-[::]:65535", HVN_USER_UDP, "[::]", 65535, 1, "[::]", 65535},
        {"tcp::1-65535-:1", HVN_USER_TCP, "0.0.0.0", 1, 65535, "0.0.0.0", 1},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HvnUserHostForward) rule = {0};
        g_autoptr(GError) error = NULL;
        g_autofree char *host = NULL, *guest = NULL;

        hvn_user_host_forward_parse(&rule, cases[i].text, &error);
        g_assert_no_error(error);
        host = hvn_user_address_print(&rule.host);
        guest = hvn_user_address_print(&rule.guest);
        g_assert_cmpint(rule.protocol, ==, cases[i].protocol);
        g_assert_cmpstr(host, ==, cases[i].host);
        g_assert_cmpuint(rule.host_port, ==, cases[i].host_port);
        g_assert_cmpuint(rule.n_ports, ==, cases[i].n_ports);
        g_assert_cmpstr(guest, ==, cases[i].guest);
        g_assert_cmpuint(rule.guest_port, ==, cases[i].guest_port);
    }
}

static void
test_host_unix(void)
{
    g_auto(HvnUserHostForward) rule = {0};

    g_assert_true(hvn_user_host_forward_parse(&rule, "unix:/run/a-b:c-10.0.2.16:22", NULL));
    g_assert_cmpint(rule.protocol, ==, HVN_USER_UNIX);
    g_assert_cmpstr(rule.path, ==, "/run/a-b:c");
    g_assert_cmpuint(rule.guest_port, ==, 22);
}

#define LONG_PATH \
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
test_host_bad(void)
{
    static const char *const cases[][2] = {
        {"", "a colon is missing"},
        {"tcp", "a colon is missing"},
        {"sctp::1-:1", "the protocol is not"},
        {"tcp:5555", "a colon is missing"},
        {"tcp::5555", "a dash is missing"},
        {"tcp::-:22", "the host port"},
        {"tcp::x-:22", "the host port"},
        {"tcp::65536-:22", "the host port"},
        {"tcp::0000000001-:22", "the host port"},
        {"tcp::-1-:22", "the host port"},
        {"tcp::010-:22", "leading zero"},
        {"tcp::0x10-:22", "a dash is missing"},
        {"tcp:localhost:80-:22", "the host address"},
        {"tcp:1.2.3:80-:22", "the host address"},
        {"tcp:[::1:80-:22", "bracket is not closed"},
        {"tcp:[1.2.3.4]:80-:22", "the host address"},
        {"tcp:[]:80-:22", "the host address"},
        {"tcp:[::1]80-:22", "a colon is missing after the host address"},
        {"tcp::5555-22", "a colon is missing"},
        {"tcp::5555-10.0.2:22", "the guest address"},
        {"tcp::5555-:0", "the guest port"},
        {"tcp::5555-:", "the guest port"},
        {"tcp::5555-:022", "leading zero"},
        {"tcp::5555-:22x", "more behind"},
        {"tcp::5555-:22 ", "more behind"},
        {"tcp:127.0.0.1:5555-[fec0::1]:22", "one family"},
        {"tcp:[::1]:5555-10.0.2.15:22", "one family"},
        {"tcp::8010-8000-:1", "does not rise"},
        {"tcp::0-10-:1", "does not rise"},
        {"tcp::8000-8010-:9000-9009", "one length"},
        {"tcp::8000-:9000-9001", "one length"},
        {"tcp::8000-8010-:65530", "above 65535"},
        {"unix:/x", "a dash is missing"},
        {"unix:-:22", "the path is empty"},
        {"unix:x-:22", "not absolute"},
        {"unix:" LONG_PATH "-:22", "longer than 107"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HvnUserHostForward) rule = {0};
        g_autoptr(GError) error = NULL;
        g_autofree char *value = g_strdup_printf("invalid value '%s' for option 'hostfwd': ", cases[i][0]);

        g_assert_false(hvn_user_host_forward_parse(&rule, cases[i][0], &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        g_assert_true(g_str_has_prefix(error->message, value));
        if (strstr(error->message + strlen(value), cases[i][1]) == NULL)
            g_error("'%s' does not say '%s'", error->message, cases[i][1]);
        g_assert_nonnull(strstr(error->message, "; expected "));
    }
}

static void
test_host_side(void)
{
    g_auto(HvnUserHostForward) tcp = {0}, range = {0}, name = {0}, bad = {0};

    g_assert_true(hvn_user_host_forward_parse_host(&tcp, "tcp:127.0.0.1:8080", NULL));
    g_assert_cmpuint(tcp.host_port, ==, 8080);
    g_assert_true(hvn_user_host_forward_parse_host(&range, "udp::8000-8010", NULL));
    g_assert_cmpuint(range.n_ports, ==, 11);
    g_assert_true(hvn_user_host_forward_parse_host(&name, "unix:/run/a-b", NULL));
    g_assert_cmpstr(name.path, ==, "/run/a-b");
    g_assert_false(hvn_user_host_forward_parse_host(&bad, "tcp::80x", NULL));
    g_assert_false(hvn_user_host_forward_parse_host(&bad, "tcp::80-:22", NULL));
}

static void
test_guest_good(void)
{
    g_auto(HvnUserGuestForward) tcp = {0}, tcp6 = {0}, name = {0}, command = {0};

    g_assert_true(hvn_user_guest_forward_parse(&tcp, "tcp:10.0.2.100:80-tcp:localhost:8080", NULL));
    g_assert_cmpint(tcp.target, ==, HVN_USER_TCP);
    g_assert_cmpstr(tcp.target_host, ==, "localhost");
    g_assert_cmpuint(tcp.target_port, ==, 8080);
    g_assert_cmpuint(tcp.port, ==, 80);
    g_assert_cmphex(ntohl(tcp.server.s_addr), ==, 0x0a000264);
    g_assert_true(hvn_user_guest_forward_parse(&tcp6, "::80-tcp:[::1]:8080", NULL));
    g_assert_cmpstr(tcp6.target_host, ==, "::1");
    g_assert_cmphex(tcp6.server.s_addr, ==, 0);
    g_assert_true(hvn_user_guest_forward_parse(&name, "tcp::80-unix:/run/a-b", NULL));
    g_assert_cmpstr(name.target_text, ==, "/run/a-b");
    g_assert_true(hvn_user_guest_forward_parse(&command, "tcp::80-cmd:sh -c 'echo a-b; cat'", NULL));
    g_assert_cmpint(command.target, ==, HVN_USER_COMMAND);
    g_assert_cmpstr(command.target_text, ==, "sh -c 'echo a-b; cat'");
}

static void
test_guest_bad(void)
{
    static const char *const cases[][2] = {
        {"", "a colon is missing"},
        {"udp::80-cmd:cat", "the protocol is not tcp"},
        {"unix:/x:80-cmd:cat", "the protocol is not tcp"},
        {"tcp:x:80-cmd:cat", "the server"},
        {"tcp:[fec0::4]:80-cmd:cat", "IPv6"},
        {"tcp::0-cmd:cat", "the port"},
        {"tcp::080-cmd:cat", "leading zero"},
        {"tcp::65536-cmd:cat", "the port"},
        {"tcp::80", "a dash is missing"},
        {"tcp::80-", "the target is none"},
        {"tcp::80-pipe:x", "the target is none"},
        {"tcp::80-cmd:", "empty"},
        {"tcp::80-cmd:sh -c 'x", "quot"},
        {"tcp::80-unix:x", "not absolute"},
        {"tcp::80-unix:", "empty"},
        {"tcp::80-tcp:host", "no host"},
        {"tcp::80-tcp::1", "no host"},
        {"tcp::80-tcp:host:0", "the target's port"},
        {"tcp::80-tcp:host:1,server=on", "more behind"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(HvnUserGuestForward) rule = {0};
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_user_guest_forward_parse(&rule, cases[i][0], &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        if (strstr(error->message, cases[i][1]) == NULL)
            g_error("'%s' does not say '%s'", error->message, cases[i][1]);
    }
}

/* nothing that can be written down crashes the parsers */
static void
test_random(void)
{
    static const char letters[] = "tcpudnix:[]-./0123456789a ,";

    for (guint i = 0; i < 200000; i++) {
        g_auto(HvnUserHostForward) host = {0}, side = {0};
        g_auto(HvnUserGuestForward) guest = {0};
        char text[32];
        guint len = (guint)g_test_rand_int_range(0, sizeof text);

        for (guint j = 0; j < len; j++)
            text[j] = letters[g_test_rand_int_range(0, sizeof letters - 1)];
        text[len] = '\0';
        memcpy(text, "tcp:", i % 2 == 0 ? MIN(len, 4) : 0);
        hvn_user_host_forward_parse(&host, text, NULL);
        hvn_user_host_forward_parse_host(&side, text, NULL);
        hvn_user_guest_forward_parse(&guest, text, NULL);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/forward/host-good", test_host_good);
    g_test_add_func("/user/forward/host-unix", test_host_unix);
    g_test_add_func("/user/forward/host-bad", test_host_bad);
    g_test_add_func("/user/forward/host-side", test_host_side);
    g_test_add_func("/user/forward/guest-good", test_guest_good);
    g_test_add_func("/user/forward/guest-bad", test_guest_bad);
    g_test_add_func("/user/forward/random", test_random);
    return g_test_run();
}
