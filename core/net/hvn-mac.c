/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ethernet addresses as text and back, and the CRC-32 of IEEE 802.3. */
#include "hvn-mac.h"

#include "hvn-error.h"

#include <string.h>

static gboolean
hvn_mac_parse_octets(const char *text, HvnMac *mac)
{
    char separator = text[2];

    if (strlen(text) != HVN_MAC_TEXT_LEN - 1 || (separator != ':' && separator != '-'))
        return FALSE;
    for (guint i = 0; i < HVN_MAC_LEN; i++) {
        const char *octet = text + i * 3;

        if (!g_ascii_isxdigit(octet[0]) || !g_ascii_isxdigit(octet[1]))
            return FALSE;
        if (i < HVN_MAC_LEN - 1 && octet[2] != separator)
            return FALSE;
        mac->addr[i] = g_ascii_xdigit_value(octet[0]) << 4 | g_ascii_xdigit_value(octet[1]);
    }
    return TRUE;
}

gboolean
hvn_mac_parse(const char *text, HvnMac *mac, GError **error)
{
    HvnMac parsed;

    g_return_val_if_fail(text != NULL, FALSE);
    g_return_val_if_fail(mac != NULL, FALSE);

    if (strlen(text) < 3 || !hvn_mac_parse_octets(text, &parsed)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
            "invalid MAC address '%s', expected six octets of two hexadecimal digits, as in 52:54:00:12:34:56", text);
        return FALSE;
    }
    *mac = parsed;
    return TRUE;
}

gboolean
hvn_mac_parse_unicast(const char *text, HvnMac *mac, GError **error)
{
    static const guint8 zero[HVN_MAC_LEN];
    HvnMac parsed;

    g_return_val_if_fail(mac != NULL, FALSE);

    if (!hvn_mac_parse(text, &parsed, error))
        return FALSE;
    if (hvn_mac_is_group(parsed.addr)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
            "invalid MAC address '%s', expected the address of one station: the first octet must be even", text);
        return FALSE;
    }
    if (memcmp(parsed.addr, zero, HVN_MAC_LEN) == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
            "invalid MAC address '%s', expected the address of one station: not all zero", text);
        return FALSE;
    }
    *mac = parsed;
    return TRUE;
}

const char *
hvn_mac_print(const HvnMac *self, char *text)
{
    const guint8 *addr = self->addr;

    g_snprintf(text, HVN_MAC_TEXT_LEN, "%02x:%02x:%02x:%02x:%02x:%02x", addr[0], addr[1], addr[2], addr[3], addr[4], addr[5]);
    return text;
}

gboolean
hvn_mac_is_group(const guint8 *addr)
{
    return (addr[0] & 1) != 0;
}

gboolean
hvn_mac_is_broadcast(const guint8 *addr)
{
    static const guint8 broadcast[HVN_MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

    return memcmp(addr, broadcast, HVN_MAC_LEN) == 0;
}

guint32
hvn_ether_crc32(gconstpointer data, gsize len)
{
    /* the remainder of each half octet by the polynomial 0xedb88320, which is 0x04c11db7 with its bits reversed */
    static const guint32 remainder[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const guint8 *bytes = data;
    guint32 crc = G_MAXUINT32;

    for (gsize i = 0; i < len; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ remainder[crc & 15];
        crc = crc >> 4 ^ remainder[crc & 15];
    }
    return ~crc;
}
