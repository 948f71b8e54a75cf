/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of the probe guest: memory, one PCI slot with the NIC in it (or a NIC without PCI, where the machine's description says), an interrupt line, and a processor that waits. It
 * is what a hypervisor would be to the NIC: it implements HvnBus over HvnGuestMemory and forwards register accesses, by plain calls
 * or over a socket (HvnProbeAttachment). */
#pragma once

#include "hvn-probe-attachment.h"

G_BEGIN_DECLS

#define HVN_PROBE_GUEST_RAM_BASE 0x00100000u
#define HVN_PROBE_GUEST_RAM_SIZE (4u << 20)

#define HVN_TYPE_PROBE_GUEST (hvn_probe_guest_get_type())
G_DECLARE_FINAL_TYPE(HvnProbeGuest, hvn_probe_guest, HVN, PROBE_GUEST, GObject)

/**
 * HvnProbeBar:
 * @size: bytes, 0 when the BAR is not there
 * @address: where the guest put it
 * @io: whether it is I/O ports
 * @wide: whether it is 64 bits and takes the next BAR too
 *
 * A BAR as the guest's enumeration found it.
 */
typedef struct {
    guint64  size;
    guint64  address;
    gboolean io;
    gboolean wide;
} HvnProbeBar;

/**
 * HvnProbePci:
 * @absent: there is no PCI function in the machine: @bars are the regions of a device that its description names
 * @vendor: vendor ID
 * @device: device ID
 * @revision: revision ID
 * @class_code: base class, subclass, interface
 * @bars: the BARs
 *
 * What the guest's enumeration found in the slot.
 */
typedef struct {
    gboolean    absent;
    guint16     vendor;
    guint16     device;
    guint8      revision;
    guint32     class_code;
    HvnProbeBar bars[HVN_PCI_N_BARS];
} HvnProbePci;

/**
 * HvnProbeInterruptFunc:
 * @data: what was given with it
 *
 * The interrupt line is high. Moves a bounded batch.
 *
 * Returns: whether more is left, so that it is to be called again
 */
typedef gboolean (*HvnProbeInterruptFunc)(gpointer data);

/**
 * HvnProbeTickFunc:
 * @data: what was given with it
 *
 * Called before the guest's processor sleeps.
 *
 * Returns: how long it may sleep, in milliseconds
 */
typedef guint (*HvnProbeTickFunc)(gpointer data);

/**
 * HvnProbeCondition:
 * @data: what was given with it
 *
 * Returns: whether what is waited for has happened
 */
typedef gboolean (*HvnProbeCondition)(gpointer data);

/**
 * hvn_probe_guest_new:
 * @nic: (transfer none): goes into the slot
 * @dispatcher: (transfer none): the guest's processor and time
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a machine with the NIC attached and reset, or %NULL with %HVN_ERROR set
 */
HvnProbeGuest *
hvn_probe_guest_new(HvnNic *nic, HvnDispatcher *dispatcher, GError **error);

/**
 * hvn_probe_guest_new_attached:
 * @attachment: (transfer full): the way to the NIC that is in the slot
 * @dispatcher: (transfer none): the guest's processor and time
 * @error: return location
 *
 * As hvn_probe_guest_new(), for a NIC that is elsewhere.
 *
 * Returns: (transfer full) (nullable): a machine with the NIC attached and reset, or %NULL with %HVN_ERROR set
 */
HvnProbeGuest *
hvn_probe_guest_new_attached(HvnProbeAttachment *attachment, HvnDispatcher *dispatcher, GError **error);

/**
 * hvn_probe_guest_get_memory_fd:
 * @self: a machine
 *
 * Returns: a memfd of %HVN_PROBE_GUEST_RAM_SIZE bytes: the memory at %HVN_PROBE_GUEST_RAM_BASE
 */
int
hvn_probe_guest_get_memory_fd(HvnProbeGuest *self);

/**
 * hvn_probe_guest_set_line:
 * @self: a machine
 * @level: of the interrupt line
 *
 * For the way to the NIC.
 */
void
hvn_probe_guest_set_line(HvnProbeGuest *self, gboolean level);

/**
 * hvn_probe_guest_send_message:
 * @self: a machine
 * @vector: of MSI-X
 *
 * For the way to the NIC: an interrupt that is a message.
 */
void
hvn_probe_guest_send_message(HvnProbeGuest *self, guint vector);

/**
 * hvn_probe_guest_take_messages:
 * @self: a machine
 *
 * For drivers, from their interrupt function.
 *
 * Returns: the vectors below 32 that came since, as bits
 */
guint32
hvn_probe_guest_take_messages(HvnProbeGuest *self);

/**
 * hvn_probe_guest_write_config:
 * @self: a machine
 * @offset: in PCI configuration space
 * @value: for the register of that size
 * @size: 1, 2 or 4
 */
void
hvn_probe_guest_write_config(HvnProbeGuest *self, guint offset, guint32 value, guint size);

/**
 * hvn_probe_guest_find_capability:
 * @self: a machine
 * @id: of a PCI capability
 * @after: 0 for the first with that ID, or where one is, for the next
 *
 * Returns: where it is in configuration space, 0 when there is none
 */
guint
hvn_probe_guest_find_capability(HvnProbeGuest *self, guint id, guint after);

/**
 * hvn_probe_guest_get_problem:
 * @self: a machine
 *
 * Returns: (transfer none) (nullable): what went wrong on the way to the NIC
 */
const char *
hvn_probe_guest_get_problem(HvnProbeGuest *self);

/**
 * hvn_probe_guest_power_off:
 * @self: a machine
 *
 * Detaches the NIC. Idempotent.
 */
void
hvn_probe_guest_power_off(HvnProbeGuest *self);

/**
 * hvn_probe_guest_alloc:
 * @self: a machine
 * @len: bytes
 * @align: a power of two
 * @addr: (out): the guest physical address
 *
 * Takes a piece of guest memory for good.
 *
 * Returns: (transfer none) (nullable): the bytes, zero, or %NULL when the memory is used up
 */
gpointer
hvn_probe_guest_alloc(HvnProbeGuest *self, gsize len, gsize align, guint64 *addr);

/**
 * hvn_probe_guest_enumerate:
 * @self: a machine
 * @error: return location
 *
 * Does what firmware does: without PCI reads the machine's description, else reads the IDs, sizes the BARs, places them, and enables memory, I/O and bus mastering.
 *
 * Returns: %FALSE with %HVN_ERROR set when the function does not behave as PCI says
 */
gboolean
hvn_probe_guest_enumerate(HvnProbeGuest *self, GError **error);

/**
 * hvn_probe_guest_get_pci:
 * @self: a machine
 *
 * Returns: (transfer none): what hvn_probe_guest_enumerate() found
 */
const HvnProbePci *
hvn_probe_guest_get_pci(HvnProbeGuest *self);

/**
 * hvn_probe_guest_read:
 * @self: a machine
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 *
 * Returns: the 32-bit register
 */
guint32
hvn_probe_guest_read(HvnProbeGuest *self, guint bar, guint64 offset);

/**
 * hvn_probe_guest_write:
 * @self: a machine
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @value: for the 32-bit register
 */
void
hvn_probe_guest_write(HvnProbeGuest *self, guint bar, guint64 offset, guint32 value);

/**
 * hvn_probe_guest_read_part:
 * @self: a machine
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @size: 1, 2 or 4
 *
 * Returns: the register of that size
 */
guint32
hvn_probe_guest_read_part(HvnProbeGuest *self, guint bar, guint64 offset, guint size);

/**
 * hvn_probe_guest_write_part:
 * @self: a machine
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @value: for the register of that size
 * @size: 1, 2 or 4
 */
void
hvn_probe_guest_write_part(HvnProbeGuest *self, guint bar, guint64 offset, guint32 value, guint size);

/**
 * hvn_probe_guest_read_config:
 * @self: a machine
 * @offset: in PCI configuration space
 * @size: 1, 2 or 4
 *
 * Returns: the register of that size
 */
guint32
hvn_probe_guest_read_config(HvnProbeGuest *self, guint offset, guint size);

/**
 * hvn_probe_guest_set_interrupt:
 * @self: a machine
 * @func: (nullable): handles the interrupt, from the dispatcher, never from within a register access
 * @data: (nullable): for @func
 */
void
hvn_probe_guest_set_interrupt(HvnProbeGuest *self, HvnProbeInterruptFunc func, gpointer data);

/**
 * hvn_probe_guest_set_tick:
 * @self: a machine
 * @func: (nullable): called before each sleep
 * @data: (nullable): for @func
 */
void
hvn_probe_guest_set_tick(HvnProbeGuest *self, HvnProbeTickFunc func, gpointer data);

/**
 * hvn_probe_guest_set_observer:
 * @self: a machine
 * @func: (nullable): called whenever something may have happened, until it returns %TRUE
 * @data: (nullable): for @func
 */
void
hvn_probe_guest_set_observer(HvnProbeGuest *self, HvnProbeCondition func, gpointer data);

/**
 * hvn_probe_guest_get_interrupts:
 * @self: a machine
 *
 * Returns: how often the interrupt line rose or a message came
 */
guint64
hvn_probe_guest_get_interrupts(HvnProbeGuest *self);

/**
 * hvn_probe_guest_get_dispatcher:
 * @self: a machine
 *
 * Returns: (transfer none): its time
 */
HvnDispatcher *
hvn_probe_guest_get_dispatcher(HvnProbeGuest *self);

/**
 * hvn_probe_guest_wait:
 * @self: a machine
 * @condition: (nullable): what to wait for, or %NULL to let time pass
 * @data: (nullable): for @condition
 * @timeout_ms: at most this long
 *
 * Runs everything (guest, NIC, link, backend, servers of the probe) until the condition holds or time is up.
 *
 * Returns: whether the condition holds
 */
gboolean
hvn_probe_guest_wait(HvnProbeGuest *self, HvnProbeCondition condition, gpointer data, guint timeout_ms);

G_END_DECLS
