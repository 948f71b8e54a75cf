/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other direction of vhost-user: what the back-end tells the front-end, on a socket that the front-end handed over
 * (SET_BACKEND_REQ_FD). Rings signal through it when there are no eventfds. Nothing is asked that would need an answer. */
#pragma once

#include "hvn-vhost-user-proto.h"
#include "hvn-watch.h"

G_BEGIN_DECLS

typedef struct _HvnVhostUserBackend HvnVhostUserBackend;

/**
 * hvn_vhost_user_backend_new:
 * @dispatcher: (transfer none): where it runs
 * @fd: (transfer full): a connected unix stream socket
 *
 * Returns: (transfer full): a channel
 */
HvnVhostUserBackend *
hvn_vhost_user_backend_new(HvnDispatcher *dispatcher, int fd);

/**
 * hvn_vhost_user_backend_free:
 * @self: (transfer full) (nullable): a channel
 */
void
hvn_vhost_user_backend_free(HvnVhostUserBackend *self);

/**
 * hvn_vhost_user_backend_signal:
 * @self: a channel
 * @request: %HVN_VHOST_USER_BACKEND_VRING_CALL or %HVN_VHOST_USER_BACKEND_VRING_ERR
 * @index: the ring
 *
 * Never waits: while the front-end does not read, each signal of each ring is kept once.
 */
void
hvn_vhost_user_backend_signal(HvnVhostUserBackend *self, HvnVhostUserBackendRequest request, guint index);

/**
 * hvn_vhost_user_backend_config_changed:
 * @self: a channel
 *
 * Says that configuration space changed.
 */
void
hvn_vhost_user_backend_config_changed(HvnVhostUserBackend *self);

G_END_DECLS
