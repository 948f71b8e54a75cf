/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSI-X as the guest sees it. Address and data of a message are for a machine with an interrupt controller; ours is told the vector, so
 * they are only what a kernel would write. */
#include "hvn-probe-msix.h"

#define PCI_CAP_MSIX 0x11

#define MSIX_SIZE_MASK 0x7ffu
#define MSIX_TABLE     4 /* in the capability: offset, and in the low three bits the BAR */
#define ENTRY_SIZE     16
#define ENTRY_ADDRESS  0
#define ENTRY_UPPER    4
#define ENTRY_DATA     8
#define ENTRY_CONTROL  12 /* bit 0 masks */

#define MESSAGE_ADDRESS 0xfee00000u

guint
hvn_probe_msix_find(HvnProbeGuest *guest)
{
    return hvn_probe_guest_find_capability(guest, PCI_CAP_MSIX, 0);
}

gboolean
hvn_probe_msix_enable(HvnProbeGuest *guest, guint n_vectors)
{
    guint at = hvn_probe_msix_find(guest);
    guint control = at != 0 ? hvn_probe_guest_read_config(guest, at + HVN_PROBE_MSIX_CONTROL, 2) : 0;
    guint32 table = at != 0 ? hvn_probe_guest_read_config(guest, at + MSIX_TABLE, 4) : 0;
    guint bar = table & 7;

    table &= ~7u;
    if (at == 0 || (control & MSIX_SIZE_MASK) + 1 < n_vectors || bar >= HVN_PCI_N_BARS ||
        (guint64)table + n_vectors * ENTRY_SIZE > hvn_probe_guest_get_pci(guest)->bars[bar].size)
        return FALSE;
    for (guint i = 0; i < n_vectors; i++) {
        guint64 entry = table + i * ENTRY_SIZE;

        hvn_probe_guest_write(guest, bar, entry + ENTRY_ADDRESS, MESSAGE_ADDRESS);
        hvn_probe_guest_write(guest, bar, entry + ENTRY_UPPER, 0);
        hvn_probe_guest_write(guest, bar, entry + ENTRY_DATA, i);
        hvn_probe_guest_write(guest, bar, entry + ENTRY_CONTROL, 0);
    }
    hvn_probe_guest_write_config(guest, at + HVN_PROBE_MSIX_CONTROL, control | HVN_PROBE_MSIX_ENABLE, 2);
    return (hvn_probe_guest_read_config(guest, at + HVN_PROBE_MSIX_CONTROL, 2) & HVN_PROBE_MSIX_ENABLE) != 0;
}
