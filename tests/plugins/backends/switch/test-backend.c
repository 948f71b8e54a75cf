/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch backend (hvn-switch-backend.c): that every option arrives at the port, and that starting and stopping leaves nothing. How a
 * switch treats frames is tests/net/test-switch-path.c. */
#include "hvn-switch-backend.h"

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

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    for (guint i = 0; i < PORTS; i++) {
        self->nics[i] = hvn_fake_port_new(self->dispatcher, "nic");
        self->ports[i] = g_object_new(HVN_TYPE_SWITCH_BACKEND, "dispatcher", self->dispatcher, "name", "p", "network", "lan", NULL);
        self->links[i] = hvn_link_new(HVN_PORT(self->nics[i]), HVN_PORT(self->ports[i]));
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
start(Fixture *self)
{
    for (guint i = 0; i < PORTS; i++)
        g_assert_true(hvn_backend_start(self->ports[i], NULL));
}

static void
send_from(Fixture *self, guint number, guint8 to)
{
    guint8 frame[60] = {to == 0xff ? to : 0x52, to == 0xff ? to : 0x54, to, to, to, to, 0x52, 0x54, number, number, number, number, 0x88, 0xb5};

    g_assert_true(hvn_fake_port_send_bytes(self->nics[number], frame, sizeof frame));
}

static void
assert_got(Fixture *self, guint first, guint second, guint third)
{
    guint expected[PORTS] = {first, second, third};

    for (guint i = 0; i < PORTS; i++) {
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nics[i]), ==, expected[i]);
        hvn_fake_port_clear(self->nics[i]);
    }
}

static void
assert_described(Fixture *self, guint number, const char *expected)
{
    g_autofree char *text = hvn_backend_describe(self->ports[number]);

    g_assert_cmpstr(text, ==, expected);
}

static void
test_learns(Fixture *self, gconstpointer data)
{
    start(self);
    send_from(self, 0, 0xff);
    send_from(self, 1, 0);
    assert_got(self, 1, 1, 1);
    assert_described(self, 1, "network=lan,ports=3,stations=1");
    /* a cable that is pulled: its stations may be anywhere */
    hvn_link_set_up(self->links[1], FALSE);
    assert_described(self, 1, "network=lan,ports=3,stations=0");
    send_from(self, 0, 1);
    assert_got(self, 0, 0, 1);
}

static void
test_vlan(Fixture *self, gconstpointer data)
{
    const char *const trunk[] = {"10", "20-30", NULL};

    g_object_set(self->ports[0], "vlan", 10, NULL);
    g_object_set(self->ports[1], "vlan", 31, NULL);
    g_object_set(self->ports[2], "trunk", trunk, NULL);
    start(self);
    assert_described(self, 0, "network=lan,ports=3,stations=0,vlan=10");
    assert_described(self, 2, "network=lan,ports=3,stations=0,trunk=10,trunk=20-30");
    send_from(self, 0, 0xff);
    assert_got(self, 0, 0, 1);
    send_from(self, 1, 0xff);
    assert_got(self, 0, 0, 0);
    send_from(self, 2, 0xff);
    assert_got(self, 0, 0, 0);
    g_assert_cmpuint(hvn_backend_get_drops(self->ports[2], HVN_BACKEND_DROP_VLAN), ==, 1);
}

static void
test_isolated(Fixture *self, gconstpointer data)
{
    g_object_set(self->ports[0], "isolated", TRUE, NULL);
    g_object_set(self->ports[1], "isolated", TRUE, NULL);
    start(self);
    assert_described(self, 0, "network=lan,ports=3,stations=0,isolated=on");
    send_from(self, 0, 0xff);
    assert_got(self, 0, 0, 1);
}

static void
test_storm_rate(Fixture *self, gconstpointer data)
{
    g_object_set(self->ports[0], "storm-rate", 0, NULL);
    g_object_set(self->ports[1], "storm-rate", 1, NULL);
    start(self);
    for (guint i = 0; i < 2000; i++) {
        send_from(self, 0, 0xff);
        send_from(self, 1, 0xff);
    }
    g_assert_cmpuint(hvn_backend_get_drops(self->ports[0], HVN_BACKEND_DROP_STORM), ==, 0);
    /* a batch at once, and one for each second that this takes */
    g_assert_cmpuint(hvn_backend_get_drops(self->ports[1], HVN_BACKEND_DROP_STORM), >, 1000);
}

static void
assert_refused(Fixture *self, const char *pattern)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_backend_start(self->ports[0], &error));
    g_assert_true(g_pattern_match_simple(pattern, error->message));
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    const char *const trunk[] = {"10", "4095", NULL};

    g_object_set(self->ports[0], "network", "", NULL);
    assert_refused(self, "parameter 'network' is missing: expected *");
    g_object_set(self->ports[0], "network", "lan", "trunk", trunk, NULL);
    assert_refused(self, "option 'trunk': invalid VLAN '4095': expected *");
}

static void
test_many_cycles(Fixture *self, gconstpointer data)
{
    guint fds = hvn_test_count_fds();

    start(self);
    for (guint i = 0; i < 1000; i++) {
        guint number = i % PORTS;

        send_from(self, 0, 1);
        send_from(self, 1, 0xff);
        hvn_backend_stop(self->ports[number]);
        send_from(self, 1, 0);
        g_assert_true(hvn_backend_start(self->ports[number], NULL));
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/switch-backend/learns", Fixture, NULL, set_up, test_learns, tear_down);
    g_test_add("/switch-backend/vlan", Fixture, NULL, set_up, test_vlan, tear_down);
    g_test_add("/switch-backend/isolated", Fixture, NULL, set_up, test_isolated, tear_down);
    g_test_add("/switch-backend/storm-rate", Fixture, NULL, set_up, test_storm_rate, tear_down);
    g_test_add("/switch-backend/refused", Fixture, NULL, set_up, test_refused, tear_down);
    g_test_add("/switch-backend/many-cycles", Fixture, NULL, set_up, test_many_cycles, tear_down);
    return g_test_run();
}
