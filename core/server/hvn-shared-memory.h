/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest memory that a client shares by file descriptors: maps each region, and lends it as HvnGuestMemory. A region without a
 * descriptor is remembered and not accessible. */
#pragma once

#include "hvn-guest-memory.h"

G_BEGIN_DECLS

typedef struct _HvnSharedMemory HvnSharedMemory;

/**
 * hvn_shared_memory_new:
 *
 * Returns: (transfer full): a memory without regions
 */
HvnSharedMemory *
hvn_shared_memory_new(void);

/**
 * hvn_shared_memory_free:
 * @self: (transfer full) (nullable): a memory; its regions are unmapped
 */
void
hvn_shared_memory_free(HvnSharedMemory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnSharedMemory, hvn_shared_memory_free)

/**
 * hvn_shared_memory_add:
 * @self: a memory
 * @addr: guest physical address
 * @size: bytes, 1 or more
 * @fd: (transfer none): the memory, or -1 when it is not shared
 * @fd_offset: where the region starts in @fd
 * @readable: whether the device may read
 * @writable: whether the device may write
 *
 * Returns: 0, or a positive errno: EINVAL for an empty or wrapping region or one beyond the end of the file, EEXIST for one that
 *   overlaps another, ENOSPC for too many, or what mmap() says
 */
int
hvn_shared_memory_add(HvnSharedMemory *self, guint64 addr, guint64 size, int fd, guint64 fd_offset, gboolean readable, gboolean writable);

/**
 * hvn_shared_memory_remove:
 * @self: a memory
 * @addr: start of a region
 * @size: its bytes
 *
 * Returns: 0, or ENOENT when there is no such region
 */
int
hvn_shared_memory_remove(HvnSharedMemory *self, guint64 addr, guint64 size);

/**
 * hvn_shared_memory_clear:
 * @self: a memory
 *
 * Removes every region.
 */
void
hvn_shared_memory_clear(HvnSharedMemory *self);

/**
 * hvn_shared_memory_get_guest:
 * @self: a memory
 *
 * Returns: (transfer none): the regions that can be accessed
 */
HvnGuestMemory *
hvn_shared_memory_get_guest(HvnSharedMemory *self);

/**
 * HvnSharedMemoryKind:
 * @HVN_SHARED_MEMORY_NONE: there is nothing, or not for this access
 * @HVN_SHARED_MEMORY_MAPPED: hvn_shared_memory_get_guest() has it
 * @HVN_SHARED_MEMORY_PRIVATE: memory that came without a descriptor
 */
typedef enum {
    HVN_SHARED_MEMORY_NONE,
    HVN_SHARED_MEMORY_MAPPED,
    HVN_SHARED_MEMORY_PRIVATE,
} HvnSharedMemoryKind;

/**
 * hvn_shared_memory_find:
 * @self: a memory
 * @addr: guest physical address
 * @write: whether it is to be written
 * @len: (inout): bytes wanted; cut to those in the same region
 *
 * What is at an address. A small region without a descriptor that may not be written is firmware, which no device reads: nothing.
 *
 * Returns: its kind
 */
HvnSharedMemoryKind
hvn_shared_memory_find(const HvnSharedMemory *self, guint64 addr, gboolean write, gsize *len);

/**
 * hvn_shared_memory_has_private:
 * @self: a memory
 *
 * Returns: whether there is memory that came without a descriptor, as hvn_shared_memory_find() tells it
 */
gboolean
hvn_shared_memory_has_private(const HvnSharedMemory *self);

/**
 * hvn_shared_memory_get_broken:
 * @self: a memory
 *
 * Returns: whether a file was truncated under its mapping and an access has found that: what is read there is made up
 */
gboolean
hvn_shared_memory_get_broken(const HvnSharedMemory *self);

G_END_DECLS
