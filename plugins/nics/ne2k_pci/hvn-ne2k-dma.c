/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remote DMA (10.7): the guest's words go between the data port and the card's memory, until the byte count is used up and RDC says so. The
 * address goes round the receive ring, so that a packet is read in one piece.
 *
 * RSAR and RBCR are the running counters themselves, as on the chip: a transfer that was aborted goes on where it was. */
#include "hvn-ne2k-core.h"

#include "hvn-bytes.h"

static void
hvn_ne2k_dma_complete(HvnNe2kNic *self)
{
    gboolean sent = self->dma.mode == NE2K_DMA_SEND;

    self->dma.mode = NE2K_DMA_NONE;
    if (sent) {
        hvn_ne2k_set(self, NE2K_BNRY, self->dma.next);
        self->rx.overflowed = FALSE;
        hvn_ne2k_rx_update(self);
    }
    hvn_irq_cause_raise(&self->irq, NE2K_ISR_RDC);
}

/* 10.3, RD: @mode is what the driver wrote */
void
hvn_ne2k_dma_start(HvnNe2kNic *self, guint8 mode)
{
    if (mode & NE2K_CR_RD_ABORT) {
        self->dma.mode = NE2K_DMA_NONE;
        return;
    }
    self->dma.mode = (HvnNe2kDmaMode)mode;
    if (mode == NE2K_CR_RD_SEND) {
        /* one packet, from the boundary on; its header says how long it is and where the next one begins */
        guint16 packet = hvn_ne2k_get(self, NE2K_BNRY) << 8;

        self->dma.next = hvn_ne2k_memory_load(&self->memory, packet + 1);
        self->dma.left = hvn_ne2k_memory_load(&self->memory, packet + 2) | hvn_ne2k_memory_load(&self->memory, packet + 3) << 8;
        self->dma.address = packet;
    }
    if (self->dma.left == 0)
        hvn_ne2k_dma_complete(self);
}

/* whether there is a byte to move in this direction */
static gboolean
hvn_ne2k_dma_is_open(const HvnNe2kNic *self, gboolean write)
{
    return self->dma.mode != NE2K_DMA_NONE && write == (self->dma.mode == NE2K_DMA_WRITE);
}

static void
hvn_ne2k_dma_step(HvnNe2kNic *self)
{
    self->dma.address++;
    if (self->dma.address == hvn_ne2k_get(self, NE2K_PSTOP) << 8)
        self->dma.address = (guint16)(hvn_ne2k_get(self, NE2K_PSTART) << 8);
    self->dma.left--;
    if (self->dma.left == 0)
        hvn_ne2k_dma_complete(self);
}

/* 10.3, WTS: a transfer is a word at least, and of an access to one byte the other half goes nowhere */
static guint
hvn_ne2k_dma_unit(const HvnNe2kNic *self, guint size)
{
    return (hvn_ne2k_get(self, NE2K_DCR) & NE2K_DCR_WTS) != 0 ? MAX(size, 2u) : size;
}

guint32
hvn_ne2k_dma_read(HvnNe2kNic *self, guint size)
{
    guint unit = hvn_ne2k_dma_unit(self, size);
    guint32 value = 0;

    for (guint i = 0; i < unit; i++) {
        gboolean open = hvn_ne2k_dma_is_open(self, FALSE);
        guint32 byte = open ? hvn_ne2k_memory_load(&self->memory, self->dma.address) : 0xff;

        value |= i < size ? byte << 8 * i : 0;
        if (open)
            hvn_ne2k_dma_step(self);
    }
    return value;
}

void
hvn_ne2k_dma_write(HvnNe2kNic *self, guint32 value, guint size)
{
    guint unit = hvn_ne2k_dma_unit(self, size);

    for (guint i = 0; i < unit && hvn_ne2k_dma_is_open(self, TRUE); i++) {
        hvn_ne2k_memory_store(&self->memory, self->dma.address, i < size ? value >> 8 * i : 0);
        hvn_ne2k_dma_step(self);
    }
}

/* ---- registers ---- */

guint32
hvn_ne2k_crda_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnNe2kNic *)owner)->dma.address >> 8 * index & 0xff;
}

void
hvn_ne2k_rsar_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ((HvnNe2kNic *)owner)->dma.address = hvn_ne2k_get16(owner, NE2K_RSAR0);
}

void
hvn_ne2k_rbcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ((HvnNe2kNic *)owner)->dma.left = hvn_ne2k_get16(owner, NE2K_RBCR0);
}
