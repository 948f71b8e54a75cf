/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command whose standard input and output are a socket, as guestfwd's cmd: and smb start one for each connection. It runs in a
 * session of its own, so that all it started can be ended with it. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnUserChild HvnUserChild;

/**
 * HvnUserChildFunc:
 * @self: the command
 * @data: as given
 *
 * The command has ended; the function frees it.
 */
typedef void (*HvnUserChildFunc)(HvnUserChild *self, gpointer data);

/**
 * hvn_user_child_new:
 * @dispatcher: (transfer none): tells when it ends
 * @argv: (array zero-terminated=1): the command
 * @fd: (transfer none): its standard input, output and error
 * @done: called once from the dispatcher when it has ended
 * @data: for @done
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the running command
 */
HvnUserChild *
hvn_user_child_new(HvnDispatcher *dispatcher, char **argv, int fd, HvnUserChildFunc done, gpointer data, GError **error);

/**
 * hvn_user_child_terminate:
 * @self: a command
 *
 * Asks it and all it started to end, and does not wait.
 */
void
hvn_user_child_terminate(HvnUserChild *self);

/**
 * hvn_user_child_free:
 * @self: (transfer full) (nullable): a command; ended within half a second if it still runs
 */
void
hvn_user_child_free(HvnUserChild *self);

G_END_DECLS
