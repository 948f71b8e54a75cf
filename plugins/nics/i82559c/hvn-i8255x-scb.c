/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system control block (6.3.2): what the driver orders of both units, what they say of themselves, and the interrupt. */
#include "hvn-i8255x-nic.h"

void
hvn_i8255x_scb_reset(HvnI8255xNic *self)
{
    hvn_irq_cause_reset(&self->irq);
    hvn_irq_cause_set_mask(&self->irq, I8255X_ACK_ALL); /* nothing is masked after a reset */
}

/* only the units change it */
guint32
hvn_i8255x_scb_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnI8255xNic *self = owner;

    self->rx.unseen = FALSE;
    return self->cu.state << I8255X_SCB_CUS_SHIFT | self->rx.state << I8255X_SCB_RUS_SHIFT;
}

guint32
hvn_i8255x_stat_ack_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnI8255xNic *self = owner;

    self->rx.unseen = FALSE;
    return hvn_irq_cause_read(&self->irq);
}

void
hvn_i8255x_stat_ack_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;

    self->rx.unseen = FALSE;
    hvn_i8255x_set(self, I8255X_SCB_STAT_ACK, 0); /* the bits are in the cause */
    hvn_irq_cause_acknowledge(&self->irq, value);
}

void
hvn_i8255x_scb_command_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;

    hvn_i8255x_set(self, I8255X_SCB_COMMAND, 0); /* accepted */
    hvn_i8255x_cu_control(self, value & I8255X_CUC_MASK);
    hvn_i8255x_rx_control(self, value & I8255X_RUC_MASK);
}

/* the 82557 has M and SI only */
void
hvn_i8255x_scb_mask_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;
    guint32 masked = value & I8255X_MASK_CAUSES;

    if (self->variant->is_82557)
        value &= I8255X_MASK_M | I8255X_MASK_SI;
    else
        masked |= value & I8255X_MASK_FCP ? I8255X_ACK_FCP : 0;
    hvn_i8255x_set(self, I8255X_SCB_MASK, value & ~I8255X_MASK_SI);
    if (value & I8255X_MASK_M)
        masked = I8255X_ACK_ALL;
    else if (self->variant->is_82557)
        masked = 0;
    hvn_irq_cause_set_mask(&self->irq, I8255X_ACK_ALL & ~masked);
    if (value & I8255X_MASK_SI)
        hvn_irq_cause_raise(&self->irq, I8255X_ACK_SWI);
}
