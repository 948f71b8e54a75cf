/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* struct virtio_net_hdr (VIRTIO 1.2, 5.1.6) as the work that is left to do on a frame, and back. */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"

/* the feature that a driver must have negotiated to send a type of segmentation */
static guint64
hvn_virtio_net_header_gso_feature(guint8 gso_type)
{
    switch (gso_type) {
    case HVN_VIRTIO_NET_HDR_GSO_TCPV4:
        return HVN_VIRTIO_NET_F_HOST_TSO4;
    case HVN_VIRTIO_NET_HDR_GSO_TCPV6:
        return HVN_VIRTIO_NET_F_HOST_TSO6;
    case HVN_VIRTIO_NET_HDR_GSO_UDP_L4:
        return HVN_VIRTIO_NET_F_HOST_USO;
    default:
        return 0;
    }
}

gboolean
hvn_virtio_net_header_load(const guint8 *header, gsize frame_len, guint64 features, HvnOffload *offload)
{
    guint8 flags = header[HVN_VIRTIO_NET_HDR_FLAGS];
    guint8 gso_type = header[HVN_VIRTIO_NET_HDR_GSO_TYPE];

    memset(offload, 0, sizeof *offload);
    if ((flags & HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
        return gso_type == HVN_VIRTIO_NET_HDR_GSO_NONE; /* segments cannot be made without checksums */
    offload->flags = HVN_OFFLOAD_NEEDS_CSUM;
    offload->csum_start = hvn_load_le16(header + HVN_VIRTIO_NET_HDR_CSUM_START);
    offload->csum_offset = hvn_load_le16(header + HVN_VIRTIO_NET_HDR_CSUM_OFFSET);
    if (!(features & HVN_VIRTIO_NET_F_CSUM) || (gsize)offload->csum_start + offload->csum_offset + 2 > frame_len)
        return FALSE;
    if (gso_type == HVN_VIRTIO_NET_HDR_GSO_NONE)
        return TRUE;
    offload->gso_type = gso_type;
    offload->gso_size = hvn_load_le16(header + HVN_VIRTIO_NET_HDR_GSO_SIZE);
    offload->hdr_len = hvn_load_le16(header + HVN_VIRTIO_NET_HDR_HDR_LEN);
    /* ECN segmentation is not offered, so that bit is a mistake too */
    return offload->gso_size > 0 && (features & hvn_virtio_net_header_gso_feature(gso_type)) != 0;
}

/* Ethernet, IP and TCP or UDP header: a driver keeps that much in one piece, so it has to be right (5.1.6.4.1) */
static guint16
hvn_virtio_net_header_len(const HvnFrame *frame)
{
    guint8 offset;

    if (frame->offload.gso_type == HVN_GSO_UDP_L4)
        return frame->offload.csum_start + 8;
    if (hvn_frame_copy(frame, (gsize)frame->offload.csum_start + 12, &offset, 1) != 1)
        return frame->offload.hdr_len;
    return frame->offload.csum_start + (offset >> 4) * 4;
}

void
hvn_virtio_net_header_store(guint8 *header, const HvnFrame *frame, guint64 guest_offloads)
{
    const HvnOffload *offload = &frame->offload;

    memset(header, 0, HVN_VIRTIO_NET_HDR_LEN);
    if (G_LIKELY((offload->flags | offload->gso_type) == 0))
        return;
    if (offload->flags & HVN_OFFLOAD_NEEDS_CSUM) {
        header[HVN_VIRTIO_NET_HDR_FLAGS] = HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM;
        hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_START, offload->csum_start);
        hvn_store_le16(header + HVN_VIRTIO_NET_HDR_CSUM_OFFSET, offload->csum_offset);
    } else if (guest_offloads & HVN_VIRTIO_NET_F_GUEST_CSUM) {
        header[HVN_VIRTIO_NET_HDR_FLAGS] = HVN_VIRTIO_NET_HDR_F_DATA_VALID;
    }
    if (offload->gso_type != HVN_GSO_NONE) {
        header[HVN_VIRTIO_NET_HDR_GSO_TYPE] = offload->gso_type;
        hvn_store_le16(header + HVN_VIRTIO_NET_HDR_HDR_LEN, hvn_virtio_net_header_len(frame));
        hvn_store_le16(header + HVN_VIRTIO_NET_HDR_GSO_SIZE, offload->gso_size);
    }
}

void
hvn_virtio_net_header_store_hash(guint8 *header, const HvnVirtioNetHash *hash)
{
    hvn_store_le32(header + HVN_VIRTIO_NET_HDR_HASH_VALUE, hash->value);
    hvn_store_le16(header + HVN_VIRTIO_NET_HDR_HASH_REPORT, hash->report);
    hvn_store_le16(header + HVN_VIRTIO_NET_HDR_HASH_REPORT + 2, 0);
}
