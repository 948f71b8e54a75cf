/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ne2k_pci: the RTL8029 as a PCI function with one BAR of I/O ports. */
#pragma once

#include "hvn-ne2k-core.h"

G_BEGIN_DECLS

#define HVN_TYPE_NE2K_PCI (hvn_ne2k_pci_get_type())
GType
hvn_ne2k_pci_get_type(void);

G_END_DECLS
