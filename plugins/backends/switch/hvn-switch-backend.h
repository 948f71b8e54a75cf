/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch backend: a port of a named network. The options of switch.xml are its properties. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_SWITCH_BACKEND (hvn_switch_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnSwitchBackend, hvn_switch_backend, HVN, SWITCH_BACKEND, HvnBackend)

G_END_DECLS
