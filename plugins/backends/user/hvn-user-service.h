/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stands behind a guestfwd rule or smb. libslirp connects to a unix socket of ours for each connection of the guest, so
 * every one has its own target: a bridge to a TCP or unix server, or a command.
 *
 *   guest --TCP--> libslirp --unix--> service --bridge--> server
 *                                             --stdin, stdout--> command
 */
#pragma once

#include "hvn-dispatcher.h"
#include "hvn-user-forward.h"

G_BEGIN_DECLS

typedef struct _HvnUserService HvnUserService;

/**
 * hvn_user_service_new:
 * @dispatcher: (transfer none): runs it
 * @path: where its socket stands, in a private directory
 * @rule: target of the connections
 * @error: return location
 *
 * Looks up the target's name, and listens.
 *
 * Returns: (transfer full) (nullable): the service
 */
HvnUserService *
hvn_user_service_new(HvnDispatcher *dispatcher, const char *path, const HvnUserGuestForward *rule, GError **error);

/**
 * hvn_user_service_new_command:
 * @dispatcher: (transfer none): runs it
 * @path: where its socket stands, in a private directory
 * @argv: (array zero-terminated=1): what is started for each connection
 * @inet: whether its standard input has to be a TCP socket, as smbd's
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the service
 */
HvnUserService *
hvn_user_service_new_command(HvnDispatcher *dispatcher, const char *path, const char *const *argv, gboolean inet, GError **error);

/**
 * hvn_user_service_free:
 * @self: (transfer full) (nullable): a service; connections are closed and commands ended
 */
void
hvn_user_service_free(HvnUserService *self);

/**
 * hvn_user_service_accept:
 * @self: a service
 *
 * Takes the connections that wait. libslirp's connect() blocks when too many do, so this follows each batch of the guest's.
 */
void
hvn_user_service_accept(HvnUserService *self);

G_END_DECLS
