/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flexible mode of the receive unit: what of a frame does not fit behind its descriptor goes to a list of buffers of its own, which the
 * first descriptor behind RU start names; the device writes into each further descriptor where its buffers begin. */
#include "hvn-i8255x-nic.h"

#define RBDS_MAX 256 /* of a frame: the list may have no end, and sizes of 0 */

/* where the buffers of this descriptor begin, in the descriptor too */
static void
hvn_i8255x_rbd_begin(HvnI8255xNic *self, guint32 rfd, const guint8 *bytes, gboolean wanted)
{
    guint32 first;

    if (self->rx.rbd_from_rfd) {
        self->rx.rbd = hvn_load_le32(bytes + I8255X_RFD_RBD);
        self->rx.rbd_from_rfd = self->rx.rbd_at_end = FALSE;
        if (wanted)
            return;
    }
    first = GUINT32_TO_LE(wanted ? self->rx.rbd : I8255X_RBD_NONE);
    hvn_nic_dma_write(&self->parent, rfd + I8255X_RFD_RBD, &first, sizeof first);
}

/* reads the next one; behind the last one, once more have been linked to it */
static gboolean
hvn_i8255x_rbd_read(HvnI8255xNic *self, guint8 *rbd)
{
    if (self->rx.rbd == I8255X_RBD_NONE || !hvn_nic_dma_read(&self->parent, self->rx.base + self->rx.rbd, rbd, I8255X_RBD_LEN))
        return FALSE;
    if (!self->rx.rbd_at_end)
        return TRUE;
    if (hvn_load_le16(rbd + I8255X_RBD_SIZE) & I8255X_RBD_EL)
        return FALSE;
    self->rx.rbd = hvn_load_le32(rbd + I8255X_RBD_LINK);
    self->rx.rbd_at_end = FALSE;
    return hvn_nic_dma_read(&self->parent, self->rx.base + self->rx.rbd, rbd, I8255X_RBD_LEN);
}

/* bytes @offset on of a frame to the buffers; FALSE when they are too small for @len */
gboolean
hvn_i8255x_rbd_fill(HvnI8255xNic *self, guint32 rfd, const guint8 *bytes, const struct iovec *iov, guint n_iov, gsize offset, gsize len)
{
    hvn_i8255x_rbd_begin(self, rfd, bytes, len > 0);
    for (guint i = 0; i < RBDS_MAX && len > 0; i++) {
        guint8 rbd[I8255X_RBD_LEN];
        guint16 size, count;
        gsize part;

        if (!hvn_i8255x_rbd_read(self, rbd)) {
            hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_NO_RBDS);
            return FALSE;
        }
        size = hvn_load_le16(rbd + I8255X_RBD_SIZE);
        part = MIN(size & I8255X_COUNT_MASK, len);
        if (part > 0 && !hvn_nic_dma_write_iov(&self->parent, hvn_load_le32(rbd + I8255X_RBD_ADDRESS), iov, n_iov, offset, part))
            return FALSE;
        offset += part;
        len -= part;
        count = GUINT16_TO_LE(I8255X_RFD_COUNT_F | (len == 0 ? I8255X_RFD_COUNT_EOF : 0) | (guint16)part);
        hvn_nic_dma_write(&self->parent, self->rx.base + self->rx.rbd + I8255X_RBD_COUNT, &count, sizeof count);
        if (size & I8255X_RBD_EL) {
            self->rx.rbd_at_end = TRUE;
            hvn_i8255x_rx_leave_ready(self, I8255X_SCB_RUS_NO_RBDS);
            break;
        }
        self->rx.rbd = hvn_load_le32(rbd + I8255X_RBD_LINK);
    }
    return len == 0;
}
