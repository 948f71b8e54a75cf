/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client that truncates the file behind shared memory turns our next access to it into SIGBUS, which would end the process and every
 * other client's device with it. The guard puts an empty page there instead and notes it; whoever owns the memory stops using it.
 *
 * Signals belong to the process, so the table of guarded memory does too. The handler is installed with the first guarded range, and
 * passes on what is not ours. A file that is sealed against shrinking (QEMU's memfd is) needs no guard. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HvnMemoryGuard HvnMemoryGuard;

/**
 * hvn_memory_guard_add:
 * @start: (transfer none): a mapping
 * @len: its bytes
 * @granule: what can be mapped by itself: a page, or a huge page
 * @hit: (transfer none): becomes 1 when an access failed; outlives the guard
 *
 * Returns: (transfer full): to be given to hvn_memory_guard_remove() before the mapping ends
 */
HvnMemoryGuard *
hvn_memory_guard_add(void *start, gsize len, gsize granule, gint *hit);

/**
 * hvn_memory_guard_remove:
 * @self: (transfer full) (nullable): a guard
 */
void
hvn_memory_guard_remove(HvnMemoryGuard *self);

G_END_DECLS
