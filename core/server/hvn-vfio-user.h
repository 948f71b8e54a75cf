/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a PCI NIC to a hypervisor over vfio-user: QEMU >= 10.1 (`-device vfio-user-pci`), cloud-hypervisor (`--user-device`). One
 * socket and one client at a time; when a client goes, the NIC is reset and the next one gets it.
 *
 *   client writes a doorbell -> recvmsg -> register handler marks work -> replies leave -> dispatcher runs the work in batches
 *
 * A register access is answered at once and never waits for packet work: the client holds its global lock meanwhile. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_TYPE_VFIO_USER (hvn_vfio_user_get_type())
G_DECLARE_FINAL_TYPE(HvnVfioUser, hvn_vfio_user, HVN, VFIO_USER, GObject)

/**
 * hvn_vfio_user_new:
 * @nic: (transfer none): the NIC to serve, without a bus; the server takes a reference
 *
 * Returns: (transfer full): a server that does not listen yet, on the NIC's dispatcher
 */
HvnVfioUser *
hvn_vfio_user_new(HvnNic *nic);

/**
 * hvn_vfio_user_listen:
 * @self: a server that does not listen
 * @path: (type filename): where the socket goes; a socket that nobody listens on any more is replaced
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_IN_USE, %HVN_ERROR_INVALID_CONFIG or %HVN_ERROR_IO set; %HVN_ERROR_NOT_SUPPORTED for a NIC that
 *   is no PCI function
 */
gboolean
hvn_vfio_user_listen(HvnVfioUser *self, const char *path, GError **error);

/**
 * hvn_vfio_user_listen_fd:
 * @self: a server that does not listen
 * @fd: (transfer full): a unix stream socket that listens already
 */
void
hvn_vfio_user_listen_fd(HvnVfioUser *self, int fd);

/**
 * hvn_vfio_user_attach_fd:
 * @self: a server without a client
 * @fd: (transfer full): a connected unix stream socket with a client at its other end
 *
 * Serves a client that somebody else accepted.
 */
void
hvn_vfio_user_attach_fd(HvnVfioUser *self, int fd);

/**
 * hvn_vfio_user_stop:
 * @self: a server
 *
 * Drops the client, resets the NIC, and removes the socket that hvn_vfio_user_listen() made. Idempotent.
 */
void
hvn_vfio_user_stop(HvnVfioUser *self);

/**
 * hvn_vfio_user_get_attached:
 * @self: a server
 *
 * The property "attached" says the same, and is notified when a client comes or goes.
 *
 * Returns: whether a client is connected
 */
gboolean
hvn_vfio_user_get_attached(HvnVfioUser *self);

/**
 * hvn_vfio_user_set_spin:
 * @self: a server
 * @us: microseconds to look for more messages before sleeping, 0 (the default) to 1000
 *
 * A bounded spin after each message saves the wake-up of a client that sends them one by one; it costs a processor meanwhile. Timers
 * and everything else on the dispatcher go on. Without effect on a dispatcher with a manual clock.
 */
void
hvn_vfio_user_set_spin(HvnVfioUser *self, guint us);

G_END_DECLS
