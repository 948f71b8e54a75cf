/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of a vhost-user client, once the message is whole: each checks its payload and its descriptors, acts on what the client
 * has set up, and gives the answer. Knows no sockets. */
#pragma once

#include "hvn-vhost-user-peer.h"

G_BEGIN_DECLS

/**
 * HvnVhostUserReply:
 * @data: payload of the answer
 * @fd: a descriptor that goes with it, -1 for none; the caller sends and closes it
 * @wanted: whether the request has an answer of its own
 *
 * What a request answers. Reused from request to request.
 */
typedef struct {
    GByteArray *data;
    int         fd;
    gboolean    wanted;
} HvnVhostUserReply;

/**
 * hvn_vhost_user_command:
 * @peer: the client
 * @request: what it asks
 * @payload: (array length=len): what follows the header
 * @len: bytes
 * @fds: (array length=n_fds): descriptors that came with it; those that are kept are set to -1
 * @n_fds: how many
 * @reply: the answer, emptied first
 *
 * Returns: 0, or a positive errno; there is no answer of its own then
 */
int
hvn_vhost_user_command(HvnVhostUserPeer *peer, guint32 request, const guint8 *payload, gsize len, int *fds, guint n_fds,
                       HvnVhostUserReply *reply);

G_END_DECLS
