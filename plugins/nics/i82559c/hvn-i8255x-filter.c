/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: the address of IA setup, the hash table of multicast setup, and bits of the configuration, as an
 * HvnMacFilter that is filled again when one of them changed and a frame comes. */
#include "hvn-i8255x-nic.h"

/* bits 2 to 7 of the CRC as it leaves the shift register, its highest power first */
static guint
hvn_i8255x_filter_hash(const guint8 *address, gpointer data)
{
    guint32 crc = ~hvn_ether_crc32(address, HVN_MAC_LEN) >> 24;

    return (crc & 1) << 5 | (crc & 2) << 3 | (crc & 4) << 1 | (crc & 8) >> 1 | (crc & 16) >> 3 | (crc & 32) >> 5;
}

void
hvn_i8255x_filter_add_group(HvnI8255xNic *self, const guint8 *address)
{
    guint bit = hvn_i8255x_filter_hash(address, NULL);

    self->hash[bit / 8] |= 1u << bit % 8;
}

static void
hvn_i8255x_filter_fill(HvnI8255xNic *self)
{
    HvnMacFilter *filter = &self->rx.filter;

    filter->unicast_promiscuous = (self->config[15] & I8255X_CONFIG_15_PROMISCUOUS) != 0;
    filter->multicast_promiscuous = filter->unicast_promiscuous || (self->config[21] & I8255X_CONFIG_21_MULTICAST_ALL);
    filter->broadcast = filter->unicast_promiscuous || !(self->config[15] & I8255X_CONFIG_15_NO_BROADCAST);
    filter->perfect[0] = self->address;
    filter->n_perfect = 1;
    filter->hash = hvn_i8255x_filter_hash;
    filter->hash_bits = 8 * sizeof self->hash;
    filter->hash_table[0] = hvn_load_le32(self->hash);
    filter->hash_table[1] = hvn_load_le32(self->hash + 4);
    self->rx.filter_stale = FALSE;
}

/* 6.4.2.3, byte 20: with multiple IA, unicast addresses pass the hash table too */
static gboolean
hvn_i8255x_filter_has_address(const HvnI8255xNic *self, const guint8 *address)
{
    guint bit = hvn_i8255x_filter_hash(address, NULL);

    return !(address[0] & 1) && (self->config[20] & I8255X_CONFIG_20_MULTIPLE_IA) && (self->hash[bit / 8] >> bit % 8 & 1);
}

HvnMacMatch
hvn_i8255x_filter_match(HvnI8255xNic *self, const guint8 *address)
{
    HvnMacMatch match;

    if (self->rx.filter_stale)
        hvn_i8255x_filter_fill(self);
    if (!self->rx.filter.broadcast && hvn_mac_is_broadcast(address))
        return HVN_MAC_MATCH_NONE;
    match = hvn_mac_filter_match(&self->rx.filter, address);
    if (match == HVN_MAC_MATCH_NONE && hvn_i8255x_filter_has_address(self, address))
        return HVN_MAC_MATCH_HASH;
    return match;
}
