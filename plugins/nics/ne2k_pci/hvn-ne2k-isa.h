/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ne2k_isa: an NE2000 with a DP8390 at 32 I/O ports and an interrupt line that its options name; no PCI function. */
#pragma once

#include "hvn-ne2k-core.h"

G_BEGIN_DECLS

#define HVN_TYPE_NE2K_ISA (hvn_ne2k_isa_get_type())
GType
hvn_ne2k_isa_get_type(void);

G_END_DECLS
