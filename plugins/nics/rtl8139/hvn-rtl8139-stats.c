/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the device counts: the tally counters, which DTCCR dumps to memory, and MPC, the packets that were missed. */
#include "hvn-rtl8139-nic.h"

#define MPC_MAX 0xffffffu

/* the work that DTCCR marks; the command bit clears when the block is in memory */
gboolean
hvn_rtl8139_stats_dump(gpointer data)
{
    HvnRtl8139Nic *self = data;
    guint64 address = hvn_rtl8139_get64(self, RTL8139_DTCCR);
    guint8 block[RTL8139_TALLY_LEN];

    if (!hvn_rtl8139_tx_is_cplus(self) || !(address & RTL8139_DTCCR_CMD))
        return FALSE;
    hvn_rtl8139_tally_store(&self->tally, block);
    hvn_nic_dma_write(&self->parent, address & ~(guint64)(RTL8139_TALLY_LEN - 1), block, sizeof block);
    hvn_rtl8139_set(self, RTL8139_DTCCR, (guint32)address & ~RTL8139_DTCCR_CMD);
    return FALSE;
}

/* a frame was stored */
void
hvn_rtl8139_stats_received(HvnRtl8139Nic *self, HvnMacMatch match, gboolean physical)
{
    self->tally.rx_ok++;
    if (physical)
        self->tally.rx_ok_phy++;
    else if (match == HVN_MAC_MATCH_BROADCAST)
        self->tally.rx_ok_brd++;
    else if (match == HVN_MAC_MATCH_HASH)
        self->tally.rx_ok_mul++;
}

/* a frame that was for us could not be stored */
void
hvn_rtl8139_stats_missed(HvnRtl8139Nic *self)
{
    guint32 mpc = hvn_rtl8139_get(self, RTL8139_MPC);

    self->rx.dropped++;
    if (mpc < MPC_MAX)
        hvn_rtl8139_set(self, RTL8139_MPC, mpc + 1);
    if (self->tally.miss_pkt < G_MAXUINT16)
        self->tally.miss_pkt++;
}

/* a write of anything clears it */
void
hvn_rtl8139_mpc_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_rtl8139_set(owner, RTL8139_MPC, 0);
}
