/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One client of a control server: greeting, negotiation, requests one after the other, replies, events. Internal to the control interface.
 *
 *   line -> {"execute", "arguments", "id"} -> call -> execute() of the server -> hvn_control_call_return() or _fail() -> line
 *
 * While a call waits for its answer the client is held back, so a client has at most one. */
#pragma once

#include "hvn-control.h"

G_BEGIN_DECLS

typedef struct _HvnControlPeer HvnControlPeer;

/**
 * HvnControlPeerFuncs:
 * @execute: a request has come; the call is to be answered, now or later
 * @gone: the client has gone; to be freed from here
 *
 * The server that a client belongs to.
 */
typedef struct {
    void (*execute)(gpointer server, HvnControlCall *call);
    void (*gone)(gpointer server, HvnControlPeer *peer);
} HvnControlPeerFuncs;

/**
 * hvn_control_peer_new:
 * @dispatcher: (transfer none): where it runs
 * @fd: (transfer full): a connected stream socket
 * @funcs: static; the server
 * @server: for @funcs
 *
 * Returns: (transfer full): a client that has been greeted
 */
HvnControlPeer *
hvn_control_peer_new(HvnDispatcher *dispatcher, int fd, const HvnControlPeerFuncs *funcs, gpointer server);

/**
 * hvn_control_peer_free:
 * @self: (transfer full) (nullable): hangs up; a call that waits is answered to nobody
 */
void
hvn_control_peer_free(HvnControlPeer *self);

/**
 * hvn_control_peer_refuse:
 * @self: a client
 * @message: why
 *
 * Says why it is not served. To be freed then.
 */
void
hvn_control_peer_refuse(HvnControlPeer *self, const char *message);

/**
 * hvn_control_peer_send_event:
 * @self: a client
 * @event: (transfer none): what all clients get; one that has not negotiated yet gets none
 */
void
hvn_control_peer_send_event(HvnControlPeer *self, JsonNode *event);

/**
 * hvn_control_call_get_name:
 * @self: a call
 *
 * Returns: the command that was asked for, which need not exist
 */
const char *
hvn_control_call_get_name(HvnControlCall *self);

/**
 * hvn_control_call_set_command:
 * @self: a call
 * @command: its row
 */
void
hvn_control_call_set_command(HvnControlCall *self, const HvnControlCommand *command);

/**
 * hvn_control_call_fail_not_found:
 * @self: (transfer full): a call of a command that does not exist
 * @message: what is wrong
 */
void
hvn_control_call_fail_not_found(HvnControlCall *self, const char *message);

/**
 * hvn_control_version:
 *
 * Returns: (transfer full): the version, as a greeting and query-version say it
 */
JsonObject *
hvn_control_version(void);

G_END_DECLS
