/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receive address and VLAN filter: the list first, then broadcast, hash, and the promiscuous modes, so that the answer is the
 * narrowest reason for which a frame is taken. */
#include "hvn-mac-filter.h"

#include "hvn-bytes.h"

static gboolean
hvn_mac_filter_match_perfect(const HvnMacFilter *self, const guint8 *addr)
{
    guint32 first = hvn_load_le32(addr);
    guint16 rest = hvn_load_le16(addr + 4);
    guint n = MIN(self->n_perfect, HVN_MAC_FILTER_MAX_PERFECT);

    for (guint i = 0; i < n; i++) {
        const guint8 *entry = self->perfect[i].addr;

        if (hvn_load_le32(entry) == first && hvn_load_le16(entry + 4) == rest)
            return TRUE;
    }
    return FALSE;
}

static gboolean
hvn_mac_filter_match_hash(const HvnMacFilter *self, const guint8 *addr)
{
    guint bit;

    if (self->hash == NULL)
        return FALSE;
    bit = self->hash(addr, self->hash_data);
    if (bit >= self->hash_bits || bit >= G_N_ELEMENTS(self->hash_table) * 32)
        return FALSE;
    return (self->hash_table[bit / 32] >> bit % 32) & 1;
}

guint
hvn_mac_filter_hash_crc6(const guint8 *addr, gpointer data)
{
    guint32 crc = ~hvn_ether_crc32(addr, HVN_MAC_LEN);
    guint bit = 0;

    for (guint i = 0; i < 6; i++)
        bit = bit << 1 | (crc >> i & 1);
    return bit;
}

HvnMacMatch
hvn_mac_filter_match(const HvnMacFilter *self, const guint8 *addr)
{
    if (hvn_mac_filter_match_perfect(self, addr))
        return HVN_MAC_MATCH_PERFECT;
    if (!hvn_mac_is_group(addr))
        return self->unicast_promiscuous ? HVN_MAC_MATCH_PROMISCUOUS : HVN_MAC_MATCH_NONE;
    if (self->broadcast && hvn_mac_is_broadcast(addr))
        return HVN_MAC_MATCH_BROADCAST;
    if (hvn_mac_filter_match_hash(self, addr))
        return HVN_MAC_MATCH_HASH;
    return self->multicast_promiscuous ? HVN_MAC_MATCH_PROMISCUOUS : HVN_MAC_MATCH_NONE;
}

gboolean
hvn_mac_filter_match_vlan(const HvnMacFilter *self, guint16 vid)
{
    if (!self->vlan_enabled)
        return TRUE;
    vid &= 0xfff;
    return (self->vlan_table[vid / 32] >> vid % 32) & 1;
}
