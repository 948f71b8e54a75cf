/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest leaves to the transmitter in C+ mode: large send (TCP over IPv4), checksums of IPv4, TCP and UDP, the VLAN tag. The
 * device finds the headers by itself; they are copied first and edited in the copy, the payload stays lent. What the link can carry as
 * HvnOffload is left to whoever is last in line:
 *
 *   LGSEN          length and header checksum of the whole, pseudo header's sum, gso_size
 *   TCPCS, UDPCS   csum_start and csum_offset, when the packet runs to the end of the frame; else the sum is made here
 *   IPCS           made here
 */
#include "hvn-checksum.h"
#include "hvn-iov.h"
#include "hvn-rtl8139-tx.h"

#define TYPE_VLAN 0x8100
#define TYPE_IPV4 0x0800

#define IP_HEADER_MIN  20
#define IP_FRAGMENT    0x3fff /* more fragments, or an offset */
#define PROTOCOL_TCP   6
#define PROTOCOL_UDP   17
#define TCP_HEADER_MIN 20
#define UDP_HEADER_LEN 8

/* where the headers are, all of them in the copy */
typedef struct {
    gsize   ip;
    gsize   l4;
    gsize   ip_len; /* as the IP header says */
    guint8  protocol;
    gsize   l4_header; /* bytes of the TCP or UDP header; 0 when there is none that a checksum goes to */
} TxHeaders;

/* makes the first @len bytes ours; FALSE when there are not so many, or too many to be headers */
static gboolean
hvn_rtl8139_tx_pull(HvnRtl8139TxFrame *frame, gsize len)
{
    if (len > frame->len || len > RTL8139_TX_PULL_MAX)
        return FALSE;
    if (len > frame->header_len) {
        hvn_iov_pull(&frame->pieces, &frame->n_pieces, frame->header + frame->header_len, len - frame->header_len);
        frame->header_len = len;
    }
    return TRUE;
}

/* TCP or UDP behind an IP header that is whole */
static void
hvn_rtl8139_tx_find_l4(HvnRtl8139TxFrame *frame, TxHeaders *headers)
{
    const guint8 *l4 = frame->header + headers->l4;
    gsize len;

    headers->l4_header = 0;
    if (hvn_load_be16(frame->header + headers->ip + 6) & IP_FRAGMENT)
        return;
    if (headers->protocol == PROTOCOL_UDP && hvn_rtl8139_tx_pull(frame, headers->l4 + UDP_HEADER_LEN))
        headers->l4_header = UDP_HEADER_LEN;
    if (headers->protocol != PROTOCOL_TCP || !hvn_rtl8139_tx_pull(frame, headers->l4 + TCP_HEADER_MIN))
        return;
    len = (l4[12] >> 4) * 4u;
    if (len >= TCP_HEADER_MIN && hvn_rtl8139_tx_pull(frame, headers->l4 + len))
        headers->l4_header = len;
}

/* FALSE when the frame is not IPv4, or its header is not whole */
static gboolean
hvn_rtl8139_tx_find_headers(HvnRtl8139TxFrame *frame, TxHeaders *headers)
{
    const guint8 *header = frame->header;
    guint16 type;
    gsize len;

    headers->ip = HVN_ETHER_HEADER_LEN;
    if (!hvn_rtl8139_tx_pull(frame, headers->ip + 4))
        return FALSE;
    type = hvn_load_be16(header + 12);
    if (type == TYPE_VLAN) {
        type = hvn_load_be16(header + 16);
        headers->ip += 4;
    }
    if (type != TYPE_IPV4 || !hvn_rtl8139_tx_pull(frame, headers->ip + IP_HEADER_MIN) || header[headers->ip] >> 4 != 4)
        return FALSE;
    len = (header[headers->ip] & 15) * 4u;
    if (len < IP_HEADER_MIN || !hvn_rtl8139_tx_pull(frame, headers->ip + len))
        return FALSE;
    headers->l4 = headers->ip + len;
    headers->ip_len = hvn_load_be16(header + headers->ip + 2);
    headers->protocol = header[headers->ip + 9];
    hvn_rtl8139_tx_find_l4(frame, headers);
    return TRUE;
}

/* the sum over TCP or UDP of a packet that ends before its frame does, made here */
static void
hvn_rtl8139_tx_finish_l4(HvnRtl8139TxFrame *frame, const TxHeaders *headers, guint8 *field, gsize l4_len)
{
    gsize copied = MIN(frame->header_len - headers->l4, l4_len);
    guint64 sum = hvn_checksum_add(0, frame->header + headers->l4, copied);
    guint16 value;

    if (l4_len > copied)
        sum = hvn_checksum_iov(sum, frame->pieces, frame->n_pieces, 0, l4_len - copied);
    value = ~hvn_checksum_fold(sum);
    if (value == 0 && headers->protocol == PROTOCOL_UDP)
        value = 0xffff; /* RFC 768: 0 means that there is none */
    hvn_store_be16(field, value);
}

/* CVE-2015-5165: lengths that do not fit the frame are left alone, and so is their packet */
static void
hvn_rtl8139_tx_checksums(HvnRtl8139TxFrame *frame, const TxHeaders *headers)
{
    guint32 command = frame->first.command;
    guint8 *ip = frame->header + headers->ip;
    gsize ip_header = headers->l4 - headers->ip, l4_len;
    guint32 wanted = headers->protocol == PROTOCOL_TCP ? RTL8139_TXD_TCPCS : RTL8139_TXD_UDPCS;
    gsize where = headers->protocol == PROTOCOL_TCP ? 16 : 6;
    guint8 *field = frame->header + headers->l4 + where;

    if (command & RTL8139_TXD_IPCS) {
        hvn_store_be16(ip + 10, 0);
        hvn_store_be16(ip + 10, ~hvn_checksum_fold(hvn_checksum_add(0, ip, ip_header)));
    }
    if (!(command & wanted) || headers->l4_header == 0 || headers->ip_len < ip_header + headers->l4_header ||
        headers->ip + headers->ip_len > frame->len)
        return;
    l4_len = headers->ip_len - ip_header;
    hvn_store_be16(field, hvn_checksum_fold(hvn_checksum_pseudo(ip, 4, headers->protocol, l4_len)));
    if (headers->ip + headers->ip_len < frame->len) {
        hvn_rtl8139_tx_finish_l4(frame, headers, field, l4_len);
        return;
    }
    frame->offload.flags = HVN_OFFLOAD_NEEDS_CSUM;
    frame->offload.csum_start = headers->l4;
    frame->offload.csum_offset = where;
}

/* one frame that says into what it is to be cut; FALSE without MSS, and where there is no TCP over IPv4 */
static gboolean
hvn_rtl8139_tx_segment(HvnRtl8139TxFrame *frame, const TxHeaders *headers)
{
    guint mss = frame->first.command >> RTL8139_TXD_MSS_SHIFT & RTL8139_TXD_MSS;
    gsize header = headers->l4 + headers->l4_header;
    gsize ip_len = frame->len - headers->ip;
    gsize payload;

    if (mss == 0 || headers->protocol != PROTOCOL_TCP || headers->l4_header == 0 || ip_len > G_MAXUINT16)
        return FALSE;
    hvn_checksum_prepare(frame->header + headers->ip, 4, PROTOCOL_TCP, headers->l4 - headers->ip, ip_len);
    payload = frame->len - header;
    frame->offload.flags = HVN_OFFLOAD_NEEDS_CSUM;
    frame->offload.csum_start = headers->l4;
    frame->offload.csum_offset = 16;
    if (payload > mss) {
        frame->offload.gso_type = HVN_GSO_TCPV4;
        frame->offload.gso_size = mss;
        frame->offload.hdr_len = header;
        frame->n_segments = (payload + mss - 1) / mss;
    }
    return TRUE;
}

/* type and tag behind the addresses; the tag's bytes stand in the descriptor as they go out */
static gboolean
hvn_rtl8139_tx_insert_tag(HvnRtl8139TxFrame *frame)
{
    guint8 *header = frame->header;

    if (!hvn_rtl8139_tx_pull(frame, 2 * HVN_MAC_LEN) || frame->len + 4 > HVN_FRAME_LEN_MAX)
        return FALSE;
    memmove(header + 16, header + 12, frame->header_len - 12);
    hvn_store_be16(header + 12, TYPE_VLAN);
    hvn_store_le16(header + 14, frame->first.vlan & 0xffff);
    frame->header_len += 4;
    frame->len += 4;
    hvn_offload_shift(&frame->offload, 4);
    return TRUE;
}

gboolean
hvn_rtl8139_tx_offload(HvnRtl8139TxFrame *frame)
{
    TxHeaders headers;
    gboolean large = (frame->first.command & RTL8139_TXD_LGSEN) != 0;

    if (large) {
        if (!hvn_rtl8139_tx_find_headers(frame, &headers) || !hvn_rtl8139_tx_segment(frame, &headers))
            return FALSE;
    } else if (frame->first.command & (RTL8139_TXD_IPCS | RTL8139_TXD_UDPCS | RTL8139_TXD_TCPCS)) {
        if (hvn_rtl8139_tx_find_headers(frame, &headers))
            hvn_rtl8139_tx_checksums(frame, &headers);
    }
    return !(frame->first.vlan & RTL8139_TXD_TAGC) || hvn_rtl8139_tx_insert_tag(frame);
}
