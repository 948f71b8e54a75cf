/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The packed virtqueue (VIRTIO 1.2, 2.8): one ring of descriptors that the driver marks as available and the device as used,
 * each with a bit that has the value of its wrap counter.
 *
 *   descriptor: addr u64, len u32, id u16, flags u16         event suppression: desc u16 (bit 15 the wrap counter), flags u16
 *
 * A position is an index with the wrap counter in bit 15. */
#include "hvn-virtqueue-private.h"

#define DESC_LEN_AT   8
#define DESC_ID_AT    12
#define DESC_FLAGS_AT 14

#define DESC_AVAIL (1u << 7)
#define DESC_USED  (1u << 15)

#define EVENT_DESC  0 /* 2.8.14 */
#define EVENT_FLAGS 2

#define EVENT_ENABLE  0
#define EVENT_DISABLE 1
#define EVENT_AT_DESC 2

#define POSITION_WRAP  0x8000u
#define POSITION_INDEX 0x7fffu

#define POSITION_ANY 0x8000u /* with EVENT_ENABLE the driver does not look at it; not 0, see hvn_virtqueue_resume() */

static inline guint8 *
hvn_virtq_packed_desc(const HvnVirtqueue *self, guint16 position)
{
    return self->areas[HVN_VIRTQUEUE_DESC] + (gsize)(position & POSITION_INDEX) * HVN_VIRTQ_DESC_LEN;
}

/* descriptors from used to avail: those that the device has */
static guint
hvn_virtq_packed_in_flight(const HvnVirtqueue *self)
{
    gint distance = (gint)(self->avail & POSITION_INDEX) - (gint)(self->used & POSITION_INDEX);

    return (self->avail ^ self->used) & POSITION_WRAP ? distance + (gint)self->layout.size : distance;
}

/* 2.8.1: the driver's turn came with the bit equal to the counter, the device's has not */
static gboolean
hvn_virtq_packed_is_available(const HvnVirtqueue *self, guint16 position)
{
    guint16 flags = hvn_virtq_load_acquire(hvn_virtq_packed_desc(self, position) + DESC_FLAGS_AT);
    gboolean wrap = (position & POSITION_WRAP) != 0;

    return ((flags & DESC_AVAIL) != 0) == wrap && ((flags & DESC_USED) != 0) != wrap;
}

/* 2.8.7: every entry of an indirect table belongs to the chain, whatever its next flag says */
static gboolean
hvn_virtq_packed_walk_table(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain, const HvnVirtqDesc *from)
{
    guint n_entries = 0;
    const guint8 *table = hvn_virtqueue_map_table(self, from, &n_entries);
    HvnVirtqDesc desc;

    if (table == NULL)
        return FALSE;
    for (guint i = 0; i < n_entries; i++) {
        hvn_virtq_desc_load(&desc, table + (gsize)i * HVN_VIRTQ_DESC_LEN, TRUE);
        if (desc.flags & HVN_VIRTQ_DESC_INDIRECT) {
            hvn_virtqueue_set_broken(self, "an indirect table within another");
            return FALSE;
        }
        if (!hvn_virtqueue_add_desc(self, batch, chain, &desc))
            return FALSE;
    }
    return TRUE;
}

/* the buffer ID is that of the last descriptor (2.8.6) */
static gboolean
hvn_virtq_packed_walk(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain)
{
    guint room = self->layout.size - hvn_virtq_packed_in_flight(self);
    guint16 position = self->avail;
    HvnVirtqDesc desc;

    for (guint i = 0; i < room; i++) {
        hvn_virtq_desc_load(&desc, hvn_virtq_packed_desc(self, position), TRUE);
        position = hvn_virtq_packed_advance(self, position, 1);
        chain->id = desc.next;
        chain->n_slots = i + 1;
        if (desc.flags & HVN_VIRTQ_DESC_INDIRECT) {
            if (!(desc.flags & HVN_VIRTQ_DESC_NEXT))
                return hvn_virtq_packed_walk_table(self, batch, chain, &desc);
            hvn_virtqueue_set_broken(self, "an indirect descriptor with a next one");
            return FALSE;
        }
        if (!hvn_virtqueue_add_desc(self, batch, chain, &desc))
            return FALSE;
        if (!(desc.flags & HVN_VIRTQ_DESC_NEXT))
            return TRUE;
    }
    hvn_virtqueue_set_broken(self, "a chain that is longer than the ring");
    return FALSE;
}

static gboolean
hvn_virtq_packed_pop(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain)
{
    gboolean at_end = self->avail == self->seen;

    if (hvn_virtq_packed_in_flight(self) >= self->layout.size || !hvn_virtq_packed_is_available(self, self->avail)) {
        self->seen = self->avail;
        return FALSE;
    }
    if (!hvn_virtq_packed_walk(self, batch, chain))
        return FALSE;
    self->avail = hvn_virtq_packed_advance(self, self->avail, chain->n_slots);
    if (at_end)
        self->seen = self->avail;
    return TRUE;
}

/* 2.8.8: the first descriptor's flags go last, so that the driver sees all or nothing */
static void
hvn_virtq_packed_publish(HvnVirtqueue *self)
{
    guint n = self->n_pushed - self->n_flushed;
    guint8 *first = hvn_virtq_packed_desc(self, self->used);
    guint16 first_flags = 0;

    for (guint i = 0; i < n; i++) {
        guint8 *desc = hvn_virtq_packed_desc(self, self->used);
        guint16 flags = self->used & POSITION_WRAP ? DESC_AVAIL | DESC_USED : 0;

        flags |= self->staged[i].len > 0 ? HVN_VIRTQ_DESC_WRITE : 0;
        hvn_store_le32(desc + DESC_LEN_AT, self->staged[i].len);
        hvn_store_le16(desc + DESC_ID_AT, self->staged[i].id);
        if (i == 0)
            first_flags = flags;
        else
            hvn_virtq_store_release(desc + DESC_FLAGS_AT, flags);
        hvn_virtq_dirty(self, desc + DESC_LEN_AT, 8);
        self->used = hvn_virtq_packed_advance(self, self->used, self->staged[i].n_slots);
    }
    hvn_virtq_store_release(first + DESC_FLAGS_AT, first_flags);
    hvn_virtq_dirty(self, first + DESC_LEN_AT, 8);
}

/* 2.8.10: the event's position as an index on the same turn of the ring as used */
static gboolean
hvn_virtq_packed_wants_notify(HvnVirtqueue *self)
{
    const guint8 *area = self->areas[HVN_VIRTQUEUE_DRIVER];
    guint16 flags = hvn_virtq_load_acquire(area + EVENT_FLAGS) & 3;
    guint16 at = hvn_virtq_load_acquire(area + EVENT_DESC);
    guint16 now = self->used & POSITION_INDEX, old = self->signalled & POSITION_INDEX;
    guint16 event = at & POSITION_INDEX;

    if (flags == EVENT_DISABLE)
        return FALSE;
    if (flags != EVENT_AT_DESC || !(self->layout.features & HVN_VIRTIO_F_EVENT_IDX) || !self->signalled_valid)
        return TRUE;
    if ((at ^ self->used) & POSITION_WRAP)
        event -= self->layout.size;
    if ((self->signalled ^ self->used) & POSITION_WRAP)
        old -= self->layout.size;
    return hvn_virtq_passes(event, now, old);
}

static void
hvn_virtq_packed_want_kick(HvnVirtqueue *self)
{
    guint8 *area = self->areas[HVN_VIRTQUEUE_DEVICE];

    if (self->layout.features & HVN_VIRTIO_F_EVENT_IDX) {
        hvn_virtq_store_release(area + EVENT_DESC, self->seen);
        hvn_virtq_store_release(area + EVENT_FLAGS, EVENT_AT_DESC);
    } else {
        hvn_virtq_store_release(area + EVENT_DESC, POSITION_ANY);
        hvn_virtq_store_release(area + EVENT_FLAGS, EVENT_ENABLE);
    }
    hvn_virtq_dirty(self, area, 4);
}

static void
hvn_virtq_packed_mute_kicks(HvnVirtqueue *self)
{
    guint8 *area = self->areas[HVN_VIRTQUEUE_DEVICE];

    hvn_virtq_store_release(area + EVENT_FLAGS, EVENT_DISABLE);
    hvn_virtq_dirty(self, area, 4);
}

static gboolean
hvn_virtq_packed_has_more(HvnVirtqueue *self)
{
    return hvn_virtq_packed_is_available(self, self->seen);
}

const HvnVirtqueueKind hvn_virtqueue_packed = {
    .pop = hvn_virtq_packed_pop,
    .publish = hvn_virtq_packed_publish,
    .wants_notify = hvn_virtq_packed_wants_notify,
    .want_kick = hvn_virtq_packed_want_kick,
    .mute_kicks = hvn_virtq_packed_mute_kicks,
    .has_more = hvn_virtq_packed_has_more,
};
