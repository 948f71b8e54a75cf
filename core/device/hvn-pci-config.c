/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCI configuration space as bytes with masks: what a write stores, what it clears, and what reset gives. Sizing of BARs falls out
 * of the masks. The MSI-X table and its pending bits are in hvn-pci-msix.c. */
#include "hvn-pci-config.h"

#include "hvn-bytes.h"

/* offsets of the type 0 header, PCI 3.0, 6.1 */
#define PCI_VENDOR_ID           0x00
#define PCI_DEVICE_ID           0x02
#define PCI_COMMAND             0x04
#define PCI_STATUS              0x06
#define PCI_REVISION            0x08
#define PCI_CLASS_INTERFACE     0x09
#define PCI_CLASS_CODE          0x0a
#define PCI_CACHE_LINE_SIZE     0x0c
#define PCI_LATENCY_TIMER       0x0d
#define PCI_BAR0                0x10
#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID        0x2e
#define PCI_CAPABILITIES        0x34
#define PCI_INTERRUPT_LINE      0x3c
#define PCI_INTERRUPT_PIN       0x3d
#define PCI_MIN_GNT             0x3e
#define PCI_MAX_LAT             0x3f
#define PCI_HEADER_END          0x40

/* I/O, memory, master, memory write and invalidate, parity, SERR, INTx disable */
#define PCI_COMMAND_STORED     0x0557
#define PCI_STATUS_INTERRUPT   0x0008
#define PCI_STATUS_CAPABILITY  0x0010
#define PCI_STATUS_CLEARED     0xf900 /* by writing 1 */

#define PCI_CAP_PM   0x01
#define PCI_CAP_MSI  0x05
#define PCI_CAP_MSIX 0x11

#define PCI_PM_LEN             8
#define PCI_PM_CONTROL         4
#define PCI_PM_STATE           0x0003
#define PCI_PM_NO_SOFT_RESET   0x0008 /* registers keep their values from D3 to D0 */
#define PCI_PM_PME_ENABLE      0x0100
#define PCI_PM_PME_STATUS      0x8000
#define PCI_PMC_D1             0x0200
#define PCI_PMC_D2             0x0400
#define PCI_PMC_PME            0xf800

#define PCI_MSI_LEN            14
#define PCI_MSI_ENABLE         0x0001
#define PCI_MSI_64BIT          0x0080
#define PCI_MSI_MULTIPLE       0x0070 /* multiple message enable */

#define PCI_MSIX_LEN           12
#define PCI_MSIX_ENABLE        0x8000
#define PCI_MSIX_FUNCTION_MASK 0x4000

static void
hvn_pci_config_set_le16(HvnPciConfig *self, guint offset, guint16 value)
{
    hvn_store_le16(self->bytes + offset, value);
    hvn_store_le16(self->reset_value + offset, value);
}

static void
hvn_pci_config_set_le32(HvnPciConfig *self, guint offset, guint32 value)
{
    hvn_store_le32(self->bytes + offset, value);
    hvn_store_le32(self->reset_value + offset, value);
}

static void
hvn_pci_config_set_byte(HvnPciConfig *self, guint offset, guint8 value)
{
    self->bytes[offset] = value;
    self->reset_value[offset] = value;
}

void
hvn_pci_config_init(HvnPciConfig *self, const HvnPciIdentity *identity, HvnPciConfigChanged changed, gpointer data)
{
    *self = (HvnPciConfig){.next_cap = PCI_HEADER_END, .changed = changed, .data = data};

    hvn_pci_config_set_le16(self, PCI_VENDOR_ID, identity->vendor);
    hvn_pci_config_set_le16(self, PCI_DEVICE_ID, identity->device);
    hvn_pci_config_set_byte(self, PCI_REVISION, identity->revision);
    hvn_pci_config_set_byte(self, PCI_CLASS_INTERFACE, identity->class_code & 0xff);
    hvn_pci_config_set_le16(self, PCI_CLASS_CODE, identity->class_code >> 8);
    hvn_pci_config_set_le16(self, PCI_SUBSYSTEM_VENDOR_ID, identity->subsystem_vendor);
    hvn_pci_config_set_le16(self, PCI_SUBSYSTEM_ID, identity->subsystem);
    hvn_pci_config_set_byte(self, PCI_INTERRUPT_PIN, identity->interrupt_pin);
    hvn_pci_config_set_byte(self, PCI_MIN_GNT, identity->min_gnt);
    hvn_pci_config_set_byte(self, PCI_MAX_LAT, identity->max_lat);

    hvn_store_le16(self->write_mask + PCI_COMMAND, PCI_COMMAND_STORED);
    hvn_store_le16(self->write_1_clear + PCI_STATUS, PCI_STATUS_CLEARED);
    self->write_mask[PCI_CACHE_LINE_SIZE] = 0xff;
    self->write_mask[PCI_LATENCY_TIMER] = 0xff;
    self->write_mask[PCI_INTERRUPT_LINE] = 0xff;
}

void
hvn_pci_config_clear(HvnPciConfig *self)
{
    g_clear_pointer(&self->msix_table, g_free);
    g_clear_pointer(&self->msix_pba, g_free);
    self->msix_cap = 0;
    self->msix_n_vectors = 0;
}

void
hvn_pci_config_add_bar(HvnPciConfig *self, guint bar, guint64 size, guint flags)
{
    gboolean wide = (flags & HVN_PCI_BAR_MEMORY64) != 0;
    guint offset = PCI_BAR0 + bar * 4;
    guint32 low_mask = ~(guint32)(size - 1);

    g_return_if_fail(bar < HVN_PCI_N_BARS && (!wide || bar + 1 < HVN_PCI_N_BARS));
    g_return_if_fail(size >= ((flags & HVN_PCI_BAR_IO) != 0 ? 4 : 16) && (size & (size - 1)) == 0);
    g_return_if_fail(wide || size <= G_MAXINT32 + G_GUINT64_CONSTANT(1));

    if (size > G_MAXUINT32)
        low_mask = 0;
    self->bars[bar] = (HvnPciBar){.size = size, .flags = flags};
    hvn_pci_config_set_le32(self, offset, flags);
    hvn_store_le32(self->write_mask + offset, low_mask);
    if (wide)
        hvn_store_le32(self->write_mask + offset + 4, (~(size - 1)) >> 32);
}

guint8
hvn_pci_config_add_capability(HvnPciConfig *self, guint8 id, guint8 len)
{
    guint offset = self->next_cap;
    guint8 link = self->last_cap != 0 ? self->last_cap + 1 : PCI_CAPABILITIES;

    g_return_val_if_fail(len >= 2 && offset != 0 && offset + len <= HVN_PCI_CONFIG_SIZE, 0);

    hvn_pci_config_set_byte(self, offset, id);
    hvn_pci_config_set_byte(self, link, offset);
    self->bytes[PCI_STATUS] |= PCI_STATUS_CAPABILITY;
    self->reset_value[PCI_STATUS] |= PCI_STATUS_CAPABILITY;
    self->last_cap = offset;
    /* 0 when the space is used up: it has 256 bytes */
    self->next_cap = (offset + len + 3) & ~3u;
    return offset;
}

void
hvn_pci_config_add_pm(HvnPciConfig *self, guint16 capabilities)
{
    guint8 cap = hvn_pci_config_add_capability(self, PCI_CAP_PM, PCI_PM_LEN);
    guint16 stored = PCI_PM_STATE;

    g_return_if_fail(cap != 0);

    if ((capabilities & PCI_PMC_PME) != 0) {
        stored |= PCI_PM_PME_ENABLE;
        hvn_store_le16(self->write_1_clear + cap + PCI_PM_CONTROL, PCI_PM_PME_STATUS);
    }
    self->pm_cap = cap;
    hvn_pci_config_set_le16(self, cap + 2, capabilities);
    hvn_pci_config_set_le16(self, cap + PCI_PM_CONTROL, PCI_PM_NO_SOFT_RESET);
    hvn_store_le16(self->write_mask + cap + PCI_PM_CONTROL, stored);
}

void
hvn_pci_config_add_msi(HvnPciConfig *self, guint n_vectors)
{
    guint8 cap;

    g_return_if_fail(n_vectors >= 1 && n_vectors <= 32 && (n_vectors & (n_vectors - 1)) == 0);

    cap = hvn_pci_config_add_capability(self, PCI_CAP_MSI, PCI_MSI_LEN);
    g_return_if_fail(cap != 0);
    self->msi_cap = cap;
    hvn_pci_config_set_le16(self, cap + 2, PCI_MSI_64BIT | (g_bit_storage(n_vectors) - 1) << 1);
    hvn_store_le16(self->write_mask + cap + 2, PCI_MSI_ENABLE | PCI_MSI_MULTIPLE);
    hvn_store_le32(self->write_mask + cap + 4, 0xfffffffc);
    hvn_store_le32(self->write_mask + cap + 8, 0xffffffff);
    hvn_store_le16(self->write_mask + cap + 12, 0xffff);
}

void
hvn_pci_config_add_msix(HvnPciConfig *self, guint n_vectors, guint table_bar, guint32 table_offset, guint pba_bar, guint32 pba_offset)
{
    guint8 cap;

    g_return_if_fail(n_vectors >= 1 && n_vectors <= 2048 && self->msix_table == NULL);
    g_return_if_fail(table_bar < HVN_PCI_N_BARS && pba_bar < HVN_PCI_N_BARS && ((table_offset | pba_offset) & 7) == 0);

    cap = hvn_pci_config_add_capability(self, PCI_CAP_MSIX, PCI_MSIX_LEN);
    g_return_if_fail(cap != 0);
    self->msix_cap = cap;
    self->msix_n_vectors = n_vectors;
    self->msix_table = g_malloc0(n_vectors * 16);
    self->msix_pba = g_malloc0((n_vectors + 63) / 64 * 8);
    hvn_pci_config_set_le16(self, cap + 2, n_vectors - 1);
    hvn_store_le16(self->write_mask + cap + 2, PCI_MSIX_ENABLE | PCI_MSIX_FUNCTION_MASK);
    hvn_pci_config_set_le32(self, cap + 4, table_offset | table_bar);
    hvn_pci_config_set_le32(self, cap + 8, pba_offset | pba_bar);
    hvn_pci_config_reset_msix(self);
}

static void
hvn_pci_config_tell_window(HvnPciConfig *self, gboolean write, guint offset, guint size)
{
    if (self->window != NULL && offset < (guint)self->window_at + self->window_len && offset + size > self->window_at)
        self->window(self, write, offset, size, self->data);
}

guint32
hvn_pci_config_read(HvnPciConfig *self, guint offset, guint size)
{
    guint32 value = 0;

    if (size != 1 && size != 2 && size != 4)
        return G_MAXUINT32;
    if (offset < HVN_PCI_CONFIG_SIZE)
        hvn_pci_config_tell_window(self, FALSE, offset, size);
    for (guint i = 0; i < size; i++) {
        guint32 byte = offset < HVN_PCI_CONFIG_SIZE - i ? self->bytes[offset + i] : 0xff;

        value |= byte << i * 8;
    }
    return value;
}

/* D1 and D2 are optional: writing a state that is not there changes nothing (PCI Power Management 1.2, 3.2.4) */
static void
hvn_pci_config_check_power_state(HvnPciConfig *self, guint8 old)
{
    guint8 *control = &self->bytes[self->pm_cap + PCI_PM_CONTROL];
    guint16 capabilities = hvn_load_le16(self->bytes + self->pm_cap + 2);
    guint state = *control & PCI_PM_STATE;

    if ((state == 1 && (capabilities & PCI_PMC_D1) == 0) || (state == 2 && (capabilities & PCI_PMC_D2) == 0))
        *control = (*control & ~PCI_PM_STATE) | (old & PCI_PM_STATE);
}

static gboolean
hvn_pci_config_matters(const HvnPciConfig *self, guint offset)
{
    if (offset == PCI_COMMAND || offset == PCI_COMMAND + 1)
        return TRUE;
    if (offset >= PCI_BAR0 && offset < PCI_BAR0 + HVN_PCI_N_BARS * 4)
        return TRUE;
    if (self->pm_cap != 0 && offset == (guint)self->pm_cap + PCI_PM_CONTROL)
        return TRUE;
    if (self->msi_cap != 0 && offset >= (guint)self->msi_cap + 2 && offset < (guint)self->msi_cap + PCI_MSI_LEN)
        return TRUE;
    return self->msix_cap != 0 && offset == (guint)self->msix_cap + 3;
}

void
hvn_pci_config_write(HvnPciConfig *self, guint offset, guint32 value, guint size)
{
    gboolean changed = FALSE;

    if (size != 1 && size != 2 && size != 4)
        return;
    for (guint i = 0; i < size && offset < HVN_PCI_CONFIG_SIZE - i; i++) {
        guint8 *byte = &self->bytes[offset + i];
        guint8 mask = self->write_mask[offset + i];
        guint8 written = value >> i * 8;
        guint8 old = *byte;

        *byte = ((old & ~mask) | (written & mask)) & ~(written & self->write_1_clear[offset + i]);
        if (self->pm_cap != 0 && offset + i == (guint)self->pm_cap + PCI_PM_CONTROL)
            hvn_pci_config_check_power_state(self, old);
        changed |= *byte != old && hvn_pci_config_matters(self, offset + i);
    }
    if (changed && self->changed != NULL)
        self->changed(self, self->data);
    if (offset < HVN_PCI_CONFIG_SIZE)
        hvn_pci_config_tell_window(self, TRUE, offset, size);
}

void
hvn_pci_config_reset(HvnPciConfig *self)
{
    memcpy(self->bytes, self->reset_value, sizeof self->bytes);
    hvn_pci_config_reset_msix(self);
}

guint16
hvn_pci_config_get_command(const HvnPciConfig *self)
{
    return hvn_load_le16(self->bytes + PCI_COMMAND);
}

guint
hvn_pci_config_get_power_state(const HvnPciConfig *self)
{
    return self->pm_cap != 0 ? self->bytes[self->pm_cap + PCI_PM_CONTROL] & PCI_PM_STATE : 0;
}

guint64
hvn_pci_config_get_bar_address(const HvnPciConfig *self, guint bar)
{
    guint offset = PCI_BAR0 + bar * 4;
    guint16 command = hvn_pci_config_get_command(self);
    guint64 address;

    if (bar >= HVN_PCI_N_BARS || self->bars[bar].size == 0)
        return G_MAXUINT64;
    if ((command & ((self->bars[bar].flags & HVN_PCI_BAR_IO) != 0 ? HVN_PCI_COMMAND_IO : HVN_PCI_COMMAND_MEMORY)) == 0)
        return G_MAXUINT64;
    address = hvn_load_le32(self->bytes + offset);
    if ((self->bars[bar].flags & HVN_PCI_BAR_MEMORY64) != 0)
        address |= (guint64)hvn_load_le32(self->bytes + offset + 4) << 32;
    return address & ~(self->bars[bar].size - 1);
}

void
hvn_pci_config_set_interrupt_status(HvnPciConfig *self, gboolean asserted)
{
    if (asserted)
        self->bytes[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
    else
        self->bytes[PCI_STATUS] &= ~PCI_STATUS_INTERRUPT;
}

gboolean
hvn_pci_config_get_msi_enabled(const HvnPciConfig *self)
{
    return self->msi_cap != 0 && (self->bytes[self->msi_cap + 2] & PCI_MSI_ENABLE) != 0;
}

guint
hvn_pci_config_get_msi_vectors(const HvnPciConfig *self)
{
    guint capable;
    guint enabled;

    if (!hvn_pci_config_get_msi_enabled(self))
        return 0;
    capable = (self->bytes[self->msi_cap + 2] >> 1) & 7;
    enabled = (self->bytes[self->msi_cap + 2] >> 4) & 7;
    return 1u << MIN(enabled, capable);
}
