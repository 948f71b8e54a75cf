/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-watch.c on socket pairs. */
#include "hvn-watch.h"

#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnDispatcher *dispatcher;
    int            fds[2];
    HvnWatch      *watch; /* on fds[0] */
    guint          n_calls;
    GIOCondition   last;
    gboolean       free_in_call;
    gboolean       kick_in_call;
} Fixture;

static void
on_watch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    Fixture *self = data;

    g_assert_true(watch == self->watch);
    self->n_calls++;
    self->last = condition;
    if (self->kick_in_call)
        hvn_watch_kick(watch);
    if (self->free_in_call)
        g_clear_pointer(&self->watch, hvn_watch_free);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, self->fds), ==, 0);
    self->watch = hvn_watch_new(self->dispatcher, self->fds[0], on_watch, self);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_clear_pointer(&self->watch, hvn_watch_free);
    for (guint i = 0; i < 2; i++) {
        if (self->fds[i] >= 0)
            close(self->fds[i]);
    }
    g_object_unref(self->dispatcher);
}

static guint
iterate(Fixture *self, guint times)
{
    self->n_calls = 0;
    self->last = 0;
    for (guint i = 0; i < times; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
    return self->n_calls;
}

static void
close_peer(Fixture *self)
{
    close(self->fds[1]);
    self->fds[1] = -1;
}

static void
test_wants_nothing_at_first(Fixture *self, gconstpointer data)
{
    g_assert_cmpint(write(self->fds[1], "x", 1), ==, 1);
    g_assert_cmpuint(iterate(self, 5), ==, 0);
}

static void
test_in_and_out(Fixture *self, gconstpointer data)
{
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    g_assert_cmpuint(iterate(self, 5), ==, 0);
    g_assert_cmpint(write(self->fds[1], "x", 1), ==, 1);
    g_assert_cmpuint(iterate(self, 3), ==, 3);
    g_assert_cmpint(self->last, ==, G_IO_IN);
    hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    g_assert_cmpuint(iterate(self, 1), ==, 1);
    g_assert_cmpint(self->last, ==, G_IO_IN | G_IO_OUT);
    hvn_watch_want(self->watch, G_IO_IN, FALSE);
    g_assert_cmpuint(iterate(self, 1), ==, 1);
    g_assert_cmpint(self->last, ==, G_IO_OUT);
    hvn_watch_want(self->watch, G_IO_IN | G_IO_OUT, FALSE);
    g_assert_cmpuint(iterate(self, 5), ==, 0);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    g_assert_cmpuint(iterate(self, 1), ==, 1);
}

/* GLib reports HUP for an fd with an empty mask on each iteration; the watch must not let it */
static void
test_closed_peer_does_not_spin(Fixture *self, gconstpointer data)
{
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    hvn_watch_want(self->watch, G_IO_IN, FALSE);
    close_peer(self);
    for (guint i = 0; i < 100; i++)
        g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    g_assert_cmpuint(self->n_calls, ==, 0);
}

static void
test_closed_peer_is_told_who_wants(Fixture *self, gconstpointer data)
{
    close_peer(self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    g_assert_cmpuint(iterate(self, 1), ==, 1);
    g_assert_cmpint(self->last & G_IO_HUP, ==, G_IO_HUP);
}

static void
test_kick_calls_once(Fixture *self, gconstpointer data)
{
    hvn_watch_kick(self->watch);
    hvn_watch_kick(self->watch);
    g_assert_cmpuint(self->n_calls, ==, 0);
    hvn_dispatcher_iterate(self->dispatcher, TRUE); /* returns: the kick is something to do */
    g_assert_cmpuint(self->n_calls, ==, 1);
    g_assert_cmpint(self->last, ==, 0);
    g_assert_cmpuint(iterate(self, 5), ==, 0);
}

static void
test_kick_joins_what_happens(Fixture *self, gconstpointer data)
{
    hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    hvn_watch_kick(self->watch);
    g_assert_cmpuint(iterate(self, 1), ==, 1);
    g_assert_cmpint(self->last, ==, G_IO_OUT);
}

static void
test_kick_from_its_own_function(Fixture *self, gconstpointer data)
{
    self->kick_in_call = TRUE;
    hvn_watch_kick(self->watch);
    g_assert_cmpuint(iterate(self, 3), ==, 3);
    self->kick_in_call = FALSE;
    g_assert_cmpuint(iterate(self, 3), ==, 1);
}

static void
test_freed_from_its_own_function(Fixture *self, gconstpointer data)
{
    self->free_in_call = TRUE;
    self->kick_in_call = TRUE;
    hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    g_assert_cmpuint(iterate(self, 3), ==, 1);
    g_assert_null(self->watch);
}

static void
test_freed_while_it_is_about_to_run(Fixture *self, gconstpointer data)
{
    hvn_watch_kick(self->watch);
    g_clear_pointer(&self->watch, hvn_watch_free);
    g_assert_cmpuint(iterate(self, 3), ==, 0);
    hvn_watch_free(NULL);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(Fixture *, gconstpointer);
    } rows[] = {
        {"wants-nothing-at-first", test_wants_nothing_at_first},
        {"in-and-out", test_in_and_out},
        {"closed-peer-does-not-spin", test_closed_peer_does_not_spin},
        {"closed-peer-is-told-who-wants", test_closed_peer_is_told_who_wants},
        {"kick-calls-once", test_kick_calls_once},
        {"kick-joins-what-happens", test_kick_joins_what_happens},
        {"kick-from-its-own-function", test_kick_from_its_own_function},
        {"freed-from-its-own-function", test_freed_from_its_own_function},
        {"freed-while-it-is-about-to-run", test_freed_while_it_is_about_to_run},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/net/watch/%s", rows[i].name);

        g_test_add(path, Fixture, NULL, set_up, rows[i].test, tear_down);
    }
    return g_test_run();
}
