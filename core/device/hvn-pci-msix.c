/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSI-X of a PCI function (PCI 3.0, 6.8.2): the table and the pending bits that live in a BAR, and which message is to be sent. */
#include "hvn-bytes.h"
#include "hvn-pci-config.h"

#define MSIX_ENTRY_LEN       16
#define MSIX_ENTRY_CONTROL   12
#define MSIX_CONTROL_HIGH    3 /* of the capability: the byte with enable and function mask */
#define MSIX_ENABLE          0x80
#define MSIX_FUNCTION_MASK   0x40
#define MSIX_BAR_MASK        7u

void
hvn_pci_config_reset_msix(HvnPciConfig *self)
{
    if (self->msix_cap == 0)
        return;
    memset(self->msix_table, 0, self->msix_n_vectors * MSIX_ENTRY_LEN);
    memset(self->msix_pba, 0, (self->msix_n_vectors + 63) / 64 * 8);
    for (guint i = 0; i < self->msix_n_vectors; i++)
        self->msix_table[i * MSIX_ENTRY_LEN + MSIX_ENTRY_CONTROL] = 1; /* masked */
}

gboolean
hvn_pci_config_get_msix_enabled(const HvnPciConfig *self)
{
    return self->msix_cap != 0 && (self->bytes[self->msix_cap + MSIX_CONTROL_HIGH] & MSIX_ENABLE) != 0;
}

static gboolean
hvn_pci_config_is_msix_masked(const HvnPciConfig *self, guint vector)
{
    if ((self->bytes[self->msix_cap + MSIX_CONTROL_HIGH] & MSIX_FUNCTION_MASK) != 0)
        return TRUE;
    return (self->msix_table[vector * MSIX_ENTRY_LEN + MSIX_ENTRY_CONTROL] & 1) != 0;
}

gboolean
hvn_pci_config_raise_msix(HvnPciConfig *self, guint vector)
{
    if (!hvn_pci_config_get_msix_enabled(self) || vector >= self->msix_n_vectors)
        return FALSE;
    if (!hvn_pci_config_is_msix_masked(self, vector))
        return TRUE;
    self->msix_pba[vector / 8] |= 1u << vector % 8;
    return FALSE;
}

gint
hvn_pci_config_take_pending_msix(HvnPciConfig *self)
{
    if (!hvn_pci_config_get_msix_enabled(self))
        return -1;
    for (guint vector = 0; vector < self->msix_n_vectors; vector++) {
        guint8 bit = 1u << vector % 8;

        if ((self->msix_pba[vector / 8] & bit) == 0 || hvn_pci_config_is_msix_masked(self, vector))
            continue;
        self->msix_pba[vector / 8] &= ~bit;
        return vector;
    }
    return -1;
}

/* the byte of table or pending bits at @offset of @bar; NULL when neither is there */
static guint8 *
hvn_pci_config_find_msix(const HvnPciConfig *self, guint bar, guint64 offset, gboolean *is_table, guint64 *at)
{
    guint32 table = hvn_load_le32(self->bytes + self->msix_cap + 4);
    guint32 pba = hvn_load_le32(self->bytes + self->msix_cap + 8);

    *is_table = TRUE;
    *at = offset - (table & ~MSIX_BAR_MASK);
    if ((table & MSIX_BAR_MASK) == bar && *at < self->msix_n_vectors * MSIX_ENTRY_LEN)
        return self->msix_table + *at;
    *is_table = FALSE;
    *at = offset - (pba & ~MSIX_BAR_MASK);
    if ((pba & MSIX_BAR_MASK) == bar && *at < (self->msix_n_vectors + 63) / 64 * 8)
        return self->msix_pba + *at;
    return NULL;
}

gboolean
hvn_pci_config_has_msix_at(const HvnPciConfig *self, guint bar, guint64 offset)
{
    gboolean is_table;
    guint64 at;

    return self->msix_cap != 0 && hvn_pci_config_find_msix(self, bar, offset, &is_table, &at) != NULL;
}

guint64
hvn_pci_config_read_msix(const HvnPciConfig *self, guint bar, guint64 offset, guint size)
{
    guint64 value = 0;
    gboolean is_table;
    guint64 at;

    g_return_val_if_fail(self->msix_cap != 0 && size <= sizeof value, 0);

    for (guint i = 0; i < size; i++) {
        const guint8 *byte = hvn_pci_config_find_msix(self, bar, offset + i, &is_table, &at);

        if (byte != NULL)
            value |= (guint64)*byte << i * 8;
    }
    return value;
}

/* bits of a byte of a table entry that a write stores: not the two lowest of the address, of control the mask only */
static guint8
hvn_pci_config_get_msix_mask(guint64 at)
{
    guint in_entry = at % MSIX_ENTRY_LEN;

    if (in_entry == 0)
        return 0xfc;
    if (in_entry == MSIX_ENTRY_CONTROL)
        return 0x01;
    return in_entry > MSIX_ENTRY_CONTROL ? 0 : 0xff;
}

void
hvn_pci_config_write_msix(HvnPciConfig *self, guint bar, guint64 offset, guint64 value, guint size)
{
    gboolean is_table;
    guint64 at;

    g_return_if_fail(self->msix_cap != 0 && size <= sizeof value);

    for (guint i = 0; i < size; i++) {
        guint8 *byte = hvn_pci_config_find_msix(self, bar, offset + i, &is_table, &at);

        if (byte != NULL && is_table)
            *byte = value >> i * 8 & hvn_pci_config_get_msix_mask(at);
    }
}
