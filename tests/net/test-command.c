/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scripts (hvn-command.c): their lines are logged, their end is told, and the last line says why. */
#include "hvn-command.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-fake-port.h"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *port;
    guint          n_done;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->port = hvn_fake_port_new(self->dispatcher, "net0");
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    g_object_unref(self->port);
    g_object_unref(self->dispatcher);
}

static void
on_done(HvnCommand *command, gpointer data)
{
    ((Fixture *)data)->n_done++;
}

static HvnCommand *
start(Fixture *self, const char *line)
{
    const char *const argv[] = {"/bin/sh", "-c", line, NULL};
    g_autoptr(GError) error = NULL;
    HvnCommand *command = hvn_command_new(HVN_PORT(self->port), "script 'up'", argv, -1, TRUE, on_done, self, &error);

    g_assert_no_error(error);
    return command;
}

static void
expect(const char *text)
{
    g_test_expect_message("hvn-net", G_LOG_LEVEL_MESSAGE, text);
}

static void
test_lines(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnCommand) command = NULL;

    expect("net0: script 'up': one");
    expect("net0: script 'up': two");
    expect("net0: script 'up': three");
    command = start(self, "echo one; echo; echo two >&2; printf three");
    while (self->n_done == 0)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_test_assert_expected_messages();
    g_assert_true(hvn_command_check(command, NULL));
}

static void
test_fails(Fixture *self, gconstpointer data)
{
    static const char *const rows[][2] = {
        {"echo first; echo no such bridge; exit 3", "script 'up' ended with status 3: no such bridge"},
        {"exit 1", "script 'up' ended with status 1"},
        {"kill -9 $$", "script 'up' was ended by signal 9"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(HvnCommand) command = start(self, rows[i][0]);
        g_autoptr(GError) error = NULL;

        g_assert_true(hvn_command_wait(command, 60000));
        g_assert_false(hvn_command_check(command, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_FAILED);
        g_assert_cmpstr(error->message, ==, rows[i][1]);
    }
}

/* more than a pipe holds, in one line and in many: it neither waits for us nor fills the log */
static void
test_floods(Fixture *self, gconstpointer data)
{
    static const char *const lines[] = {"head -c 300000 /dev/zero | tr '\\0' x; exit 2", "yes no | head -n 100000; exit 2"};

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(HvnCommand) command = start(self, lines[i]);
        g_autoptr(GError) error = NULL;

        g_assert_true(hvn_command_wait(command, 60000));
        g_assert_false(hvn_command_check(command, &error));
        g_assert_cmpuint(strlen(error->message), <, 600);
    }
}

/* one that does not end is given up, and ended when it is freed; what a script leaves running does not hold up its end */
static void
test_time(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnCommand) slow = start(self, "exec sleep 100");
    g_autoptr(HvnCommand) leaving = NULL;

    g_assert_false(hvn_command_wait(slow, 20));
    leaving = start(self, "sleep 3 & exit 0");
    g_assert_true(hvn_command_wait(leaving, 60000));
    g_assert_true(hvn_command_check(leaving, NULL));
}

static void
test_not_there(Fixture *self, gconstpointer data)
{
    const char *const argv[] = {"/nonexistent/up", "tap0", NULL};
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_command_new(HVN_PORT(self->port), "script", argv, -1, TRUE, NULL, NULL, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/net/command/lines", Fixture, NULL, set_up, test_lines, tear_down);
    g_test_add("/net/command/fails", Fixture, NULL, set_up, test_fails, tear_down);
    g_test_add("/net/command/floods", Fixture, NULL, set_up, test_floods, tear_down);
    g_test_add("/net/command/time", Fixture, NULL, set_up, test_time, tear_down);
    g_test_add("/net/command/not-there", Fixture, NULL, set_up, test_not_there, tear_down);
    return g_test_run();
}
