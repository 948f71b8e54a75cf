/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dirty log of a front-end that migrates: a bitmap in shared memory with a bit for each page of guest memory that we wrote. The
 * front-end clears bits while we set them. Embedded by value, in what does not move. */
#pragma once

#include "hvn-memory-guard.h"

G_BEGIN_DECLS

#define HVN_VHOST_USER_LOG_PAGE 4096

typedef struct {
    void           *mapping; /* NULL without a log */
    gsize           mapping_size;
    guint8         *bits;
    gsize           size; /* bytes of @bits */
    HvnMemoryGuard *guard;
    gint            broken; /* the file was truncated; bits go nowhere */
} HvnVhostUserDirtyLog;

/**
 * hvn_vhost_user_dirty_log_set:
 * @self: a log, or all zeros
 * @fd: (transfer none): the bitmap
 * @size: its bytes
 * @offset: where it starts in @fd
 * @last_addr: the highest guest physical address that it must have a bit for
 *
 * Maps a bitmap in place of the one before, which stays when this fails.
 *
 * Returns: 0, or a positive errno: EINVAL for a bitmap that is too small or goes beyond its file
 */
int
hvn_vhost_user_dirty_log_set(HvnVhostUserDirtyLog *self, int fd, guint64 size, guint64 offset, guint64 last_addr);

/**
 * hvn_vhost_user_dirty_log_clear:
 * @self: a log
 *
 * Unmaps the bitmap.
 */
void
hvn_vhost_user_dirty_log_clear(HvnVhostUserDirtyLog *self);

/**
 * hvn_vhost_user_dirty_log_mark:
 * @self: a log
 * @addr: guest physical address
 * @len: bytes that were written there, before this call
 *
 * Marks pages; those beyond the bitmap are left out.
 */
void
hvn_vhost_user_dirty_log_mark(HvnVhostUserDirtyLog *self, guint64 addr, guint64 len);

G_END_DECLS
