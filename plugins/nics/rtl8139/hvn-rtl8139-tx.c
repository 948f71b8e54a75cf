/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: the work of both modes, and C mode with its four descriptors in registers (6.2), which are sent in turn.
 *
 *   TSD with OWN 0 -> mark -> map the buffers of those that follow each other -> send -> OWN, TOK -> ISR
 *
 * What the peer does not take keeps OWN at 0, and resume() goes on there. */
#include "hvn-rtl8139-nic.h"

#define TX_PIECES 8 /* of a buffer of at most 8 KiB */

/* to the peer, or back to the receiver */
guint
hvn_rtl8139_tx_send(HvnRtl8139Nic *self, const HvnFrame *frames, guint n_frames)
{
    if (G_UNLIKELY(hvn_rtl8139_in_loopback(self))) {
        /* 6.8, AR: a short frame comes back as a runt; in C+ mode the device pads */
        self->loop.min_len = hvn_rtl8139_tx_is_cplus(self) ? HVN_FRAME_MIN : 0;
        return hvn_loopback_take(&self->loop, frames, n_frames);
    }
    return hvn_port_send((HvnPort *)self, frames, n_frames);
}

/* ---- C mode ---- */

typedef struct {
    guint        n_slots; /* descriptors looked at, from tx.next on */
    guint        n_frames;
    gboolean     sendable[RTL8139_N_TX];
    HvnFrame     frames[RTL8139_N_TX];
    struct iovec iov[RTL8139_N_TX][TX_PIECES];
} TxSlots;

static gboolean
hvn_rtl8139_tx_prepare(HvnRtl8139Nic *self, TxSlots *slots, guint slot)
{
    gsize len = hvn_rtl8139_get(self, RTL8139_TSD + 4 * slot) & RTL8139_TSD_SIZE;
    struct iovec *iov = slots->iov[slots->n_frames];
    HvnFrame *frame = &slots->frames[slots->n_frames];
    guint n;

    if ((hvn_rtl8139_get(self, RTL8139_TCR) & RTL8139_TCR_CRC) && len >= HVN_ETHER_HEADER_LEN + HVN_FCS_LEN)
        len -= HVN_FCS_LEN; /* the driver made the FCS, which a frame on the link has not */
    if (len < HVN_ETHER_HEADER_LEN || !(self->phy.link || hvn_rtl8139_in_loopback(self)))
        return FALSE;
    n = hvn_nic_dma_map(&self->parent, hvn_rtl8139_get(self, RTL8139_TSAD + 4 * slot), len, FALSE, iov, TX_PIECES);
    if (n == 0)
        return FALSE;
    *frame = (HvnFrame){.iov = iov, .n_iov = n, .len = len};
    slots->n_frames++;
    return TRUE;
}

static void
hvn_rtl8139_tx_gather(HvnRtl8139Nic *self, TxSlots *slots)
{
    slots->n_slots = slots->n_frames = 0;
    while (slots->n_slots < RTL8139_N_TX) {
        guint slot = (self->tx.next + slots->n_slots) % RTL8139_N_TX;

        if (hvn_rtl8139_get(self, RTL8139_TSD + 4 * slot) & RTL8139_TSD_OWN)
            break;
        slots->sendable[slots->n_slots++] = hvn_rtl8139_tx_prepare(self, slots, slot);
    }
}

/* 6.2: the descriptor is the driver's again; TOK also for what was sent into a cable that is not there, with CRS */
static guint32
hvn_rtl8139_tx_complete(HvnRtl8139Nic *self, gboolean sent)
{
    guint32 offset = RTL8139_TSD + 4 * self->tx.next;
    guint32 tsd = hvn_rtl8139_get(self, offset) & (RTL8139_TSD_SIZE | RTL8139_TSD_ERTXTH);
    gboolean lost = !(self->phy.link || hvn_rtl8139_in_loopback(self));
    gboolean aborted = !sent && !lost && (tsd & RTL8139_TSD_SIZE) >= HVN_ETHER_HEADER_LEN;

    tsd |= RTL8139_TSD_OWN | (aborted ? RTL8139_TSD_TABT : RTL8139_TSD_TOK) | (lost ? RTL8139_TSD_CRS : 0);
    hvn_rtl8139_set(self, offset, tsd);
    self->tx.next = (self->tx.next + 1) % RTL8139_N_TX;
    if (sent) {
        self->tally.tx_ok++;
    } else {
        self->tx.dropped++;
        self->tally.tx_er++;
    }
    return aborted ? RTL8139_ISR_TER : RTL8139_ISR_TOK;
}

static void
hvn_rtl8139_tx_run_slots(HvnRtl8139Nic *self)
{
    guint taken = 0, used = 0;
    guint32 causes = 0;
    TxSlots slots;

    hvn_rtl8139_tx_gather(self, &slots);
    if (slots.n_slots == 0)
        return;
    if (slots.n_frames > 0)
        taken = hvn_rtl8139_tx_send(self, slots.frames, slots.n_frames);
    hvn_nic_dma_release(&self->parent);
    for (guint i = 0; i < slots.n_slots && !(slots.sendable[i] && used == taken); i++) {
        used += slots.sendable[i] ? 1 : 0;
        causes |= hvn_rtl8139_tx_complete(self, slots.sendable[i]);
    }
    self->tx.held = taken < slots.n_frames;
    if (causes != 0)
        hvn_irq_cause_raise(&self->irq.cause, causes);
}

/* ---- both modes ---- */

/* the work that TSD, TPPoll and CR mark; TRUE when there is more to do */
gboolean
hvn_rtl8139_tx_run(gpointer data)
{
    HvnRtl8139Nic *self = data;
    gboolean more;

    if (self->tx.held || !(hvn_rtl8139_get(self, RTL8139_CR) & RTL8139_CR_TE))
        return FALSE;
    if (!hvn_rtl8139_tx_is_cplus(self)) {
        hvn_rtl8139_tx_run_slots(self);
        return FALSE;
    }
    more = hvn_rtl8139_cplus_tx_run(self, RTL8139_QUEUE_HIGH);
    if (!more && !self->tx.held)
        more = hvn_rtl8139_cplus_tx_run(self, RTL8139_QUEUE_NORMAL);
    return more && !self->tx.held;
}

/* the peer, or what was looped back, has room again */
void
hvn_rtl8139_tx_resume(gpointer data)
{
    HvnRtl8139Nic *self = data;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

/* ---- registers ---- */

guint32
hvn_rtl8139_tsd_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return value;
}

/* 6.2: writing OWN as 0 starts the descriptor. In C+ mode the first two are DTCCR */
void
hvn_rtl8139_tsd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;
    guint32 written = RTL8139_TSD_SIZE | RTL8139_TSD_ERTXTH;

    if (hvn_rtl8139_tx_is_cplus(self)) {
        if (index == 0 && (value & RTL8139_DTCCR_CMD))
            hvn_work_schedule(&self->dump);
        return;
    }
    if (value & RTL8139_TSD_OWN) {
        hvn_rtl8139_set(self, reg->offset + 4 * index, (old & ~written) | (value & written));
        return;
    }
    hvn_rtl8139_set(self, reg->offset + 4 * index, value & written);
    hvn_work_schedule(&self->tx.work);
}

/* in C+ mode TNPDS and THPDS: a ring begins at its start */
void
hvn_rtl8139_tsad_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;
    HvnRtl8139Queue queue = index < 2 ? RTL8139_QUEUE_NORMAL : RTL8139_QUEUE_HIGH;

    if (!hvn_rtl8139_tx_is_cplus(self))
        return;
    self->tx.index[queue] = 0;
    self->tx.skipping[queue] = FALSE;
}

guint32
hvn_rtl8139_tsall_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    static const guint32 bits[] = {RTL8139_TSD_OWN, RTL8139_TSD_TABT, RTL8139_TSD_TUN, RTL8139_TSD_TOK};
    HvnRtl8139Nic *self = owner;

    value = 0;
    for (guint slot = 0; slot < RTL8139_N_TX; slot++) {
        guint32 tsd = hvn_rtl8139_get(self, RTL8139_TSD + 4 * slot);

        for (guint i = 0; i < G_N_ELEMENTS(bits); i++)
            value |= tsd & bits[i] ? BIT(4 * i + slot) : 0;
    }
    return value;
}

guint32
hvn_rtl8139_tcr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return value | (((HvnRtl8139Nic *)owner)->is_cplus ? RTL8139_TCR_HWVER_CPLUS : RTL8139_TCR_HWVER_C);
}

void
hvn_rtl8139_tcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    hvn_rtl8139_set(self, RTL8139_TCR, value & ~RTL8139_TCR_CLRABT); /* an aborted descriptor does not hold the others up here */
    if (!((value ^ old) & RTL8139_TCR_LBK))
        return;
    hvn_rtl8139_tx_resume(self);
    hvn_rtl8139_rx_update(self);
}
