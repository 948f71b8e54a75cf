/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segmentation. The headers are loaded once and every segment is made from that copy: new lengths, identification, sequence
 * number, flags and checksums in front, and the payload's own bytes behind.
 *
 *   frame:    | header | payload ................................. |
 *   segment:  | header'| gso_size |  | header'| gso_size |  | header'| rest |
 */
#include "hvn-segment.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-iov.h"

#define HVN_TCP         6
#define HVN_UDP         17
#define HVN_TCP_CSUM_AT 16
#define HVN_UDP_CSUM_AT 6

#define HVN_TCP_FIN 0x01
#define HVN_TCP_PSH 0x08
#define HVN_TCP_CWR 0x80 /* RFC 3168, 6.1.2: on the first segment only */

static guint
hvn_segmenter_csum_at(const HvnSegmenter *self)
{
    return self->frame.offload.gso_type == HVN_GSO_UDP_L4 ? HVN_UDP_CSUM_AT : HVN_TCP_CSUM_AT;
}

static gboolean
hvn_segmenter_type_fits(guint gso_type, const HvnLayers *layers)
{
    switch (gso_type) {
    case HVN_GSO_TCPV4:
        return layers->ip_version == 4 && layers->protocol == HVN_TCP;
    case HVN_GSO_TCPV6:
        return layers->ip_version == 6 && layers->protocol == HVN_TCP;
    case HVN_GSO_UDP_L4:
        return layers->protocol == HVN_UDP;
    default:
        return FALSE;
    }
}

gboolean
hvn_segmenter_init(HvnSegmenter *self, const HvnFrame *frame)
{
    const HvnOffload *offload = &frame->offload;
    HvnLayers layers;
    gsize head_len;

    self->frame = *frame;
    self->done = 0;
    self->index = 0;
    if (offload->gso_size == 0 || !(offload->flags & HVN_OFFLOAD_NEEDS_CSUM))
        return FALSE;
    head_len = hvn_frame_copy(frame, 0, self->header, sizeof self->header);
    if (!hvn_layers_parse(self->header, head_len, frame->len, &layers))
        return FALSE;
    if (layers.fragment || layers.payload_offset == 0 || !hvn_segmenter_type_fits(offload->gso_type, &layers))
        return FALSE;
    if (offload->csum_start != layers.l4_offset || offload->csum_offset != hvn_segmenter_csum_at(self))
        return FALSE;

    self->header_len = layers.payload_offset;
    self->ip_offset = layers.ip_offset;
    self->l4_offset = layers.l4_offset;
    self->payload_len = layers.l4_offset + layers.l4_len - layers.payload_offset;
    return TRUE;
}

static void
hvn_segmenter_edit_ip(const HvnSegmenter *self, guint8 *header, gsize payload_len)
{
    guint8 *ip = header + self->ip_offset;
    gsize ip_len = self->header_len - self->ip_offset + payload_len;

    if (ip[0] >> 4 == 6) {
        hvn_store_be16(ip + 4, ip_len - 40);
        return;
    }
    hvn_store_be16(ip + 2, ip_len);
    hvn_store_be16(ip + 4, hvn_load_be16(ip + 4) + self->index);
    hvn_store_be16(ip + 10, 0);
    hvn_store_be16(ip + 10, ~hvn_checksum_fold(hvn_checksum_add(0, ip, (ip[0] & 15) * 4u)));
}

static void
hvn_segmenter_edit_l4(const HvnSegmenter *self, guint8 *header, gsize payload_len)
{
    guint8 *l4 = header + self->l4_offset;

    if (self->frame.offload.gso_type == HVN_GSO_UDP_L4) {
        hvn_store_be16(l4 + 4, 8 + payload_len);
        return;
    }
    hvn_store_be32(l4 + 4, hvn_load_be32(l4 + 4) + self->done);
    if (self->index > 0)
        l4[13] &= ~HVN_TCP_CWR;
    if (self->done + payload_len < self->payload_len)
        l4[13] &= ~(HVN_TCP_FIN | HVN_TCP_PSH);
}

/* stores the checksum, or the pseudo header's sum for a receiver that finishes it */
static void
hvn_segmenter_edit_csum(const HvnSegmenter *self, guint8 *header, gboolean finish, HvnFrame *segment)
{
    gboolean udp = self->frame.offload.gso_type == HVN_GSO_UDP_L4;
    guint version = header[self->ip_offset] >> 4;
    guint8 *csum = header + self->l4_offset + hvn_segmenter_csum_at(self);
    guint64 sum = hvn_checksum_pseudo(header + self->ip_offset, version, udp ? HVN_UDP : HVN_TCP, segment->len - self->l4_offset);
    guint16 value;

    hvn_store_be16(csum, hvn_checksum_fold(sum));
    segment->offload = (HvnOffload){
        .flags = HVN_OFFLOAD_NEEDS_CSUM,
        .csum_start = self->l4_offset,
        .csum_offset = hvn_segmenter_csum_at(self),
    };
    if (finish && hvn_checksum_finish(segment, &value)) {
        hvn_store_be16(csum, value);
        segment->offload = (HvnOffload){.flags = HVN_OFFLOAD_DATA_VALID};
    }
}

gboolean
hvn_segmenter_next(HvnSegmenter *self, guint8 *header, struct iovec *iov, guint n_iov, gboolean finish_csum, HvnFrame *segment)
{
    gsize len = MIN(self->payload_len - self->done, self->frame.offload.gso_size);
    guint n_pieces = 0;

    /* a frame without payload is one segment */
    if (n_iov < 2 || (len == 0 && self->index > 0))
        return FALSE;
    if (len > 0) {
        n_pieces = hvn_iov_slice(self->frame.iov, self->frame.n_iov, self->header_len + self->done, len, iov + 1, n_iov - 1);
        if (n_pieces == 0)
            return FALSE;
    }
    memcpy(header, self->header, self->header_len);
    iov[0] = (struct iovec){header, self->header_len};
    *segment = (HvnFrame){.iov = iov, .n_iov = n_pieces + 1, .len = self->header_len + len};

    hvn_segmenter_edit_ip(self, header, len);
    hvn_segmenter_edit_l4(self, header, len);
    hvn_segmenter_edit_csum(self, header, finish_csum, segment);
    self->done += len;
    self->index++;
    return TRUE;
}

void
hvn_segmenter_rewind(HvnSegmenter *self, guint n_segments)
{
    self->index -= MIN(n_segments, self->index);
    self->done = MIN((gsize)self->index * self->frame.offload.gso_size, self->payload_len);
}
