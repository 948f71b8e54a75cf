/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend's frames over streams: the wire of QEMU's stream, and of socket's listen and connect.
 *
 *   client   connecting -> up -> (the peer goes) -> connecting, after a pause that grows; or down
 *   server   listening -> up while there is a peer; there may be several
 *
 * With several peers it is a hub: what one sends goes to the guest and to all others, what the guest sends goes to all. One peer alone
 * holds the guest back while it is full; of several, a full one loses frames, which are counted, so that nobody waits for it. */
#pragma once

#include "hvn-backend.h"
#include "hvn-socket-address.h"

G_BEGIN_DECLS

#define HVN_STREAM_PEERS_MAX 64 /* of a server; others wait in the kernel's queue */

typedef struct _HvnStream HvnStream;

/**
 * hvn_stream_new_server: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @spec: (transfer none): where to listen; it outlives the object
 * @name: what its options are called: "addr"
 * @error: return location
 *
 * Listens. Of several addresses that a host name has the first is taken.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
HvnStream *
hvn_stream_new_server(HvnBackend *backend, const HvnSocketSpec *spec, const char *name, GError **error);

/**
 * hvn_stream_new_client: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @spec: (transfer none): where to connect to; it outlives the object
 * @name: what its options are called: "addr"
 * @reconnect_ms: longest pause before it is tried again, in milliseconds; 0 to try once
 * @error: return location
 *
 * Begins to connect. A server that is not there is no error: the state and its reason tell.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
HvnStream *
hvn_stream_new_client(HvnBackend *backend, const HvnSocketSpec *spec, const char *name, guint reconnect_ms, GError **error);

/**
 * hvn_stream_new_for_fd: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @spec: (transfer none): for the options of each connection; it outlives the object
 * @fd: (transfer full): a stream socket, non-blocking
 * @server: whether it listens; connected otherwise
 *
 * Returns: (transfer full): the object
 */
HvnStream *
hvn_stream_new_for_fd(HvnBackend *backend, const HvnSocketSpec *spec, int fd, gboolean server);

/**
 * hvn_stream_free: (skip)
 * @self: (transfer full) (nullable): the object
 *
 * Ends all connections, and removes the file of a socket that it listened on.
 */
void
hvn_stream_free(HvnStream *self);

/**
 * hvn_stream_push: (skip)
 * @self: the object
 * @frames: (array length=n_frames): frames from the guest
 * @n_frames: how many
 *
 * For the backend's push().
 *
 * Returns: how many were taken
 */
guint
hvn_stream_push(HvnStream *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_stream_resume: (skip)
 * @self: the object
 *
 * For the backend's resume().
 */
void
hvn_stream_resume(HvnStream *self);

/**
 * hvn_stream_describe: (skip)
 * @self: the object
 *
 * Returns: (transfer full): where it listens, or where it is connected or wants to be: "tcp:127.0.0.1:5555", "unix:/run/net.sock", "fd";
 *   of a server with the number of its peers
 */
char *
hvn_stream_describe(HvnStream *self);

G_END_DECLS
