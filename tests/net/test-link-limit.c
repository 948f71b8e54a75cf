/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A link whose rate is limited (hvn-link-limit.c): the sender is held and resumed, and nothing is lost or reordered. */
#include "hvn-backend.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

#define FRAME 1000

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic, *backend;
    HvnLink       *link;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->clock = hvn_clock_new_manual();
    self->dispatcher = hvn_dispatcher_new(NULL, self->clock);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = hvn_fake_port_new(self->dispatcher, "backend");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_link_disconnect(self->link);
    g_assert_finalize_object(self->link);
    g_object_unref(self->nic);
    g_object_unref(self->backend);
    g_assert_finalize_object(self->dispatcher);
    hvn_clock_unref(self->clock);
}

static guint
send_frames(Fixture *self, HvnFakePort *from, guint n_frames)
{
    static guint8 bytes[FRAME];
    struct iovec piece = {bytes, FRAME};
    HvnFrame frames[HVN_BATCH_MAX];

    for (guint i = 0; i < n_frames; i++)
        hvn_frame_init(&frames[i], &piece, 1);
    return hvn_port_send(HVN_PORT(from), frames, n_frames);
}

static void
limit(Fixture *self, HvnFakePort *towards, guint64 average, guint64 burst)
{
    hvn_link_set_rate(self->link, HVN_PORT(towards), &(HvnRateLimit){.average = average, .burst = burst});
}

static HvnLinkCounters
count(Fixture *self, HvnFakePort *towards)
{
    HvnLinkCounters counters;

    hvn_link_get_counters(self->link, HVN_PORT(towards), &counters);
    return counters;
}

/* as much as the rate allows, the sender resumed each time there is more, and the other way free */
static void
test_holds(Fixture *self, gconstpointer data)
{
    guint sent;

    limit(self, self->backend, 100 * FRAME, 10 * FRAME);
    sent = send_frames(self, self->nic, HVN_BATCH_MAX);
    g_assert_cmpuint(sent, ==, 10);
    g_assert_cmpuint(send_frames(self, self->nic, 1), ==, 0);
    g_assert_cmpuint(send_frames(self, self->backend, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
    for (guint i = 0; i < 200; i++) {
        guint resumed = hvn_fake_port_get_n_resumed(self->nic);

        hvn_dispatcher_advance(self->dispatcher, 5 * HVN_NS_PER_MS);
        if (hvn_fake_port_get_n_resumed(self->nic) > resumed)
            sent += send_frames(self, self->nic, HVN_BATCH_MAX);
    }
    g_assert_cmpuint(sent, >=, 105);
    g_assert_cmpuint(sent, <=, 111);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->backend), ==, sent);
    g_assert_cmpuint(count(self, self->backend).limited, >, 50);
    g_assert_cmpuint(count(self, self->nic).limited, ==, 0);
}

/* a receiver that is full as well: both have to be content */
static void
test_full_too(Fixture *self, gconstpointer data)
{
    limit(self, self->backend, 100 * FRAME, 10 * FRAME);
    hvn_fake_port_set_capacity(self->backend, 4);
    g_assert_cmpuint(send_frames(self, self->nic, 8), ==, 4);
    hvn_fake_port_set_capacity(self->backend, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->backend));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 1);
    g_assert_cmpuint(send_frames(self, self->nic, HVN_BATCH_MAX), ==, 6); /* what was not taken cost nothing */
    hvn_fake_port_set_capacity(self->backend, 0);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 2);
    g_assert_cmpuint(send_frames(self, self->nic, 1), ==, 0);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
}

static void
test_ends(Fixture *self, gconstpointer data)
{
    /* a link that goes down lets nobody wait */
    limit(self, self->backend, FRAME, FRAME);
    g_assert_cmpuint(send_frames(self, self->nic, 4), ==, 1);
    hvn_link_set_up(self->link, FALSE);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 1);
    g_assert_cmpuint(send_frames(self, self->nic, 4), ==, 4);
    hvn_link_set_up(self->link, TRUE);
    hvn_dispatcher_advance(self->dispatcher, 10 * HVN_NS_PER_S);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 1);
    /* another limit, and none */
    g_assert_cmpuint(send_frames(self, self->nic, 4), ==, 1);
    limit(self, self->backend, 2 * FRAME, 2 * FRAME);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 2);
    g_assert_cmpuint(send_frames(self, self->nic, 4), ==, 2);
    hvn_link_set_rate(self->link, HVN_PORT(self->backend), NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 3);
    g_assert_cmpuint(send_frames(self, self->nic, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
    /* one that waits when the link goes away */
    limit(self, self->backend, FRAME, FRAME);
    g_assert_cmpuint(send_frames(self, self->nic, 4), ==, 1);
}

static guint
disconnect_in_push(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    hvn_link_disconnect(((Fixture *)data)->link);
    return 1;
}

/* a receiver that pulls the cable in the middle of a limited batch */
static void
test_disconnect_in_push(Fixture *self, gconstpointer data)
{
    limit(self, self->backend, 100 * FRAME, 10 * FRAME);
    hvn_fake_port_set_push_func(self->backend, disconnect_in_push, self);
    g_assert_cmpuint(send_frames(self, self->nic, 20), ==, 20);
    g_assert_null(hvn_port_get_link(HVN_PORT(self->nic)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/link-limit/holds", Fixture, NULL, set_up, test_holds, tear_down);
    g_test_add("/link-limit/full-too", Fixture, NULL, set_up, test_full_too, tear_down);
    g_test_add("/link-limit/ends", Fixture, NULL, set_up, test_ends, tear_down);
    g_test_add("/link-limit/disconnect-in-push", Fixture, NULL, set_up, test_disconnect_in_push, tear_down);
    return g_test_run();
}
