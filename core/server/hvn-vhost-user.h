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
 * hvn_vhost_user_set_state_fd:
 * @self: a server without a client
 * @fd: (transfer none): a memfd or a file that outlives this server: of a process that starts it again when it dies
 * @error: return location
 *
 * Lets packed rings go on after the server was killed. A split ring needs no help: its position stands in guest memory, and clients give
 * it. That of a packed ring is known to the server only, and after a reconnect QEMU gives the base that it gave when the guest's driver
 * started the ring. So the server keeps a record of each packed ring in this file, two stores for each batch of chains, in an order
 * that leaves a record of use wherever it is killed. Chains that the server had taken and not given back are taken again: packed rings
 * complete in order here.
 *
 * The record counts, instead of what SET_VRING_BASE says, when a client starts a ring
 *
 * - with the same base, size and ring features as the one before,
 * - whose three parts are in the same bytes of the same memory file (by device, inode and offset, whatever the addresses are now), and
 * - that nobody has begun anew meanwhile: the driver has not cleared the device's event suppression area, and the descriptor that was
 *   used last is marked as used.
 *
 * It does not count, and the client's base does, when
 *
 * - the client has asked where the ring is (GET_VRING_BASE) or has reset the device (RESET_DEVICE): it knows better then,
 * - the guest was reset or its driver was bound anew while there was no server: a driver clears a ring before it uses it,
 * - another hypervisor comes, or the guest was migrated: its memory is another file,
 * - the client gives another base: it has stopped the ring itself and knows where.
 *
 * Without such a file the same is kept in the memory of this process, for a client that comes back after it was dropped. The file is for
 * one device only, and is trusted: nobody but the servers of that device may write to it. Its layout is private to this version.
 *
 * Returns: %FALSE with %HVN_ERROR_IO set
 */
gboolean
hvn_vhost_user_set_state_fd(HvnVhostUser *self, int fd, GError **error);

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
 * The property "attached" says the same, and is notified when a client comes or goes. "heard" is notified when the client's first message
 * is here and before it is answered, so that who sees to it knows that the client is at work: QEMU, for one, serves nothing else then, and
 * plugs the cable of its device in when it has the answers.
 *
 * Returns: whether a client is connected
 */
gboolean
hvn_vhost_user_get_attached(HvnVhostUser *self);

G_END_DECLS
