/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the probe's machine to a virtio-net device whose rings a vhost-user server has. */
#pragma once

#include "hvn-probe-attachment.h"

G_BEGIN_DECLS

/**
 * hvn_probe_vhost_user_new:
 * @path: (type filename): the server's socket
 * @dispatcher: (transfer none): the guest's
 * @mac: (nullable): the device's address, for a server that cannot say it
 * @error: return location
 *
 * Connects and negotiates.
 *
 * Returns: (transfer full) (nullable): the way to the device, or %NULL with %HVN_ERROR set
 */
HvnProbeAttachment *
hvn_probe_vhost_user_new(const char *path, HvnDispatcher *dispatcher, const char *mac, GError **error);

G_END_DECLS
