/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-child.c with real commands: what they inherit, how they end, and that none is left. */
#include "hvn-child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-error.h"

#define WAIT_ROUNDS 20000

typedef struct {
    HvnDispatcher *dispatcher;
    int            pipe[2];
    guint          n_done;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_assert_cmpint(pipe2(self->pipe, O_CLOEXEC), ==, 0);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    close(self->pipe[0]);
    if (self->pipe[1] >= 0)
        close(self->pipe[1]);
    g_object_unref(self->dispatcher);
}

static void
on_done(HvnChild *child, gpointer data)
{
    ((Fixture *)data)->n_done++;
}

static HvnChild *
start(Fixture *self, const char *script, gboolean leave)
{
    char *argv[] = {(char *)"/bin/sh", (char *)"-c", (char *)script, NULL};
    const HvnChildFiles files = {.input = -1, .output = self->pipe[1], .error = -1, .extra = self->pipe[1], .leave = leave};
    g_autoptr(GError) error = NULL;
    HvnChild *child = hvn_child_new(self->dispatcher, argv, &files, on_done, self, &error);

    g_assert_no_error(error);
    close(self->pipe[1]);
    self->pipe[1] = -1;
    return child;
}

/* all that the command wrote, until nobody can write any more */
static char *
read_all(Fixture *self)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char buf[256];
    gssize n;

    while ((n = read(self->pipe[0], buf, sizeof buf)) > 0)
        g_string_append_len(text, buf, n);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_ends(Fixture *self, gconstpointer data)
{
    g_autofree char *script = g_strdup_printf("echo one; echo two >&%d; exit 3", self->pipe[1]);
    g_autoptr(HvnChild) child = start(self, script, FALSE);
    g_autofree char *text = read_all(self);

    g_assert_cmpstr(text, ==, "one\ntwo\n");
    while (self->n_done == 0)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_true(hvn_child_has_ended(child));
    g_assert_cmpint(WEXITSTATUS(hvn_child_get_status(child)), ==, 3);
    for (guint i = 0; i < 10; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
    g_assert_cmpuint(self->n_done, ==, 1);
}

/* what runs behind it in its session goes with it, or stays where that is wanted */
static void
test_session(Fixture *self, gconstpointer data)
{
    gboolean leave = GPOINTER_TO_INT(data);
    g_autoptr(HvnChild) child = start(self, "sleep 100 >/dev/null 2>&1 & echo $!", leave);
    char buf[32] = "";
    int left;

    g_assert_cmpint(read(self->pipe[0], buf, sizeof buf - 1), >, 0);
    left = atoi(buf);
    g_assert_cmpint(left, >, 1);
    while (self->n_done == 0)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_true(hvn_child_has_ended(child));
    if (leave) {
        g_assert_cmpint(kill(left, SIGKILL), ==, 0);
        return;
    }
    for (guint i = 0; i < WAIT_ROUNDS && kill(left, 0) == 0; i++)
        g_usleep(1000);
    /* gone, or waiting for whoever adopted it to notice */
    if (kill(left, 0) == 0) {
        g_autofree char *path = g_strdup_printf("/proc/%d/stat", left);
        g_autofree char *stat = NULL;

        g_assert_true(!g_file_get_contents(path, &stat, NULL, NULL) || strstr(stat, ") Z ") != NULL);
    }
}

static void
test_free_ends_it(Fixture *self, gconstpointer data)
{
    HvnChild *child = start(self, "trap '' TERM; while :; do sleep 1; done", FALSE);

    hvn_child_free(child);
    g_assert_cmpuint(self->n_done, ==, 0);
}

static void
test_terminate(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnChild) child = start(self, "exec sleep 100", FALSE);

    hvn_child_terminate(child);
    while (self->n_done == 0)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_cmpint(WTERMSIG(hvn_child_get_status(child)), ==, SIGTERM);
}

static void
test_not_there(Fixture *self, gconstpointer data)
{
    char *argv[] = {(char *)"/nonexistent/command", NULL};
    const HvnChildFiles files = {.input = -1, .output = -1, .error = -1, .extra = -1};
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_child_new(self->dispatcher, argv, &files, NULL, NULL, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
    g_assert_nonnull(strstr(error->message, "cannot run '/nonexistent/command'"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/net/child/ends", Fixture, NULL, set_up, test_ends, tear_down);
    g_test_add("/net/child/session", Fixture, GINT_TO_POINTER(FALSE), set_up, test_session, tear_down);
    g_test_add("/net/child/session-left", Fixture, GINT_TO_POINTER(TRUE), set_up, test_session, tear_down);
    g_test_add("/net/child/free-ends-it", Fixture, NULL, set_up, test_free_ends_it, tear_down);
    g_test_add("/net/child/terminate", Fixture, NULL, set_up, test_terminate, tear_down);
    g_test_add("/net/child/not-there", Fixture, NULL, set_up, test_not_there, tear_down);
    return g_test_run();
}
