/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: ICR, ICS, IMS, IMC and ITR over an HvnIrqCause (13.4.17 to 13.4.21), and the four delays before a cause is
 * set: RDTR and RADV after a frame was received (13.4.30, 13.4.31), TIDV and TADV after one was sent with IDE (13.4.41,
 * 13.4.44).
 *
 *   packet -> relative timer starts anew with each -> cause
 *          -> absolute timer starts with the first -> cause, whichever ends first
 */
#include "hvn-e1000-nic.h"

static void
hvn_e1000_irq_receive_delay_over(gpointer data)
{
    HvnE1000Nic *self = data;

    hvn_timer_cancel(&self->irq.rdtr);
    hvn_timer_cancel(&self->irq.radv);
    hvn_irq_cause_raise_for_data(&self->irq.cause, E1000_ICR_RXT0);
}

static void
hvn_e1000_irq_transmit_delay_over(gpointer data)
{
    HvnE1000Nic *self = data;

    hvn_timer_cancel(&self->irq.tidv);
    hvn_timer_cancel(&self->irq.tadv);
    hvn_irq_cause_raise_for_data(&self->irq.cause, E1000_ICR_TXDW);
}

void
hvn_e1000_irq_init(HvnE1000Nic *self)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher((HvnPort *)self);

    hvn_irq_cause_init(&self->irq.cause, &self->parent);
    hvn_timer_init(&self->irq.rdtr, dispatcher, hvn_e1000_irq_receive_delay_over, self);
    hvn_timer_init(&self->irq.radv, dispatcher, hvn_e1000_irq_receive_delay_over, self);
    hvn_timer_init(&self->irq.tidv, dispatcher, hvn_e1000_irq_transmit_delay_over, self);
    hvn_timer_init(&self->irq.tadv, dispatcher, hvn_e1000_irq_transmit_delay_over, self);
}

void
hvn_e1000_irq_reset(HvnE1000Nic *self)
{
    hvn_timer_cancel(&self->irq.rdtr);
    hvn_timer_cancel(&self->irq.radv);
    hvn_timer_cancel(&self->irq.tidv);
    hvn_timer_cancel(&self->irq.tadv);
    hvn_irq_cause_reset(&self->irq.cause);
}

/* starts the delays that two registers ask for; FALSE when there is none */
static gboolean
hvn_e1000_irq_delay(HvnE1000Nic *self, HvnTimer *relative, guint32 relative_reg, HvnTimer *absolute, guint32 absolute_reg)
{
    guint32 delay = hvn_e1000_get(self, relative_reg) & 0xffff;
    guint32 limit = hvn_e1000_get(self, absolute_reg) & 0xffff;

    if (delay == 0)
        return FALSE;
    hvn_timer_arm_after(relative, (gint64)delay * E1000_DELAY_NS);
    if (limit != 0 && !hvn_timer_is_armed(absolute))
        hvn_timer_arm_after(absolute, (gint64)limit * E1000_DELAY_NS);
    return TRUE;
}

/* a batch was received; @causes are those that are not delayed */
void
hvn_e1000_irq_received(HvnE1000Nic *self, guint32 causes)
{
    if (!hvn_e1000_irq_delay(self, &self->irq.rdtr, E1000_RDTR, &self->irq.radv, E1000_RADV))
        causes |= E1000_ICR_RXT0;
    if (causes != 0)
        hvn_irq_cause_raise_for_data(&self->irq.cause, causes);
}

/* a batch was sent: descriptors with RS were among it, those without IDE and those with it */
void
hvn_e1000_irq_transmitted(HvnE1000Nic *self, gboolean at_once, gboolean delayed, guint32 causes)
{
    if (at_once || (delayed && !hvn_e1000_irq_delay(self, &self->irq.tidv, E1000_TIDV, &self->irq.tadv, E1000_TADV))) {
        hvn_timer_cancel(&self->irq.tidv);
        hvn_timer_cancel(&self->irq.tadv);
        causes |= E1000_ICR_TXDW;
    }
    if (causes != 0)
        hvn_irq_cause_raise_for_data(&self->irq.cause, causes);
}

guint32
hvn_e1000_icr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnE1000Nic *self = owner;
    guint32 cause = self->irq.cause.cause;

    hvn_irq_cause_clear(&self->irq.cause, cause);
    return cause;
}

void
hvn_e1000_icr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_irq_cause_clear(&self->irq.cause, value);
}

void
hvn_e1000_itr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_irq_cause_set_interval(&self->irq.cause, (gint64)value * E1000_ITR_NS);
}

/* the manual calls ICS write-only; on silicon it reads as ICR does and clears nothing, and VxWorks relies on that */
guint32
hvn_e1000_ics_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnE1000Nic *self = owner;

    return self->irq.cause.cause;
}

void
hvn_e1000_ics_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_irq_cause_raise(&self->irq.cause, value);
}

guint32
hvn_e1000_ims_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnE1000Nic *self = owner;

    return self->irq.cause.mask;
}

void
hvn_e1000_ims_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_irq_cause_set_mask(&self->irq.cause, self->irq.cause.mask | value);
}

void
hvn_e1000_imc_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_irq_cause_set_mask(&self->irq.cause, self->irq.cause.mask & ~value);
}

/* FPD flushes what RDTR holds back, and clears itself */
void
hvn_e1000_rdtr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_e1000_set(self, E1000_RDTR, value & ~E1000_RDTR_FPD);
    if ((value & E1000_RDTR_FPD) && hvn_timer_is_armed(&self->irq.rdtr))
        hvn_e1000_irq_receive_delay_over(self);
}
