/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cuts a frame with a GSO type into frames of gso_size payload bytes: headers are copied and edited, payload is lent on. */
#pragma once

#include "hvn-frame.h"

G_BEGIN_DECLS

#define HVN_SEGMENT_HEADER_MAX 256

/**
 * HvnSegmenter:
 *
 * The state of one frame that is being cut. Embedded by value; the fields are private.
 */
typedef struct {
    HvnFrame frame;                          /* what is cut; its pieces must outlive the segmenter */
    guint8   header[HVN_SEGMENT_HEADER_MAX]; /* Ethernet, IP and TCP or UDP header, loaded once */
    gsize    header_len;
    gsize    ip_offset;
    gsize    l4_offset;
    gsize    payload_len; /* bytes of payload in all */
    gsize    done;        /* of these, already in segments */
    guint    index;       /* number of the next segment */
} HvnSegmenter;

/**
 * hvn_segmenter_init:
 * @self: (out caller-allocates): the segmenter
 * @frame: a frame with a GSO type
 *
 * Loads and checks the headers.
 *
 * Returns: %FALSE when the headers do not fit the frame or the GSO type, or gso_size is 0
 */
gboolean
hvn_segmenter_init(HvnSegmenter *self, const HvnFrame *frame);

/**
 * hvn_segmenter_next:
 * @self: the segmenter
 * @header: (out caller-allocates): room for %HVN_SEGMENT_HEADER_MAX bytes, which @segment points into
 * @iov: (out caller-allocates) (array length=n_iov): room for the pieces, which @segment points into
 * @n_iov: room, 2 or more
 * @finish_csum: whether to store the whole checksum; otherwise %HVN_OFFLOAD_NEEDS_CSUM is left on the segment
 * @segment: (out caller-allocates): the next segment
 *
 * Makes the next segment: IPv4 identification and length and header checksum, TCP sequence number and flags (FIN and PSH on the
 * last, CWR on the first), UDP length and the checksum.
 *
 * Returns: %FALSE when there are no more, or a segment needs more than @n_iov pieces
 */
gboolean
hvn_segmenter_next(HvnSegmenter *self, guint8 *header, struct iovec *iov, guint n_iov, gboolean finish_csum, HvnFrame *segment);

/**
 * hvn_segmenter_rewind:
 * @self: the segmenter
 * @n_segments: how many of the segments made last were not taken
 *
 * Goes back, so that they are made again.
 */
void
hvn_segmenter_rewind(HvnSegmenter *self, guint n_segments);

G_END_DECLS
