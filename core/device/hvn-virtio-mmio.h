/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over MMIO (VIRTIO 1.2, 4.2): the transport of a NIC that is a virtio device and no PCI function. One region of registers and one
 * interrupt line; where they are, the hypervisor tells the guest (device tree, ACPI, command line).
 *
 *   0x000 registers of 32 bits: version 2 (4.2.2), or with @legacy version 1 (4.2.4)
 *   0x100 configuration space of the device
 *
 * The NIC's own reset, region_read and region_write go here; HvnVirtioDeviceInterface.set_transport switches it off and on. */
#pragma once

#include "hvn-virtio-face.h"

G_BEGIN_DECLS

#define HVN_VIRTIO_MMIO_REGION 0
#define HVN_VIRTIO_MMIO_SIZE   0x200

/* 4.2.2, 4.2.4: offsets, in the order of the tables there */
#define HVN_VIRTIO_MMIO_MAGIC               0x000
#define HVN_VIRTIO_MMIO_VERSION             0x004
#define HVN_VIRTIO_MMIO_DEVICE_ID           0x008
#define HVN_VIRTIO_MMIO_VENDOR_ID           0x00c
#define HVN_VIRTIO_MMIO_DEVICE_FEATURES     0x010
#define HVN_VIRTIO_MMIO_DEVICE_FEATURES_SEL 0x014
#define HVN_VIRTIO_MMIO_DRIVER_FEATURES     0x020
#define HVN_VIRTIO_MMIO_DRIVER_FEATURES_SEL 0x024
#define HVN_VIRTIO_MMIO_GUEST_PAGE_SIZE     0x028 /* version 1 */
#define HVN_VIRTIO_MMIO_QUEUE_SEL           0x030
#define HVN_VIRTIO_MMIO_QUEUE_NUM_MAX       0x034
#define HVN_VIRTIO_MMIO_QUEUE_NUM           0x038
#define HVN_VIRTIO_MMIO_QUEUE_ALIGN         0x03c /* version 1 */
#define HVN_VIRTIO_MMIO_QUEUE_PFN           0x040 /* version 1 */
#define HVN_VIRTIO_MMIO_QUEUE_READY         0x044
#define HVN_VIRTIO_MMIO_QUEUE_NOTIFY        0x050
#define HVN_VIRTIO_MMIO_INTERRUPT_STATUS    0x060
#define HVN_VIRTIO_MMIO_INTERRUPT_ACK       0x064
#define HVN_VIRTIO_MMIO_STATUS              0x070
#define HVN_VIRTIO_MMIO_QUEUE_DESC_LOW      0x080
#define HVN_VIRTIO_MMIO_QUEUE_DESC_HIGH     0x084
#define HVN_VIRTIO_MMIO_QUEUE_DRIVER_LOW    0x090
#define HVN_VIRTIO_MMIO_QUEUE_DRIVER_HIGH   0x094
#define HVN_VIRTIO_MMIO_QUEUE_DEVICE_LOW    0x0a0
#define HVN_VIRTIO_MMIO_QUEUE_DEVICE_HIGH   0x0a4
#define HVN_VIRTIO_MMIO_SHM_SEL             0x0ac
#define HVN_VIRTIO_MMIO_SHM_LEN_LOW         0x0b0
#define HVN_VIRTIO_MMIO_SHM_LEN_HIGH        0x0b4
#define HVN_VIRTIO_MMIO_SHM_BASE_LOW        0x0b8
#define HVN_VIRTIO_MMIO_SHM_BASE_HIGH       0x0bc
#define HVN_VIRTIO_MMIO_QUEUE_RESET         0x0c0
#define HVN_VIRTIO_MMIO_CONFIG_GENERATION   0x0fc
#define HVN_VIRTIO_MMIO_CONFIG              0x100

#define HVN_VIRTIO_MMIO_MAGIC_VALUE 0x74726976 /* "virt" */

/* InterruptStatus and InterruptACK */
#define HVN_VIRTIO_MMIO_INT_QUEUE  0x1
#define HVN_VIRTIO_MMIO_INT_CONFIG 0x2

typedef struct _HvnVirtioMmio HvnVirtioMmio;

/**
 * hvn_virtio_mmio_new:
 * @nic: (transfer none): a NIC that implements HvnVirtioDevice; owns the transport
 * @legacy: version 1, for drivers from before VIRTIO 1.0; else version 2
 *
 * Gives the NIC its region.
 *
 * Returns: (transfer full): the transport
 */
HvnVirtioMmio *
hvn_virtio_mmio_new(HvnNic *nic, gboolean legacy);

/**
 * hvn_virtio_mmio_free:
 * @self: (transfer full) (nullable): the transport; the device lets go of its queues
 */
void
hvn_virtio_mmio_free(HvnVirtioMmio *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVirtioMmio, hvn_virtio_mmio_free)

/**
 * hvn_virtio_mmio_reset:
 * @self: the transport
 *
 * What a write of 0 to Status does: the device is reset too. Nothing while it is off.
 */
void
hvn_virtio_mmio_reset(HvnVirtioMmio *self);

/**
 * hvn_virtio_mmio_set_on:
 * @self: the transport
 * @on: %FALSE while another transport has claimed the device
 *
 * Switching off stops all queues.
 */
void
hvn_virtio_mmio_set_on(HvnVirtioMmio *self, gboolean on);

/**
 * hvn_virtio_mmio_region_read:
 * @self: the transport
 * @offset: bytes from the start of the region
 * @size: 1, 2, 4 or 8; registers are read with 4 at a multiple of 4, configuration space with any
 *
 * Returns: the value; 0 for what cannot be read; all ones while the transport is off
 */
guint64
hvn_virtio_mmio_region_read(HvnVirtioMmio *self, guint64 offset, guint size);

/**
 * hvn_virtio_mmio_region_write:
 * @self: the transport
 * @offset: bytes from the start of the region
 * @value: what to write
 * @size: 1, 2, 4 or 8, as above
 */
void
hvn_virtio_mmio_region_write(HvnVirtioMmio *self, guint64 offset, guint64 value, guint size);

/**
 * hvn_virtio_mmio_config_changed:
 * @self: the transport
 *
 * Tells the driver that the device's configuration space changed (2.5).
 */
void
hvn_virtio_mmio_config_changed(HvnVirtioMmio *self);

G_END_DECLS
