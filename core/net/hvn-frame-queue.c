/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bounded queue of a source that cannot pause. Each frame is one allocation of its own size, so a queue of small frames
 * is small whatever its limit. */
#include "hvn-frame-queue.h"

#include <string.h>

typedef struct {
    GList      node; /* in the queue */
    HvnOffload offload;
    gsize      len;
    guint8     data[];
} HvnQueuedFrame;

struct _HvnFrameQueue {
    GQueue   frames;    /* of HvnQueuedFrame, owned */
    gsize    max_bytes;
    gsize    bytes;     /* that wait */
    guint64  dropped;   /* frames that found no room */
    gboolean flushing;  /* hvn_port_send() runs now and has the first frames on loan */
};

HvnFrameQueue *
hvn_frame_queue_new(gsize max_bytes)
{
    HvnFrameQueue *self;

    g_return_val_if_fail(max_bytes > 0, NULL);

    self = g_new0(HvnFrameQueue, 1);
    self->max_bytes = max_bytes;
    g_queue_init(&self->frames);
    return self;
}

void
hvn_frame_queue_free(HvnFrameQueue *self)
{
    if (self == NULL)
        return;
    hvn_frame_queue_clear(self);
    g_free(self);
}

gboolean
hvn_frame_queue_push(HvnFrameQueue *self, gconstpointer data, gsize len, const HvnOffload *offload)
{
    HvnQueuedFrame *frame;

    g_return_val_if_fail(self != NULL, FALSE);

    /* what is no frame would be dropped by the link; here it would also escape the limit in bytes */
    if (len < HVN_ETHER_HEADER_LEN || len > HVN_FRAME_LEN_MAX || len > self->max_bytes - self->bytes) {
        self->dropped++;
        return FALSE;
    }
    frame = g_malloc(sizeof *frame + len);
    frame->node = (GList){.data = frame};
    frame->offload = offload != NULL ? *offload : (HvnOffload){0};
    frame->len = len;
    memcpy(frame->data, data, len);
    g_queue_push_tail_link(&self->frames, &frame->node);
    self->bytes += len;
    return TRUE;
}

static void
hvn_frame_queue_pop(HvnFrameQueue *self, guint n_frames)
{
    while (n_frames-- > 0) {
        HvnQueuedFrame *frame = g_queue_pop_head_link(&self->frames)->data;

        self->bytes -= frame->len;
        g_free(frame);
    }
}

/* sends up to one batch; TRUE when the peer took all that was offered */
static gboolean
hvn_frame_queue_flush_batch(HvnFrameQueue *self, HvnPort *port)
{
    HvnFrame frames[HVN_BATCH_MAX];
    struct iovec pieces[HVN_BATCH_MAX];
    guint n_frames = 0;
    guint taken;

    for (GList *node = self->frames.head; node != NULL && n_frames < HVN_BATCH_MAX; node = node->next) {
        HvnQueuedFrame *frame = node->data;

        pieces[n_frames] = (struct iovec){frame->data, frame->len};
        frames[n_frames] = (HvnFrame){.iov = &pieces[n_frames], .n_iov = 1, .len = frame->len, .offload = frame->offload};
        n_frames++;
    }
    self->flushing = TRUE;
    taken = hvn_port_send(port, frames, n_frames);
    self->flushing = FALSE;
    hvn_frame_queue_pop(self, taken);
    return taken == n_frames;
}

gboolean
hvn_frame_queue_flush(HvnFrameQueue *self, HvnPort *port, guint max_batches)
{
    g_return_val_if_fail(self != NULL, TRUE);

    if (self->flushing)
        return TRUE;
    for (guint i = 0; i < max_batches && self->frames.length > 0; i++) {
        if (!hvn_frame_queue_flush_batch(self, port))
            return FALSE;
    }
    return TRUE;
}

void
hvn_frame_queue_clear(HvnFrameQueue *self)
{
    g_return_if_fail(self != NULL);
    g_return_if_fail(!self->flushing);

    hvn_frame_queue_pop(self, self->frames.length);
}

gsize
hvn_frame_queue_get_bytes(const HvnFrameQueue *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->bytes;
}

gsize
hvn_frame_queue_get_room(const HvnFrameQueue *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->max_bytes - self->bytes;
}

guint64
hvn_frame_queue_get_dropped(const HvnFrameQueue *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->dropped;
}
