/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vfio-user client: what a hypervisor does to attach a device that somebody serves. One request at a time, each waited for; writes to
 * registers may be posted, as QEMU's are. Memory of the client has to be shared: a server that asks for it by message is refused. */
#pragma once

#include "hvn-vfio-user-proto.h"

G_BEGIN_DECLS

typedef struct _HvnVfioUserClient HvnVfioUserClient;

/**
 * hvn_vfio_user_client_new:
 * @fd: (transfer full): a connected unix stream socket
 * @timeout_ms: how long to wait for an answer
 * @error: return location
 *
 * Negotiates the version.
 *
 * Returns: (transfer full) (nullable): a client, or %NULL with %HVN_ERROR set
 */
HvnVfioUserClient *
hvn_vfio_user_client_new(int fd, guint timeout_ms, GError **error);

/**
 * hvn_vfio_user_client_free:
 * @self: (transfer full) (nullable): a client; hangs up, which resets the device
 */
void
hvn_vfio_user_client_free(HvnVfioUserClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVfioUserClient, hvn_vfio_user_client_free)

/**
 * hvn_vfio_user_client_map:
 * @self: a client
 * @addr: guest physical address
 * @size: bytes, 1 or more
 * @fd: (transfer none): the memory
 * @offset: where it starts in @fd
 * @error: return location
 *
 * Lets the device read and write a region of guest memory.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_map(HvnVfioUserClient *self, guint64 addr, guint64 size, int fd, guint64 offset, GError **error);

/**
 * hvn_vfio_user_client_unmap:
 * @self: a client
 * @addr: guest physical address of a region
 * @size: its bytes
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_unmap(HvnVfioUserClient *self, guint64 addr, guint64 size, GError **error);

/**
 * hvn_vfio_user_client_get_region_size:
 * @self: a client
 * @region: 0 to 8: the BARs, the expansion ROM, configuration space, VGA
 * @size: (out): bytes, 0 when there is none
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_get_region_size(HvnVfioUserClient *self, guint region, guint64 *size, GError **error);

/**
 * hvn_vfio_user_client_get_irq_count:
 * @self: a client
 * @index: kind of interrupt
 * @count: (out): how many of that kind
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_get_irq_count(HvnVfioUserClient *self, HvnVfioUserIrqIndex index, guint *count, GError **error);

/**
 * hvn_vfio_user_client_set_irqs:
 * @self: a client
 * @flags: data and action, HVN_VFIO_USER_IRQ_SET_*
 * @index: kind of interrupt
 * @start: the first of that kind
 * @count: how many, up to %HVN_FD_CHANNEL_MAX_FDS with descriptors
 * @fds: (nullable) (array length=n_fds) (transfer none): eventfds
 * @n_fds: how many
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_set_irqs(HvnVfioUserClient *self, guint32 flags, HvnVfioUserIrqIndex index, guint start, guint count, const int *fds,
                              guint n_fds, GError **error);

/**
 * hvn_vfio_user_client_read:
 * @self: a client
 * @region: 0 to 8
 * @offset: bytes from its start
 * @size: 1, 2, 4 or 8
 * @value: (out): what it holds
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_read(HvnVfioUserClient *self, guint region, guint64 offset, guint size, guint64 *value, GError **error);

/**
 * hvn_vfio_user_client_write:
 * @self: a client
 * @region: 0 to 8
 * @offset: bytes from its start
 * @size: 1, 2, 4 or 8
 * @value: what to write
 * @posted: whether to go on without an answer, as a hypervisor does for memory BARs
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_write(HvnVfioUserClient *self, guint region, guint64 offset, guint size, guint64 value, gboolean posted,
                           GError **error);

/**
 * hvn_vfio_user_client_reset:
 * @self: a client
 * @error: return location
 *
 * Resets the device, as after power on.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vfio_user_client_reset(HvnVfioUserClient *self, GError **error);

G_END_DECLS
