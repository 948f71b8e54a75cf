/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over PCI and MMIO and its network device as the probe's driver uses them (VIRTIO 1.2, 2.7, 4.1, 4.2 and 5.1): the guest's view. It
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
#define VIRTIO_PCI_CONFIG_MSIX_VECTOR    0x10
#define VIRTIO_PCI_NUM_QUEUES            0x12
#define VIRTIO_PCI_STATUS                0x14
#define VIRTIO_PCI_CONFIG_GENERATION     0x15
#define VIRTIO_PCI_QUEUE_SELECT          0x16
#define VIRTIO_PCI_QUEUE_SIZE            0x18
#define VIRTIO_PCI_QUEUE_MSIX_VECTOR     0x1a
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
 * @doorbell: offset in the notify part of PCI
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
 * HvnProbeVirtioArea:
 * @VIRTIO_AREA_DESC: descriptor table
 * @VIRTIO_AREA_DRIVER: available ring
 * @VIRTIO_AREA_DEVICE: used ring
 *
 * The parts of a queue, in the order of their registers.
 */
typedef enum {
    VIRTIO_AREA_DESC,
    VIRTIO_AREA_DRIVER,
    VIRTIO_AREA_DEVICE,
} HvnProbeVirtioArea;

typedef struct _HvnProbeVirtioNet HvnProbeVirtioNet;
typedef struct _HvnProbeVirtioRegisters HvnProbeVirtioRegisters;

/**
 * HvnProbeVirtioNet:
 * @parent: what all drivers share
 * @registers: how they look
 * @found: whether they were found
 * @parts: by #HvnProbeVirtioPart, of PCI
 * @rx: receive queue
 * @tx: transmit queue
 * @frame: a frame that is put together from several buffers, or %NULL without mergeable buffers; owned
 * @frame_len: bytes of it so far
 * @frame_left: buffers of it that are still to come
 * @skip: the rest of the frame is passed over
 * @spurious: interrupts in a row without a cause
 * @up: between start and stop
 */
struct _HvnProbeVirtioNet {
    HvnProbeDriver parent;
    const HvnProbeVirtioRegisters *registers;
    gboolean found;
    HvnProbeVirtioWindow parts[VIRTIO_N_PARTS];
    HvnProbeVirtioQueue rx;
    HvnProbeVirtioQueue tx;
    guint8 *frame;
    gsize frame_len;
    guint frame_left;
    gboolean skip;
    guint spurious;
    gboolean up;
};

/**
 * HvnProbeVirtioRegisters:
 * @find: finds the registers; %FALSE when some that are needed are missing
 * @get_status: device status
 * @set_status: writes it
 * @get_features: 32 bits of what is offered
 * @set_features: 32 bits of what is accepted
 * @get_generation: of the configuration space
 * @read_config: 1, 2 or 4 bytes of configuration space; 0 behind its end
 * @get_n_queues: (nullable): queues of the device, where it says that
 * @select_queue: the next calls are about this queue; returns its largest size
 * @set_size: returns the size that it has now
 * @set_address: where a part of it is
 * @find_doorbell: (nullable): into the queue
 * @enable: whether the queue is enabled after that
 * @notify: rings the doorbell
 * @take_cause: why there was an interrupt, VIRTIO_ISR_QUEUE and VIRTIO_ISR_CONFIG; the line falls
 *
 * How the registers look.
 */
struct _HvnProbeVirtioRegisters {
    gboolean (*find)(HvnProbeVirtioNet *self, GError **error);
    guint (*get_status)(HvnProbeVirtioNet *self);
    void (*set_status)(HvnProbeVirtioNet *self, guint status);
    guint32 (*get_features)(HvnProbeVirtioNet *self, guint select);
    void (*set_features)(HvnProbeVirtioNet *self, guint select, guint32 features);
    guint (*get_generation)(HvnProbeVirtioNet *self);
    guint32 (*read_config)(HvnProbeVirtioNet *self, guint offset, guint size);
    guint (*get_n_queues)(HvnProbeVirtioNet *self);
    guint (*select_queue)(HvnProbeVirtioNet *self, guint index);
    guint (*set_size)(HvnProbeVirtioNet *self, guint size);
    void (*set_address)(HvnProbeVirtioNet *self, HvnProbeVirtioArea area, guint64 address);
    gboolean (*find_doorbell)(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error);
    gboolean (*enable)(HvnProbeVirtioNet *self);
    void (*notify)(HvnProbeVirtioNet *self, const HvnProbeVirtioQueue *queue);
    guint (*take_cause)(HvnProbeVirtioNet *self);
};

extern const HvnProbeVirtioRegisters hvn_probe_virtio_pci;
extern const HvnProbeVirtioRegisters hvn_probe_virtio_mmio;

/* the chip behind MMIO registers, NULL when it is not for this driver */
const char *
hvn_probe_virtio_mmio_detect(HvnProbeGuest *guest);

/* ---- hvn-probe-virtio-net-setup.c ---- */

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
