/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transmit commands (6.4.2.5): maps what a TCB names, in simplified and in flexible mode, with standard and with extended TCBs, sends up
 * to 64 at a time, and completes those that were taken. The commands stay the list's until then. */
#include "hvn-i8255x-tx.h"

#include "hvn-iov.h"

typedef struct {
    struct iovec *iov;
    guint room;
    guint n;
    gsize len;
    gboolean bad;
} TxPieces;

HvnI8255xTxBatch *
hvn_i8255x_tx_batch_init(HvnI8255xTxBatch *batch)
{
    batch->n_cbs = batch->n_frames = batch->n_iov = 0;
    return batch;
}

gboolean
hvn_i8255x_tx_is_full(const HvnI8255xTxBatch *batch)
{
    return batch->n_cbs == HVN_BATCH_MAX;
}

static inline void
hvn_i8255x_tx_add_piece(HvnI8255xNic *self, TxPieces *pieces, guint32 address, gsize len)
{
    guint got;

    if (len == 0 || pieces->bad)
        return;
    got = pieces->n == pieces->room || pieces->len + len > HVN_FRAME_LEN_MAX
              ? 0
              : hvn_nic_dma_map(&self->parent, address, len, FALSE, pieces->iov + pieces->n, pieces->room - pieces->n);
    pieces->bad = got == 0;
    pieces->n += got;
    pieces->len += len;
}

/* up to EL, or to the number that the TCB says, which is at most 255 */
static inline void
hvn_i8255x_tx_add_buffers(HvnI8255xNic *self, TxPieces *pieces, const HvnI8255xCb *cb, gboolean extended)
{
    guint32 array = hvn_load_le32(cb->bytes + I8255X_TCB_ARRAY);
    guint number = cb->bytes[I8255X_TCB_NUMBER];
    guint in_block = extended || array == cb->address + I8255X_TCB_DATA ? I8255X_TBD_IN_TCB : 0;

    if (extended)
        array -= I8255X_TBD_IN_TCB * I8255X_TBD_LEN; /* points to the third one */
    for (guint i = 0; i < number && !pieces->bad; i++) {
        guint8 bytes[I8255X_TBD_LEN];
        const guint8 *tbd = cb->bytes + I8255X_TCB_DATA + i * I8255X_TBD_LEN;
        guint32 size;

        if (i >= in_block) {
            if (!hvn_nic_dma_read(&self->parent, array + i * I8255X_TBD_LEN, bytes, sizeof bytes)) {
                pieces->bad = TRUE;
                return;
            }
            tbd = bytes;
        }
        size = hvn_load_le32(tbd + 4);
        hvn_i8255x_tx_add_piece(self, pieces, hvn_load_le32(tbd), size & I8255X_COUNT_MASK);
        if (size & I8255X_TBD_EL)
            return;
    }
}

/* 6.4.2.3, byte 10: the device's own source address, and that of the frame passed over */
static void G_GNUC_NO_INLINE
hvn_i8255x_tx_insert_source(HvnI8255xNic *self, TxPieces *pieces, guint8 *addresses)
{
    struct iovec *iov = pieces->iov;
    gsize skip = 2 * HVN_MAC_LEN;
    guint first = 0;

    if (pieces->n == pieces->room) {
        pieces->bad = TRUE;
        return;
    }
    hvn_iov_to_buf(iov, pieces->n, 0, addresses, HVN_MAC_LEN);
    memcpy(addresses + HVN_MAC_LEN, self->address.addr, HVN_MAC_LEN);
    while (skip >= iov[first].iov_len) /* a frame is longer */
        skip -= iov[first++].iov_len;
    memmove(iov + 1, iov + first, (pieces->n - first) * sizeof *iov);
    pieces->n -= first;
    iov[1] = (struct iovec){(guint8 *)iov[1].iov_base + skip, iov[1].iov_len - skip};
    iov[0] = (struct iovec){addresses, 2 * HVN_MAC_LEN};
    pieces->n++;
}

/* NC: the FCS is in memory, and no part of a frame on the link */
static void G_GNUC_NO_INLINE
hvn_i8255x_tx_cut_fcs(TxPieces *pieces)
{
    gsize cut = HVN_FCS_LEN;

    pieces->len -= cut;
    while (cut >= pieces->iov[pieces->n - 1].iov_len)
        cut -= pieces->iov[--pieces->n].iov_len;
    pieces->iov[pieces->n - 1].iov_len -= cut;
}

/* the block that was read into batch->cbs[n_cbs]; FALSE when its pieces may have room in an empty batch only */
gboolean
hvn_i8255x_tx_add(HvnI8255xNic *self, HvnI8255xTxBatch *batch, const HvnI8255xCb *cb)
{
    TxPieces pieces = {.iov = batch->iov + batch->n_iov, .room = MIN(I8255X_TX_IOVS - batch->n_iov, HVN_FRAME_IOV_MAX)};
    gboolean extended = !self->variant->is_82557 && !(self->config[6] & I8255X_CONFIG_6_STANDARD_TCB);
    gboolean no_fcs = (cb->command & I8255X_CB_NC) != 0;
    guint32 data = cb->address + (extended ? I8255X_CB_LEN : I8255X_TCB_DATA);

    if (!(cb->command & I8255X_CB_SF))
        hvn_i8255x_tx_add_piece(self, &pieces, cb->address + I8255X_TCB_DATA,
                                hvn_load_le16(cb->bytes + I8255X_TCB_COUNT) & I8255X_COUNT_MASK);
    else {
        hvn_i8255x_tx_add_piece(self, &pieces, data, hvn_load_le16(cb->bytes + I8255X_TCB_COUNT) & I8255X_COUNT_MASK);
        hvn_i8255x_tx_add_buffers(self, &pieces, cb, extended);
    }
    if (G_UNLIKELY(pieces.bad && pieces.room < HVN_FRAME_IOV_MAX))
        return FALSE;
    pieces.bad |= pieces.len < HVN_ETHER_HEADER_LEN + (no_fcs ? HVN_FCS_LEN : 0);
    if (G_UNLIKELY(no_fcs && !pieces.bad))
        hvn_i8255x_tx_cut_fcs(&pieces);
    else if (G_UNLIKELY(!(self->config[10] & I8255X_CONFIG_10_NSAI) && !pieces.bad))
        hvn_i8255x_tx_insert_source(self, &pieces, batch->sources[batch->n_cbs]);
    batch->sendable[batch->n_cbs++] = !pieces.bad;
    if (pieces.bad)
        return TRUE;
    batch->frames[batch->n_frames++] = (HvnFrame){.iov = pieces.iov, .n_iov = pieces.n, .len = pieces.len};
    batch->n_iov += pieces.n;
    return TRUE;
}

/* to the peer, or back to the receiver; into a cable that is not there goes everything */
static guint
hvn_i8255x_tx_send(HvnI8255xNic *self, const HvnFrame *frames, guint n_frames)
{
    if (G_UNLIKELY(hvn_i8255x_in_loopback(self))) {
        self->loop.min_len = self->config[18] & I8255X_CONFIG_18_PADDING ? HVN_FRAME_MIN : 0;
        return hvn_loopback_take(&self->loop, frames, n_frames);
    }
    if (!self->phy.link) {
        self->stats.counters[I8255X_TX_LOST_CRS] += n_frames;
        return n_frames;
    }
    return hvn_port_send((HvnPort *)self, frames, n_frames);
}

/* sends what was added, and completes what was taken; FALSE when the peer has no room for the rest, which stays in the list */
gboolean
hvn_i8255x_tx_flush(HvnI8255xNic *self, HvnI8255xTxBatch *batch)
{
    guint taken = batch->n_frames > 0 ? hvn_i8255x_tx_send(self, batch->frames, batch->n_frames) : 0;
    guint used = 0, i;

    for (i = 0; i < batch->n_cbs && !(batch->sendable[i] && used == taken); i++) {
        if (batch->sendable[i]) {
            used++;
            self->stats.counters[I8255X_TX_GOOD]++;
        } else {
            self->cu.dropped++;
            self->stats.counters[I8255X_TX_UNDERRUNS]++;
        }
        hvn_i8255x_cu_complete(self, &batch->cbs[i], I8255X_CB_C | (batch->sendable[i] ? I8255X_CB_OK : I8255X_CB_U));
    }
    if (i < batch->n_cbs) {
        self->cu.next = batch->cbs[i].offset;
        self->cu.held = TRUE;
    }
    hvn_i8255x_tx_batch_init(batch);
    return !self->cu.held;
}
