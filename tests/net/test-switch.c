/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Networks of a dispatcher (hvn-switch.c): who finds whom, who waits for whom and for how long, and that nothing is left. */
#include "hvn-switch-fixture.h"

#define FEW_NS (HVN_SWITCH_PATIENCE_NS / 2)

/* ---- networks ---- */

/* a hub and a switch of one name are two networks, and so are two names */
static void
test_names(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 2, TRUE);
    switch_add_plain(self, 2, FALSE);
    switch_add(self, &(HvnSwitchPortSetup){.network = "other"});

    g_assert_cmpuint(switch_send(self, 0, G_MAXUINT, 0, 3, 0), ==, 3);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 3);
    for (guint i = 2; i < 5; i++)
        g_assert_cmpuint(switch_got(self, i, 0), ==, 0);
    g_assert_cmpuint(switch_send(self, 4, 0, 0, 3, 0), ==, 3);
    g_assert_cmpuint(switch_drops(self, 4, HVN_BACKEND_DROP_NO_PEER), ==, 3);
    g_assert_cmpuint(hvn_switch_port_get_n_ports(switch_port(self, 0)), ==, 2);
    g_assert_cmpuint(hvn_switch_port_get_n_ports(switch_port(self, 4)), ==, 1);
}

/* one dispatcher knows nothing of another's */
static void
test_dispatchers(SwitchFixture *self, gconstpointer data)
{
    SwitchFixture other = {0};

    switch_set_up(&other, NULL);
    switch_add_plain(self, 1, FALSE);
    switch_add_plain(&other, 1, FALSE);
    switch_send(self, 0, G_MAXUINT, 0, 1, 0);
    g_assert_cmpuint(switch_got(&other, 0, 0), ==, 0);
    g_assert_cmpuint(switch_drops(self, 0, HVN_BACKEND_DROP_NO_PEER), ==, 1);
    switch_tear_down(&other, NULL);
}

/* stations of a port that leaves are forgotten, and the network with its last port */
static void
test_leave(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    g_assert_cmpuint(hvn_switch_port_get_n_stations(switch_port(self, 1)), ==, 1);
    switch_leave(self, 1);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 2, 0), ==, 2);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 2); /* flooded: nobody knows where it is now */
    switch_leave(self, 0);
    switch_leave(self, 2);
    switch_add_plain(self, 1, FALSE);
    g_assert_cmpuint(hvn_switch_port_get_n_ports(switch_port(self, 3)), ==, 1);
}

static void
test_forget(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    hvn_switch_port_forget(switch_port(self, 1));
    g_assert_cmpuint(hvn_switch_port_get_n_stations(switch_port(self, 1)), ==, 0);
    switch_send(self, 0, 1, 0, 1, 0);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 1);
}

/* ---- waiting ---- */

/* whoever sends to a full port waits, others do not, and nothing is lost when there is room again in time */
static void
test_held(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 4, FALSE);
    switch_introduce(self);
    hvn_fake_port_set_capacity(self->stations[1].nic, 10);

    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 10);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->stations[0].backend)));
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 54, 10), ==, 0);
    g_assert_cmpuint(switch_send(self, 2, 1, 0, 5, 64), ==, 0);
    g_assert_cmpuint(switch_send(self, 3, 2, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 64);

    hvn_dispatcher_advance(self->dispatcher, FEW_NS);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, 0);
    hvn_fake_port_set_capacity(self->stations[1].nic, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->stations[1].nic));
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[2].nic), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[3].nic), ==, 0);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 54, 10), ==, 54);
    g_assert_cmpuint(switch_send(self, 2, 1, 0, 5, 64), ==, 5);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 69);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 0);
}

/* nobody waits for long: then frames are dropped at the port that hangs, and counted there, until it is resumed */
static void
test_hangs(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    hvn_fake_port_set_capacity(self->stations[1].nic, 0);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 0);
    hvn_dispatcher_advance(self->dispatcher, HVN_SWITCH_PATIENCE_NS);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, 1);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 64);
    g_assert_cmpuint(switch_send(self, 0, 2, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 2, 0), ==, 64);

    hvn_fake_port_set_capacity(self->stations[1].nic, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->stations[1].nic));
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 64, 0), ==, 64);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 64);
    g_assert_cmpuint(switch_drops(self, 1, HVN_BACKEND_DROP_FULL), ==, 64);
}

/* pulled cables and ports that leave pay what is owed to those that wait for them */
static void
test_debts(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    for (guint i = 1; i < 3; i++) {
        hvn_fake_port_set_capacity(self->stations[i].nic, 0);
        g_assert_cmpuint(switch_send(self, 0, i, 0, 1, 0), ==, 0);
        if (i == 1)
            hvn_link_set_up(self->stations[i].link, FALSE);
        else
            switch_leave(self, i);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, i);
        g_assert_cmpuint(switch_send(self, 0, i, 0, 1, 0), ==, 1);
    }
}

/* a port that waits and leaves is waited for by nobody */
static void
test_leave_held(SwitchFixture *self, gconstpointer data)
{
    switch_add_plain(self, 3, FALSE);
    switch_introduce(self);
    hvn_fake_port_set_capacity(self->stations[1].nic, 0);
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 1, 0), ==, 0);
    g_assert_cmpuint(switch_send(self, 2, 1, 0, 1, 0), ==, 0);
    switch_leave(self, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, 1);
    hvn_dispatcher_advance(self->dispatcher, HVN_SWITCH_PATIENCE_NS);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[0].nic), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->stations[2].nic), ==, 1);
}

/* a network that is joined to itself drops what comes back to it, and ends there */
static void
test_joined_to_itself(SwitchFixture *self, gconstpointer data)
{
    g_autoptr(HvnLink) link = NULL;

    switch_add_plain(self, 4, TRUE);
    for (guint i = 2; i < 4; i++)
        hvn_link_disconnect(self->stations[i].link);
    link = hvn_link_new(HVN_PORT(self->stations[2].backend), HVN_PORT(self->stations[3].backend));
    g_assert_cmpuint(switch_send(self, 0, 1, 0, 5, 0), ==, 5);
    g_assert_cmpuint(switch_got(self, 1, 0), ==, 5);
    g_assert_cmpuint(switch_drops(self, 2, HVN_BACKEND_DROP_STORM), ==, 5);
    g_assert_cmpuint(switch_drops(self, 3, HVN_BACKEND_DROP_STORM), ==, 5);
    hvn_link_disconnect(link);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(SwitchFixture *, gconstpointer);
    } tests[] = {
        {"names", test_names},     {"dispatchers", test_dispatchers},
        {"leave", test_leave},     {"forget", test_forget},
        {"held", test_held},       {"hangs", test_hangs},
        {"debts", test_debts},     {"leave-held", test_leave_held},
        {"joined-to-itself", test_joined_to_itself},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/switch/", tests[i].name, NULL);

        g_test_add(path, SwitchFixture, NULL, switch_set_up, tests[i].func, switch_tear_down);
    }
    return g_test_run();
}
