/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unix stream socket that listens for clients of a device server: made at a path, or handed over as a descriptor. */
#pragma once

#include "hvn-watch.h"

G_BEGIN_DECLS

typedef struct _HvnSocketListener HvnSocketListener;

/**
 * HvnSocketAccepted:
 * @fd: (transfer full): the client's socket
 * @data: what was given to hvn_socket_listener_new()
 */
typedef void (*HvnSocketAccepted)(int fd, gpointer data);

/**
 * hvn_socket_listener_open:
 * @path: (type filename): where the socket goes, mode 0600; a socket that nobody listens on any more is replaced
 * @error: return location
 *
 * For who hands the socket to another process, which uses hvn_socket_listener_new_for_fd(), and removes it afterwards.
 *
 * Returns: a socket that listens, or -1 with %HVN_ERROR_IN_USE, %HVN_ERROR_INVALID_CONFIG, %HVN_ERROR_NOT_FOUND or %HVN_ERROR_IO set
 */
int
hvn_socket_listener_open(const char *path, GError **error);

/**
 * hvn_socket_listener_new:
 * @dispatcher: (transfer none): where it runs
 * @path: (type filename): where the socket goes, mode 0600; a socket that nobody listens on any more is replaced
 * @accepted: called for each client
 * @data: (nullable): for @accepted
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a listener that accepts, or %NULL with %HVN_ERROR_IN_USE, %HVN_ERROR_INVALID_CONFIG,
 *   %HVN_ERROR_NOT_FOUND or %HVN_ERROR_IO set
 */
HvnSocketListener *
hvn_socket_listener_new(HvnDispatcher *dispatcher, const char *path, HvnSocketAccepted accepted, gpointer data, GError **error);

/**
 * hvn_socket_listener_new_for_fd:
 * @dispatcher: (transfer none): where it runs
 * @fd: (transfer full): a socket that listens already
 * @accepted: called for each client
 * @data: (nullable): for @accepted
 *
 * Returns: (transfer full): a listener that accepts
 */
HvnSocketListener *
hvn_socket_listener_new_for_fd(HvnDispatcher *dispatcher, int fd, HvnSocketAccepted accepted, gpointer data);

/**
 * hvn_socket_listener_free:
 * @self: (transfer full) (nullable): a listener; the socket that it made is removed
 */
void
hvn_socket_listener_free(HvnSocketListener *self);

/**
 * hvn_socket_listener_pause:
 * @self: a listener
 *
 * Accepts no more for now; clients wait in the kernel's queue.
 */
void
hvn_socket_listener_pause(HvnSocketListener *self);

/**
 * hvn_socket_listener_resume:
 * @self: a listener
 *
 * Accepts again.
 */
void
hvn_socket_listener_resume(HvnSocketListener *self);

G_END_DECLS
