/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Most frames pass unchanged. A TCP segment above the guest's MSS becomes one frame with gso_size; a datagram above the MTU is
 * fragmented; a SYN and what tells the MTU are edited in a copy. */
#include "hvn-user-output.h"

#include <string.h>

#include "hvn-user-shape.h"

#define MSS_WORTH_IT 256 /* libslirp itself makes segments for a guest with a smaller MSS */

void
hvn_user_output_init(HvnUserOutput *self, HvnFrameQueue *queue, HvnUserLarge *large, guint mtu, gboolean tell)
{
    memset(self, 0, sizeof *self);
    self->queue = queue;
    self->large = large;
    self->scratch = g_malloc(HVN_FRAME_LEN_MAX + HVN_USER_SHAPE_GROWTH);
    self->mtu = mtu;
    self->tell = tell;
    self->id = g_random_int();
}

void
hvn_user_output_clear(HvnUserOutput *self)
{
    g_clear_pointer(&self->scratch, g_free);
}

static void
hvn_user_output_emit(const guint8 *frame, gsize len, gpointer data)
{
    HvnUserOutput *self = data;

    hvn_frame_queue_push(self->queue, frame, len, NULL);
}

/* libslirp made the checksum whole */
static const HvnOffload hvn_user_output_valid = {.flags = HVN_OFFLOAD_DATA_VALID};

static void
hvn_user_output_tcp(HvnUserOutput *self, const guint8 *data, gsize len, const HvnLayers *layers)
{
    gsize payload = layers->l4_offset + layers->l4_len - layers->payload_offset;
    gboolean syn = hvn_user_tcp_is_syn(data, layers);
    HvnOffload offload = hvn_user_output_valid;
    guint mss;

    if (syn) {
        memcpy(self->scratch, data, len);
        hvn_user_large_syn_to_guest(self->large, self->scratch, layers);
        hvn_frame_queue_push(self->queue, self->scratch, len, &offload);
        return;
    }
    mss = payload > MSS_WORTH_IT ? hvn_user_large_get_mss(self->large, data, layers) : G_MAXUINT;
    if (payload > mss && mss >= MSS_WORTH_IT) {
        memcpy(self->scratch, data, len);
        hvn_user_large_make_gso(self->scratch, layers, mss, &offload);
        data = self->scratch;
    }
    hvn_frame_queue_push(self->queue, data, len, &offload);
}

void
hvn_user_output_frame(HvnUserOutput *self, const guint8 *data, gsize len)
{
    HvnLayers layers;

    if (len > HVN_FRAME_LEN_MAX || !hvn_layers_parse(data, len, len, &layers)) {
        hvn_frame_queue_push(self->queue, data, len, NULL);
        return;
    }
    if (layers.protocol == 6 && layers.payload_offset != 0 && self->large != NULL) {
        hvn_user_output_tcp(self, data, len, &layers);
    } else if (hvn_user_shape_advertises_mtu(data, len, &layers)) {
        memcpy(self->scratch, data, len);
        len = hvn_user_shape_advertise_mtu(self->scratch, len, &layers, self->mtu, self->tell);
        hvn_frame_queue_push(self->queue, self->scratch, len, NULL);
    } else if (len - layers.ip_offset > self->mtu && layers.protocol != 6) {
        if (!hvn_user_shape_fragment(data, &layers, self->mtu, self->id++, self->scratch, hvn_user_output_emit, self))
            self->dropped++;
    } else {
        hvn_frame_queue_push(self->queue, data, len, layers.l4_offset != 0 && !layers.fragment ? &hvn_user_output_valid : NULL);
    }
}

gboolean
hvn_user_output_is_congested(const HvnUserOutput *self)
{
    return hvn_frame_queue_get_bytes(self->queue) >= HVN_USER_QUEUE_BYTES / 2;
}
