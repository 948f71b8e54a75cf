/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: RCR (6.8), IDR and MAR as an HvnMacFilter, filled again when one of them changed and a frame
 * comes. */
#include "hvn-rtl8139-nic.h"

static void
hvn_rtl8139_filter_fill(HvnRtl8139Nic *self)
{
    HvnMacFilter *filter = &self->rx.filter;
    guint32 rcr = hvn_rtl8139_get(self, RTL8139_RCR);

    filter->unicast_promiscuous = (rcr & RTL8139_RCR_AAP) != 0;
    filter->broadcast = (rcr & RTL8139_RCR_AB) != 0;
    filter->hash = rcr & RTL8139_RCR_AM ? hvn_mac_filter_hash_crc6 : NULL;
    filter->hash_bits = 64;
    filter->n_perfect = rcr & RTL8139_RCR_APM ? 1 : 0;
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        filter->perfect[0].addr[i] = hvn_rtl8139_get(self, RTL8139_IDR + i);
    filter->hash_table[0] = filter->hash_table[1] = 0;
    for (guint i = 0; i < 8; i++)
        filter->hash_table[i / 4] |= hvn_rtl8139_get(self, RTL8139_MAR + i) << 8 * (i % 4);
    self->rx.filter_stale = FALSE;
}

/* how a frame to @address passes; @physical: it is the address of this station */
HvnMacMatch
hvn_rtl8139_filter_match(HvnRtl8139Nic *self, const guint8 *address, gboolean *physical)
{
    HvnMacFilter *filter = &self->rx.filter;

    if (self->rx.filter_stale)
        hvn_rtl8139_filter_fill(self);
    *physical = memcmp(address, filter->perfect[0].addr, HVN_MAC_LEN) == 0;
    if (!filter->broadcast && hvn_mac_is_broadcast(address))
        return HVN_MAC_MATCH_NONE; /* 6.8: AM is not for broadcast */
    return hvn_mac_filter_match(filter, address);
}

void
hvn_rtl8139_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    self->rx.filter_stale = TRUE;
}
