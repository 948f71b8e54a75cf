/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ethernet addresses: text, kinds, and the CRC-32 that multicast hash filters use. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_MAC_LEN      6
#define HVN_MAC_TEXT_LEN 18 /* "52:54:00:12:34:56" and its NUL */

/**
 * HvnMac:
 * @addr: the address, first octet first
 */
typedef struct {
    guint8 addr[HVN_MAC_LEN];
} HvnMac;

/**
 * hvn_mac_parse:
 * @text: six octets of two hexadecimal digits, joined by colons or by dashes
 * @mac: (out caller-allocates): the address
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set when @text is anything else
 */
gboolean
hvn_mac_parse(const char *text, HvnMac *mac, GError **error);

/**
 * hvn_mac_parse_unicast:
 * @text: as hvn_mac_parse()
 * @mac: (out caller-allocates): the address
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set when @text is no address of one station (multicast, or all zero)
 */
gboolean
hvn_mac_parse_unicast(const char *text, HvnMac *mac, GError **error);

/**
 * hvn_mac_print:
 * @self: an address
 * @text: (out caller-allocates): room for %HVN_MAC_TEXT_LEN bytes
 *
 * Returns: (transfer none): @text
 */
const char *
hvn_mac_print(const HvnMac *self, char *text);

/**
 * hvn_mac_is_group:
 * @addr: (array fixed-size=6): an address
 *
 * Returns: whether the address is a multicast address or broadcast
 */
gboolean
hvn_mac_is_group(const guint8 *addr);

/**
 * hvn_mac_is_broadcast:
 * @addr: (array fixed-size=6): an address
 *
 * Returns: whether the address is ff:ff:ff:ff:ff:ff
 */
gboolean
hvn_mac_is_broadcast(const guint8 *addr);

/**
 * hvn_ether_crc32:
 * @data: bytes
 * @len: how many
 *
 * Returns: the CRC-32 of IEEE 802.3, 3.2.9: bits taken least significant first, register preset to ones, result complemented
 */
guint32
hvn_ether_crc32(gconstpointer data, gsize len);

G_END_DECLS
