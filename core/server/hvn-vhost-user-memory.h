/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory table of a vhost-user front-end. The same region has three addresses: guest physical, which descriptors hold; that of the
 * front-end's own address space, which ring addresses come in; and ours. */
#pragma once

#include "hvn-shared-memory.h"
#include "hvn-vhost-user-proto.h"
#include "hvn-vhost-user-state.h"

G_BEGIN_DECLS

typedef struct _HvnVhostUserMemory HvnVhostUserMemory;

/**
 * hvn_vhost_user_memory_new:
 *
 * Returns: (transfer full): a table without regions
 */
HvnVhostUserMemory *
hvn_vhost_user_memory_new(void);

/**
 * hvn_vhost_user_memory_free:
 * @self: (transfer full) (nullable): a table; its regions are unmapped
 */
void
hvn_vhost_user_memory_free(HvnVhostUserMemory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVhostUserMemory, hvn_vhost_user_memory_free)

/**
 * hvn_vhost_user_memory_add:
 * @self: a table
 * @region: a region, not trusted
 * @fd: (transfer none): its file
 *
 * Returns: 0, or a positive errno: EINVAL for a region that is empty, wraps or goes beyond its file, EEXIST for one that overlaps
 *   another in either address space, ENOSPC for more than %HVN_VHOST_USER_MAX_SLOTS, or what mmap() says
 */
int
hvn_vhost_user_memory_add(HvnVhostUserMemory *self, const HvnVhostUserRegion *region, int fd);

/**
 * hvn_vhost_user_memory_remove:
 * @self: a table
 * @region: a region; the offset in its file does not matter
 *
 * Returns: 0, or ENOENT when there is no region with these addresses and this size
 */
int
hvn_vhost_user_memory_remove(HvnVhostUserMemory *self, const HvnVhostUserRegion *region);

/**
 * hvn_vhost_user_memory_get_guest:
 * @self: a table
 *
 * Returns: (transfer none): the regions by guest physical address
 */
HvnGuestMemory *
hvn_vhost_user_memory_get_guest(HvnVhostUserMemory *self);

/**
 * hvn_vhost_user_memory_get_broken:
 * @self: a table
 *
 * Returns: whether a file was truncated under us, as hvn_shared_memory_get_broken()
 */
gboolean
hvn_vhost_user_memory_get_broken(const HvnVhostUserMemory *self);

/**
 * hvn_vhost_user_memory_translate:
 * @self: a table
 * @user_addr: an address of the front-end
 * @len: bytes, 1 or more
 *
 * Returns: (transfer none) (nullable): the same bytes in our address space, %NULL when they do not lie in one region
 */
gpointer
hvn_vhost_user_memory_translate(const HvnVhostUserMemory *self, guint64 user_addr, guint64 len);

/**
 * hvn_vhost_user_memory_locate:
 * @self: a table
 * @user_addr: an address of the front-end
 * @place: (out): the byte in its file
 *
 * Returns: %FALSE when it lies in no region
 */
gboolean
hvn_vhost_user_memory_locate(const HvnVhostUserMemory *self, guint64 user_addr, HvnVhostUserPlace *place);

/**
 * hvn_vhost_user_memory_guest_addr:
 * @self: a table
 * @host: a byte in our address space
 * @guest_addr: (out): its guest physical address
 *
 * Returns: %FALSE when it lies in no region
 */
gboolean
hvn_vhost_user_memory_guest_addr(const HvnVhostUserMemory *self, gconstpointer host, guint64 *guest_addr);

/**
 * hvn_vhost_user_memory_get_last:
 * @self: a table
 *
 * Returns: the highest guest physical address of any region, 0 without regions
 */
guint64
hvn_vhost_user_memory_get_last(const HvnVhostUserMemory *self);

G_END_DECLS
