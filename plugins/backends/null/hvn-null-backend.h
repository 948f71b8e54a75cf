/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend without a host behind it: it takes every frame, counts it, and never sends one. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_NULL_BACKEND (hvn_null_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnNullBackend, hvn_null_backend, HVN, NULL_BACKEND, HvnBackend)

/* Read-only properties: "frames" and "bytes" (uint64), what was taken since the backend was started the last time. */

G_END_DECLS
