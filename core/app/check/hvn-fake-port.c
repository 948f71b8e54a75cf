/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The port that tests put at the other end of a link. Everything it is lent it copies, so a test looks at the bytes after the
 * sender has reused its memory. */
#include "hvn-fake-port.h"

typedef struct {
    GBytes    *bytes;
    HvnOffload offload;
    guint      n_iov;
} HvnFakeFrame;

struct _HvnFakePort {
    HvnPort  parent_instance;
    GArray  *frames;   /* of HvnFakeFrame */
    guint    n_frames; /* taken, recorded or not */
    guint    n_resumed;
    guint    capacity; /* G_MAXUINT for no limit */
    gboolean recording;
    guint  (*push_func)(HvnFakePort *, const HvnFrame *, guint, gpointer);
    gpointer push_data;
};

G_DEFINE_FINAL_TYPE(HvnFakePort, hvn_fake_port, HVN_TYPE_PORT)

static void
hvn_fake_port_record(HvnFakePort *self, const HvnFrame *frame)
{
    guint8 *data = g_malloc(frame->len);
    HvnFakeFrame copy = {.offload = frame->offload, .n_iov = frame->n_iov};

    /* a frame whose length is not that of its pieces is a mistake of the sender or of the link */
    g_assert_cmpuint(hvn_frame_copy(frame, 0, data, frame->len), ==, frame->len);
    g_assert_cmpuint(hvn_frame_copy(frame, frame->len, &(guint8){0}, 1), ==, 0);
    copy.bytes = g_bytes_new_take(data, frame->len);
    g_array_append_val(self->frames, copy);
}

static guint
hvn_fake_port_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnFakePort *self = HVN_FAKE_PORT(port);
    guint n = MIN(n_frames, self->capacity);

    if (self->push_func != NULL)
        return self->push_func(self, frames, n_frames, self->push_data);
    if (self->capacity != G_MAXUINT)
        self->capacity -= n;
    for (guint i = 0; self->recording && i < n; i++)
        hvn_fake_port_record(self, &frames[i]);
    self->n_frames += n;
    return n;
}

static void
hvn_fake_port_resume(HvnPort *port)
{
    HVN_FAKE_PORT(port)->n_resumed++;
}

HvnFakePort *
hvn_fake_port_new(HvnDispatcher *dispatcher, const char *name)
{
    HvnFakePort *self = g_object_new(HVN_TYPE_FAKE_PORT, "dispatcher", dispatcher, "name", name, NULL);

    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES);
    return self;
}

void
hvn_fake_port_set_capacity(HvnFakePort *self, guint n_frames)
{
    self->capacity = n_frames;
}

void
hvn_fake_port_set_recording(HvnFakePort *self, gboolean on)
{
    self->recording = on;
}

void
hvn_fake_port_set_push_func(HvnFakePort *self, guint (*func)(HvnFakePort *, const HvnFrame *, guint, gpointer), gpointer data)
{
    self->push_func = func;
    self->push_data = data;
}

guint
hvn_fake_port_get_n_frames(HvnFakePort *self)
{
    return self->n_frames;
}

static HvnFakeFrame *
hvn_fake_port_lookup(HvnFakePort *self, guint n)
{
    g_assert_cmpuint(n, <, self->frames->len);
    return &g_array_index(self->frames, HvnFakeFrame, n);
}

GBytes *
hvn_fake_port_get_frame(HvnFakePort *self, guint n)
{
    return hvn_fake_port_lookup(self, n)->bytes;
}

HvnOffload
hvn_fake_port_get_offload(HvnFakePort *self, guint n)
{
    return hvn_fake_port_lookup(self, n)->offload;
}

guint
hvn_fake_port_get_n_iov(HvnFakePort *self, guint n)
{
    return hvn_fake_port_lookup(self, n)->n_iov;
}

guint
hvn_fake_port_get_n_resumed(HvnFakePort *self)
{
    return self->n_resumed;
}

void
hvn_fake_port_clear(HvnFakePort *self)
{
    g_array_set_size(self->frames, 0);
    self->n_frames = 0;
    self->n_resumed = 0;
}

gboolean
hvn_fake_port_send_bytes(HvnFakePort *self, gconstpointer data, gsize len)
{
    struct iovec piece = {(gpointer)data, len};
    HvnFrame frame;

    hvn_frame_init(&frame, &piece, 1);
    return hvn_port_send(HVN_PORT(self), &frame, 1) == 1;
}

static void
hvn_fake_port_clear_frame(gpointer frame)
{
    g_bytes_unref(((HvnFakeFrame *)frame)->bytes);
}

static void
hvn_fake_port_finalize(GObject *object)
{
    g_array_unref(HVN_FAKE_PORT(object)->frames);

    G_OBJECT_CLASS(hvn_fake_port_parent_class)->finalize(object);
}

static void
hvn_fake_port_class_init(HvnFakePortClass *klass)
{
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);

    G_OBJECT_CLASS(klass)->finalize = hvn_fake_port_finalize;
    port_class->push = hvn_fake_port_push;
    port_class->resume = hvn_fake_port_resume;
}

static void
hvn_fake_port_init(HvnFakePort *self)
{
    self->frames = g_array_new(FALSE, FALSE, sizeof(HvnFakeFrame));
    g_array_set_clear_func(self->frames, hvn_fake_port_clear_frame);
    self->capacity = G_MAXUINT;
    self->recording = TRUE;
}
