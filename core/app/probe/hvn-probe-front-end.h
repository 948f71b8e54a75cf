/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hypervisor's half of a virtio-net device behind vhost-user: a PCI function that the guest sees in its slot, whose rings a server
 * works on. What QEMU's virtio-net-pci is with -netdev vhost-user. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_TYPE_PROBE_FRONT_END (hvn_probe_front_end_get_type())
G_DECLARE_FINAL_TYPE(HvnProbeFrontEnd, hvn_probe_front_end, HVN, PROBE_FRONT_END, HvnNic)

/**
 * hvn_probe_front_end_new:
 * @path: (type filename): socket of a vhost-user server
 * @dispatcher: (transfer none): the guest's
 * @mac: (nullable): the address, for a server that cannot say what is in configuration space
 * @error: return location
 *
 * Connects and negotiates.
 *
 * Returns: (transfer full) (nullable): the function, or %NULL with %HVN_ERROR set
 */
HvnProbeFrontEnd *
hvn_probe_front_end_new(const char *path, HvnDispatcher *dispatcher, const char *mac, GError **error);

/**
 * hvn_probe_front_end_share:
 * @self: a function without a bus
 * @addr: guest physical address
 * @size: bytes
 * @fd: (transfer none): guest memory
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_probe_front_end_share(HvnProbeFrontEnd *self, guint64 addr, guint64 size, int fd, GError **error);

/**
 * hvn_probe_front_end_get_problem:
 * @self: a function
 *
 * Returns: (transfer none) (nullable): what went wrong between it and the server, the first thing
 */
const char *
hvn_probe_front_end_get_problem(HvnProbeFrontEnd *self);

G_END_DECLS
