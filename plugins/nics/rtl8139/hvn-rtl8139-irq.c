/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: ISR and IMR (6.5, 6.6) over an HvnIrqCause, and the timer: TCTR counts the clock of the PCI bus from its last write on,
 * and sets TimeOut whenever it passes TimerInt, if that is not 0. */
#include "hvn-rtl8139-nic.h"

static guint64
hvn_rtl8139_irq_ticks(const HvnRtl8139Nic *self)
{
    return (hvn_dispatcher_now_ns(self->irq.timer.dispatcher) - self->irq.start_ns) / RTL8139_TICK_NS;
}

/* to the next time that the counter of 32 bits is TimerInt */
static void
hvn_rtl8139_irq_arm(HvnRtl8139Nic *self)
{
    guint32 target = hvn_rtl8139_get(self, RTL8139_TIMERINT);
    guint64 ticks = hvn_rtl8139_irq_ticks(self);
    guint64 next;

    if (target == 0) {
        hvn_timer_cancel(&self->irq.timer);
        return;
    }
    next = (ticks & ~(guint64)G_MAXUINT32) + target;
    if (next <= ticks)
        next += G_GUINT64_CONSTANT(1) << 32;
    hvn_timer_arm(&self->irq.timer, self->irq.start_ns + (gint64)next * RTL8139_TICK_NS);
}

static void
hvn_rtl8139_irq_timed_out(gpointer data)
{
    HvnRtl8139Nic *self = data;

    hvn_rtl8139_irq_arm(self);
    hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_TIMEOUT);
}

void
hvn_rtl8139_irq_init(HvnRtl8139Nic *self)
{
    hvn_irq_cause_init(&self->irq.cause, &self->parent);
    hvn_timer_init(&self->irq.timer, hvn_port_get_dispatcher((HvnPort *)self), hvn_rtl8139_irq_timed_out, self);
}

void
hvn_rtl8139_irq_reset(HvnRtl8139Nic *self)
{
    hvn_timer_cancel(&self->irq.timer);
    hvn_irq_cause_reset(&self->irq.cause);
    self->irq.start_ns = hvn_dispatcher_now_ns(self->irq.timer.dispatcher);
}

/* both also tell that a driver in C+ mode is at work and may have given descriptors back */
void
hvn_rtl8139_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    hvn_irq_cause_set_mask(&self->irq.cause, value);
    hvn_rtl8139_rx_update(self);
}

guint32
hvn_rtl8139_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;

    return hvn_irq_cause_read(&self->irq.cause);
}

void
hvn_rtl8139_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    hvn_rtl8139_set(self, RTL8139_ISR, 0); /* the bits are in the cause */
    hvn_irq_cause_acknowledge(&self->irq.cause, value);
    hvn_rtl8139_rx_remind(self);
    hvn_rtl8139_rx_update(self);
}

guint32
hvn_rtl8139_tctr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return (guint32)hvn_rtl8139_irq_ticks(owner);
}

/* any value starts it from 0 */
void
hvn_rtl8139_tctr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    self->irq.start_ns = hvn_dispatcher_now_ns(self->irq.timer.dispatcher);
    hvn_rtl8139_irq_arm(self);
}

void
hvn_rtl8139_timerint_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_rtl8139_irq_arm(owner);
}
