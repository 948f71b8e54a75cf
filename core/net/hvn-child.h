/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command that a backend starts: guestfwd's cmd:, smbd, an ifup script, a bridge helper. It runs in a session of its own, so that all it
 * started can be ended with it. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnChild HvnChild;

/**
 * HvnChildFunc:
 * @self: the command
 * @data: as given
 *
 * The command has ended; the function may free it.
 */
typedef void (*HvnChildFunc)(HvnChild *self, gpointer data);

/**
 * HvnChildFiles:
 * @input: standard input, -1 for /dev/null
 * @output: standard output, -1 for /dev/null
 * @error: standard error, -1 for that of this process
 * @extra: a descriptor that the command finds under the same number, -1 for none
 * @leave: what the command leaves running when it ends stays; otherwise it is ended too
 *
 * What a command inherits; all other descriptors are closed.
 */
typedef struct {
    int      input;
    int      output;
    int      error;
    int      extra;
    gboolean leave;
} HvnChildFiles;

/**
 * hvn_child_new:
 * @dispatcher: (transfer none): tells when it ends
 * @argv: (array zero-terminated=1): the command; one without a slash is looked for in PATH
 * @files: what it inherits; the descriptors stay the caller's
 * @done: (nullable): called once from the dispatcher when it has ended
 * @data: (nullable): for @done
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the running command
 */
HvnChild *
hvn_child_new(HvnDispatcher *dispatcher, char **argv, const HvnChildFiles *files, HvnChildFunc done, gpointer data, GError **error);

/**
 * hvn_child_has_ended:
 * @self: a command
 *
 * Looks now, and does not wait.
 *
 * Returns: whether the command has ended
 */
gboolean
hvn_child_has_ended(HvnChild *self);

/**
 * hvn_child_get_status:
 * @self: a command that has ended
 *
 * Returns: how, as waitpid() says it
 */
int
hvn_child_get_status(HvnChild *self);

/**
 * hvn_child_terminate:
 * @self: a command
 *
 * Asks it and all it started to end, and does not wait.
 */
void
hvn_child_terminate(HvnChild *self);

/**
 * hvn_child_free:
 * @self: (transfer full) (nullable): a command; ended within half a second if it still runs
 */
void
hvn_child_free(HvnChild *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnChild, hvn_child_free)

G_END_DECLS
