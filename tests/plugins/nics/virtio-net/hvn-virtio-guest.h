/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of virtio-net: memory, the NIC with a fake port at the other end of its link, a clock that stands still, and
 * the steps of a driver over PCI (VIRTIO 1.2, 3.1, 4.1, 5.1). */
#pragma once

#include "hvn-bytes.h"
#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-frames.h"
#include "hvn-test-virtqueue.h"
#include "hvn-virtio-net-nic.h"

#define GUEST_RAM     (32u << 20)
#define GUEST_QUEUES  0x100000u /* each queue has 1 MiB */
#define GUEST_SIZE    64u       /* descriptors of a queue */
#define GUEST_BUFFERS 0x1000000u /* 64 KiB for each cookie */
#define GUEST_COMMAND 0x1f00000u
#define GUEST_BASIC   HVN_VIRTIO_F_VERSION_1

#define GUEST_NEGOTIATED (HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER | HVN_VIRTIO_STATUS_FEATURES_OK)

typedef struct {
    HvnClock *clock;
    HvnDispatcher *dispatcher;
    HvnFakeBus *bus;
    HvnNic *nic;
    HvnVirtioNetNic *net;
    HvnFakePort *port;
    HvnLink *link;
    guint8 *ram;
    guint64 features;
    guint header_len;
    HvnTestVirtqueue queues[7];
} Guest;

/* (nullable) variant; @pairs of queues are possible; attached, enabled and idle, the link is up */
void
guest_setup(Guest *self, const char *variant, guint pairs);
void
guest_teardown(Guest *self);

guint64
guest_read(Guest *self, guint32 offset, guint size);
void
guest_write(Guest *self, guint32 offset, guint64 value, guint size);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

guint64
guest_get_offered(Guest *self);

/* features, then FEATURES_OK: FALSE when the device does not agree */
gboolean
guest_negotiate(Guest *self, guint64 features);

/* sets up queue @index at its place, by the modern registers */
void
guest_enable_queue(Guest *self, guint index);

/* all of it: features, the first @n_queues queues, DRIVER_OK */
void
guest_up(Guest *self, guint64 features, guint n_queues);

/* rings the doorbell and runs */
void
guest_kick(Guest *self, guint index);

/* @n receive buffers of @len bytes, with cookies from @first on, without kick */
void
guest_give(Guest *self, guint index, guint n, guint32 len, guint first);

guint8 *
guest_buffer(Guest *self, guint cookie);

/* offers header and frame as two pieces on queue @index; the header is zero but for what was given */
void
guest_send(Guest *self, guint index, gconstpointer header, gconstpointer data, gsize len, guint cookie);

/* a command on the control queue at @index: its answer, or -1 when none came */
gint
guest_command(Guest *self, guint index, guint8 class, guint8 command, gconstpointer data, gsize len);
