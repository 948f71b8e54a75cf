/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's end of HvnFdChannel: it waits, for so long, for room and for answers. What the clients of both protocols are made of. */
#pragma once

#include "hvn-fd-channel.h"

G_BEGIN_DECLS

typedef struct _HvnFdClient HvnFdClient;

/**
 * hvn_fd_client_new:
 * @fd: (transfer full): a connected unix stream socket
 * @max_message: largest message in bytes
 * @size_of: tells how long a message is
 * @timeout_ms: how long to wait for the other end
 *
 * Returns: (transfer full): a client
 */
HvnFdClient *
hvn_fd_client_new(int fd, gsize max_message, HvnFdChannelSizeFunc size_of, guint timeout_ms);

/**
 * hvn_fd_client_connect:
 * @path: (type filename): of a socket that a server listens on
 * @error: return location
 *
 * Returns: a connected socket, or -1 with %HVN_ERROR set
 */
int
hvn_fd_client_connect(const char *path, GError **error);

/**
 * hvn_fd_client_free:
 * @self: (transfer full) (nullable): a client; hangs up
 */
void
hvn_fd_client_free(HvnFdClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnFdClient, hvn_fd_client_free)

/**
 * hvn_fd_client_send:
 * @self: a client
 * @data: a whole message
 * @len: its bytes
 * @fds: (nullable) (array length=n_fds): descriptors that belong to it
 * @n_fds: how many, up to %HVN_FD_CHANNEL_MAX_FDS
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set when the server is gone or takes nothing; every later call fails at once then
 */
gboolean
hvn_fd_client_send(HvnFdClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds, GError **error);

/**
 * hvn_fd_client_receive:
 * @self: a client
 * @message: (out caller-allocates): the next message, valid until the next call
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set when the server is gone or sends nothing; every later call fails at once then
 */
gboolean
hvn_fd_client_receive(HvnFdClient *self, HvnFdMessage *message, GError **error);

G_END_DECLS
