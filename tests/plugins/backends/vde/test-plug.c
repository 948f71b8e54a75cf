/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plug (hvn-vde-plug.c) on the dispatcher: its events come from there and nowhere else, it may be freed from any of them, and nothing is
 * left of it. What its thread does is tested with hvn-vde-pump.c. */
#include "hvn-vde-plug.h"

#include "hvn-fake-switch.h"
#include "hvn-test-backend.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnDispatcher  *dispatcher;
    char           *directory;
    HvnFakeSwitch   fake;
    HvnVdePlug     *plug;
    HvnVdePlugEvent event;
    int             value;
    guint           n_events;
    gboolean        frees; /* the plug, from within the event */
} Fixture;

static void
told(HvnVdePlugEvent event, int value, const char *text, gpointer data)
{
    Fixture *self = data;

    self->event = event;
    self->value = value;
    self->n_events++;
    if (self->frees)
        hvn_vde_plug_free(g_steal_pointer(&self->plug), FALSE);
}

static void
open_plug(Fixture *self, const char *url)
{
    HvnVdeAddress address = {.url = url, .mode = 0700};

    self->n_events = 0;
    self->plug = hvn_vde_plug_new(self->dispatcher, &address, "net0", told, self);
    g_assert_cmpuint(self->n_events, ==, 0);
}

static void
wait_event(Fixture *self)
{
    guint before = self->n_events;

    while (self->n_events == before)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->directory = g_dir_make_tmp("hvn-test-XXXXXX", NULL);
    hvn_fake_switch_init(&self->fake, self->directory);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_vde_plug_free(self->plug, TRUE);
    hvn_fake_switch_clear(&self->fake);
    g_assert_cmpint(g_rmdir(self->directory), ==, 0);
    g_free(self->directory);
    g_object_unref(self->dispatcher);
}

/* the socket of a switch is the connection's own, with nothing in between */
static void
test_switch(Fixture *self, gconstpointer data)
{
    char bytes[60] = "frame";

    hvn_fake_switch_listen(&self->fake);
    open_plug(self, self->directory);
    hvn_fake_switch_accept(&self->fake);
    wait_event(self);
    g_assert_cmpint(self->event, ==, HVN_VDE_PLUG_OPENED);
    g_assert_cmpint(send(self->value, bytes, sizeof bytes, 0), ==, sizeof bytes);
    g_assert_cmpint(recv(self->fake.data, bytes, sizeof bytes, MSG_DONTWAIT), ==, sizeof bytes);
    g_assert_nonnull(strstr(self->fake.client, "hvnet net0"));
    hvn_fake_switch_die(&self->fake);
    wait_event(self);
    g_assert_cmpint(self->event, ==, HVN_VDE_PLUG_ENDED);
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    open_plug(self, self->directory);
    wait_event(self);
    g_assert_cmpint(self->event, ==, HVN_VDE_PLUG_REFUSED);
}

static void
test_freed_from_an_event(Fixture *self, gconstpointer data)
{
    self->frees = TRUE;
    open_plug(self, "null://");
    wait_event(self);
    g_assert_null(self->plug);
    open_plug(self, self->directory);
    wait_event(self);
    g_assert_null(self->plug);
}

/* freed at any time of its life, nothing is left */
static void
test_nothing_is_left(Fixture *self, gconstpointer data)
{
    guint fds;

    /* what the libraries open once and keep */
    open_plug(self, "null://");
    wait_event(self);
    hvn_vde_plug_free(g_steal_pointer(&self->plug), TRUE);
    fds = hvn_test_count_fds();
    for (guint i = 0; i < 200; i++) {
        open_plug(self, i % 2 == 0 ? "null://" : self->directory);
        if (i % 3 == 0)
            wait_event(self);
        hvn_vde_plug_free(g_steal_pointer(&self->plug), TRUE);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/vde/plug/" name, Fixture, NULL, set_up, func, tear_down)
    /* first, because what is freed without waiting ends later */
    ADD("nothing-is-left", test_nothing_is_left);
    ADD("switch", test_switch);
    ADD("refused", test_refused);
    ADD("freed-from-an-event", test_freed_from_an_event);
#undef ADD
    return g_test_run();
}
