/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver's side of a virtqueue; see hvn-test-virtqueue.h. Nothing here is shared with the device's side, which it is held
 * against. */
#include "hvn-test-virtqueue.h"

#include "hvn-bytes.h"
#include "hvn-virtqueue.h"

#define DESC_LEN      16
#define TABLE_ENTRIES 64

#define F_NEXT     1
#define F_WRITE    2
#define F_INDIRECT 4
#define F_AVAIL    0x80
#define F_USED     0x8000

static gboolean
is_packed(const HvnTestVirtqueue *self)
{
    return (self->features & HVN_VIRTIO_F_RING_PACKED) != 0;
}

static gboolean
has_event_idx(const HvnTestVirtqueue *self)
{
    return (self->features & HVN_VIRTIO_F_EVENT_IDX) != 0;
}

void
hvn_test_virtqueue_init(HvnTestVirtqueue *self, guint8 *ram, guint64 base, guint size, guint64 features)
{
    *self = (HvnTestVirtqueue){.ram = ram, .features = features, .size = size, .n_free = size, .desc = base};
    g_assert_cmpuint(size, <=, HVN_TEST_VIRTQUEUE_MAX);
    self->driver = base + (guint64)size * DESC_LEN;
    self->device = (self->driver + 6 + 2 * size + 3) & ~G_GUINT64_CONSTANT(3);
    self->tables = (self->device + 6 + 8 * size + 15) & ~G_GUINT64_CONSTANT(15);
    self->end = self->tables + (guint64)size * TABLE_ENTRIES * DESC_LEN;
    memset(ram + base, 0, self->end - base);
    if (is_packed(self))
        self->avail = self->used = self->kicked = 0x8000;
    self->n_free_ids = size;
    for (guint i = 0; i < size; i++)
        self->free_ids[i] = size - 1 - i;
}

static void
write_desc(guint8 *at, const HvnTestPiece *piece, guint16 at12, guint16 at14)
{
    hvn_store_le64(at, piece->addr);
    hvn_store_le32(at + 8, piece->len);
    hvn_store_le16(at + 12, at12);
    hvn_store_le16(at + 14, at14);
}

/* one indirect descriptor that stands for all pieces */
static HvnTestPiece
write_table(HvnTestVirtqueue *self, guint id, const HvnTestPiece *pieces, guint n_out, guint n)
{
    guint64 table = self->tables + (guint64)id * TABLE_ENTRIES * DESC_LEN;

    g_assert_cmpuint(n, <=, TABLE_ENTRIES);
    for (guint i = 0; i < n; i++) {
        guint16 flags = i >= n_out ? F_WRITE : 0;

        if (is_packed(self))
            write_desc(self->ram + table + i * DESC_LEN, &pieces[i], 0, flags);
        else
            write_desc(self->ram + table + i * DESC_LEN, &pieces[i], flags | (i + 1 < n ? F_NEXT : 0), i + 1);
    }
    return (HvnTestPiece){table, n * DESC_LEN};
}

static guint16
step(const HvnTestVirtqueue *self, guint16 position, guint n)
{
    guint index = (position & 0x7fff) + n;

    return index < self->size ? (position & 0x8000) | index : (~position & 0x8000) | (index - self->size);
}

static void
add_packed(HvnTestVirtqueue *self, guint16 id, const HvnTestPiece *pieces, guint n_out, guint n, guint16 indirect)
{
    guint16 position = self->avail, first_flags = 0;

    for (guint i = 0; i < n; i++) {
        guint16 flags = (position & 0x8000 ? F_AVAIL : F_USED) | indirect;

        if (!indirect)
            flags |= (i >= n_out ? F_WRITE : 0) | (i + 1 < n ? F_NEXT : 0);
        if (i == 0)
            first_flags = flags;
        write_desc(self->ram + self->desc + (position & 0x7fff) * DESC_LEN, &pieces[i], i + 1 < n ? 0xffff : id,
                   i == 0 ? hvn_load_le16(self->ram + self->desc + (position & 0x7fff) * DESC_LEN + 14) : flags);
        position = step(self, position, 1);
    }
    hvn_store_le16(self->ram + self->desc + (self->avail & 0x7fff) * DESC_LEN + 14, first_flags);
    self->avail = position;
}

static void
add_split(HvnTestVirtqueue *self, const guint16 *ids, const HvnTestPiece *pieces, guint n_out, guint n, guint16 indirect)
{
    for (guint i = 0; i < n; i++) {
        guint16 flags = indirect;

        if (!indirect)
            flags |= (i >= n_out ? F_WRITE : 0) | (i + 1 < n ? F_NEXT : 0);
        write_desc(self->ram + self->desc + ids[i] * DESC_LEN, &pieces[i], flags, i + 1 < n ? ids[i + 1] : 0xffff);
        self->next[ids[i]] = i + 1 < n ? ids[i + 1] : 0xffff;
    }
    hvn_store_le16(self->ram + self->driver + 4 + (self->avail & (self->size - 1)) * 2, ids[0]);
    self->avail++;
    hvn_store_le16(self->ram + self->driver + 2, self->avail);
}

gboolean
hvn_test_virtqueue_add(HvnTestVirtqueue *self, const HvnTestPiece *pieces, guint n_out, guint n_in, gboolean indirect,
                       guint cookie)
{
    guint n = n_out + n_in, n_descs = indirect ? 1 : n, n_ids = is_packed(self) ? 1 : n_descs;
    guint16 ids[HVN_TEST_VIRTQUEUE_MAX] = {0};
    HvnTestPiece table;

    if (self->n_free < n_descs)
        return FALSE;
    for (guint i = 0; i < n_ids; i++)
        ids[i] = self->free_ids[--self->n_free_ids];
    self->n_free -= n_descs;
    self->n_descs[ids[0]] = n_descs;
    self->cookies[ids[0]] = cookie;
    if (indirect) {
        table = write_table(self, ids[0], pieces, n_out, n);
        pieces = &table;
    }
    if (is_packed(self))
        add_packed(self, ids[0], pieces, n_out, n_descs, indirect ? F_INDIRECT : 0);
    else
        add_split(self, ids, pieces, n_out, n_descs, indirect ? F_INDIRECT : 0);
    return TRUE;
}

gboolean
hvn_test_virtqueue_get(HvnTestVirtqueue *self, guint *cookie, guint32 *len)
{
    guint id;

    if (is_packed(self)) {
        const guint8 *desc = self->ram + self->desc + (self->used & 0x7fff) * DESC_LEN;
        guint16 flags = hvn_load_le16(desc + 14);
        gboolean wrap = (self->used & 0x8000) != 0;

        if (((flags & F_AVAIL) != 0) != wrap || ((flags & F_USED) != 0) != wrap)
            return FALSE;
        id = hvn_load_le16(desc + 12);
        *len = flags & F_WRITE ? hvn_load_le32(desc + 8) : 0;
    } else {
        const guint8 *element = self->ram + self->device + 4 + (self->used & (self->size - 1)) * 8;

        if (hvn_load_le16(self->ram + self->device + 2) == self->used)
            return FALSE;
        id = hvn_load_le32(element);
        *len = hvn_load_le32(element + 4);
    }
    g_assert_cmpuint(id, <, self->size);
    g_assert_cmpuint(self->n_descs[id], >, 0);
    *cookie = self->cookies[id];
    self->used = is_packed(self) ? step(self, self->used, self->n_descs[id]) : (guint16)(self->used + 1);
    self->n_free += self->n_descs[id];
    for (guint i = 0, n = is_packed(self) ? 1 : self->n_descs[id], at = id; i < n; i++, at = self->next[at])
        self->free_ids[self->n_free_ids++] = at;
    self->n_descs[id] = 0;
    return TRUE;
}

/* a position as a count that grows over two turns of the ring, seen from @now */
static guint16
unwrap(const HvnTestVirtqueue *self, guint16 position, guint16 now)
{
    return (position & 0x7fff) - ((position ^ now) & 0x8000 ? self->size : 0);
}

gboolean
hvn_test_virtqueue_needs_kick(HvnTestVirtqueue *self)
{
    const guint8 *device = self->ram + self->device;
    guint16 old = self->kicked, now = self->avail, event;

    self->kicked = now;
    if (now == old)
        return FALSE;
    if (!is_packed(self)) {
        if (!has_event_idx(self))
            return (hvn_load_le16(device) & 1) == 0;
        event = hvn_load_le16(device + 4 + 8 * self->size);
        return (guint16)(now - event - 1) < (guint16)(now - old);
    }
    switch (hvn_load_le16(device + 2)) {
    case 0:
        return TRUE;
    case 2:
        g_assert_true(has_event_idx(self));
        event = unwrap(self, hvn_load_le16(device), now);
        old = unwrap(self, old, now);
        now &= 0x7fff;
        return (guint16)(now - event - 1) < (guint16)(now - old);
    default:
        return FALSE;
    }
}

gboolean
hvn_test_virtqueue_want_interrupt(HvnTestVirtqueue *self, gboolean on)
{
    guint8 *driver = self->ram + self->driver;

    if (is_packed(self)) {
        hvn_store_le16(driver, self->used);
        hvn_store_le16(driver + 2, on ? (has_event_idx(self) ? 2 : 0) : 1);
    } else if (has_event_idx(self)) {
        hvn_store_le16(driver + 4 + 2 * self->size, on ? self->used : (guint16)(self->used - 1));
    } else {
        hvn_store_le16(driver, on ? 0 : 1);
    }
    if (is_packed(self)) {
        guint16 flags = hvn_load_le16(self->ram + self->desc + (self->used & 0x7fff) * DESC_LEN + 14);
        gboolean wrap = (self->used & 0x8000) != 0;

        return ((flags & F_AVAIL) != 0) == wrap && ((flags & F_USED) != 0) == wrap;
    }
    return hvn_load_le16(self->ram + self->device + 2) != self->used;
}
