/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtual network device: the port that the guest sees. Abstract; a plugin implements regions, reset, push and resume.
 *
 * An owner (a VMM, a device server, the probe) attaches it to an HvnBus, forwards the guest's register and configuration accesses, and
 * runs the dispatcher. A register access never does packet work: it marks an HvnWork.
 *
 * Most NICs are PCI functions: their regions are BARs, and configuration space says which of them the guest reaches, whether DMA is
 * allowed, and how interrupts go. A NIC that is none (an ISA card, virtio-mmio) has regions and a line: it adds regions when it is made,
 * which are always open, may do DMA while it is attached, and its line is HvnBus's. Its configuration space reads as an empty slot's. */
#pragma once

#include "hvn-bus.h"
#include "hvn-log.h"
#include "hvn-mac.h"
#include "hvn-pci-config.h"
#include "hvn-port.h"
#include "hvn-regs.h"

G_BEGIN_DECLS

#define HVN_TYPE_NIC (hvn_nic_get_type())
G_DECLARE_DERIVABLE_TYPE(HvnNic, hvn_nic, HVN, NIC, HvnPort)

/**
 * HvnNicResetKind:
 * @HVN_NIC_RESET_HARDWARE: power on or RST#: everything as it was made, configuration space included
 * @HVN_NIC_RESET_SOFTWARE: what the guest asks for through the device's own reset bit
 */
typedef enum {
    HVN_NIC_RESET_HARDWARE,
    HVN_NIC_RESET_SOFTWARE,
} HvnNicResetKind;

/**
 * HvnNicRegion:
 * @size: bytes, 0 when there is no such region
 * @address: where it is in the guest's memory or I/O space. Of a BAR, %G_MAXUINT64 while it is not decoded: not enabled in the command
 *   register, or asleep. Of a NIC that is no PCI function, 0 while nobody has placed it
 * @io: whether it is I/O ports
 *
 * Registers of a NIC as the guest's address space has them now.
 */
typedef struct {
    guint64  size;
    guint64  address;
    gboolean io;
} HvnNicRegion;

/**
 * HvnNicClass:
 * @reset: to the state after reset; cancels work and timers, lowers the interrupt. The base class pays the debt of ready
 * @region_read: a guest's read from a BAR; @offset + @size lies within it
 * @region_write: a guest's write to a BAR
 * @dma_arrived: (nullable): bytes that a read or map was refused as pending are here, or writes were seen: every work that may have stopped
 *   for that is to run again, and frames that were not taken are to be asked for. %NULL for a model that takes every failure as final:
 *   no bus gives it pending ones
 * @get_regs: (nullable): the register table of a BAR, for `hvnet regs`, tracing and tests; %NULL for a BAR without one. A number without a BAR
 *   may have registers that an index register in a BAR selects
 *
 * The base class has the properties "mac" (string, construct; %NULL for 52:54:00:12:34:56) and, for plugins that list variants in
 * their descriptor, "variant" (string, construct only; the name that was asked for).
 */
struct _HvnNicClass {
    HvnPortClass parent_class;

    void (*reset)(HvnNic *self, HvnNicResetKind kind);
    guint64 (*region_read)(HvnNic *self, guint bar, guint64 offset, guint size);
    void (*region_write)(HvnNic *self, guint bar, guint64 offset, guint64 value, guint size);
    HvnRegs *(*get_regs)(HvnNic *self, guint bar);
    void (*dma_arrived)(HvnNic *self);

    gpointer padding[7];
};

/* ---- for the owner ---- */

/**
 * hvn_nic_attach:
 * @self: a NIC without a bus
 * @bus: (transfer none): the hypervisor's side; the NIC takes a reference
 *
 * Attaches the NIC and resets it.
 */
void
hvn_nic_attach(HvnNic *self, HvnBus *bus);

/**
 * hvn_nic_detach:
 * @self: a NIC
 *
 * Resets the NIC and lets go of the bus; nothing when there is none.
 */
void
hvn_nic_detach(HvnNic *self);

/**
 * hvn_nic_reset:
 * @self: a NIC
 * @kind: how far
 *
 * Resets the NIC. A plugin calls this for its own reset bit too.
 */
void
hvn_nic_reset(HvnNic *self, HvnNicResetKind kind);

/**
 * hvn_nic_region_read:
 * @self: a NIC
 * @bar: 0 to 5, of a BAR or region
 * @offset: bytes from the start of the BAR
 * @size: 1, 2, 4 or 8
 *
 * A guest's read. Without the BAR, beyond its end, or while the command register does not enable it: all ones.
 *
 * Returns: the value
 */
guint64
hvn_nic_region_read(HvnNic *self, guint bar, guint64 offset, guint size);

/**
 * hvn_nic_region_write:
 * @self: a NIC
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @value: what to write
 * @size: 1, 2, 4 or 8
 *
 * A guest's write. Without the BAR, beyond its end, or while the command register does not enable it: ignored.
 */
void
hvn_nic_region_write(HvnNic *self, guint bar, guint64 offset, guint64 value, guint size);

/**
 * hvn_nic_get_bus:
 * @self: a NIC
 *
 * Returns: (transfer none) (nullable): its bus
 */
HvnBus *
hvn_nic_get_bus(HvnNic *self);

/**
 * hvn_nic_can_wait_for_dma:
 * @self: a NIC
 *
 * Returns: whether its model tries again what a bus refused as pending; for a bus that asks before it promises anything
 */
gboolean
hvn_nic_can_wait_for_dma(HvnNic *self);

/**
 * hvn_nic_dma_arrived:
 * @self: a NIC
 *
 * The bus has what it refused as pending, or the guest has seen more of what was written. From the dispatcher, never from within a call of
 * the bus.
 */
void
hvn_nic_dma_arrived(HvnNic *self);

/**
 * hvn_nic_config_read:
 * @self: a NIC
 * @offset: 0 to 255
 * @size: 1, 2 or 4
 *
 * Returns: what configuration space holds
 */
guint32
hvn_nic_config_read(HvnNic *self, guint offset, guint size);

/**
 * hvn_nic_config_write:
 * @self: a NIC
 * @offset: 0 to 255
 * @value: what to write
 * @size: 1, 2 or 4
 */
void
hvn_nic_config_write(HvnNic *self, guint offset, guint32 value, guint size);

/**
 * hvn_nic_get_region:
 * @self: a NIC
 * @bar: 0 to 5
 * @region: (out caller-allocates): the BAR, or the region of a NIC that is no PCI function
 *
 * For an owner that decodes addresses: to be asked again after each write to configuration space, which is how the guest moves
 * and enables them (PCI Local Bus Specification 3.0, 6.2.5), and after a reset. The second half of a 64-bit BAR is none of its own.
 *
 * Returns: whether there is such a region and it is decoded now
 */
gboolean
hvn_nic_get_region(HvnNic *self, guint bar, HvnNicRegion *region);

/**
 * hvn_nic_get_pci: (skip)
 * @self: a NIC
 *
 * Returns: (transfer none): its configuration space
 */
HvnPciConfig *
hvn_nic_get_pci(HvnNic *self);

/**
 * hvn_nic_is_pci:
 * @self: a NIC
 *
 * Returns: whether it is a PCI function; %FALSE for one that has added regions of its own
 */
gboolean
hvn_nic_is_pci(HvnNic *self);

/**
 * hvn_nic_place_region:
 * @self: a NIC that is no PCI function
 * @bar: 0 to 5, a region that there is
 * @address: where the owner has put it
 *
 * Tells the NIC where a region is, so that it refuses DMA into its own registers. The owner forwards the guest's accesses all the same.
 */
void
hvn_nic_place_region(HvnNic *self, guint bar, guint64 address);

/**
 * hvn_nic_get_regs: (skip)
 * @self: a NIC
 * @bar: 0 to 5
 *
 * Returns: (transfer none) (nullable): the registers of a BAR
 */
HvnRegs *
hvn_nic_get_regs(HvnNic *self, guint bar);

/**
 * hvn_nic_set_trace:
 * @self: a NIC
 * @on: whether each register access is logged at info level with the register's name
 */
void
hvn_nic_set_trace(HvnNic *self, gboolean on);

/* ---- for plugins ---- */

/**
 * hvn_nic_add_region:
 * @self: a NIC that is being made
 * @bar: 0 to 5
 * @size: bytes
 * @io: I/O ports, not memory
 * @address: where the NIC's options say that it is, 0 to leave that to the owner
 *
 * Makes the NIC one that is no PCI function, and gives it a region.
 */
void
hvn_nic_add_region(HvnNic *self, guint bar, guint64 size, gboolean io, guint64 address);

/**
 * hvn_nic_get_mac:
 * @self: a NIC
 * @mac: (out caller-allocates): the address that the configuration gave it
 */
void
hvn_nic_get_mac(HvnNic *self, HvnMac *mac);

/**
 * hvn_nic_get_variant:
 * @self: a NIC
 *
 * Returns: (transfer none) (nullable): the name that was asked for, such as "e1000-82545em"
 */
const char *
hvn_nic_get_variant(HvnNic *self);

/**
 * hvn_nic_dma_read:
 * @self: a NIC
 * @addr: bus address
 * @buf: (out caller-allocates): room for @len bytes
 * @len: bytes, 1 or more
 *
 * Reads guest memory, as bus master. Fails without a bus, while the command register does not enable bus mastering, where the
 * address wraps or lies in one of the device's own BARs, and where there is no memory; a failure is counted.
 *
 * Returns: whether all of it was read
 */
gboolean
hvn_nic_dma_read(HvnNic *self, guint64 addr, gpointer buf, gsize len);

/**
 * hvn_nic_dma_write:
 * @self: a NIC
 * @addr: bus address
 * @buf: bytes
 * @len: how many, 1 or more
 *
 * Writes guest memory; fails as hvn_nic_dma_read().
 *
 * Returns: whether all of it was written
 */
gboolean
hvn_nic_dma_write(HvnNic *self, guint64 addr, gconstpointer buf, gsize len);

/**
 * hvn_nic_dma_write_iov: (skip)
 * @self: a NIC
 * @addr: bus address
 * @iov: (array length=n_iov): pieces of memory of ours
 * @n_iov: how many
 * @offset: bytes of the pieces to pass over first
 * @len: how many to write, 1 or more; the pieces hold that many
 *
 * Writes guest memory from pieces, with one copy; fails as hvn_nic_dma_read(). What was mapped for it stays lent until
 * hvn_nic_dma_release().
 *
 * Returns: whether all of it was written
 */
gboolean
hvn_nic_dma_write_iov(HvnNic *self, guint64 addr, const struct iovec *iov, guint n_iov, gsize offset, gsize len);

/**
 * hvn_nic_dma_map: (skip)
 * @self: a NIC
 * @addr: bus address
 * @len: bytes, 1 or more
 * @write: whether the memory will be written
 * @iov: (out caller-allocates) (array length=n_iov): the pieces
 * @n_iov: room
 *
 * Lends guest memory until hvn_nic_dma_release(); fails as hvn_nic_dma_read().
 *
 * Returns: pieces used, 0 for a failure
 */
guint
hvn_nic_dma_map(HvnNic *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov);

/**
 * hvn_nic_dma_release:
 * @self: a NIC
 *
 * Ends all that was lent by hvn_nic_dma_map(). Once a batch, and at the end of every work that has read or written: what a bus without shared
 * memory has fetched stays or goes by what happened up to here.
 */
void
hvn_nic_dma_release(HvnNic *self);

/**
 * hvn_nic_dma_needs_release:
 * @self: a NIC
 *
 * Returns: whether the bus lends copies, which hvn_nic_dma_release() writes back; %FALSE where memory is shared and stays mapped
 */
gboolean
hvn_nic_dma_needs_release(HvnNic *self);

/**
 * hvn_nic_dma_is_pending:
 * @self: a NIC
 *
 * Whether a read or map since hvn_nic_dma_release() failed only because its bytes are not here yet. The work that finds it so has consumed
 * nothing of what these belong to, counts and logs nothing, releases, and returns: it is called again through HvnNicClass.dma_arrived.
 *
 * Returns: whether to try again later
 */
gboolean
hvn_nic_dma_is_pending(HvnNic *self);

/**
 * hvn_nic_dma_forget:
 * @self: a NIC
 *
 * What was read for a work that waits is not to be used: the guest has moved a ring or switched a unit. A reset does this by itself.
 */
void
hvn_nic_dma_forget(HvnNic *self);

/**
 * hvn_nic_dma_get_fence:
 * @self: a NIC
 *
 * Returns: a number for all that was written so far, for hvn_nic_dma_has_passed()
 */
guint64
hvn_nic_dma_get_fence(HvnNic *self);

/**
 * hvn_nic_dma_has_passed:
 * @self: a NIC
 * @fence: of hvn_nic_dma_get_fence()
 *
 * A cause or status bit that tells of written data must not be seen before the data (PCI 3.0, 3.2.5): where memory is not shared, it waits
 * for this, and HvnNicClass.dma_arrived says when to ask again.
 *
 * Returns: whether the guest sees what was written before the fence
 */
gboolean
hvn_nic_dma_has_passed(HvnNic *self, guint64 fence);

/**
 * hvn_nic_get_dma_errors:
 * @self: a NIC
 *
 * Returns: DMA accesses that failed since the start
 */
guint64
hvn_nic_get_dma_errors(HvnNic *self);

/**
 * hvn_nic_set_irq:
 * @self: a NIC
 * @level: whether the device requests an interrupt
 *
 * The level of INTx, with the status bit and the disable bit of configuration space applied; with MSI enabled, a message
 * on each rise instead.
 */
void
hvn_nic_set_irq(HvnNic *self, gboolean level);

/**
 * hvn_nic_notify:
 * @self: a NIC
 * @vector: MSI or MSI-X vector
 *
 * Sends a message, or sets its pending bit where it is masked.
 */
void
hvn_nic_notify(HvnNic *self, guint vector);

/**
 * hvn_nic_get_guest_errors: (skip)
 * @self: a NIC
 *
 * Returns: (transfer none): for hvn_guest_error()
 */
HvnGuestErrors *
hvn_nic_get_guest_errors(HvnNic *self);

G_END_DECLS
