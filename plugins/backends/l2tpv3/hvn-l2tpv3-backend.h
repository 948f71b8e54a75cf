/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend that is one end of a static L2TPv3 tunnel: options of QEMU's -netdev l2tpv3. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_L2TPV3_BACKEND (hvn_l2tpv3_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnL2tpv3Backend, hvn_l2tpv3_backend, HVN, L2TPV3_BACKEND, HvnBackend)

G_END_DECLS
