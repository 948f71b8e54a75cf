/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A cause register, a mask register and the line that they drive, with a throttle: at least so many nanoseconds from one
 * assertion to the next. Embedded by value. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

/**
 * HvnIrqCause:
 *
 * Fields are private but for reading @cause and @mask.
 */
typedef struct {
    HvnNic  *nic;         /* not owned */
    guint32  cause;       /* events that happened and were not cleared */
    guint32  mask;        /* events that request an interrupt */
    gint64   interval_ns; /* least time between assertions, 0 for none */
    gint64   last_ns;     /* when the line rose last */
    gboolean asserted;
    gboolean ever;        /* the line rose at least once since reset */
    HvnTimer throttle;
    guint32  again;       /* events that came once more, since the guest has read the causes */
    guint32  late;        /* events of data that the guest does not see yet: up to late_fence, and behind it up to later_fence */
    guint32  later;
    guint64  late_fence;
    guint64  later_fence;
} HvnIrqCause;

/**
 * hvn_irq_cause_init:
 * @self: the registers
 * @nic: (transfer none): whose interrupt it is; must outlive @self
 */
void
hvn_irq_cause_init(HvnIrqCause *self, HvnNic *nic);

/**
 * hvn_irq_cause_reset:
 * @self: the registers
 *
 * Clears cause, mask, interval and throttle and lowers the line. Also before the owner goes away.
 */
void
hvn_irq_cause_reset(HvnIrqCause *self);

/**
 * hvn_irq_cause_raise:
 * @self: the registers
 * @bits: events that happened
 *
 * Adds events, and updates the line.
 */
void
hvn_irq_cause_raise(HvnIrqCause *self, guint32 bits);

/**
 * hvn_irq_cause_raise_for_data:
 * @self: the registers
 * @bits: events that tell of what the device has written to guest memory
 *
 * The same, but not before the guest sees all that was written so far; at once where memory is shared.
 */
void
hvn_irq_cause_raise_for_data(HvnIrqCause *self, guint32 bits);

/**
 * hvn_irq_cause_data_seen:
 * @self: the registers
 *
 * For HvnNicClass.dma_arrived: adds the events whose data the guest sees by now.
 */
void
hvn_irq_cause_data_seen(HvnIrqCause *self);

/**
 * hvn_irq_cause_clear:
 * @self: the registers
 * @bits: events that were served
 *
 * Takes events away, and updates the line: it falls at once when nothing is left.
 */
void
hvn_irq_cause_clear(HvnIrqCause *self, guint32 bits);

/**
 * hvn_irq_cause_read:
 * @self: the registers
 *
 * What the guest's read of the cause register gives. What has happened up to now it knows, and may acknowledge for good.
 *
 * Returns: the events that happened and were not cleared
 */
guint32
hvn_irq_cause_read(HvnIrqCause *self);

/**
 * hvn_irq_cause_acknowledge:
 * @self: the registers
 * @bits: events that the guest acknowledges, where a write of 1 clears
 *
 * Takes events away, but for those that came once more since the guest has read the causes: they are raised again. A write that acknowledges
 * is posted: it may come when the device has set the bit once more, for something that the driver has looked for already and not found.
 * On a PCI bus that takes nanoseconds; from another process it takes long enough to be met.
 */
void
hvn_irq_cause_acknowledge(HvnIrqCause *self, guint32 bits);

/**
 * hvn_irq_cause_set_mask:
 * @self: the registers
 * @mask: events that request an interrupt from now on
 */
void
hvn_irq_cause_set_mask(HvnIrqCause *self, guint32 mask);

/**
 * hvn_irq_cause_set_interval:
 * @self: the registers
 * @ns: least nanoseconds from one assertion to the next, 0 for none
 */
void
hvn_irq_cause_set_interval(HvnIrqCause *self, gint64 ns);

G_END_DECLS
