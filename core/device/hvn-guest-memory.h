/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest physical memory as regions of our own address space: what a hypervisor in the same process, the probe guest and the device
 * servers build their HvnBus on. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

typedef struct _HvnGuestMemory HvnGuestMemory;

/**
 * hvn_guest_memory_new:
 *
 * Returns: (transfer full): a memory without regions
 */
HvnGuestMemory *
hvn_guest_memory_new(void);

/**
 * hvn_guest_memory_free:
 * @self: (transfer full) (nullable): a memory; the host memory of its regions is the caller's
 */
void
hvn_guest_memory_free(HvnGuestMemory *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnGuestMemory, hvn_guest_memory_free)

/**
 * hvn_guest_memory_add:
 * @self: a memory
 * @addr: guest physical address
 * @len: bytes, 1 or more
 * @host: (transfer none): the bytes, which must outlive the region
 * @writable: whether the device may write
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set when the region is empty, wraps or overlaps another
 */
gboolean
hvn_guest_memory_add(HvnGuestMemory *self, guint64 addr, gsize len, gpointer host, gboolean writable, GError **error);

/**
 * hvn_guest_memory_remove:
 * @self: a memory
 * @addr: start of a region
 * @len: its bytes
 *
 * Returns: %FALSE when there is no such region
 */
gboolean
hvn_guest_memory_remove(HvnGuestMemory *self, guint64 addr, gsize len);

/**
 * hvn_guest_memory_map:
 * @self: a memory
 * @addr: guest physical address
 * @len: bytes
 * @write: whether it will be written
 * @iov: (out caller-allocates) (array length=n_iov): the pieces, one for each region that is touched
 * @n_iov: room
 *
 * Returns: pieces used, 0 when any byte is not memory (or not writable), @len is 0 or the room is too small
 */
guint
hvn_guest_memory_map(HvnGuestMemory *self, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov);

/**
 * hvn_guest_memory_read:
 * @self: a memory
 * @addr: guest physical address
 * @buf: (out caller-allocates): room for @len bytes
 * @len: bytes
 *
 * Returns: %FALSE when any byte is not memory
 */
gboolean
hvn_guest_memory_read(HvnGuestMemory *self, guint64 addr, gpointer buf, gsize len);

/**
 * hvn_guest_memory_write:
 * @self: a memory
 * @addr: guest physical address
 * @buf: bytes
 * @len: how many
 *
 * Returns: %FALSE when any byte is not memory that may be written; nothing is written then
 */
gboolean
hvn_guest_memory_write(HvnGuestMemory *self, guint64 addr, gconstpointer buf, gsize len);

G_END_DECLS
