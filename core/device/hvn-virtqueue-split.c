/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The split virtqueue (VIRTIO 1.2, 2.7): a descriptor table, a ring of chains that the driver offers and one of those that the
 * device has used.
 *
 *   driver area: flags u16, idx u16, ring[size] u16, used_event u16        device area: flags u16, idx u16, ring[size] {id u32,
 *   len u32},                                                                                     avail_event u16
 */
#include "hvn-virtqueue-private.h"

#define AVAIL_FLAGS 0 /* 2.7.6 */
#define AVAIL_IDX   2
#define AVAIL_RING  4
#define USED_FLAGS  0 /* 2.7.8 */
#define USED_IDX    2
#define USED_RING   4
#define USED_LEN    8 /* of an element */

#define AVAIL_F_NO_INTERRUPT 1
#define USED_F_NO_NOTIFY     1

static inline guint8 *
hvn_virtq_split_driver(const HvnVirtqueue *self, guint offset)
{
    return self->areas[HVN_VIRTQUEUE_DRIVER] + offset;
}

static inline guint8 *
hvn_virtq_split_device(const HvnVirtqueue *self, guint offset)
{
    return self->areas[HVN_VIRTQUEUE_DEVICE] + offset;
}

/* 2.7.5.3: an indirect table is walked by the same next fields */
static gboolean
hvn_virtq_split_walk_table(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain, const HvnVirtqDesc *from)
{
    guint n_entries = 0;
    const guint8 *table = hvn_virtqueue_map_table(self, from, &n_entries);
    HvnVirtqDesc desc = {0};

    if (table == NULL)
        return FALSE;
    for (guint i = 0; i < n_entries; i++) {
        hvn_virtq_desc_load(&desc, table + (gsize)desc.next * HVN_VIRTQ_DESC_LEN, FALSE);
        if (desc.flags & HVN_VIRTQ_DESC_INDIRECT) {
            hvn_virtqueue_set_broken(self, "an indirect table within another");
            return FALSE;
        }
        if (!hvn_virtqueue_add_desc(self, batch, chain, &desc))
            return FALSE;
        if (!(desc.flags & HVN_VIRTQ_DESC_NEXT))
            return TRUE;
        if (desc.next >= n_entries) {
            hvn_virtqueue_set_broken(self, "a next descriptor beyond its table");
            return FALSE;
        }
    }
    hvn_virtqueue_set_broken(self, "a loop of descriptors in an indirect table");
    return FALSE;
}

static gboolean
hvn_virtq_split_walk(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain)
{
    const guint8 *table = self->areas[HVN_VIRTQUEUE_DESC];
    HvnVirtqDesc desc = {.next = chain->id};

    for (guint i = 0; i < self->layout.size; i++) {
        if (desc.next >= self->layout.size) {
            hvn_virtqueue_set_broken(self, i == 0 ? "a head beyond the descriptor table" : "a next descriptor beyond its table");
            return FALSE;
        }
        hvn_virtq_desc_load(&desc, table + (gsize)desc.next * HVN_VIRTQ_DESC_LEN, FALSE);
        if (desc.flags & HVN_VIRTQ_DESC_INDIRECT) {
            if (!(desc.flags & HVN_VIRTQ_DESC_NEXT))
                return hvn_virtq_split_walk_table(self, batch, chain, &desc);
            hvn_virtqueue_set_broken(self, "an indirect descriptor with a next one");
            return FALSE;
        }
        if (!hvn_virtqueue_add_desc(self, batch, chain, &desc))
            return FALSE;
        if (!(desc.flags & HVN_VIRTQ_DESC_NEXT))
            return TRUE;
    }
    hvn_virtqueue_set_broken(self, "a loop of descriptors");
    return FALSE;
}

/* what the driver offers by now, as far as it can be true: TRUE when the index moved */
static gboolean
hvn_virtq_split_look(HvnVirtqueue *self)
{
    guint16 index = hvn_virtq_load_acquire(hvn_virtq_split_driver(self, AVAIL_IDX));

    if (index == self->seen)
        return FALSE;
    /* chains that were popped and not flushed still take their places */
    if ((guint16)(index - self->avail) + (self->n_popped - self->n_flushed) > self->layout.size) {
        hvn_virtqueue_set_broken(self, "an available index that ran away from the ring");
        return FALSE;
    }
    self->seen = index;
    return TRUE;
}

static gboolean
hvn_virtq_split_pop(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain)
{
    guint slot = self->avail & (self->layout.size - 1);

    if (self->avail == self->seen && !hvn_virtq_split_look(self))
        return FALSE;
    chain->id = hvn_load_le16(hvn_virtq_split_driver(self, AVAIL_RING + slot * 2));
    chain->n_slots = 1;
    if (!hvn_virtq_split_walk(self, batch, chain))
        return FALSE;
    self->avail++;
    return TRUE;
}

/* 2.7.8.2: elements first, then the index */
static void
hvn_virtq_split_publish(HvnVirtqueue *self)
{
    guint n = self->n_pushed - self->n_flushed;

    for (guint i = 0; i < n; i++) {
        guint slot = (guint16)(self->used + i) & (self->layout.size - 1);
        guint8 *element = hvn_virtq_split_device(self, USED_RING + slot * USED_LEN);

        hvn_store_le32(element, self->staged[i].id);
        hvn_store_le32(element + 4, self->staged[i].len);
        hvn_virtq_dirty(self, element, USED_LEN);
    }
    self->used += n;
    hvn_virtq_store_release(hvn_virtq_split_device(self, USED_IDX), self->used);
    hvn_virtq_dirty(self, hvn_virtq_split_device(self, USED_IDX), 2);
}

static gboolean
hvn_virtq_split_wants_notify(HvnVirtqueue *self)
{
    guint16 event;

    if (!(self->layout.features & HVN_VIRTIO_F_EVENT_IDX))
        return !(hvn_virtq_load_acquire(hvn_virtq_split_driver(self, AVAIL_FLAGS)) & AVAIL_F_NO_INTERRUPT);
    event = hvn_virtq_load_acquire(hvn_virtq_split_driver(self, AVAIL_RING + self->layout.size * 2));
    return !self->signalled_valid || hvn_virtq_passes(event, self->used, self->signalled);
}

static void
hvn_virtq_split_set_flags(HvnVirtqueue *self, guint16 flags)
{
    guint8 *at = hvn_virtq_split_device(self, USED_FLAGS);

    hvn_virtq_store_release(at, flags);
    hvn_virtq_dirty(self, at, 2);
}

static void
hvn_virtq_split_want_kick(HvnVirtqueue *self)
{
    guint8 *event = hvn_virtq_split_device(self, USED_RING + self->layout.size * USED_LEN);

    if (!(self->layout.features & HVN_VIRTIO_F_EVENT_IDX)) {
        hvn_virtq_split_set_flags(self, 0);
        return;
    }
    hvn_virtq_store_release(event, self->seen);
    hvn_virtq_dirty(self, event, 2);
}

/* 2.7.10.1: with event indexes the flags stay 0, and an index that was passed is not passed again soon */
static void
hvn_virtq_split_mute_kicks(HvnVirtqueue *self)
{
    if (!(self->layout.features & HVN_VIRTIO_F_EVENT_IDX))
        hvn_virtq_split_set_flags(self, USED_F_NO_NOTIFY);
}

const HvnVirtqueueKind hvn_virtqueue_split = {
    .pop = hvn_virtq_split_pop,
    .publish = hvn_virtq_split_publish,
    .wants_notify = hvn_virtq_split_wants_notify,
    .want_kick = hvn_virtq_split_want_kick,
    .mute_kicks = hvn_virtq_split_mute_kicks,
    .has_more = hvn_virtq_split_look,
};
