/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter (SDM 317453, chapter 3): one run of its work takes up to 256 descriptors of the ring.
 *
 *   fetch descriptors -> gather a frame: map its buffers, up to EOP -> offload what is asked for -> next frame, up to 64
 *        -> send -> write DD back where RS asks for it -> TDH -> causes
 *
 * What the peer does not take stays in the ring: TDH is its first descriptor, and resume() goes on there. */
#include "hvn-e1000-tx.h"
#include "hvn-iov.h"
#include "hvn-ring-view.h"

#define TX_DESCS 256
#define TX_IOVS  768 /* pieces of a batch: three for each of 256 descriptors */

typedef struct {
    HvnE1000Nic *nic;
    guint n_descs; /* fetched */
    guint pos;     /* next to be looked at */
    guint done;    /* written back; the ring's head */
    guint n_frames;
    guint n_iov;
    gboolean vlan_mode;
    gboolean has_contexts;
    gboolean at_once; /* RS without IDE, RS with it: for the interrupt */
    gboolean delayed;
    gboolean waiting; /* for memory that is not shared: the work runs again when it is here */
    gboolean written; /* a status, since the batch was filled */
    guint8 *bounce; /* owned */
    HvnE1000TxContext contexts[2];
    HvnFrame frames[HVN_BATCH_MAX];
    guint16 starts[HVN_BATCH_MAX]; /* first descriptor of each frame */
    guint16 segments[HVN_BATCH_MAX];
    guint16 segment_lens[HVN_BATCH_MAX];
    guint8 descs[TX_DESCS * E1000_DESC_SIZE];
    struct iovec iov[TX_IOVS];
    guint8 headers[HVN_BATCH_MAX][E1000_TX_HEADER_MAX];
} TxBatch;

typedef enum {
    TX_FRAME,      /* a whole frame */
    TX_END,        /* no descriptors are left */
    TX_INCOMPLETE, /* the last frame has no end yet */
    TX_FULL,       /* no room for its pieces: send what there is first */
    TX_WAIT,       /* not all of it is here */
} TxResult;

static void
hvn_e1000_tx_load_context(HvnE1000TxContext *contexts, const guint8 *bytes)
{
    HvnE1000TxContext context;

    hvn_e1000_tx_context_load(&context, bytes);
    contexts[context.tucmd & E1000_TXD_CMD_TSE ? 1 : 0] = context;
}

/* maps one buffer; FALSE when that takes more pieces than are left */
static inline gboolean
hvn_e1000_tx_add_buffer(TxBatch *batch, HvnE1000TxFrame *frame, const HvnE1000TxDesc *desc)
{
    guint room = MIN(hvn_iov_room(TX_IOVS, batch->n_iov + 1 + frame->n_pieces), HVN_FRAME_IOV_MAX - 1 - frame->n_pieces);
    guint got;

    if (desc->length == 0 || frame->bad)
        return TRUE;
    if (frame->len + desc->length > HVN_FRAME_LEN_MAX || frame->n_pieces == HVN_FRAME_IOV_MAX - 1) {
        frame->bad = TRUE;
        return TRUE;
    }
    got = room == 0
              ? 0
              : hvn_nic_dma_map(&batch->nic->parent, desc->address, desc->length, FALSE, frame->pieces + frame->n_pieces, room);
    if (G_UNLIKELY(got == 0)) {
        /* what is on its way is waited for, and the other buffers are asked for all the same, so that all come together */
        frame->waiting |= room > 0 && hvn_nic_dma_is_pending(&batch->nic->parent);
        if (frame->waiting)
            return TRUE;
        if (batch->n_frames > 0 && room < HVN_FRAME_IOV_MAX - 1 - frame->n_pieces)
            return FALSE;
        frame->bad = TRUE;
    }
    frame->n_pieces += got;
    frame->len += desc->length;
    return TRUE;
}

/* asks for the buffers behind a frame that waits for its own */
static void G_GNUC_NO_INLINE
hvn_e1000_tx_ask_ahead(TxBatch *batch, guint from)
{
    struct iovec iov[8];
    HvnE1000TxDesc desc;

    for (guint i = from; i < batch->n_descs; i++) {
        hvn_e1000_tx_desc_load(&desc, batch->descs + i * E1000_DESC_SIZE);
        if (desc.length != 0 && !((desc.cmd & E1000_TXD_CMD_DEXT) && desc.dtyp == 0))
            hvn_nic_dma_map(&batch->nic->parent, desc.address, desc.length, FALSE, iov, G_N_ELEMENTS(iov));
    }
}

/* passes over what is left of a frame that has too many descriptors */
static void
hvn_e1000_tx_skip(TxBatch *batch)
{
    HvnE1000Nic *self = batch->nic;

    while (self->tx.skipping && batch->pos < batch->n_descs) {
        const guint8 *bytes = batch->descs + batch->pos++ * E1000_DESC_SIZE;

        if (!hvn_e1000_tx_desc_is_context(bytes) && (bytes[11] & E1000_TXD_CMD_EOP))
            self->tx.skipping = FALSE;
    }
}

/* the next frame; batch->pos is its first descriptor afterwards and @end the one behind it */
static TxResult
hvn_e1000_tx_gather(TxBatch *batch, HvnE1000TxFrame *frame, guint *end)
{
    gboolean begun = FALSE;
    HvnE1000TxDesc desc;

    frame->pieces = batch->iov + batch->n_iov + 1;
    frame->n_pieces = 0;
    frame->len = frame->header_len = 0;
    frame->bad = frame->waiting = FALSE;
    for (guint i = batch->pos; i < batch->n_descs; i++) {
        const guint8 *bytes = batch->descs + i * E1000_DESC_SIZE;

        hvn_e1000_tx_desc_load(&desc, bytes);
        if ((desc.cmd & E1000_TXD_CMD_DEXT) && desc.dtyp == 0) {
            hvn_e1000_tx_load_context(batch->contexts, bytes);
            batch->has_contexts = TRUE;
            if (!begun)
                batch->pos = i + 1;
            continue;
        }
        if (!begun) {
            begun = TRUE;
            frame->first = desc;
            if (desc.cmd & E1000_TXD_CMD_DEXT)
                frame->context = batch->contexts[desc.cmd & E1000_TXD_CMD_TSE ? 1 : 0];
        }
        if (!hvn_e1000_tx_add_buffer(batch, frame, &desc))
            return TX_FULL;
        if (desc.cmd & E1000_TXD_CMD_EOP) {
            frame->last = desc;
            *end = i + 1;
            return TX_FRAME;
        }
    }
    return begun ? TX_INCOMPLETE : TX_END;
}

/* puts a gathered frame into the batch; FALSE when it is dropped */
static gboolean
hvn_e1000_tx_prepare(TxBatch *batch, HvnE1000TxFrame *frame)
{
    HvnE1000Nic *self = batch->nic;
    guint n = batch->n_frames;
    HvnFrame *out = &batch->frames[n];

    if (frame->bad || frame->len < HVN_ETHER_HEADER_LEN)
        return FALSE;
    frame->header = batch->headers[n];
    frame->bounce = NULL;
    memset(&frame->offload, 0, sizeof frame->offload);
    frame->n_segments = 1;
    frame->segment_len = 0;
    if (G_UNLIKELY(!hvn_e1000_tx_frame_is_plain(frame, batch->vlan_mode))) {
        gboolean sendable = hvn_e1000_tx_offload(self, frame);

        batch->bounce = frame->bounce;
        if (!sendable)
            return FALSE;
        if (frame->header_len > 0) {
            *--frame->pieces = (struct iovec){frame->header, frame->header_len};
            frame->n_pieces++;
        }
    }
    *out = (HvnFrame){.iov = frame->pieces, .n_iov = frame->n_pieces, .len = frame->len, .offload = frame->offload};
    batch->starts[n] = batch->pos;
    batch->segments[n] = frame->n_segments;
    batch->segment_lens[n] = frame->segment_len;
    batch->n_iov = frame->pieces + frame->n_pieces - batch->iov;
    batch->n_frames = n + 1;
    return TRUE;
}

/* gathers up to 64 frames; what ended it */
static TxResult
hvn_e1000_tx_fill(TxBatch *batch)
{
    HvnE1000Nic *self = batch->nic;
    HvnE1000TxFrame frame;
    guint end;

    batch->n_frames = batch->n_iov = 0;
    batch->bounce = NULL;
    batch->written = FALSE;
    hvn_e1000_tx_skip(batch);
    while (batch->n_frames < HVN_BATCH_MAX && batch->bounce == NULL) {
        TxResult result = hvn_e1000_tx_gather(batch, &frame, &end);

        if (result != TX_FRAME)
            return result;
        if (G_UNLIKELY(frame.waiting)) {
            hvn_e1000_tx_ask_ahead(batch, end);
            batch->waiting = TRUE;
            return TX_WAIT;
        }
        if (!hvn_e1000_tx_prepare(batch, &frame)) {
            self->tx.dropped++;
            hvn_guest_error(hvn_nic_get_guest_errors(&self->parent),
                            "transmit descriptor %u: cannot send a frame of %zu bytes so",
                            self->tx.ring.head + batch->pos - batch->done, frame.len);
        }
        batch->pos = end;
    }
    return TX_FRAME;
}

static void
hvn_e1000_tx_count(TxBatch *batch, guint n_frames)
{
    HvnE1000Totals totals = {0};

    for (guint i = 0; i < n_frames; i++) {
        const HvnFrame *frame = &batch->frames[i];
        guint n = batch->segments[i];

        if (n > 1)
            hvn_e1000_totals_add(&totals, batch->segment_lens[i], n - 1);
        hvn_e1000_totals_add(&totals, n > 1 ? frame->len - (gsize)frame->offload.gso_size * (n - 1) : frame->len, 1);
        if (*(const guint8 *)frame->iov->iov_base & 1) {
            guint8 address[HVN_MAC_LEN];

            hvn_frame_copy(frame, 0, address, sizeof address);
            if (hvn_mac_is_broadcast(address))
                totals.broadcast += n;
            else
                totals.multicast += n;
        }
    }
    if (n_frames > 0)
        hvn_e1000_stats_transmitted(batch->nic, &totals);
}

/* descriptors up to @end are the driver's again */
static void
hvn_e1000_tx_write_back(TxBatch *batch, guint end)
{
    HvnE1000Nic *self = batch->nic;
    HvnRingView view;
    gboolean open = FALSE;

    for (guint i = batch->done; i < end; i++) {
        const guint8 *bytes = batch->descs + i * E1000_DESC_SIZE;

        if (batch->has_contexts && hvn_e1000_tx_desc_is_context(bytes))
            hvn_e1000_tx_load_context(self->tx.contexts, bytes);
        if (!(bytes[11] & (E1000_TXD_CMD_RS | E1000_TXD_CMD_RPS)))
            continue;
        if (!open) {
            hvn_ring_open_view(&self->tx.ring, &self->parent, end - batch->done, &view);
            open = batch->written = TRUE;
        }
        hvn_ring_view_store8(&view, i - batch->done, E1000_DESC_STATUS, bytes[E1000_DESC_STATUS] | E1000_DESC_DD);
        if (bytes[11] & E1000_TXD_CMD_IDE)
            batch->delayed = TRUE;
        else
            batch->at_once = TRUE;
    }
    hvn_ring_advance(&self->tx.ring, end - batch->done);
    batch->done = end;
    hvn_e1000_set(self, E1000_TDH, self->tx.ring.head);
}

/* sends what was gathered; FALSE when the peer is full */
static gboolean
hvn_e1000_tx_flush(TxBatch *batch)
{
    HvnE1000Nic *self = batch->nic;
    guint taken = batch->n_frames, done = batch->done;

    if (batch->n_frames > 0) {
        if (G_UNLIKELY(hvn_e1000_in_loopback(self)))
            taken = hvn_loopback_take(&self->loop, batch->frames, batch->n_frames);
        else
            taken = hvn_port_send((HvnPort *)self, batch->frames, batch->n_frames);
    }
    hvn_e1000_tx_count(batch, taken);
    hvn_e1000_tx_write_back(batch, taken < batch->n_frames ? batch->starts[taken] : batch->pos);
    hvn_nic_dma_release(&self->parent);
    if (G_UNLIKELY(batch->waiting) && batch->done != done && !batch->written)
        hvn_nic_dma_forget(&self->parent); /* these descriptors are the driver's again, and nothing that was written said so */
    g_clear_pointer(&batch->bounce, g_free);
    self->tx.held = taken < batch->n_frames;
    return !self->tx.held;
}

static gboolean
hvn_e1000_tx_set_ring(HvnE1000Nic *self)
{
    guint64 base = hvn_e1000_get(self, E1000_TDBAL) | (guint64)hvn_e1000_get(self, E1000_TDBAH) << 32;
    HvnRing before = self->tx.ring;

    if (!hvn_ring_set(&self->tx.ring, base, hvn_e1000_get(self, E1000_TDLEN) / E1000_DESC_SIZE, hvn_e1000_get(self, E1000_TDH),
                      hvn_e1000_get(self, E1000_TDT), E1000_DESC_SIZE))
        return FALSE;
    if (G_UNLIKELY(!hvn_ring_is_at(&self->tx.ring, &before)))
        hvn_nic_dma_forget(&self->parent);
    return hvn_ring_available(&self->tx.ring) > 0;
}

/* a frame without an end: TRUE when more descriptors may bring one, as soon as the ring is read again */
static gboolean
hvn_e1000_tx_incomplete(TxBatch *batch, guint available)
{
    HvnE1000Nic *self = batch->nic;

    if (batch->pos > 0 && batch->n_descs < available)
        return TRUE;
    if (batch->pos == 0 &&
        (batch->n_descs < available || available == self->tx.ring.n_descriptors - 1 || available == TX_DESCS)) {
        /* more descriptors than a frame may have, or a full ring: no end can come */
        self->tx.skipping = TRUE;
        self->tx.dropped++;
        batch->pos = batch->n_descs;
        hvn_e1000_tx_write_back(batch, batch->pos);
        hvn_nic_dma_release(&self->parent);
        return TRUE;
    }
    return FALSE;
}

/* TXDW and TXQE, and TXD_LOW as the ring passes the threshold or runs empty, which the 82544GC does not know (13.4.43) */
static void
hvn_e1000_tx_interrupt(TxBatch *batch, guint available)
{
    HvnE1000Nic *self = batch->nic;
    guint low = 8 * (hvn_e1000_get(self, E1000_TXDCTL) >> E1000_TXDCTL_LWTHRESH_SHIFT);
    guint left = hvn_ring_available(&self->tx.ring);
    guint32 causes = left == 0 ? E1000_ICR_TXQE : 0;

    if (batch->done == 0)
        return;
    if (available > low && left <= low && self->variant->has_txd_low)
        causes |= E1000_ICR_TXD_LOW;
    hvn_e1000_irq_transmitted(self, batch->at_once, batch->delayed, causes);
}

/* the work that TDT marks; TRUE when there is more to do */
gboolean
hvn_e1000_tx_run(gpointer data)
{
    HvnE1000Nic *self = data;
    TxBatch batch;
    TxResult result;
    guint available;
    gboolean more;

    if (self->tx.held || !(hvn_e1000_get(self, E1000_TCTL) & E1000_TCTL_EN) || !(self->link_up || hvn_e1000_in_loopback(self)) ||
        !hvn_e1000_tx_set_ring(self))
        return FALSE;
    available = hvn_ring_available(&self->tx.ring);
    batch.nic = self;
    batch.n_descs = hvn_ring_fetch(&self->tx.ring, &self->parent, 0, batch.descs, TX_DESCS);
    batch.pos = batch.done = 0;
    batch.vlan_mode = (hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_VME) != 0;
    batch.has_contexts = batch.at_once = batch.delayed = FALSE;
    batch.waiting = batch.n_descs < MIN(available, TX_DESCS) && hvn_nic_dma_is_pending(&self->parent);
    memcpy(batch.contexts, self->tx.contexts, sizeof batch.contexts);
    if (batch.n_descs == 0) {
        hvn_nic_dma_release(&self->parent);
        if (batch.waiting)
            return FALSE;
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read the transmit ring at 0x%" G_GINT64_MODIFIER "x",
                        self->tx.ring.base);
        return FALSE;
    }
    do {
        result = hvn_e1000_tx_fill(&batch);
        more = hvn_e1000_tx_flush(&batch);
    } while (more && (result == TX_FRAME || result == TX_FULL));
    if (more && !batch.waiting)
        more = result == TX_INCOMPLETE ? hvn_e1000_tx_incomplete(&batch, available) : batch.n_descs < available;
    hvn_e1000_tx_interrupt(&batch, available);
    return more && !batch.waiting;
}

/* what was looped back has reached the receiver: there is room for more */
void
hvn_e1000_tx_looped(gpointer data)
{
    HvnE1000Nic *self = data;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

/* TDT, TCTL: only marks the work */
void
hvn_e1000_tx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    if (reg->offset == E1000_TCTL) {
        hvn_nic_dma_forget(&self->parent);
        hvn_e1000_set(self, E1000_TCTL, value & ~E1000_TCTL_SWXOFF); /* clears itself; there is no wire to pause */
    }
    hvn_work_schedule(&self->tx.work);
}
