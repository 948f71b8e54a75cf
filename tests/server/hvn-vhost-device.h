/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small virtio device for tests of its transports: odd queues send, even ones receive; it keeps what was sent as text and writes what
 * it is told to. A port, so that frames can be sent in its name. */
#pragma once

#include "hvn-port.h"
#include "hvn-virtio-device.h"

G_BEGIN_DECLS

#define HVN_VHOST_DEVICE_QUEUES 5 /* two pairs and a control queue */

#define HVN_TYPE_VHOST_DEVICE (hvn_vhost_device_get_type())
G_DECLARE_FINAL_TYPE(HvnVhostDevice, hvn_vhost_device, HVN, VHOST_DEVICE, HvnPort)

struct _HvnVhostDevice {
    HvnPort parent_instance;

    HvnWork                   work;
    HvnVirtqueue             *queues[HVN_VHOST_DEVICE_QUEUES];
    gboolean                  enabled[HVN_VHOST_DEVICE_QUEUES];
    HvnVirtqueueBatch         batch;
    guint64                   features; /* negotiated */
    guint64                   offered;
    GString                  *sent;     /* texts of sending queues, each with a comma */
    guint                     n_kicks;
    guint                     n_resets;
    const HvnVirtioTransport *transport;
    gpointer                  transport_data;
};

/* makes a device that offers what vhost-user needs */
HvnVhostDevice *
hvn_vhost_device_new(HvnDispatcher *dispatcher);

/* writes a text into the next buffer of a receiving queue; FALSE when there is none or the queue is not enabled */
gboolean
hvn_vhost_device_receive(HvnVhostDevice *self, guint queue, const char *text);

/* as when the link goes down */
void
hvn_vhost_device_change_config(HvnVhostDevice *self);

G_END_DECLS
