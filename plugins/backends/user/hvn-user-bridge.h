/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Carries bytes between two stream sockets, both ways, with bounded buffers and half-close: a guest's connection and the server
 * that a guestfwd rule leads it to. */
#pragma once

#include <sys/socket.h>

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

typedef struct _HvnUserBridge HvnUserBridge;

/**
 * HvnUserBridgeFunc:
 * @self: the bridge
 * @data: as given
 *
 * Both ways have ended; the function frees the bridge.
 */
typedef void (*HvnUserBridgeFunc)(HvnUserBridge *self, gpointer data);

/**
 * hvn_user_bridge_new:
 * @dispatcher: (transfer none): runs it
 * @fd: (transfer full): a connected stream socket, non-blocking
 * @address: where to connect the other side
 * @address_len: bytes of @address
 * @done: called once from the dispatcher when the bridge has ended
 * @data: for @done
 *
 * Returns: (transfer full) (nullable): a bridge that connects, or %NULL with errno set; @fd is closed then
 */
HvnUserBridge *
hvn_user_bridge_new(HvnDispatcher *dispatcher, int fd, const struct sockaddr *address, socklen_t address_len,
                    HvnUserBridgeFunc done, gpointer data);

/**
 * hvn_user_bridge_get_server_fd:
 * @self: a bridge
 *
 * Returns: the socket of the side that it connected
 */
int
hvn_user_bridge_get_server_fd(const HvnUserBridge *self);

/**
 * hvn_user_bridge_free:
 * @self: (transfer full) (nullable): a bridge; both sockets are closed
 */
void
hvn_user_bridge_free(HvnUserBridge *self);

G_END_DECLS
