/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-mac.c. */
#include "hvn-error.h"
#include "hvn-mac.h"

#include <string.h>

static void
test_parses_and_prints(void)
{
    static const char *const texts[] = {"52:54:00:12:34:56", "52-54-00-12-34-56"};
    static const guint8 expected[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    char text[HVN_MAC_TEXT_LEN];

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        HvnMac mac;

        g_assert_true(hvn_mac_parse(texts[i], &mac, &error));
        g_assert_no_error(error);
        g_assert_cmpmem(mac.addr, 6, expected, 6);
        g_assert_cmpstr(hvn_mac_print(&mac, text), ==, "52:54:00:12:34:56");
    }
    g_assert_cmpstr(hvn_mac_print(&(HvnMac){{0xab, 0xcd, 0xef, 0xff, 0, 1}}, text), ==, "ab:cd:ef:ff:00:01");
}

static void
test_refuses_anything_else(void)
{
    static const char *const texts[] = {"", "5", "52", "52:", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:567",
        "52:54:00:12:34:56:78", "52:54-00:12:34:56", "525400123456", "5g:54:00:12:34:56", " 52:54:00:12:34:5",
        "52.54.00.12.34.56",
        "0x52:54:00:12:34", "52:54:00:12:34:56 "};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        HvnMac mac = {{1, 2, 3, 4, 5, 6}};

        g_assert_false(hvn_mac_parse(texts[i], &mac, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        g_assert_nonnull(strstr(error->message, texts[i]));
        g_assert_cmpuint(mac.addr[0], ==, 1);
    }
}

static void
test_unicast(void)
{
    HvnMac mac;

    g_assert_true(hvn_mac_parse_unicast("00:00:00:00:00:01", &mac, NULL));
    for (guint i = 0; i < 3; i++) {
        static const char *const texts[] = {"01:00:5e:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"};
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_mac_parse_unicast(texts[i], &mac, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        g_assert_nonnull(strstr(error->message, texts[i]));
    }
}

static void
test_kinds(void)
{
    static const guint8 multicast[6] = {0x33, 0x33, 0, 0, 0, 1};
    static const guint8 station[6] = {0x52, 0x54, 0, 0x12, 0x34, 0x56};
    static const guint8 almost[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
    static const guint8 broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    g_assert_true(hvn_mac_is_group(multicast) && hvn_mac_is_group(broadcast));
    g_assert_false(hvn_mac_is_group(station));
    g_assert_true(hvn_mac_is_broadcast(broadcast));
    g_assert_false(hvn_mac_is_broadcast(almost) || hvn_mac_is_broadcast(multicast));
}

static void
test_crc32(void)
{
    guint8 frame[64 + 4];
    guint32 crc;

    /* the check value of CRC-32 in every table of such codes */
    g_assert_cmphex(hvn_ether_crc32("123456789", 9), ==, 0xcbf43926);
    g_assert_cmphex(hvn_ether_crc32("", 0), ==, 0);
    /* over a frame and its FCS the remainder is always the same (IEEE 802.3, 3.2.9) */
    for (guint i = 0; i < 64; i++)
        frame[i] = i * 37;
    crc = hvn_ether_crc32(frame, 64);
    for (guint i = 0; i < 4; i++)
        frame[64 + i] = crc >> (8 * i);
    g_assert_cmphex(hvn_ether_crc32(frame, 68), ==, 0x2144df1c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/mac/parses-and-prints", test_parses_and_prints);
    g_test_add_func("/net/mac/refuses-anything-else", test_refuses_anything_else);
    g_test_add_func("/net/mac/unicast", test_unicast);
    g_test_add_func("/net/mac/kinds", test_kinds);
    g_test_add_func("/net/mac/crc32", test_crc32);
    return g_test_run();
}
