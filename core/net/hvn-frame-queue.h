/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bounded queue of copied frames, for a source that cannot pause (libslirp answers inside its input call). Nothing else
 * has one. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

typedef struct _HvnFrameQueue HvnFrameQueue;

/**
 * hvn_frame_queue_new:
 * @max_bytes: most bytes that wait, 1 or more
 *
 * Returns: (transfer full): an empty queue; it allocates as it is used
 */
HvnFrameQueue *
hvn_frame_queue_new(gsize max_bytes);

/**
 * hvn_frame_queue_free:
 * @self: (transfer full) (nullable): a queue
 */
void
hvn_frame_queue_free(HvnFrameQueue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnFrameQueue, hvn_frame_queue_free)

/**
 * hvn_frame_queue_push:
 * @self: a queue
 * @data: the frame
 * @len: bytes of it
 * @offload: (nullable): work left to do
 *
 * Copies a frame to the end.
 *
 * Returns: %FALSE when there was no room; the frame is counted as dropped
 */
gboolean
hvn_frame_queue_push(HvnFrameQueue *self, gconstpointer data, gsize len, const HvnOffload *offload);

/**
 * hvn_frame_queue_flush:
 * @self: a queue
 * @port: the sender
 * @max_batches: most calls of hvn_port_send(), 1 or more
 *
 * Sends what waits, in order, up to %HVN_BATCH_MAX frames a call.
 *
 * Returns: %FALSE when the peer took fewer than offered: its resume will come
 */
gboolean
hvn_frame_queue_flush(HvnFrameQueue *self, HvnPort *port, guint max_batches);

/**
 * hvn_frame_queue_clear:
 * @self: a queue
 *
 * Drops what waits, without counting it.
 */
void
hvn_frame_queue_clear(HvnFrameQueue *self);

/**
 * hvn_frame_queue_get_bytes:
 * @self: a queue
 *
 * Returns: bytes that wait
 */
gsize
hvn_frame_queue_get_bytes(const HvnFrameQueue *self);

/**
 * hvn_frame_queue_get_room:
 * @self: a queue
 *
 * Returns: bytes that would still fit
 */
gsize
hvn_frame_queue_get_room(const HvnFrameQueue *self);

/**
 * hvn_frame_queue_get_dropped:
 * @self: a queue
 *
 * Returns: frames that found no room
 */
guint64
hvn_frame_queue_get_dropped(const HvnFrameQueue *self);

G_END_DECLS
