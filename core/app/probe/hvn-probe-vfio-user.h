/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The way from the probe's machine to a NIC that a vfio-user server has. */
#pragma once

#include "hvn-probe-attachment.h"

G_BEGIN_DECLS

#define HVN_PROBE_VFIO_USER_MS 5000 /* to wait for an answer, as QEMU does */

/**
 * hvn_probe_vfio_user_new:
 * @path: (type filename): the server's socket
 * @error: return location
 *
 * Connects and negotiates.
 *
 * Returns: (transfer full) (nullable): the way to the device, or %NULL with %HVN_ERROR set
 */
HvnProbeAttachment *
hvn_probe_vfio_user_new(const char *path, GError **error);

G_END_DECLS
