/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter (README.md, 2): one run of its work takes a batch of descriptors.
 *
 *   fetch descriptors -> map the buffer of each -> send -> DONE -> TXHEAD -> TX in ISR
 *
 * What the peer does not take stays in the ring: TXHEAD is its first descriptor, and resume() goes on there. */
#include "example-nic.h"

#include <hvn-bytes.h>
#include <hvn-ring-view.h>

#define MAX_LEN    1518 /* bytes of a frame, with a VLAN tag */
#define MAX_PIECES 4    /* of a buffer: guest memory is a few large regions */

typedef struct {
    guint n_descs;
    guint n_frames;
    guint n_iov;
    guint descs_of[HVN_BATCH_MAX]; /* the descriptor of each frame */
    guint32 status[HVN_BATCH_MAX]; /* what each descriptor will say */
    HvnFrame frames[HVN_BATCH_MAX];
    struct iovec iov[HVN_BATCH_MAX * MAX_PIECES];
    guint8 descs[HVN_BATCH_MAX * EXAMPLE_NIC_DESC_SIZE];
} TxBatch;

/* 4: the guest's bytes are loaded once, then checked, then used */
static gboolean
example_nic_tx_gather(ExampleNic *self, TxBatch *batch, guint i)
{
    const guint8 *desc = batch->descs + i * EXAMPLE_NIC_DESC_SIZE;
    guint64 address = hvn_load_le64(desc + EXAMPLE_NIC_DESC_ADDRESS);
    guint32 length = hvn_load_le32(desc + EXAMPLE_NIC_DESC_LENGTH);
    struct iovec *iov = batch->iov + batch->n_iov;
    guint n;

    if (length < HVN_ETHER_HEADER_LEN || length > MAX_LEN)
        return FALSE;
    n = hvn_nic_dma_map(&self->parent, address, length, FALSE, iov, MAX_PIECES);
    if (n == 0)
        return FALSE;
    hvn_frame_init(&batch->frames[batch->n_frames], iov, n);
    batch->descs_of[batch->n_frames++] = i;
    batch->n_iov += n;
    return TRUE;
}

/* descriptors up to @n are the driver's again */
static void
example_nic_tx_complete(ExampleNic *self, const TxBatch *batch, guint n)
{
    HvnRingView view;

    if (n == 0)
        return;
    hvn_ring_open_view(&self->tx.ring, &self->parent, n, &view);
    for (guint i = 0; i < n; i++)
        hvn_ring_view_store32(&view, i, EXAMPLE_NIC_DESC_STATUS, batch->status[i]);
    example_nic_advance_ring(self, &self->tx.ring, EXAMPLE_NIC_TX, n);
    hvn_irq_cause_raise_for_data(&self->irq, EXAMPLE_NIC_INT_TX);
}

/* the work that TXTAIL marks; TRUE when there is more to do */
gboolean
example_nic_tx_run(gpointer data)
{
    ExampleNic *self = data;
    HvnRing *ring = &self->tx.ring;
    TxBatch batch;
    guint taken;

    if (self->tx.held || !example_nic_is_on(self, EXAMPLE_NIC_CTRL_TXEN) || !example_nic_load_ring(self, ring, EXAMPLE_NIC_TX) ||
        hvn_ring_available(ring) == 0)
        return FALSE;
    batch.n_frames = batch.n_iov = 0;
    batch.n_descs = hvn_ring_fetch(ring, &self->parent, 0, batch.descs, HVN_BATCH_MAX);
    if (batch.n_descs == 0)
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read the transmit ring at 0x%" G_GINT64_MODIFIER "x", ring->base);
    for (guint i = 0; i < batch.n_descs; i++) {
        batch.status[i] = EXAMPLE_NIC_DESC_DONE;
        if (example_nic_tx_gather(self, &batch, i))
            continue;
        batch.status[i] |= EXAMPLE_NIC_DESC_ERROR;
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "transmit descriptor %u: no frame of %u to %u bytes in guest memory",
                        ring->head + i, HVN_ETHER_HEADER_LEN, MAX_LEN);
    }
    taken = batch.n_frames > 0 ? hvn_port_send((HvnPort *)self, batch.frames, batch.n_frames) : 0;
    self->tx.held = taken < batch.n_frames;
    example_nic_tx_complete(self, &batch, self->tx.held ? batch.descs_of[taken] : batch.n_descs);
    hvn_nic_dma_release(&self->parent);
    return !self->tx.held && batch.n_descs > 0 && hvn_ring_available(ring) > 0;
}

/* 2.4: a register access does no packet work, it only marks it */
void
example_nic_tx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_work_schedule(&((ExampleNic *)owner)->tx.work);
}

/* 2.1, 2.2: another ring begins at its first descriptor */
void
example_nic_tx_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_regs_set(&((ExampleNic *)owner)->regs, EXAMPLE_NIC_TX + EXAMPLE_NIC_RING_HEAD, 0);
}
