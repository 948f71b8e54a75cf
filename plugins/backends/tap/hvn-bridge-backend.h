/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend on a bridge of the host, by way of QEMU's bridge helper: no privileges are needed here. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_BRIDGE_BACKEND (hvn_bridge_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnBridgeBackend, hvn_bridge_backend, HVN, BRIDGE_BACKEND, HvnBackend)

/* Read-only properties of the time since the backend was started the last time: "interface" (string), the name of the tap that the helper has
 * made, and "sent" (uint64), frames from the guest that the kernel took. */

G_END_DECLS
