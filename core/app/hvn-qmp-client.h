/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Speaks QMP to a server: QEMU's monitor, or a control socket of ours. The greeting is waited for and answered with qmp_capabilities;
 * commands go out in order with an id each, and each reply finds the one who asked. Events are told as they come. */
#pragma once

#include "hvn-json-lines.h"

G_BEGIN_DECLS

#define HVN_QMP_CLIENT_MAX_LEN (1024 * 1024) /* bytes of the longest message that is taken */

typedef struct _HvnQmpClient HvnQmpClient;

/**
 * HvnQmpClientHandlers:
 * @ready: (nullable): the server takes commands from now on
 * @event: (nullable): an event, with its data, both lent; the data is %NULL for an event without
 * @closed: (nullable): the server is gone and nothing comes any more; the error is lent, and %NULL when it went in order
 *
 * Who is told. Each may call any function, hvn_qmp_client_free() included.
 */
typedef struct {
    void (*ready)(HvnQmpClient *client, gpointer data);
    void (*event)(HvnQmpClient *client, const char *name, JsonObject *event, gpointer data);
    void (*closed)(HvnQmpClient *client, const GError *error, gpointer data);
} HvnQmpClientHandlers;

/**
 * HvnQmpReply:
 * @client: the client
 * @result: (nullable): what the command returned; lent
 * @error: (nullable): why it failed, when it did; lent. %HVN_ERROR_NOT_FOUND for a device that does not exist, %HVN_ERROR_IO when the
 *   server went before it answered, %HVN_ERROR_FAILED for the rest
 * @data: what was given to hvn_qmp_client_execute()
 *
 * The answer to a command. May call any function, hvn_qmp_client_free() included.
 */
typedef void (*HvnQmpReply)(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data);

/**
 * hvn_qmp_client_new:
 * @dispatcher: (transfer none): where it runs; must outlive it
 * @fd: (transfer full): a connected stream socket with a QMP server at its other end
 * @handlers: static; who is told
 * @data: (nullable): for @handlers
 *
 * Returns: (transfer full): a client that waits for the greeting
 */
HvnQmpClient *
hvn_qmp_client_new(HvnDispatcher *dispatcher, int fd, const HvnQmpClientHandlers *handlers, gpointer data);

/**
 * hvn_qmp_client_free:
 * @self: (transfer full) (nullable): a client; nobody is told of it, and commands without an answer get none
 */
void
hvn_qmp_client_free(HvnQmpClient *self);

/**
 * hvn_qmp_client_execute:
 * @self: a client
 * @command: its name
 * @arguments: (transfer full) (nullable): its arguments
 * @reply: (nullable): called once with the answer, from a later iteration
 * @data: (nullable): for @reply
 *
 * Sends a command, or keeps it until the server takes commands.
 */
void
hvn_qmp_client_execute(HvnQmpClient *self, const char *command, JsonObject *arguments, HvnQmpReply reply, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnQmpClient, hvn_qmp_client_free)

G_END_DECLS
