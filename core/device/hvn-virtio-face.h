/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a driver sees of a virtio device whatever the registers look like (VIRTIO 1.2, 2 and 3.1): features, status, and the queues
 * that it sets up. Embedded by value in a register layout of the NIC itself, virtio-pci or virtio-mmio, which shows it to the driver and
 * says how an interrupt goes.
 *
 *   status DRIVER_OK and DMA allowed -> every enabled queue is started and given to the device
 *   one of them gone                 -> the device lets go, the queue is stopped and keeps its place
 *   queue used, configuration changed -> HvnVirtioFaceOps.interrupt */
#pragma once

#include "hvn-nic.h"
#include "hvn-virtio-device.h"

G_BEGIN_DECLS

/* 2.1 device status */
#define HVN_VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define HVN_VIRTIO_STATUS_DRIVER      0x02
#define HVN_VIRTIO_STATUS_DRIVER_OK   0x04
#define HVN_VIRTIO_STATUS_FEATURES_OK 0x08
#define HVN_VIRTIO_STATUS_NEEDS_RESET 0x40
#define HVN_VIRTIO_STATUS_FAILED      0x80

#define HVN_VIRTIO_FACE_CONFIG (-1) /* configuration space changed, not a queue */

/**
 * HvnVirtioFaceOps:
 * @interrupt: chains of a queue were used, or with %HVN_VIRTIO_FACE_CONFIG the configuration changed, and the driver wants to know
 * @may_run: (nullable): whether queues may be used now; %NULL for always
 *
 * What a register layout gives. Static storage.
 */
typedef struct {
    void (*interrupt)(gpointer data, gint queue);
    gboolean (*may_run)(gpointer data);
} HvnVirtioFaceOps;

/**
 * HvnVirtioFaceQueue:
 * @queue: the queue itself
 * @size: descriptors, as the driver chose
 * @enabled: the driver has set it up
 * @set: the device has it
 * @state: where to go on when it was stopped without a reset
 * @addresses: of its parts, as the driver wrote them
 * @told: an interrupt for it may have come before what it is about, where memory is not shared
 *
 * A queue as the driver sets it up.
 */
typedef struct {
    HvnVirtqueue queue;
    guint16      size;
    gboolean     enabled;
    gboolean     set;
    guint32      state;
    guint64      addresses[HVN_VIRTQUEUE_N_AREAS];
    gboolean     told;
} HvnVirtioFaceQueue;

/**
 * HvnVirtioFace:
 * @nic: the owner, not owned
 * @device: the same object
 * @ops: of the register layout
 * @data: for @ops
 * @queue_ops: what the queues ask for
 * @remote: copies of memory that is not shared; %NULL while it is
 * @again: runs what waits for such memory once more
 * @far: some memory was not here when it was wanted
 * @told_fence: what the guest is to see before it is told again of the queues that were notified
 * @on: %FALSE while another transport has claimed the device
 * @extra: features that the register layout adds to those of the device
 * @masked: features of the device that the register layout cannot do
 * @device_feature_select: which 32 bits the driver reads
 * @driver_feature_select: which 32 bits it writes
 * @driver_features: what it has written
 * @features_set: the device was told
 * @status: device status
 * @generation: of configuration space (2.5)
 * @queue_select: the queue that registers are about
 * @n_queues: queues in all
 * @queues: owned
 *
 * The fields may be read by the register layout; it changes the selectors only.
 */
typedef struct {
    HvnNic                 *nic;
    HvnVirtioDevice        *device;
    const HvnVirtioFaceOps *ops;
    gpointer                data;
    HvnVirtqueueOps         queue_ops;
    struct _HvnVirtioRemote *remote;
    HvnWork                 again;
    guint64                 told_fence;
    gboolean                far;
    gboolean                on;
    guint64                 extra;
    guint64                 masked;
    guint32                 device_feature_select;
    guint32                 driver_feature_select;
    guint64                 driver_features;
    gboolean                features_set;
    guint8                  status;
    guint32                 generation;
    guint16                 queue_select;
    guint                   n_queues;
    HvnVirtioFaceQueue     *queues;
} HvnVirtioFace;

/**
 * hvn_virtio_face_init:
 * @self: (out caller-allocates): the face, on; hvn_virtio_face_reset() is to follow
 * @nic: (transfer none): a NIC that implements HvnVirtioDevice
 * @ops: (transfer none): static storage
 * @data: for @ops
 */
void
hvn_virtio_face_init(HvnVirtioFace *self, HvnNic *nic, const HvnVirtioFaceOps *ops, gpointer data);

/**
 * hvn_virtio_face_clear:
 * @self: a face; the device lets go of its queues
 */
void
hvn_virtio_face_clear(HvnVirtioFace *self);

/**
 * hvn_virtio_face_dma_arrived:
 * @self: a face
 *
 * For HvnNicClass.dma_arrived: what was notified before the guest could see it is notified again.
 */
void
hvn_virtio_face_dma_arrived(HvnVirtioFace *self);

/**
 * hvn_virtio_face_reset:
 * @self: a face
 *
 * 2.4: as after power on, the device too. Nothing while the face is off.
 */
void
hvn_virtio_face_reset(HvnVirtioFace *self);

/**
 * hvn_virtio_face_update:
 * @self: a face
 *
 * Starts the queues that are to run and stops the others; for a register layout when what may_run says has changed.
 */
void
hvn_virtio_face_update(HvnVirtioFace *self);

/**
 * hvn_virtio_face_config_changed:
 * @self: a face
 *
 * Tells the driver that the device's configuration space changed (2.5).
 */
void
hvn_virtio_face_config_changed(HvnVirtioFace *self);

/* ---- registers: features and status ---- */

/**
 * hvn_virtio_face_get_offered:
 * @self: a face
 * @legacy: for a driver from before VIRTIO 1.0
 *
 * Returns: what register layout and device offer
 */
guint64
hvn_virtio_face_get_offered(HvnVirtioFace *self, gboolean legacy);

/**
 * hvn_virtio_face_get_device_feature:
 * @self: a face
 * @legacy: as above
 *
 * Returns: the 32 bits of device_feature_select
 */
guint32
hvn_virtio_face_get_device_feature(HvnVirtioFace *self, gboolean legacy);

/**
 * hvn_virtio_face_set_driver_feature:
 * @self: a face
 * @value: the 32 bits of driver_feature_select
 *
 * A modern driver's choice, that counts once it says FEATURES_OK.
 */
void
hvn_virtio_face_set_driver_feature(HvnVirtioFace *self, guint32 value);

/**
 * hvn_virtio_face_set_legacy_feature:
 * @self: a face
 * @value: bits 0 to 31
 *
 * A legacy driver's choice, that counts at once (2.2.3): what was not offered is not taken.
 */
void
hvn_virtio_face_set_legacy_feature(HvnVirtioFace *self, guint32 value);

/**
 * hvn_virtio_face_set_status:
 * @self: a face
 * @status: what the driver wrote; 0 resets
 * @legacy: there is no FEATURES_OK
 */
void
hvn_virtio_face_set_status(HvnVirtioFace *self, guint8 status, gboolean legacy);

/* ---- registers: queues ---- */

/**
 * hvn_virtio_face_get_selected:
 * @self: a face
 *
 * Returns: (transfer none) (nullable): the queue of queue_select, if there is one
 */
HvnVirtioFaceQueue *
hvn_virtio_face_get_selected(HvnVirtioFace *self);

/**
 * hvn_virtio_face_get_size_max:
 * @self: a face
 *
 * Returns: largest size of the selected queue, 0 when there is none
 */
guint
hvn_virtio_face_get_size_max(HvnVirtioFace *self);

/**
 * hvn_virtio_face_set_size:
 * @self: a face
 * @size: of the selected queue; one that is too large, and that of a queue that is enabled, stays
 */
void
hvn_virtio_face_set_size(HvnVirtioFace *self, guint64 size);

/**
 * hvn_virtio_face_set_address:
 * @self: a face
 * @kind: part of the selected queue
 * @address: where the driver has put it; that of a queue that is enabled stays
 */
void
hvn_virtio_face_set_address(HvnVirtioFace *self, HvnVirtqueueAreaKind kind, guint64 address);

/**
 * hvn_virtio_face_enable_queue:
 * @self: a face
 *
 * The selected queue begins at its start; nothing when it is enabled.
 */
void
hvn_virtio_face_enable_queue(HvnVirtioFace *self);

/**
 * hvn_virtio_face_disable_queue:
 * @self: a face
 *
 * The device has let go of the selected queue when this returns. Its size and addresses stay.
 */
void
hvn_virtio_face_disable_queue(HvnVirtioFace *self);

/**
 * hvn_virtio_face_reset_queue:
 * @self: a face
 *
 * 2.6.1: the selected queue is as after a reset of the device.
 */
void
hvn_virtio_face_reset_queue(HvnVirtioFace *self);

/**
 * hvn_virtio_face_set_legacy_queue:
 * @self: a face
 * @address: of the selected queue, 0 to take it away
 * @align: a power of two, of the used ring (2.7.2)
 *
 * The three parts of a legacy queue follow each other.
 */
void
hvn_virtio_face_set_legacy_queue(HvnVirtioFace *self, guint64 address, guint64 align);

/**
 * hvn_virtio_face_kick:
 * @self: a face
 * @index: queue, any number
 * @legacy: an old driver may use its queues before it says DRIVER_OK (2.1)
 */
void
hvn_virtio_face_kick(HvnVirtioFace *self, guint index, gboolean legacy);

/* ---- registers: configuration space ---- */

/**
 * hvn_virtio_face_read_config:
 * @self: a face
 * @offset: in the device's configuration space
 * @size: 1 to 8
 *
 * Returns: the bytes, little endian
 */
guint64
hvn_virtio_face_read_config(HvnVirtioFace *self, guint offset, guint size);

/**
 * hvn_virtio_face_write_config:
 * @self: a face
 * @offset: in the device's configuration space
 * @value: bytes, little endian
 * @size: 1 to 8
 */
void
hvn_virtio_face_write_config(HvnVirtioFace *self, guint offset, guint64 value, guint size);

G_END_DECLS
