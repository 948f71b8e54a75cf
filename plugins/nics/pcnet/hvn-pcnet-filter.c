/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: the mode register, PADR and LADRF as an HvnMacFilter, filled again when one of them changed and a
 * frame comes. */
#include "hvn-pcnet-nic.h"

/* the six most significant bits of the CRC register, as it stands behind the address */
static guint
hvn_pcnet_filter_hash(const guint8 *addr, gpointer data)
{
    return ~hvn_ether_crc32(addr, HVN_MAC_LEN) >> 26;
}

static void
hvn_pcnet_filter_fill(HvnPcnetNic *self)
{
    HvnMacFilter *filter = &self->rx.filter;
    guint32 mode = hvn_pcnet_csr(self, PCNET_CSR15);

    filter->unicast_promiscuous = filter->multicast_promiscuous = (mode & PCNET_CSR15_PROM) != 0;
    filter->broadcast = !(mode & PCNET_CSR15_DRCVBC);
    filter->hash = hvn_pcnet_filter_hash;
    filter->hash_bits = 64;
    filter->n_perfect = mode & PCNET_CSR15_DRCVPA ? 0 : 1;
    for (guint i = 0; i < 3; i++)
        hvn_store_le16(filter->perfect[0].addr + 2 * i, hvn_pcnet_csr(self, PCNET_CSR12 + i));
    filter->hash_table[0] = hvn_pcnet_csr32(self, PCNET_CSR8);
    filter->hash_table[1] = hvn_pcnet_csr32(self, PCNET_CSR8 + 2);
    self->rx.filter_stale = FALSE;
}

/* whether a frame to @address is taken, and the bits of RMD1 that say why. Broadcast may come by the hash too, and BAM goes before LAFM; what
 * only PROM lets in has none */
guint32
hvn_pcnet_filter_match(HvnPcnetNic *self, const guint8 *address, gboolean *accept)
{
    HvnMacMatch match;

    if (self->rx.filter_stale)
        hvn_pcnet_filter_fill(self);
    match = hvn_mac_filter_match(&self->rx.filter, address);
    *accept = match != HVN_MAC_MATCH_NONE;
    if (self->rx.filter.broadcast && hvn_mac_is_broadcast(address))
        return PCNET_RMD1_BAM;
    if (match == HVN_MAC_MATCH_PERFECT)
        return PCNET_RMD1_PAM;
    return match == HVN_MAC_MATCH_HASH ? PCNET_RMD1_LAFM : 0;
}

void
hvn_pcnet_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    self->rx.filter_stale = TRUE;
}
