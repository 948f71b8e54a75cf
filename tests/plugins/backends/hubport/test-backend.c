/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hubport backend (hvn-hubport-backend.c): who is on which hub, and that starting and stopping leaves nothing. How a hub treats frames is
 * tests/net/test-switch-path.c. */
#include "hvn-hubport-backend.h"

#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-test-backend.h"

#define PORTS 3

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *nics[PORTS];
    HvnBackend    *ports[PORTS];
    HvnLink       *links[PORTS];
} Fixture;

/* two on hub 0, one on hub -1 */
static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    for (guint i = 0; i < PORTS; i++) {
        self->nics[i] = hvn_fake_port_new(self->dispatcher, "nic");
        self->ports[i] = g_object_new(HVN_TYPE_HUBPORT_BACKEND, "dispatcher", self->dispatcher, "name", "p", "hubid", i < 2 ? 0 : -1, NULL);
        self->links[i] = hvn_link_new(HVN_PORT(self->nics[i]), HVN_PORT(self->ports[i]));
        g_assert_true(hvn_backend_start(self->ports[i], NULL));
    }
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < PORTS; i++) {
        hvn_link_disconnect(self->links[i]);
        g_object_unref(self->links[i]);
        g_object_unref(self->ports[i]);
        g_object_unref(self->nics[i]);
    }
    g_assert_cmpuint(G_OBJECT(self->dispatcher)->ref_count, ==, 1);
    g_object_unref(self->dispatcher);
}

static void
send_from(Fixture *self, guint number)
{
    guint8 frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, number};

    g_assert_true(hvn_fake_port_send_bytes(self->nics[number], frame, sizeof frame));
}

static void
test_hubs(Fixture *self, gconstpointer data)
{
    g_autofree char *text = hvn_backend_describe(self->ports[1]);
    g_autofree char *other = hvn_backend_describe(self->ports[2]);

    g_assert_cmpstr(text, ==, "hubid=0,ports=2");
    g_assert_cmpstr(other, ==, "hubid=-1,ports=1");
    send_from(self, 0);
    send_from(self, 2);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nics[0]), ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nics[1]), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nics[2]), ==, 0);
    g_assert_cmpuint(hvn_backend_get_drops(self->ports[2], HVN_BACKEND_DROP_NO_PEER), ==, 1);
}

/* who waits for a port that stops waits no longer, and who stops while it is held owes nothing */
static void
test_stop_while_full(Fixture *self, gconstpointer data)
{
    for (guint stopped = 0; stopped < 2; stopped++) {
        hvn_fake_port_set_capacity(self->nics[1], 0);
        g_assert_false(hvn_fake_port_send_bytes(self->nics[0], (guint8[60]){0}, 60));
        hvn_backend_stop(self->ports[stopped]);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nics[0]), ==, stopped + 1);
        g_assert_true(hvn_fake_port_send_bytes(self->nics[0], (guint8[60]){0}, 60));
        g_assert_true(hvn_backend_start(self->ports[stopped], NULL));
        hvn_fake_port_set_capacity(self->nics[1], G_MAXUINT);
        hvn_port_ready(HVN_PORT(self->nics[1]));
    }
}

static void
test_many_cycles(Fixture *self, gconstpointer data)
{
    guint fds = hvn_test_count_fds();

    for (guint i = 0; i < 1000; i++) {
        guint number = i % PORTS;

        send_from(self, 0);
        hvn_backend_stop(self->ports[number]);
        send_from(self, 1);
        g_assert_true(hvn_backend_start(self->ports[number], NULL));
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/hubport/hubs", Fixture, NULL, set_up, test_hubs, tear_down);
    g_test_add("/hubport/stop-while-full", Fixture, NULL, set_up, test_stop_while_full, tear_down);
    g_test_add("/hubport/many-cycles", Fixture, NULL, set_up, test_many_cycles, tear_down);
    return g_test_run();
}
