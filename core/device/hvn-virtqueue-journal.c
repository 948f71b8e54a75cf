/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal of a packed queue: one word that says what was published, and the chains that are being published.
 *
 *   push: chain into the journal   flush: word "from P on, n chains" -> descriptors, the first one's flags last (2.8.8) -> word "up to Q"
 *
 * Killed before the first word: nothing was shown, the chains are taken again. Between the words the first descriptor's USED bit tells: it
 * differs from P's wrap counter while the driver has seen nothing and changed nothing, so all is written again; else all was shown. The bit
 * keeps its value when the driver offers the place anew, on the next turn of the ring (2.8.1), and a third turn needs the device. */
#include "hvn-virtqueue-private.h"

#include "hvn-error.h"

#define DESC_FLAGS_AT 14
#define DESC_USED     (1u << 15)
#define EVENT_LEN     4
#define EVENT_ANY     0x8000u /* with flags of 0, which let every kick through, no driver looks at this */

#define POSITION_WRAP  0x8000u
#define POSITION_INDEX 0x7fffu

/* the word: position, chains that are being published from there on, head of the chain that was published last and whether there is one */
#define PROGRESS_N         16
#define PROGRESS_LAST      32
#define PROGRESS_HAS_LAST  (G_GUINT64_CONSTANT(1) << 48)
#define PROGRESS_LAST_MASK (G_GUINT64_CONSTANT(0x1ffff) << PROGRESS_LAST)

/* a process that is killed has done all before the instruction it was at, so only the compiler must not change the order */
static void
hvn_virtqueue_journal_store(HvnVirtqueueJournal *journal, guint64 progress)
{
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    __atomic_store_n(&journal->progress, progress, __ATOMIC_RELEASE);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

void
hvn_virtqueue_journal_intend(HvnVirtqueue *self)
{
    guint64 n = self->n_pushed - self->n_flushed;

    hvn_virtqueue_journal_store(self->journal,
                                (self->journal->progress & PROGRESS_LAST_MASK) | n << PROGRESS_N | self->used);
}

/* used has moved behind the last chain */
void
hvn_virtqueue_journal_commit(HvnVirtqueue *self)
{
    guint n_slots = self->staged[self->n_pushed - self->n_flushed - 1].n_slots;
    gint index = (gint)(self->used & POSITION_INDEX) - (gint)n_slots;
    guint16 last = index >= 0 ? (self->used & POSITION_WRAP) | index : (~self->used & POSITION_WRAP) | (index + self->layout.size);

    hvn_virtqueue_journal_store(self->journal, PROGRESS_HAS_LAST | (guint64)last << PROGRESS_LAST | self->used);
}

/* the queue has just started and has staged nothing */
static void
hvn_virtqueue_journal_attach(HvnVirtqueue *self, HvnVirtqueueJournal *journal)
{
    g_free(self->staged);
    self->journal = journal;
    self->staged = journal->staged;
}

static gboolean
hvn_virtqueue_journal_check_packed(const HvnVirtqueueLayout *layout, guint index, GError **error)
{
    if (layout->features & HVN_VIRTIO_F_RING_PACKED)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: only a packed queue keeps a journal", index);
    return FALSE;
}

gboolean
hvn_virtqueue_start_journaled(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, guint32 state, HvnVirtqueueJournal *journal,
                              GError **error)
{
    guint8 *event;

    if (!hvn_virtqueue_journal_check_packed(layout, self->index, error) || !hvn_virtqueue_start(self, layout, state, error))
        return FALSE;
    hvn_virtqueue_journal_attach(self, journal);
    hvn_virtqueue_journal_store(journal, self->used);
    /* a driver that begins anew clears this, and so it must not be 0 as long as it has not */
    if (hvn_virtqueue_begin(self)) {
        event = self->areas[HVN_VIRTQUEUE_DEVICE];
        hvn_virtq_store_release(event, EVENT_ANY);
        hvn_virtq_dirty(self, event, EVENT_LEN);
        hvn_virtqueue_end(self);
    }
    return TRUE;
}

/* ---- going on ---- */

static gboolean
hvn_virtqueue_journal_is_used(const HvnVirtqueue *self, guint16 position)
{
    const guint8 *desc = self->areas[HVN_VIRTQUEUE_DESC] + (gsize)(position & POSITION_INDEX) * HVN_VIRTQ_DESC_LEN;
    guint16 flags = hvn_virtq_load_acquire(desc + DESC_FLAGS_AT);

    return ((flags & DESC_USED) != 0) == ((position & POSITION_WRAP) != 0);
}

/* descriptors of the chains that were being published; 0 when that cannot be */
static guint
hvn_virtqueue_journal_count(const HvnVirtqueue *self, const HvnVirtqueueJournal *journal, guint n)
{
    guint n_slots = 0;

    for (guint i = 0; i < n; i++) {
        if (journal->staged[i].n_slots == 0 || journal->staged[i].n_slots > self->layout.size - n_slots)
            return 0;
        n_slots += journal->staged[i].n_slots;
    }
    return n_slots;
}

/* between begin and end; FALSE when these are other rings */
static gboolean
hvn_virtqueue_journal_recover(HvnVirtqueue *self, guint64 progress)
{
    guint n = progress >> PROGRESS_N & G_MAXUINT16;
    guint n_slots = hvn_virtqueue_journal_count(self, self->journal, n);
    const guint8 *event = self->areas[HVN_VIRTQUEUE_DEVICE];

    if (hvn_virtq_load_acquire(event) == 0 && hvn_virtq_load_acquire(event + 2) == 0)
        return FALSE;
    if (n == 0)
        return (progress & PROGRESS_HAS_LAST) == 0 || hvn_virtqueue_journal_is_used(self, progress >> PROGRESS_LAST & G_MAXUINT16);
    if (n_slots == 0)
        return FALSE;
    self->n_popped = self->n_pushed = n;
    if (hvn_virtqueue_journal_is_used(self, self->used)) {
        self->avail = self->used = hvn_virtq_packed_advance(self, self->used, n_slots);
        hvn_virtqueue_journal_commit(self);
        self->n_flushed = n;
    } else {
        self->avail = hvn_virtq_packed_advance(self, self->used, n_slots);
        hvn_virtqueue_flush(self);
    }
    self->seen = self->oldest = self->avail;
    self->signalled = self->used;
    return TRUE;
}

gboolean
hvn_virtqueue_resume(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, HvnVirtqueueJournal *journal, GError **error)
{
    guint64 progress = __atomic_load_n(&journal->progress, __ATOMIC_ACQUIRE);
    guint32 position = progress & G_MAXUINT16;
    gboolean recovered;

    if ((progress >> PROGRESS_N & G_MAXUINT16) > layout->size || (progress >> PROGRESS_LAST & POSITION_INDEX) >= layout->size) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: the journal is of a larger queue", self->index);
        return FALSE;
    }
    if (!hvn_virtqueue_journal_check_packed(layout, self->index, error) ||
        !hvn_virtqueue_start(self, layout, position | position << 16, error))
        return FALSE;
    hvn_virtqueue_journal_attach(self, journal);
    recovered = hvn_virtqueue_begin(self);
    if (recovered) {
        recovered = hvn_virtqueue_journal_recover(self, progress);
        hvn_virtqueue_end(self);
    }
    if (recovered)
        return TRUE;
    hvn_virtqueue_stop(self);
    g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "queue %u: the journal is of other rings", self->index);
    return FALSE;
}
