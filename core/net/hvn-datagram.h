/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend's frames as datagrams, one raw frame each: the wire of QEMU's dgram, and of socket's udp and mcast.
 *
 *   push()   frames -> sendmmsg(), their pieces as they are lent -> socket; EAGAIN: the rest stays with the guest until POLLOUT
 *   watch    socket -> recvmmsg() into a batch -> hvn_port_send(); a guest that is full: the rest stays in the batch and the socket
 *
 * Datagrams come from the peer that was named, or from anybody in a multicast group. */
#pragma once

#include "hvn-backend.h"
#include "hvn-socket-address.h"

G_BEGIN_DECLS

typedef struct _HvnDatagram HvnDatagram;

/**
 * hvn_datagram_new_unicast: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @local: an address of this host
 * @remote: the peer's, of the same family
 * @error: return location
 *
 * Binds and begins to carry frames. Over UDP the state is %HVN_BACKEND_UP, whether there is a peer or not; over a unix socket it is
 * %HVN_BACKEND_CONNECTING until the peer's socket is there, which is looked at once a second.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
HvnDatagram *
hvn_datagram_new_unicast(HvnBackend *backend, const HvnSocketAddress *local, const HvnSocketAddress *remote, GError **error);

/**
 * hvn_datagram_new_multicast: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @group: the group and its port
 * @interface: (nullable): an address of the interface that leads to the group, or %NULL for the route's
 * @fd: (transfer full): a socket that is in the group already, or -1 to make one
 * @error: return location
 *
 * Joins the group and begins to carry frames. What was sent by this object is not received by it.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
HvnDatagram *
hvn_datagram_new_multicast(HvnBackend *backend, const HvnSocketAddress *group, const HvnSocketAddress *interface, int fd, GError **error);

/**
 * hvn_datagram_new_for_fd: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @fd: (transfer full): a socket that is connected, non-blocking
 *
 * Begins to carry frames over a socket that was made by somebody else, who knows where it leads.
 *
 * Returns: (transfer full): the object
 */
HvnDatagram *
hvn_datagram_new_for_fd(HvnBackend *backend, int fd);

/**
 * hvn_datagram_free: (skip)
 * @self: (transfer full) (nullable): the object
 *
 * Closes the sockets and removes the file of one that was bound to a path.
 */
void
hvn_datagram_free(HvnDatagram *self);

/**
 * hvn_datagram_push: (skip)
 * @self: the object
 * @frames: (array length=n_frames): frames from the guest
 * @n_frames: how many
 *
 * For the backend's push().
 *
 * Returns: how many were taken
 */
guint
hvn_datagram_push(HvnDatagram *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_datagram_resume: (skip)
 * @self: the object
 *
 * For the backend's resume().
 */
void
hvn_datagram_resume(HvnDatagram *self);

G_END_DECLS
