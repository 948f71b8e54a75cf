/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: one batch of frames from the link into the buffers of the receive list (4.2.1).
 *
 *   push -> closed? take and count -> filter -> watchdog -> frame and FCS into both buffers, over several descriptors when they are small
 *        -> next frame -> OWN of the batch clear, after all data -> RI
 *
 * Frames that find no descriptors stay with the sender, and RU says so once; nothing tells of descriptors that the driver gives back but a poll
 * demand, which few drivers write. A frame that all of the list could not hold is cut off. */
#include "hvn-tulip-nic.h"

#define RX_WATCHDOG   2560   /* bytes, FCS included, after which the watchdog is sure to have expired */
#define RX_LEN_MAX    0x3fff /* what RDES0 can say */
#define RX_NORMAL_MAX 1518   /* longer frames are told as too long */
#define RX_TYPE_MIN   1501   /* from here on it is a type, not a length */

typedef struct {
    HvnTulipNic *nic;
    HvnTulipList list;
    guint used;   /* descriptors filled */
    guint wanted; /* frames left in the batch, this one with them */
    guint n_stored;
    guint32 csr6;
    guint32 causes;
    guint32 status[TULIP_LIST_MAX];
} RxBatch;

/* one frame on its way into buffers */
typedef struct {
    struct iovec iov[HVN_FRAME_IOV_MAX + 1];
    guint n_iov;
    gsize len; /* bytes that are stored */
    guint8 fcs[HVN_FCS_LEN];
    guint32 status; /* what the last of its descriptors says */
} RxFrame;

/* whether it is to be stored, and what the address says in the status */
static gboolean
hvn_tulip_rx_accept(RxBatch *batch, const HvnFrame *frame, const guint8 *head, guint32 *status)
{
    gboolean matched = hvn_tulip_filter_match(batch->nic, head);

    if (!matched && !(batch->csr6 & TULIP_CSR6_RA))
        return FALSE;
    if (frame->len < HVN_FRAME_MIN && !(batch->csr6 & TULIP_CSR6_PB))
        return FALSE; /* only what was looped back is short: the link pads */
    *status = (matched ? 0 : TULIP_RDES0_FF) | (head[0] & 1 ? TULIP_RDES0_MF : 0);
    *status |= hvn_load_be16(head + 12) >= RX_TYPE_MIN ? TULIP_RDES0_FT : 0;
    *status |= frame->len < HVN_FRAME_MIN ? TULIP_RDES0_RF | TULIP_RDES0_ES : 0;
    *status |= (batch->csr6 & TULIP_CSR6_OM) / TULIP_CSR6_OM_INT << TULIP_RDES0_DT_SHIFT;
    return TRUE;
}

/* what is stored: the frame and its FCS, or as much as there was when the watchdog expired */
static void
hvn_tulip_rx_arrange(RxBatch *batch, RxFrame *rx, const HvnFrame *frame)
{
    HvnTulipNic *self = batch->nic;
    gboolean watched = !(hvn_tulip_get(self, TULIP_CSR15) & TULIP_CSR15_RWD);
    guint32 crc = 0;

    for (guint i = 0; i < frame->n_iov; i++)
        crc = hvn_fcs_add(&self->fcs, crc, frame->iov[i].iov_base, frame->iov[i].iov_len);
    hvn_store_le32(rx->fcs, crc);
    memcpy(rx->iov, frame->iov, frame->n_iov * sizeof *frame->iov);
    rx->iov[frame->n_iov] = (struct iovec){rx->fcs, sizeof rx->fcs};
    rx->n_iov = frame->n_iov + 1;
    rx->len = frame->len + HVN_FCS_LEN;
    if (rx->len > RX_NORMAL_MAX)
        rx->status |= TULIP_RDES0_TL | TULIP_RDES0_ES;
    if (rx->len > (watched ? RX_WATCHDOG : RX_LEN_MAX)) {
        rx->len = watched ? RX_WATCHDOG : RX_LEN_MAX;
        rx->status |= TULIP_RDES0_CE | TULIP_RDES0_ES | (watched ? TULIP_RDES0_RW : 0);
        batch->causes |= watched ? TULIP_CSR5_RWT : 0;
    }
}

/* fills both buffers of descriptor @n from @offset of the frame on; returns how many bytes went there */
static gsize
hvn_tulip_rx_fill(RxBatch *batch, RxFrame *rx, guint n, gsize offset)
{
    const HvnTulipDesc *desc = &batch->list.descs[n];
    gsize done = 0;

    for (guint i = 0; i < G_N_ELEMENTS(desc->buffers); i++) {
        gsize part = MIN(hvn_tulip_desc_size(desc, i), rx->len - offset - done);

        if (part > 0 && !hvn_nic_dma_write_iov(&batch->nic->parent, desc->buffers[i], rx->iov, rx->n_iov, offset + done, part)) {
            hvn_tulip_bus_error(batch->nic, "a receive buffer", desc->buffers[i]);
            break;
        }
        done += part;
    }
    return done;
}

/* more descriptors cannot come for this frame: the list is all ours, or longer than makes sense */
static gboolean
hvn_tulip_rx_is_exhausted(const RxBatch *batch)
{
    return batch->used == 0 && (batch->list.whole || batch->list.n == TULIP_LIST_MAX);
}

/* stores one frame; FALSE when there are too few descriptors, or memory cannot be reached: nothing is used then */
static gboolean
hvn_tulip_rx_store(RxBatch *batch, RxFrame *rx)
{
    guint n = batch->used;
    gsize offset = 0;

    while (offset < rx->len) {
        if (n >= batch->list.n && hvn_tulip_list_load(&batch->list, n + batch->wanted) <= n) {
            if (n == 0 || !hvn_tulip_rx_is_exhausted(batch))
                return FALSE;
            rx->status |= TULIP_RDES0_DE | TULIP_RDES0_ES;
            break;
        }
        batch->status[n] = offset == 0 && n == batch->used ? TULIP_RDES0_FS : 0;
        offset += hvn_tulip_rx_fill(batch, rx, n++, offset);
        if (batch->nic->failed)
            return FALSE;
    }
    batch->status[n - 1] |= rx->status | TULIP_RDES0_LS | (guint32)rx->len << TULIP_RDES0_FL_SHIFT;
    batch->used = n;
    return TRUE;
}

/* 3.2.2.8: a frame was lost for want of buffers */
static void
hvn_tulip_rx_missed(HvnTulipNic *self)
{
    guint32 csr8 = hvn_tulip_get(self, TULIP_CSR8);

    self->rx.dropped++;
    hvn_tulip_set(self, TULIP_CSR8, (csr8 & TULIP_CSR8_MFC) == TULIP_CSR8_MFC ? TULIP_CSR8_MFO : csr8 + 1);
}

/* FALSE when the frame stays with its sender */
static gboolean
hvn_tulip_rx_one(RxBatch *batch, const HvnFrame *frame)
{
    HvnTulipNic *self = batch->nic;
    guint8 head[HVN_ETHER_HEADER_LEN];
    RxFrame rx;

    if (hvn_frame_copy(frame, 0, head, sizeof head) < sizeof head || !hvn_tulip_rx_accept(batch, frame, head, &rx.status))
        return TRUE;
    hvn_tulip_rx_arrange(batch, &rx, frame);
    if (hvn_tulip_rx_store(batch, &rx)) {
        batch->n_stored++;
        if (rx.status & TULIP_RDES0_DE)
            hvn_tulip_rx_missed(self);
        return TRUE;
    }
    if (batch->list.failed && !self->failed)
        hvn_tulip_bus_error(self, "a receive descriptor", batch->list.next);
    if (self->failed)
        hvn_tulip_rx_missed(self);
    return self->failed;
}

/* OWN of the whole batch becomes clear here, after all data */
static void
hvn_tulip_rx_publish(RxBatch *batch)
{
    HvnTulipNic *self = batch->nic;

    hvn_tulip_list_publish(&batch->list, 0, batch->used, batch->status);
    self->rx.current = hvn_tulip_list_address(&batch->list, batch->used);
    hvn_nic_dma_release(&self->parent);
    if (batch->causes != 0)
        hvn_irq_cause_raise(&self->irq.cause, batch->causes);
    if (batch->n_stored > 0)
        hvn_tulip_irq_received(self, batch->n_stored);
}

static gboolean
hvn_tulip_rx_is_on(HvnTulipNic *self)
{
    return (hvn_tulip_get(self, TULIP_CSR6) & TULIP_CSR6_SR) && !self->failed && !hvn_tulip_is_asleep(self);
}

static void
hvn_tulip_rx_open(HvnTulipNic *self, HvnTulipList *list)
{
    hvn_tulip_list_open(list, &self->parent, hvn_tulip_get(self, TULIP_CSR0), hvn_tulip_get(self, TULIP_CSR3), self->rx.current);
}

/* to the list, whatever way the frames came; returns how many were taken */
guint
hvn_tulip_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames)
{
    HvnTulipNic *self = data;
    guint taken = 0;
    RxBatch batch;

    if (!hvn_tulip_rx_is_on(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    batch.nic = self;
    batch.used = batch.n_stored = 0;
    batch.causes = 0;
    batch.csr6 = hvn_tulip_get(self, TULIP_CSR6);
    hvn_tulip_rx_open(self, &batch.list);
    for (; taken < n_frames && !self->failed; taken++) {
        batch.wanted = n_frames - taken;
        if (!hvn_tulip_rx_one(&batch, &frames[taken]))
            break;
    }
    hvn_tulip_rx_publish(&batch);
    if (self->failed) {
        self->rx.closed += n_frames - taken;
        return n_frames;
    }
    if (taken > 0)
        hvn_rx_wait_moved(&self->rx.wait);
    if (batch.n_stored > 0)
        self->rx.suspended = FALSE;
    if (taken < n_frames)
        hvn_rx_wait_hold(&self->rx.wait);
    return taken;
}

guint
hvn_tulip_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnTulipNic *self = (HvnTulipNic *)port;

    if (!self->phy.link || hvn_tulip_in_loopback(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    return hvn_tulip_rx_deliver(self, frames, n_frames);
}

/* FALSE while the next descriptor is the driver's; what cannot be read is for the receiver to find */
gboolean
hvn_tulip_rx_has_room(gpointer data)
{
    HvnTulipNic *self = data;
    HvnTulipList list;

    if (!self->phy.link || hvn_tulip_in_loopback(self) || !hvn_tulip_rx_is_on(self))
        return TRUE;
    hvn_tulip_rx_open(self, &list);
    return hvn_tulip_list_load(&list, 1) > 0 || list.failed;
}

/* 3.2.2.5: RU is told once, until a frame has been stored again */
void
hvn_tulip_rx_full(gpointer data)
{
    HvnTulipNic *self = data;

    if (self->rx.suspended)
        return;
    self->rx.suspended = TRUE;
    hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_RU);
}

/* something changed that may let frames in, or close the receiver: whoever waits asks again, soon */
void
hvn_tulip_rx_update(gpointer data)
{
    HvnTulipNic *self = data;

    hvn_rx_wait_update(&self->rx.wait);
    hvn_loopback_kick(&self->loop);
}

void
hvn_tulip_rx_reset(HvnTulipNic *self)
{
    hvn_rx_wait_reset(&self->rx.wait);
    hvn_tulip_filter_reset(self);
    self->rx.current = 0;
    self->rx.suspended = FALSE;
}

/* ---- registers ---- */

/* receive poll demand */
void
hvn_tulip_csr2_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_tulip_rx_update(owner);
}

/* a list begins at its base */
void
hvn_tulip_csr3_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;

    self->rx.current = value;
    self->rx.suspended = FALSE;
    hvn_tulip_rx_update(self);
}

/* cleared by the read */
guint32
hvn_tulip_csr8_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return value | 0xe0000000;
}
