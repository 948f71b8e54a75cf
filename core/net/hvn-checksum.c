/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Internet checksum. Bytes are added as native 64-bit words with the carries kept aside; ones' complement addition does not
 * mind the byte order (RFC 1071, 2), so the order is put right once, after folding. */
#include "hvn-checksum.h"

#include "hvn-bytes.h"

#define HVN_TCP 6
#define HVN_UDP 17

static inline guint64
hvn_checksum_load(const guint8 *bytes)
{
    guint64 word;

    memcpy(&word, bytes, sizeof word);
    return word;
}

static inline guint64
hvn_checksum_halves(guint64 word)
{
    return (word & G_MAXUINT32) + (word >> 32);
}

guint64
hvn_checksum_add(guint64 sum, gconstpointer data, gsize len)
{
    const guint8 *bytes = data;
    guint64 even = 0, odd = 0, carries = 0, last = 0;
    guint16 folded;

    /* two sums, so that the processor does not wait for one addition before it begins the next */
    for (; len >= 32; len -= 32, bytes += 32) {
        carries += __builtin_add_overflow(even, hvn_checksum_load(bytes), &even);
        carries += __builtin_add_overflow(odd, hvn_checksum_load(bytes + 8), &odd);
        carries += __builtin_add_overflow(even, hvn_checksum_load(bytes + 16), &even);
        carries += __builtin_add_overflow(odd, hvn_checksum_load(bytes + 24), &odd);
    }
    for (; len >= 8; len -= 8, bytes += 8)
        carries += __builtin_add_overflow(even, hvn_checksum_load(bytes), &even);
    if (len > 0)
        memcpy(&last, bytes, len); /* a last odd byte counts as if a zero byte followed it */

    folded = hvn_checksum_fold(hvn_checksum_halves(even) + hvn_checksum_halves(odd) + hvn_checksum_halves(last) + carries);
    return sum + GUINT16_FROM_BE(folded);
}

guint64
hvn_checksum_iov(guint64 sum, const struct iovec *iov, guint n_iov, gsize offset, gsize len)
{
    gboolean odd = FALSE;

    for (guint i = 0; i < n_iov && len > 0; i++) {
        guint64 piece;
        gsize part;

        if (offset >= iov[i].iov_len) {
            offset -= iov[i].iov_len;
            continue;
        }
        part = MIN(iov[i].iov_len - offset, len);
        piece = hvn_checksum_add(0, (const guint8 *)iov[i].iov_base + offset, part);
        /* a piece that starts at an odd offset has its octets in the other halves of the words */
        sum += odd ? GUINT16_SWAP_LE_BE(hvn_checksum_fold(piece)) : piece;
        odd ^= part & 1;
        len -= part;
        offset = 0;
    }
    return sum;
}

guint16
hvn_checksum_fold(guint64 sum)
{
    sum = hvn_checksum_halves(sum);
    while (sum > G_MAXUINT16)
        sum = (sum & G_MAXUINT16) + (sum >> 16);
    return sum;
}

guint64
hvn_checksum_pseudo(const guint8 *ip, guint version, guint8 protocol, guint32 length)
{
    guint64 sum = (length >> 16) + (length & G_MAXUINT16) + protocol;

    if (version == 4)
        return hvn_checksum_add(sum, ip + 12, 8);
    return hvn_checksum_add(sum, ip + 8, 32);
}

/* the UDP or TCP checksum; the pseudo header takes the length of the datagram for UDP (RFC 768) */
static gboolean
hvn_checksum_verify_l4(const HvnFrame *frame, const HvnLayers *layers, const guint8 *ip, gboolean *l4_ok)
{
    guint8 udp[8];
    gsize len = layers->l4_len;
    guint64 sum;

    if (layers->protocol == HVN_UDP) {
        if (hvn_frame_copy(frame, layers->l4_offset, udp, sizeof udp) != sizeof udp)
            return FALSE;
        if (hvn_load_be16(udp + 4) < sizeof udp || hvn_load_be16(udp + 4) > len)
            return FALSE;
        len = hvn_load_be16(udp + 4);
        if (hvn_load_be16(udp + 6) == 0) {
            /* no checksum was made, which IPv6 does not allow (RFC 8200, 8.1) */
            *l4_ok = layers->ip_version == 4;
            return TRUE;
        }
    }
    sum = hvn_checksum_pseudo(ip, layers->ip_version, layers->protocol, len);
    sum = hvn_checksum_iov(sum, frame->iov, frame->n_iov, layers->l4_offset, len);
    *l4_ok = hvn_checksum_fold(sum) == G_MAXUINT16;
    return TRUE;
}

gboolean
hvn_checksum_verify(const HvnFrame *frame, const HvnLayers *layers, gboolean *ip_ok, gboolean *l4_ok)
{
    guint8 ip[60];
    gsize ip_len;

    *ip_ok = TRUE;
    *l4_ok = FALSE;
    if (layers->ip_version != 4 && layers->ip_version != 6)
        return FALSE;

    ip_len = hvn_frame_copy(frame, layers->ip_offset, ip, sizeof ip);
    if (ip_len < (layers->ip_version == 4 ? 20 : 40))
        return FALSE;
    if (layers->ip_version == 4) {
        gsize header_len = (ip[0] & 15) * 4u;

        *ip_ok = header_len >= 20 && header_len <= ip_len &&
            hvn_checksum_fold(hvn_checksum_add(0, ip, header_len)) == G_MAXUINT16;
    }
    if (layers->fragment || layers->payload_offset == 0 || layers->l4_offset + layers->l4_len > frame->len)
        return FALSE;
    if (layers->protocol != HVN_TCP && layers->protocol != HVN_UDP)
        return FALSE;
    return hvn_checksum_verify_l4(frame, layers, ip, l4_ok);
}

gboolean
hvn_checksum_finish(const HvnFrame *frame, guint16 *value)
{
    const HvnOffload *offload = &frame->offload;
    guint64 sum;

    if ((gsize)offload->csum_start + offload->csum_offset + 2 > frame->len)
        return FALSE;
    sum = hvn_checksum_iov(0, frame->iov, frame->n_iov, offload->csum_start, frame->len - offload->csum_start);
    *value = ~hvn_checksum_fold(sum);
    /* 0 means "no checksum" to UDP; both values are the same number in ones' complement, so this is right for all */
    if (*value == 0)
        *value = G_MAXUINT16;
    return TRUE;
}

void
hvn_checksum_prepare(guint8 *ip, guint version, guint8 protocol, gsize header_len, gsize ip_len)
{
    guint8 *l4 = ip + header_len;
    gsize l4_len = ip_len - header_len;

    if (version == 4) {
        hvn_store_be16(ip + 2, ip_len);
        hvn_store_be16(ip + 10, 0);
        hvn_store_be16(ip + 10, ~hvn_checksum_fold(hvn_checksum_add(0, ip, header_len)));
    } else {
        hvn_store_be16(ip + 4, ip_len - 40);
    }
    if (protocol == 17)
        hvn_store_be16(l4 + 4, l4_len);
    hvn_store_be16(l4 + (protocol == 17 ? 6 : 16), hvn_checksum_fold(hvn_checksum_pseudo(ip, version, protocol, l4_len)));
}
