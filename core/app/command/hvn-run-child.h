/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The emulator as a child of `hvnet run`: it has the terminal and the descriptors that we were given, gets the signals that ask us to
 * end, and its exit status becomes ours. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnRunChild HvnRunChild;

/**
 * hvn_run_child_read:
 * @argv: (array zero-terminated=1): the emulator and a question such as --version
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what it answers, or %NULL with %HVN_ERROR set when it cannot be run
 */
char *
hvn_run_child_read(const char *const *argv, GError **error);

/**
 * hvn_run_child_write_monitor:
 * @monitor_fd: a socket that the emulator is to have
 * @error: return location
 *
 * Returns: a file for QEMU's -readconfig that gives it a monitor on that socket, or -1 with %HVN_ERROR set
 */
int
hvn_run_child_write_monitor(int monitor_fd, GError **error);

/**
 * hvn_run_child_start:
 * @dispatcher: (transfer none): where it is waited for
 * @argv: (array zero-terminated=1): what to run; a name without a slash is looked for in PATH
 * @fds: descriptors of ours that it is to have, -1 at the end
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the running child, or %NULL with %HVN_ERROR set
 */
HvnRunChild *
hvn_run_child_start(HvnDispatcher *dispatcher, char **argv, const int *fds, GError **error);

/**
 * hvn_run_child_free:
 * @self: (nullable): a child that has ended
 */
void
hvn_run_child_free(HvnRunChild *self);

/**
 * hvn_run_child_signal:
 * @self: a child
 * @signal_number: what to send it, if it still runs
 */
void
hvn_run_child_signal(HvnRunChild *self, int signal_number);

/**
 * hvn_run_child_get_ended:
 * @self: a child
 * @status: (out): its exit status, or 128 and the number of the signal that ended it
 *
 * Returns: whether it has ended
 */
gboolean
hvn_run_child_get_ended(HvnRunChild *self, int *status);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnRunChild, hvn_run_child_free)

G_END_DECLS
