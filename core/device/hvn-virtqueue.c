/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What both layouts of a virtqueue share: start and stop, chains as pieces of guest memory, and the way back in order. What
 * stands in the rings is in hvn-virtqueue-split.c and hvn-virtqueue-packed.c, what outlives a process in hvn-virtqueue-journal.c.
 *
 *   popped   chains that the device has            \  n_popped - n_flushed of them; hvn_virtqueue_rewind() gives back the newest
 *   pushed   staged: used, and not shown yet        > staged[] is ours, so a frame that does not fit can be taken back whole
 *   flushed  the driver's again                    /
 */
#include "hvn-virtqueue-private.h"

#include "hvn-error.h"
#include "hvn-iov.h"

#define VIRTQ_RING_PIECES 8 /* of a ring part; they must follow each other in our memory too */

void
hvn_virtqueue_init(HvnVirtqueue *self, guint index, const HvnVirtqueueOps *ops, gpointer data)
{
    *self = (HvnVirtqueue){.index = index, .ops = ops, .data = data};
}

void
hvn_virtqueue_clear(HvnVirtqueue *self)
{
    hvn_virtqueue_stop(self);
}

/* ---- where the parts are ---- */

gsize
hvn_virtqueue_area_len(guint64 features, guint size, HvnVirtqueueAreaKind kind)
{
    gboolean packed = (features & HVN_VIRTIO_F_RING_PACKED) != 0;
    gsize event = features & HVN_VIRTIO_F_EVENT_IDX ? 2 : 0;

    if (kind == HVN_VIRTQUEUE_DESC)
        return (gsize)size * HVN_VIRTQ_DESC_LEN;
    if (packed)
        return 4;
    if (kind == HVN_VIRTQUEUE_DRIVER)
        return 4 + (gsize)size * 2 + event;
    return 4 + (gsize)size * 8 + event;
}

/* a part that lies in several regions of guest memory can be used when these follow each other here */
static guint8 *
hvn_virtqueue_map_flat(HvnVirtqueue *self, guint64 addr, gsize len, gboolean write)
{
    struct iovec pieces[VIRTQ_RING_PIECES];
    guint n = self->ops->map(self->data, addr, len, write, pieces, G_N_ELEMENTS(pieces));

    for (guint i = 1; i < n; i++) {
        if ((guint8 *)pieces[i - 1].iov_base + pieces[i - 1].iov_len != pieces[i].iov_base)
            return NULL;
    }
    return n > 0 ? pieces[0].iov_base : NULL;
}

static gboolean
hvn_virtqueue_map_areas(HvnVirtqueue *self)
{
    const HvnVirtqueueLayout *layout = &self->layout;

    /* what offers chains is fetched before the chains: descriptors that are older than the index would not be those it means */
    if (G_UNLIKELY(self->ops->is_pending != NULL))
        hvn_virtqueue_map_flat(self, layout->areas[HVN_VIRTQUEUE_DRIVER].addr,
                               hvn_virtqueue_area_len(layout->features, layout->size, HVN_VIRTQUEUE_DRIVER), FALSE);
    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++) {
        gboolean write = i == HVN_VIRTQUEUE_DEVICE ||
                         (i == HVN_VIRTQUEUE_DESC && (layout->features & HVN_VIRTIO_F_RING_PACKED) != 0);

        self->areas[i] = layout->areas[i].host;
        if (self->areas[i] == NULL)
            self->areas[i] = hvn_virtqueue_map_flat(self, layout->areas[i].addr,
                                                    hvn_virtqueue_area_len(layout->features, layout->size, i), write);
        if (self->areas[i] == NULL)
            return FALSE;
    }
    return TRUE;
}

/* a queue of memory that is not shared, see HvnVirtqueueOps.is_pending */
static inline gboolean
hvn_virtqueue_is_pending(HvnVirtqueue *self)
{
    return self->ops->is_pending != NULL && self->ops->is_pending(self->data);
}

static void
hvn_virtqueue_let_go(HvnVirtqueue *self)
{
    if (self->ops->done != NULL)
        self->ops->done(self->data);
}

static void
hvn_virtqueue_release(HvnVirtqueue *self)
{
    memset(self->areas, 0, sizeof self->areas);
    if (self->ops->release != NULL)
        self->ops->release(self->data);
}

/* 2.7 and 2.8: 16, 2 and 4 bytes; 16, 4 and 4 bytes */
static gboolean
hvn_virtqueue_check_areas(const HvnVirtqueueLayout *layout, const HvnVirtqueueArea *areas, guint index, GError **error)
{
    static const char *const names[] = {"descriptor", "driver", "device"};
    gboolean packed = (layout->features & HVN_VIRTIO_F_RING_PACKED) != 0;
    const guint alignments[] = {16, packed ? 4 : 2, 4};

    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++) {
        guint64 at = areas[i].host != NULL ? (guint64)GPOINTER_TO_SIZE(areas[i].host) : areas[i].addr;

        /* host pointers need what atomic access needs; their guest addresses were the transport's to check */
        if (at % (areas[i].host != NULL ? 2 : alignments[i]) != 0) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL,
                        "queue %u: the %s area at 0x%" G_GINT64_MODIFIER "x is not a multiple of %u bytes", index, names[i], at,
                        alignments[i]);
            return FALSE;
        }
    }
    return TRUE;
}

gboolean
hvn_virtqueue_set_areas(HvnVirtqueue *self, const HvnVirtqueueArea *areas, GError **error)
{
    HvnVirtqueueArea old[HVN_VIRTQUEUE_N_AREAS];
    gboolean reachable;

    g_return_val_if_fail(self->kind != NULL && !self->begun, FALSE);

    if (!hvn_virtqueue_check_areas(&self->layout, areas, self->index, error))
        return FALSE;
    memcpy(old, self->layout.areas, sizeof old);
    memcpy(self->layout.areas, areas, sizeof old);
    reachable = hvn_virtqueue_map_areas(self);
    hvn_virtqueue_release(self);
    if (!reachable) {
        memcpy(self->layout.areas, old, sizeof old);
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: its rings are not in guest memory", self->index);
    }
    return reachable;
}

/* ---- start and stop ---- */

guint32
hvn_virtqueue_initial_state(guint64 features)
{
    return features & HVN_VIRTIO_F_RING_PACKED ? 0x80008000 : 0;
}

/* 2.8.1: both positions are in the ring, and the one to take is less than a turn ahead of the one to give back */
static gboolean
hvn_virtqueue_state_fits(guint size, guint32 state)
{
    guint avail = state & 0x7fff, used = state >> 16 & 0x7fff;
    gboolean same_turn = ((state ^ state >> 16) & 0x8000) == 0;

    return avail < size && used < size && (same_turn ? avail >= used : avail <= used);
}

static gboolean
hvn_virtqueue_check_layout(const HvnVirtqueueLayout *layout, guint32 state, guint index, GError **error)
{
    gboolean packed = (layout->features & HVN_VIRTIO_F_RING_PACKED) != 0;

    if (layout->size == 0 || layout->size > HVN_VIRTQUEUE_SIZE_MAX || (!packed && (layout->size & (layout->size - 1)) != 0)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: a size of %u, must be 1 to %u%s", index, layout->size,
                    HVN_VIRTQUEUE_SIZE_MAX, packed ? "" : " and a power of two");
        return FALSE;
    }
    if (packed && !hvn_virtqueue_state_fits(layout->size, state)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: state 0x%08x does not fit %u descriptors", index, state,
                    layout->size);
        return FALSE;
    }
    return hvn_virtqueue_check_areas(layout, layout->areas, index, error);
}

gboolean
hvn_virtqueue_start(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, guint32 state, GError **error)
{
    gboolean packed = (layout->features & HVN_VIRTIO_F_RING_PACKED) != 0;
    gboolean reachable;
    guint16 used = state >> 16;

    g_return_val_if_fail(self->kind == NULL, FALSE);

    if (!hvn_virtqueue_check_layout(layout, state, self->index, error))
        return FALSE;
    self->layout = *layout;
    reachable = hvn_virtqueue_map_areas(self);
    if (hvn_virtqueue_is_pending(self)) { /* what the device writes is ours and here */
        self->areas[HVN_VIRTQUEUE_DEVICE] = hvn_virtqueue_map_flat(self, layout->areas[HVN_VIRTQUEUE_DEVICE].addr,
            hvn_virtqueue_area_len(layout->features, layout->size, HVN_VIRTQUEUE_DEVICE), TRUE);
        reachable = self->areas[HVN_VIRTQUEUE_DEVICE] != NULL;
    }
    if (reachable && !packed)
        used = hvn_virtq_load_acquire(self->areas[HVN_VIRTQUEUE_DEVICE] + 2);
    hvn_virtqueue_release(self);
    hvn_virtqueue_let_go(self);
    if (!reachable) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: its rings are not in guest memory", self->index);
        return FALSE;
    }
    if (!packed && (guint16)((guint16)state - used) > layout->size) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL,
                    "queue %u: to go on at %u with the used index at %u means more than %u chains in flight", self->index,
                    state & 0xffff, used, layout->size);
        return FALSE;
    }
    self->avail = self->seen = state;
    self->used = self->signalled = used;
    self->signalled_valid = self->notify_pending = self->waiting = self->asked = FALSE;
    self->n_popped = self->n_pushed = self->n_flushed = 0;
    self->oldest = self->avail;
    self->broken = NULL;
    self->journal = NULL;
    self->staged = g_new(HvnVirtqueueUsed, layout->size);
    self->kind = packed ? &hvn_virtqueue_packed : &hvn_virtqueue_split;
    return TRUE;
}

guint32
hvn_virtqueue_get_state(const HvnVirtqueue *self)
{
    guint16 avail = self->n_popped != self->n_pushed ? self->oldest : self->avail;

    return self->layout.features & HVN_VIRTIO_F_RING_PACKED ? avail | (guint32)self->used << 16 : avail;
}

guint32
hvn_virtqueue_stop(HvnVirtqueue *self)
{
    guint32 state;

    if (self->begun) {
        g_critical("queue %u: stopped between begin and end", self->index);
        hvn_virtqueue_end(self);
    }
    state = hvn_virtqueue_get_state(self);
    self->kind = NULL;
    if (self->journal == NULL)
        g_free(self->staged);
    self->journal = NULL;
    self->staged = NULL;
    g_clear_pointer(&self->table, g_free);
    return state;
}

gboolean
hvn_virtqueue_is_running(const HvnVirtqueue *self)
{
    return self->kind != NULL;
}

const char *
hvn_virtqueue_get_broken(const HvnVirtqueue *self)
{
    return self->broken;
}

guint
hvn_virtqueue_get_size(const HvnVirtqueue *self)
{
    return self->kind != NULL ? self->layout.size : 0;
}

void
hvn_virtqueue_set_broken(HvnVirtqueue *self, const char *reason)
{
    if (self->broken != NULL)
        return;
    self->broken = reason;
    if (self->ops->broken != NULL)
        self->ops->broken(self->data, self->index, reason);
}

/* ---- chains ---- */

gboolean
hvn_virtqueue_add_desc(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain, const HvnVirtqDesc *desc)
{
    gboolean write = (desc->flags & HVN_VIRTQ_DESC_WRITE) != 0 && !self->out_only;
    guint room = HVN_VIRTQUEUE_PIECES_MAX - chain->n_out - chain->n_in;
    guint n;

    if (G_UNLIKELY(desc->len == 0)) {
        hvn_virtqueue_set_broken(self, "a descriptor of 0 bytes");
        return FALSE;
    }
    if (G_UNLIKELY(!write && chain->n_in > 0)) {
        hvn_virtqueue_set_broken(self, "a descriptor to be read behind one to be written");
        return FALSE;
    }
    if (G_UNLIKELY(desc->len > G_MAXUINT32 - chain->out_len - chain->in_len)) {
        hvn_virtqueue_set_broken(self, "a chain of 4 GiB or more");
        return FALSE;
    }
    n = room > 0 ? self->ops->map(self->data, desc->addr, desc->len, write, batch->pieces + batch->n_pieces, room) : 0;
    if (G_UNLIKELY(n == 0) && room > 0 && hvn_virtqueue_is_pending(self)) {
        self->waiting = TRUE; /* the rest of the chain is asked for with it */
        return TRUE;
    }
    if (G_UNLIKELY(n == 0)) {
        hvn_virtqueue_set_broken(self, room == 0 ? "a chain of too many pieces" : "a descriptor of what is not guest memory");
        return FALSE;
    }
    if (write) {
        chain->n_in += n;
        chain->in_len += desc->len;
    } else {
        chain->n_out += n;
        chain->out_len += desc->len;
        chain->in = batch->pieces + batch->n_pieces + n;
    }
    batch->n_pieces += n;
    return TRUE;
}

const guint8 *
hvn_virtqueue_map_table(HvnVirtqueue *self, const HvnVirtqDesc *desc, guint *n_entries)
{
    struct iovec pieces[VIRTQ_RING_PIECES];
    guint n;

    if (!(self->layout.features & HVN_VIRTIO_F_INDIRECT_DESC)) {
        hvn_virtqueue_set_broken(self, "an indirect descriptor without the feature");
        return NULL;
    }
    if (desc->len == 0 || desc->len % HVN_VIRTQ_DESC_LEN != 0 || desc->len / HVN_VIRTQ_DESC_LEN > HVN_VIRTQUEUE_SIZE_MAX) {
        hvn_virtqueue_set_broken(self, "an indirect table of a length that is not allowed");
        return NULL;
    }
    *n_entries = desc->len / HVN_VIRTQ_DESC_LEN;
    n = self->ops->map(self->data, desc->addr, desc->len, FALSE, pieces, G_N_ELEMENTS(pieces));
    if (n == 0) {
        self->waiting |= hvn_virtqueue_is_pending(self);
        if (!self->waiting)
            hvn_virtqueue_set_broken(self, "an indirect table that is not in guest memory");
        return NULL;
    }
    if (G_LIKELY(n == 1))
        return pieces[0].iov_base;
    if (self->table == NULL)
        self->table = g_malloc(HVN_VIRTQUEUE_SIZE_MAX * HVN_VIRTQ_DESC_LEN);
    hvn_iov_to_buf(pieces, n, 0, self->table, desc->len);
    return self->table;
}

/* ---- for the device ---- */

void
hvn_virtqueue_set_out_only(HvnVirtqueue *self, gboolean out_only)
{
    self->out_only = out_only;
}

gboolean
hvn_virtqueue_begin(HvnVirtqueue *self)
{
    if (self->kind == NULL || self->broken != NULL)
        return FALSE;
    g_return_val_if_fail(!self->begun, FALSE);
    self->waiting = FALSE;
    if (G_UNLIKELY(!hvn_virtqueue_map_areas(self))) {
        self->waiting = hvn_virtqueue_is_pending(self);
        hvn_virtqueue_release(self);
        hvn_virtqueue_let_go(self);
        if (!self->waiting)
            hvn_virtqueue_set_broken(self, "its rings are not in guest memory any more");
        return FALSE;
    }
    self->begun = TRUE;
    return TRUE;
}

static void
hvn_virtqueue_notify(HvnVirtqueue *self)
{
    self->n_notified++;
    self->ops->notify(self->data, self->index);
}

void
hvn_virtqueue_end(HvnVirtqueue *self)
{
    g_return_if_fail(self->begun);

    self->avail = self->n_popped != self->n_pushed ? self->oldest : self->avail;
    self->n_popped = self->n_pushed;
    hvn_virtqueue_flush(self);
    self->begun = FALSE;
    hvn_virtqueue_release(self);
    hvn_virtqueue_let_go(self);
    if (self->notify_pending) {
        self->notify_pending = FALSE;
        hvn_virtqueue_notify(self);
    }
}

/* the position of the chain behind @chain */
static guint16
hvn_virtqueue_get_next_position(const HvnVirtqueue *self, const HvnVirtqueueChain *chain)
{
    guint index;

    if (!(self->layout.features & HVN_VIRTIO_F_RING_PACKED))
        return chain->position + 1;
    index = (chain->position & 0x7fff) + chain->n_slots;
    if (index < self->layout.size)
        return (chain->position & 0x8000) | index;
    return (~chain->position & 0x8000) | (index - self->layout.size);
}

/* a chain that is not all here was asked for: so are those behind it, and all of them stay in the ring */
static void
hvn_virtqueue_ask_ahead(HvnVirtqueue *self, HvnVirtqueueBatch *batch, HvnVirtqueueChain *chain, gboolean whole, guint max)
{
    guint16 position = chain->position;
    guint n_pieces = chain->out - batch->pieces;

    for (guint i = 0; i < max && self->broken == NULL && (whole || chain->n_slots > 0); i++) {
        if (!whole) /* not even its table is here, and it is one descriptor */
            self->avail = hvn_virtqueue_get_next_position(self, chain);
        batch->n_pieces = n_pieces;
        *chain = (HvnVirtqueueChain){.position = self->avail, .out = batch->pieces + n_pieces, .in = batch->pieces + n_pieces};
        whole = self->kind->pop(self, batch, chain);
    }
    batch->n_pieces = n_pieces;
    self->avail = position;
}

guint
hvn_virtqueue_pop(HvnVirtqueue *self, HvnVirtqueueBatch *batch, guint max)
{
    batch->n_chains = batch->n_pieces = 0;
    g_return_val_if_fail(self->begun && max <= HVN_VIRTQUEUE_BATCH_MAX, 0);

    while (batch->n_chains < max && self->broken == NULL) {
        HvnVirtqueueChain *chain = &batch->chains[batch->n_chains];
        gboolean whole;

        /* room for the longest chain, or it waits for the next batch */
        if (batch->n_pieces > G_N_ELEMENTS(batch->pieces) - HVN_VIRTQUEUE_PIECES_MAX)
            break;
        chain->position = self->avail;
        chain->sequence = self->n_popped;
        chain->n_out = chain->n_in = 0;
        chain->n_slots = 0;
        chain->out_len = chain->in_len = 0;
        chain->out = chain->in = batch->pieces + batch->n_pieces;
        whole = self->kind->pop(self, batch, chain);
        if (G_UNLIKELY(self->waiting)) {
            hvn_virtqueue_ask_ahead(self, batch, chain, whole, max);
            break;
        }
        if (!whole)
            break;
        self->n_popped++;
        batch->n_chains++;
    }
    return batch->n_chains;
}

void
hvn_virtqueue_rewind(HvnVirtqueue *self, const HvnVirtqueueChain *chain)
{
    guint32 popped = chain->sequence - self->n_flushed; /* what is left of both counts, seen from the last flush */

    g_return_if_fail(self->begun && popped < self->n_popped - self->n_flushed);

    self->avail = chain->position;
    self->n_popped = chain->sequence;
    if (self->n_pushed - self->n_flushed > popped) {
        self->n_pushed = chain->sequence;
        self->oldest = chain->position;
    }
}

static void
hvn_virtqueue_dirty_pieces(HvnVirtqueue *self, const HvnVirtqueueChain *chain, gsize written)
{
    for (guint i = 0; i < chain->n_in && written > 0; i++) {
        gsize len = MIN(written, chain->in[i].iov_len);

        self->ops->dirty(self->data, chain->in[i].iov_base, len);
        written -= len;
    }
}

void
hvn_virtqueue_push(HvnVirtqueue *self, const HvnVirtqueueChain *chain, gsize written)
{
    g_return_if_fail(self->begun && chain->sequence == self->n_pushed && self->n_pushed != self->n_popped);
    g_return_if_fail(written <= chain->in_len);

    if (G_UNLIKELY(self->ops->dirty != NULL))
        hvn_virtqueue_dirty_pieces(self, chain, written);
    self->staged[self->n_pushed - self->n_flushed] = (HvnVirtqueueUsed){written, chain->id, chain->n_slots};
    self->oldest = hvn_virtqueue_get_next_position(self, chain);
    self->n_pushed++;
}

void
hvn_virtqueue_flush(HvnVirtqueue *self)
{
    g_return_if_fail(self->begun);

    if (self->n_pushed == self->n_flushed)
        return;
    if (G_UNLIKELY(self->ops->release != NULL)) {
        /* what was written into the chains goes before what says so */
        hvn_virtqueue_release(self);
        if (!hvn_virtqueue_map_areas(self)) {
            hvn_virtqueue_set_broken(self, "its rings are not in guest memory any more");
            self->n_flushed = self->n_pushed;
            return;
        }
    }
    if (G_UNLIKELY(self->journal != NULL))
        hvn_virtqueue_journal_intend(self);
    self->kind->publish(self);
    if (G_UNLIKELY(self->journal != NULL))
        hvn_virtqueue_journal_commit(self);
    self->n_flushed = self->n_pushed;
    hvn_virtq_fence();
    if (self->ops->is_pending != NULL || self->kind->wants_notify(self)) {
        if (self->ops->release != NULL)
            self->notify_pending = TRUE;
        else
            hvn_virtqueue_notify(self);
    }
    self->signalled = self->used;
    self->signalled_valid = TRUE;
}

/* The index that we have may be older than the driver's last look at what we ask for now. So it is fetched once more, behind this; when
 * it has not moved then, whatever comes next is kicked for. */
static gboolean
hvn_virtqueue_look_again(HvnVirtqueue *self)
{
    if (self->waiting || (self->asked && self->asked_at == self->seen))
        return FALSE;
    self->asked = self->waiting = TRUE;
    self->asked_at = self->seen;
    if (self->layout.features & HVN_VIRTIO_F_EVENT_IDX)
        self->kind->want_kick(self);
    self->ops->again(self->data);
    return FALSE;
}

void
hvn_virtqueue_kicked(HvnVirtqueue *self)
{
    self->asked = FALSE;
}

gboolean
hvn_virtqueue_is_waiting(const HvnVirtqueue *self)
{
    return self->waiting;
}

gboolean
hvn_virtqueue_want_kick(HvnVirtqueue *self)
{
    g_return_val_if_fail(self->begun, FALSE);

    if (self->broken != NULL)
        return FALSE;
    hvn_virtqueue_flush(self);
    if (G_UNLIKELY(self->ops->is_pending != NULL))
        return hvn_virtqueue_look_again(self);
    self->kind->want_kick(self);
    if (G_UNLIKELY(self->ops->release != NULL)) {
        hvn_virtqueue_release(self);
        if (!hvn_virtqueue_map_areas(self)) {
            hvn_virtqueue_set_broken(self, "its rings are not in guest memory any more");
            return FALSE;
        }
    }
    hvn_virtq_fence();
    return self->kind->has_more(self);
}

void
hvn_virtqueue_mute_kicks(HvnVirtqueue *self)
{
    g_return_if_fail(self->begun);

    if (self->broken == NULL && self->ops->is_pending == NULL)
        self->kind->mute_kicks(self);
}
