/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A script or a helper that is run for an interface: each line that it writes is logged, the last one says why where it fails. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

typedef struct _HvnTapCommand HvnTapCommand;

/**
 * HvnTapCommandFunc:
 * @self: the command
 * @data: as given
 *
 * The command has ended; the function may free it.
 */
typedef void (*HvnTapCommandFunc)(HvnTapCommand *self, gpointer data);

/**
 * hvn_tap_command_new:
 * @port: (transfer none): whose dispatcher tells when it ends, and whose name stands before its lines; must outlive it
 * @what: what it is, for messages, such as "script '/etc/qemu-ifup'"
 * @argv: (array zero-terminated=1): the command
 * @extra_fd: a descriptor that it finds under the same number, -1 for none
 * @done: (nullable): called once from the dispatcher when it has ended
 * @data: (nullable): for @done
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the running command, %NULL with %HVN_ERROR set when it cannot be run
 */
HvnTapCommand *
hvn_tap_command_new(HvnPort *port, const char *what, const char *const *argv, int extra_fd, HvnTapCommandFunc done, gpointer data,
                    GError **error);

/**
 * hvn_tap_command_wait:
 * @self: a command
 * @timeout_ms: how long
 *
 * Waits for the end without the dispatcher, and logs what the command writes.
 *
 * Returns: whether it has ended
 */
gboolean
hvn_tap_command_wait(HvnTapCommand *self, guint timeout_ms);

/**
 * hvn_tap_command_check:
 * @self: a command that has ended
 * @error: return location
 *
 * Returns: whether it ended with status 0; %FALSE with %HVN_ERROR set otherwise, and its last line in the message
 */
gboolean
hvn_tap_command_check(HvnTapCommand *self, GError **error);

/**
 * hvn_tap_command_free:
 * @self: (transfer full) (nullable): a command; one that still runs is ended
 */
void
hvn_tap_command_free(HvnTapCommand *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnTapCommand, hvn_tap_command_free)

G_END_DECLS
