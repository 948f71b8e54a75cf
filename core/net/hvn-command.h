/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program that a backend starts, such as a script, a helper or a server: each line that it writes is logged, the last one says why where it fails. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

typedef struct _HvnCommand HvnCommand;

/**
 * HvnCommandFunc:
 * @self: the command
 * @data: as given
 *
 * The command has ended; the function may free it.
 */
typedef void (*HvnCommandFunc)(HvnCommand *self, gpointer data);

/**
 * hvn_command_new: (skip)
 * @port: (transfer none): whose dispatcher tells when it ends, and whose name stands before its lines; must outlive it
 * @what: what it is, for messages, such as "script '/etc/qemu-ifup'"
 * @argv: (array zero-terminated=1): the command
 * @extra_fd: a descriptor that it finds under the same number, -1 for none
 * @leave: what it leaves running when it ends stays, as a script may start a server for its interface; otherwise that is ended too
 * @done: (nullable): called once from the dispatcher when it has ended
 * @data: (nullable): for @done
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the running command, %NULL with %HVN_ERROR set when it cannot be run
 */
HvnCommand *
hvn_command_new(HvnPort *port, const char *what, const char *const *argv, int extra_fd, gboolean leave, HvnCommandFunc done,
                gpointer data, GError **error);

/**
 * hvn_command_wait: (skip)
 * @self: a command
 * @timeout_ms: how long
 *
 * Waits for the end without the dispatcher, and logs what the command writes.
 *
 * Returns: whether it has ended
 */
gboolean
hvn_command_wait(HvnCommand *self, guint timeout_ms);

/**
 * hvn_command_check: (skip)
 * @self: a command that has ended
 * @error: return location
 *
 * Returns: whether it ended with status 0; %FALSE with %HVN_ERROR set otherwise, and its last line in the message
 */
gboolean
hvn_command_check(HvnCommand *self, GError **error);

/**
 * hvn_command_free: (skip)
 * @self: (transfer full) (nullable): a command; one that still runs is ended
 */
void
hvn_command_free(HvnCommand *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnCommand, hvn_command_free)

G_END_DECLS
