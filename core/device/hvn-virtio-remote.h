/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a virtqueue works on where guest memory is not shared: copies. What is read is fetched, and may be pending at first; what is written
 * is written to a copy and goes out, in order, as the queue says what it has written (HvnVirtqueueOps.dirty). For HvnVirtioFace. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

typedef struct _HvnVirtioRemote HvnVirtioRemote;

/**
 * HvnVirtioRemoteArea:
 * @HVN_VIRTIO_REMOTE_OURS: only the device writes it: what we wrote last is what is there, and zeros before that
 * @HVN_VIRTIO_REMOTE_BOTH: both sides write it: it is fetched each time
 *
 * A part of a queue that the device writes in places.
 */
typedef enum {
    HVN_VIRTIO_REMOTE_OURS,
    HVN_VIRTIO_REMOTE_BOTH,
} HvnVirtioRemoteArea;

/**
 * hvn_virtio_remote_new:
 * @nic: (transfer none): whose DMA it is
 *
 * Returns: (transfer full): no copies
 */
HvnVirtioRemote *
hvn_virtio_remote_new(HvnNic *nic);

/**
 * hvn_virtio_remote_free:
 * @self: (transfer full) (nullable): copies
 */
void
hvn_virtio_remote_free(HvnVirtioRemote *self);

/**
 * hvn_virtio_remote_add_area:
 * @self: copies
 * @addr: guest address
 * @len: bytes
 * @area: who writes it
 *
 * Says what is at an address that will be mapped to be written; anything else is a buffer, all of which belongs to the device. Nothing
 * when it was said before.
 */
void
hvn_virtio_remote_add_area(HvnVirtioRemote *self, guint64 addr, gsize len, HvnVirtioRemoteArea area);

/**
 * hvn_virtio_remote_remove_area:
 * @self: copies
 * @addr: guest address
 * @len: bytes
 * @area: who wrote it
 *
 * Takes back what hvn_virtio_remote_add_area() said; nothing when it was not said.
 */
void
hvn_virtio_remote_remove_area(HvnVirtioRemote *self, guint64 addr, gsize len, HvnVirtioRemoteArea area);

/**
 * hvn_virtio_remote_map:
 * @self: copies
 * @addr: guest address
 * @len: bytes
 * @write: whether it will be written
 * @iov: (out caller-allocates) (array length=n_iov): one piece
 * @n_iov: room, 1 or more
 *
 * Lends a copy until hvn_virtio_remote_done().
 *
 * Returns: 1, or 0 for a failure or what is pending: hvn_nic_dma_is_pending() tells
 */
guint
hvn_virtio_remote_map(HvnVirtioRemote *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov);

/**
 * hvn_virtio_remote_dirty:
 * @self: copies
 * @host: within one that was mapped to be written
 * @len: bytes there that were written
 *
 * Writes these to guest memory, behind all that was written before.
 */
void
hvn_virtio_remote_dirty(HvnVirtioRemote *self, gconstpointer host, gsize len);

/**
 * hvn_virtio_remote_done:
 * @self: copies
 *
 * Ends all that was lent, and the NIC's transaction.
 */
void
hvn_virtio_remote_done(HvnVirtioRemote *self);

G_END_DECLS
