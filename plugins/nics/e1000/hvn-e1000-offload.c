/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest leaves to the transmitter: segmentation (SDM 317453, 3.5), checksums (3.6, 3.3.3), the VLAN tag
 * (chapter 9). Headers that are edited are copied first; the payload stays lent. What the link can carry as HvnOffload
 * is left to whoever is last in line:
 *
 *   TSE    lengths and IPv4 header checksum of the whole, pseudo header's sum, gso_size
 *   TXSM   csum_start and csum_offset, when the sum runs to the end of the frame; else it is made here
 *   IXSM   made here, in the copied header
 */
#include "hvn-checksum.h"
#include "hvn-e1000-tx.h"
#include "hvn-iov.h"

#define IP4_HEADER_MIN 20
#define IP6_HEADER_LEN 40
#define TCP_HEADER_MIN 20
#define UDP_HEADER_LEN 8
#define IPPROTO_TCP_ID 6
#define IPPROTO_UDP_ID 17

/* makes the first @len bytes ours; FALSE when there are not so many, or too many to be headers */
static gboolean
hvn_e1000_tx_pull(HvnE1000TxFrame *frame, gsize len)
{
    if (len > frame->len || len > E1000_TX_PULL_MAX)
        return FALSE;
    if (len <= frame->header_len)
        return TRUE;
    hvn_iov_pull(&frame->pieces, &frame->n_pieces, frame->header + frame->header_len, len - frame->header_len);
    frame->header_len = len;
    return TRUE;
}

/* makes the whole frame ours: the price of a checksum that no header copy can hold */
static guint8 *
hvn_e1000_tx_bounce(HvnE1000TxFrame *frame)
{
    guint8 *bytes = g_malloc(frame->len);

    memcpy(bytes, frame->header, frame->header_len);
    hvn_iov_to_buf(frame->pieces, frame->n_pieces, 0, bytes + frame->header_len, frame->len - frame->header_len);
    frame->header_len = 0;
    if (frame->n_pieces == 0)
        frame->pieces--; /* all of it had been pulled: use the entry of the last piece again */
    frame->n_pieces = 1;
    frame->pieces->iov_base = bytes;
    frame->pieces->iov_len = frame->len;
    g_free(frame->bounce);
    frame->bounce = bytes;
    return bytes;
}

/* 3.6: the sum from @start to @last (0 for the end) goes to @where, which belongs to what is summed; out of range it is
 * not inserted */
static void
hvn_e1000_tx_insert(HvnE1000TxFrame *frame, gsize start, gsize where, gsize last, gboolean may_leave)
{
    gsize end = last == 0 ? frame->len : MIN(last + 1, frame->len);
    guint8 *bytes;

    if (start >= end || where + 2 > frame->len)
        return;
    if (may_leave && end == frame->len && where >= start) {
        frame->offload.flags = HVN_OFFLOAD_NEEDS_CSUM;
        frame->offload.csum_start = start;
        frame->offload.csum_offset = where - start;
        return;
    }
    bytes = hvn_e1000_tx_pull(frame, MAX(end, where + 2)) ? frame->header : hvn_e1000_tx_bounce(frame);
    hvn_store_be16(bytes + where, ~hvn_checksum_fold(hvn_checksum_add(0, bytes + start, end - start)));
}

/* whether the headers are what the context says they are */
static gboolean
hvn_e1000_tx_headers_fit(const HvnE1000TxFrame *frame, guint version, gboolean tcp)
{
    const HvnE1000TxContext *context = &frame->context;
    const guint8 *header = frame->header;
    gsize ip = context->ipcss, l4 = context->tucss;

    if (ip < HVN_ETHER_HEADER_LEN || l4 < ip + (version == 4 ? IP4_HEADER_MIN : IP6_HEADER_LEN) ||
        context->hdrlen < l4 + (tcp ? TCP_HEADER_MIN : UDP_HEADER_LEN))
        return FALSE;
    if (header[ip] >> 4 != version || (version == 4 && (header[ip] & 15) * 4u != l4 - ip))
        return FALSE;
    if (tcp ? (header[l4 + 12] >> 4) * 4u != context->hdrlen - l4 : context->hdrlen != l4 + UDP_HEADER_LEN)
        return FALSE;
    return frame->len - ip - (version == 4 ? 0 : IP6_HEADER_LEN) <= G_MAXUINT16;
}

/* 3.5: one frame that says into what it is to be cut */
static gboolean
hvn_e1000_tx_segment(HvnE1000Nic *self, HvnE1000TxFrame *frame)
{
    const HvnE1000TxContext *context = &frame->context;
    guint version = context->tucmd & E1000_TXD_TUCMD_IP ? 4 : 6;
    gboolean tcp = (context->tucmd & E1000_TXD_TUCMD_TCP) != 0;
    gsize payload;

    if (context->mss == 0 || context->hdrlen == 0 || !hvn_e1000_tx_pull(frame, context->hdrlen) ||
        !hvn_e1000_tx_headers_fit(frame, version, tcp)) {
        hvn_e1000_stats_add(self, E1000_TSCTFC, 1);
        return FALSE;
    }
    /* 3.5.9, but for one frame of the whole length: whoever cuts it edits the headers of each segment */
    hvn_checksum_prepare(frame->header + context->ipcss, version, tcp ? IPPROTO_TCP_ID : IPPROTO_UDP_ID,
                         context->tucss - context->ipcss, frame->len - context->ipcss);
    payload = frame->len - context->hdrlen;
    hvn_e1000_stats_add(self, payload == context->paylen ? E1000_TSCTC : E1000_TSCTFC, 1);
    frame->offload.flags = HVN_OFFLOAD_NEEDS_CSUM;
    frame->offload.csum_start = context->tucss;
    frame->offload.csum_offset = tcp ? 16 : 6;
    if (payload > context->mss) {
        frame->offload.gso_type = !tcp ? HVN_GSO_UDP_L4 : version == 4 ? HVN_GSO_TCPV4 : HVN_GSO_TCPV6;
        frame->offload.gso_size = context->mss;
        frame->offload.hdr_len = context->hdrlen;
        frame->n_segments = (payload + context->mss - 1) / context->mss;
        frame->segment_len = (gsize)context->hdrlen + context->mss;
    }
    return TRUE;
}

/* Chapter 9: type and tag behind the addresses; offsets in descriptors count without it */
static gboolean
hvn_e1000_tx_insert_tag(HvnE1000Nic *self, HvnE1000TxFrame *frame, guint16 tag)
{
    guint8 *header = frame->header;

    if (!hvn_e1000_tx_pull(frame, 12) || frame->len + 4 > HVN_FRAME_LEN_MAX)
        return FALSE;
    memmove(header + 16, header + 12, frame->header_len - 12);
    hvn_store_be16(header + 12, hvn_e1000_get(self, E1000_VET));
    hvn_store_be16(header + 14, tag);
    frame->header_len += 4;
    frame->len += 4;
    frame->segment_len += 4;
    hvn_offload_shift(&frame->offload, 4);
    return TRUE;
}

/* without IFCS the driver appended the FCS itself, and a frame on the link has none. A driver that forgot the bit, which
 * real hardware would send without any FCS, keeps its bytes */
static void
hvn_e1000_tx_take_fcs_off(HvnE1000Nic *self, HvnE1000TxFrame *frame)
{
    gsize left = frame->len - HVN_FCS_LEN;
    guint8 fcs[HVN_FCS_LEN];
    guint32 crc = 0;
    guint n = 0;

    if (frame->len < HVN_FRAME_MIN + HVN_FCS_LEN)
        return;
    for (; left > 0; n++) {
        gsize len = MIN(left, frame->pieces[n].iov_len);

        crc = hvn_fcs_add(&self->crc, crc, frame->pieces[n].iov_base, len);
        left -= len;
        if (left == 0)
            break;
    }
    hvn_iov_to_buf(frame->pieces, frame->n_pieces, frame->len - sizeof fcs, fcs, sizeof fcs);
    if (hvn_load_le32(fcs) != crc)
        return;
    frame->len -= sizeof fcs;
    frame->n_pieces = n + 1;
    frame->pieces[n].iov_len -= hvn_iov_size(frame->pieces, n + 1) - frame->len;
}

/* all that the descriptors of a frame ask for; FALSE when it cannot be sent so */
gboolean
hvn_e1000_tx_offload(HvnE1000Nic *self, HvnE1000TxFrame *frame)
{
    const HvnE1000TxContext *context = &frame->context;
    gboolean extended = (frame->first.cmd & E1000_TXD_CMD_DEXT) != 0;
    gboolean segment = extended && (frame->first.cmd & E1000_TXD_CMD_TSE);
    const HvnE1000TxDesc *tagged = segment ? &frame->first : &frame->last; /* 3.3.7.1: who holds VLE and the tag */

    if (!(frame->last.cmd & E1000_TXD_CMD_IFCS) && !segment)
        hvn_e1000_tx_take_fcs_off(self, frame);
    if (segment) {
        if (!hvn_e1000_tx_segment(self, frame))
            return FALSE;
    } else if (extended) {
        if (frame->first.popts & E1000_TXD_POPTS_IXSM)
            hvn_e1000_tx_insert(frame, context->ipcss, context->ipcso, context->ipcse, FALSE);
        if (frame->first.popts & E1000_TXD_POPTS_TXSM)
            hvn_e1000_tx_insert(frame, context->tucss, context->tucso, context->tucse, TRUE);
    } else if (frame->last.cmd & E1000_TXD_CMD_IC) {
        hvn_e1000_tx_insert(frame, frame->first.css, frame->last.cso, 0, TRUE);
    }
    if ((hvn_e1000_get(self, E1000_CTRL) & E1000_CTRL_VME) && (tagged->cmd & E1000_TXD_CMD_VLE))
        return hvn_e1000_tx_insert_tag(self, frame, tagged->special);
    return TRUE;
}
