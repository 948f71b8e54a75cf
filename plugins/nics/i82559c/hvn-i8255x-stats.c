/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The statistical counters, and the block in memory that the dump commands fill (6.5.3): as long as the configuration says, the word that
 * tells the driver behind it. */
#include "hvn-i8255x-nic.h"

void
hvn_i8255x_stats_reset(HvnI8255xNic *self)
{
    hvn_work_cancel(&self->stats.work);
    self->stats.command = 0;
}

/* 6.4.2.3, byte 6: the 82557 has one size, the 82558 two, those behind it three */
guint
hvn_i8255x_stats_get_len(const HvnI8255xNic *self)
{
    if ((self->config[6] & I8255X_CONFIG_6_TCO) && self->variant->stats_max >= I8255X_STATS_TCO)
        return I8255X_STATS_TCO;
    if (!(self->config[6] & I8255X_CONFIG_6_STANDARD_STATS))
        return MIN(self->variant->stats_max, I8255X_STATS_EXTENDED);
    return I8255X_STATS_STANDARD;
}

/* the work that the dump commands mark; there is neither flow control nor a management controller, whose counters stay 0 */
gboolean
hvn_i8255x_stats_dump(gpointer data)
{
    HvnI8255xNic *self = data;
    guint8 block[I8255X_STATS_TCO] = {0}, done[4];
    guint len = hvn_i8255x_stats_get_len(self);

    if (self->stats.command == 0)
        return FALSE;
    for (guint i = 0; i < I8255X_N_COUNTERS; i++)
        hvn_store_le32(block + 4 * i, self->stats.counters[i]);
    hvn_store_le32(done, self->stats.command == I8255X_CUC_DUMP_RESET ? I8255X_DUMPED_RESET : I8255X_DUMPED);
    if (hvn_nic_dma_write(&self->parent, self->stats.address, block, len)) {
        __atomic_thread_fence(__ATOMIC_RELEASE);
        hvn_nic_dma_write(&self->parent, self->stats.address + len, done, sizeof done);
    }
    hvn_nic_dma_release(&self->parent);
    if (self->stats.command == I8255X_CUC_DUMP_RESET)
        memset(self->stats.counters, 0, sizeof self->stats.counters);
    self->stats.command = 0;
    return FALSE;
}
