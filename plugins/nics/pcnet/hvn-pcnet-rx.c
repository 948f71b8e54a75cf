/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: one batch of frames from the link into the buffers of the receive ring.
 *
 *   push -> closed? take and count -> filter -> FCS, runt, auto strip -> copy into buffers, over several descriptors when one is small
 *        -> next frame -> give the descriptors of the batch back -> RINT once
 *
 * Frames that find no descriptors stay with the sender, and a timer looks at the ring again. One that all of the ring could not hold is
 * stored as far as it goes, with BUFF. Looped frames come with the FCS that they were sent with, right or wrong. */
#include "hvn-iov.h"
#include "hvn-pcnet-nic.h"

#define PAD_BELOW 46 /* a length field of less says where the data ends and padding begins */
#define MAGIC_LEN (6 + 16 * HVN_MAC_LEN)

typedef struct {
    HvnPcnetNic *nic;
    HvnPcnetRing ring;
    guint used;   /* descriptors filled */
    guint wanted; /* frames left in the batch, this one with them */
    gboolean bus_error;
    guint32 status[PCNET_RING_BATCH];
    guint32 rest[PCNET_RING_BATCH];
} RxBatch;

/* one frame on its way into buffers */
typedef struct {
    const struct iovec *iov;
    guint n_iov;
    gsize len; /* bytes that are stored, those of alignment too */
    gsize mcnt; /* bytes that RMD2 speaks of */
    guint32 status; /* what the last of its descriptors says */
} RxFrame;

/* ---- one frame ---- */

/* what is shorter than a frame may be comes in loopback only, as the link pads */
static gboolean
hvn_pcnet_rx_takes_runts(const HvnPcnetNic *self)
{
    guint32 bcr9 = hvn_pcnet_bcr(self, PCNET_BCR9);

    return (hvn_pcnet_csr(self, PCNET_CSR124) & PCNET_CSR124_RPA) || ((bcr9 & PCNET_BCR9_FDEN) && !(bcr9 & PCNET_BCR9_FDRPAD));
}

/* stores one frame; FALSE when there are too few descriptors, and nothing is used then */
static gboolean
hvn_pcnet_rx_store(RxBatch *batch, const RxFrame *rx)
{
    guint n = batch->used;
    gsize offset = 0;

    while (offset < rx->len) {
        HvnPcnetDesc *desc;
        gsize part;

        if (n >= batch->ring.n && hvn_pcnet_ring_load(&batch->ring, n + batch->wanted) <= n)
            return FALSE;
        desc = &batch->ring.descs[n];
        part = MIN(hvn_pcnet_desc_len(desc), rx->len - offset);
        if (!hvn_nic_dma_write_iov(&batch->nic->parent, desc->address, rx->iov, rx->n_iov, offset, part)) {
            batch->bus_error = TRUE;
            return FALSE;
        }
        batch->status[n] = (desc->status & (PCNET_DESC_BCNT | PCNET_DESC_ONES)) | (offset == 0 ? PCNET_DESC_STP : 0);
        batch->rest[n] = 0;
        offset += part;
        if (offset == rx->len) {
            batch->status[n] |= PCNET_DESC_ENP | rx->status;
            batch->rest[n] = (guint32)rx->mcnt;
        }
        n++;
    }
    batch->used = n;
    return TRUE;
}

/* the descriptors that a frame has, but for its end: the last one says BUFF */
static void
hvn_pcnet_rx_give_up(RxBatch *batch)
{
    batch->used = batch->ring.n;
    batch->status[batch->used - 1] |= PCNET_DESC_ERR | PCNET_RMD1_BUFF;
    batch->nic->rx.dropped++;
}

/* a frame that passed the filter and that nothing is left of */
static void
hvn_pcnet_rx_missed(HvnPcnetNic *self)
{
    self->rx.dropped++;
    hvn_pcnet_csr_count(self, PCNET_CSR112, 1, PCNET_CSR4_MFCO);
    hvn_pcnet_csr_raise(self, PCNET_CSR0_MISS, 0, 0);
}

/* what is stored of a frame of @len bytes: itself with its FCS, less when padding is stripped, behind two bytes with RCVALGN, which bring its
 * data to a multiple of four */
static void
hvn_pcnet_rx_arrange(HvnPcnetNic *self, RxFrame *rx, const HvnFrame *frame, gsize len, struct iovec *iov, guint8 *fcs, const guint8 *head)
{
    static const guint8 alignment[2];
    guint type = hvn_load_be16(head + 12);

    rx->iov = iov;
    rx->n_iov = 0;
    rx->mcnt = rx->len = len + HVN_FCS_LEN;
    if ((hvn_pcnet_csr(self, PCNET_CSR4) & PCNET_CSR4_ASTRP) && type < PAD_BELOW)
        rx->mcnt = rx->len = MIN(rx->len, HVN_ETHER_HEADER_LEN + (gsize)type);
    if (hvn_pcnet_csr(self, PCNET_CSR122) & PCNET_CSR122_RCVALGN) {
        iov[rx->n_iov++] = (struct iovec){(gpointer)alignment, sizeof alignment};
        rx->len += sizeof alignment;
    }
    memcpy(iov + rx->n_iov, frame->iov, frame->n_iov * sizeof *iov);
    rx->n_iov += frame->n_iov;
    if (frame->len == len) /* not looped: its FCS is ours to make */
        iov[rx->n_iov++] = (struct iovec){fcs, HVN_FCS_LEN};
}

/* FALSE when the frame stays with its sender. @looped: its last bytes are its FCS */
static gboolean
hvn_pcnet_rx_one(RxBatch *batch, const HvnFrame *frame, gboolean looped)
{
    HvnPcnetNic *self = batch->nic;
    gsize len = looped ? frame->len - HVN_FCS_LEN : frame->len;
    guint8 head[HVN_ETHER_HEADER_LEN], fcs[HVN_FCS_LEN];
    struct iovec iov[HVN_FRAME_IOV_MAX + 2];
    gboolean accept;
    RxFrame rx;
    guint32 crc;

    if (frame->len < HVN_ETHER_HEADER_LEN + (looped ? HVN_FCS_LEN : 0) || hvn_frame_copy(frame, 0, head, sizeof head) < sizeof head)
        return TRUE;
    rx.status = hvn_pcnet_filter_match(self, head, &accept);
    if (!accept || (len < HVN_FRAME_MIN && !hvn_pcnet_rx_takes_runts(self)))
        return TRUE;
    if (len + HVN_FCS_LEN > PCNET_RMD2_MCNT) {
        hvn_pcnet_rx_missed(self);
        return TRUE;
    }
    crc = hvn_fcs_of_iov(&self->fcs, frame->iov, frame->n_iov, len);
    hvn_store_le32(fcs, crc);
    hvn_pcnet_rx_arrange(self, &rx, frame, len, iov, fcs, head);
    if (looped && hvn_frame_copy(frame, len, fcs, sizeof fcs) == sizeof fcs && hvn_load_le32(fcs) != crc)
        rx.status |= PCNET_DESC_ERR | PCNET_RMD1_CRC;
    if (hvn_pcnet_rx_store(batch, &rx))
        return TRUE;
    if (batch->ring.failed || batch->bus_error) {
        batch->bus_error = TRUE;
        hvn_pcnet_rx_missed(self);
        return TRUE;
    }
    if (batch->used > 0 || !(batch->ring.whole || batch->ring.n == PCNET_RING_BATCH))
        return FALSE;
    hvn_pcnet_rx_give_up(batch);
    return TRUE;
}

/* ---- batches ---- */

/* OWN of the whole batch becomes clear here, after all data */
static void
hvn_pcnet_rx_publish(RxBatch *batch)
{
    HvnPcnetNic *self = batch->nic;
    HvnRingView view;

    if (batch->used > 0) {
        hvn_pcnet_ring_open_view(&batch->ring, 0, batch->used, &view);
        for (guint i = 0; i < batch->used; i++)
            hvn_pcnet_ring_publish(&batch->ring, &view, 0, i, batch->status[i], batch->rest[i]);
        self->rx.index = hvn_pcnet_ring_position(&batch->ring, batch->used);
    }
    hvn_nic_dma_release(&self->parent);
    if (batch->used > 0)
        hvn_pcnet_csr_raise(self, PCNET_CSR0_RINT, 0, 0);
}

static gboolean
hvn_pcnet_rx_is_on(const HvnPcnetNic *self)
{
    return (hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_RXON) != 0;
}

static gboolean
hvn_pcnet_rx_is_suspended(const HvnPcnetNic *self)
{
    return (hvn_pcnet_csr(self, PCNET_CSR5) & PCNET_CSR5_SPND) != 0;
}

/* in Magic Packet mode nothing is stored: a frame to this station, or with MPPLBA one that passes the filter, is looked through for its
 * address, 16 times behind six bytes of ones */
static void
hvn_pcnet_rx_look_for_magic(HvnPcnetNic *self, const HvnFrame *frame)
{
    guint8 bytes[1600], magic[MAGIC_LEN];
    gsize len = hvn_frame_copy(frame, 0, bytes, sizeof bytes);
    gboolean accept;
    guint32 why;

    if (len < HVN_ETHER_HEADER_LEN)
        return;
    why = hvn_pcnet_filter_match(self, bytes, &accept);
    if (!(hvn_pcnet_csr(self, PCNET_CSR5) & PCNET_CSR5_MPPLBA))
        accept = (why & PCNET_RMD1_PAM) != 0;
    memset(magic, 0xff, 6);
    for (guint i = 6; i < sizeof magic; i += HVN_MAC_LEN)
        memcpy(magic + i, self->rx.filter.perfect[0].addr, HVN_MAC_LEN);
    if (accept && memmem(bytes, len, magic, sizeof magic) != NULL)
        hvn_pcnet_csr_raise(self, 0, 0, PCNET_CSR5_MPINT);
}

static guint
hvn_pcnet_rx_deliver(HvnPcnetNic *self, const HvnFrame *frames, guint n_frames, gboolean looped)
{
    const guint32 magic = PCNET_CSR5_MPEN | PCNET_CSR5_MPMODE;
    guint taken = 0;
    RxBatch batch;

    if (!hvn_pcnet_rx_is_on(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    if ((hvn_pcnet_csr(self, PCNET_CSR5) & magic) == magic) {
        for (guint i = 0; i < n_frames; i++)
            hvn_pcnet_rx_look_for_magic(self, &frames[i]);
        return n_frames;
    }
    if (hvn_pcnet_rx_is_suspended(self)) {
        hvn_rx_wait_hold(&self->rx.wait);
        return 0;
    }
    batch.nic = self;
    batch.used = 0;
    batch.bus_error = FALSE;
    hvn_pcnet_init_ring(self, &batch.ring, FALSE);
    for (; taken < n_frames && !batch.bus_error; taken++) {
        batch.wanted = n_frames - taken;
        if (!hvn_pcnet_rx_one(&batch, &frames[taken], looped))
            break;
    }
    hvn_pcnet_rx_publish(&batch);
    if (taken > 0)
        hvn_rx_wait_moved(&self->rx.wait);
    if (batch.bus_error) {
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot reach receive descriptors at 0x%" G_GINT64_MODIFIER "x or their buffers",
                        batch.ring.base);
        hvn_pcnet_csr_bus_error(self);
        self->rx.closed += n_frames - taken; /* it is off now */
        return n_frames;
    }
    if (taken < n_frames)
        hvn_rx_wait_hold(&self->rx.wait);
    return taken;
}

guint
hvn_pcnet_rx_deliver_looped(gpointer data, const HvnFrame *frames, guint n_frames)
{
    return hvn_pcnet_rx_deliver(data, frames, n_frames, TRUE);
}

guint
hvn_pcnet_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnPcnetNic *self = (HvnPcnetNic *)port;

    if (hvn_pcnet_in_loopback(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    return hvn_pcnet_rx_deliver(self, frames, n_frames, FALSE);
}

/* ---- waiting ---- */

/* FALSE while there is no descriptor, or the driver wants the rings for itself */
gboolean
hvn_pcnet_rx_has_room(gpointer data)
{
    HvnPcnetNic *self = data;
    HvnPcnetRing ring;

    if (!hvn_pcnet_rx_is_on(self) || hvn_pcnet_in_loopback(self))
        return TRUE;
    if (hvn_pcnet_rx_is_suspended(self))
        return FALSE;
    hvn_pcnet_init_ring(self, &ring, FALSE);
    return hvn_pcnet_ring_peek(&ring);
}

/* frames wait: a driver that looks at its ring only when it is told, and stopped before the end, is told again, as by the next frame on a
 * wire */
void
hvn_pcnet_rx_full(gpointer data)
{
    HvnPcnetNic *self = data;

    if (!hvn_pcnet_rx_is_suspended(self))
        hvn_pcnet_csr_raise(self, PCNET_CSR0_RINT, 0, 0);
}

void
hvn_pcnet_rx_look(gpointer data)
{
    hvn_pcnet_rx_update(data);
}

/* something changed that may let frames in, or close the receiver */
void
hvn_pcnet_rx_update(HvnPcnetNic *self)
{
    hvn_rx_wait_update(&self->rx.wait);
    hvn_loopback_kick(&self->loop);
}

void
hvn_pcnet_rx_restart(HvnPcnetNic *self)
{
    self->rx.index = 0;
    self->rx.filter_stale = TRUE;
    hvn_rx_wait_reset(&self->rx.wait);
}
