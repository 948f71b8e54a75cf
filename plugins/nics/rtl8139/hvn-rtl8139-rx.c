/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: the way in of both modes, and C mode with its ring of bytes (6.1, 6.8).
 *
 *   push -> closed? take and count -> filter -> header, frame, FCS into the ring at CBR, the next one at a multiple of 4
 *        -> CBR -> ROK once a batch
 *
 * The driver says by CAPR how far it has read. A frame that finds no room stays with the sender until CAPR moves. The ring never fills
 * up wholly, because CBR at the driver's place means empty. */
#include "hvn-rtl8139-nic.h"

/* ---- C mode: the ring ---- */

/* 6.8, RBLEN: 8, 16, 32 or 64 KiB; the 16 bytes more are only room to spare */
static guint32
hvn_rtl8139_rx_ring_size(const HvnRtl8139Nic *self)
{
    return 8192u << (hvn_rtl8139_get(self, RTL8139_RCR) >> RTL8139_RCR_RBLEN_SHIFT & 3);
}

static guint32
hvn_rtl8139_rx_ring_used(const HvnRtl8139Nic *self)
{
    guint32 read = hvn_rtl8139_get(self, RTL8139_CAPR) + RTL8139_CAPR_BIAS;

    return (hvn_rtl8139_get(self, RTL8139_CBR) - read) & (hvn_rtl8139_rx_ring_size(self) - 1);
}

/* 6.4, BUFE */
gboolean
hvn_rtl8139_rx_is_empty(const HvnRtl8139Nic *self)
{
    return hvn_rtl8139_rx_is_cplus(self) || hvn_rtl8139_rx_ring_used(self) == 0;
}

/* writes the packet at CBR: on past the end with WRAP, or else round it */
static gboolean
hvn_rtl8139_rx_ring_write(HvnRtl8139Nic *self, const struct iovec *iov, guint n_iov, gsize len)
{
    guint32 rcr = hvn_rtl8139_get(self, RTL8139_RCR), size = hvn_rtl8139_rx_ring_size(self);
    guint64 base = hvn_rtl8139_get(self, RTL8139_RBSTART);
    guint32 at = hvn_rtl8139_get(self, RTL8139_CBR) & (size - 1);
    gboolean on = (rcr & RTL8139_RCR_WRAP) && (rcr >> RTL8139_RCR_RBLEN_SHIFT & 3) != RTL8139_RCR_RBLEN_64K;
    gsize first = on ? len : MIN(len, size - at);

    if (!hvn_nic_dma_write_iov(&self->parent, base + at, iov, n_iov, 0, first))
        return FALSE;
    return first == len || hvn_nic_dma_write_iov(&self->parent, base, iov, n_iov, first, len - first);
}

typedef enum {
    RX_STORED,
    RX_TAKEN, /* dropped or not ours */
    RX_HELD,  /* no room until the driver has read on */
} RxResult;

static RxResult
hvn_rtl8139_rx_one(HvnRtl8139Nic *self, const HvnFrame *frame)
{
    guint8 head[HVN_ETHER_HEADER_LEN], header[RTL8139_RSR_LEN], fcs[HVN_FCS_LEN];
    struct iovec iov[HVN_FRAME_IOV_MAX + 2];
    guint32 size = hvn_rtl8139_rx_ring_size(self), status = RTL8139_RSR_ROK;
    gsize len = RTL8139_RSR_LEN + frame->len + HVN_FCS_LEN;
    gsize room = (len + 3) & ~(gsize)3;
    gboolean physical;
    HvnMacMatch match;

    if (hvn_frame_copy(frame, 0, head, sizeof head) < sizeof head || !hvn_rtl8139_rx_accept(self, frame, head, &match, &physical))
        return RX_TAKEN;
    if (room >= size - hvn_rtl8139_rx_ring_used(self))
        return RX_HELD;
    status |= physical ? RTL8139_RSR_PAM : match == HVN_MAC_MATCH_BROADCAST ? RTL8139_RSR_BAR : 0;
    status |= match != HVN_MAC_MATCH_BROADCAST && (head[0] & 1) ? RTL8139_RSR_MAR : 0;
    status |= frame->len < HVN_FRAME_MIN ? RTL8139_RSR_RUNT : 0;
    hvn_store_le32(header, status | (guint32)(frame->len + HVN_FCS_LEN) << 16);
    hvn_rtl8139_rx_store_fcs(self, frame, fcs);
    iov[0] = (struct iovec){header, sizeof header};
    memcpy(iov + 1, frame->iov, frame->n_iov * sizeof *iov);
    iov[frame->n_iov + 1] = (struct iovec){fcs, sizeof fcs};
    if (!hvn_rtl8139_rx_ring_write(self, iov, frame->n_iov + 2, len)) {
        hvn_rtl8139_stats_missed(self);
        return RX_TAKEN;
    }
    hvn_rtl8139_set(self, RTL8139_CBR, (hvn_rtl8139_get(self, RTL8139_CBR) + room) & (size - 1));
    hvn_rtl8139_stats_received(self, match, physical);
    return RX_STORED;
}

static guint
hvn_rtl8139_rx_deliver_bytes(HvnRtl8139Nic *self, const HvnFrame *frames, guint n_frames)
{
    gboolean stored = FALSE;
    guint taken = 0;

    for (; taken < n_frames; taken++) {
        RxResult result = hvn_rtl8139_rx_one(self, &frames[taken]);

        if (result == RX_HELD)
            break;
        stored |= result == RX_STORED;
    }
    hvn_nic_dma_release(&self->parent);
    if (stored)
        hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_ROK);
    return taken;
}

/* ---- both modes ---- */

/* whether the frame passes filter and lengths */
gboolean
hvn_rtl8139_rx_accept(HvnRtl8139Nic *self, const HvnFrame *frame, const guint8 *head, HvnMacMatch *match, gboolean *physical)
{
    *match = hvn_rtl8139_filter_match(self, head, physical);
    if (*match == HVN_MAC_MATCH_NONE)
        return FALSE;
    if (frame->len + HVN_FCS_LEN > RTL8139_RX_FRAME_MAX) {
        self->tally.rx_er++;
        self->rx.dropped++;
        return FALSE;
    }
    /* only what was looped back is short: the link pads */
    return frame->len >= HVN_FRAME_MIN || (hvn_rtl8139_get(self, RTL8139_RCR) & RTL8139_RCR_AR);
}

void
hvn_rtl8139_rx_store_fcs(HvnRtl8139Nic *self, const HvnFrame *frame, guint8 *fcs)
{
    hvn_store_le32(fcs, hvn_fcs_of_iov(&self->fcs, frame->iov, frame->n_iov, G_MAXSIZE));
}

/* switched on, and with somewhere to store: drivers enable the receiver before they say where its memory is */
static gboolean
hvn_rtl8139_rx_has_memory(const HvnRtl8139Nic *self)
{
    if (!(hvn_rtl8139_get(self, RTL8139_CR) & RTL8139_CR_RE))
        return FALSE;
    return hvn_rtl8139_rx_is_cplus(self) ? hvn_rtl8139_get64(self, RTL8139_RDSAR) != 0 : hvn_rtl8139_get(self, RTL8139_RBSTART) != 0;
}

/* frames wait: RXOVW, and again with each look, as the next packet on a wire would have it: 8139too stops reading when ISR says nothing of
 * packets, whatever the ring holds */
void
hvn_rtl8139_rx_full(gpointer data)
{
    hvn_irq_cause_raise(&((HvnRtl8139Nic *)data)->irq.cause, RTL8139_ISR_RXOVW);
}

/* to the ring, whatever way the frames came; returns how many were taken */
guint
hvn_rtl8139_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames)
{
    HvnRtl8139Nic *self = data;
    guint taken;

    if (!hvn_rtl8139_rx_has_memory(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    if (hvn_rtl8139_rx_is_cplus(self))
        taken = hvn_rtl8139_cplus_rx_deliver(self, frames, n_frames);
    else
        taken = hvn_rtl8139_rx_deliver_bytes(self, frames, n_frames);
    if (taken > 0)
        hvn_rx_wait_moved(&self->rx.wait);
    if (taken < n_frames)
        hvn_rx_wait_hold(&self->rx.wait);
    return taken;
}

guint
hvn_rtl8139_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnRtl8139Nic *self = (HvnRtl8139Nic *)port;

    if (!self->phy.link || hvn_rtl8139_in_loopback(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    return hvn_rtl8139_rx_deliver(self, frames, n_frames);
}

/* FALSE while there is no descriptor in C+ mode */
gboolean
hvn_rtl8139_rx_has_room(gpointer data)
{
    HvnRtl8139Nic *self = data;
    gboolean open = self->phy.link && !hvn_rtl8139_in_loopback(self) && hvn_rtl8139_rx_has_memory(self);

    return !open || !hvn_rtl8139_rx_is_cplus(self) || hvn_rtl8139_cplus_rx_has_room(self);
}

/* packets in the ring of C mode, while the receiver is on */
static gboolean
hvn_rtl8139_rx_has_unread(const HvnRtl8139Nic *self)
{
    return !hvn_rtl8139_rx_is_empty(self) && hvn_rtl8139_rx_has_memory(self);
}

/* in C+ mode only this finds out that the driver has given descriptors back */
void
hvn_rtl8139_rx_look(gpointer data)
{
    HvnRtl8139Nic *self = data;
    gboolean full = self->rx.wait.held && hvn_rtl8139_rx_is_cplus(self);

    if (full || hvn_rtl8139_rx_has_unread(self)) /* iPXE looks at its ring for ROK only */
        hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_ROK);
    hvn_rtl8139_rx_update(self);
}

/* ISR was written. A batch here takes the place of packets that come one after the other on a wire, each with its ROK. 8139too clears
 * ROK with each packet that it reads and stops after 64, so those that are left must set it again */
void
hvn_rtl8139_rx_remind(HvnRtl8139Nic *self)
{
    if (hvn_rtl8139_rx_has_unread(self) && !(self->irq.cause.cause & RTL8139_ISR_ROK))
        hvn_rx_wait_remind(&self->rx.wait);
}

/* something changed that may let frames in, or close the receiver: whoever waits asks again, soon */
void
hvn_rtl8139_rx_update(HvnRtl8139Nic *self)
{
    hvn_rx_wait_update(&self->rx.wait);
    hvn_loopback_kick(&self->loop);
}

/* 6.4: the receiver begins at the start of its memory */
void
hvn_rtl8139_rx_restart(HvnRtl8139Nic *self)
{
    hvn_rtl8139_set(self, RTL8139_CBR, 0);
    hvn_rtl8139_set(self, RTL8139_CAPR, RTL8139_CAPR_RESET);
    self->rx.index = 0;
    self->rx.filter_stale = TRUE;
    hvn_rx_wait_reset(&self->rx.wait);
}

/* ---- registers ---- */

void
hvn_rtl8139_rbstart_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_rtl8139_rx_restart(owner);
    hvn_rtl8139_rx_update(owner);
}

/* the driver has read on */
void
hvn_rtl8139_capr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    self->rx.wait.held = FALSE;
    hvn_rtl8139_rx_update(self);
}

void
hvn_rtl8139_rcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    self->rx.filter_stale = TRUE;
    hvn_rtl8139_rx_update(self);
}
