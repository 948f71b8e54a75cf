/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hubport backend: QEMU's -netdev hubport. The options of hubport.xml are its properties. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_HUBPORT_BACKEND (hvn_hubport_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnHubportBackend, hvn_hubport_backend, HVN, HUBPORT_BACKEND, HvnBackend)

G_END_DECLS
