/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The backend that is a port of a VDE switch, or another network that libvdeplug knows: options of QEMU's -netdev vde. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_VDE_BACKEND (hvn_vde_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnVdeBackend, hvn_vde_backend, HVN, VDE_BACKEND, HvnBackend)

G_END_DECLS
