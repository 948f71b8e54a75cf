/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The in-flight buffer of vhost-user (GET_INFLIGHT_FD, SET_INFLIGHT_FD): shared memory that outlives a server, in which it notes the
 * chains that it has taken and not yet given back. Ours gives chains back in the order of the ring and takes no index further than that,
 * so nothing is ever noted: whoever goes on behind the last used chain has all that was in flight. */
#pragma once

#include "hvn-vhost-user-proto.h"

G_BEGIN_DECLS

/**
 * hvn_vhost_user_inflight_new:
 * @n_queues: rings
 * @queue_size: descriptors of each
 * @packed: whether the rings are packed
 * @size: (out): bytes of the buffer
 *
 * Returns: a new sealed memory file with an empty buffer, -1 when there can be none
 */
int
hvn_vhost_user_inflight_new(guint n_queues, guint queue_size, gboolean packed, guint64 *size);

/**
 * hvn_vhost_user_inflight_check:
 * @inflight: what the client says, not trusted
 * @fd: (transfer none): its buffer
 * @packed: whether the rings are packed
 *
 * Returns: 0, or a positive errno when the buffer cannot be one that hvn_vhost_user_inflight_new() gave
 */
int
hvn_vhost_user_inflight_check(const HvnVhostUserInflight *inflight, int fd, gboolean packed);

G_END_DECLS
