/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The passt backend (hvn-passt-backend.c) with a script in the place of passt: frames both ways, one that fails or dies is started again, and
 * nothing is left. The real one is met in tests/e2e. */
#include "hvn-passt-backend.h"

#include "hvn-test-backend.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/wait.h>

/* says everything back that it hears on its socket */
#define ECHO                                                                                                                                         \
    "#!/bin/sh\n"                                                                                                                                    \
    "while [ \"$1\" != --fd ]; do shift; done\n"                                                                                                     \
    "exec cat <&$2 >&$2\n"

typedef HvnTestBackend Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    hvn_test_backend_init(self, HVN_TYPE_PASST_BACKEND);
    g_object_set(self->backend, "path", self->path, NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_backend_stop(self->backend);
    /* no process is left, and none that nobody waited for */
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    g_unlink(self->path);
    hvn_test_backend_clear(self);
}

static void
write_script(Fixture *self, const char *text)
{
    g_assert_true(g_file_set_contents_full(self->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0700, NULL));
}

static void
wait_state(Fixture *self, HvnBackendState state)
{
    while (hvn_backend_get_state(self->backend) != state)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
}

static void
wait_frames(Fixture *self, guint n_frames)
{
    while (hvn_fake_port_get_n_frames(self->nic) < n_frames)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
}

static void
test_carries(Fixture *self, gconstpointer data)
{
    g_autofree char *info = hvn_backend_describe(self->backend);

    write_script(self, ECHO);
    hvn_test_backend_start(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    for (guint i = 0; i < 20; i++)
        g_assert_true(hvn_test_backend_send(self, 40 + 100 * i, i));
    wait_frames(self, 20);
    for (guint i = 0; i < 20; i++)
        /* a short one is not padded on its way out */
        hvn_test_backend_assert_got(self, i, 40 + 100 * i, i);
    g_assert_true(g_str_has_prefix(info, "path="));
}

/* how it ended and the last thing that it said are the reason; the pauses double */
static void
test_fails(Fixture *self, gconstpointer data)
{
    static const guint pauses_ms[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};

    write_script(self, "#!/bin/sh\necho one\necho no interface >&2\nexit 3\n");
    for (guint i = 0; i < G_N_ELEMENTS(pauses_ms) + 1; i++) {
        g_test_expect_message("hvn-net", G_LOG_LEVEL_MESSAGE, "net0: passt: one");
        g_test_expect_message("hvn-net", G_LOG_LEVEL_MESSAGE, "net0: passt: no interface");
        if (i == 0) {
            hvn_test_backend_start(self);
        } else {
            hvn_dispatcher_advance(self->dispatcher, pauses_ms[i - 1] * HVN_NS_PER_MS - 1);
            g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
            hvn_dispatcher_advance(self->dispatcher, 1);
            g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
        }
        while (g_strcmp0(hvn_backend_get_reason(self->backend), "passt ended with status 3: no interface") != 0)
            hvn_dispatcher_iterate(self->dispatcher, TRUE);
        g_test_assert_expected_messages();
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
        g_assert_false(hvn_link_get_up(self->link));
        g_assert_true(hvn_test_backend_send(self, 60, 0));
    }
}

/* one that dies is followed by another, which carries */
static void
test_dies(Fixture *self, gconstpointer data)
{
    write_script(self, "#!/bin/sh\nkill -9 $$\n");
    hvn_test_backend_start(self);
    while (g_strcmp0(hvn_backend_get_reason(self->backend), "passt was ended by signal 9") != 0)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    write_script(self, ECHO);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    wait_state(self, HVN_BACKEND_UP);
    g_assert_true(hvn_test_backend_send(self, 60, 7));
    wait_frames(self, 1);
    hvn_test_backend_assert_got(self, 0, 60, 7);
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    hvn_test_backend_assert_refused(self, "*No such file or directory*");
    g_object_set(self->backend, "vhost-user", TRUE, NULL);
    hvn_test_backend_assert_refused(self, "vhost-user=on is not served*");
}

static void
test_cycles(Fixture *self, gconstpointer data)
{
    guint fds = hvn_test_count_fds();

    write_script(self, ECHO);
    for (guint i = 0; i < 1000; i++) {
        hvn_test_backend_start(self);
        hvn_backend_stop(self->backend);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/passt/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("carries", test_carries);
    ADD("fails", test_fails);
    ADD("dies", test_dies);
    ADD("refused", test_refused);
    ADD("cycles", test_cycles);
#undef ADD
    return g_test_run();
}
