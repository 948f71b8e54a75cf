/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A machine for tests of the vfio-user server: memory, a real NIC model behind the server, a client, and the steps of a driver that all go
 * through that client, so that what is tested is what an emulator would do. Several machines may share a dispatcher, as the NICs of one
 * process do. */
#pragma once

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-virtqueue.h"
#include "hvn-vfio-client.h"

G_BEGIN_DECLS

#define HVN_VFIO_MACHINE_RAM (8u << 20)

typedef struct {
    HvnDispatcher   *dispatcher;
    HvnNic          *nic;
    HvnFakePort     *port;
    HvnLink         *link;
    HvnVfioUser     *server;
    HvnVfioClient    client;
    gboolean         virtio;
    gboolean         private; /* memory has no descriptor */
    guint64          features; /* of virtio, beside VERSION_1 */
    gboolean         intx;     /* virtio without MSI-X */
    int              memory;  /* memfd */
    guint8          *ram;
    int              irq;     /* eventfd of INTx, or of every MSI-X vector */
    guint            sent;    /* frames that the driver has sent, and received */
    guint            received;
    guint            done; /* frames that virtio has given back */
    guint32          tdt;
    guint32          rdt;
    HvnTestVirtqueue queues[2];
} HvnVfioMachine;

/* @model is "e1000" or "virtio-net"; @dispatcher outlives the machine */
void
hvn_vfio_machine_init(HvnVfioMachine *self, HvnDispatcher *dispatcher, const char *model);
void
hvn_vfio_machine_clear(HvnVfioMachine *self);

/* a client that says hello and shares all memory, or with private maps it without a descriptor */
void
hvn_vfio_machine_connect(HvnVfioMachine *self);

/* the client is killed, and the server has noticed */
void
hvn_vfio_machine_hang_up(HvnVfioMachine *self);
void
hvn_vfio_machine_expect_dropped(HvnVfioMachine *self);

/* what firmware does: BARs, memory and bus mastering */
void
hvn_vfio_machine_enable(HvnVfioMachine *self);

/* what a driver does: interrupts, rings with buffers, both directions on */
void
hvn_vfio_machine_start(HvnVfioMachine *self);

/* writes a register of the NIC as the guest does: e1000's BAR 0, virtio's BAR 4 */
guint64
hvn_vfio_machine_read(HvnVfioMachine *self, guint32 offset, guint size);
void
hvn_vfio_machine_write(HvnVfioMachine *self, guint32 offset, guint64 value, guint size);

/* the driver offers one frame of 64 bytes that begins with @text, and rings; the caller runs the server */
void
hvn_vfio_machine_send(HvnVfioMachine *self, const char *text);

/* whether the backend got the next frame, and it is @text */
gboolean
hvn_vfio_machine_was_sent(HvnVfioMachine *self, const char *text);

/* whether the driver sees the descriptor of its @n-th frame done */
gboolean
hvn_vfio_machine_is_done(HvnVfioMachine *self, guint n);

/* the backend offers a frame; whether it was taken */
gboolean
hvn_vfio_machine_offer(HvnVfioMachine *self, const char *text);

/* whether the driver finds the next received frame, which is @text; gives its buffer back */
gboolean
hvn_vfio_machine_has_received(HvnVfioMachine *self, const char *text);

/* whether there was an interrupt since this was asked last; acknowledges it as a driver does */
gboolean
hvn_vfio_machine_interrupted(HvnVfioMachine *self);

/* a frame out and a frame in, each with its interrupt */
void
hvn_vfio_machine_expect_traffic(HvnVfioMachine *self);

G_END_DECLS
