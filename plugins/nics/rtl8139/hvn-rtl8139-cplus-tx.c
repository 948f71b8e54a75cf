/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter in C+ mode: two rings of descriptors, which TPPoll tells it to look at.
 *
 *   load descriptors with OWN -> gather a frame: map its buffers, from FS to LS -> offload what is asked for -> next frame, up to 64
 *        -> send -> clear OWN of those that were taken -> TOK, and TDU at the end of what there is
 *
 * What the peer does not take stays in the ring with OWN, and resume() goes on there. */
#include "hvn-iov.h"
#include "hvn-rtl8139-tx.h"

#define TX_IOVS 512 /* pieces of a batch: several for each of 64 descriptors */

typedef struct {
    HvnRtl8139Nic *nic;
    HvnRtl8139Queue queue;
    HvnRtl8139Ring ring;
    guint pos;  /* next descriptor to be looked at */
    guint done; /* written back */
    guint n_frames;
    guint n_iov;
    guint n_segments;
    gboolean cable; /* there is a link, or loopback */
    guint32 causes;
    guint32 status[RTL8139_RING_MAX]; /* of each descriptor, beside what it keeps */
    HvnFrame frames[HVN_BATCH_MAX];
    guint8 starts[HVN_BATCH_MAX]; /* first descriptor of each frame */
    guint8 segments[HVN_BATCH_MAX];
    struct iovec iov[TX_IOVS];
    guint8 headers[HVN_BATCH_MAX][RTL8139_TX_HEADER_MAX];
} TxBatch;

typedef enum {
    TX_FRAME,      /* a whole frame */
    TX_END,        /* no descriptors are left */
    TX_INCOMPLETE, /* the last frame has no end yet */
    TX_FULL,       /* no room for its pieces: send what there is first */
} TxResult;

/* maps one buffer; FALSE when that takes more pieces than are left in the batch */
static gboolean
hvn_rtl8139_cplus_tx_add(TxBatch *batch, HvnRtl8139TxFrame *frame, const HvnRtl8139Desc *desc)
{
    guint left = hvn_iov_room(TX_IOVS, batch->n_iov + 1 + frame->n_pieces);
    guint room = MIN(left, HVN_FRAME_IOV_MAX - 1 - frame->n_pieces);
    guint32 len = desc->command & RTL8139_TXD_LEN;
    guint got;

    if (len == 0 || frame->bad)
        return TRUE;
    frame->bad = frame->len + len > HVN_FRAME_LEN_MAX;
    if (frame->bad)
        return TRUE;
    got = room == 0 ? 0 : hvn_nic_dma_map(&batch->nic->parent, desc->address, len, FALSE, frame->pieces + frame->n_pieces, room);
    if (got == 0 && batch->n_frames > 0 && left < 16)
        return FALSE;
    frame->bad = got == 0;
    frame->n_pieces += got;
    frame->len += len;
    return TRUE;
}

/* descriptors from @batch->pos up to @end are not sent */
static void
hvn_rtl8139_cplus_tx_drop(TxBatch *batch, guint end, guint32 status)
{
    HvnRtl8139Nic *self = batch->nic;

    for (guint i = batch->pos; i < end; i++)
        batch->status[i] = status;
    batch->pos = end;
    batch->causes |= RTL8139_ISR_TER;
    self->tx.dropped++;
    self->tally.tx_er++;
}

/* passes over what belongs to no frame: the rest of one that was dropped, and descriptors in front of FS */
static void
hvn_rtl8139_cplus_tx_skip(TxBatch *batch)
{
    HvnRtl8139Nic *self = batch->nic;
    gboolean *skipping = &self->tx.skipping[batch->queue];

    for (; batch->pos < batch->ring.n; batch->pos++) {
        guint32 command = hvn_load_le32(batch->ring.descs + batch->pos * RTL8139_DESC_SIZE);

        if (command & RTL8139_DESC_FS)
            break;
        if (!*skipping) {
            self->tx.dropped++;
            hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "transmit descriptor %u begins a frame without FS",
                            hvn_rtl8139_ring_position(&batch->ring, batch->pos));
        }
        batch->status[batch->pos] = 0;
        *skipping = !(command & RTL8139_DESC_LS);
    }
    if (batch->pos < batch->ring.n)
        *skipping = FALSE;
}

/* the next frame; batch->pos is its first descriptor afterwards and @end the one behind it */
static TxResult
hvn_rtl8139_cplus_tx_gather(TxBatch *batch, HvnRtl8139TxFrame *frame, guint *end)
{
    HvnRtl8139Desc desc;

    hvn_rtl8139_cplus_tx_skip(batch);
    frame->pieces = batch->iov + batch->n_iov + 1;
    frame->n_pieces = 0;
    frame->len = frame->header_len = 0;
    frame->bad = FALSE;
    for (guint i = batch->pos; i < batch->ring.n; i++) {
        hvn_rtl8139_desc_load(&desc, batch->ring.descs + i * RTL8139_DESC_SIZE);
        if (i == batch->pos) {
            frame->first = desc;
        } else if (desc.command & RTL8139_DESC_FS) { /* the one before has no end */
            frame->bad = TRUE;
            *end = i;
            return TX_FRAME;
        }
        batch->status[i] = 0;
        if (!hvn_rtl8139_cplus_tx_add(batch, frame, &desc))
            return TX_FULL;
        if (desc.command & RTL8139_DESC_LS) {
            *end = i + 1;
            return TX_FRAME;
        }
    }
    return batch->pos < batch->ring.n ? TX_INCOMPLETE : TX_END;
}

/* puts a gathered frame into the batch; FALSE when it is dropped */
static gboolean
hvn_rtl8139_cplus_tx_prepare(TxBatch *batch, HvnRtl8139TxFrame *frame)
{
    guint n = batch->n_frames;

    if (frame->bad || frame->len < HVN_ETHER_HEADER_LEN)
        return FALSE;
    frame->header = batch->headers[n];
    frame->n_segments = 1;
    memset(&frame->offload, 0, sizeof frame->offload);
    if (G_UNLIKELY(!hvn_rtl8139_tx_frame_is_plain(frame))) {
        if (!hvn_rtl8139_tx_offload(frame))
            return FALSE;
        if (frame->header_len > 0) {
            *--frame->pieces = (struct iovec){frame->header, frame->header_len};
            frame->n_pieces++;
        }
    }
    batch->frames[n] =
        (HvnFrame){.iov = frame->pieces, .n_iov = frame->n_pieces, .len = frame->len, .offload = frame->offload};
    batch->starts[n] = batch->pos;
    batch->segments[n] = MIN(frame->n_segments, G_MAXUINT8);
    batch->n_iov = frame->pieces + frame->n_pieces - batch->iov;
    batch->n_frames = n + 1;
    return TRUE;
}

/* gathers up to 64 frames; what ended it */
static TxResult
hvn_rtl8139_cplus_tx_fill(TxBatch *batch)
{
    HvnRtl8139Nic *self = batch->nic;
    HvnRtl8139TxFrame frame;
    guint end;

    batch->n_frames = batch->n_iov = 0;
    while (batch->n_frames < HVN_BATCH_MAX) {
        TxResult result = hvn_rtl8139_cplus_tx_gather(batch, &frame, &end);

        if (result != TX_FRAME)
            return result;
        if (!batch->cable) {
            hvn_rtl8139_cplus_tx_drop(batch, end, RTL8139_TXD_TES | RTL8139_TXD_LNKF);
        } else if (!hvn_rtl8139_cplus_tx_prepare(batch, &frame)) {
            hvn_guest_error(hvn_nic_get_guest_errors(&self->parent),
                            "transmit descriptor %u: cannot send a frame of %zu bytes so",
                            hvn_rtl8139_ring_position(&batch->ring, batch->pos), frame.len);
            hvn_rtl8139_cplus_tx_drop(batch, end, RTL8139_TXD_TES);
        }
        batch->pos = end;
    }
    return TX_FRAME;
}

/* descriptors up to @end are the driver's again */
static void
hvn_rtl8139_cplus_tx_write_back(TxBatch *batch, guint end)
{
    HvnRingView view;

    if (end == batch->done)
        return;
    hvn_rtl8139_ring_open_view(&batch->ring, end, &view);
    for (guint i = batch->done; i < end; i++) {
        guint32 command = hvn_load_le32(batch->ring.descs + i * RTL8139_DESC_SIZE);

        hvn_ring_view_store32(&view, i, 0, (command & RTL8139_TXD_KEPT) | batch->status[i]);
    }
    batch->done = end;
    batch->nic->tx.index[batch->queue] = hvn_rtl8139_ring_position(&batch->ring, end);
}

/* sends what was gathered; FALSE when the peer is full */
static gboolean
hvn_rtl8139_cplus_tx_flush(TxBatch *batch)
{
    HvnRtl8139Nic *self = batch->nic;
    guint taken = 0;

    if (batch->n_frames > 0)
        taken = hvn_rtl8139_tx_send(self, batch->frames, batch->n_frames);
    for (guint i = 0; i < taken; i++)
        self->tally.tx_ok += batch->segments[i];
    if (taken > 0)
        batch->causes |= RTL8139_ISR_TOK;
    hvn_rtl8139_cplus_tx_write_back(batch, taken < batch->n_frames ? batch->starts[taken] : batch->pos);
    hvn_nic_dma_release(&self->parent);
    self->tx.held = taken < batch->n_frames;
    return !self->tx.held;
}

/* the ring was looked through; TRUE when it is to be looked at again at once */
static gboolean
hvn_rtl8139_cplus_tx_end(TxBatch *batch, TxResult result)
{
    HvnRtl8139Nic *self = batch->nic;

    if (batch->ring.failed)
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read the transmit ring at 0x%" G_GINT64_MODIFIER "x",
                        batch->ring.base);
    if (result == TX_INCOMPLETE && batch->pos == 0 && batch->ring.whole) {
        /* a frame as long as the ring: no end can come */
        hvn_rtl8139_cplus_tx_drop(batch, batch->ring.n, RTL8139_TXD_TES);
        self->tx.skipping[batch->queue] = TRUE;
        hvn_rtl8139_cplus_tx_write_back(batch, batch->pos);
        hvn_nic_dma_release(&self->parent);
    }
    if (batch->ring.whole && batch->done > 0)
        return TRUE;
    self->tx.polled[batch->queue] = FALSE;
    if (result == TX_END && batch->done > 0)
        batch->causes |= RTL8139_ISR_TDU;
    return FALSE;
}

/* one look at a ring; TRUE when there is more to do */
gboolean
hvn_rtl8139_cplus_tx_run(HvnRtl8139Nic *self, HvnRtl8139Queue queue)
{
    guint32 base = queue == RTL8139_QUEUE_HIGH ? RTL8139_THPDS : RTL8139_TNPDS;
    TxBatch batch;
    TxResult result;
    gboolean more;

    if (!self->tx.polled[queue])
        return FALSE;
    batch.nic = self;
    batch.queue = queue;
    batch.pos = batch.done = 0;
    batch.causes = 0;
    batch.cable = self->phy.link || hvn_rtl8139_in_loopback(self);
    hvn_rtl8139_ring_open(&batch.ring, &self->parent, hvn_rtl8139_get64(self, base) & ~(guint64)0xff, self->tx.index[queue]);
    hvn_rtl8139_ring_load(&batch.ring, RTL8139_RING_MAX);
    do {
        result = hvn_rtl8139_cplus_tx_fill(&batch);
        more = hvn_rtl8139_cplus_tx_flush(&batch);
    } while (more && (result == TX_FRAME || result == TX_FULL));
    if (more)
        more = hvn_rtl8139_cplus_tx_end(&batch, result);
    if (batch.causes != 0)
        hvn_irq_cause_raise(&self->irq.cause, batch.causes);
    return more;
}

guint32
hvn_rtl8139_tppoll_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;

    return (self->tx.polled[RTL8139_QUEUE_HIGH] ? RTL8139_TPPOLL_HPQ : 0) |
           (self->tx.polled[RTL8139_QUEUE_NORMAL] ? RTL8139_TPPOLL_NPQ : 0);
}

/* marks the work; FSWInt is an interrupt by software */
void
hvn_rtl8139_tppoll_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    hvn_rtl8139_set(self, RTL8139_TPPOLL, 0); /* the polls are in tx.polled, and clear themselves */
    if (!self->is_cplus)
        return;
    if (value & RTL8139_TPPOLL_HPQ)
        self->tx.polled[RTL8139_QUEUE_HIGH] = TRUE;
    if (value & RTL8139_TPPOLL_NPQ)
        self->tx.polled[RTL8139_QUEUE_NORMAL] = TRUE;
    if (value & RTL8139_TPPOLL_FSWINT)
        hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_SWINT);
    hvn_work_schedule(&self->tx.work);
}
