/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Address and VLAN filter: each reason to take a frame, and none. */
#include "hvn-mac-filter.h"

static const guint8 own[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const guint8 other[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57};
static const guint8 group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
static const guint8 broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static guint
hash(const guint8 *addr, gpointer data)
{
    return *(guint *)data;
}

static void
test_match(void)
{
    guint bit = 37;
    HvnMacFilter filter = {.n_perfect = 2, .hash = hash, .hash_data = &bit, .hash_bits = 64};

    for (guint i = 0; i < 6; i++)
        filter.perfect[1].addr[i] = own[i];
    g_assert_cmpint(hvn_mac_filter_match(&filter, own), ==, HVN_MAC_MATCH_PERFECT);
    g_assert_cmpint(hvn_mac_filter_match(&filter, other), ==, HVN_MAC_MATCH_NONE);
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_NONE);
    g_assert_cmpint(hvn_mac_filter_match(&filter, broadcast), ==, HVN_MAC_MATCH_NONE);
    filter.broadcast = TRUE;
    g_assert_cmpint(hvn_mac_filter_match(&filter, broadcast), ==, HVN_MAC_MATCH_BROADCAST);
    filter.multicast_promiscuous = TRUE;
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_PROMISCUOUS);
    g_assert_cmpint(hvn_mac_filter_match(&filter, other), ==, HVN_MAC_MATCH_NONE);
    filter.hash_table[1] = 1u << 5;
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_HASH);
    filter.unicast_promiscuous = TRUE;
    g_assert_cmpint(hvn_mac_filter_match(&filter, other), ==, HVN_MAC_MATCH_PROMISCUOUS);
    filter.multicast_promiscuous = FALSE;
    bit = 64; /* beyond the table */
    filter.hash_table[2] = 1;
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_NONE);
    bit = G_MAXUINT;
    filter.hash_bits = G_MAXUINT;
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_NONE);
    for (guint i = 0; i < 6; i++)
        filter.perfect[0].addr[i] = 0xff;
    g_assert_cmpint(hvn_mac_filter_match(&filter, broadcast), ==, HVN_MAC_MATCH_PERFECT);
    filter.n_perfect = G_MAXUINT; /* no more than there is room for */
    g_assert_cmpint(hvn_mac_filter_match(&filter, group), ==, HVN_MAC_MATCH_NONE);
}

static void
test_vlan(void)
{
    HvnMacFilter filter = {.vlan_table = {[127] = 0x80000000}};

    g_assert_true(hvn_mac_filter_match_vlan(&filter, 7));
    filter.vlan_enabled = TRUE;
    g_assert_false(hvn_mac_filter_match_vlan(&filter, 7));
    g_assert_true(hvn_mac_filter_match_vlan(&filter, 4095));
    g_assert_true(hvn_mac_filter_match_vlan(&filter, 0xffff));
}

/* the shift register of the data sheet, a bit at a time */
static void
test_hash_crc6(void)
{
    for (guint n = 0; n < 256; n++) {
        const guint8 address[6] = {0x01, 0x00, 0x5e, n >> 1, n, n * 7};
        guint32 crc = 0xffffffff;

        for (guint bit = 0; bit < 48; bit++) {
            guint32 out = crc >> 31 ^ (address[bit / 8] >> bit % 8 & 1);

            crc = crc << 1 ^ (out != 0 ? 0x04c11db7 : 0);
        }
        g_assert_cmpuint(hvn_mac_filter_hash_crc6(address, NULL), ==, crc >> 26);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/mac-filter/match", test_match);
    g_test_add_func("/device/mac-filter/vlan", test_vlan);
    g_test_add_func("/device/mac-filter/hash-crc6", test_hash_crc6);
    return g_test_run();
}
