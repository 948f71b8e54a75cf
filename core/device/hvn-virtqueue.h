/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One virtqueue, split or packed (VIRTIO 1.2, 2.6 to 2.8), as the device sees it. Embedded by value in a transport (virtio-pci,
 * virtio-mmio, the vhost-user server), which starts and stops it; a device takes chains from it and gives them back.
 *
 *   kick -> hvn_virtqueue_begin() .. hvn_virtqueue_pop() -> chains: pieces of guest memory to read (out) and to write (in)
 *        -> not taken by the link? hvn_virtqueue_rewind(): they stay in the guest's ring, there is no queue of ours
 *        -> hvn_virtqueue_push() in the order of pop -> hvn_virtqueue_flush(): published at once, one interrupt at most
 *        -> nothing left? hvn_virtqueue_want_kick(), which looks again -> hvn_virtqueue_end()
 *
 * The driver is the adversary: ring bytes are loaded once, checked, then used; every loop is bounded; the first thing that is
 * wrong makes the queue broken, with a reason, until it is stopped and started again. A broken queue gives no chains and takes
 * none. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define HVN_VIRTQUEUE_SIZE_MAX   1024 /* descriptors in a queue of ours */
#define HVN_VIRTQUEUE_BATCH_MAX  64   /* chains of one pop */
#define HVN_VIRTQUEUE_PIECES_MAX 1024 /* pieces of one chain */

/* ring features, by their bit in the feature word (VIRTIO 1.2, 6) */
#define HVN_VIRTIO_F_INDIRECT_DESC (G_GUINT64_CONSTANT(1) << 28)
#define HVN_VIRTIO_F_EVENT_IDX     (G_GUINT64_CONSTANT(1) << 29)
#define HVN_VIRTIO_F_VERSION_1     (G_GUINT64_CONSTANT(1) << 32)
#define HVN_VIRTIO_F_RING_PACKED   (G_GUINT64_CONSTANT(1) << 34)
#define HVN_VIRTIO_F_IN_ORDER      (G_GUINT64_CONSTANT(1) << 35)
#define HVN_VIRTIO_F_RING_RESET    (G_GUINT64_CONSTANT(1) << 40)

/**
 * HvnVirtqueueOps:
 * @map: guest memory as pieces, as HvnBusInterface.map: 0 when any of it is not memory or the room is too small
 * @release: (nullable): ends all that was lent by @map; %NULL where it stays mapped. A transport without shared memory writes
 *   back here; the queue calls it before it shows the driver anything, and again after
 * @dirty: (nullable): the device has written @len bytes of guest memory at @host, a pointer within what @map or the transport
 *   gave; for the dirty log of a live migration. Looked at for each write, so that the owner may set and clear it while the
 *   queue runs
 * @notify: chains were used and the driver wants to know: an interrupt, a call eventfd
 * @broken: (nullable): the driver broke the queue; told once
 * @is_pending: (nullable): for memory that is not shared: whether @map failed only because the bytes are not here yet. Such a queue works on
 *   copies: what it writes goes out by @dirty, in order, and what it reads is as old as its begin. So it notifies always, lets itself be
 *   kicked always, and looks once more before it rests. hvn_virtqueue_is_waiting() says when to run it again. %NULL for a queue whose
 *   memory is always there
 * @done: (nullable): ends all that was lent by @map; called at the end, not in between as @release
 * @again: (nullable): the queue is to be looked at again, soon; with @is_pending
 *
 * What a transport gives to its queues. @index is the queue's. @map, @release and @dirty are called between begin and end and
 * within hvn_virtqueue_start() and hvn_virtqueue_set_areas(); @notify and @broken must not start, stop or clear the queue before
 * they have returned.
 */
typedef struct {
    guint (*map)(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov);
    void (*release)(gpointer data);
    void (*dirty)(gpointer data, gconstpointer host, gsize len);
    void (*notify)(gpointer data, guint index);
    void (*broken)(gpointer data, guint index, const char *reason);
    gboolean (*is_pending)(gpointer data);
    void (*done)(gpointer data);
    void (*again)(gpointer data);
} HvnVirtqueueOps;

/**
 * HvnVirtqueueAreaKind:
 * @HVN_VIRTQUEUE_DESC: descriptor table (split) or descriptor ring (packed)
 * @HVN_VIRTQUEUE_DRIVER: available ring, or driver event suppression; only read
 * @HVN_VIRTQUEUE_DEVICE: used ring, or device event suppression; written
 *
 * The three parts of a queue (2.6). The packed descriptor ring is written too.
 */
typedef enum {
    HVN_VIRTQUEUE_DESC,
    HVN_VIRTQUEUE_DRIVER,
    HVN_VIRTQUEUE_DEVICE,
    HVN_VIRTQUEUE_N_AREAS,
} HvnVirtqueueAreaKind;

/**
 * HvnVirtqueueArea:
 * @addr: guest address for HvnVirtqueueOps.map; unused with @host
 * @host: (nullable): the bytes themselves, for a transport that translated the address: hvn_virtqueue_area_len() of them, which
 *   stay valid until hvn_virtqueue_stop() or hvn_virtqueue_set_areas()
 */
typedef struct {
    guint64 addr;
    gpointer host;
} HvnVirtqueueArea;

/**
 * HvnVirtqueueLayout:
 * @size: descriptors, 1 to %HVN_VIRTQUEUE_SIZE_MAX; a power of two for a split queue
 * @features: the whole feature word that was negotiated: HVN_VIRTIO_F_INDIRECT_DESC, _EVENT_IDX and _RING_PACKED matter here
 * @areas: where the parts are
 *
 * Bytes are little endian, also for a legacy driver.
 */
typedef struct {
    guint            size;
    guint64          features;
    HvnVirtqueueArea areas[HVN_VIRTQUEUE_N_AREAS];
} HvnVirtqueueLayout;

/**
 * HvnVirtqueueChain:
 * @sequence: number of the chain since the start
 * @id: what goes back to the driver: the head's index, or the buffer ID
 * @n_slots: descriptors that it takes in a packed ring, 1 in a split one
 * @position: where it stands in the ring, as in hvn_virtqueue_get_state()
 * @out: (array length=n_out): what the driver gives, to be read
 * @in: (array length=n_in): what the driver lends, to be written
 * @n_out: pieces
 * @n_in: pieces
 * @out_len: bytes of all @out
 * @in_len: bytes of all @in
 *
 * A descriptor chain in guest memory: lent until hvn_virtqueue_end(). Bytes behind @out may change under the reader.
 */
typedef struct {
    guint32       sequence;
    guint16       id;
    guint16       n_slots;
    guint16       position;
    guint         n_out;
    guint         n_in;
    struct iovec *out;
    struct iovec *in;
    gsize         out_len;
    gsize         in_len;
} HvnVirtqueueChain;

/**
 * HvnVirtqueueBatch:
 *
 * Chains of one pop and room for their pieces; about 36 KiB. Needs no initialisation.
 */
typedef struct {
    HvnVirtqueueChain chains[HVN_VIRTQUEUE_BATCH_MAX];
    guint             n_chains;
    struct iovec      pieces[2 * HVN_VIRTQUEUE_PIECES_MAX];
    guint             n_pieces;
} HvnVirtqueueBatch;

typedef struct {
    guint32 len; /* bytes written */
    guint16 id;
    guint16 n_slots;
} HvnVirtqueueUsed;

/**
 * HvnVirtqueueJournal:
 * @progress: what was published and what is being published, changed in one step
 * @staged: the chains that are being published
 *
 * How far a packed queue is. A split queue has its place in guest memory, in the used index; that of a packed one is known to the device
 * only. In memory that outlives the process it tells the next one where to go on, wherever the first was killed. All zeros is a valid
 * journal of a queue that never ran.
 */
typedef struct {
    guint64          progress;
    HvnVirtqueueUsed staged[HVN_VIRTQUEUE_SIZE_MAX];
} HvnVirtqueueJournal;

typedef struct _HvnVirtqueue HvnVirtqueue;
typedef struct _HvnVirtqueueKind HvnVirtqueueKind; /* split or packed, private */

/**
 * HvnVirtqueue:
 *
 * The fields belong to the queue.
 */
struct _HvnVirtqueue {
    const HvnVirtqueueOps  *ops;
    gpointer                data;    /* for ops, not owned */
    guint                   index;
    const HvnVirtqueueKind *kind;    /* NULL while stopped */
    HvnVirtqueueLayout      layout;
    guint8                 *areas[HVN_VIRTQUEUE_N_AREAS]; /* between begin and end */
    const char             *broken;  /* NULL while all is well */
    gboolean                out_only; /* the device reads every descriptor */
    gboolean                begun;   /* between begin and end */
    gboolean                waiting; /* for memory that is not here yet, since the last begin */
    gboolean                asked;   /* looked once more, with asked_at as seen; for such memory */
    guint16                 asked_at;
    guint16                 avail;   /* next to pop. Split: free running index; packed: bit 15 is the wrap counter */
    guint16                 seen;    /* end of what the driver was seen to offer, as avail */
    guint16                 used;    /* next to publish, as avail */
    guint16                 signalled;       /* used when the driver was notified last */
    gboolean                signalled_valid; /* false after start: the first flush notifies */
    guint32                 n_popped;        /* free running counts of chains: n_flushed <= n_pushed <= n_popped */
    guint32                 n_pushed;
    guint32                 n_flushed;
    guint16                 oldest;          /* where the oldest chain that was popped and not pushed stands, as avail */
    HvnVirtqueueUsed       *staged;          /* layout.size of them, in the journal or owned; n_pushed - n_flushed are in use */
    HvnVirtqueueJournal    *journal;         /* not owned; NULL for none, and for a split queue that runs */
    guint8                 *table;           /* owned; copy of an indirect table that is not in one piece, NULL until needed */
    gboolean                notify_pending;  /* the driver is to be notified once all is written back */
    guint64                 n_notified;      /* counter, for tests and statistics */
};

/* ---- for the transport ---- */

/**
 * hvn_virtqueue_init:
 * @self: (out caller-allocates): the queue, stopped
 * @index: its number in the device
 * @ops: (transfer none): what the transport gives; outlives the queue
 * @data: (nullable): for @ops
 */
void
hvn_virtqueue_init(HvnVirtqueue *self, guint index, const HvnVirtqueueOps *ops, gpointer data);

/**
 * hvn_virtqueue_clear:
 * @self: the queue
 *
 * Stops it. A queue may be started again afterwards.
 */
void
hvn_virtqueue_clear(HvnVirtqueue *self);

/**
 * hvn_virtqueue_area_len:
 * @features: the feature word that was negotiated
 * @size: descriptors
 * @kind: which part
 *
 * Returns: bytes of the part, event fields included where %HVN_VIRTIO_F_EVENT_IDX asks for them (2.7.1, 2.8.10)
 */
gsize
hvn_virtqueue_area_len(guint64 features, guint size, HvnVirtqueueAreaKind kind);

/**
 * hvn_virtqueue_start:
 * @self: a stopped queue
 * @layout: size, features and places
 * @state: where to go on, as hvn_virtqueue_get_state() gave it; hvn_virtqueue_initial_state() for a new queue
 * @error: return location
 *
 * A split queue takes its used index from the used ring in guest memory. Alignment and reach of the parts are checked here (2.7:
 * 16, 2 and 4 bytes; 2.8: 16, 4 and 4 bytes).
 *
 * Returns: %FALSE with %HVN_ERROR_PROTOCOL set when size, state or places are no good
 */
gboolean
hvn_virtqueue_start(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, guint32 state, GError **error);

/**
 * hvn_virtqueue_start_journaled:
 * @self: a stopped queue
 * @layout: as for hvn_virtqueue_start(), of a packed queue
 * @state: as for hvn_virtqueue_start()
 * @journal: (transfer none): outlives the queue's run, or all of the process; begun anew here
 * @error: return location
 *
 * Starts a packed queue that keeps a journal: two stores for each hvn_virtqueue_flush().
 *
 * Returns: %FALSE with %HVN_ERROR_PROTOCOL set; the journal is as it was then
 */
gboolean
hvn_virtqueue_start_journaled(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, guint32 state, HvnVirtqueueJournal *journal,
                              GError **error);

/**
 * hvn_virtqueue_resume:
 * @self: a stopped queue
 * @layout: as for hvn_virtqueue_start(), of a packed queue
 * @journal: (transfer none): that the queue of a process before this one kept
 * @error: return location
 *
 * Goes on where a process was killed: chains that it had published stay so, those that it was publishing are published, and those that it
 * had taken and not pushed are taken again. The caller knows that these are the same rings; what can be seen of that is looked at too: a
 * driver that has begun anew has cleared the device's event suppression (2.8.10), which is never all zeros while a journal is kept, and the
 * descriptor that was used last.
 *
 * Returns: %FALSE with %HVN_ERROR_PROTOCOL set when the journal is not of these rings
 */
gboolean
hvn_virtqueue_resume(HvnVirtqueue *self, const HvnVirtqueueLayout *layout, HvnVirtqueueJournal *journal, GError **error);

/**
 * hvn_virtqueue_initial_state:
 * @features: the feature word that was negotiated
 *
 * Returns: the state of a queue that was never used (2.8.1: wrap counters start at 1)
 */
guint32
hvn_virtqueue_initial_state(guint64 features);

/**
 * hvn_virtqueue_get_state:
 * @self: a queue
 *
 * The form is that of vhost-user's VRING_BASE. Split: bits 0 to 15 are the index of the next chain in the available ring.
 * Packed: bits 0 to 14 the next descriptor to take, 15 its wrap counter, 16 to 30 the next to give back, 31 its wrap counter.
 * Chains that were taken and not flushed count as not taken.
 *
 * Returns: where to go on; 0 for a queue that never started
 */
guint32
hvn_virtqueue_get_state(const HvnVirtqueue *self);

/**
 * hvn_virtqueue_stop:
 * @self: a queue
 *
 * Stops it; nothing in guest memory changes. The device must have let go of it before.
 *
 * Returns: its state, for the next start
 */
guint32
hvn_virtqueue_stop(HvnVirtqueue *self);

/**
 * hvn_virtqueue_set_areas:
 * @self: a queue that runs
 * @areas: (array fixed-size=3): new places of the same parts
 * @error: return location
 *
 * For a transport whose memory table changed under a running queue. Not between begin and end.
 *
 * Returns: %FALSE with %HVN_ERROR_PROTOCOL set; the queue keeps the old places then, and must be stopped if these are gone
 */
gboolean
hvn_virtqueue_set_areas(HvnVirtqueue *self, const HvnVirtqueueArea *areas, GError **error);

/**
 * hvn_virtqueue_is_running:
 * @self: a queue
 *
 * Returns: whether it was started; a broken queue still runs
 */
gboolean
hvn_virtqueue_is_running(const HvnVirtqueue *self);

/**
 * hvn_virtqueue_get_broken:
 * @self: a queue
 *
 * Returns: (transfer none) (nullable): what the driver did wrong
 */
const char *
hvn_virtqueue_get_broken(const HvnVirtqueue *self);

/**
 * hvn_virtqueue_get_size:
 * @self: a queue
 *
 * Returns: descriptors, 0 while it is stopped
 */
guint
hvn_virtqueue_get_size(const HvnVirtqueue *self);

/* ---- for the device ---- */

/**
 * hvn_virtqueue_set_out_only:
 * @self: a queue
 * @out_only: whether the device only reads what it gets on this queue
 *
 * For a queue of which the device never writes a byte, such as a send queue: what a descriptor says of writing is passed over, and all
 * pieces are @out. DPDK's driver says so of the header in the indirect tables of a packed ring, and no device but a strict one minds.
 * Stays as it is over start and stop.
 */
void
hvn_virtqueue_set_out_only(HvnVirtqueue *self, gboolean out_only);

/**
 * hvn_virtqueue_begin:
 * @self: a queue
 *
 * Makes the queue's parts reachable until hvn_virtqueue_end(). Does not nest.
 *
 * Returns: %FALSE when it is stopped or broken; there is no end then
 */
gboolean
hvn_virtqueue_begin(HvnVirtqueue *self);

/**
 * hvn_virtqueue_end:
 * @self: a queue after begin
 *
 * Flushes what was pushed and rewinds what was not, then ends what was lent since begin: the pieces of all chains too.
 */
void
hvn_virtqueue_end(HvnVirtqueue *self);

/**
 * hvn_virtqueue_pop:
 * @self: a queue between begin and end
 * @batch: (out caller-allocates): chains and their pieces
 * @max: most chains wanted, 1 to %HVN_VIRTQUEUE_BATCH_MAX
 *
 * Takes the next chains. Refused, and the queue broken: an index that ran away from the ring, a descriptor beyond the table, a
 * loop, a length of 0, a length that overflows, memory that is not there, something to read behind something to write, an
 * indirect table without the feature, within another, with a wrong length or with the next flag, and more than
 * %HVN_VIRTQUEUE_PIECES_MAX pieces. Chains before the bad one are given.
 *
 * Returns: chains in @batch
 */
guint
hvn_virtqueue_pop(HvnVirtqueue *self, HvnVirtqueueBatch *batch, guint max);

/**
 * hvn_virtqueue_rewind:
 * @self: a queue between begin and end
 * @chain: a chain that was popped and not flushed
 *
 * Gives back @chain and all that were popped after it, pushed or not: they stay in the ring and are popped again.
 */
void
hvn_virtqueue_rewind(HvnVirtqueue *self, const HvnVirtqueueChain *chain);

/**
 * hvn_virtqueue_push:
 * @self: a queue between begin and end
 * @chain: the oldest chain that was popped and not pushed
 * @written: bytes written from the start of its @in pieces
 *
 * Marks the chain as used; the driver sees nothing before hvn_virtqueue_flush(). Does the dirty log of what was written.
 */
void
hvn_virtqueue_push(HvnVirtqueue *self, const HvnVirtqueueChain *chain, gsize written);

/**
 * hvn_virtqueue_flush:
 * @self: a queue between begin and end
 *
 * Shows the driver all that was pushed, in order, and notifies it unless it asked not to be (2.7.7, 2.7.10, 2.8.10). Nothing when
 * nothing was pushed. Pieces of chains are not to be used any more afterwards.
 */
void
hvn_virtqueue_flush(HvnVirtqueue *self);

/**
 * hvn_virtqueue_want_kick:
 * @self: a queue between begin and end, without chains that were popped and not flushed
 *
 * Asks the driver for a kick when it offers more chains than were seen so far, and looks again for what came in meanwhile.
 *
 * Returns: whether there is more now: go on, there may be no kick for it
 */
gboolean
hvn_virtqueue_want_kick(HvnVirtqueue *self);

/**
 * hvn_virtqueue_mute_kicks:
 * @self: a queue between begin and end
 *
 * Tells the driver that no kick is needed for now. A hint: kicks may come all the same.
 */
void
hvn_virtqueue_mute_kicks(HvnVirtqueue *self);

/**
 * hvn_virtqueue_kicked:
 * @self: a queue
 *
 * The driver has kicked it. With memory that is not shared, what was fetched before is older than what the kick is about: the queue looks
 * once more before it rests.
 */
void
hvn_virtqueue_kicked(HvnVirtqueue *self);

/**
 * hvn_virtqueue_is_waiting:
 * @self: a queue
 *
 * With memory that is not shared a begin fails, and a pop gives fewer chains, while bytes are on their way. The device leaves all as it is,
 * and runs again when its HvnNicClass.dma_arrived is called.
 *
 * Returns: whether that is so since the last begin
 */
gboolean
hvn_virtqueue_is_waiting(const HvnVirtqueue *self);

/**
 * hvn_virtqueue_set_broken:
 * @self: a queue
 * @reason: static text, lower case
 *
 * For a device that finds a chain which its own rules do not allow.
 */
void
hvn_virtqueue_set_broken(HvnVirtqueue *self, const char *reason);

G_END_DECLS
