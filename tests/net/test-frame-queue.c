/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-frame-queue.c. */
#include "hvn-fake-port.h"
#include "hvn-frame-queue.h"
#include "hvn-link.h"

#include <string.h>

typedef struct {
    HvnFakePort   *source;
    HvnFakePort   *nic;
    HvnLink       *link;
    HvnFrameQueue *queue;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->source = hvn_fake_port_new(NULL, "user0");
    self->nic = hvn_fake_port_new(NULL, "net0");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->source));
    self->queue = hvn_frame_queue_new(10000);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_frame_queue_free(self->queue);
    g_object_unref(self->link);
    g_object_unref(self->source);
    g_object_unref(self->nic);
}

static gboolean
push(Fixture *self, guint8 mark, gsize len)
{
    g_autofree guint8 *bytes = g_malloc0(len + 1);

    bytes[0] = mark;
    return hvn_frame_queue_push(self->queue, bytes, len, NULL);
}

static guint8
mark_of(Fixture *self, guint n)
{
    return *(const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(self->nic, n), NULL);
}

static void
test_keeps_order_and_bounds_batches(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 150; i++)
        g_assert_true(push(self, i, 60));
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 9000);
    g_assert_cmpuint(hvn_frame_queue_get_room(self->queue), ==, 1000);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 2));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 128);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 2));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 150);
    for (guint i = 0; i < 150; i++)
        g_assert_cmpuint(mark_of(self, i), ==, i);
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 0);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 1));
}

static void
test_stops_where_the_peer_stops(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < 10; i++)
        g_assert_true(push(self, i, 60));
    hvn_fake_port_set_capacity(self->nic, 4);
    g_assert_false(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 5));
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 360);
    hvn_fake_port_set_capacity(self->nic, 100);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 5));
    for (guint i = 0; i < 10; i++)
        g_assert_cmpuint(mark_of(self, i), ==, i);
}

static void
test_refuses_what_does_not_fit(Fixture *self, gconstpointer data)
{
    g_assert_true(push(self, 1, 9000));
    g_assert_false(push(self, 2, 1001));
    g_assert_true(push(self, 3, 1000));
    g_assert_false(push(self, 4, 14));
    g_assert_cmpuint(hvn_frame_queue_get_dropped(self->queue), ==, 2);
    g_assert_cmpuint(hvn_frame_queue_get_room(self->queue), ==, 0);
}

static void
test_refuses_what_is_no_frame(Fixture *self, gconstpointer data)
{
    g_assert_false(push(self, 1, 0));
    g_assert_false(push(self, 1, 13));
    g_assert_false(push(self, 1, HVN_FRAME_LEN_MAX + 1));
    g_assert_cmpuint(hvn_frame_queue_get_dropped(self->queue), ==, 3);
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 0);
}

static void
test_clear_does_not_count(Fixture *self, gconstpointer data)
{
    g_assert_true(push(self, 1, 100));
    hvn_frame_queue_clear(self->queue);
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 0);
    g_assert_cmpuint(hvn_frame_queue_get_dropped(self->queue), ==, 0);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 1));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0);
}

static void
test_offload_travels(Fixture *self, gconstpointer data)
{
    HvnOffload offload = {.flags = HVN_OFFLOAD_DATA_VALID, .hdr_len = 54};
    guint8 bytes[60] = {0};

    g_assert_true(hvn_frame_queue_push(self->queue, bytes, sizeof bytes, &offload));
    memset(bytes, 1, sizeof bytes); /* the queue has a copy */
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 1));
    g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, 0).flags, ==, HVN_OFFLOAD_DATA_VALID);
    g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, 0).hdr_len, ==, 54);
    g_assert_cmpuint(mark_of(self, 0), ==, 0);
}

static guint
push_more(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    Fixture *self = data;

    /* a source that answers at once: its new frame waits behind those on their way, and nothing is sent from here */
    g_assert_true(push(self, 99, 60));
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 1));
    return 1;
}

static void
test_push_during_flush(Fixture *self, gconstpointer data)
{
    g_assert_true(push(self, 1, 60));
    hvn_fake_port_set_push_func(self->nic, push_more, self);
    g_assert_true(hvn_frame_queue_flush(self->queue, HVN_PORT(self->source), 1));
    g_assert_cmpuint(hvn_frame_queue_get_bytes(self->queue), ==, 60);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *, gconstpointer);
    } rows[] = {
        {"keeps-order-and-bounds-batches", test_keeps_order_and_bounds_batches},
        {"stops-where-the-peer-stops", test_stops_where_the_peer_stops},
        {"refuses-what-does-not-fit", test_refuses_what_does_not_fit},
        {"refuses-what-is-no-frame", test_refuses_what_is_no_frame},
        {"clear-does-not-count", test_clear_does_not_count},
        {"offload-travels", test_offload_travels},
        {"push-during-flush", test_push_during_flush},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/net/frame-queue/%s", rows[i].name);

        g_test_add(path, Fixture, NULL, set_up, rows[i].test, tear_down);
    }
    return g_test_run();
}
