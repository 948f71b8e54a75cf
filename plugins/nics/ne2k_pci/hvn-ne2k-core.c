/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 8390 as a whole: the sixteen ports and their pages, CR, reset, and what the cards' classes take from here.
 *
 *   region access -> data port: remote DMA (-dma) -> memory
 *                 -> else the page that CR shows -> register row -> handler: stores, and marks a work
 *   dispatcher    -> tx work -> packet memory -> peer
 *   peer          -> push (-rx) -> ring in packet memory
 *   either        -> ISR & IMR -> interrupt line (-irq)
 *
 * The device never touches the guest's memory: whatever moves goes through the data port. */
#include "hvn-ne2k-core.h"

/* ---- the ports ---- */

static guint32
hvn_ne2k_shown(const HvnNe2kNic *self, guint64 offset)
{
    guint page = hvn_ne2k_get(self, NE2K_CR) >> NE2K_CR_PS_SHIFT;

    return offset == NE2K_CR || offset >= NE2K_N_SHOWN ? (guint32)offset : NE2K_PAGE(page, (guint32)offset);
}

static gboolean
hvn_ne2k_is_data(guint64 offset)
{
    return offset >= NE2K_DATA && offset < NE2K_RESET;
}

/* the data port is as wide as the access; every other port is a byte */
static guint
hvn_ne2k_width(guint64 offset, guint left)
{
    return hvn_ne2k_is_data(offset) ? MIN(MIN(left, 4u), NE2K_RESET - (guint)offset) : 1;
}

static guint64
hvn_ne2k_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    HvnNe2kNic *self = (HvnNe2kNic *)nic;
    guint64 value = 0;
    guint done, width;

    for (done = 0; done < size; done += width) {
        guint64 part;

        width = hvn_ne2k_width(offset + done, size - done);
        if (hvn_ne2k_is_data(offset + done))
            part = hvn_ne2k_dma_read(self, width);
        else
            part = hvn_regs_read(&self->regs, hvn_ne2k_shown(self, offset + done), width);
        value |= part << 8 * done;
    }
    return value;
}

static void
hvn_ne2k_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    HvnNe2kNic *self = (HvnNe2kNic *)nic;
    guint done, width;

    for (done = 0; done < size; done += width) {
        guint64 part = value >> 8 * done;

        width = hvn_ne2k_width(offset + done, size - done);
        if (hvn_ne2k_is_data(offset + done))
            hvn_ne2k_dma_write(self, (guint32)part, width);
        else
            hvn_regs_write(&self->regs, hvn_ne2k_shown(self, offset + done), part & 0xff, width);
    }
}

static HvnRegs *
hvn_ne2k_get_regs(HvnNic *nic, guint bar)
{
    return bar == NE2K_REGION ? &((HvnNe2kNic *)nic)->regs : NULL;
}

/* ---- registers ---- */

/* 10.3: STP stops at once, TXP stays until the frame is sent and goes on after STA, RD starts and ends remote DMA */
void
hvn_ne2k_cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;

    if (value & NE2K_CR_STP)
        self->started = FALSE;
    else if (value & NE2K_CR_STA)
        self->started = TRUE;
    hvn_ne2k_set(self, NE2K_CR, value | (old & NE2K_CR_TXP));
    if (value & NE2K_CR_RD)
        hvn_ne2k_dma_start(self, value & NE2K_CR_RD);
    if (value & ~old & NE2K_CR_TXP)
        hvn_ne2k_tx_start(self);
    if (hvn_ne2k_get(self, NE2K_CR) & NE2K_CR_TXP)
        hvn_work_schedule(&self->tx.work);
    if ((value ^ old) & (NE2K_CR_STP | NE2K_CR_STA))
        hvn_ne2k_rx_update(self);
}

/* a receiver in loopback is closed to the cable, and whoever held the transmitter is not the one who takes now */
void
hvn_ne2k_tcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    if ((value ^ old) & NE2K_TCR_LB)
        hvn_ne2k_tx_resume(owner);
    hvn_ne2k_rx_update(owner);
}

/* 10.6: where local DMA is */
guint32
hvn_ne2k_clda_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    guint16 local = ((HvnNe2kNic *)owner)->local;

    return reg->offset == NE2K_PSTART ? local & 0xff : local >> 8;
}

/* of the NE2000: a read of any of these ports resets the 8390 */
guint32
hvn_ne2k_reset_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    hvn_nic_reset(owner, HVN_NIC_RESET_SOFTWARE);
    return 0;
}

/* page 2 shows what was written to page 0; bits that are not there are 1 */
guint32
hvn_ne2k_written_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;
    guint32 offset = reg->offset - NE2K_PAGE(2, 0) + index;

    switch (offset) {
    case NE2K_RCR:
        return hvn_ne2k_get(self, offset) | (~NE2K_RCR_ALL & 0xff);
    case NE2K_TCR:
        return hvn_ne2k_get(self, offset) | (~NE2K_TCR_ALL & 0xff);
    case NE2K_DCR:
    case NE2K_IMR:
        return hvn_ne2k_get(self, offset) | (~NE2K_DCR_ALL & 0xff);
    default:
        return hvn_ne2k_get(self, offset);
    }
}

/* ---- reset ---- */

static void
hvn_ne2k_reset(HvnNic *nic, HvnNicResetKind kind)
{
    HvnNe2kNic *self = (HvnNe2kNic *)nic;
    gboolean hardware = kind == HVN_NIC_RESET_HARDWARE;

    hvn_work_cancel(&self->tx.work);
    hvn_timer_cancel(&self->rx.remind);
    hvn_irq_cause_reset(&self->irq);
    hvn_regs_reset(&self->regs, hardware);
    self->started = FALSE;
    self->dma.mode = NE2K_DMA_NONE;
    self->tx.held = FALSE;
    self->rx.overflowed = FALSE;
    self->rx.filter_stale = TRUE;
    hvn_eeprom93xx_set_lines(&self->eeprom, FALSE, FALSE, FALSE); /* as 9346CR says from now on */
    if (hardware) {
        self->dma = (HvnNe2kDma){0};
        self->local = 0;
        self->tx.status = self->rx.status = 0;
        memset(self->tx.fifo, 0, sizeof self->tx.fifo);
        self->tx.fifo_next = 0;
        memset(self->tallies, 0, sizeof self->tallies);
        memset(self->memory.ram, 0, sizeof self->memory.ram);
        hvn_ne2k_eeprom_load(self);
    }
    hvn_ne2k_rx_update(self);
}

static void
hvn_ne2k_link_changed(HvnPort *port, gboolean up)
{
    HvnNe2kNic *self = (HvnNe2kNic *)port;

    if (!self->made)
        return;
    hvn_ne2k_tx_resume(port);
    hvn_ne2k_rx_update(self);
}

/* ---- for the cards ---- */

void
hvn_ne2k_class_init(HvnNe2kNicClass *klass, gboolean is_8029)
{
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnNicClass *nic_class = HVN_NIC_CLASS(klass);
    const HvnReg *rows;
    guint n_rows;

    rows = hvn_ne2k_reg_rows(is_8029, &n_rows);
    klass->table = hvn_reg_table_new(rows, n_rows, NE2K_TABLE_SIZE);
    port_class->push = hvn_ne2k_rx_push;
    port_class->resume = hvn_ne2k_tx_resume;
    port_class->link_changed = hvn_ne2k_link_changed;
    nic_class->reset = hvn_ne2k_reset;
    nic_class->region_read = hvn_ne2k_region_read;
    nic_class->region_write = hvn_ne2k_region_write;
    nic_class->get_regs = hvn_ne2k_get_regs;
}

void
hvn_ne2k_init(HvnNe2kNic *self, gboolean is_8029)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher((HvnPort *)self);

    self->is_8029 = is_8029;
    hvn_regs_init(&self->regs, ((HvnNe2kNicClass *)G_OBJECT_GET_CLASS(self))->table, self);
    hvn_fcs_init(&self->fcs);
    hvn_ne2k_eeprom_init(self);
    hvn_irq_cause_init(&self->irq, &self->parent);
    hvn_work_init(&self->tx.work, dispatcher, hvn_ne2k_tx_run, self);
    hvn_work_init(&self->rx.ready, dispatcher, hvn_ne2k_rx_tell_ready, self);
    hvn_timer_init(&self->rx.remind, dispatcher, hvn_ne2k_rx_reminded, self);
    hvn_ne2k_reset(&self->parent, HVN_NIC_RESET_HARDWARE);
    self->made = TRUE;
}

void
hvn_ne2k_dispose(HvnNe2kNic *self)
{
    hvn_nic_detach(&self->parent);
    if (!self->made)
        return;
    self->made = FALSE;
    hvn_work_cancel(&self->tx.work);
    hvn_work_cancel(&self->rx.ready);
    hvn_timer_cancel(&self->rx.remind);
    hvn_irq_cause_reset(&self->irq);
}

void
hvn_ne2k_finalize(HvnNe2kNic *self)
{
    hvn_regs_clear(&self->regs);
}
