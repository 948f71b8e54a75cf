/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that wait for a ring without a doorbell: the ring is looked at, less and less often, the driver is told once for each look, and the
 * sender is asked when there is room, not before. */
#include "hvn-rx-wait.h"

#include "hvn-fake-port.h"
#include "hvn-link.h"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *receiver;
    HvnFakePort   *sender;
    HvnLink       *link;
    HvnRxWait      wait;
    gboolean       has_room;
    guint          n_looks;
    guint          n_full;
} Fixture;

static gboolean
room(gpointer data)
{
    return ((Fixture *)data)->has_room;
}

static void
look(gpointer data)
{
    Fixture *self = data;

    self->n_looks++;
    hvn_rx_wait_update(&self->wait);
}

static void
full(gpointer data)
{
    ((Fixture *)data)->n_full++;
}

/* as a receiver does: it has no descriptor, or takes all */
static guint
push(HvnFakePort *port, const HvnFrame *frames, guint n_frames, gpointer data)
{
    Fixture *self = data;

    if (self->has_room)
        hvn_rx_wait_moved(&self->wait);
    else
        hvn_rx_wait_hold(&self->wait);
    return self->has_room ? n_frames : 0;
}

static void
set_up(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    *self = (Fixture){.dispatcher = hvn_dispatcher_new(NULL, clock)};
    self->receiver = hvn_fake_port_new(self->dispatcher, "receiver");
    self->sender = hvn_fake_port_new(self->dispatcher, "sender");
    self->link = hvn_link_new(HVN_PORT(self->receiver), HVN_PORT(self->sender));
    hvn_fake_port_set_push_func(self->receiver, push, self);
    hvn_rx_wait_init(&self->wait, HVN_PORT(self->receiver), room, look, full, self);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_rx_wait_reset(&self->wait);
    hvn_link_disconnect(self->link);
    g_clear_object(&self->link);
    g_clear_object(&self->receiver);
    g_clear_object(&self->sender);
    g_clear_object(&self->dispatcher);
}

static void
offer(Fixture *self)
{
    static const guint8 bytes[60];

    g_assert_cmpint(hvn_fake_port_send_bytes(self->sender, bytes, sizeof bytes), ==, self->has_room);
}

static void
test_looks(Fixture *self, gconstpointer data)
{
    offer(self);
    g_assert_true(self->wait.held);
    g_assert_cmpuint(self->n_full, ==, 1);
    hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MIN_NS - 1);
    g_assert_cmpuint(self->n_looks, ==, 0);
    hvn_dispatcher_advance(self->dispatcher, 1);
    g_assert_cmpuint(self->n_looks, ==, 1);
    g_assert_cmpuint(self->n_full, ==, 2); /* told again: it still waits */
    for (guint i = 0; i < 20; i++)
        hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpint(self->wait.retry_ns, ==, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpuint(self->n_looks, >=, 20);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 0);
    self->has_room = TRUE;
    hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 1);
    offer(self);
    g_assert_false(self->wait.held);
    g_assert_cmpint(self->wait.retry_ns, ==, HVN_RX_WAIT_MIN_NS);
}

/* what the driver does elsewhere is taken as a hint */
static void
test_hint(Fixture *self, gconstpointer data)
{
    offer(self);
    self->has_room = TRUE;
    hvn_rx_wait_update(&self->wait);
    hvn_dispatcher_advance(self->dispatcher, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 1);
    hvn_rx_wait_update(&self->wait); /* nobody waits */
    hvn_dispatcher_advance(self->dispatcher, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->sender), ==, 1);
}

static void
test_remind(Fixture *self, gconstpointer data)
{
    hvn_rx_wait_remind(&self->wait);
    hvn_rx_wait_remind(&self->wait);
    hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MIN_NS);
    g_assert_cmpuint(self->n_looks, ==, 1);
    g_assert_cmpuint(self->n_full, ==, 0);
    hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpuint(self->n_looks, ==, 1);
}

static void
test_reset(Fixture *self, gconstpointer data)
{
    offer(self);
    hvn_rx_wait_reset(&self->wait);
    g_assert_false(self->wait.held);
    hvn_dispatcher_advance(self->dispatcher, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpuint(self->n_looks, ==, 0);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->receiver)));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/rx-wait/looks", Fixture, NULL, set_up, test_looks, tear_down);
    g_test_add("/device/rx-wait/hint", Fixture, NULL, set_up, test_hint, tear_down);
    g_test_add("/device/rx-wait/remind", Fixture, NULL, set_up, test_remind, tear_down);
    g_test_add("/device/rx-wait/reset", Fixture, NULL, set_up, test_reset, tear_down);
    return g_test_run();
}
