/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Framed messages with file descriptors on a unix stream socket: what the vfio-user and vhost-user servers read and write. One
 * recvmsg() takes as many messages as there are; answers are gathered and leave by one sendmsg(). The peer is not trusted: sizes are
 * bounded, every descriptor that a message does not keep is closed.
 *
 * Linux ends a read behind the data that descriptors were sent with, so descriptors that arrive with a read belong to the message
 * that holds its last byte. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_FD_CHANNEL_MAX_FDS 16 /* of one message, as both protocols say */

typedef struct _HvnFdChannel HvnFdChannel;

/**
 * hvn_fd_send:
 * @fd: a connected unix stream socket
 * @data: bytes to send
 * @len: how many, 1 or more
 * @fds: (nullable) (array length=n_fds): descriptors to send with the first of them
 * @n_fds: how many, up to %HVN_FD_CHANNEL_MAX_FDS
 *
 * Sends what the socket takes at once, without waiting.
 *
 * Returns: bytes that were sent, the descriptors with them, or -1 with errno set
 */
gssize
hvn_fd_send(int fd, gconstpointer data, gsize len, const int *fds, guint n_fds);

/**
 * HvnFdChannelSizeFunc:
 * @head: the first bytes of a message
 * @len: how many there are
 *
 * Returns: bytes of the whole message, 0 when @len is too few to tell, -1 when no message can begin so
 */
typedef gssize (*HvnFdChannelSizeFunc)(const guint8 *head, gsize len);

/**
 * HvnFdMessage:
 * @data: (array length=len): the whole message, header included
 * @len: bytes
 * @fds: (array length=n_fds): descriptors that came with it; a handler that keeps one sets its place to -1
 * @n_fds: how many
 *
 * One message, valid until the next call.
 */
typedef struct {
    const guint8 *data;
    gsize         len;
    int          *fds;
    guint         n_fds;
} HvnFdMessage;

/**
 * HvnFdChannelStatus:
 * @HVN_FD_CHANNEL_OK: there may be messages now
 * @HVN_FD_CHANNEL_AGAIN: nothing to read now
 * @HVN_FD_CHANNEL_CLOSED: the peer is gone, or sent what cannot be a message
 */
typedef enum {
    HVN_FD_CHANNEL_OK,
    HVN_FD_CHANNEL_AGAIN,
    HVN_FD_CHANNEL_CLOSED,
} HvnFdChannelStatus;

/**
 * hvn_fd_channel_new:
 * @fd: (transfer full): a connected unix stream socket; made non-blocking
 * @max_message: largest message in bytes
 * @size_of: tells how long a message is
 *
 * Returns: (transfer full): a channel
 */
HvnFdChannel *
hvn_fd_channel_new(int fd, gsize max_message, HvnFdChannelSizeFunc size_of);

/**
 * hvn_fd_channel_free:
 * @self: (transfer full) (nullable): a channel; its socket and every descriptor that waits are closed
 */
void
hvn_fd_channel_free(HvnFdChannel *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnFdChannel, hvn_fd_channel_free)

/**
 * hvn_fd_channel_get_fd:
 * @self: a channel
 *
 * Returns: its socket
 */
int
hvn_fd_channel_get_fd(const HvnFdChannel *self);

/**
 * hvn_fd_channel_receive:
 * @self: a channel whose messages were all taken by hvn_fd_channel_next()
 *
 * Reads once.
 *
 * Returns: what came of it
 */
HvnFdChannelStatus
hvn_fd_channel_receive(HvnFdChannel *self);

/**
 * hvn_fd_channel_next:
 * @self: a channel
 * @message: (out caller-allocates): the next whole message
 *
 * Returns: %FALSE when there is no whole message; after that hvn_fd_channel_get_broken() tells whether there can be another
 */
gboolean
hvn_fd_channel_next(HvnFdChannel *self, HvnFdMessage *message);

/**
 * hvn_fd_channel_get_broken:
 * @self: a channel
 *
 * Returns: whether the peer sent what cannot be a message: the stream cannot be followed any more
 */
gboolean
hvn_fd_channel_get_broken(const HvnFdChannel *self);

/**
 * hvn_fd_channel_queue:
 * @self: a channel
 * @data: bytes to send
 * @len: how many
 *
 * Appends to what waits to be sent.
 */
void
hvn_fd_channel_queue(HvnFdChannel *self, gconstpointer data, gsize len);

/**
 * hvn_fd_channel_send_with_fd:
 * @self: a channel
 * @data: bytes to send
 * @len: how many, 1 or more
 * @fd: (transfer none): a descriptor to send with the first of them
 *
 * Sends what waits, then these with the descriptor. To be called while little waits: what the socket does not take at once is lost.
 *
 * Returns: whether it was sent
 */
gboolean
hvn_fd_channel_send_with_fd(HvnFdChannel *self, gconstpointer data, gsize len, int fd);

/**
 * hvn_fd_channel_flush:
 * @self: a channel
 *
 * Sends what waits.
 *
 * Returns: %FALSE when the peer is gone
 */
gboolean
hvn_fd_channel_flush(HvnFdChannel *self);

/**
 * hvn_fd_channel_get_queued:
 * @self: a channel
 *
 * Returns: bytes that wait to be sent
 */
gsize
hvn_fd_channel_get_queued(const HvnFdChannel *self);

G_END_DECLS
