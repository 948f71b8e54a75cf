/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options of the l2tpv3 backend (hvn-l2tpv3-options.c): numbers as people write them, what goes together, and the addresses. */
#include "hvn-l2tpv3-options.h"

#include <netinet/in.h>

#include "hvn-error.h"

static void
assert_wire_refused(const HvnL2tpv3Options *options, const char *pattern)
{
    g_autoptr(GError) error = NULL;
    HvnL2tpv3Wire wire;

    g_assert_false(hvn_l2tpv3_options_get_wire(options, &wire, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
}

static void
assert_addresses_refused(const HvnL2tpv3Options *options, const char *pattern)
{
    g_autoptr(GError) error = NULL;
    HvnSocketAddress local, remote;

    g_assert_false(hvn_l2tpv3_options_get_addresses(options, &local, &remote, &error));
    g_assert_nonnull(error);
    if (!g_pattern_match_simple(pattern, error->message))
        g_assert_cmpstr(error->message, ==, pattern);
}

#define TEXT(literal) ((char *)(literal))

static void
test_sessions(void)
{
    static const char *const wrong[] = {"", "x", "0x", "010", "-1", " 1", "1 ", "4294967296", "0x100000000", "1k", "0xg"};
    HvnL2tpv3Options options = {.txsession = TEXT("4294967295")};
    HvnL2tpv3Wire wire;

    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_cmpuint(wire.tx_session, ==, G_MAXUINT32);
    g_assert_cmpuint(wire.rx_session, ==, G_MAXUINT32);
    options.rxsession = TEXT("0xFe");
    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_cmpuint(wire.tx_session, ==, G_MAXUINT32);
    g_assert_cmpuint(wire.rx_session, ==, 0xfe);
    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *tx = g_strdup_printf("invalid value '%s' for txsession: expected a number from 0 to 4294967295 *", wrong[i]);
        g_autofree char *rx = g_strdup_printf("invalid value '%s' for rxsession: *", wrong[i]);

        options = (HvnL2tpv3Options){.txsession = TEXT(wrong[i])};
        assert_wire_refused(&options, tx);
        options = (HvnL2tpv3Options){.txsession = TEXT("0"), .rxsession = TEXT(wrong[i])};
        assert_wire_refused(&options, rx);
    }
    options = (HvnL2tpv3Options){0};
    assert_wire_refused(&options, "parameter 'txsession' is missing*");
}

static void
test_cookies(void)
{
    HvnL2tpv3Options options = {.txsession = TEXT("1"), .txcookie = TEXT("0xffffffff"), .rxcookie = TEXT("2")};
    HvnL2tpv3Wire wire;

    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_cmpuint(wire.cookie_len, ==, 4);
    g_assert_cmpuint(wire.tx_cookie, ==, G_MAXUINT32);
    g_assert_cmpuint(wire.rx_cookie, ==, 2);
    options.txcookie = TEXT("0x100000000");
    assert_wire_refused(&options, "invalid value '0x100000000' for txcookie: expected a number from 0 to 4294967295 *");
    options.cookie64 = TRUE;
    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_cmpuint(wire.cookie_len, ==, 8);
    g_assert_cmpuint(wire.tx_cookie, ==, G_GUINT64_CONSTANT(1) << 32);
    options.rxcookie = TEXT("18446744073709551616");
    assert_wire_refused(&options, "invalid value '18446744073709551616' for rxcookie: *18446744073709551615*");
    options.rxcookie = NULL;
    assert_wire_refused(&options, "require both 'rxcookie' and 'txcookie' or neither");
    options = (HvnL2tpv3Options){.txsession = TEXT("1"), .rxcookie = TEXT("2")};
    assert_wire_refused(&options, "require both 'rxcookie' and 'txcookie' or neither");
}

/* a counter that is pinned is one */
static void
test_counters(void)
{
    HvnL2tpv3Options options = {.txsession = TEXT("1"), .pincounter = TRUE, .offset = 256, .udp = TRUE, .ipv6 = TRUE};
    HvnL2tpv3Wire wire;

    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_true(wire.has_counter && wire.pin_counter && wire.udp && wire.ipv6);
    g_assert_cmpuint(hvn_l2tpv3_wire_get_len(&wire), ==, 4 + 4 + 4 + 256);
    options = (HvnL2tpv3Options){.txsession = TEXT("1"), .counter = TRUE};
    g_assert_true(hvn_l2tpv3_options_get_wire(&options, &wire, NULL));
    g_assert_true(wire.has_counter && !wire.pin_counter && !wire.udp && !wire.ipv6);
}

static void
test_addresses(void)
{
    HvnL2tpv3Options options = {.src = TEXT("127.0.0.1"), .dst = TEXT("127.0.0.2"), .srcport = TEXT("1"), .dstport = TEXT("2")};
    HvnSocketAddress local, remote;
    g_autoptr(GError) error = NULL;

    /* over IP the ports mean nothing */
    hvn_l2tpv3_options_get_addresses(&options, &local, &remote, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(((struct sockaddr_in *)&remote.storage)->sin_port, ==, 0);
    options.udp = TRUE;
    hvn_l2tpv3_options_get_addresses(&options, &local, &remote, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(ntohs(((struct sockaddr_in *)&local.storage)->sin_port), ==, 1);
    g_assert_cmpuint(ntohs(((struct sockaddr_in *)&remote.storage)->sin_port), ==, 2);
    options.dst = TEXT("239.1.1.1");
    assert_addresses_refused(&options, "dst is a multicast group*");
    options.dst = TEXT("127.0.0.1");
    options.dstport = TEXT("1");
    assert_addresses_refused(&options, "dst and dstport are the same address as src and srcport*");
    options.dstport = NULL;
    assert_addresses_refused(&options, "need both src and dst port for udp");
    options.dst = NULL;
    assert_addresses_refused(&options, "l2tpv3 requires src and dst*");
    options = (HvnL2tpv3Options){.src = TEXT("::1"), .dst = TEXT("::1"), .ipv6 = TRUE};
    hvn_l2tpv3_options_get_addresses(&options, &local, &remote, &error);
    g_assert_no_error(error);
    g_assert_cmpint(local.storage.ss_family, ==, AF_INET6);
    options.ipv6 = FALSE;
    assert_addresses_refused(&options, "*::1*");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/l2tpv3/options/sessions", test_sessions);
    g_test_add_func("/l2tpv3/options/cookies", test_cookies);
    g_test_add_func("/l2tpv3/options/counters", test_counters);
    g_test_add_func("/l2tpv3/options/addresses", test_addresses);
    return g_test_run();
}
