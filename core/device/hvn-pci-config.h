/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI configuration space of one function: type 0 header, BARs, capability list with power management, MSI and MSI-X
 * (PCI Local Bus Specification 3.0, chapter 6). Embedded by value in HvnNic. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_PCI_CONFIG_SIZE 256
#define HVN_PCI_N_BARS      6

#define HVN_PCI_COMMAND_IO           (1u << 0)
#define HVN_PCI_COMMAND_MEMORY       (1u << 1)
#define HVN_PCI_COMMAND_MASTER       (1u << 2)
#define HVN_PCI_COMMAND_INTX_DISABLE (1u << 10)

/**
 * HvnPciIdentity:
 * @vendor: vendor ID
 * @device: device ID
 * @subsystem_vendor: subsystem vendor ID
 * @subsystem: subsystem ID
 * @class_code: 24 bits: base class, subclass, interface (0x020000 is Ethernet)
 * @revision: revision ID
 * @interrupt_pin: 0 none, 1 INTA
 * @min_gnt: units of 250 ns
 * @max_lat: units of 250 ns
 */
typedef struct {
    guint16 vendor;
    guint16 device;
    guint16 subsystem_vendor;
    guint16 subsystem;
    guint32 class_code;
    guint8  revision;
    guint8  interrupt_pin;
    guint8  min_gnt;
    guint8  max_lat;
} HvnPciIdentity;

/**
 * HvnPciBarFlags:
 * @HVN_PCI_BAR_MEMORY: 32-bit memory
 * @HVN_PCI_BAR_IO: I/O ports
 * @HVN_PCI_BAR_MEMORY64: 64-bit memory; takes the next BAR too
 * @HVN_PCI_BAR_PREFETCH: prefetchable, or'ed to a memory kind
 */
typedef enum {
    HVN_PCI_BAR_MEMORY = 0x0,
    HVN_PCI_BAR_IO = 0x1,
    HVN_PCI_BAR_MEMORY64 = 0x4,
    HVN_PCI_BAR_PREFETCH = 0x8,
} HvnPciBarFlags;

typedef struct {
    guint64 size;  /* bytes, a power of two; 0 when the BAR is not there */
    guint   flags; /* HvnPciBarFlags */
} HvnPciBar;

typedef struct _HvnPciConfig HvnPciConfig;

/**
 * HvnPciConfigChanged:
 * @self: the configuration space
 * @data: what was given to hvn_pci_config_init()
 *
 * A write changed the command register, a BAR, the power state, or MSI or MSI-X control.
 */
typedef void (*HvnPciConfigChanged)(HvnPciConfig *self, gpointer data);

/**
 * HvnPciConfigWindow:
 * @self: the configuration space
 * @write: %FALSE before a read, which gets what @self holds afterwards; %TRUE after a write
 * @offset: where the access starts
 * @size: bytes of the access
 * @data: what was given to hvn_pci_config_init()
 *
 * Bytes behind which there is something else, such as a window into a BAR, are accessed.
 */
typedef void (*HvnPciConfigWindow)(HvnPciConfig *self, gboolean write, guint offset, guint size, gpointer data);

struct _HvnPciConfig {
    guint8              bytes[HVN_PCI_CONFIG_SIZE];
    guint8              write_mask[HVN_PCI_CONFIG_SIZE];     /* bits that a write stores */
    guint8              write_1_clear[HVN_PCI_CONFIG_SIZE];  /* bits that a write of 1 clears */
    guint8              reset_value[HVN_PCI_CONFIG_SIZE];
    HvnPciBar           bars[HVN_PCI_N_BARS];
    guint8              next_cap;   /* where the next capability goes, 0x40 at first */
    guint8              last_cap;   /* offset of the last capability, 0 when there is none */
    guint8              pm_cap;     /* offsets of capabilities, 0 when there is none */
    guint8              msi_cap;
    guint8              msix_cap;
    guint               msix_n_vectors;
    guint8             *msix_table; /* owned; 16 bytes a vector */
    guint8             *msix_pba;   /* owned */
    HvnPciConfigChanged changed;
    gpointer            data;
    HvnPciConfigWindow  window;      /* (nullable) told of accesses to window_len bytes at window_at; set by the model */
    guint8              window_at;
    guint8              window_len;
};

/**
 * hvn_pci_config_init:
 * @self: the configuration space
 * @identity: IDs and class
 * @changed: (nullable): told of writes that matter
 * @data: (nullable): for @changed
 */
void
hvn_pci_config_init(HvnPciConfig *self, const HvnPciIdentity *identity, HvnPciConfigChanged changed, gpointer data);

/**
 * hvn_pci_config_clear:
 * @self: the configuration space
 */
void
hvn_pci_config_clear(HvnPciConfig *self);

/**
 * hvn_pci_config_add_bar:
 * @self: the configuration space
 * @bar: 0 to 5
 * @size: bytes, a power of two, at least 16 for memory and 4 for I/O
 * @flags: #HvnPciBarFlags
 */
void
hvn_pci_config_add_bar(HvnPciConfig *self, guint bar, guint64 size, guint flags);

/**
 * hvn_pci_config_add_capability:
 * @self: the configuration space
 * @id: capability ID
 * @len: bytes, header included
 *
 * Returns: offset of the new capability, zeroed behind its header and read only until write_mask says otherwise
 */
guint8
hvn_pci_config_add_capability(HvnPciConfig *self, guint8 id, guint8 len);

/**
 * hvn_pci_config_add_pm:
 * @self: the configuration space
 * @capabilities: the PMC register (PCI Power Management 1.2, 3.2.3)
 */
void
hvn_pci_config_add_pm(HvnPciConfig *self, guint16 capabilities);

/**
 * hvn_pci_config_add_msi:
 * @self: the configuration space
 * @n_vectors: 1, 2, 4, 8, 16 or 32; messages have 64-bit addresses
 */
void
hvn_pci_config_add_msi(HvnPciConfig *self, guint n_vectors);

/**
 * hvn_pci_config_add_msix:
 * @self: the configuration space
 * @n_vectors: 1 to 2048
 * @table_bar: BAR that holds the table
 * @table_offset: where in it, a multiple of 8
 * @pba_bar: BAR that holds the pending bits
 * @pba_offset: where in it, a multiple of 8
 */
void
hvn_pci_config_add_msix(HvnPciConfig *self, guint n_vectors, guint table_bar, guint32 table_offset, guint pba_bar, guint32 pba_offset);

/**
 * hvn_pci_config_read:
 * @self: the configuration space
 * @offset: 0 to 255
 * @size: 1, 2 or 4
 *
 * Returns: the value, all ones beyond the end
 */
guint32
hvn_pci_config_read(HvnPciConfig *self, guint offset, guint size);

/**
 * hvn_pci_config_write:
 * @self: the configuration space
 * @offset: 0 to 255
 * @value: what to write
 * @size: 1, 2 or 4
 */
void
hvn_pci_config_write(HvnPciConfig *self, guint offset, guint32 value, guint size);

/**
 * hvn_pci_config_reset:
 * @self: the configuration space
 *
 * What RST# does: command, BARs and capabilities as they were.
 */
void
hvn_pci_config_reset(HvnPciConfig *self);

/**
 * hvn_pci_config_get_command:
 * @self: the configuration space
 *
 * Returns: the command register
 */
guint16
hvn_pci_config_get_command(const HvnPciConfig *self);

/**
 * hvn_pci_config_get_bar_address:
 * @self: the configuration space
 * @bar: 0 to 5
 *
 * Returns: where the guest put the BAR; %G_MAXUINT64 when it is not there or not enabled in the command register
 */
guint64
hvn_pci_config_get_bar_address(const HvnPciConfig *self, guint bar);

/**
 * hvn_pci_config_set_interrupt_status:
 * @self: the configuration space
 * @asserted: state of the INTx request, bit 3 of the status register
 */
void
hvn_pci_config_set_interrupt_status(HvnPciConfig *self, gboolean asserted);

/**
 * hvn_pci_config_get_msi_enabled:
 * @self: the configuration space
 *
 * Returns: whether the guest enabled MSI
 */
gboolean
hvn_pci_config_get_msi_enabled(const HvnPciConfig *self);

/**
 * hvn_pci_config_get_msix_enabled:
 * @self: the configuration space
 *
 * Returns: whether the guest enabled MSI-X
 */
gboolean
hvn_pci_config_get_msix_enabled(const HvnPciConfig *self);

/**
 * hvn_pci_config_raise_msix:
 * @self: the configuration space
 * @vector: the vector
 *
 * Returns: whether the message is to be sent now; %FALSE when the vector or the function is masked: its pending bit is set then
 */
gboolean
hvn_pci_config_raise_msix(HvnPciConfig *self, guint vector);

/**
 * hvn_pci_config_get_power_state:
 * @self: the configuration space
 *
 * Returns: 0 for D0 (also without power management) to 3 for D3hot
 */
guint
hvn_pci_config_get_power_state(const HvnPciConfig *self);

/**
 * hvn_pci_config_get_msi_vectors:
 * @self: the configuration space
 *
 * Returns: MSI vectors that the guest allows, 0 while MSI is not enabled
 */
guint
hvn_pci_config_get_msi_vectors(const HvnPciConfig *self);

/**
 * hvn_pci_config_take_pending_msix:
 * @self: the configuration space
 *
 * Takes a vector whose message waited for its mask and may be sent now; its pending bit is clear afterwards.
 *
 * Returns: the vector, -1 when there is none
 */
gint
hvn_pci_config_take_pending_msix(HvnPciConfig *self);

/**
 * hvn_pci_config_has_msix_at:
 * @self: the configuration space
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 *
 * Returns: whether the byte belongs to the MSI-X table or to the pending bits
 */
gboolean
hvn_pci_config_has_msix_at(const HvnPciConfig *self, guint bar, guint64 offset);

/**
 * hvn_pci_config_read_msix:
 * @self: the configuration space, with MSI-X
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @size: 1, 2, 4 or 8
 *
 * Returns: what the table or the pending bits hold, 0 for bytes beside them
 */
guint64
hvn_pci_config_read_msix(const HvnPciConfig *self, guint bar, guint64 offset, guint size);

/**
 * hvn_pci_config_write_msix:
 * @self: the configuration space, with MSI-X
 * @bar: 0 to 5
 * @offset: bytes from the start of the BAR
 * @value: what to write
 * @size: 1, 2, 4 or 8
 *
 * Writes to the table; pending bits and bytes beside them do not change.
 */
void
hvn_pci_config_write_msix(HvnPciConfig *self, guint bar, guint64 offset, guint64 value, guint size);

/**
 * hvn_pci_config_reset_msix:
 * @self: the configuration space
 *
 * Masks all vectors and clears what is pending; a part of hvn_pci_config_reset().
 */
void
hvn_pci_config_reset_msix(HvnPciConfig *self);

G_END_DECLS
