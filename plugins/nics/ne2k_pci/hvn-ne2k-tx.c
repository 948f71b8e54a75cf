/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter (10.5): one frame, from TPSR on, of TBCR bytes.
 *
 *   TXP -> mark -> loopback: the FIFO (12)
 *               -> else lend packet memory to the peer -> TXP off, TSR, PTX
 *
 * What the peer does not take keeps TXP on, and resume() goes on there. What is looped back never comes near the ring: on this chip it ends in the
 * FIFO. */
#include "hvn-ne2k-core.h"

#include "hvn-bytes.h"

static void
hvn_ne2k_tx_complete(HvnNe2kNic *self, guint8 status, guint16 end)
{
    hvn_ne2k_set(self, NE2K_CR, hvn_ne2k_get(self, NE2K_CR) & ~NE2K_CR_TXP);
    self->tx.status = NE2K_TSR_PTX | NE2K_TSR_ONE | status;
    self->local = end;
    hvn_irq_cause_raise(&self->irq, NE2K_ISR_PTX);
}

/* ---- loopback, 12 ---- */

/* The FIFO goes round: what stays in it are the last bytes, then the count, its upper half twice. CRC generator and checker are one, so that a
 * frame with an appended FCS seems to have a wrong one, and the way to test the checker is a frame with an FCS of the driver's */
static void
hvn_ne2k_tx_loop(HvnNe2kNic *self, const guint8 *bytes, gsize len)
{
    gboolean appended = !(hvn_ne2k_get(self, NE2K_TCR) & NE2K_TCR_CRC);
    gsize covered = appended || len < HVN_FCS_LEN ? len : len - HVN_FCS_LEN;
    guint32 fcs = hvn_fcs_add(&self->fcs, 0, bytes, covered);
    gsize total = appended ? len + HVN_FCS_LEN : len;
    gboolean right = !appended && len >= HVN_FCS_LEN && hvn_load_le32(bytes + covered) == fcs;

    for (gsize i = total > NE2K_FIFO_SIZE ? total - NE2K_FIFO_SIZE : 0; i < total; i++)
        self->tx.fifo[i % NE2K_FIFO_SIZE] = i < len ? bytes[i] : fcs >> 8 * (i - len);
    self->tx.fifo[total % NE2K_FIFO_SIZE] = total;
    self->tx.fifo[(total + 1) % NE2K_FIFO_SIZE] = total >> 8;
    self->tx.fifo[(total + 2) % NE2K_FIFO_SIZE] = total >> 8;
    self->tx.fifo_next = 0;
    self->rx.status = (right ? NE2K_RSR_PRX : NE2K_RSR_CRC) | (len > 0 && (bytes[0] & 1) ? NE2K_RSR_PHY : 0);
}

/* the encoder makes carrier and heartbeat; the first mode does not reach it, the second not its far side */
static guint8
hvn_ne2k_tx_loop_status(const HvnNe2kNic *self)
{
    switch (hvn_ne2k_get(self, NE2K_TCR) >> NE2K_TCR_LB_SHIFT & 3) {
    case 1:
        return NE2K_TSR_CDH | NE2K_TSR_CRS;
    case 2:
        return NE2K_TSR_CDH;
    default:
        return 0;
    }
}

/* ---- the cable ---- */

static void
hvn_ne2k_tx_drop(HvnNe2kNic *self, guint16 start, guint16 len)
{
    self->tx.dropped++;
    hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot send %u bytes at 0x%04x: no frame in packet memory", len, start);
    hvn_ne2k_tx_complete(self, 0, start + len);
}

/* the work that TXP marks: one frame, so there is never more to do */
gboolean
hvn_ne2k_tx_run(gpointer data)
{
    HvnNe2kNic *self = data;
    guint16 start = hvn_ne2k_get(self, NE2K_TPSR) << 8, len = hvn_ne2k_get16(self, NE2K_TBCR0);
    const guint8 *bytes = hvn_ne2k_memory_range(&self->memory, start, len);
    gsize on_wire = len;
    struct iovec iov;
    HvnFrame frame;

    if (self->tx.held || !self->started || !(hvn_ne2k_get(self, NE2K_CR) & NE2K_CR_TXP))
        return FALSE;
    if ((hvn_ne2k_get(self, NE2K_TCR) & NE2K_TCR_CRC) && len >= HVN_ETHER_HEADER_LEN + HVN_FCS_LEN)
        on_wire -= HVN_FCS_LEN; /* the driver made the FCS, which a frame on the link has not */
    if (bytes == NULL || len < HVN_ETHER_HEADER_LEN) {
        hvn_ne2k_tx_drop(self, start, len);
        return FALSE;
    }
    if (hvn_ne2k_in_loopback(self)) {
        hvn_ne2k_tx_loop(self, bytes, len);
        hvn_ne2k_tx_complete(self, hvn_ne2k_tx_loop_status(self), start + len);
        return FALSE;
    }
    if (!hvn_port_get_link_up((HvnPort *)self)) {
        self->tx.lost++; /* 10.3, CRS: the carrier is lost, and the frame is sent all the same */
        hvn_ne2k_tx_complete(self, NE2K_TSR_CRS, start + len);
        return FALSE;
    }
    iov = (struct iovec){(gpointer)bytes, on_wire};
    hvn_frame_init(&frame, &iov, 1);
    self->tx.held = hvn_port_send((HvnPort *)self, &frame, 1) == 0;
    if (!self->tx.held)
        hvn_ne2k_tx_complete(self, 0, start + len);
    return FALSE;
}

/* TXP: the status is that of this frame from now on */
void
hvn_ne2k_tx_start(HvnNe2kNic *self)
{
    self->tx.status = 0;
}

/* the peer has room again */
void
hvn_ne2k_tx_resume(HvnPort *port)
{
    HvnNe2kNic *self = (HvnNe2kNic *)port;

    self->tx.held = FALSE;
    hvn_work_schedule(&self->tx.work);
}

/* ---- registers ---- */

guint32
hvn_ne2k_tsr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return ((HvnNe2kNic *)owner)->tx.status;
}

/* 10.11: nothing collides */
guint32
hvn_ne2k_ncr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return 0;
}

/* 10.12 */
guint32
hvn_ne2k_fifo_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;

    return self->tx.fifo[self->tx.fifo_next++ % NE2K_FIFO_SIZE];
}
