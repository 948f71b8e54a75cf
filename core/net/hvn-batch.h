/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Up to 64 frames that were read from the host and wait for the guest: what a backend holds while the NIC has no room. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

typedef struct _HvnBatch HvnBatch;

/**
 * HvnBatchReadFunc:
 * @fd: what was given to hvn_batch_fill()
 * @buf: room for one frame
 * @size: bytes of room
 * @offload: (out): work left to do, zeroed before the call
 *
 * Returns: bytes of the frame, 0 when there is none now, -1 when the source has ended or failed
 */
typedef gssize (*HvnBatchReadFunc)(int fd, gpointer buf, gsize size, HvnOffload *offload);

/**
 * hvn_batch_new:
 * @frame_size: room for each frame in bytes
 *
 * Returns: (transfer full): an empty batch; its memory is touched as it is used
 */
HvnBatch *
hvn_batch_new(gsize frame_size);

/**
 * hvn_batch_free:
 * @self: (transfer full) (nullable): a batch
 */
void
hvn_batch_free(HvnBatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnBatch, hvn_batch_free)

/**
 * hvn_batch_fill:
 * @self: a batch
 * @fd: passed to @read
 * @read: reads one frame
 *
 * Reads frames until the batch is full or the source has none. A batch that still holds frames is not filled.
 *
 * Returns: %FALSE when the source has ended or failed
 */
gboolean
hvn_batch_fill(HvnBatch *self, int fd, HvnBatchReadFunc read);

/**
 * hvn_batch_flush:
 * @self: a batch
 * @port: the sender
 *
 * Sends what is held, in order.
 *
 * Returns: whether the batch is empty now
 */
gboolean
hvn_batch_flush(HvnBatch *self, HvnPort *port);

/**
 * hvn_batch_get_held:
 * @self: a batch
 *
 * Returns: frames that wait
 */
guint
hvn_batch_get_held(const HvnBatch *self);

G_END_DECLS
