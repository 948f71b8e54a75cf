/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtio device (VIRTIO 1.2, 2) without its transport: features, configuration space and queues. A NIC object implements it; a
 * transport drives it: virtio-pci or virtio-mmio within the NIC itself, or the vhost-user server.
 *
 *   transport: claim -> get_features .. set_features -> hvn_virtqueue_start(), set_queue(i, queue) -> kick(i) ..
 *              -> set_queue(i, NULL), hvn_virtqueue_stop() .. -> reset -> unclaim
 *   device:    config_changed() of the transport when configuration space changed
 *
 * All calls come from, and go to, the thread of the device's dispatcher. Of the calls below only kick may come from within a
 * push or a send of the same device's port, and a transport may always make it from a message handler: it marks an HvnWork,
 * packets move later. */
#pragma once

#include "hvn-virtqueue.h"

#include <glib-object.h>

G_BEGIN_DECLS

#define HVN_VIRTIO_ID_NET 1 /* VIRTIO 1.2, 5 */

#define HVN_TYPE_VIRTIO_DEVICE (hvn_virtio_device_get_type())
G_DECLARE_INTERFACE(HvnVirtioDevice, hvn_virtio_device, HVN, VIRTIO_DEVICE, GObject)

/**
 * HvnVirtioTransport:
 * @config_changed: configuration space changed (2.5): an interrupt, or BACKEND_CONFIG_CHANGE_MSG of vhost-user
 *
 * What the device calls. Static storage.
 */
typedef struct {
    void (*config_changed)(gpointer data);
} HvnVirtioTransport;

/**
 * HvnVirtioDeviceInterface:
 * @get_device_id: its type, %HVN_VIRTIO_ID_NET
 * @set_transport: who has claimed the device; %NULL for nobody: its own face (PCI) is on again. Called by
 *   hvn_virtio_device_claim(), which resets the device after that, and by hvn_virtio_device_unclaim(), which does so before
 * @get_features: what the device offers: bits of its type, VERSION_1, and those ring features that its options allow. A
 *   transport adds its own bits and takes away what it cannot do; it asks before each negotiation, as bits may depend on what
 *   the link's other end can
 * @set_features: what the driver accepted, already cut down to what was offered, 0 after reset. Before DRIVER_OK; vhost-user may
 *   repeat it while queues run (with the dirty log bit), and the device takes over what can change then
 * @get_n_queues: queues in all, the control queue included, whatever was negotiated
 * @get_queue_size_max: largest size of a queue, 0 when there is none with this number
 * @get_config_len: bytes of configuration space
 * @read_config: bytes of configuration space; what lies behind its end reads as 0
 * @write_config: the driver writes configuration space; fields that it may not write stay
 * @set_queue: a queue runs (the transport started it) or, with %NULL, is to be stopped: the device has let go of it when this
 *   returns, all chains are flushed or in the ring. The queue belongs to the transport and outlives its use. A queue that is set
 *   is looked at once without a kick. Setting another queue for the same number lets go of the first
 * @set_queue_enabled: vhost-user's SET_VRING_ENABLE: a receive queue that is set and not enabled gets no frames, one for sending
 *   is emptied and its frames dropped. Kept over set_queue(); all are enabled after reset and after claim
 * @kick: the driver has offered chains. Any number is allowed, those without a queue are ignored
 * @reset: as after power on (2.4): lets go of all queues, features 0, enabled all; the addresses and modes that the driver set
 *   are gone. Does not call back into the transport
 * @announce: (nullable): asks the driver to announce itself on the network, after a migration; nothing when it did not negotiate
 *   that
 */
struct _HvnVirtioDeviceInterface {
    GTypeInterface parent_iface;

    guint32 (*get_device_id)(HvnVirtioDevice *self);
    void (*set_transport)(HvnVirtioDevice *self, const HvnVirtioTransport *transport, gpointer data);
    guint64 (*get_features)(HvnVirtioDevice *self);
    void (*set_features)(HvnVirtioDevice *self, guint64 features);
    guint (*get_n_queues)(HvnVirtioDevice *self);
    guint (*get_queue_size_max)(HvnVirtioDevice *self, guint index);
    guint (*get_config_len)(HvnVirtioDevice *self);
    void (*read_config)(HvnVirtioDevice *self, guint offset, gpointer buf, guint len);
    void (*write_config)(HvnVirtioDevice *self, guint offset, gconstpointer buf, guint len);
    void (*set_queue)(HvnVirtioDevice *self, guint index, HvnVirtqueue *queue);
    void (*set_queue_enabled)(HvnVirtioDevice *self, guint index, gboolean enabled);
    void (*kick)(HvnVirtioDevice *self, guint index);
    void (*reset)(HvnVirtioDevice *self);
    void (*announce)(HvnVirtioDevice *self);

    gpointer padding[8];
};

/**
 * hvn_virtio_device_claim:
 * @self: a device
 * @transport: (transfer none): static storage
 * @data: (nullable): for @transport
 *
 * Resets the device and makes @transport the one that drives it. A NIC's own PCI face is off as long: its registers read as all
 * ones and writes to them go nowhere, so that there are never two drivers. A vhost-user server claims the device when it is
 * made, and need not attach the NIC to an HvnBus at all: memory comes from the queues that it starts.
 *
 * For a vhost-user server: rings 2*i and 2*i+1 are receive and send queue of pair i, the numbers of set_queue(); the control
 * queue (the last one of get_n_queues()) stays with the other side, so HVN_VIRTIO_NET_F_CTRL_VQ and what depends on it
 * (HVN_VIRTIO_NET_CTRL_FEATURES) are taken out of both get_features() and set_features(). The device takes every frame then, and
 * spreads received frames over those pairs that are set and enabled. HVN_VIRTIO_NET_F_MAC, _STATUS and _MTU only matter to a
 * driver that sees configuration space (UML with the CONFIG protocol feature); QEMU brings its own. SEND_RARP is a frame for
 * hvn_port_send(HVN_PORT(device), ..).
 *
 * Returns: %FALSE when another transport has claimed the device; the own face of a NIC never keeps others out
 */
gboolean
hvn_virtio_device_claim(HvnVirtioDevice *self, const HvnVirtioTransport *transport, gpointer data);

/**
 * hvn_virtio_device_unclaim:
 * @self: a device that the caller has claimed
 *
 * Resets the device, which lets go of all queues, and gives it back to its own face.
 */
void
hvn_virtio_device_unclaim(HvnVirtioDevice *self);

/* Each of these calls the function of HvnVirtioDeviceInterface of the same name, whose rules hold. */

/**
 * hvn_virtio_device_get_device_id:
 * @self: a device
 *
 * Returns: its type, such as %HVN_VIRTIO_ID_NET
 */
guint32
hvn_virtio_device_get_device_id(HvnVirtioDevice *self);

/**
 * hvn_virtio_device_get_features:
 * @self: a device
 *
 * Returns: what the device offers
 */
guint64
hvn_virtio_device_get_features(HvnVirtioDevice *self);

/**
 * hvn_virtio_device_set_features:
 * @self: a device
 * @features: what the driver accepted, within what is offered
 */
void
hvn_virtio_device_set_features(HvnVirtioDevice *self, guint64 features);

/**
 * hvn_virtio_device_get_n_queues:
 * @self: a device
 *
 * Returns: queues in all
 */
guint
hvn_virtio_device_get_n_queues(HvnVirtioDevice *self);

/**
 * hvn_virtio_device_get_queue_size_max:
 * @self: a device
 * @index: queue
 *
 * Returns: its largest size, 0 when there is no such queue
 */
guint
hvn_virtio_device_get_queue_size_max(HvnVirtioDevice *self, guint index);

/**
 * hvn_virtio_device_get_config_len:
 * @self: a device
 *
 * Returns: bytes of configuration space
 */
guint
hvn_virtio_device_get_config_len(HvnVirtioDevice *self);

/**
 * hvn_virtio_device_read_config:
 * @self: a device
 * @offset: where to start
 * @buf: (out caller-allocates): room for @len bytes
 * @len: how many
 */
void
hvn_virtio_device_read_config(HvnVirtioDevice *self, guint offset, gpointer buf, guint len);

/**
 * hvn_virtio_device_write_config:
 * @self: a device
 * @offset: where to start
 * @buf: @len bytes
 * @len: how many
 */
void
hvn_virtio_device_write_config(HvnVirtioDevice *self, guint offset, gconstpointer buf, guint len);

/**
 * hvn_virtio_device_set_queue: (skip)
 * @self: a device
 * @index: queue
 * @queue: (transfer none) (nullable): a queue that runs, %NULL to take it away
 */
void
hvn_virtio_device_set_queue(HvnVirtioDevice *self, guint index, HvnVirtqueue *queue);

/**
 * hvn_virtio_device_set_queue_enabled:
 * @self: a device
 * @index: queue
 * @enabled: whether frames go there and come from there
 */
void
hvn_virtio_device_set_queue_enabled(HvnVirtioDevice *self, guint index, gboolean enabled);

/**
 * hvn_virtio_device_kick:
 * @self: a device
 * @index: any number
 */
void
hvn_virtio_device_kick(HvnVirtioDevice *self, guint index);

/**
 * hvn_virtio_device_reset:
 * @self: a device
 */
void
hvn_virtio_device_reset(HvnVirtioDevice *self);

/**
 * hvn_virtio_device_announce:
 * @self: a device
 */
void
hvn_virtio_device_announce(HvnVirtioDevice *self);

G_END_DECLS
