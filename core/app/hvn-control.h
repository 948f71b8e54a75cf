/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control interface of a running program: a private socket that speaks QMP's dialect. Newline-delimited JSON, a greeting,
 * `qmp_capabilities`, then {"execute": ..., "arguments": ..., "id": ...}, each answered by "return" or "error" {"class", "desc"}, and
 * events.
 *
 * It serves several clients at once, on the dispatcher that frames run on: a command is done at once, or handed to a router that answers
 * later. A client is trusted to be of the same user (the socket has mode 0600) and no further: what it may send and leave unread is bounded.
 *
 * hvn-control-session.h has the commands that concern a session. */
#pragma once

#include "hvn-control-command.h"
#include "hvn-dispatcher.h"

G_BEGIN_DECLS

#define HVN_CONTROL_MESSAGE_MAX 65536 /* bytes of a request */
#define HVN_CONTROL_CLIENTS_MAX 16    /* served at once; another is told so */

#define HVN_TYPE_CONTROL (hvn_control_get_type())
G_DECLARE_FINAL_TYPE(HvnControl, hvn_control, HVN, CONTROL, GObject)

/* Signal "quit": a client asks the program to end, and has its answer. */

/**
 * hvn_control_new:
 * @dispatcher: (transfer none): where it runs
 *
 * Returns: (transfer full): a server without clients, with query-version, query-commands and quit
 */
HvnControl *
hvn_control_new(HvnDispatcher *dispatcher);

/**
 * hvn_control_add_commands:
 * @self: a server
 * @commands: (array length=n_commands): static rows; one of a name that is there already takes its place
 * @n_commands: how many
 * @target: (nullable): for their functions; lives until hvn_control_remove_commands()
 */
void
hvn_control_add_commands(HvnControl *self, const HvnControlCommand *commands, guint n_commands, gpointer target);

/**
 * hvn_control_remove_commands:
 * @self: a server
 * @target: (nullable): commands with this target go
 */
void
hvn_control_remove_commands(HvnControl *self, gpointer target);

/**
 * hvn_control_listen:
 * @self: a server that does not listen
 * @path: (type filename): where the socket goes, mode 0600; a socket that nobody listens on any more is replaced
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_IN_USE, %HVN_ERROR_INVALID_CONFIG or %HVN_ERROR_IO set
 */
gboolean
hvn_control_listen(HvnControl *self, const char *path, GError **error);

/**
 * hvn_control_attach_fd:
 * @self: a server
 * @fd: (transfer full): a connected stream socket with a client at its other end, such as one of a socketpair()
 */
void
hvn_control_attach_fd(HvnControl *self, int fd);

/**
 * hvn_control_emit:
 * @self: a server
 * @event: its name, in capitals
 * @data: (transfer full) (nullable): what it says
 *
 * Sends an event to every client.
 */
void
hvn_control_emit(HvnControl *self, const char *event, JsonObject *data);

/**
 * hvn_control_stop:
 * @self: a server
 *
 * Tells clients SHUTDOWN, hangs up, and removes the socket. Idempotent.
 */
void
hvn_control_stop(HvnControl *self);

/* ---- where the interfaces are in other processes ---- */

/**
 * HvnControlCall:
 *
 * What a client has asked for and waits for.
 */
typedef struct _HvnControlCall HvnControlCall;

/**
 * HvnControlRouter:
 * @call: (transfer full): what a client asks for, checked; to be answered by hvn_control_call_return() or hvn_control_call_fail(), now or later
 * @data: what was given to hvn_control_set_router()
 */
typedef void (*HvnControlRouter)(HvnControlCall *call, gpointer data);

/**
 * hvn_control_set_router:
 * @self: a server
 * @router: (nullable): gets every command whose scope is not %HVN_CONTROL_SELF; its row's function is not called then
 * @data: (nullable): for @router
 *
 * For a supervisor, whose rows are those of the processes that it passes commands on to.
 */
void
hvn_control_set_router(HvnControl *self, HvnControlRouter router, gpointer data);

/**
 * hvn_control_call_get_command:
 * @self: a call
 *
 * Returns: (transfer none): its row
 */
const HvnControlCommand *
hvn_control_call_get_command(HvnControlCall *self);

/**
 * hvn_control_call_get_arguments:
 * @self: a call
 *
 * Returns: (transfer none): what the client sent, checked
 */
JsonObject *
hvn_control_call_get_arguments(HvnControlCall *self);

/**
 * hvn_control_call_return:
 * @self: (transfer full): a call
 * @value: (transfer full) (nullable): the answer, %NULL for an empty object
 *
 * Answers. A client that has gone meanwhile is no matter.
 */
void
hvn_control_call_return(HvnControlCall *self, JsonNode *value);

/**
 * hvn_control_call_fail:
 * @self: (transfer full): a call
 * @error: why; %HVN_ERROR_NOT_FOUND is QMP's class DeviceNotFound, all else GenericError
 *
 * Answers with an error.
 */
void
hvn_control_call_fail(HvnControlCall *self, const GError *error);

G_END_DECLS
