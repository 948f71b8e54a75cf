/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A running session, as a subcommand sees it: found by its name, asked over its control socket, waited for a bounded time. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _HvnCliSession HvnCliSession;

/**
 * hvn_cli_session_open:
 * @name: (nullable): of a session, or the path of its control socket or of the directory with it; %NULL for the only one that runs
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a connection to the session, or %NULL with %HVN_ERROR set
 */
HvnCliSession *
hvn_cli_session_open(const char *name, GError **error);

/**
 * hvn_cli_session_free:
 * @self: (transfer full) (nullable): hangs up
 */
void
hvn_cli_session_free(HvnCliSession *self);

/**
 * hvn_cli_session_get_name:
 * @self: a session
 *
 * Returns: (transfer none): what it was called when it was opened
 */
const char *
hvn_cli_session_get_name(HvnCliSession *self);

/**
 * hvn_cli_session_get_pid:
 * @self: a session
 *
 * Returns: the process that holds the socket
 */
int
hvn_cli_session_get_pid(HvnCliSession *self);

/**
 * hvn_cli_session_execute:
 * @self: a session
 * @command: of its control interface
 * @arguments: (transfer full) (nullable): of the command
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what it answers, or %NULL with %HVN_ERROR set, also when it does not in some seconds
 */
JsonNode *
hvn_cli_session_execute(HvnCliSession *self, const char *command, JsonObject *arguments, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnCliSession, hvn_cli_session_free)

G_END_DECLS
