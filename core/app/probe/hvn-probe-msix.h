/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSI-X as the guest sees it (PCI Local Bus Specification 3.0, 6.8.2): the capability, the table, and switching it on. */
#pragma once

#include "hvn-probe-guest.h"

G_BEGIN_DECLS

#define HVN_PROBE_MSIX_CONTROL 2 /* in the capability: bits 10:0 the size of the table less 1, 14 masks all, 15 enables */
#define HVN_PROBE_MSIX_ENABLE  0x8000u

/**
 * hvn_probe_msix_find:
 * @guest: an enumerated machine
 *
 * Returns: where the capability is in configuration space, 0 when there is none
 */
guint
hvn_probe_msix_find(HvnProbeGuest *guest);

/**
 * hvn_probe_msix_enable:
 * @guest: an enumerated machine
 * @n_vectors: vectors that the driver wants, 1 or more
 *
 * Fills that many entries of the table, unmasks them, and switches MSI-X on; interrupts are messages from now on.
 *
 * Returns: %FALSE when the device has no MSI-X, or too few vectors: nothing is changed then
 */
gboolean
hvn_probe_msix_enable(HvnProbeGuest *guest, guint n_vectors);

G_END_DECLS
