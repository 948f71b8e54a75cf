/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames between a read from the host and the NIC. The source's own buffer is the queue; this is only what was read and not
 * taken. */
#include "hvn-batch.h"

struct _HvnBatch {
    gsize        frame_size;            /* bytes of room for each frame */
    guint        first;                 /* frames before this one are sent */
    guint        n_frames;              /* frames in all; none are held when first reaches it */
    gboolean     flushing;              /* hvn_port_send() runs now and has the frames on loan */
    HvnFrame     frames[HVN_BATCH_MAX];
    struct iovec pieces[HVN_BATCH_MAX]; /* one for each frame */
    guint8      *memory;                /* owned; frame_size for each frame */
};

HvnBatch *
hvn_batch_new(gsize frame_size)
{
    HvnBatch *self;

    g_return_val_if_fail(frame_size > 0, NULL);

    self = g_new0(HvnBatch, 1);
    self->frame_size = frame_size;
    self->memory = g_malloc_n(HVN_BATCH_MAX, frame_size);
    return self;
}

void
hvn_batch_free(HvnBatch *self)
{
    if (self == NULL)
        return;
    g_free(self->memory);
    g_free(self);
}

gboolean
hvn_batch_fill(HvnBatch *self, int fd, HvnBatchReadFunc read)
{
    g_return_val_if_fail(self != NULL, FALSE);
    g_return_val_if_fail(read != NULL, FALSE);

    if (self->first < self->n_frames || self->flushing)
        return TRUE;
    self->first = 0;
    for (self->n_frames = 0; self->n_frames < HVN_BATCH_MAX; self->n_frames++) {
        guint8 *buf = self->memory + self->n_frames * self->frame_size;
        HvnOffload offload = {0};
        gssize len = read(fd, buf, self->frame_size, &offload);

        if (len <= 0)
            return len == 0;
        g_return_val_if_fail((gsize)len <= self->frame_size, FALSE);
        self->pieces[self->n_frames] = (struct iovec){buf, len};
        self->frames[self->n_frames] = (HvnFrame){
            .iov = &self->pieces[self->n_frames],
            .n_iov = 1,
            .len = len,
            .offload = offload,
        };
    }
    return TRUE;
}

gboolean
hvn_batch_flush(HvnBatch *self, HvnPort *port)
{
    g_return_val_if_fail(self != NULL, TRUE);

    if (self->first < self->n_frames && !self->flushing) {
        guint taken;

        self->flushing = TRUE;
        taken = hvn_port_send(port, self->frames + self->first, self->n_frames - self->first);
        self->flushing = FALSE;
        self->first += taken;
    }
    return self->first == self->n_frames;
}

guint
hvn_batch_get_held(const HvnBatch *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->n_frames - self->first;
}
