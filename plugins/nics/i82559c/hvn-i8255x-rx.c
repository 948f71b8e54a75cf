/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receive unit (6.4.3, 6.5.4): the way in, and the list of receive frame descriptors that RU start names.
 *
 *   push -> idle? take and count -> filter -> frame into the RFD, what is more into buffers (-rbd) -> count -> status -> FR once a batch
 *                                          <- no descriptors, suspended: the sender is held, RNR says so
 *   start, resume, abort --- mark ---> ready work: the peer may go on
 *
 * A driver polls the status word, so it is written last. */
#include "hvn-i8255x-nic.h"

#include "hvn-iov.h"

#define RX_PLAIN_MAX 1514 /* longer frames, FCS not counted, want "long receive OK" */

typedef enum {
    RX_STORED,
    RX_TAKEN, /* not for us, or nowhere to go: counted */
    RX_HELD,
} RxResult;

typedef struct {
    guint32 address;
    guint8 *mapped; /* (nullable): in guest memory */
    guint8  bytes[I8255X_RFD_LEN];
} HvnI8255xRfd;

void
hvn_i8255x_rx_reset(HvnI8255xNic *self)
{
    self->rx.state = I8255X_SCB_RUS_IDLE;
    self->rx.next = 0;
    self->rx.rbd = I8255X_RBD_NONE;
    self->rx.rbd_from_rfd = self->rx.rbd_at_end = self->rx.unseen = FALSE;
    self->rx.causes = 0;
}

void
hvn_i8255x_rx_leave_ready(HvnI8255xNic *self, guint state)
{
    if (self->rx.state == I8255X_SCB_RUS_READY)
        self->rx.causes |= I8255X_ACK_RNR;
    self->rx.state = state;
}

static void
hvn_i8255x_rx_interrupt(HvnI8255xNic *self)
{
    if (self->rx.causes == 0)
        return;
    hvn_irq_cause_raise(&self->irq, self->rx.causes);
    self->rx.causes = 0;
}

/* 6.4.2.3, byte 18: without the padding that a length field tells of */
static gsize
hvn_i8255x_rx_strip(const HvnI8255xNic *self, const HvnFrame *frame, const guint8 *head)
{
    gsize len = HVN_ETHER_HEADER_LEN + hvn_load_be16(head + 12);

    return (self->config[18] & I8255X_CONFIG_18_STRIPPING) && frame->len == HVN_FRAME_MIN ? MIN(len, frame->len) : frame->len;
}

/* whether the frame passes filter and lengths; @status gets the bits that tell why */
static gboolean
hvn_i8255x_rx_accept(HvnI8255xNic *self, const HvnFrame *frame, const guint8 *head, guint16 *status)
{
    HvnMacMatch match = hvn_i8255x_filter_match(self, head);

    if (match == HVN_MAC_MATCH_NONE)
        return FALSE;
    *status = match != HVN_MAC_MATCH_PERFECT ? I8255X_RFD_NOT_IA : 0;
    *status |= match == HVN_MAC_MATCH_PROMISCUOUS ? I8255X_RFD_NO_MATCH : 0;
    *status |= hvn_load_be16(head + 12) > 1500 ? I8255X_RFD_TYPE : 0;
    if (G_UNLIKELY(frame->len < HVN_FRAME_MIN)) { /* only what was looped back: the link pads */
        self->stats.counters[I8255X_RX_SHORT_FRAMES]++;
        *status |= I8255X_RFD_SHORT;
        return !(self->config[7] & I8255X_CONFIG_7_DISCARD_SHORT);
    }
    if (G_UNLIKELY(frame->len > RX_PLAIN_MAX && !self->variant->is_82557 && !(self->config[18] & I8255X_CONFIG_18_LONG))) {
        self->rx.dropped++;
        return FALSE;
    }
    return TRUE;
}

/* count, then status, as the driver looks at them; then where the list goes on */
static void
hvn_i8255x_rx_complete(HvnI8255xNic *self, const HvnI8255xRfd *rfd, gsize stored, guint16 status)
{
    guint16 command = hvn_load_le16(rfd->bytes + I8255X_CB_COMMAND);
    guint16 count = I8255X_RFD_COUNT_EOF | I8255X_RFD_COUNT_F | (guint16)stored;

    status |= I8255X_RFD_C | (status & (I8255X_RFD_NO_ROOM | I8255X_RFD_SHORT) ? 0 : I8255X_RFD_OK);
    self->stats.counters[status & I8255X_RFD_OK ? I8255X_RX_GOOD : I8255X_RX_RESOURCE_ERRORS]++;
    hvn_i8255x_block_store(self, rfd->address, rfd->mapped, I8255X_RFD_COUNT, count);
    hvn_i8255x_block_store(self, rfd->address, rfd->mapped, I8255X_RFD_STATUS, status);
    self->rx.causes |= I8255X_ACK_FR;
    self->rx.unseen = TRUE;
    self->rx.next = hvn_load_le32(rfd->bytes + I8255X_CB_LINK);
    if (command & I8255X_CB_EL)
        hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_NO_RFDS);
    else if (command & I8255X_CB_S)
        hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_SUSPENDED);
}

/* @len bytes of @iov to the descriptor */
static RxResult
hvn_i8255x_rx_store(HvnI8255xNic *self, const HvnI8255xRfd *rfd, const struct iovec *iov, guint n_iov, gsize len, guint16 status)
{
    gboolean flexible = (hvn_load_le16(rfd->bytes + I8255X_CB_COMMAND) & I8255X_RFD_SF) != 0;
    gsize size = hvn_load_le16(rfd->bytes + I8255X_RFD_SIZE) & I8255X_COUNT_MASK;
    gsize stored = MIN(len, size);

    if (stored > 0 && !hvn_nic_dma_write_iov(&self->parent, rfd->address + I8255X_RFD_LEN, iov, n_iov, 0, stored)) {
        self->rx.dropped++;
        return RX_TAKEN;
    }
    if (flexible ? !hvn_i8255x_rbd_fill(self, rfd->address, rfd->bytes, iov, n_iov, stored, len - stored) : stored < len)
        status |= I8255X_RFD_NO_ROOM;
    hvn_i8255x_rx_complete(self, rfd, stored, status);
    return RX_STORED;
}

static RxResult
hvn_i8255x_rx_one(HvnI8255xNic *self, const HvnFrame *frame)
{
    guint8 head[HVN_ETHER_HEADER_LEN], fcs[HVN_FCS_LEN];
    HvnI8255xRfd rfd = {.address = self->rx.base + self->rx.next};
    struct iovec iov[HVN_FRAME_IOV_MAX + 1];
    guint32 crc = 0;
    guint16 status;

    if (hvn_frame_copy(frame, 0, head, sizeof head) < sizeof head || !hvn_i8255x_rx_accept(self, frame, head, &status))
        return RX_TAKEN;
    if (self->rx.state != I8255X_SCB_RUS_READY)
        return RX_HELD;
    if (!hvn_i8255x_block_read(self, rfd.address, rfd.bytes, sizeof rfd.bytes, &rfd.mapped)) {
        self->rx.dropped++;
        return RX_TAKEN;
    }
    /* Linux ends its list with an empty descriptor, which is to stay as it is */
    if ((hvn_load_le16(rfd.bytes + I8255X_CB_COMMAND) & (I8255X_CB_EL | I8255X_RFD_SF)) == I8255X_CB_EL &&
        !(hvn_load_le16(rfd.bytes + I8255X_RFD_SIZE) & I8255X_COUNT_MASK)) {
        hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_NO_RFDS);
        return RX_HELD;
    }
    if (G_LIKELY(!(self->config[18] & I8255X_CONFIG_18_CRC)))
        return hvn_i8255x_rx_store(self, &rfd, frame->iov, frame->n_iov, hvn_i8255x_rx_strip(self, frame, head), status);
    for (guint i = 0; i < frame->n_iov; i++)
        crc = hvn_fcs_add(&self->fcs, crc, frame->iov[i].iov_base, frame->iov[i].iov_len);
    hvn_store_le32(fcs, crc);
    memcpy(iov, frame->iov, frame->n_iov * sizeof *iov);
    iov[frame->n_iov] = (struct iovec){fcs, sizeof fcs};
    return hvn_i8255x_rx_store(self, &rfd, iov, frame->n_iov + 1, frame->len + HVN_FCS_LEN, status);
}

/* to the list, whatever way the frames came; returns how many were taken */
guint
hvn_i8255x_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames)
{
    HvnI8255xNic *self = data;
    guint taken = 0;

    if (self->rx.state == I8255X_SCB_RUS_IDLE) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    while (taken < n_frames && hvn_i8255x_rx_one(self, &frames[taken]) != RX_HELD)
        taken++;
    hvn_nic_dma_release(&self->parent);
    hvn_i8255x_rx_interrupt(self);
    return taken;
}

guint
hvn_i8255x_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnI8255xNic *self = (HvnI8255xNic *)port;

    if (!self->phy.link || hvn_i8255x_in_loopback(self)) {
        self->rx.closed += n_frames;
        return n_frames;
    }
    return hvn_i8255x_rx_deliver(self, frames, n_frames);
}

/* the work that asks whoever waits: not while there is still no descriptor for him */
gboolean
hvn_i8255x_rx_tell_ready(gpointer data)
{
    HvnI8255xNic *self = data;
    gboolean closed = self->rx.state == I8255X_SCB_RUS_IDLE || !self->phy.link || hvn_i8255x_in_loopback(self);

    if (closed || self->rx.state == I8255X_SCB_RUS_READY)
        hvn_port_ready((HvnPort *)self);
    return FALSE;
}

/* something changed that may let frames in, or close the receiver: whoever waits asks again, soon */
void
hvn_i8255x_rx_update(HvnI8255xNic *self)
{
    if (hvn_port_owes_ready((HvnPort *)self))
        hvn_work_schedule(&self->rx.ready);
    hvn_loopback_kick(&self->loop);
}

/* iPXE starts the unit twice at the same descriptor, on one look at the status. A wire brings nothing in between, a host does, and the second
 * start would have it overwritten. So that one changes nothing while the descriptor is complete and the status was not read since. */
static gboolean
hvn_i8255x_rx_is_repeated(HvnI8255xNic *self, guint32 rfd)
{
    guint8 status[2];
    gboolean read;

    if (!self->rx.unseen || rfd != self->rx.started)
        return FALSE;
    read = hvn_nic_dma_read(&self->parent, rfd + I8255X_RFD_STATUS, status, sizeof status);
    hvn_nic_dma_release(&self->parent);
    return read && (hvn_load_le16(status) & I8255X_RFD_C);
}

static void
hvn_i8255x_rx_start(HvnI8255xNic *self)
{
    guint32 next = hvn_i8255x_get(self, I8255X_SCB_POINTER);

    if (hvn_i8255x_rx_is_repeated(self, self->rx.base + next))
        return;
    self->rx.started = self->rx.base + next;
    self->rx.unseen = FALSE;
    self->rx.next = next;
    self->rx.rbd_from_rfd = TRUE;
    self->rx.state = I8255X_SCB_RUS_READY;
}

/* the low bits of the SCB command; table 56 says what each does in which state */
void
hvn_i8255x_rx_control(HvnI8255xNic *self, guint command)
{
    switch (command) {
    case I8255X_RUC_NOP:
    case I8255X_RUC_DMA_REDIRECT: /* of a management controller, which is not there */
    case I8255X_RUC_HEADER_SIZE:  /* and nothing asks for headers of their own */
        return;
    case I8255X_RUC_START:
        hvn_i8255x_rx_start(self);
        break;
    case I8255X_RUC_RESUME:
        if (self->rx.state == I8255X_SCB_RUS_SUSPENDED)
            self->rx.state = I8255X_SCB_RUS_READY;
        break;
    case I8255X_RUC_ABORT:
        hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_IDLE);
        hvn_i8255x_rx_interrupt(self);
        self->rx.unseen = FALSE;
        break;
    case I8255X_RUC_BASE:
        self->rx.base = hvn_i8255x_get(self, I8255X_SCB_POINTER);
        break;
    default:
        if (self->rx.state == I8255X_SCB_RUS_NO_RBDS) /* more buffers were linked */
            self->rx.state = I8255X_SCB_RUS_READY;
    }
    hvn_i8255x_rx_update(self);
}
