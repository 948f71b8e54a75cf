/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback: copies go round in order and only from the dispatcher, a receiver without room holds them, the queue is bounded, large
 * frames come back as segments. */
#include "hvn-loopback.h"

#include "hvn-test-frames.h"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnLoopback loop;
    GPtrArray *received; /* of GBytes */
    guint capacity;
    guint n_room;
} Fixture;

static guint
deliver(gpointer data, const HvnFrame *frames, guint n_frames)
{
    Fixture *self = data;
    guint n = MIN(n_frames, self->capacity);

    for (guint i = 0; i < n; i++) {
        guint8 *bytes = g_malloc(frames[i].len);

        hvn_frame_copy(&frames[i], 0, bytes, frames[i].len);
        g_ptr_array_add(self->received, g_bytes_new_take(bytes, frames[i].len));
    }
    self->capacity -= n;
    return n;
}

static void
room(gpointer data)
{
    ((Fixture *)data)->n_room++;
}

static void
set_up(Fixture *self)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    *self = (Fixture){.dispatcher = hvn_dispatcher_new(NULL, clock), .capacity = G_MAXUINT};
    self->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    hvn_loopback_init(&self->loop, self->dispatcher, deliver, room, self);
}

static void
tear_down(Fixture *self)
{
    hvn_loopback_clear(&self->loop);
    g_ptr_array_unref(self->received);
    g_clear_object(&self->dispatcher);
}

static guint
take(Fixture *self, guint n, gsize len)
{
    static guint8 bytes[2000];
    struct iovec iov = {bytes, len};
    guint taken = 0;
    HvnFrame frame;

    hvn_frame_init(&frame, &iov, 1);
    for (guint i = 0; i < n; i++) {
        bytes[0] = i;
        taken += hvn_loopback_take(&self->loop, &frame, 1);
    }
    return taken;
}

static void
test_order(void)
{
    Fixture self;

    set_up(&self);
    g_assert_cmpuint(take(&self, 100, 100), ==, 100);
    g_assert_cmpuint(self.received->len, ==, 0);
    self.capacity = 30;
    hvn_dispatcher_advance(self.dispatcher, 0);
    g_assert_cmpuint(self.received->len, ==, 30);
    self.capacity = G_MAXUINT;
    hvn_dispatcher_advance(self.dispatcher, 0);
    g_assert_cmpuint(self.received->len, ==, 30); /* waits to be told */
    hvn_loopback_kick(&self.loop);
    hvn_dispatcher_advance(self.dispatcher, 0);
    g_assert_cmpuint(self.received->len, ==, 100);
    for (guint i = 0; i < 100; i++)
        g_assert_cmpuint(*(const guint8 *)g_bytes_get_data(self.received->pdata[i], NULL), ==, i);
    g_assert_cmpuint(self.n_room, >=, 2);
    tear_down(&self);
}

static void
test_bounded(void)
{
    Fixture self;

    set_up(&self);
    self.capacity = 0;
    g_assert_cmpuint(take(&self, 1000, 60), ==, 256);
    hvn_loopback_clear(&self.loop);
    g_assert_cmpuint(take(&self, 1000, 2000), <=, 512 * 1024 / 2000 + 1);
    tear_down(&self);
}

static void
test_lengths(void)
{
    Fixture self;

    set_up(&self);
    take(&self, 1, 14);
    self.loop.min_len = 0;
    take(&self, 1, 14);
    hvn_dispatcher_advance(self.dispatcher, 0);
    g_assert_cmpuint(g_bytes_get_size(self.received->pdata[0]), ==, 60);
    g_assert_cmpuint(g_bytes_get_size(self.received->pdata[1]), ==, 14);
    tear_down(&self);
}

static void
test_segments(void)
{
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(
        &(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 2500, .partial_csum = TRUE});
    struct iovec iov = {bytes->data, bytes->len};
    HvnFrame frame;
    Fixture self;

    set_up(&self);
    hvn_frame_init(&frame, &iov, 1);
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 1000, .csum_start = 34};
    frame.offload.csum_offset = 16;
    g_assert_cmpuint(hvn_loopback_take(&self.loop, &frame, 1), ==, 1);
    hvn_dispatcher_advance(self.dispatcher, 0);
    g_assert_cmpuint(self.received->len, ==, 3);
    g_assert_cmpuint(g_bytes_get_size(self.received->pdata[0]), ==, 1054);
    g_assert_cmpuint(g_bytes_get_size(self.received->pdata[2]), ==, 554);
    tear_down(&self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/loopback/order", test_order);
    g_test_add_func("/device/loopback/bounded", test_bounded);
    g_test_add_func("/device/loopback/lengths", test_lengths);
    g_test_add_func("/device/loopback/segments", test_segments);
    return g_test_run();
}
