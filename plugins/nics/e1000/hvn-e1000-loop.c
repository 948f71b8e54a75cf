/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback, in the PHY (BMCR) or in the MAC (RCTL.LBM): what the transmitter sends comes back to the receiver. The
 * transmitter leaves copies in a bounded queue and a work of its own takes them to the receiver later, so that neither
 * ever runs inside the other.
 *
 *   tx run -> copies (segments, checksums finished) -> work, next iteration -> receiver
 *          <- full: descriptors stay                <- receiver has no descriptors: copies stay
 */
#include "hvn-checksum.h"
#include "hvn-e1000-nic.h"
#include "hvn-iov.h"
#include "hvn-segment.h"

#define LOOP_FRAMES_MAX 256
#define LOOP_BYTES_MAX  (512 * 1024)

static gboolean
hvn_e1000_loop_has_room(const HvnE1000Loop *loop)
{
    return loop->frames.length < LOOP_FRAMES_MAX && loop->n_bytes < LOOP_BYTES_MAX;
}

static void
hvn_e1000_loop_drop_first(HvnE1000Loop *loop)
{
    GBytes *bytes = g_queue_pop_head(&loop->frames);

    loop->n_bytes -= g_bytes_get_size(bytes);
    g_bytes_unref(bytes);
}

static gboolean
hvn_e1000_loop_run(gpointer data)
{
    HvnE1000Nic *self = data;
    HvnE1000Loop *loop = &self->loop;
    struct iovec iov[HVN_BATCH_MAX];
    HvnFrame frames[HVN_BATCH_MAX];
    guint n = 0, taken;

    for (GList *l = loop->frames.head; l != NULL && n < HVN_BATCH_MAX; l = l->next, n++) {
        gsize len;

        iov[n].iov_base = (gpointer)g_bytes_get_data(l->data, &len);
        iov[n].iov_len = len;
        frames[n] = (HvnFrame){.iov = &iov[n], .n_iov = 1, .len = len};
    }
    if (n == 0)
        return FALSE;
    taken = hvn_e1000_rx_deliver(self, frames, n);
    for (guint i = 0; i < taken; i++)
        hvn_e1000_loop_drop_first(loop);
    if (taken > 0) {
        self->tx.held = FALSE;
        hvn_work_schedule(&self->tx.work);
    }
    return taken == n && loop->frames.length > 0;
}

void
hvn_e1000_loop_init(HvnE1000Nic *self)
{
    g_queue_init(&self->loop.frames);
    hvn_work_init(&self->loop.work, hvn_port_get_dispatcher((HvnPort *)self), hvn_e1000_loop_run, self);
}

void
hvn_e1000_loop_clear(HvnE1000Nic *self)
{
    hvn_work_cancel(&self->loop.work);
    while (self->loop.frames.length > 0)
        hvn_e1000_loop_drop_first(&self->loop);
}

/* copies one frame that needs no segmentation, finishes its checksum and pads it */
static void
hvn_e1000_loop_copy(HvnE1000Nic *self, const HvnFrame *frame)
{
    HvnE1000Loop *loop = &self->loop;
    gsize len = MAX(frame->len, HVN_FRAME_MIN);
    guint8 *bytes;
    guint16 csum;

    if (!hvn_e1000_loop_has_room(loop)) {
        loop->dropped++;
        return;
    }
    bytes = g_malloc0(len);
    hvn_iov_to_buf(frame->iov, frame->n_iov, 0, bytes, frame->len);
    if ((frame->offload.flags & HVN_OFFLOAD_NEEDS_CSUM) && hvn_checksum_finish(frame, &csum))
        hvn_store_be16(bytes + frame->offload.csum_start + frame->offload.csum_offset, csum);
    g_queue_push_tail(&loop->frames, g_bytes_new_take(bytes, len));
    loop->n_bytes += len;
}

static void
hvn_e1000_loop_segment(HvnE1000Nic *self, const HvnFrame *frame)
{
    HvnSegmenter segmenter;
    guint8 header[HVN_SEGMENT_HEADER_MAX];
    struct iovec iov[HVN_FRAME_IOV_MAX];
    HvnFrame segment;

    if (!hvn_segmenter_init(&segmenter, frame))
        return;
    while (hvn_e1000_loop_has_room(&self->loop) && hvn_segmenter_next(&segmenter, header, iov, G_N_ELEMENTS(iov), TRUE, &segment))
        hvn_e1000_loop_copy(self, &segment);
}

/* takes frames from the transmitter while there is room; what is not taken stays in the ring, as with a peer */
guint
hvn_e1000_loop_take(HvnE1000Nic *self, const HvnFrame *frames, guint n_frames)
{
    guint taken = 0;

    for (; taken < n_frames && hvn_e1000_loop_has_room(&self->loop); taken++) {
        if (frames[taken].offload.gso_type != HVN_GSO_NONE)
            hvn_e1000_loop_segment(self, &frames[taken]);
        else
            hvn_e1000_loop_copy(self, &frames[taken]);
    }
    hvn_work_schedule(&self->loop.work);
    return taken;
}
