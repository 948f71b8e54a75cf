/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames through a tap's descriptor: one readv() or writev() each, since the kernel has no call for several. HvnOffload has the names and
 * numbers of virtio, so the way from one to the other is short. */
#include "hvn-tap-frame.h"

#include <errno.h>
#include <string.h>

G_STATIC_ASSERT(sizeof(struct virtio_net_hdr) == 10);
G_STATIC_ASSERT((int)HVN_OFFLOAD_NEEDS_CSUM == VIRTIO_NET_HDR_F_NEEDS_CSUM);
G_STATIC_ASSERT((int)HVN_OFFLOAD_DATA_VALID == VIRTIO_NET_HDR_F_DATA_VALID);
G_STATIC_ASSERT((int)HVN_GSO_TCPV4 == VIRTIO_NET_HDR_GSO_TCPV4);
G_STATIC_ASSERT((int)HVN_GSO_TCPV6 == VIRTIO_NET_HDR_GSO_TCPV6);

void
hvn_tap_frame_store_header(const HvnFrame *frame, struct virtio_net_hdr *header)
{
    const HvnOffload *offload = &frame->offload;

    memset(header, 0, sizeof *header);
    if (offload->flags & HVN_OFFLOAD_NEEDS_CSUM) {
        header->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
        header->csum_start = offload->csum_start;
        header->csum_offset = offload->csum_offset;
    }
    if (offload->gso_type != HVN_GSO_NONE) {
        header->gso_type = offload->gso_type;
        header->gso_size = offload->gso_size;
        /* a hint to us, but the kernel refuses one beyond the frame */
        header->hdr_len = (guint16)MIN(offload->hdr_len, frame->len);
    }
}

void
hvn_tap_frame_load_header(const struct virtio_net_hdr *header, HvnOffload *offload)
{
    guint8 gso_type = header->gso_type & (guint8)~VIRTIO_NET_HDR_GSO_ECN;

    *offload = (HvnOffload){
        .flags = header->flags & (HVN_OFFLOAD_NEEDS_CSUM | HVN_OFFLOAD_DATA_VALID),
        .gso_type = gso_type,
        .hdr_len = header->hdr_len,
        .gso_size = header->gso_size,
        .csum_start = header->csum_start,
        .csum_offset = header->csum_offset,
    };
    if (gso_type == HVN_GSO_NONE)
        offload->gso_size = offload->hdr_len = 0;
    else if (gso_type != HVN_GSO_TCPV4 && gso_type != HVN_GSO_TCPV6 && gso_type != HVN_GSO_UDP_L4)
        *offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4};
}

static gssize
hvn_tap_frame_readv(int fd, const struct iovec *pieces, int n_pieces)
{
    gssize n;

    do {
        n = readv(fd, pieces, n_pieces);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? 0 : -1;
    if (n > 0)
        return n;
    /* the end of a file: no tap has one */
    errno = ENODEV;
    return -1;
}

gssize
hvn_tap_frame_read(int fd, gpointer buf, gsize size, HvnOffload *offload)
{
    struct virtio_net_hdr header;
    const struct iovec pieces[] = {{&header, sizeof header}, {buf, size}};
    gssize n = hvn_tap_frame_readv(fd, pieces, G_N_ELEMENTS(pieces));

    if (n <= 0)
        return n;
    if ((gsize)n <= sizeof header) {
        errno = EPROTO;
        return -1;
    }
    hvn_tap_frame_load_header(&header, offload);
    return n - (gssize)sizeof header;
}

gssize
hvn_tap_frame_read_plain(int fd, gpointer buf, gsize size, HvnOffload *offload)
{
    const struct iovec piece = {buf, size};

    return hvn_tap_frame_readv(fd, &piece, 1);
}

int
hvn_tap_frame_write(int fd, const HvnFrame *frame, gboolean with_header)
{
    struct virtio_net_hdr header;
    struct iovec pieces[HVN_FRAME_IOV_MAX + 1];
    const struct iovec *first = frame->iov;
    guint n_pieces = frame->n_iov;
    gssize n;

    if (with_header) {
        hvn_tap_frame_store_header(frame, &header);
        pieces[0] = (struct iovec){&header, sizeof header};
        memcpy(pieces + 1, frame->iov, frame->n_iov * sizeof *frame->iov);
        first = pieces;
        n_pieces++;
    }
    do {
        n = writev(fd, first, (int)n_pieces);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? errno : 0;
}
