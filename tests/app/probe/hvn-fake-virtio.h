/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device that answers like virtio-net over PCI as far as the probe's driver looks, and can be told to misbehave. It is not the
 * project's model: its parts are in other places, its doorbells further apart, and its rings are moved by hand. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

typedef enum {
    FAKE_VIRTIO_FAULT_NONE,
    FAKE_VIRTIO_FAULT_DEAD,                                    /* every register reads all ones */
    FAKE_VIRTIO_FAULT_LEGACY,                                  /* no capabilities */
    FAKE_VIRTIO_FAULT_BEYOND,                                  /* a capability that reaches behind its BAR */
    FAKE_VIRTIO_FAULT_LOOP,                                    /* a list of capabilities without an end, the last one missing */
    FAKE_VIRTIO_FAULT_NO_VERSION_1,                            /* not offered */
    FAKE_VIRTIO_FAULT_FEATURES,                                /* FEATURES_OK does not stick */
    FAKE_VIRTIO_FAULT_GENERATION,                              /* configuration changes all the time */
    FAKE_VIRTIO_FAULT_GROUP,                                   /* the address is a group's */
    FAKE_VIRTIO_FAULT_MTU,                                     /* of 67 */
    FAKE_VIRTIO_FAULT_ONE_QUEUE,                               /* nothing to send with */
    FAKE_VIRTIO_FAULT_SIZE,                                    /* a queue of 100 */
    FAKE_VIRTIO_FAULT_DOORBELL,                                /* behind the notify part */
    FAKE_VIRTIO_FAULT_NOT_ENABLED,                             /* a queue that stays off */
    FAKE_VIRTIO_FAULT_NOT_OK,                                  /* DRIVER_OK does not stick */
    FAKE_VIRTIO_N_START_FAULTS,                                /* those after this are seen later */
    FAKE_VIRTIO_FAULT_STUCK_LINE = FAKE_VIRTIO_N_START_FAULTS, /* the line stays high, ISR reads 0 */
} FakeVirtioFault;

#define FAKE_TYPE_VIRTIO (fake_virtio_get_type())
G_DECLARE_FINAL_TYPE(FakeVirtio, fake_virtio, FAKE, VIRTIO, HvnNic)

FakeVirtio *
fake_virtio_new(HvnDispatcher *dispatcher, FakeVirtioFault fault, guint64 offered);

/* what was transmitted, header included: (transfer none) (element-type GBytes) */
GPtrArray *
fake_virtio_get_sent(FakeVirtio *self);

/* what the driver accepted */
guint64
fake_virtio_get_features(FakeVirtio *self);

guint8
fake_virtio_get_status(FakeVirtio *self);

/* doorbells that were rung */
guint
fake_virtio_get_kicks(FakeVirtio *self, guint queue);

/* receive buffers that the driver offers and the device has not used */
guint
fake_virtio_get_available(FakeVirtio *self);

/* writes bytes into the next receive buffer and gives it back as if it had @claimed bytes; no interrupt. FALSE when there is
 * none */
gboolean
fake_virtio_fill(FakeVirtio *self, gconstpointer bytes, gsize len, guint32 claimed);

/* puts anything into the used ring of a queue, and moves its index by that much */
void
fake_virtio_use(FakeVirtio *self, guint queue, guint32 id, guint32 len, guint16 move);

/* the cause, and the line */
void
fake_virtio_interrupt(FakeVirtio *self, guint8 isr);

void
fake_virtio_set_link(FakeVirtio *self, gboolean up);

void
fake_virtio_set_needs_reset(FakeVirtio *self);

/* whether doorbells are wanted, for both queues */
void
fake_virtio_set_notify(FakeVirtio *self, gboolean wanted);

/* whether a doorbell of the transmit queue takes frames */
void
fake_virtio_set_paused(FakeVirtio *self, gboolean paused);

G_END_DECLS
