/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes: the registers RCTL, RA, MTA and VFTA (13.4.22, 13.5) as an HvnMacFilter, filled again
 * when one of them changed and a frame comes. */
#include "hvn-e1000-nic.h"

/* 13.4.22, MO: which twelve bits of the address select the bit of the table */
static guint
hvn_e1000_filter_hash(const guint8 *addr, gpointer data)
{
    static const guint8 shifts[] = {4, 3, 2, 0};
    HvnE1000Nic *self = data;
    guint offset = hvn_e1000_get(self, E1000_RCTL) >> E1000_RCTL_MO_SHIFT & 3;

    return ((guint)addr[5] << 8 | addr[4]) >> shifts[offset] & 0xfff;
}

static void
hvn_e1000_filter_fill(HvnE1000Nic *self)
{
    HvnMacFilter *filter = &self->rx.filter;
    guint32 rctl = hvn_e1000_get(self, E1000_RCTL);

    filter->unicast_promiscuous = (rctl & E1000_RCTL_UPE) != 0;
    filter->multicast_promiscuous = (rctl & E1000_RCTL_MPE) != 0;
    filter->broadcast = (rctl & E1000_RCTL_BAM) != 0;
    filter->vlan_enabled = (rctl & E1000_RCTL_VFE) != 0;
    filter->hash = hvn_e1000_filter_hash;
    filter->hash_data = self;
    filter->hash_bits = 32 * E1000_MTA_WORDS;
    filter->n_perfect = 0;
    for (guint i = 0; i < E1000_RA_ENTRIES; i++) {
        guint32 low = hvn_e1000_get(self, E1000_RA + 8 * i);
        guint32 high = hvn_e1000_get(self, E1000_RA + 8 * i + 4);

        if (high & E1000_RAH_AV) {
            hvn_store_le32(filter->perfect[filter->n_perfect].addr, low);
            filter->perfect[filter->n_perfect].addr[4] = high & 0xff;
            filter->perfect[filter->n_perfect++].addr[5] = high >> 8 & 0xff;
        }
    }
    for (guint i = 0; i < E1000_MTA_WORDS; i++)
        filter->hash_table[i] = hvn_e1000_get(self, E1000_MTA + 4 * i);
    for (guint i = 0; i < E1000_VFTA_WORDS; i++)
        filter->vlan_table[i] = hvn_e1000_get(self, E1000_VFTA + 4 * i);
    self->rx.filter_stale = FALSE;
}

/* how the frame that starts with @head passes; @tagged: its type is that of VET and a whole tag follows */
HvnMacMatch
hvn_e1000_filter_match(HvnE1000Nic *self, const guint8 *head, gsize head_len, gboolean *tagged)
{
    guint32 rctl = hvn_e1000_get(self, E1000_RCTL);
    guint16 tag;

    *tagged = head_len >= HVN_ETHER_HEADER_LEN + 4 && hvn_load_be16(head + 12) == hvn_e1000_get(self, E1000_VET);
    if (self->rx.filter_stale)
        hvn_e1000_filter_fill(self);
    if (*tagged && self->rx.filter.vlan_enabled) {
        tag = hvn_load_be16(head + 14);
        if (!hvn_mac_filter_match_vlan(&self->rx.filter, tag & 0xfff))
            return HVN_MAC_MATCH_NONE;
        if ((rctl & E1000_RCTL_CFIEN) && !(tag & 0x1000) != !(rctl & E1000_RCTL_CFI))
            return HVN_MAC_MATCH_NONE;
    }
    return hvn_mac_filter_match(&self->rx.filter, head);
}

void
hvn_e1000_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    self->rx.filter_stale = TRUE;
}
