/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend's frames as datagrams, one raw frame each: the wire of QEMU's dgram, and of socket's udp and mcast. Other wires have a header in
 * front of the frame.
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

#define HVN_DATAGRAM_HEADER_MAX 288 /* bytes in front of a frame that is sent */

/**
 * HvnDatagramHeader:
 * @len: bytes in front of each frame that is sent, at most %HVN_DATAGRAM_HEADER_MAX
 * @write: writes them for the frame that is sent after @ahead others
 * @sent: (nullable): so many frames have gone, and are not counted as others any more
 * @read: looks at what was received: whether it holds a frame for the guest, and where that begins, at most at @len; otherwise why it is dropped
 * @data: for these
 *
 * What a wire has in front of each frame.
 */
typedef struct {
    gsize len;
    void (*write)(gpointer data, guint8 *header, guint ahead);
    void (*sent)(gpointer data, guint n_frames);
    gboolean (*read)(gpointer data, const guint8 *bytes, gsize len, gsize *frame_at, HvnBackendDrop *reason);
    gpointer data;
} HvnDatagramHeader;

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
 * hvn_datagram_new_raw: (skip)
 * @backend: (transfer none): whose frames these are; it outlives the object
 * @protocol: number of the protocol over IP
 * @local: an address of this host; its port means nothing
 * @remote: the peer's, of the same family
 * @error: return location
 *
 * As hvn_datagram_new_unicast(), for a protocol of its own over IP. What is received over IPv4 has the IP header in front. Needs CAP_NET_RAW.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
HvnDatagram *
hvn_datagram_new_raw(HvnBackend *backend, int protocol, const HvnSocketAddress *local, const HvnSocketAddress *remote, GError **error);

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
 * hvn_datagram_set_header: (skip)
 * @self: the object, before it has carried anything
 * @header: what is in front of each frame from now on; copied
 */
void
hvn_datagram_set_header(HvnDatagram *self, const HvnDatagramHeader *header);

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
