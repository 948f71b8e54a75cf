/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An Ethernet frame as it is lent from one port to another: pieces of memory and the work that is left to do. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

#define HVN_BATCH_MAX 64 /* frames in one call */

#define HVN_ETHER_HEADER_LEN 14
#define HVN_FRAME_MIN        60    /* shortest frame on the medium, without the FCS (IEEE 802.3, 4.4.2) */
#define HVN_FRAME_LEN_MAX    65553 /* 14 + 4 (one VLAN tag) + 65535 (largest IP datagram) */
#define HVN_FRAME_IOV_MAX    256   /* pieces of one frame */

/**
 * HvnOffloadFlags:
 * @HVN_OFFLOAD_NEEDS_CSUM: the Internet checksum from csum_start to the end goes to csum_start + csum_offset,
 *   where the sum of the pseudo header stands already
 * @HVN_OFFLOAD_DATA_VALID: the TCP or UDP checksum was verified, or was made by us; a receiver need not look
 *
 * As VIRTIO_NET_HDR_F_* (VIRTIO 1.2, 5.1.6).
 */
typedef enum {
    HVN_OFFLOAD_NEEDS_CSUM = 1 << 0,
    HVN_OFFLOAD_DATA_VALID = 1 << 1,
} HvnOffloadFlags;

/**
 * HvnGsoType:
 * @HVN_GSO_NONE: the frame is one frame
 * @HVN_GSO_TCPV4: to be cut into TCP segments over IPv4
 * @HVN_GSO_TCPV6: to be cut into TCP segments over IPv6
 * @HVN_GSO_UDP_L4: to be cut into UDP datagrams
 *
 * As VIRTIO_NET_HDR_GSO_* (VIRTIO 1.2, 5.1.6). A frame with a GSO type has %HVN_OFFLOAD_NEEDS_CSUM set, the IP
 * length fields and the IPv4 header checksum of the whole frame, and the pseudo header's sum over the whole.
 */
typedef enum {
    HVN_GSO_NONE = 0,
    HVN_GSO_TCPV4 = 1,
    HVN_GSO_TCPV6 = 4,
    HVN_GSO_UDP_L4 = 5,
} HvnGsoType;

/**
 * HvnOffload:
 * @flags: #HvnOffloadFlags
 * @gso_type: #HvnGsoType
 * @hdr_len: bytes of Ethernet, IP and TCP or UDP header; a hint, the receiver parses for itself
 * @gso_size: payload bytes of each segment, not 0 when @gso_type is set
 * @csum_start: where the sum starts, in bytes from the start of the frame
 * @csum_offset: where the sum goes, in bytes from @csum_start
 *
 * Work left to do, in host byte order; all zero means none.
 */
typedef struct {
    guint8  flags;
    guint8  gso_type;
    guint16 hdr_len;
    guint16 gso_size;
    guint16 csum_start;
    guint16 csum_offset;
} HvnOffload;

/**
 * HvnFrame:
 * @iov: (array length=n_iov): the frame's bytes: no FCS, no virtio header
 * @n_iov: pieces, 1 to %HVN_FRAME_IOV_MAX
 * @len: bytes in all pieces
 * @offload: work left to do
 *
 * Lent and const for the length of a call.
 */
typedef struct {
    const struct iovec *iov;
    guint               n_iov;
    gsize               len;
    HvnOffload          offload;
} HvnFrame;

/**
 * HvnPortFeatures:
 * @HVN_PORT_CSUM: push() takes frames with %HVN_OFFLOAD_NEEDS_CSUM
 * @HVN_PORT_TSO4: push() takes frames with %HVN_GSO_TCPV4
 * @HVN_PORT_TSO6: push() takes frames with %HVN_GSO_TCPV6
 * @HVN_PORT_USO: push() takes frames with %HVN_GSO_UDP_L4
 * @HVN_PORT_SHORT_FRAMES: push() takes frames below 60 bytes; the link pads for all others
 *
 * What a port can take in its push(). The link does what the port cannot.
 */
typedef enum {
    HVN_PORT_CSUM = 1 << 0,
    HVN_PORT_TSO4 = 1 << 1,
    HVN_PORT_TSO6 = 1 << 2,
    HVN_PORT_USO = 1 << 3,
    HVN_PORT_SHORT_FRAMES = 1 << 4,
} HvnPortFeatures;

/**
 * hvn_frame_init:
 * @self: (out caller-allocates): the frame
 * @iov: (array length=n_iov): its pieces, which must outlive @self
 * @n_iov: how many
 *
 * Fills @self with the pieces, their total length and no offload.
 */
void
hvn_frame_init(HvnFrame *self, const struct iovec *iov, guint n_iov);

/**
 * hvn_frame_copy:
 * @self: the frame
 * @offset: bytes to pass over first
 * @buf: (out caller-allocates): room for @len bytes
 * @len: bytes wanted
 *
 * Returns: bytes copied, fewer than @len where the frame ends first
 */
gsize
hvn_frame_copy(const HvnFrame *self, gsize offset, gpointer buf, gsize len);

/**
 * hvn_offload_needs:
 * @self: work left to do
 *
 * Returns: the #HvnPortFeatures that a port needs to take the frame as it is
 */
guint
hvn_offload_needs(const HvnOffload *self);

/**
 * hvn_offload_shift:
 * @self: work left to do
 * @n: bytes that were put in front of the network header
 *
 * Moves the offsets along.
 */
void
hvn_offload_shift(HvnOffload *self, guint n);

G_END_DECLS
