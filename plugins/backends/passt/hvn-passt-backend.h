/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend that is passt, a program of its own: options of QEMU's -netdev passt. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_PASST_BACKEND (hvn_passt_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnPasstBackend, hvn_passt_backend, HVN, PASST_BACKEND, HvnBackend)

G_END_DECLS
