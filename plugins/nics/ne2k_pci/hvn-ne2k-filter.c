/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: RCR (10.3), PAR and MAR as an HvnMacFilter, filled again when one of them changed and a frame comes. SEP and AR let
 * in what does not occur: the link has no broken frames, and pads short ones. */
#include "hvn-ne2k-core.h"

static void
hvn_ne2k_filter_fill(HvnNe2kNic *self)
{
    HvnMacFilter *filter = &self->rx.filter;
    guint8 rcr = hvn_ne2k_get(self, NE2K_RCR);

    *filter = (HvnMacFilter){
        .n_perfect = 1,
        .unicast_promiscuous = (rcr & NE2K_RCR_PRO) != 0,
        .broadcast = (rcr & NE2K_RCR_AB) != 0,
        .hash = rcr & NE2K_RCR_AM ? hvn_mac_filter_hash_crc6 : NULL,
        .hash_bits = 64,
    };
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        filter->perfect[0].addr[i] = hvn_ne2k_get(self, NE2K_PAR + i);
    for (guint i = 0; i < 8; i++)
        filter->hash_table[i / 4] |= (guint32)hvn_ne2k_get(self, NE2K_MAR + i) << 8 * (i % 4);
    self->rx.filter_stale = FALSE;
}

HvnMacMatch
hvn_ne2k_filter_match(HvnNe2kNic *self, const guint8 *address)
{
    if (self->rx.filter_stale)
        hvn_ne2k_filter_fill(self);
    if (!self->rx.filter.broadcast && hvn_mac_is_broadcast(address))
        return HVN_MAC_MATCH_NONE; /* 10.3: AM is not for broadcast */
    return hvn_mac_filter_match(&self->rx.filter, address);
}

void
hvn_ne2k_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;

    self->rx.filter_stale = TRUE;
    hvn_ne2k_rx_update(self); /* what is held may be no longer for us, or only counted */
}
