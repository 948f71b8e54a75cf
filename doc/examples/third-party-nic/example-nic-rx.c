/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver (README.md, 3): push() stores the frames that are ours, as many as there are descriptors for.
 *
 *   off? -> take and drop   not ours? -> take and drop   no descriptor? -> leave it, ready is owed
 *   else    the frame into its buffer -> LENGTH, DONE -> RXHEAD, and RX in ISR once for the batch
 *
 * RXTAIL gives descriptors back; whoever waits for them is told from a work. */
#include "example-nic.h"

#include <hvn-bytes.h>
#include <hvn-ring-view.h>

/* 3: closed takes everything: switched off, unplugged, or without a ring */
static gboolean
example_nic_rx_is_open(ExampleNic *self)
{
    return example_nic_is_on(self, EXAMPLE_NIC_CTRL_RXEN) && hvn_port_get_link_up((HvnPort *)self) &&
           example_nic_load_ring(self, &self->rx.ring, EXAMPLE_NIC_RX);
}

/* 1.1, PROMISC: the card's address, and all that are for several stations */
static gboolean
example_nic_rx_is_ours(ExampleNic *self, const HvnFrame *frame)
{
    guint8 address[HVN_MAC_LEN];

    hvn_frame_copy(frame, 0, address, sizeof address);
    return (address[0] & 1) != 0 || example_nic_is_on(self, EXAMPLE_NIC_CTRL_PROMISC) || memcmp(address, self->mac.addr, HVN_MAC_LEN) == 0;
}

/* stores one frame; returns what its descriptor is to say, length and status as they stand there */
static guint64
example_nic_rx_store(ExampleNic *self, const HvnFrame *frame, const guint8 *desc)
{
    guint64 address = hvn_load_le64(desc + EXAMPLE_NIC_DESC_ADDRESS);
    guint32 room = hvn_load_le32(desc + EXAMPLE_NIC_DESC_LENGTH);
    guint32 status = EXAMPLE_NIC_DESC_DONE;

    if (room < frame->len || !hvn_nic_dma_write_iov(&self->parent, address, frame->iov, frame->n_iov, 0, frame->len)) {
        status |= EXAMPLE_NIC_DESC_ERROR;
        self->rx.dropped++;
    }
    return frame->len | (guint64)status << 32;
}

guint
example_nic_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    ExampleNic *self = (ExampleNic *)port;
    HvnRing *ring = &self->rx.ring;
    guint8 descs[HVN_BATCH_MAX * EXAMPLE_NIC_DESC_SIZE];
    guint n_descs, taken = 0, used = 0;
    HvnRingView view;

    if (!example_nic_rx_is_open(self))
        return n_frames;
    n_descs = hvn_ring_fetch(ring, &self->parent, 0, descs, n_frames);
    if (n_descs == 0 && hvn_ring_available(ring) > 0) {
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read the receive ring at 0x%" G_GINT64_MODIFIER "x", ring->base);
        self->rx.dropped += n_frames;
        return n_frames;
    }
    if (n_descs > 0)
        hvn_ring_open_view(ring, &self->parent, n_descs, &view);
    for (; taken < n_frames; taken++) {
        if (!example_nic_rx_is_ours(self, &frames[taken]))
            continue;
        if (used == n_descs)
            break;
        hvn_ring_view_store64(&view, used, EXAMPLE_NIC_DESC_LENGTH,
                              example_nic_rx_store(self, &frames[taken], descs + used * EXAMPLE_NIC_DESC_SIZE), 1);
        used++;
    }
    if (used > 0) {
        example_nic_advance_ring(self, ring, EXAMPLE_NIC_RX, used);
        hvn_irq_cause_raise_for_data(&self->irq, EXAMPLE_NIC_INT_RX);
    }
    hvn_nic_dma_release(&self->parent);
    return taken;
}

/* the work that everything marks which may let frames in */
gboolean
example_nic_rx_say_ready(gpointer data)
{
    hvn_port_ready((HvnPort *)data);
    return FALSE;
}

/* 3.4 */
void
example_nic_rx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_work_schedule(&((ExampleNic *)owner)->rx.ready);
}

/* 3.1, 3.2: another ring begins at its first descriptor */
void
example_nic_rx_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    ExampleNic *self = owner;

    hvn_regs_set(&self->regs, EXAMPLE_NIC_RX + EXAMPLE_NIC_RING_HEAD, 0);
    hvn_work_schedule(&self->rx.ready);
}
