/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the control and status registers do: INIT, STRT, STOP and SPND, and the interrupt. All events of CSR0, CSR4 and CSR5 are one
 * HvnIrqCause, those of CSR4 and CSR5 16 bits up; CSR3, CSR4 and CSR5 mask them, and IENA all but those of CSR5 that need no driver that
 * is up.
 *
 *   CSR0 write -> acknowledge -> INIT: mark the init work -> IDON -> STRT: TXON, RXON, rings from their bases
 *                             -> TDMD: mark the tx work
 *   STOP, bus error           -> nothing runs, rings are forgotten
 */
#include "hvn-pcnet-nic.h"

#define CONTROLS (PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_TXON | PCNET_CSR0_RXON)

#define PCI_STATUS_HIGH         0x07
#define PCI_STATUS_MASTER_ABORT 0x20 /* of the high byte */

/* ---- interrupts ---- */

/* events that the mask registers let through; @always: those that do not ask for IENA only */
static guint32
hvn_pcnet_csr_enabled(const HvnPcnetNic *self, gboolean always)
{
    guint32 csr5 = hvn_pcnet_csr(self, PCNET_CSR5) << 1;
    guint32 mask = (csr5 & (PCNET_CSR5_SINT | PCNET_CSR5_MPINT)) << 16;

    if (always)
        return mask;
    mask |= PCNET_CSR3_MASKS & ~hvn_pcnet_csr(self, PCNET_CSR3);
    mask |= (PCNET_CSR4_UINT | (PCNET_CSR4_MASKED & ~(hvn_pcnet_csr(self, PCNET_CSR4) << 1))) << 16;
    return mask | (csr5 & PCNET_CSR5_EXDINT) << 16;
}

static void
hvn_pcnet_csr_update_mask(HvnPcnetNic *self)
{
    hvn_irq_cause_set_mask(&self->cause, hvn_pcnet_csr_enabled(self, !(hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_IENA)));
}

/* events of three registers */
void
hvn_pcnet_csr_raise(HvnPcnetNic *self, guint32 csr0, guint32 csr4, guint32 csr5)
{
    if (hvn_pcnet_style(self) == PCNET_STYLE_ILACC)
        csr4 &= ~PCNET_CSR4_NO_ILACC;
    hvn_irq_cause_raise(&self->cause, csr0 | (csr4 | csr5) << 16);
}

/* adds to a counter; @rolled_over is the event of CSR4 behind 65535 */
void
hvn_pcnet_csr_count(HvnPcnetNic *self, guint csr, guint n, guint32 rolled_over)
{
    guint value = hvn_pcnet_csr(self, csr) + n;

    hvn_pcnet_set_csr(self, csr, value & 0xffff);
    if (value > 0xffff)
        hvn_pcnet_csr_raise(self, 0, rolled_over, 0);
}

/* ---- start and stop ---- */

/* STOP and everything that means it: what waits for the receiver is told, and the system error alone is remembered */
void
hvn_pcnet_csr_stop(HvnPcnetNic *self)
{
    hvn_work_cancel(&self->init);
    hvn_loopback_clear(&self->loop);
    hvn_pcnet_set_csr(self, PCNET_CSR0, PCNET_CSR0_STOP);
    hvn_pcnet_set_csr(self, PCNET_CSR5, hvn_pcnet_csr(self, PCNET_CSR5) & ~PCNET_CSR5_SPND);
    hvn_pcnet_set_csr(self, PCNET_CSR112, 0);
    hvn_pcnet_set_csr(self, PCNET_CSR114, 0);
    hvn_irq_cause_clear(&self->cause, ~(guint32)(PCNET_CSR5_SINT << 16));
    hvn_pcnet_csr_update_mask(self);
    hvn_pcnet_tx_restart(self);
    hvn_pcnet_rx_restart(self);
    hvn_pcnet_rx_update(self);
}

/* both rings begin at their bases, also when the device was only stopped */
void
hvn_pcnet_csr_start(HvnPcnetNic *self)
{
    guint32 csr15 = hvn_pcnet_csr(self, PCNET_CSR15), csr0 = hvn_pcnet_csr(self, PCNET_CSR0);

    csr0 |= csr15 & PCNET_CSR15_DTX ? 0 : PCNET_CSR0_TXON;
    csr0 |= csr15 & PCNET_CSR15_DRX ? 0 : PCNET_CSR0_RXON;
    hvn_pcnet_set_csr(self, PCNET_CSR0, csr0);
    hvn_pcnet_tx_restart(self);
    hvn_pcnet_rx_restart(self);
    hvn_work_schedule(&self->tx.work);
    hvn_pcnet_rx_update(self);
}

/* memory that nobody answers for is a system error, which stops the device; a bus that it is not allowed to have switches both directions
 * off */
void
hvn_pcnet_csr_bus_error(HvnPcnetNic *self)
{
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);

    if (hvn_pci_config_get_command(pci) & HVN_PCI_COMMAND_MASTER) {
        pci->bytes[PCI_STATUS_HIGH] |= PCI_STATUS_MASTER_ABORT;
        hvn_pcnet_csr_stop(self);
        hvn_pcnet_csr_raise(self, 0, 0, PCNET_CSR5_SINT);
        return;
    }
    hvn_pcnet_set_csr(self, PCNET_CSR0, hvn_pcnet_csr(self, PCNET_CSR0) & ~(PCNET_CSR0_TXON | PCNET_CSR0_RXON));
    hvn_pcnet_csr_raise(self, PCNET_CSR0_MERR, 0, 0);
    hvn_pcnet_rx_update(self);
}

/* ---- registers ---- */

guint32
hvn_pcnet_csr0_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;
    guint32 cause = hvn_irq_cause_read(&self->cause);

    value |= cause & PCNET_CSR0_EVENTS;
    value |= cause & PCNET_CSR0_ERRORS ? PCNET_CSR0_ERR : 0;
    return value | (cause & hvn_pcnet_csr_enabled(self, FALSE) ? PCNET_CSR0_INTR : 0);
}

/* INIT and STRT act when they are set, and are cleared by STOP only, which goes before both */
void
hvn_pcnet_csr0_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;
    guint32 fresh = value & ~old;
    guint32 stored = (old & CONTROLS) | (value & (PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_IENA));

    if (value & PCNET_CSR0_STOP) {
        hvn_pcnet_csr_stop(self);
        return;
    }
    if (!(stored & (PCNET_CSR0_INIT | PCNET_CSR0_STRT)))
        stored |= old & PCNET_CSR0_STOP;
    hvn_pcnet_set_csr(self, PCNET_CSR0, stored);
    hvn_irq_cause_acknowledge(&self->cause, value & PCNET_CSR0_EVENTS);
    hvn_pcnet_csr_update_mask(self);
    if (fresh & PCNET_CSR0_INIT)
        hvn_work_schedule(&self->init);
    else if ((fresh & PCNET_CSR0_STRT) && !self->init.scheduled)
        hvn_pcnet_csr_start(self);
    else if (value & PCNET_CSR0_TDMD)
        hvn_work_schedule(&self->tx.work);
    hvn_pcnet_rx_update(self);
}

void
hvn_pcnet_csr3_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    hvn_pcnet_csr_update_mask(self);
    hvn_pcnet_rx_update(self);
}

guint32
hvn_pcnet_csr4_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;

    return value | (self->cause.cause >> 16 & PCNET_CSR4_EVENTS);
}

/* UINTCMD is a command, and UINT what comes of it */
void
hvn_pcnet_csr4_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    hvn_pcnet_set_csr(self, PCNET_CSR4, value & ~(PCNET_CSR4_EVENTS | PCNET_CSR4_UINTCMD));
    hvn_irq_cause_acknowledge(&self->cause, (value & PCNET_CSR4_EVENTS) << 16);
    if (value & PCNET_CSR4_UINTCMD)
        hvn_pcnet_csr_raise(self, 0, PCNET_CSR4_UINT, 0);
    hvn_pcnet_csr_update_mask(self);
    hvn_work_schedule(&self->tx.work); /* polling may be on again */
}

guint32
hvn_pcnet_csr5_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnPcnetNic *self = owner;

    return value | (self->cause.cause >> 16 & PCNET_CSR5_EVENTS);
}

/* no frame is half way between two works, so that SPND takes effect at once */
void
hvn_pcnet_csr5_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    hvn_pcnet_set_csr(self, PCNET_CSR5, value & ~(PCNET_CSR5_EVENTS | PCNET_CSR5_SLPINT));
    hvn_irq_cause_acknowledge(&self->cause, (value & PCNET_CSR5_EVENTS) << 16);
    hvn_pcnet_csr_update_mask(self);
    hvn_work_schedule(&self->tx.work);
    hvn_pcnet_rx_update(self);
}

void
hvn_pcnet_csr15_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    self->rx.filter_stale = TRUE;
    hvn_pcnet_tx_resume(self);
    hvn_pcnet_rx_update(self);
}

/* EN124 opens it */
void
hvn_pcnet_csr124_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnPcnetNic *self = owner;

    if (!(hvn_pcnet_csr(self, PCNET_CSR4) & PCNET_CSR4_EN124))
        hvn_pcnet_set_csr(self, PCNET_CSR124, old);
}
