/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The other end of an attachment over a socket: serves NICs from a thread of its own, each on a socket in a private directory. The probe's machine waits for answers to its register reads, so the server cannot be on its thread. */
#pragma once

#include "hvn-nic.h"
#include "hvn-virtio-device.h"

G_BEGIN_DECLS

typedef struct _HvnProbeServer HvnProbeServer;

/**
 * HvnProbeServerFunc:
 * @data: what was given with it
 */
typedef void (*HvnProbeServerFunc)(gpointer data);

/**
 * hvn_probe_server_new:
 * @dispatcher: (transfer none): what the NICs run on; the thread's once it was started
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a server without a thread, or %NULL with an error set
 */
HvnProbeServer *
hvn_probe_server_new(HvnDispatcher *dispatcher, GError **error);

/**
 * hvn_probe_server_add_vfio_user:
 * @self: a server that was not started
 * @name: of the interface
 * @nic: (transfer none): its NIC
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_probe_server_add_vfio_user(HvnProbeServer *self, const char *name, HvnNic *nic, GError **error);

/**
 * hvn_probe_server_add_vhost_user:
 * @self: a server that was not started
 * @name: of the interface
 * @device: (transfer none): its NIC, which no other transport has claimed
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_probe_server_add_vhost_user(HvnProbeServer *self, const char *name, HvnVirtioDevice *device, GError **error);

/**
 * hvn_probe_server_start:
 * @self: a server
 *
 * Starts the thread; everything on the dispatcher belongs to it from now on.
 */
void
hvn_probe_server_start(HvnProbeServer *self);

/**
 * hvn_probe_server_free:
 * @self: (transfer full) (nullable): a server; its thread has ended, and what it had is the caller's again
 */
void
hvn_probe_server_free(HvnProbeServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeServer, hvn_probe_server_free)

/**
 * hvn_probe_server_get_path:
 * @self: a server
 * @name: of an interface
 *
 * Returns: (transfer full) (nullable): its socket, %NULL when it is not served
 */
char *
hvn_probe_server_get_path(HvnProbeServer *self, const char *name);

/**
 * hvn_probe_server_call:
 * @self: a server
 * @func: what to do with what the thread has
 * @data: (nullable): for @func
 *
 * Does it on the server's thread, and waits until it is done.
 */
void
hvn_probe_server_call(HvnProbeServer *self, HvnProbeServerFunc func, gpointer data);

G_END_DECLS
