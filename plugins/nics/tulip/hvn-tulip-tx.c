/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: a list of descriptors (4.2.2), which a poll demand tells it to look at.
 *
 *   load descriptors with OWN -> setup frame: to the filter
 *                             -> gather a frame: map its buffers, from FS to LS -> next frame, up to 64
 *        -> send -> clear OWN of those that were taken -> TI of those that ask for it, and TU at the end of what there is
 *
 * What the peer does not take stays in the list with OWN, and resume() goes on there. */
#include "hvn-iov.h"
#include "hvn-tulip-nic.h"

#define TX_IOVS         512   /* pieces of a batch: several for each of 64 frames */
#define TX_JABBER       32500 /* bytes in 2.6 ms at 100 Mb/s */
#define TX_JABBER_SHORT 2560  /* with the jabber clock, CSR15.JCK */
#define TX_POLL_MIN_NS  (200 * HVN_NS_PER_US)

typedef struct {
    struct iovec *pieces;
    guint n_pieces;
    gsize len;
    guint32 control; /* of all its descriptors */
    guint32 status;  /* not 0: it cannot be sent, and why */
} TxFrame;

typedef struct {
    HvnTulipNic *nic;
    HvnTulipList list;
    guint pos;  /* next descriptor to be looked at */
    guint done; /* written back */
    guint n_frames;
    guint n_iov;
    gsize len_max;
    gboolean cable; /* there is a link, or loopback */
    gboolean stop;  /* the jabber timer has expired */
    guint n_told;   /* frames that are done and ask for an interrupt */
    guint32 status[TULIP_LIST_MAX];
    HvnFrame frames[HVN_BATCH_MAX];
    guint8 starts[HVN_BATCH_MAX];   /* first descriptor of each frame */
    gboolean tells[HVN_BATCH_MAX];  /* IC */
    struct iovec iov[TX_IOVS];
} TxBatch;

typedef enum {
    TX_FRAME,      /* a whole frame */
    TX_END,        /* no descriptors are left */
    TX_INCOMPLETE, /* the last frame has no end yet */
    TX_FULL,       /* no room for its pieces: send what there is first */
} TxResult;

static const guint8 tx_padding[HVN_FRAME_MIN];

/* maps one buffer; FALSE when that takes more pieces than are left in the batch */
static gboolean
hvn_tulip_tx_add(TxBatch *batch, TxFrame *frame, guint32 address, guint32 len)
{
    guint left = hvn_iov_room(TX_IOVS, batch->n_iov + 1 + frame->n_pieces); /* with padding */
    guint room = MIN(left, HVN_FRAME_IOV_MAX - 1 - frame->n_pieces);
    guint got;

    if (len == 0 || frame->status != 0)
        return TRUE;
    if (frame->len + len + HVN_FCS_LEN > batch->len_max) {
        frame->status = TULIP_TDES0_ES | TULIP_TDES0_TO;
        return TRUE;
    }
    got = room == 0 ? 0 : hvn_nic_dma_map(&batch->nic->parent, address, len, FALSE, frame->pieces + frame->n_pieces, room);
    if (got == 0 && batch->n_frames > 0 && left < 16)
        return FALSE;
    if (got == 0)
        frame->status = TULIP_TDES0_ES | TULIP_TDES0_UF;
    if (got == 0 && room > 0)
        hvn_tulip_bus_error(batch->nic, "a transmit buffer", address);
    frame->n_pieces += got;
    frame->len += len;
    return TRUE;
}

static gboolean
hvn_tulip_tx_add_buffers(TxBatch *batch, TxFrame *frame, const HvnTulipDesc *desc)
{
    frame->control |= desc->control;
    return hvn_tulip_tx_add(batch, frame, desc->buffers[0], hvn_tulip_desc_size(desc, 0)) &&
           hvn_tulip_tx_add(batch, frame, desc->buffers[1], hvn_tulip_desc_size(desc, 1));
}

/* 4.2.3: exactly 192 bytes */
static void
hvn_tulip_tx_setup(TxBatch *batch, const HvnTulipDesc *desc)
{
    HvnTulipNic *self = batch->nic;
    guint mode = (desc->control & TULIP_TDES1_FT1 ? 2 : 0) | (desc->control & TULIP_TDES1_FT0 ? 1 : 0);
    guint8 frame[TULIP_SETUP_LEN];

    batch->status[batch->pos] = TULIP_TDES0_SETUP;
    if (desc->control & TULIP_TDES1_IC)
        batch->n_told++;
    if (hvn_tulip_desc_size(desc, 0) != TULIP_SETUP_LEN)
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "a setup frame of %u bytes, not %u", hvn_tulip_desc_size(desc, 0),
                        TULIP_SETUP_LEN);
    else if (!hvn_nic_dma_read(&self->parent, desc->buffers[0], frame, sizeof frame))
        hvn_tulip_bus_error(self, "a setup frame", desc->buffers[0]);
    else
        hvn_tulip_filter_setup(self, frame, mode);
}

/* passes over what is no frame: setup frames, the rest of a frame that was dropped, and descriptors in front of FS, which drivers put there */
static void
hvn_tulip_tx_skip(TxBatch *batch)
{
    for (; batch->pos < batch->list.n && !batch->nic->failed; batch->pos++) {
        const HvnTulipDesc *desc = &batch->list.descs[batch->pos];

        if (desc->control & TULIP_TDES1_SET)
            hvn_tulip_tx_setup(batch, desc);
        else if (desc->control & TULIP_TDES1_FS)
            break;
        else
            batch->status[batch->pos] = 0;
    }
}

/* the next frame; batch->pos is its first descriptor afterwards and @end the one behind it */
static TxResult
hvn_tulip_tx_gather(TxBatch *batch, TxFrame *frame, guint *end)
{
    hvn_tulip_tx_skip(batch);
    *frame = (TxFrame){.pieces = batch->iov + batch->n_iov};
    for (guint i = batch->pos; i < batch->list.n; i++) {
        const HvnTulipDesc *desc = &batch->list.descs[i];

        if (i > batch->pos && (desc->control & (TULIP_TDES1_FS | TULIP_TDES1_SET))) { /* the one before has no end */
            frame->status = TULIP_TDES0_ES | TULIP_TDES0_UF;
            *end = i;
            return TX_FRAME;
        }
        batch->status[i] = 0;
        if (!hvn_tulip_tx_add_buffers(batch, frame, desc))
            return TX_FULL;
        if (desc->control & TULIP_TDES1_LS) {
            *end = i + 1;
            return TX_FRAME;
        }
    }
    return batch->pos < batch->list.n ? TX_INCOMPLETE : TX_END;
}

/* 4.2.2.2: with AC the driver made the FCS, which a frame on the link has not; without DPD the chip makes a frame of anything */
static void
hvn_tulip_tx_trim(TxFrame *frame)
{
    if ((frame->control & TULIP_TDES1_AC) && frame->len >= HVN_ETHER_HEADER_LEN + HVN_FCS_LEN) {
        frame->len -= HVN_FCS_LEN;
        frame->n_pieces = hvn_iov_slice(frame->pieces, frame->n_pieces, 0, frame->len, frame->pieces, frame->n_pieces);
    } else if (frame->len > 0 && frame->len < HVN_ETHER_HEADER_LEN && !(frame->control & TULIP_TDES1_DPD)) {
        frame->pieces[frame->n_pieces++] = (struct iovec){(gpointer)tx_padding, HVN_FRAME_MIN - frame->len};
        frame->len = HVN_FRAME_MIN;
    }
}

/* descriptors from @batch->pos up to @end are not sent */
static void
hvn_tulip_tx_drop(TxBatch *batch, guint end, guint32 status)
{
    HvnTulipNic *self = batch->nic;

    for (guint i = batch->pos; i < end; i++)
        batch->status[i] = 0;
    batch->status[end - 1] = status;
    batch->stop |= (status & TULIP_TDES0_TO) != 0;
    batch->pos = end;
    self->tx.dropped++;
}

/* puts a gathered frame into the batch, or drops it */
static void
hvn_tulip_tx_put(TxBatch *batch, TxFrame *frame, guint end)
{
    HvnTulipNic *self = batch->nic;
    guint n = batch->n_frames;
    gboolean tells = (batch->list.descs[end - 1].control & TULIP_TDES1_IC) != 0;

    hvn_tulip_tx_trim(frame);
    if (frame->status == 0 && !batch->cable)
        frame->status = TULIP_TDES0_ES | TULIP_TDES0_LO | TULIP_TDES0_NC;
    if (frame->status == 0 && frame->len >= HVN_ETHER_HEADER_LEN) {
        batch->frames[n] = (HvnFrame){.iov = frame->pieces, .n_iov = frame->n_pieces, .len = frame->len};
        batch->starts[n] = batch->pos;
        batch->tells[n] = tells;
        batch->n_iov += frame->n_pieces;
        batch->n_frames = n + 1;
        batch->pos = end;
        return;
    }
    if (batch->cable)
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "transmit descriptor at 0x%x: cannot send a frame of %zu bytes so",
                        hvn_tulip_list_address(&batch->list, batch->pos), frame->len);
    hvn_tulip_tx_drop(batch, end, frame->status);
    batch->n_told += tells ? 1 : 0;
}

/* gathers up to 64 frames; what ended it */
static TxResult
hvn_tulip_tx_fill(TxBatch *batch)
{
    TxFrame frame;
    guint end;

    batch->n_frames = batch->n_iov = 0;
    while (batch->n_frames < HVN_BATCH_MAX && !batch->stop) {
        TxResult result = hvn_tulip_tx_gather(batch, &frame, &end);

        if (batch->nic->failed)
            return TX_END; /* what came before it is sent, and it stays where it is */
        if (result != TX_FRAME)
            return result;
        hvn_tulip_tx_put(batch, &frame, end);
    }
    return TX_FRAME;
}

static void
hvn_tulip_tx_write_back(TxBatch *batch, guint end)
{
    hvn_tulip_list_publish(&batch->list, batch->done, end, batch->status);
    batch->done = end;
    batch->nic->tx.current = hvn_tulip_list_address(&batch->list, end);
}

/* sends what was gathered; FALSE when the peer is full */
static gboolean
hvn_tulip_tx_flush(TxBatch *batch)
{
    HvnTulipNic *self = batch->nic;
    guint taken = 0;

    if (batch->n_frames > 0 && hvn_tulip_in_loopback(self))
        taken = hvn_loopback_take(&self->loop, batch->frames, batch->n_frames);
    else if (batch->n_frames > 0)
        taken = hvn_port_send((HvnPort *)self, batch->frames, batch->n_frames);
    for (guint i = 0; i < taken; i++)
        batch->n_told += batch->tells[i] ? 1 : 0;
    hvn_tulip_tx_write_back(batch, taken < batch->n_frames ? batch->starts[taken] : batch->pos);
    hvn_nic_dma_release(&self->parent);
    self->tx.held = taken < batch->n_frames;
    return !self->tx.held;
}

/* the list was looked through; TRUE when it is to be looked at again at once */
static gboolean
hvn_tulip_tx_end(TxBatch *batch, TxResult result)
{
    HvnTulipNic *self = batch->nic;

    if (batch->list.failed && batch->pos == batch->list.n)
        hvn_tulip_bus_error(self, "a transmit descriptor", batch->list.next);
    if (batch->stop) {
        self->tx.stopped = TRUE;
        self->tx.active = FALSE;
        hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_TJT | TULIP_CSR5_TPS);
        return FALSE;
    }
    if (result == TX_INCOMPLETE && batch->pos == 0 && (batch->list.whole || batch->list.n == TULIP_LIST_MAX)) {
        /* longer than the ring, or than anything that makes sense: no end is waited for */
        hvn_tulip_tx_drop(batch, batch->list.n, TULIP_TDES0_ES | TULIP_TDES0_UF);
        hvn_tulip_tx_write_back(batch, batch->pos);
    }
    if (!self->failed && batch->done > 0 && (batch->list.whole || batch->list.n == TULIP_LIST_MAX))
        return TRUE;
    self->tx.active = FALSE;
    if (batch->done > 0 || !self->tx.quiet)
        hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_TU);
    hvn_tulip_tx_arm(self);
    return FALSE;
}

static gsize
hvn_tulip_tx_len_max(const HvnTulipNic *self)
{
    guint32 csr15 = hvn_tulip_get(self, TULIP_CSR15);

    if (csr15 & TULIP_CSR15_JBD)
        return HVN_FRAME_LEN_MAX + HVN_FCS_LEN;
    return csr15 & TULIP_CSR15_JCK ? TX_JABBER_SHORT : TX_JABBER;
}

static gboolean
hvn_tulip_tx_is_on(HvnTulipNic *self)
{
    return (hvn_tulip_get(self, TULIP_CSR6) & TULIP_CSR6_ST) && !self->tx.stopped && !self->failed && !hvn_tulip_is_asleep(self);
}

/* the work that poll demands mark; TRUE when there is more to do */
gboolean
hvn_tulip_tx_run(gpointer data)
{
    HvnTulipNic *self = data;
    TxBatch batch;
    TxResult result;
    gboolean more;

    if (self->tx.held || !self->tx.active || !hvn_tulip_tx_is_on(self))
        return FALSE;
    batch.nic = self;
    batch.pos = batch.done = batch.n_told = 0;
    batch.stop = FALSE;
    batch.len_max = hvn_tulip_tx_len_max(self);
    batch.cable = self->phy.link || hvn_tulip_in_loopback(self);
    hvn_tulip_list_open(&batch.list, &self->parent, hvn_tulip_get(self, TULIP_CSR0), hvn_tulip_get(self, TULIP_CSR4), self->tx.current);
    hvn_tulip_list_load(&batch.list, TULIP_LIST_MAX);
    do {
        result = hvn_tulip_tx_fill(&batch);
        more = hvn_tulip_tx_flush(&batch);
    } while (more && !batch.stop && (result == TX_FRAME || result == TX_FULL));
    if (more)
        more = hvn_tulip_tx_end(&batch, result);
    hvn_nic_dma_release(&self->parent);
    if (batch.n_told > 0)
        hvn_tulip_irq_sent(self, batch.n_told);
    return more;
}

/* the peer, or what was looped back, has room again */
void
hvn_tulip_tx_resume(gpointer data)
{
    HvnTulipNic *self = data;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

/* ---- polling ---- */

static void
hvn_tulip_tx_look(HvnTulipNic *self, gboolean quiet)
{
    if (!hvn_tulip_tx_is_on(self))
        return;
    self->tx.quiet = quiet && (self->tx.quiet || !self->tx.active);
    self->tx.active = TRUE;
    hvn_timer_cancel(&self->tx.poll);
    hvn_work_schedule(&self->tx.work);
}

/* the time of automatic polling has come */
void
hvn_tulip_tx_poll(gpointer data)
{
    hvn_tulip_tx_look(data, TRUE);
}

/* 3.2.2.1, TAP: a suspended transmitter looks again by itself; no faster than is good for the host */
void
hvn_tulip_tx_arm(HvnTulipNic *self)
{
    static const gint64 us_by_tap[] = {0, 200, 800, 1600, 13, 26, 51, 102};
    gint64 us = us_by_tap[hvn_tulip_get(self, TULIP_CSR0) >> TULIP_CSR0_TAP_SHIFT & TULIP_CSR0_TAP];

    if (us == 0 || self->tx.active || !hvn_tulip_tx_is_on(self))
        hvn_timer_cancel(&self->tx.poll);
    else
        hvn_timer_arm_after(&self->tx.poll, MAX(us * HVN_NS_PER_US, TX_POLL_MIN_NS));
}

/* a poll demand, or the transmitter was switched on */
void
hvn_tulip_tx_demand(HvnTulipNic *self)
{
    hvn_tulip_tx_look(self, FALSE);
}

void
hvn_tulip_tx_reset(HvnTulipNic *self)
{
    hvn_work_cancel(&self->tx.work);
    hvn_timer_cancel(&self->tx.poll);
    self->tx.current = 0;
    self->tx.active = self->tx.quiet = self->tx.stopped = self->tx.held = FALSE;
}

/* ---- registers ---- */

void
hvn_tulip_csr1_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_tulip_tx_demand(owner);
}

/* a list begins at its base */
void
hvn_tulip_csr4_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ((HvnTulipNic *)owner)->tx.current = value;
}
