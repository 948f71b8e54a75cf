/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two layouts of a virtqueue share: a table of functions for what differs, and the assembly of a chain from
 * descriptors. */
#pragma once

#include "hvn-virtqueue.h"

#include "hvn-bytes.h"

G_BEGIN_DECLS

#define HVN_VIRTQ_DESC_LEN 16 /* 2.7.5, 2.8.6 */

/* flags of a descriptor in both layouts */
#define HVN_VIRTQ_DESC_NEXT     (1u << 0)
#define HVN_VIRTQ_DESC_WRITE    (1u << 1)
#define HVN_VIRTQ_DESC_INDIRECT (1u << 2)

/* a descriptor, loaded once */
typedef struct {
    guint64 addr;
    guint32 len;
    guint16 flags;
    guint16 next; /* split only */
} HvnVirtqDesc;

/**
 * HvnVirtqueueKind:
 * @pop: takes the next chain; %FALSE when there is none or the queue broke
 * @publish: shows the driver the staged chains and moves used behind them
 * @wants_notify: whether the driver asked to be told of the chains from signalled up to used
 * @want_kick: asks for a kick behind seen
 * @mute_kicks: says that no kick is needed
 * @has_more: whether the driver offers more than was seen
 */
struct _HvnVirtqueueKind {
    gboolean (*pop)(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain);
    void (*publish)(HvnVirtqueue *self);
    gboolean (*wants_notify)(HvnVirtqueue *self);
    void (*want_kick)(HvnVirtqueue *self);
    void (*mute_kicks)(HvnVirtqueue *self);
    gboolean (*has_more)(HvnVirtqueue *self);
};

/* a position of a packed queue, @n descriptors on */
static inline guint16
hvn_virtq_packed_advance(const HvnVirtqueue *self, guint16 position, guint n)
{
    guint index = (position & 0x7fff) + n;

    if (index < self->layout.size)
        return (position & 0x8000) | index;
    return (~position & 0x8000) | (index - self->layout.size);
}

/* says in the journal that what is staged is being published from used on */
void
hvn_virtqueue_journal_intend(HvnVirtqueue *self);

/* says in the journal that it was */
void
hvn_virtqueue_journal_commit(HvnVirtqueue *self);

extern const HvnVirtqueueKind hvn_virtqueue_split;
extern const HvnVirtqueueKind hvn_virtqueue_packed;

/* 16 bits that the other side writes or reads at the same time, at an even address */
static inline guint16
hvn_virtq_load_acquire(const guint8 *at)
{
    return GUINT16_FROM_LE(__atomic_load_n((const guint16 *)(gconstpointer)at, __ATOMIC_ACQUIRE));
}

static inline void
hvn_virtq_store_release(guint8 *at, guint16 value)
{
    __atomic_store_n((guint16 *)(gpointer)at, GUINT16_TO_LE(value), __ATOMIC_RELEASE);
}

/* what we wrote is seen before what we look at next (2.7.13.4.1, 2.8.21.3.1) */
static inline void
hvn_virtq_fence(void)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void
hvn_virtq_dirty(HvnVirtqueue *self, gconstpointer host, gsize len)
{
    if (G_UNLIKELY(self->ops->dirty != NULL))
        self->ops->dirty(self->data, host, len);
}

/* 2.7.10: whether the step from @old to @now goes over @event */
static inline gboolean
hvn_virtq_passes(guint16 event, guint16 now, guint16 old)
{
    return (guint16)(now - event - 1) < (guint16)(now - old);
}

/* addr, len; what stands behind differs */
static inline void
hvn_virtq_desc_load(HvnVirtqDesc *desc, const guint8 *at, gboolean packed)
{
    guint8 bytes[HVN_VIRTQ_DESC_LEN];

    memcpy(bytes, at, sizeof bytes);
    desc->addr = hvn_load_le64(bytes);
    desc->len = hvn_load_le32(bytes + 8);
    desc->flags = hvn_load_le16(bytes + (packed ? 14 : 12));
    desc->next = hvn_load_le16(bytes + (packed ? 12 : 14)); /* the buffer ID of a packed one */
}

/* adds the bytes of one descriptor to @chain; FALSE when they broke the queue */
gboolean
hvn_virtqueue_add_desc(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain, const HvnVirtqDesc *desc);

/* the table of an indirect descriptor, lent, and the number of its entries; NULL when it broke the queue */
const guint8 *
hvn_virtqueue_map_table(HvnVirtqueue *self, const HvnVirtqDesc *desc, guint *n_entries);

G_END_DECLS
