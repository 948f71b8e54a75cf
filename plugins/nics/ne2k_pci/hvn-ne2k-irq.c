/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: ISR and IMR (10.3) over an HvnIrqCause. RST is no cause but a state, and nothing clears it but its end. */
#include "hvn-ne2k-core.h"

guint32
hvn_ne2k_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;

    return hvn_irq_cause_read(&self->irq) | (!self->started || self->rx.overflowed ? NE2K_ISR_RST : 0);
}

void
hvn_ne2k_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;

    hvn_ne2k_set(self, NE2K_ISR, 0); /* the bits are in the cause */
    hvn_irq_cause_acknowledge(&self->irq, value);
    hvn_ne2k_rx_remind(self);
}

void
hvn_ne2k_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_irq_cause_set_mask(&((HvnNe2kNic *)owner)->irq, value);
}
