/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend on a tap of the kernel: what the guest sends the host receives from an interface, and the other way round. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_TAP_BACKEND (hvn_tap_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnTapBackend, hvn_tap_backend, HVN, TAP_BACKEND, HvnBackend)

/* Read-only properties of the time since the backend was started the last time: "interface" (string), the name of the interface, and "sent"
 * (uint64), frames from the guest that the kernel took. */

G_END_DECLS
