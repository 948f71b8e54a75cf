/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over PCI and its network device as the probe's driver uses them (VIRTIO 1.2, 2.7, 4.1 and 5.1): the guest's view. It
 * shares only numbers with the model of the device. */
#pragma once

#include "hvn-probe-driver.h"
#include "hvn-virtio-net.h"

#define VIRTIO_NET_N_DESCS 256 /* of a queue, at most */

/* 2.1 */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER      0x02
#define VIRTIO_STATUS_DRIVER_OK   0x04
#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_NEEDS_RESET 0x40
#define VIRTIO_STATUS_FAILED      0x80

#define VIRTIO_F_VERSION_1 HVN_VIRTIO_NET_BIT(32) /* 6 */

/* 4.1.4.3 common configuration */
#define VIRTIO_PCI_DEVICE_FEATURE_SELECT 0x00
#define VIRTIO_PCI_DEVICE_FEATURE        0x04
#define VIRTIO_PCI_DRIVER_FEATURE_SELECT 0x08
#define VIRTIO_PCI_DRIVER_FEATURE        0x0c
#define VIRTIO_PCI_NUM_QUEUES            0x12
#define VIRTIO_PCI_STATUS                0x14
#define VIRTIO_PCI_CONFIG_GENERATION     0x15
#define VIRTIO_PCI_QUEUE_SELECT          0x16
#define VIRTIO_PCI_QUEUE_SIZE            0x18
#define VIRTIO_PCI_QUEUE_ENABLE          0x1c
#define VIRTIO_PCI_QUEUE_NOTIFY_OFF      0x1e
#define VIRTIO_PCI_QUEUE_DESC            0x20
#define VIRTIO_PCI_QUEUE_DRIVER          0x28
#define VIRTIO_PCI_QUEUE_DEVICE          0x30
#define VIRTIO_PCI_COMMON_LEN            0x38

/* 4.1.4.5 */
#define VIRTIO_ISR_QUEUE  0x01
#define VIRTIO_ISR_CONFIG 0x02

/* 2.7.5 descriptor, 2.7.6 available ring, 2.7.8 used ring */
#define VIRTIO_DESC_SIZE            16
#define VIRTIO_DESC_LEN             8
#define VIRTIO_DESC_FLAGS           12
#define VIRTIO_DESC_F_WRITE         0x02
#define VIRTIO_AVAIL_FLAGS          0
#define VIRTIO_AVAIL_INDEX          2
#define VIRTIO_AVAIL_RING           4
#define VIRTIO_AVAIL_F_NO_INTERRUPT 0x01
#define VIRTIO_USED_FLAGS           0
#define VIRTIO_USED_INDEX           2
#define VIRTIO_USED_RING            4
#define VIRTIO_USED_ELEMENT_SIZE    8
#define VIRTIO_USED_F_NO_NOTIFY     0x01

/**
 * HvnProbeVirtioPart:
 * @VIRTIO_PART_COMMON: common configuration
 * @VIRTIO_PART_NOTIFY: doorbells
 * @VIRTIO_PART_ISR: cause of the interrupt
 * @VIRTIO_PART_DEVICE: configuration space of the device
 *
 * 4.1.4: the parts that the driver uses; the numbers are those of cfg_type.
 */
typedef enum {
    VIRTIO_PART_COMMON = 1,
    VIRTIO_PART_NOTIFY,
    VIRTIO_PART_ISR,
    VIRTIO_PART_DEVICE,
    VIRTIO_N_PARTS,
} HvnProbeVirtioPart;

/**
 * HvnProbeVirtioWindow:
 * @found: whether there is a capability for it that the driver can use
 * @bar: where it is
 * @offset: bytes from the start of the BAR
 * @len: bytes
 * @multiplier: of doorbells
 *
 * Where a part is.
 */
typedef struct {
    gboolean found;
    guint bar;
    guint32 offset;
    guint32 len;
    guint32 multiplier;
} HvnProbeVirtioWindow;

/**
 * HvnProbeVirtioQueue:
 * @index: its number
 * @size: descriptors, and buffers, one for each
 * @desc: descriptor table, in guest memory
 * @avail: available ring
 * @used: used ring
 * @buffers: all buffers
 * @buffer_size: bytes of one
 * @doorbell: offset in the notify part
 * @avail_next: index of the next buffer that is offered
 * @avail_shown: what the device was shown of it
 * @used_next: index of the next buffer to take back
 * @free: buffers that the device does not have
 * @n_free: how many
 * @lent: whether the device has the buffer
 *
 * A split virtqueue (2.7) whose chains are single descriptors.
 */
typedef struct {
    guint index;
    guint size;
    guint8 *desc;
    guint8 *avail;
    guint8 *used;
    guint8 *buffers;
    guint buffer_size;
    guint32 doorbell;
    guint16 avail_next;
    guint16 avail_shown;
    guint16 used_next;
    guint16 free[VIRTIO_NET_N_DESCS];
    guint n_free;
    gboolean lent[VIRTIO_NET_N_DESCS];
} HvnProbeVirtioQueue;

/**
 * HvnProbeVirtioNet:
 * @parent: what all drivers share
 * @parts: by #HvnProbeVirtioPart
 * @rx: receive queue
 * @tx: transmit queue
 * @frame: a frame that is put together from several buffers, or %NULL without mergeable buffers; owned
 * @frame_len: bytes of it so far
 * @frame_left: buffers of it that are still to come
 * @skip: the rest of the frame is passed over
 * @spurious: interrupts in a row without a cause
 * @up: between start and stop
 */
typedef struct {
    HvnProbeDriver parent;
    HvnProbeVirtioWindow parts[VIRTIO_N_PARTS];
    HvnProbeVirtioQueue rx;
    HvnProbeVirtioQueue tx;
    guint8 *frame;
    gsize frame_len;
    guint frame_left;
    gboolean skip;
    guint spurious;
    gboolean up;
} HvnProbeVirtioNet;

/* ---- hvn-probe-virtio-net-pci.c ---- */

guint32
hvn_probe_virtio_net_read(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint size);
void
hvn_probe_virtio_net_write(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint32 value, guint size);

/* finds the parts; FALSE when one that is needed is missing */
gboolean
hvn_probe_virtio_net_find_parts(HvnProbeVirtioNet *self, GError **error);

/* 3.1.1, steps 1 to 6: reset to FEATURES_OK; what was agreed on is in the facts */
gboolean
hvn_probe_virtio_net_negotiate(HvnProbeVirtioNet *self, GError **error);

/* 2.4: FALSE when the status does not become 0 */
gboolean
hvn_probe_virtio_net_reset(HvnProbeVirtioNet *self, GError **error);

/* address, MTU and speed into the facts */
gboolean
hvn_probe_virtio_net_read_config(HvnProbeVirtioNet *self, GError **error);

/* ---- hvn-probe-virtio-net-queue.c ---- */

/* 4.1.5.1.3: takes memory for the queue and enables it */
gboolean
hvn_probe_virtio_queue_start(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, guint index, guint buffer_size, GError **error);

guint8 *
hvn_probe_virtio_queue_get_buffer(HvnProbeVirtioQueue *queue, guint id);

/* offers a free buffer: the last of @free */
void
hvn_probe_virtio_queue_offer(HvnProbeVirtioQueue *queue, guint32 len, guint flags);

/* shows the device what was offered since, and rings its doorbell where it wants that */
void
hvn_probe_virtio_queue_kick(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue);

/* takes the next used buffer back, which is the last of @free then; FALSE when there is none. A ring that cannot be true
 * silences the device. */
gboolean
hvn_probe_virtio_queue_take(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, guint *id, guint32 *len);

/* ---- hvn-probe-virtio-net.c ---- */

/* the device cannot be gone on with: it is told so, and left alone */
void
hvn_probe_virtio_net_give_up(HvnProbeVirtioNet *self);
