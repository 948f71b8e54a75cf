/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libslirp verifies every checksum, so one that was left to do is finished here. A segmentation offload needs no work: libslirp
 * takes a TCP segment of any length, but for IPv6 above its MTU. */
#include "hvn-user-input.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-segment.h"

#define ETHER_TYPE_ARP 0x0806
#define PROTOCOL_ICMP6 58

void
hvn_user_input_init(HvnUserInput *self, Slirp *slirp, HvnUserLarge *large)
{
    memset(self, 0, sizeof *self);
    self->slirp = slirp;
    self->large = large;
    self->fragments = hvn_user_fragments_new();
    self->scratch = g_malloc(HVN_FRAME_LEN_MAX);
}

void
hvn_user_input_clear(HvnUserInput *self)
{
    g_clear_pointer(&self->fragments, hvn_user_fragments_free);
    g_clear_pointer(&self->scratch, g_free);
    self->slirp = NULL;
}

/* stores the checksum that was left to do in the copy of the frame */
static gboolean
hvn_user_input_finish(HvnUserInput *self, const HvnFrame *frame)
{
    const struct iovec piece = {self->scratch, frame->len};
    HvnFrame linear;
    guint16 value;

    hvn_frame_init(&linear, &piece, 1);
    linear.offload = frame->offload;
    if (!hvn_checksum_finish(&linear, &value))
        return FALSE;
    hvn_store_be16(self->scratch + frame->offload.csum_start + frame->offload.csum_offset, value);
    return TRUE;
}

/* an IPv6 packet above libslirp's MTU would be answered with Packet Too Big: it goes in cut, into as few pieces as fit */
static void
hvn_user_input_segments(HvnUserInput *self, const HvnFrame *frame, gsize header_len)
{
    guint8 header[HVN_SEGMENT_HEADER_MAX];
    struct iovec pieces[HVN_FRAME_IOV_MAX];
    HvnFrame whole = *frame, segment;
    HvnSegmenter segmenter;

    whole.offload.gso_size = (guint16)(HVN_USER_LARGE_MTU - header_len);
    if (!hvn_segmenter_init(&segmenter, &whole)) {
        self->dropped++;
        return;
    }
    while (hvn_segmenter_next(&segmenter, header, pieces, G_N_ELEMENTS(pieces), TRUE, &segment)) {
        hvn_frame_copy(&segment, 0, self->scratch, segment.len);
        slirp_input(self->slirp, self->scratch, (int)segment.len);
    }
}

/* whether the frame may tell libslirp where the guest is */
static gboolean
hvn_user_input_is_neighbour(const guint8 *frame, gsize len, const HvnLayers *layers)
{
    return (len >= HVN_ETHER_HEADER_LEN && hvn_load_be16(frame + 12) == ETHER_TYPE_ARP) ||
           (layers->ip_version == 6 && layers->protocol == PROTOCOL_ICMP6);
}

/* the datagram that is complete with this fragment. Its header is looked at here, so it must not change any more */
static const guint8 *
hvn_user_input_fragment(HvnUserInput *self, const HvnFrame *frame, const guint8 *data, gsize *len)
{
    if (data != self->scratch)
        hvn_frame_copy(frame, 0, self->scratch, frame->len);
    return hvn_user_fragments_add(self->fragments, self->scratch, frame->len, g_get_monotonic_time(), len);
}

void
hvn_user_input_frame(HvnUserInput *self, const HvnFrame *frame)
{
    gboolean partial = (frame->offload.flags & HVN_OFFLOAD_NEEDS_CSUM) != 0, syn;
    gboolean copied = partial || frame->n_iov != 1;
    const guint8 *data = frame->iov[0].iov_base;
    gsize len = frame->len;
    HvnLayers layers;

    if (frame->len > HVN_FRAME_LEN_MAX) {
        self->dropped++;
        return;
    }
    if (copied) {
        hvn_frame_copy(frame, 0, self->scratch, frame->len);
        data = self->scratch;
    }
    syn = hvn_layers_parse(data, frame->len, frame->len, &layers) && hvn_user_tcp_is_syn(data, &layers);
    if (frame->offload.gso_type != HVN_GSO_NONE && layers.ip_version == 6 && layers.payload_offset != 0 &&
        frame->len - layers.ip_offset > HVN_USER_LARGE_MTU) {
        hvn_user_input_segments(self, frame, layers.payload_offset - layers.ip_offset);
        return;
    }
    if (syn && self->large != NULL) {
        if (!copied)
            memcpy(self->scratch, data, frame->len);
        data = self->scratch;
        hvn_user_large_from_guest(self->large, self->scratch, &layers, !partial);
    }
    if (partial && !hvn_user_input_finish(self, frame)) {
        self->dropped++;
        return;
    }
    if (hvn_user_fragments_is_one(&layers)) {
        data = hvn_user_input_fragment(self, frame, data, &len);
        if (data == NULL)
            return;
    }
    slirp_input(self->slirp, data, (int)len);
    self->saw_syn |= syn;
    self->saw_neighbour |= hvn_user_input_is_neighbour(data, len, &layers);
}
