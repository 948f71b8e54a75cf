/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames on their way from a device's transmitter back to its receiver:
 *
 *   tx run -> take: copies (segments, checksums finished) -> work, next iteration -> receiver
 *          <- full: descriptors stay                      <- receiver has no room: copies stay
 */
#include "hvn-loopback.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-iov.h"
#include "hvn-segment.h"

#define LOOPBACK_FRAMES_MAX 256
#define LOOPBACK_BYTES_MAX  (512 * 1024)

static gboolean
hvn_loopback_has_room(const HvnLoopback *self)
{
    return self->frames.length < LOOPBACK_FRAMES_MAX && self->n_bytes < LOOPBACK_BYTES_MAX;
}

static void
hvn_loopback_drop_first(HvnLoopback *self)
{
    GBytes *bytes = g_queue_pop_head(&self->frames);

    self->n_bytes -= g_bytes_get_size(bytes);
    g_bytes_unref(bytes);
}

static gboolean
hvn_loopback_run(gpointer data)
{
    HvnLoopback *self = data;
    struct iovec iov[HVN_BATCH_MAX];
    HvnFrame frames[HVN_BATCH_MAX];
    guint n = 0, taken;

    for (GList *l = self->frames.head; l != NULL && n < HVN_BATCH_MAX; l = l->next, n++) {
        gsize len;

        iov[n].iov_base = (gpointer)g_bytes_get_data(l->data, &len);
        iov[n].iov_len = len;
        frames[n] = (HvnFrame){.iov = &iov[n], .n_iov = 1, .len = len};
    }
    if (n == 0)
        return FALSE;
    taken = self->deliver(self->data, frames, n);
    for (guint i = 0; i < taken && self->frames.length > 0; i++)
        hvn_loopback_drop_first(self);
    if (taken > 0)
        self->room(self->data);
    return taken == n && self->frames.length > 0;
}

void
hvn_loopback_init(HvnLoopback *self, HvnDispatcher *dispatcher, HvnLoopbackDeliver deliver, HvnLoopbackRoom room, gpointer data)
{
    *self = (HvnLoopback){.min_len = HVN_FRAME_MIN, .deliver = deliver, .room = room, .data = data};
    g_queue_init(&self->frames);
    hvn_work_init(&self->work, dispatcher, hvn_loopback_run, self);
}

void
hvn_loopback_clear(HvnLoopback *self)
{
    hvn_work_cancel(&self->work);
    while (self->frames.length > 0)
        hvn_loopback_drop_first(self);
}

void
hvn_loopback_kick(HvnLoopback *self)
{
    if (self->frames.length > 0)
        hvn_work_schedule(&self->work);
}

/* copies one frame that needs no segmentation, finishes its checksum and pads it */
static void
hvn_loopback_copy(HvnLoopback *self, const HvnFrame *frame)
{
    gsize len = MAX(frame->len, self->min_len);
    guint8 *bytes;
    guint16 csum;

    if (!hvn_loopback_has_room(self)) {
        self->dropped++;
        return;
    }
    bytes = g_malloc0(len);
    hvn_iov_to_buf(frame->iov, frame->n_iov, 0, bytes, frame->len);
    if ((frame->offload.flags & HVN_OFFLOAD_NEEDS_CSUM) && hvn_checksum_finish(frame, &csum))
        hvn_store_be16(bytes + frame->offload.csum_start + frame->offload.csum_offset, csum);
    g_queue_push_tail(&self->frames, g_bytes_new_take(bytes, len));
    self->n_bytes += len;
}

static void
hvn_loopback_segment(HvnLoopback *self, const HvnFrame *frame)
{
    HvnSegmenter segmenter;
    guint8 header[HVN_SEGMENT_HEADER_MAX];
    struct iovec iov[HVN_FRAME_IOV_MAX];
    HvnFrame segment;

    if (!hvn_segmenter_init(&segmenter, frame))
        return;
    while (hvn_loopback_has_room(self) && hvn_segmenter_next(&segmenter, header, iov, G_N_ELEMENTS(iov), TRUE, &segment))
        hvn_loopback_copy(self, &segment);
}

guint
hvn_loopback_take(HvnLoopback *self, const HvnFrame *frames, guint n_frames)
{
    guint taken = 0;

    for (; taken < n_frames && hvn_loopback_has_room(self); taken++) {
        if (frames[taken].offload.gso_type != HVN_GSO_NONE)
            hvn_loopback_segment(self, &frames[taken]);
        else
            hvn_loopback_copy(self, &frames[taken]);
    }
    hvn_work_schedule(&self->work);
    return taken;
}
