/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames a receiver takes: perfect addresses, a multicast hash, promiscuous modes, and a VLAN table. The model fills it from its
 * registers when these change; the data path asks it. Embedded by value. */
#pragma once

#include "hvn-mac.h"

G_BEGIN_DECLS

#define HVN_MAC_FILTER_MAX_PERFECT 64

/**
 * HvnMacMatch:
 * @HVN_MAC_MATCH_NONE: not for us
 * @HVN_MAC_MATCH_PERFECT: an address of the list
 * @HVN_MAC_MATCH_HASH: a group address whose hash bit is set
 * @HVN_MAC_MATCH_BROADCAST: broadcast
 * @HVN_MAC_MATCH_PROMISCUOUS: taken by a promiscuous mode only
 */
typedef enum {
    HVN_MAC_MATCH_NONE,
    HVN_MAC_MATCH_PERFECT,
    HVN_MAC_MATCH_HASH,
    HVN_MAC_MATCH_BROADCAST,
    HVN_MAC_MATCH_PROMISCUOUS,
} HvnMacMatch;

/**
 * HvnMacHashFunc:
 * @addr: (array fixed-size=6): a group address
 * @data: what was set in #HvnMacFilter.hash_data
 *
 * Returns: the bit of the hash table
 */
typedef guint (*HvnMacHashFunc)(const guint8 *addr, gpointer data);

/**
 * HvnMacFilter:
 * @perfect: the addresses of the list
 * @n_perfect: how many
 * @unicast_promiscuous: take every unicast address
 * @multicast_promiscuous: take every group address
 * @broadcast: take broadcast
 * @hash: (nullable): gives the bit of a group address
 * @hash_data: (nullable): for @hash
 * @hash_table: (array length=hash_bits): bits, 32 a word, least significant first
 * @hash_bits: bits in the table, up to 4096
 * @vlan_enabled: pass over frames of VLANs that are not in the table
 * @vlan_table: 4096 bits
 */
typedef struct {
    HvnMac         perfect[HVN_MAC_FILTER_MAX_PERFECT];
    guint          n_perfect;
    gboolean       unicast_promiscuous;
    gboolean       multicast_promiscuous;
    gboolean       broadcast;
    HvnMacHashFunc hash;
    gpointer       hash_data;
    guint32        hash_table[128];
    guint          hash_bits;
    gboolean       vlan_enabled;
    guint32        vlan_table[128];
} HvnMacFilter;

/**
 * hvn_mac_filter_hash_crc6:
 * @addr: (array fixed-size=6): a group address
 * @data: (nullable): nothing
 *
 * The hash of the 8390 and what descends from it (DP8390D data sheet, 10.9): the six most significant bits of the CRC as it leaves the
 * shift register, its highest power first. An #HvnMacHashFunc for tables of 64 bits.
 *
 * Returns: 0 to 63
 */
guint
hvn_mac_filter_hash_crc6(const guint8 *addr, gpointer data);

/**
 * hvn_mac_filter_match:
 * @self: the filter
 * @addr: (array fixed-size=6): destination address
 *
 * Returns: how the address is matched; a group address that is in the list matches perfectly, broadcast included
 */
HvnMacMatch
hvn_mac_filter_match(const HvnMacFilter *self, const guint8 *addr);

/**
 * hvn_mac_filter_match_vlan:
 * @self: the filter
 * @vid: VLAN identifier, 0 to 4095
 *
 * Returns: whether a tagged frame of that VLAN is taken
 */
gboolean
hvn_mac_filter_match_vlan(const HvnMacFilter *self, guint16 vid);

G_END_DECLS
