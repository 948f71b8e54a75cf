/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a virtio device to a hypervisor over vhost-user: QEMU, User-mode Linux, cloud-hypervisor, crosvm, DPDK. One socket and one
 * client at a time; when a client goes, the device is reset and the next one gets it.
 *
 *   client: features, memory table, rings -> kick eventfd -> device takes chains straight from guest memory -> call eventfd
 *
 * Everything runs on one dispatcher: between two messages no packet moves, so memory and rings may change under a running guest. */
#pragma once

#include "hvn-virtio-device.h"

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

#define HVN_TYPE_VHOST_USER (hvn_vhost_user_get_type())
G_DECLARE_FINAL_TYPE(HvnVhostUser, hvn_vhost_user, HVN, VHOST_USER, GObject)

/**
 * hvn_vhost_user_new:
 * @device: (transfer none): the device to serve; the server takes a reference and claims it
 * @dispatcher: (transfer none): where the device runs
 * @name: of the interface, for messages
 *
 * Returns: (transfer full) (nullable): a server that does not listen yet, %NULL when another transport has claimed the device
 */
HvnVhostUser *
hvn_vhost_user_new(HvnVirtioDevice *device, HvnDispatcher *dispatcher, const char *name);

/**
 * hvn_vhost_user_listen:
 * @self: a server that does not listen
 * @path: (type filename): where the socket goes; a socket that nobody listens on any more is replaced
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_IN_USE, %HVN_ERROR_INVALID_CONFIG or %HVN_ERROR_IO set
 */
gboolean
hvn_vhost_user_listen(HvnVhostUser *self, const char *path, GError **error);

/**
 * hvn_vhost_user_listen_fd:
 * @self: a server that does not listen
 * @fd: (transfer full): a unix stream socket that listens already
 */
void
hvn_vhost_user_listen_fd(HvnVhostUser *self, int fd);

/**
 * hvn_vhost_user_attach_fd:
 * @self: a server without a client
 * @fd: (transfer full): a connected unix stream socket with a client at its other end
 *
 * Serves a client that somebody else accepted, or that listens itself and was connected to.
 */
void
hvn_vhost_user_attach_fd(HvnVhostUser *self, int fd);

/**
 * hvn_vhost_user_stop:
 * @self: a server
 *
 * Drops the client, resets the device, and removes the socket that hvn_vhost_user_listen() made. Idempotent.
 */
void
hvn_vhost_user_stop(HvnVhostUser *self);

/**
 * hvn_vhost_user_get_attached:
 * @self: a server
 *
 * Returns: whether a client is connected
 */
gboolean
hvn_vhost_user_get_attached(HvnVhostUser *self);

G_END_DECLS
