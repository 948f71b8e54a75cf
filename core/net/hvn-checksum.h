/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Internet checksum (RFC 1071) over bytes, pieces and pseudo headers, and a parser that finds the layers of a frame.
 * Sums are kept unfolded in 64 bits and folded once. */
#pragma once

#include "hvn-frame.h"

G_BEGIN_DECLS

/**
 * hvn_checksum_add:
 * @sum: sum so far, 0 to begin
 * @data: bytes that start at an even offset of what is summed
 * @len: how many
 *
 * Returns: the sum of 16-bit words in network order, not folded, not complemented
 */
guint64
hvn_checksum_add(guint64 sum, gconstpointer data, gsize len);

/**
 * hvn_checksum_iov:
 * @sum: sum so far
 * @iov: (array length=n_iov): pieces, each of any length and alignment
 * @n_iov: how many
 * @offset: where to start, in bytes from the start of the pieces
 * @len: how many bytes
 *
 * Returns: the sum, as hvn_checksum_add()
 */
guint64
hvn_checksum_iov(guint64 sum, const struct iovec *iov, guint n_iov, gsize offset, gsize len);

/**
 * hvn_checksum_fold:
 * @sum: a sum
 *
 * Returns: the sum folded into 16 bits, in host order, not complemented
 */
guint16
hvn_checksum_fold(guint64 sum);

/**
 * hvn_checksum_pseudo:
 * @ip: the IP header: 20 bytes or more for version 4, 40 for version 6
 * @version: 4 or 6
 * @protocol: 6 for TCP, 17 for UDP, 58 for ICMPv6
 * @length: bytes of TCP or UDP header and payload
 *
 * Returns: the sum of the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1), as hvn_checksum_add()
 */
guint64
hvn_checksum_pseudo(const guint8 *ip, guint version, guint8 protocol, guint32 length);

/**
 * hvn_checksum_prepare:
 * @ip: an IP header and behind it the TCP or UDP header, edited
 * @version: 4 or 6
 * @protocol: 6 for TCP, 17 for UDP
 * @header_len: bytes of the IP header
 * @ip_len: bytes of the whole packet, header included
 *
 * Makes the headers those of a large packet that is left to be cut, or summed up: lengths, the IPv4 header checksum, and the sum of the
 * pseudo header where %HVN_OFFLOAD_NEEDS_CSUM expects it.
 */
void
hvn_checksum_prepare(guint8 *ip, guint version, guint8 protocol, gsize header_len, gsize ip_len);

/**
 * HvnLayers:
 * @n_vlan: VLAN tags, 0 to 2
 * @ip_version: 4, 6, or 0 when the frame is not IP
 * @ip_offset: where the IP header starts
 * @protocol: 6 TCP, 17 UDP, 58 ICMPv6 ..., 0 when unknown
 * @fragment: the packet is a fragment: no TCP or UDP checksum can be verified
 * @l4_offset: where the TCP or UDP header starts, 0 when there is none
 * @l4_len: bytes of TCP or UDP header and payload by the IP header
 * @payload_offset: where TCP or UDP payload starts, 0 when the header is not whole
 *
 * Where the layers of a frame are. Every offset lies within the bytes that were looked at.
 */
typedef struct {
    guint8   n_vlan;
    guint8   ip_version;
    guint8   protocol;
    gboolean fragment;
    gsize    ip_offset;
    gsize    l4_offset;
    gsize    l4_len;
    gsize    payload_offset;
} HvnLayers;

/**
 * hvn_layers_parse:
 * @head: the first bytes of a frame
 * @head_len: how many of them, up to 256 are looked at
 * @frame_len: bytes of the whole frame
 * @layers: (out caller-allocates): what was found
 *
 * Finds IPv4 (with options) and IPv6 (with at most 8 extension headers) behind up to two VLAN tags, and TCP or UDP.
 *
 * Returns: whether the frame is IP with a whole IP header whose lengths fit the frame
 */
gboolean
hvn_layers_parse(const guint8 *head, gsize head_len, gsize frame_len, HvnLayers *layers);

/**
 * hvn_checksum_verify:
 * @frame: a frame without work left to do
 * @layers: its layers
 * @ip_ok: (out): whether the IPv4 header checksum is right; %TRUE for IPv6
 * @l4_ok: (out): whether the TCP or UDP checksum is right; %TRUE for UDP over IPv4 with checksum 0
 *
 * Returns: whether @l4_ok says anything (TCP or UDP, not a fragment, whole)
 */
gboolean
hvn_checksum_verify(const HvnFrame *frame, const HvnLayers *layers, gboolean *ip_ok, gboolean *l4_ok);

/**
 * hvn_checksum_finish:
 * @frame: a frame with %HVN_OFFLOAD_NEEDS_CSUM
 * @value: (out): the checksum, in host order, to be stored big-endian at csum_start + csum_offset
 *
 * Returns: %FALSE when the offsets do not fit the frame
 */
gboolean
hvn_checksum_finish(const HvnFrame *frame, guint16 *value);

G_END_DECLS
