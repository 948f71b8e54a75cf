/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cause and mask registers and the interrupt line they drive:
 *
 *   raise/clear/set_mask -> cause & mask -> hvn_irq_cause_update() -> line, at once or when the throttle's time has come
 */
#include "hvn-irq-cause.h"

static void
hvn_irq_cause_update(HvnIrqCause *self)
{
    gint64 now_ns;

    if ((self->cause & self->mask) == 0) {
        hvn_timer_cancel(&self->throttle);
        if (self->asserted) {
            self->asserted = FALSE;
            hvn_nic_set_irq(self->nic, FALSE);
        }
        return;
    }
    if (self->asserted || hvn_timer_is_armed(&self->throttle))
        return;
    now_ns = hvn_dispatcher_now_ns(self->throttle.dispatcher);
    if (self->ever && now_ns - self->last_ns < self->interval_ns) {
        hvn_timer_arm(&self->throttle, self->last_ns + self->interval_ns);
        return;
    }
    self->asserted = TRUE;
    self->ever = TRUE;
    self->last_ns = now_ns;
    hvn_nic_set_irq(self->nic, TRUE);
}

static void
hvn_irq_cause_throttle_ended(gpointer data)
{
    hvn_irq_cause_update(data);
}

void
hvn_irq_cause_init(HvnIrqCause *self, HvnNic *nic)
{
    *self = (HvnIrqCause){.nic = nic};
    hvn_timer_init(&self->throttle, hvn_port_get_dispatcher(HVN_PORT(nic)), hvn_irq_cause_throttle_ended, self);
}

void
hvn_irq_cause_reset(HvnIrqCause *self)
{
    self->cause = 0;
    self->again = 0;
    self->late = self->later = 0;
    self->mask = 0;
    self->interval_ns = 0;
    self->last_ns = 0;
    self->ever = FALSE;
    hvn_irq_cause_update(self);
}

static void
hvn_irq_cause_add(HvnIrqCause *self, guint32 bits)
{
    self->again |= bits & self->cause;
    self->cause |= bits;
}

void
hvn_irq_cause_raise(HvnIrqCause *self, guint32 bits)
{
    hvn_irq_cause_add(self, bits);
    hvn_irq_cause_update(self);
}

/* Two places: what comes while the first waits must not put it off, or steady traffic would do so for ever. */
void
hvn_irq_cause_raise_for_data(HvnIrqCause *self, guint32 bits)
{
    guint64 fence = hvn_nic_dma_get_fence(self->nic);

    if (G_LIKELY(self->late == 0 && hvn_nic_dma_has_passed(self->nic, fence))) {
        hvn_irq_cause_raise(self, bits);
        return;
    }
    if (self->late == 0) {
        self->late = bits;
        self->late_fence = fence;
        return;
    }
    self->later |= bits;
    self->later_fence = fence;
}

void
hvn_irq_cause_data_seen(HvnIrqCause *self)
{
    while (self->late != 0 && hvn_nic_dma_has_passed(self->nic, self->late_fence)) {
        hvn_irq_cause_add(self, self->late);
        self->late = self->later;
        self->late_fence = self->later_fence;
        self->later = 0;
    }
    hvn_irq_cause_update(self);
}

void
hvn_irq_cause_clear(HvnIrqCause *self, guint32 bits)
{
    self->cause &= ~bits;
    self->again &= ~bits;
    hvn_irq_cause_update(self);
}

guint32
hvn_irq_cause_read(HvnIrqCause *self)
{
    self->again = 0;
    return self->cause;
}

/* The line falls in between where nothing else is left, so that an edge and a message tell of it too */
void
hvn_irq_cause_acknowledge(HvnIrqCause *self, guint32 bits)
{
    guint32 again = self->again & bits;

    hvn_irq_cause_clear(self, bits);
    if (again != 0)
        hvn_irq_cause_raise(self, again);
}

void
hvn_irq_cause_set_mask(HvnIrqCause *self, guint32 mask)
{
    self->mask = mask;
    hvn_irq_cause_update(self);
}

void
hvn_irq_cause_set_interval(HvnIrqCause *self, gint64 ns)
{
    self->interval_ns = MAX(ns, 0);
    /* what waits now waits by the new interval */
    hvn_timer_cancel(&self->throttle);
    hvn_irq_cause_update(self);
}
