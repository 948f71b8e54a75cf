/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over PCI (VIRTIO 1.2, 4.1): the transport of a NIC that is a virtio device, in the NIC itself.
 *
 *   BAR 0  I/O    legacy registers (4.1.4.10), transitional devices only
 *   BAR 1  memory MSI-X table and pending bits
 *   BAR 4  memory common configuration 0x0, ISR 0x1000, device configuration 0x2000, notify 0x3000 with a multiplier of 4
 *
 * The NIC's own reset, region_read and region_write go here; HvnVirtioDeviceInterface.set_transport switches it off and on. */
#pragma once

#include "hvn-virtio-face.h"

G_BEGIN_DECLS

#define HVN_VIRTIO_PCI_BAR_LEGACY 0
#define HVN_VIRTIO_PCI_BAR_MSIX   1
#define HVN_VIRTIO_PCI_BAR_MODERN 4

/* where the parts are in BAR 4 */
#define HVN_VIRTIO_PCI_COMMON 0x0000
#define HVN_VIRTIO_PCI_ISR    0x1000
#define HVN_VIRTIO_PCI_DEVICE 0x2000
#define HVN_VIRTIO_PCI_NOTIFY 0x3000

#define HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER 4

#define HVN_VIRTIO_PCI_NO_VECTOR 0xffff

typedef struct _HvnVirtioPci HvnVirtioPci;

/**
 * hvn_virtio_pci_new:
 * @nic: (transfer none): a NIC that implements HvnVirtioDevice; owns the transport
 * @transitional: whether there is the legacy face too, and the IDs that go with it
 * @n_vectors: MSI-X vectors, 0 for none (INTx only)
 *
 * Fills the NIC's PCI configuration space.
 *
 * Returns: (transfer full): the transport
 */
HvnVirtioPci *
hvn_virtio_pci_new(HvnNic *nic, gboolean transitional, guint n_vectors);

/**
 * hvn_virtio_pci_free:
 * @self: (transfer full) (nullable): the transport; the device lets go of its queues
 */
void
hvn_virtio_pci_free(HvnVirtioPci *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVirtioPci, hvn_virtio_pci_free)

/**
 * hvn_virtio_pci_reset:
 * @self: the transport
 *
 * What a write of 0 to the device status does, and a reset of the function: the device is reset too. Nothing while it is off.
 */
void
hvn_virtio_pci_reset(HvnVirtioPci *self);

/**
 * hvn_virtio_pci_set_on:
 * @self: the transport
 * @on: %FALSE while another transport has claimed the device
 *
 * Switching off stops all queues; the device is not reset here.
 */
void
hvn_virtio_pci_set_on(HvnVirtioPci *self, gboolean on);

/**
 * hvn_virtio_pci_region_read:
 * @self: the transport
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @size: 1, 2, 4 or 8
 *
 * Returns: the value; all ones while it is off
 */
guint64
hvn_virtio_pci_region_read(HvnVirtioPci *self, guint bar, guint64 offset, guint size);

/**
 * hvn_virtio_pci_region_write:
 * @self: the transport
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @value: what to write
 * @size: 1, 2, 4 or 8
 */
void
hvn_virtio_pci_region_write(HvnVirtioPci *self, guint bar, guint64 offset, guint64 value, guint size);

/**
 * hvn_virtio_pci_dma_arrived:
 * @self: the transport
 *
 * For HvnNicClass.dma_arrived.
 */
void
hvn_virtio_pci_dma_arrived(HvnVirtioPci *self);

/**
 * hvn_virtio_pci_config_changed:
 * @self: the transport
 *
 * Tells the driver that the device's configuration space changed (2.5, 4.1.5.4).
 */
void
hvn_virtio_pci_config_changed(HvnVirtioPci *self);

G_END_DECLS
