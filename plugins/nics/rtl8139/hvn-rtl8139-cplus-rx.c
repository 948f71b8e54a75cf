/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver in C+ mode: one batch of frames from the link into the buffers of the receive ring.
 *
 *   filter -> verify checksums -> strip tag, append FCS -> copy into buffers, over several descriptors when one is small -> next frame
 *        -> publish the descriptors of the batch: tag and status in one store, OWN with it -> ROK once
 *
 * Frames that find no descriptors stay with the sender; one that all of the ring could not hold is dropped. */
#include "hvn-checksum.h"
#include "hvn-iov.h"
#include "hvn-rtl8139-nic.h"

#define RX_HEAD 256 /* bytes that the parser of checksums looks at */
#define TYPE_VLAN 0x8100
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17

typedef struct {
    HvnRtl8139Nic *nic;
    HvnRtl8139Ring ring;
    guint used;   /* descriptors filled */
    guint wanted; /* frames left in the batch, this one with them */
    guint32 cpcr;
    guint64 written[RTL8139_RING_MAX]; /* status, and the tag above it */
} RxBatch;

/* one frame on its way into buffers */
typedef struct {
    const HvnFrame *frame;
    struct iovec iov[HVN_FRAME_IOV_MAX + 3];
    guint n_iov;
    gsize len; /* bytes that are stored */
    guint8 fcs[HVN_FCS_LEN];
    guint32 status; /* what the last of its descriptors says */
    guint32 vlan;
} RxFrame;

/* what kind of packet it is, and which of its checksums are wrong; IPv4 only */
static guint32
hvn_rtl8139_cplus_rx_checksums(const HvnFrame *frame, const guint8 *head, gsize head_len)
{
    gboolean ip_ok = TRUE, l4_ok = TRUE, verified = TRUE;
    HvnLayers layers;
    guint32 status;

    if (!hvn_layers_parse(head, head_len, frame->len, &layers) || layers.ip_version != 4)
        return 0;
    if (!(frame->offload.flags & HVN_OFFLOAD_DATA_VALID) || layers.fragment || layers.payload_offset == 0)
        verified = hvn_checksum_verify(frame, &layers, &ip_ok, &l4_ok);
    status = ip_ok ? 0 : RTL8139_RXD_IPF;
    if (!verified || (layers.protocol != PROTOCOL_TCP && layers.protocol != PROTOCOL_UDP))
        return status | RTL8139_RXD_PID_IP;
    if (layers.protocol == PROTOCOL_TCP)
        return status | RTL8139_RXD_PID_TCP | (l4_ok ? 0 : RTL8139_RXD_TCPF);
    return status | RTL8139_RXD_PID_UDP | (l4_ok ? 0 : RTL8139_RXD_UDPF);
}

/* what is stored of the frame: the pieces without the tag, if it is stripped, and the FCS */
static void
hvn_rtl8139_cplus_rx_arrange(RxBatch *batch, RxFrame *rx, const guint8 *head, gsize head_len)
{
    const HvnFrame *frame = rx->frame;

    rx->vlan = 0;
    rx->len = frame->len;
    if ((batch->cpcr & RTL8139_CPCR_VLAN) && head_len >= HVN_ETHER_HEADER_LEN + 4 && hvn_load_be16(head + 12) == TYPE_VLAN) {
        rx->vlan = RTL8139_RXD_TAVA | hvn_load_le16(head + 14);
        rx->n_iov = hvn_iov_slice(frame->iov, frame->n_iov, 0, 12, rx->iov, HVN_FRAME_IOV_MAX);
        rx->n_iov += hvn_iov_slice(frame->iov, frame->n_iov, 16, frame->len - 16, rx->iov + rx->n_iov, HVN_FRAME_IOV_MAX + 2 - rx->n_iov);
        rx->len -= 4;
    } else {
        memcpy(rx->iov, frame->iov, frame->n_iov * sizeof *frame->iov);
        rx->n_iov = frame->n_iov;
    }
    hvn_rtl8139_rx_store_fcs(batch->nic, frame, rx->fcs);
    rx->iov[rx->n_iov++] = (struct iovec){rx->fcs, sizeof rx->fcs};
    rx->len += sizeof rx->fcs;
}

/* stores one frame; FALSE when there are too few descriptors, and nothing is used then */
static gboolean
hvn_rtl8139_cplus_rx_store(RxBatch *batch, RxFrame *rx)
{
    HvnRtl8139Nic *self = batch->nic;
    guint n = batch->used;
    gsize offset = 0;

    while (offset < rx->len) {
        guint32 status = rx->status;
        HvnRtl8139Desc desc;
        gsize part;

        if (n >= batch->ring.n && hvn_rtl8139_ring_load(&batch->ring, MIN(n + batch->wanted, RTL8139_RING_MAX)) <= n)
            return FALSE;
        hvn_rtl8139_desc_load(&desc, batch->ring.descs + n * RTL8139_DESC_SIZE);
        part = MIN(desc.command & RTL8139_RXD_SIZE, rx->len - offset);
        if (part > 0 && !hvn_nic_dma_write_iov(&self->parent, desc.address, rx->iov, rx->n_iov, offset, part))
            rx->status |= RTL8139_RXD_RES;
        status = rx->status | (desc.command & RTL8139_DESC_EOR) | (offset == 0 ? RTL8139_DESC_FS : 0);
        offset += part;
        status |= offset == rx->len ? RTL8139_DESC_LS | (guint32)rx->len : (guint32)part;
        batch->written[n++] = status | (guint64)rx->vlan << 32;
    }
    batch->used = n;
    return TRUE;
}

/* OWN of the whole batch becomes clear here, after all data */
static void
hvn_rtl8139_cplus_rx_publish(RxBatch *batch)
{
    HvnRtl8139Nic *self = batch->nic;
    HvnRingView view;

    if (batch->used > 0) {
        hvn_rtl8139_ring_open_view(&batch->ring, batch->used, &view);
        for (guint i = 0; i < batch->used; i++)
            hvn_ring_view_store64(&view, i, 0, batch->written[i], 0);
        self->rx.index = hvn_rtl8139_ring_position(&batch->ring, batch->used);
    }
    hvn_nic_dma_release(&self->parent);
    if (batch->used > 0)
        hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_ROK);
}

/* FALSE when the frame stays with its sender */
static gboolean
hvn_rtl8139_cplus_rx_one(RxBatch *batch, const HvnFrame *frame)
{
    HvnRtl8139Nic *self = batch->nic;
    guint8 head[RX_HEAD];
    gsize head_len = hvn_frame_copy(frame, 0, head, batch->cpcr & RTL8139_CPCR_CHKSUM ? RX_HEAD : HVN_ETHER_HEADER_LEN + 4);
    gboolean physical;
    HvnMacMatch match;
    RxFrame rx;

    if (head_len < HVN_ETHER_HEADER_LEN || !hvn_rtl8139_rx_accept(self, frame, head, &match, &physical))
        return TRUE;
    rx.frame = frame;
    rx.status = physical ? RTL8139_RXD_PAM : match == HVN_MAC_MATCH_BROADCAST ? RTL8139_RXD_BAR : 0;
    if (match != HVN_MAC_MATCH_BROADCAST && (head[0] & 1))
        rx.status |= RTL8139_RXD_MAR;
    if (batch->cpcr & RTL8139_CPCR_CHKSUM)
        rx.status |= hvn_rtl8139_cplus_rx_checksums(frame, head, head_len);
    hvn_rtl8139_cplus_rx_arrange(batch, &rx, head, head_len);
    if (hvn_rtl8139_cplus_rx_store(batch, &rx)) {
        hvn_rtl8139_stats_received(self, match, physical);
        return TRUE;
    }
    if (batch->ring.failed || (batch->used == 0 && batch->ring.whole)) {
        hvn_rtl8139_stats_missed(self); /* a ring that cannot be read, or that is too small for the frame */
        return TRUE;
    }
    return FALSE;
}

static guint64
hvn_rtl8139_cplus_rx_base(const HvnRtl8139Nic *self)
{
    return hvn_rtl8139_get64(self, RTL8139_RDSAR) & ~(guint64)0xff;
}

guint
hvn_rtl8139_cplus_rx_deliver(HvnRtl8139Nic *self, const HvnFrame *frames, guint n_frames)
{
    guint taken = 0;
    RxBatch batch;

    batch.nic = self;
    batch.used = 0;
    batch.cpcr = hvn_rtl8139_get(self, RTL8139_CPCR);
    hvn_rtl8139_ring_open(&batch.ring, &self->parent, hvn_rtl8139_cplus_rx_base(self), self->rx.index);
    for (; taken < n_frames; taken++) {
        batch.wanted = n_frames - taken;
        if (!hvn_rtl8139_cplus_rx_one(&batch, &frames[taken]))
            break;
    }
    hvn_rtl8139_cplus_rx_publish(&batch);
    return taken;
}

/* whether the next descriptor is the device's; what cannot be read is for the receiver to find */
gboolean
hvn_rtl8139_cplus_rx_has_room(HvnRtl8139Nic *self)
{
    guint8 command[4];

    if (!hvn_nic_dma_read(&self->parent, hvn_rtl8139_cplus_rx_base(self) + self->rx.index * RTL8139_DESC_SIZE, command, 4))
        return TRUE;
    return (hvn_load_le32(command) & RTL8139_DESC_OWN) != 0;
}

void
hvn_rtl8139_rdsar_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    self->rx.index = 0;
    hvn_rtl8139_rx_update(self);
}
