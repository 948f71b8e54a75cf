/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sending (VIRTIO 1.2, 5.1.6.2): one run of a queue's work takes up to 256 chains of its ring, 64 at a time.
 *
 *   pop -> pass over the header, its fields become the frame's offload -> send -> push what was taken -> flush: one interrupt
 *       -> what was not taken is rewound: it stays in the guest's ring, and resume() goes on there
 */
#include "hvn-virtio-net-nic.h"

#include "hvn-iov.h"

#define TX_BATCHES 4 /* of one run */

typedef struct {
    HvnVirtqueueBatch batch;
    HvnFrame          frames[HVN_BATCH_MAX];
    guint8            chains[HVN_BATCH_MAX]; /* the chain of each frame */
    guint             n_frames;
} TxBatch;

/* the pieces behind the first @len bytes */
static void
hvn_virtio_net_tx_skip(HvnVirtqueueChain *chain, gsize len)
{
    while (chain->n_out > 0 && len >= chain->out->iov_len) {
        len -= chain->out->iov_len;
        chain->out++;
        chain->n_out--;
    }
    if (len > 0) {
        chain->out->iov_base = (guint8 *)chain->out->iov_base + len;
        chain->out->iov_len -= len;
    }
}

/* FALSE when the chain is no frame */
static gboolean
hvn_virtio_net_tx_prepare(HvnVirtioNetNic *self, HvnVirtqueueChain *chain, HvnFrame *frame)
{
    guint8 header[HVN_VIRTIO_NET_HDR_LEN_HASH];
    gsize header_len = self->header_len;

    if (chain->out_len < header_len + HVN_ETHER_HEADER_LEN)
        return FALSE;
    if (G_LIKELY(chain->out->iov_len >= header_len))
        memcpy(header, chain->out->iov_base, header_len);
    else
        hvn_iov_to_buf(chain->out, chain->n_out, 0, header, header_len);
    frame->len = chain->out_len - header_len;
    if (!hvn_virtio_net_header_load(header, frame->len, self->features, &frame->offload))
        return FALSE;
    hvn_virtio_net_tx_skip(chain, header_len);
    frame->iov = chain->out;
    frame->n_iov = chain->n_out;
    return frame->len <= HVN_FRAME_LEN_MAX && frame->n_iov <= HVN_FRAME_IOV_MAX;
}

static void
hvn_virtio_net_tx_gather(HvnVirtioNetNic *self, HvnVirtioNetQueue *queue, TxBatch *tx)
{
    tx->n_frames = 0;
    for (guint i = 0; i < tx->batch.n_chains; i++) {
        if (G_UNLIKELY(!queue->enabled))
            continue; /* a ring that vhost-user has disabled is emptied */
        if (hvn_virtio_net_tx_prepare(self, &tx->batch.chains[i], &tx->frames[tx->n_frames])) {
            tx->chains[tx->n_frames++] = i;
            continue;
        }
        self->tx_dropped++;
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent_instance), "queue %u: cannot send a chain of %zu bytes so",
                        queue->index, tx->batch.chains[i].out_len);
    }
}

/* sends a batch; FALSE when the peer is full */
static gboolean
hvn_virtio_net_tx_send(HvnVirtioNetNic *self, HvnVirtioNetQueue *queue, TxBatch *tx)
{
    guint taken = 0, end = tx->batch.n_chains;

    if (G_UNLIKELY(self->n_active > 1)) {
        for (guint i = 0; i < tx->n_frames; i++)
            hvn_virtio_net_steer_learn(self, &tx->frames[i], queue->index / 2);
    }
    if (tx->n_frames > 0)
        taken = hvn_port_send(HVN_PORT(self), tx->frames, tx->n_frames);
    if (taken < tx->n_frames) {
        end = tx->chains[taken];
        hvn_virtqueue_rewind(queue->queue, &tx->batch.chains[end]);
    }
    for (guint i = 0; i < end; i++)
        hvn_virtqueue_push(queue->queue, &tx->batch.chains[i], 0);
    hvn_virtqueue_flush(queue->queue);
    if (taken < tx->n_frames)
        self->held = TRUE;
    return taken == tx->n_frames;
}

/* the work of a send queue; TRUE when there is more to do. A queue that the peer holds has nothing to ask of the driver: resume()
 * schedules it again */
gboolean
hvn_virtio_net_tx_run(gpointer data)
{
    HvnVirtioNetQueue *queue = data;
    HvnVirtioNetNic *self = queue->nic;
    gboolean more = TRUE;
    TxBatch tx;

    if ((self->held && queue->enabled) || queue->queue == NULL || !hvn_virtqueue_begin(queue->queue))
        return FALSE;
    hvn_virtqueue_mute_kicks(queue->queue);
    for (guint i = 0; i < TX_BATCHES && more; i++) {
        if (hvn_virtqueue_pop(queue->queue, &tx.batch, HVN_BATCH_MAX) == 0) {
            more = hvn_virtqueue_want_kick(queue->queue);
            continue;
        }
        hvn_virtio_net_tx_gather(self, queue, &tx);
        more = hvn_virtio_net_tx_send(self, queue, &tx);
    }
    hvn_virtqueue_end(queue->queue);
    return more;
}
