/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dgram backend: QEMU's -netdev dgram. The options of dgram.xml are its properties. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_DGRAM_BACKEND (hvn_dgram_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnDgramBackend, hvn_dgram_backend, HVN, DGRAM_BACKEND, HvnBackend)

G_END_DECLS
