/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control socket of `hvnet run`: DIR/control.sock, found by the session's name. Who runs adds the commands. */
#pragma once

#include "hvn-control.h"

G_BEGIN_DECLS

#define HVN_RUN_CONTROL_FILE "control.sock"

typedef struct _HvnRunControl HvnRunControl;

/**
 * hvn_run_control_new:
 * @dispatcher: (transfer none): where it runs
 * @dir: (type filename): absolute, where the socket goes
 * @name: (nullable): the session's name, as the user wants it
 * @domain: (nullable): without one, the name that the configuration has; when that cannot be, or another session has it, its own name is
 *   made from it and our process
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a control socket with its link, or %NULL with %HVN_ERROR set
 */
HvnRunControl *
hvn_run_control_new(HvnDispatcher *dispatcher, const char *dir, const char *name, const char *domain, GError **error);

/**
 * hvn_run_control_free:
 * @self: (transfer full) (nullable): hangs up, and removes socket and link
 */
void
hvn_run_control_free(HvnRunControl *self);

/**
 * hvn_run_control_get_control:
 * @self: a control socket
 *
 * Returns: (transfer none): its server
 */
HvnControl *
hvn_run_control_get_control(HvnRunControl *self);

/**
 * hvn_run_control_get_name:
 * @self: a control socket
 *
 * Returns: (transfer none): the session's name
 */
const char *
hvn_run_control_get_name(HvnRunControl *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnRunControl, hvn_run_control_free)

G_END_DECLS
