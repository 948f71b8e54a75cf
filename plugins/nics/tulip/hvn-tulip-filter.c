/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames the receiver takes (4.2.3): the setup frame says it in one of four ways, and CSR6 opens it further. Both end in an
 * HvnMacFilter, filled again when one of them changed and a frame comes. Broadcast has no bit of its own: it is an address like others. */
#include "hvn-tulip-nic.h"

/* the lower 16 bits of each longword, as bytes */
static void
hvn_tulip_filter_pick(const guint8 *setup, guint longword, guint n, guint8 *bytes)
{
    for (guint i = 0; i < n; i++)
        memcpy(bytes + 2 * i, setup + 4 * (longword + i), 2);
}

/* the lower nine bits of the CRC that has not been turned */
static guint
hvn_tulip_filter_hash(const guint8 *addr, gpointer data)
{
    return ~hvn_ether_crc32(addr, HVN_MAC_LEN) & (TULIP_SETUP_HASH_BITS - 1);
}

static void
hvn_tulip_filter_fill_perfect(HvnTulipRx *rx)
{
    rx->filter.n_perfect = TULIP_SETUP_ADDRESSES;
    for (guint i = 0; i < TULIP_SETUP_ADDRESSES; i++)
        hvn_tulip_filter_pick(rx->setup, 3 * i, 3, rx->filter.perfect[i].addr);
}

static void
hvn_tulip_filter_fill_hash(HvnTulipRx *rx)
{
    guint8 bytes[TULIP_SETUP_HASH_BITS / 8];

    hvn_tulip_filter_pick(rx->setup, 0, sizeof bytes / 2, bytes);
    for (guint i = 0; i < TULIP_SETUP_HASH_BITS / 32; i++)
        rx->filter.hash_table[i] = hvn_load_le32(bytes + 4 * i);
    rx->filter.hash = hvn_tulip_filter_hash;
    rx->filter.n_perfect = 1;
    hvn_tulip_filter_pick(rx->setup, TULIP_SETUP_PHYSICAL / 4, 3, rx->filter.perfect[0].addr);
}

/* 3.2.2.6: HP, HO and IF say which of the four it is */
static void
hvn_tulip_filter_fill(HvnTulipNic *self)
{
    guint32 csr6 = hvn_tulip_get(self, TULIP_CSR6);
    HvnMacFilter *filter = &self->rx.filter;

    filter->unicast_promiscuous = (csr6 & TULIP_CSR6_PR) != 0;
    filter->multicast_promiscuous = (csr6 & (TULIP_CSR6_PR | TULIP_CSR6_PM)) != 0;
    filter->hash = NULL;
    filter->hash_bits = TULIP_SETUP_HASH_BITS;
    if (csr6 & TULIP_CSR6_HP)
        hvn_tulip_filter_fill_hash(&self->rx);
    else
        hvn_tulip_filter_fill_perfect(&self->rx);
    self->rx.inverse = (csr6 & TULIP_CSR6_IF) != 0;
    self->rx.hash_only = (csr6 & TULIP_CSR6_HO) != 0;
    self->rx.filter_stale = FALSE;
}

/* the transmitter has read one */
void
hvn_tulip_filter_setup(HvnTulipNic *self, const guint8 *frame, HvnTulipFilterMode mode)
{
    static const guint32 bits[] = {
        [TULIP_FILTER_PERFECT] = 0,
        [TULIP_FILTER_HASH] = TULIP_CSR6_HP,
        [TULIP_FILTER_INVERSE] = TULIP_CSR6_IF,
        [TULIP_FILTER_HASH_ONLY] = TULIP_CSR6_HP | TULIP_CSR6_HO,
    };

    memcpy(self->rx.setup, frame, TULIP_SETUP_LEN);
    hvn_tulip_set(self, TULIP_CSR6, (hvn_tulip_get(self, TULIP_CSR6) & ~TULIP_CSR6_FILTER) | bits[mode]);
    self->rx.filter_stale = TRUE;
}

void
hvn_tulip_filter_reset(HvnTulipNic *self)
{
    memset(self->rx.setup, 0, sizeof self->rx.setup);
    self->rx.filter_stale = TRUE;
}

/* whether a frame to @address passes */
gboolean
hvn_tulip_filter_match(HvnTulipNic *self, const guint8 *address)
{
    HvnTulipRx *rx = &self->rx;
    const HvnMacFilter *filter = &rx->filter;
    gboolean group = address[0] & 1, open;
    guint bit;

    if (rx->filter_stale)
        hvn_tulip_filter_fill(self);
    open = group ? filter->multicast_promiscuous : filter->unicast_promiscuous;
    if (rx->inverse)
        return open || hvn_mac_filter_match(filter, address) == HVN_MAC_MATCH_NONE;
    if (!rx->hash_only || group)
        return hvn_mac_filter_match(filter, address) != HVN_MAC_MATCH_NONE;
    bit = hvn_tulip_filter_hash(address, NULL);
    return open || (filter->hash_table[bit / 32] >> bit % 32 & 1);
}
