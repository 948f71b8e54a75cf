/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiving (VIRTIO 1.2, 5.1.6.3, 5.1.6.4).
 *
 *   push: filter -> pick a pair -> gather chains for header and frame -> header, frame, num_buffers -> push, one flush a queue
 *         no chains? ask for a kick, look again, leave the frame and the rest with the sender; the kick says ready
 *
 * A frame takes one chain, or with mergeable buffers as many as it needs, up to 64. Chains that are not needed go back to the
 * ring. */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-iov.h"

#define RX_ATTEMPTS 8 /* to find chains for one frame while the driver adds some */

typedef struct {
    HvnVirtioNetNic   *nic;
    HvnVirtioNetQueue *queue; /* between begin and end; NULL for none */
    guint              next;  /* of the batch, not used yet */
    HvnVirtqueueBatch  batch;
} RxState;

typedef enum {
    RX_DONE,
    RX_DROP, /* taken, and lost */
    RX_FULL, /* not taken: there are no buffers now */
} RxResult;

static void
hvn_virtio_net_rx_rewind(RxState *rx)
{
    if (rx->next < rx->batch.n_chains)
        hvn_virtqueue_rewind(rx->queue->queue, &rx->batch.chains[rx->next]);
    rx->next = rx->batch.n_chains = 0;
}

static void
hvn_virtio_net_rx_close(RxState *rx)
{
    if (rx->queue == NULL)
        return;
    hvn_virtio_net_rx_rewind(rx);
    hvn_virtqueue_end(rx->queue->queue); /* flushes */
    rx->queue = NULL;
}

/* FALSE when the queue takes nothing: what comes for it is lost */
static gboolean
hvn_virtio_net_rx_open(RxState *rx, HvnVirtioNetQueue *queue)
{
    if (rx->queue == queue)
        return TRUE;
    hvn_virtio_net_rx_close(rx);
    if (queue->queue == NULL || !hvn_virtqueue_begin(queue->queue))
        return FALSE;
    rx->queue = queue;
    rx->next = rx->batch.n_chains = 0;
    return TRUE;
}

/* chains of the batch from next on that hold @len bytes; 0 when there are not enough of them */
static guint
hvn_virtio_net_rx_count(const RxState *rx, gsize len)
{
    gsize room = 0;
    guint n = 0;

    while (rx->next + n < rx->batch.n_chains && room < len && (n == 0 || rx->nic->mergeable))
        room += rx->batch.chains[rx->next + n++].in_len;
    return room >= len ? n : 0;
}

/* no frame of this size will ever fit: one buffer has to do, or all there can be are there */
static gboolean
hvn_virtio_net_rx_never_fits(const RxState *rx)
{
    guint n_slots = 0;

    if (rx->batch.n_chains == 0)
        return FALSE;
    if (!rx->nic->mergeable || rx->batch.n_chains == HVN_VIRTQUEUE_BATCH_MAX || rx->batch.n_pieces > HVN_VIRTQUEUE_PIECES_MAX)
        return TRUE;
    for (guint i = 0; i < rx->batch.n_chains; i++)
        n_slots += rx->batch.chains[i].n_slots;
    return n_slots >= hvn_virtqueue_get_size(rx->queue->queue);
}

/* gets @n chains for @len bytes; @wanted is how many the frames behind this one may need too */
static RxResult
hvn_virtio_net_rx_gather(RxState *rx, gsize len, guint wanted, guint *n)
{
    HvnVirtqueue *queue = rx->queue->queue;

    *n = hvn_virtio_net_rx_count(rx, len);
    /* with few in hand, then with as many as there are, then with what came in while we asked for a kick, again and again */
    for (guint attempt = 0; *n == 0; attempt++) {
        guint max = attempt == 0 ? MIN(wanted, HVN_VIRTQUEUE_BATCH_MAX) : HVN_VIRTQUEUE_BATCH_MAX;

        hvn_virtio_net_rx_rewind(rx);
        if (attempt > 1 && !hvn_virtqueue_want_kick(queue))
            return hvn_virtqueue_get_broken(queue) != NULL ? RX_DROP : RX_FULL;
        if (attempt > RX_ATTEMPTS) {
            hvn_work_schedule(&rx->queue->work); /* a driver that gives one at a time gets its turn later, kick or not */
            return RX_FULL;
        }
        hvn_virtqueue_pop(queue, &rx->batch, max);
        *n = hvn_virtio_net_rx_count(rx, len);
        if (*n == 0 && max == HVN_VIRTQUEUE_BATCH_MAX && hvn_virtio_net_rx_never_fits(rx))
            return RX_DROP;
    }
    return RX_DONE;
}

/* a place in the pieces of several chains, that moves as bytes are written */
typedef struct {
    const HvnVirtqueueChain *chain;
    guint                    piece;
    gsize                    offset;
} RxCursor;

static void
hvn_virtio_net_rx_write(RxCursor *at, const guint8 *bytes, gsize len)
{
    while (len > 0) {
        const struct iovec *piece;
        gsize n;

        if (at->piece == at->chain->n_in) {
            at->chain++;
            at->piece = 0;
            continue;
        }
        piece = &at->chain->in[at->piece];
        n = MIN(len, piece->iov_len - at->offset);
        memcpy((guint8 *)piece->iov_base + at->offset, bytes, n);
        bytes += n;
        len -= n;
        at->offset += n;
        if (at->offset == piece->iov_len) {
            at->piece++;
            at->offset = 0;
        }
    }
}

/* writes header and frame into @n chains, which hold them, and pushes these */
static void
hvn_virtio_net_rx_fill(RxState *rx, const HvnFrame *frame, const HvnVirtioNetHash *hash, guint n)
{
    const HvnVirtqueueChain *chains = &rx->batch.chains[rx->next];
    gsize left = rx->nic->header_len + frame->len;
    guint8 header[HVN_VIRTIO_NET_HDR_LEN_HASH];
    RxCursor at = {.chain = chains};

    hvn_virtio_net_header_store(header, frame, rx->nic->guest_offloads);
    hvn_store_le16(header + HVN_VIRTIO_NET_HDR_NUM_BUFFERS, n); /* 5.1.6.4.1: 1 without mergeable buffers */
    if (G_UNLIKELY(rx->nic->header_len == HVN_VIRTIO_NET_HDR_LEN_HASH))
        hvn_virtio_net_header_store_hash(header, hash);
    hvn_virtio_net_rx_write(&at, header, rx->nic->header_len);
    for (guint i = 0; i < frame->n_iov; i++)
        hvn_virtio_net_rx_write(&at, frame->iov[i].iov_base, frame->iov[i].iov_len);
    for (guint i = 0; i < n; i++) {
        gsize written = MIN(left, chains[i].in_len);

        hvn_virtqueue_push(rx->queue->queue, &chains[i], written);
        left -= written;
    }
    rx->next += n;
}

static RxResult
hvn_virtio_net_rx_frame(RxState *rx, const HvnFrame *frame, guint wanted)
{
    HvnVirtioNetNic *self = rx->nic;
    HvnVirtioNetHash hash = {0, HVN_VIRTIO_NET_HASH_REPORT_NONE};
    HvnVirtioNetQueue *queue;
    RxResult result;
    guint n;

    if (G_UNLIKELY(hvn_virtio_net_wants_hash(self)))
        hvn_virtio_net_hash(&self->rss, frame, &hash);
    queue = hvn_virtio_net_rx_queue(self, hvn_virtio_net_steer(self, frame, &hash));
    if (!hvn_virtio_net_rx_open(rx, queue))
        return queue->queue != NULL && hvn_virtqueue_is_waiting(queue->queue) ? RX_FULL : RX_DROP;
    result = hvn_virtio_net_rx_gather(rx, self->header_len + frame->len, wanted, &n);
    if (result != RX_DONE)
        return result;
    if (G_UNLIKELY(rx->batch.chains[rx->next].in_len < self->header_len)) {
        hvn_virtqueue_set_broken(queue->queue, "a receive buffer that is shorter than the header");
        return RX_DROP;
    }
    hvn_virtio_net_rx_fill(rx, frame, &hash, n);
    return RX_DONE;
}

/* 5.1.6.5.1, 5.1.6.5.3 */
static gboolean
hvn_virtio_net_rx_is_wanted(HvnVirtioNetNic *self, const HvnFrame *frame)
{
    guint8 head[16];
    guint16 type;

    if (self->rx_mode.promisc)
        return TRUE;
    if (hvn_frame_copy(frame, 0, head, sizeof head) < HVN_ETHER_HEADER_LEN)
        return FALSE;
    type = hvn_load_be16(head + 12);
    if (self->filter.vlan_enabled && type == 0x8100 && frame->len >= sizeof head &&
        !hvn_mac_filter_match_vlan(&self->filter, hvn_load_be16(head + 14) & 0xfff))
        return FALSE;
    return hvn_mac_filter_match(&self->filter, head) != HVN_MAC_MATCH_NONE;
}

guint
hvn_virtio_net_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnVirtioNetNic *self = (HvnVirtioNetNic *)port;
    RxState rx; /* large: only what is used is touched */
    guint taken;

    if (self->n_active == 0) {
        self->rx_dropped += n_frames;
        return n_frames; /* closed */
    }
    rx.nic = self;
    rx.queue = NULL;
    for (taken = 0; taken < n_frames; taken++) {
        RxResult result;

        if (!hvn_virtio_net_rx_is_wanted(self, &frames[taken])) {
            self->rx_filtered++;
            continue;
        }
        result = hvn_virtio_net_rx_frame(&rx, &frames[taken], n_frames - taken);
        if (result == RX_FULL)
            break;
        self->rx_dropped += result == RX_DROP;
    }
    hvn_virtio_net_rx_close(&rx);
    return taken;
}

/* the work of a receive queue: there are buffers, or there is a queue, or none any more */
gboolean
hvn_virtio_net_rx_run(gpointer data)
{
    HvnVirtioNetQueue *queue = data;

    /* a queue that waits for memory has it for push(), and lets itself be kicked */
    if (queue->queue != NULL && queue->enabled && !hvn_virtqueue_is_waiting(queue->queue) && hvn_virtqueue_begin(queue->queue)) {
        hvn_virtqueue_mute_kicks(queue->queue);
        hvn_virtqueue_end(queue->queue);
    }
    hvn_port_ready(HVN_PORT(queue->nic));
    return FALSE;
}
