/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the packed rings of a vhost-user device are, in a file that outlives the server (hvn_vhost_user_set_state_fd()): a record for each
 * ring, which says whose position it is and, in its journal, what the position is.
 *
 * A record is of a ring when all of these are as when it was written: the ring's size and layout, the base that the client gave, and the
 * bytes of the client's memory file in which the three parts are. Knows no messages. */
#pragma once

#include "hvn-virtqueue.h"

G_BEGIN_DECLS

/**
 * HvnVhostUserPlace:
 * @device: of the file, as fstat() says
 * @inode: of the file
 * @offset: in the file
 *
 * Bytes of a client's memory, whatever their addresses are: two clients share no memory file.
 */
typedef struct {
    guint64 device;
    guint64 inode;
    guint64 offset;
} HvnVhostUserPlace;

/**
 * HvnVhostUserIdentity:
 * @version: of this struct, set by hvn_vhost_user_record_set()
 * @size: descriptors
 * @features: those that decide on the layout
 * @base: that the client started the ring with
 * @padding: zero
 * @places: of the three parts
 *
 * Which ring, and which start of it.
 */
typedef struct {
    guint32           version;
    guint32           size;
    guint64           features;
    guint32           base;
    guint32           padding;
    HvnVhostUserPlace places[HVN_VIRTQUEUE_N_AREAS];
} HvnVhostUserIdentity;

/**
 * HvnVhostUserRecord:
 * @current: which of @identities is valid, and one; 0 for none
 * @padding: zero
 * @identities: whose position it is; changed in one step by a switch to the other
 * @journal: the position
 *
 * A record of the file.
 */
typedef struct {
    guint32              current;
    guint32              padding;
    HvnVhostUserIdentity identities[2];
    HvnVirtqueueJournal  journal;
} HvnVhostUserRecord;

typedef struct _HvnVhostUserState HvnVhostUserState;

/**
 * hvn_vhost_user_state_new:
 * @fd: (transfer none): a regular file or memfd that can be written, made as long as it must be; -1 for memory of this process
 * @n_rings: records
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the records, or %NULL with %HVN_ERROR_IO set
 */
HvnVhostUserState *
hvn_vhost_user_state_new(int fd, guint n_rings, GError **error);

/**
 * hvn_vhost_user_state_free:
 * @self: (transfer full) (nullable): the records; what is in the file stays
 */
void
hvn_vhost_user_state_free(HvnVhostUserState *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVhostUserState, hvn_vhost_user_state_free)

/**
 * hvn_vhost_user_state_get_record:
 * @self: records
 * @ring: less than their number
 *
 * Returns: (transfer none): the record of a ring
 */
HvnVhostUserRecord *
hvn_vhost_user_state_get_record(HvnVhostUserState *self, guint ring);

/**
 * hvn_vhost_user_record_matches:
 * @self: a record
 * @identity: of a ring that a client starts, @version left out
 *
 * Returns: whether the record's position is that ring's
 */
gboolean
hvn_vhost_user_record_matches(const HvnVhostUserRecord *self, const HvnVhostUserIdentity *identity);

/**
 * hvn_vhost_user_record_set:
 * @self: a record whose journal is that of the ring
 * @identity: of the ring, @version left out
 */
void
hvn_vhost_user_record_set(HvnVhostUserRecord *self, const HvnVhostUserIdentity *identity);

/**
 * hvn_vhost_user_record_clear:
 * @self: a record, of no ring then
 */
void
hvn_vhost_user_record_clear(HvnVhostUserRecord *self);

G_END_DECLS
