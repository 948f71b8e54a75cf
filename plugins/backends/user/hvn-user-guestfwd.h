/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest finds at addresses of its network beside host and DNS: the rules of guestfwd, and smb. libslirp forgets them
 * when it is cleaned up, so this is freed together with it. */
#pragma once

#include <libslirp.h>

#include "hvn-dispatcher.h"
#include "hvn-user-net.h"

G_BEGIN_DECLS

typedef struct _HvnUserGuestfwd HvnUserGuestfwd;

/**
 * hvn_user_guestfwd_new:
 * @dispatcher: (transfer none): runs the services
 * @slirp: (transfer none): outlives it
 * @net: (transfer none): outlives it
 *
 * Returns: (transfer full): an empty set of services
 */
HvnUserGuestfwd *
hvn_user_guestfwd_new(HvnDispatcher *dispatcher, Slirp *slirp, const HvnUserNet *net);

/**
 * hvn_user_guestfwd_free:
 * @self: (transfer full) (nullable): the services; connections, commands and files go with them
 */
void
hvn_user_guestfwd_free(HvnUserGuestfwd *self);

/**
 * hvn_user_guestfwd_add:
 * @self: the services
 * @text: a rule of guestfwd
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_user_guestfwd_add(HvnUserGuestfwd *self, const char *text, GError **error);

/**
 * hvn_user_guestfwd_add_smb:
 * @self: the services
 * @share: (type filename): a directory
 * @error: return location
 *
 * Serves the directory at the address of smbserver.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_user_guestfwd_add_smb(HvnUserGuestfwd *self, const char *share, GError **error);

/**
 * hvn_user_guestfwd_accept:
 * @self: the services
 *
 * Takes the connections that libslirp has made.
 */
void
hvn_user_guestfwd_accept(HvnUserGuestfwd *self);

G_END_DECLS
