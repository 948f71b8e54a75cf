/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: a ring of descriptors, which TDMD tells it to look at and which it polls by itself.
 *
 *   load descriptors with OWN -> gather a frame: map its buffers, from STP to ENP -> pad, FCS -> next frame, up to 64
 *        -> send -> clear OWN of those that were taken -> TINT
 *
 * What the peer does not take stays in the ring with OWN, and resume() goes on there. A frame without its end waits for the rest as long as
 * the bytes that are there take on a wire of 10 Mbit/s; then it is BUFF and UFLO. */
#include "hvn-iov.h"
#include "hvn-pcnet-nic.h"

#define TX_IOVS      512 /* pieces of a batch */
#define TX_ROOM      80  /* pieces that one buffer may come in */
#define WIRE_MAX     1518
#define BYTE_NS      800
#define PREAMBLE_NS  6400
#define POLL_MIN_NS  (100 * HVN_NS_PER_US) /* whatever POLLINT says */
#define POLL_IDLE_NS (32 * HVN_NS_PER_MS)  /* between looks at a ring that nothing came to for long */

typedef struct {
    HvnPcnetNic *nic;
    HvnPcnetRing ring;
    guint pos;  /* next descriptor to be looked at */
    guint done; /* written back */
    guint n_frames;
    guint n_iov;
    guint32 csr0; /* events */
    guint32 csr4;
    gboolean bus_error;
    gboolean waited; /* the first frame had no end before, and its time runs */
    gboolean late;   /* or has run out */
    guint32 rest[PCNET_RING_BATCH]; /* errors of each descriptor, TMD2 */
    HvnFrame frames[HVN_BATCH_MAX];
    guint starts[HVN_BATCH_MAX]; /* first descriptor of each frame */
    guint8 fcs[HVN_BATCH_MAX][HVN_FCS_LEN];
    struct iovec iov[TX_IOVS];
} TxBatch;

/* one frame on its way out */
typedef struct {
    guint first; /* descriptors */
    guint end;
    struct iovec *pieces;
    guint n_pieces;
    gsize len;
    gboolean bad;
} TxFrame;

typedef enum {
    TX_FRAME,      /* a whole frame */
    TX_END,        /* no descriptors are left, or memory failed */
    TX_INCOMPLETE, /* the last frame has no end yet */
    TX_FULL,       /* no room for its pieces: send what there is first */
} TxResult;

static const guint8 padding[HVN_FRAME_MIN];

/* ---- gathering ---- */

/* maps one buffer; FALSE when that takes more pieces than are left in the batch */
static gboolean
hvn_pcnet_tx_add(TxBatch *batch, TxFrame *frame, const HvnPcnetDesc *desc)
{
    /* with padding and FCS */
    guint room = MIN(hvn_iov_room(TX_IOVS, batch->n_iov + 2 + frame->n_pieces), HVN_FRAME_IOV_MAX - 2 - frame->n_pieces);
    gsize len = hvn_pcnet_desc_len(desc);
    guint got;

    frame->bad |= frame->len + len > HVN_FRAME_LEN_MAX;
    if (frame->bad)
        return TRUE;
    got = room == 0 ? 0 : hvn_nic_dma_map(&batch->nic->parent, desc->address, len, FALSE, frame->pieces + frame->n_pieces, room);
    if (got == 0 && room < TX_ROOM && batch->n_frames > 0)
        return FALSE;
    if (got == 0 && room < TX_ROOM)
        frame->bad = TRUE;
    else if (got == 0)
        batch->bus_error = TRUE;
    frame->n_pieces += got;
    frame->len += len;
    return TRUE;
}

/* passes over what belongs to no frame: descriptors in front of STP, and the rest of a frame that was dropped */
static void
hvn_pcnet_tx_skip(TxBatch *batch)
{
    HvnPcnetTx *tx = &batch->nic->tx;

    for (; batch->pos < batch->ring.n; batch->pos++) {
        guint32 status = batch->ring.descs[batch->pos].status;

        if (status & PCNET_DESC_STP)
            break;
        tx->dropped += tx->skipping ? 0 : 1;
        tx->skipping = !(status & PCNET_DESC_ENP);
        batch->rest[batch->pos] = 0;
    }
    if (batch->pos < batch->ring.n)
        tx->skipping = FALSE;
}

/* the next frame, whose first descriptor is at batch->pos afterwards */
static TxResult
hvn_pcnet_tx_gather(TxBatch *batch, TxFrame *frame)
{
    hvn_pcnet_tx_skip(batch);
    *frame = (TxFrame){.first = batch->pos, .pieces = batch->iov + batch->n_iov};
    for (guint i = batch->pos; i < batch->ring.n; i++) {
        batch->rest[i] = 0;
        if (!hvn_pcnet_tx_add(batch, frame, &batch->ring.descs[i]))
            return TX_FULL;
        if (batch->bus_error)
            return TX_END;
        if (batch->ring.descs[i].status & PCNET_DESC_ENP) {
            frame->end = i + 1;
            return TX_FRAME;
        }
    }
    return batch->pos < batch->ring.n ? TX_INCOMPLETE : TX_END;
}

/* ---- one frame ---- */

/* who makes the FCS: DXMTFCS, and what the descriptor says against it */
static gboolean
hvn_pcnet_tx_makes_fcs(const TxBatch *batch, const TxFrame *frame)
{
    gboolean off = (hvn_pcnet_csr(batch->nic, PCNET_CSR15) & PCNET_CSR15_DXMTFCS) != 0;

    if (batch->ring.style == PCNET_STYLE_ILACC)
        return !off && !(batch->ring.descs[frame->end - 1].status & PCNET_TMD1_ADD_FCS);
    return !off || (batch->ring.descs[frame->first].status & PCNET_TMD1_ADD_FCS);
}

/* the driver's own FCS is taken off again, as a frame on the link has none; FALSE when it is wrong and nobody would take the frame */
static gboolean
hvn_pcnet_tx_strip_fcs(TxBatch *batch, TxFrame *frame)
{
    struct iovec body[HVN_FRAME_IOV_MAX];
    guint8 fcs[HVN_FCS_LEN];
    guint n;

    if (frame->len < HVN_ETHER_HEADER_LEN + HVN_FCS_LEN)
        return FALSE;
    frame->len -= HVN_FCS_LEN;
    hvn_iov_to_buf(frame->pieces, frame->n_pieces, frame->len, fcs, sizeof fcs);
    n = hvn_iov_slice(frame->pieces, frame->n_pieces, 0, frame->len, body, HVN_FRAME_IOV_MAX);
    memcpy(frame->pieces, body, n * sizeof *body);
    frame->n_pieces = n;
    return hvn_fcs_of_iov(&batch->nic->fcs, frame->pieces, n, G_MAXSIZE) == hvn_load_le32(fcs);
}

/* looped frames carry their FCS, right or wrong */
static void
hvn_pcnet_tx_add_fcs(TxBatch *batch, TxFrame *frame)
{
    guint8 *fcs = batch->fcs[batch->n_frames];

    hvn_store_le32(fcs, hvn_fcs_of_iov(&batch->nic->fcs, frame->pieces, frame->n_pieces, G_MAXSIZE));
    frame->pieces[frame->n_pieces++] = (struct iovec){fcs, HVN_FCS_LEN};
    frame->len += HVN_FCS_LEN;
}

/* what is lost on the way to the cable: the bits of TMD2, 0 when nothing is */
static guint32
hvn_pcnet_tx_fate(TxBatch *batch)
{
    guint32 mode = hvn_pcnet_csr(batch->nic, PCNET_CSR15);

    if (mode & PCNET_CSR15_LOOP) {
        guint tries = mode & PCNET_CSR15_DRTY ? 1 : 16;

        if (!(mode & PCNET_CSR15_FCOLL))
            return 0;
        hvn_pcnet_csr_count(batch->nic, PCNET_CSR114, tries, PCNET_CSR4_RCVCCO);
        return PCNET_TMD2_RTRY | (tries & 15);
    }
    if (hvn_pcnet_has_cable(batch->nic))
        return 0;
    batch->csr0 |= PCNET_CSR0_CERR;
    return PCNET_TMD2_LCAR;
}

/* puts a gathered frame into the batch; FALSE when it is lost, with the bits of its last descriptor set */
static gboolean
hvn_pcnet_tx_prepare(TxBatch *batch, TxFrame *frame)
{
    HvnPcnetNic *self = batch->nic;
    gboolean loop = hvn_pcnet_in_loopback(self), own;
    gboolean pad = (hvn_pcnet_csr(self, PCNET_CSR4) & PCNET_CSR4_APAD) && frame->len < HVN_FRAME_MIN;
    guint32 fate;

    if (frame->bad) {
        batch->csr4 |= PCNET_CSR4_JAB; /* nobody may be on the wire for so long */
        return FALSE;
    }
    own = pad || hvn_pcnet_tx_makes_fcs(batch, frame);
    if (frame->len + (own ? HVN_FCS_LEN : 0) > WIRE_MAX)
        batch->csr0 |= PCNET_CSR0_BABL;
    batch->csr4 |= PCNET_CSR4_TXSTRT;
    fate = hvn_pcnet_tx_fate(batch);
    batch->rest[frame->end - 1] = fate;
    if (fate != 0)
        return FALSE;
    if (pad && loop) { /* the link pads by itself */
        frame->pieces[frame->n_pieces++] = (struct iovec){(gpointer)padding, HVN_FRAME_MIN - frame->len};
        frame->len = HVN_FRAME_MIN;
    }
    if (own && loop)
        hvn_pcnet_tx_add_fcs(batch, frame);
    else if (!own && !loop && !hvn_pcnet_tx_strip_fcs(batch, frame))
        return FALSE;
    if (frame->len < HVN_ETHER_HEADER_LEN) /* a fragment that no receiver takes */
        return FALSE;
    batch->frames[batch->n_frames] = (HvnFrame){.iov = frame->pieces, .n_iov = frame->n_pieces, .len = frame->len};
    batch->starts[batch->n_frames++] = frame->first;
    batch->n_iov = frame->pieces + frame->n_pieces - batch->iov;
    return TRUE;
}

/* gathers up to 64 frames; what ended it */
static TxResult
hvn_pcnet_tx_fill(TxBatch *batch)
{
    TxFrame frame;

    batch->n_frames = batch->n_iov = 0;
    while (batch->n_frames < HVN_BATCH_MAX) {
        TxResult result = hvn_pcnet_tx_gather(batch, &frame);

        if (result != TX_FRAME)
            return result;
        if (!hvn_pcnet_tx_prepare(batch, &frame))
            batch->nic->tx.dropped++;
        batch->pos = frame.end;
    }
    return TX_FRAME;
}

/* ---- giving back ---- */

/* whether a descriptor that is given back asks for an interrupt */
static gboolean
hvn_pcnet_tx_interrupts(const TxBatch *batch, guint i, guint32 csr5)
{
    guint32 status = batch->ring.descs[i].status;

    if (batch->rest[i] != 0)
        return TRUE;
    if (!(status & PCNET_DESC_ENP) || (csr5 & PCNET_CSR5_TOKINTD))
        return FALSE;
    return !(csr5 & PCNET_CSR5_LTINTEN) || (status & PCNET_TMD1_LTINT);
}

/* descriptors up to @end are the driver's again */
static void
hvn_pcnet_tx_write_back(TxBatch *batch, guint end)
{
    guint32 csr5 = hvn_pcnet_csr(batch->nic, PCNET_CSR5);
    HvnRingView view;

    if (end == batch->done)
        return;
    hvn_pcnet_ring_open_view(&batch->ring, batch->done, end, &view);
    for (guint i = batch->done; i < end; i++) {
        guint32 status = batch->ring.descs[i].status & PCNET_TMD1_KEPT;

        if (hvn_pcnet_tx_interrupts(batch, i, csr5))
            batch->csr0 |= PCNET_CSR0_TINT;
        hvn_pcnet_ring_publish(&batch->ring, &view, batch->done, i, status | (batch->rest[i] != 0 ? PCNET_DESC_ERR : 0), batch->rest[i]);
    }
    batch->done = end;
    batch->nic->tx.index = hvn_pcnet_ring_position(&batch->ring, end);
}

/* sends what was gathered; FALSE when the peer is full */
static gboolean
hvn_pcnet_tx_flush(TxBatch *batch)
{
    HvnPcnetNic *self = batch->nic;
    guint taken = 0;

    if (batch->n_frames > 0 && hvn_pcnet_in_loopback(self))
        taken = hvn_loopback_take(&self->loop, batch->frames, batch->n_frames);
    else if (batch->n_frames > 0)
        taken = hvn_port_send((HvnPort *)self, batch->frames, batch->n_frames);
    hvn_pcnet_tx_write_back(batch, taken < batch->n_frames ? batch->starts[taken] : batch->pos);
    hvn_nic_dma_release(&self->parent);
    self->tx.held = taken < batch->n_frames;
    return !self->tx.held;
}

/* a frame that never gets its end: the descriptors that are there are given back, and TXON goes unless DXSUFLO is set */
static void
hvn_pcnet_tx_underflow(TxBatch *batch)
{
    HvnPcnetNic *self = batch->nic;

    for (guint i = batch->pos; i < batch->ring.n; i++)
        batch->rest[i] = 0;
    batch->rest[batch->ring.n - 1] = PCNET_TMD2_BUFF | PCNET_TMD2_UFLO;
    self->tx.dropped++;
    self->tx.skipping = TRUE;
    hvn_pcnet_tx_write_back(batch, batch->ring.n);
    hvn_nic_dma_release(&self->parent);
    if (!(hvn_pcnet_csr(self, PCNET_CSR3) & PCNET_CSR3_DXSUFLO))
        hvn_pcnet_set_csr(self, PCNET_CSR0, hvn_pcnet_csr(self, PCNET_CSR0) & ~PCNET_CSR0_TXON);
}

/* the last frame has no end: it waits, or is given up. TRUE when the ring is to be looked at again at once */
static gboolean
hvn_pcnet_tx_unfinished(TxBatch *batch)
{
    HvnPcnetNic *self = batch->nic;
    gsize len = 0;

    if (!batch->ring.stopped && batch->pos > 0) /* its end may be among those that were not loaded */
        return TRUE;
    if (batch->pos == 0 && (batch->ring.whole || !batch->ring.stopped || batch->late)) {
        hvn_pcnet_tx_underflow(batch);
        return !batch->ring.stopped;
    }
    self->tx.waiting = TRUE;
    if (batch->pos == 0 && batch->waited)
        return FALSE;
    for (guint i = batch->pos; i < batch->ring.n; i++)
        len += hvn_pcnet_desc_len(&batch->ring.descs[i]);
    hvn_timer_arm_after(&self->tx.poll, PREAMBLE_NS + (gint64)len * BYTE_NS);
    return FALSE;
}

/* ---- the work ---- */

/* CSR47: in two's complement, so that 0 is 65536 ticks */
static gint64
hvn_pcnet_tx_interval(const HvnPcnetNic *self)
{
    return MAX((gint64)(65536 - (hvn_pcnet_csr(self, PCNET_CSR47) & 0xfff0)) * PCNET_CLOCK_NS, POLL_MIN_NS);
}

/* the next look without a demand, later and later while there is nothing */
static void
hvn_pcnet_tx_poll_later(HvnPcnetNic *self, gboolean found)
{
    gint64 interval = hvn_pcnet_tx_interval(self);

    if (!(hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_TXON) || (hvn_pcnet_csr(self, PCNET_CSR4) & PCNET_CSR4_TXDPOLL)) {
        hvn_timer_cancel(&self->tx.poll);
        return;
    }
    if (found)
        self->tx.poll_ns = interval;
    if (hvn_timer_is_armed(&self->tx.poll))
        return;
    hvn_timer_arm_after(&self->tx.poll, self->tx.poll_ns);
    self->tx.poll_ns = CLAMP(2 * self->tx.poll_ns, interval, MAX(interval, POLL_IDLE_NS));
}

static void
hvn_pcnet_tx_open(TxBatch *batch, HvnPcnetNic *self)
{
    batch->nic = self;
    batch->pos = batch->done = 0;
    batch->csr0 = batch->csr4 = 0;
    batch->bus_error = FALSE;
    batch->waited = self->tx.waiting;
    batch->late = self->tx.late;
    self->tx.waiting = self->tx.late = FALSE;
    hvn_pcnet_init_ring(self, &batch->ring, TRUE);
    hvn_pcnet_ring_load(&batch->ring, PCNET_RING_BATCH);
}

/* TRUE when there is more to do */
gboolean
hvn_pcnet_tx_run(gpointer data)
{
    HvnPcnetNic *self = data;
    gboolean more, again = FALSE;
    TxBatch batch;
    TxResult result;

    if (self->tx.held || !(hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_TXON) || (hvn_pcnet_csr(self, PCNET_CSR5) & PCNET_CSR5_SPND))
        return FALSE;
    hvn_pcnet_tx_open(&batch, self);
    do {
        result = hvn_pcnet_tx_fill(&batch);
        more = hvn_pcnet_tx_flush(&batch);
    } while (more && (result == TX_FRAME || result == TX_FULL));
    if (more && result == TX_INCOMPLETE)
        again = hvn_pcnet_tx_unfinished(&batch);
    else if (more)
        again = batch.done > 0 && (batch.ring.whole || !batch.ring.stopped);
    if (batch.csr0 != 0 || batch.csr4 != 0)
        hvn_pcnet_csr_raise(self, batch.csr0, batch.csr4, 0);
    if (more && (batch.bus_error || batch.ring.failed)) {
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read transmit descriptors at 0x%" G_GINT64_MODIFIER "x or their buffers",
                        batch.ring.base);
        hvn_pcnet_csr_bus_error(self);
        return FALSE;
    }
    if (!again && !self->tx.waiting)
        hvn_pcnet_tx_poll_later(self, batch.done > 0);
    return again;
}

/* the peer, or what was looped back, has room again */
void
hvn_pcnet_tx_resume(gpointer data)
{
    HvnPcnetNic *self = data;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

/* a look at the ring without a demand; a frame that still has no end then never gets one */
void
hvn_pcnet_tx_polled(gpointer data)
{
    HvnPcnetNic *self = data;

    self->tx.late = self->tx.waiting;
    hvn_work_schedule(&self->tx.work);
}

void
hvn_pcnet_tx_restart(HvnPcnetNic *self)
{
    self->tx.index = 0;
    self->tx.held = self->tx.late = self->tx.waiting = self->tx.skipping = FALSE;
    self->tx.poll_ns = hvn_pcnet_tx_interval(self);
    hvn_timer_cancel(&self->tx.poll);
}
