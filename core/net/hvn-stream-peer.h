/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connected stream socket that carries frames: what comes is decoded and given to the owner, what goes is written with as many frames
 * in a call as the kernel takes. */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

typedef struct _HvnStreamPeer HvnStreamPeer;

/**
 * HvnStreamPeerFuncs:
 * @frames: frames came, lent for the call; returns how many were taken, the first ones. Those that were not are offered again after
 *   hvn_stream_peer_resume()
 * @room: after hvn_stream_peer_send() took fewer than offered, there is room again
 * @gone: the connection has ended, and why; the owner frees the peer, now or later
 *
 * What the owner of a peer is told, from the dispatcher only, never from within a call of the owner's.
 */
typedef struct {
    guint (*frames)(HvnStreamPeer *peer, const HvnFrame *frames, guint n_frames, gpointer data);
    void (*room)(HvnStreamPeer *peer, gpointer data);
    void (*gone)(HvnStreamPeer *peer, const char *reason, gpointer data);
} HvnStreamPeerFuncs;

/**
 * hvn_stream_peer_new: (skip)
 * @backend: (transfer none): for its dispatcher and its counters; outlives the peer
 * @fd: (transfer full): a connected socket, non-blocking
 * @funcs: (transfer none): static
 * @data: (nullable): for @funcs
 *
 * Returns: (transfer full): a peer that carries frames
 */
HvnStreamPeer *
hvn_stream_peer_new(HvnBackend *backend, int fd, const HvnStreamPeerFuncs *funcs, gpointer data);

/**
 * hvn_stream_peer_free: (skip)
 * @self: (transfer full) (nullable): the peer
 *
 * Ends the connection.
 */
void
hvn_stream_peer_free(HvnStreamPeer *self);

/**
 * hvn_stream_peer_send: (skip)
 * @self: the peer
 * @frames: (array length=n_frames): frames
 * @n_frames: how many, 1 to %HVN_BATCH_MAX
 *
 * Writes frames. Of one that the kernel took in part the rest is copied, and it counts as taken.
 *
 * Returns: how many were taken, the first ones
 */
guint
hvn_stream_peer_send(HvnStreamPeer *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_stream_peer_resume: (skip)
 * @self: the peer
 *
 * Offers again what was not taken, from the dispatcher.
 */
void
hvn_stream_peer_resume(HvnStreamPeer *self);

G_END_DECLS
