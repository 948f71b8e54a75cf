/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user network: NAT, DHCP, DNS forwarding, TFTP, SMB and port forwards in this process, without privileges, by libslirp. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

#define HVN_TYPE_USER_BACKEND (hvn_user_backend_get_type())
G_DECLARE_FINAL_TYPE(HvnUserBackend, hvn_user_backend, HVN, USER_BACKEND, HvnBackend)

/**
 * hvn_user_backend_add_hostfwd:
 * @self: a backend that runs
 * @rule: a rule of hostfwd
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_user_backend_add_hostfwd(HvnUserBackend *self, const char *rule, GError **error);

/**
 * hvn_user_backend_remove_hostfwd:
 * @self: a backend that runs
 * @rule: a rule as it was added, or its host side
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_user_backend_remove_hostfwd(HvnUserBackend *self, const char *rule, GError **error);

G_END_DECLS
