/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver (SDM 317453, 3.2): one batch of frames from the link into the buffers of the receive ring.
 *
 *   push -> closed? take and count -> filter -> strip tag, append FCS -> copy into buffers -> next frame
 *        -> publish the descriptors of the batch, DD with the rest in one store -> RDH -> one decision on interrupts
 *
 * Frames that find no descriptors stay with the sender until RDT moves; one that no ring of this size could hold is dropped. */
#include "hvn-checksum.h"
#include "hvn-e1000-nic.h"
#include "hvn-iov.h"
#include "hvn-ring-view.h"

#define RX_DESCS      128   /* descriptors of one batch */
#define RX_FRAME_MAX  16384 /* 13.4.22, LPE: largest frame, FCS included */
#define RX_NORMAL_MAX 1522  /* without LPE */
#define RX_HEAD       256   /* bytes that the parser of checksums looks at */

typedef struct {
    HvnE1000Nic *nic;
    HvnRing ring; /* head stays where it was at the start of the batch */
    guint8 descs[RX_DESCS * E1000_DESC_SIZE];
    guint64 written[RX_DESCS]; /* second halves, to be published */
    guint n_descs;             /* loaded */
    guint used;                /* filled */
    guint buffer_size;
    guint32 rctl;
    guint32 causes;
    HvnE1000Totals arrived;
    HvnE1000Totals good;
} RxBatch;

/* one frame on its way into buffers */
typedef struct {
    const HvnFrame *frame;
    struct iovec iov[HVN_FRAME_IOV_MAX + 2];
    guint n_iov;
    gsize len; /* bytes that are stored */
    guint8 fcs[HVN_FCS_LEN];
    HvnE1000RxDesc desc; /* what all its descriptors say */
    gboolean tagged;
    guint32 flow; /* statistic of flow control that counts it; 0 for none */
} RxFrame;

static gboolean
hvn_e1000_rx_is_open(HvnE1000Nic *self, gboolean looped)
{
    return (hvn_e1000_get(self, E1000_RCTL) & E1000_RCTL_EN) && hvn_e1000_in_loopback(self) == looped &&
           (looped || self->link_up);
}

static gboolean
hvn_e1000_rx_set_ring(HvnE1000Nic *self)
{
    guint64 base = hvn_e1000_get(self, E1000_RDBAL) | (guint64)hvn_e1000_get(self, E1000_RDBAH) << 32;
    HvnRing before = self->rx.ring;
    gboolean usable =
        hvn_ring_set(&self->rx.ring, base, hvn_e1000_get(self, E1000_RDLEN) / E1000_DESC_SIZE, hvn_e1000_get(self, E1000_RDH),
                     hvn_e1000_get(self, E1000_RDT), E1000_DESC_SIZE);

    if (G_UNLIKELY(!hvn_ring_is_at(&self->rx.ring, &before)))
        hvn_nic_dma_forget(&self->parent);
    return usable && self->rx.ring.n_descriptors > 0;
}

/* 13.4.22: BSIZE is 2048 >> n, times 16 with BSEX; 2048 with BSEX is reserved */
static guint
hvn_e1000_rx_buffer_size(guint32 rctl)
{
    guint shift = rctl >> E1000_RCTL_BSIZE_SHIFT & 3;

    if ((rctl & E1000_RCTL_BSEX) && shift != 0)
        return 32768u >> shift;
    return 2048u >> shift;
}

/* PAUSE frames (8.7): counted, and dropped on DPF; there is no queue of ours to hold back. FALSE when dropped */
static gboolean
hvn_e1000_rx_flow_control(HvnE1000Nic *self, RxFrame *rx, const guint8 *head, gsize len, guint32 rctl)
{
    rx->flow = 0;
    if (!(hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_RFCE) || len < 18 ||
        hvn_load_be16(head + 12) != hvn_e1000_get(self, E1000_FCT) || hvn_load_le32(head) != hvn_e1000_get(self, E1000_FCAL) ||
        hvn_load_le16(head + 4) != hvn_e1000_get(self, E1000_FCAH))
        return TRUE;
    if (hvn_load_be16(head + 14) == 1) {
        rx->flow = hvn_load_be16(head + 16) == 0 ? E1000_XONRXC : E1000_XOFFRXC;
        return !(rctl & E1000_RCTL_DPF);
    }
    rx->flow = E1000_FCRUC;
    return (rctl & E1000_RCTL_PMCF) != 0;
}

/* Chapter 3: IPCS and TCPCS say that a checksum was looked at, IPE and TCPE that it was wrong */
static void
hvn_e1000_rx_checksums(HvnE1000Nic *self, RxFrame *rx, const guint8 *head, gsize head_len)
{
    guint32 rxcsum = hvn_e1000_get(self, E1000_RXCSUM);
    gboolean ip_ok = TRUE, l4_ok = TRUE, verified = TRUE;
    HvnLayers layers;

    if (!(rxcsum & (E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL)) || !hvn_layers_parse(head, head_len, rx->frame->len, &layers)) {
        rx->desc.status |= E1000_RXD_STAT_IXSM;
        return;
    }
    if (!(rx->frame->offload.flags & HVN_OFFLOAD_DATA_VALID) || layers.fragment || layers.payload_offset == 0)
        verified = hvn_checksum_verify(rx->frame, &layers, &ip_ok, &l4_ok);
    if ((rxcsum & E1000_RXCSUM_IPOFL) && layers.ip_version == 4) {
        rx->desc.status |= E1000_RXD_STAT_IPCS;
        rx->desc.errors |= ip_ok ? 0 : E1000_RXD_ERR_IPE;
    }
    if ((rxcsum & E1000_RXCSUM_TUOFL) && verified) {
        rx->desc.status |= E1000_RXD_STAT_TCPCS;
        rx->desc.errors |= l4_ok ? 0 : E1000_RXD_ERR_TCPE;
    }
    if (!(rx->desc.status & (E1000_RXD_STAT_IPCS | E1000_RXD_STAT_TCPCS)))
        rx->desc.status |= E1000_RXD_STAT_IXSM;
}

/* appends the FCS of the frame as it came, tag included; FALSE on more pieces than there is room for */
static void
hvn_e1000_rx_append_fcs(HvnE1000Nic *self, RxFrame *rx)
{
    hvn_store_le32(rx->fcs, hvn_fcs_of_iov(&self->crc, rx->frame->iov, rx->frame->n_iov, G_MAXSIZE));
    rx->iov[rx->n_iov].iov_base = rx->fcs;
    rx->iov[rx->n_iov++].iov_len = sizeof rx->fcs;
    rx->len += sizeof rx->fcs;
}

/* what is stored of the frame: the pieces, tag taken out (chapter 9) and FCS put in as the registers say */
static void
hvn_e1000_rx_arrange(HvnE1000Nic *self, RxFrame *rx, guint32 rctl, const guint8 *head)
{
    const HvnFrame *frame = rx->frame;
    guint pcss = hvn_e1000_get(self, E1000_RXCSUM) & E1000_RXCSUM_PCSS;

    rx->n_iov = 0;
    rx->len = frame->len;
    if (rx->tagged && (hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_VME)) {
        rx->desc.status |= E1000_RXD_STAT_VP;
        rx->desc.special = hvn_load_be16(head + 14);
        rx->n_iov = hvn_iov_slice(frame->iov, frame->n_iov, 0, 12, rx->iov, HVN_FRAME_IOV_MAX);
        rx->n_iov +=
            hvn_iov_slice(frame->iov, frame->n_iov, 16, frame->len - 16, rx->iov + rx->n_iov, HVN_FRAME_IOV_MAX + 1 - rx->n_iov);
        rx->len -= 4;
    } else {
        memcpy(rx->iov, frame->iov, frame->n_iov * sizeof *frame->iov);
        rx->n_iov = frame->n_iov;
    }
    if (!(rctl & E1000_RCTL_SECRC))
        hvn_e1000_rx_append_fcs(self, rx);
    if (pcss < rx->len) {
        guint64 sum = hvn_checksum_iov(0, rx->iov, rx->n_iov, pcss, rx->len - pcss);

        rx->desc.checksum = GUINT16_SWAP_LE_BE(hvn_checksum_fold(sum));
    }
}

/* the next descriptor of the batch, loaded from the ring when needed; NULL when there is none */
static const guint8 *
hvn_e1000_rx_descriptor(RxBatch *batch, guint n)
{
    if (n >= batch->n_descs && batch->n_descs < RX_DESCS) {
        guint got = hvn_ring_fetch(&batch->ring, &batch->nic->parent, batch->n_descs,
                                   batch->descs + batch->n_descs * E1000_DESC_SIZE, RX_DESCS - batch->n_descs);

        batch->n_descs += got;
    }
    return n < batch->n_descs ? batch->descs + n * E1000_DESC_SIZE : NULL;
}

/* stores one frame; FALSE when there are too few descriptors, or memory is not here yet, and nothing is used then */
static gboolean
hvn_e1000_rx_store(RxBatch *batch, RxFrame *rx)
{
    guint n = batch->used;
    gsize offset = 0;

    while (offset < rx->len) {
        const guint8 *bytes = hvn_e1000_rx_descriptor(batch, n);
        HvnE1000RxDesc desc = rx->desc;
        guint64 address;

        if (bytes == NULL)
            return FALSE;
        address = hvn_load_le64(bytes);
        desc.status |= E1000_DESC_DD;
        if (address == 0) { /* a null descriptor is passed over, marked done */
            batch->written[n++] = hvn_e1000_rx_desc_pack(&(HvnE1000RxDesc){.status = E1000_DESC_DD});
            continue;
        }
        desc.length = MIN(rx->len - offset, batch->buffer_size);
        if (!hvn_nic_dma_write_iov(&batch->nic->parent, address, rx->iov, rx->n_iov, offset, desc.length)) {
            if (hvn_nic_dma_is_pending(&batch->nic->parent))
                return FALSE;
            rx->desc.errors |= E1000_RXD_ERR_RXE;
        }
        offset += desc.length;
        desc.errors = rx->desc.errors;
        if (offset == rx->len)
            desc.status |= E1000_RXD_STAT_EOP;
        batch->written[n++] = hvn_e1000_rx_desc_pack(&desc);
    }
    batch->used = n;
    return TRUE;
}

/* DD of the whole batch becomes visible here, after all data */
static void
hvn_e1000_rx_publish(RxBatch *batch)
{
    HvnE1000Nic *self = batch->nic;
    guint32 before = hvn_ring_available(&batch->ring), threshold, after;

    if (batch->used > 0) {
        HvnRingView view;

        hvn_ring_open_view(&batch->ring, &self->parent, batch->used, &view);
        for (guint i = 0; i < batch->used; i++)
            hvn_ring_view_store64(&view, i, 8, batch->written[i], 1);
    }
    hvn_nic_dma_release(&self->parent);
    if (batch->used == 0)
        return;
    hvn_ring_advance(&batch->ring, batch->used);
    hvn_e1000_set(self, E1000_RDH, batch->ring.head);
    /* 13.4.22, RDMTS: one half, one quarter or one eighth of the ring is left */
    threshold = batch->ring.n_descriptors >> (1 + MIN(batch->rctl >> E1000_RCTL_RDMTS_SHIFT & 3, 2));
    after = hvn_ring_available(&batch->ring);
    if (before > threshold && after <= threshold)
        batch->causes |= E1000_ICR_RXDMT0;
}

/* whether the frame passes lengths and filters; counts it either way */
static gboolean
hvn_e1000_rx_accept(RxBatch *batch, RxFrame *rx, const guint8 *head, gsize head_len)
{
    HvnE1000Nic *self = batch->nic;
    gsize len = rx->frame->len + HVN_FCS_LEN;
    HvnMacMatch match = hvn_e1000_filter_match(self, head, head_len, &rx->tagged);

    hvn_e1000_totals_add(&batch->arrived, rx->frame->len, 1);
    if (match == HVN_MAC_MATCH_NONE)
        return FALSE;
    if (len > RX_FRAME_MAX || (len > RX_NORMAL_MAX && !(batch->rctl & (E1000_RCTL_LPE | E1000_RCTL_SBP)))) {
        hvn_e1000_stats_add(self, E1000_ROC, 1);
        return FALSE;
    }
    if (!hvn_e1000_rx_flow_control(self, rx, head, head_len, batch->rctl)) {
        hvn_e1000_stats_add(self, rx->flow, 1);
        return FALSE;
    }
    hvn_e1000_totals_add(&batch->good, rx->frame->len, 1);
    if (head[0] & 1) {
        if (hvn_mac_is_broadcast(head))
            batch->good.broadcast++;
        else
            batch->good.multicast++;
    }
    if (match == HVN_MAC_MATCH_HASH || match == HVN_MAC_MATCH_PROMISCUOUS)
        rx->desc.status |= E1000_RXD_STAT_PIF;
    return TRUE;
}

static void
hvn_e1000_rx_open_batch(RxBatch *batch, HvnE1000Nic *self)
{
    batch->nic = self;
    batch->rctl = hvn_e1000_get(self, E1000_RCTL);
    batch->buffer_size = hvn_e1000_rx_buffer_size(batch->rctl);
    batch->n_descs = batch->used = 0;
    batch->causes = 0;
    memset(&batch->arrived, 0, sizeof batch->arrived);
    memset(&batch->good, 0, sizeof batch->good);
}

static void
hvn_e1000_rx_close_batch(RxBatch *batch)
{
    HvnE1000Nic *self = batch->nic;
    gboolean any = batch->used > 0;

    hvn_e1000_rx_publish(batch);
    if (batch->arrived.packets > 0)
        hvn_e1000_stats_arrived(self, &batch->arrived);
    if (batch->good.packets > 0)
        hvn_e1000_stats_received(self, &batch->good);
    if (any)
        hvn_e1000_irq_received(self, batch->causes);
    else if (batch->causes != 0)
        hvn_irq_cause_raise(&self->irq.cause, batch->causes);
}

/* a frame found too few descriptors; TRUE when no driver could ever give it enough, or the ring cannot be read */
static gboolean
hvn_e1000_rx_is_hopeless(const RxBatch *batch)
{
    if (batch->n_descs < RX_DESCS && batch->n_descs < hvn_ring_available(&batch->ring))
        return TRUE; /* the ring lies outside memory */
    return batch->used == 0 && (batch->n_descs == RX_DESCS || batch->n_descs + 1 >= batch->ring.n_descriptors);
}

typedef enum {
    RX_TAKEN,
    RX_HELD,  /* no room until the driver moves RDT */
    RX_WAIT,  /* memory that is not shared is on its way */
    RX_AGAIN, /* the batch is full, the ring is not */
} RxResult;

static RxResult
hvn_e1000_rx_one(RxBatch *batch, const HvnFrame *frame)
{
    HvnE1000Nic *self = batch->nic;
    guint8 head[RX_HEAD];
    gsize head_len = hvn_frame_copy(frame, 0, head, sizeof head);
    HvnE1000Totals arrived = batch->arrived, good = batch->good;
    gboolean pending;
    RxFrame rx;

    rx.frame = frame;
    memset(&rx.desc, 0, sizeof rx.desc);
    if (head_len < HVN_ETHER_HEADER_LEN || !hvn_e1000_rx_accept(batch, &rx, head, head_len))
        return RX_TAKEN;
    hvn_e1000_rx_checksums(self, &rx, head, head_len);
    hvn_e1000_rx_arrange(self, &rx, batch->rctl, head);
    if (hvn_e1000_rx_store(batch, &rx)) {
        guint32 small = hvn_e1000_get(self, E1000_RSRPD);

        if (small != 0 && frame->len + HVN_FCS_LEN <= small)
            batch->causes |= E1000_ICR_SRPD; /* 13.4.32 */
        if (rx.flow != 0)
            hvn_e1000_stats_add(self, rx.flow, 1);
        return RX_TAKEN;
    }
    pending = hvn_nic_dma_is_pending(&self->parent);
    if (!pending && hvn_e1000_rx_is_hopeless(batch)) {
        self->rx.dropped++;
        hvn_e1000_stats_add(self, E1000_MPC, 1);
        if (rx.flow != 0)
            hvn_e1000_stats_add(self, rx.flow, 1);
        return RX_TAKEN;
    }
    batch->arrived = arrived; /* it is counted when it is taken */
    batch->good = good;
    if (pending)
        return RX_WAIT;
    return batch->n_descs == RX_DESCS ? RX_AGAIN : RX_HELD;
}

/* to the ring, whatever way the frames came; returns how many were taken */
guint
hvn_e1000_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames)
{
    HvnE1000Nic *self = data;
    RxBatch batch;
    RxResult result = RX_TAKEN;
    guint taken = 0;

    if (!(hvn_e1000_get(self, E1000_RCTL) & E1000_RCTL_EN) || !hvn_e1000_rx_set_ring(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    do {
        hvn_e1000_rx_open_batch(&batch, self);
        batch.ring = self->rx.ring;
        while (taken < n_frames && (result = hvn_e1000_rx_one(&batch, &frames[taken])) == RX_TAKEN)
            taken++;
        if (taken < n_frames && result == RX_HELD) {
            hvn_e1000_stats_add(self, E1000_RNBC, 1);
            batch.causes |= E1000_ICR_RXO | E1000_ICR_RXDMT0;
        }
        hvn_e1000_rx_close_batch(&batch);
        self->rx.ring = batch.ring;
    } while (taken < n_frames && result == RX_AGAIN);
    return taken;
}

guint
hvn_e1000_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnE1000Nic *self = (HvnE1000Nic *)port;

    if (!hvn_e1000_rx_is_open(self, FALSE)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    return hvn_e1000_rx_deliver(self, frames, n_frames);
}

gboolean
hvn_e1000_rx_tell_ready(gpointer data)
{
    hvn_port_ready(data);
    return FALSE;
}

/* something changed that may let frames in, or close the receiver: whoever waits asks again, soon */
void
hvn_e1000_rx_update(HvnE1000Nic *self)
{
    if (hvn_port_owes_ready((HvnPort *)self))
        hvn_work_schedule(&self->rx.ready);
    hvn_loopback_kick(&self->loop);
}

void
hvn_e1000_rctl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    self->rx.filter_stale = TRUE;
    hvn_nic_dma_forget(&self->parent);
    hvn_e1000_rx_update(self);
    if ((value ^ old) & E1000_RCTL_LBM_MAC)
        hvn_work_schedule(&self->tx.work);
}

/* RDT, and the rest of the ring's registers */
void
hvn_e1000_rx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_e1000_rx_update(owner);
}
