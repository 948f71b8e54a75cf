/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-backend.c with a backend that does as it is told. */
#include "hvn-backend.h"

#include "hvn-error.h"
#include "hvn-link.h"

#define TEST_TYPE_BACKEND (test_backend_get_type())
G_DECLARE_FINAL_TYPE(TestBackend, test_backend, TEST, BACKEND, HvnBackend)

struct _TestBackend {
    HvnBackend      parent_instance;
    gboolean        fail;
    HvnBackendState state; /* that start() sets; HVN_BACKEND_STOPPED for none */
    guint           n_started;
    guint           n_stopped;
};

G_DEFINE_FINAL_TYPE(TestBackend, test_backend, HVN_TYPE_BACKEND)

static gboolean
test_backend_start(HvnBackend *backend, GError **error)
{
    TestBackend *self = TEST_BACKEND(backend);

    self->n_started++;
    if (self->state != HVN_BACKEND_STOPPED)
        hvn_backend_set_state(backend, self->state, "by the test");
    if (self->fail)
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "port 1 is taken");
    return !self->fail;
}

static void
test_backend_stop(HvnBackend *backend)
{
    TEST_BACKEND(backend)->n_stopped++;
}

static char *
test_backend_describe(HvnBackend *backend)
{
    return g_strdup("net=10.0.2.0");
}

static guint
test_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
test_backend_resume(HvnPort *port)
{
}

static void
test_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(test_backend_parent_class)->dispose(object);
}

static void
test_backend_class_init(TestBackendClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = test_backend_dispose;
    HVN_PORT_CLASS(klass)->push = test_backend_push;
    HVN_PORT_CLASS(klass)->resume = test_backend_resume;
    HVN_BACKEND_CLASS(klass)->start = test_backend_start;
    HVN_BACKEND_CLASS(klass)->stop = test_backend_stop;
    HVN_BACKEND_CLASS(klass)->describe = test_backend_describe;
}

static void
test_backend_init(TestBackend *self)
{
}

static void
count(HvnBackend *backend, guint *n)
{
    (*n)++;
}

static void
test_starts_and_stops(void)
{
    guint n_changed = 0; /* outlives the backend, which is stopped as it goes away */
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, "name", "user0", NULL);
    HvnBackend *backend = HVN_BACKEND(self);
    g_autoptr(GError) error = NULL;
    g_autofree char *line = hvn_backend_describe(backend);

    g_signal_connect(backend, "state-changed", G_CALLBACK(count), &n_changed);
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
    hvn_backend_stop(backend);
    g_assert_cmpuint(self->n_stopped, ==, 0);
    g_assert_true(hvn_backend_start(backend, &error));
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_UP);
    g_assert_cmpuint(n_changed, ==, 1);
    hvn_backend_stop(backend);
    hvn_backend_stop(backend);
    g_assert_cmpuint(self->n_stopped, ==, 1);
    g_assert_cmpuint(n_changed, ==, 2);
    g_assert_true(hvn_backend_start(backend, &error)); /* and again */
    g_assert_cmpstr(line, ==, "net=10.0.2.0");
}

static void
test_plugin_sets_the_state(void)
{
    guint n_changed = 0; /* outlives the backend, which is stopped as it goes away */
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, NULL);
    HvnBackend *backend = HVN_BACKEND(self);

    g_signal_connect(backend, "state-changed", G_CALLBACK(count), &n_changed);
    self->state = HVN_BACKEND_LISTENING;
    g_assert_true(hvn_backend_start(backend, NULL));
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_LISTENING);
    g_assert_cmpstr(hvn_backend_get_reason(backend), ==, "by the test");
    hvn_backend_set_state(backend, HVN_BACKEND_LISTENING, "by the test");
    g_assert_cmpuint(n_changed, ==, 1);
    hvn_backend_set_state(backend, HVN_BACKEND_DOWN, "peer went away");
    hvn_backend_stop(backend);
    g_assert_cmpuint(self->n_stopped, ==, 1);
    g_assert_null(hvn_backend_get_reason(backend));
}

static void
test_failed_start_leaves_it_stopped(void)
{
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, NULL);
    HvnBackend *backend = HVN_BACKEND(self);
    g_autoptr(GError) error = NULL;

    self->fail = TRUE;
    self->state = HVN_BACKEND_CONNECTING;
    g_assert_false(hvn_backend_start(backend, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_assert_cmpint(hvn_backend_get_state(backend), ==, HVN_BACKEND_STOPPED);
    g_assert_cmpuint(self->n_stopped, ==, 0);
}

static void
test_started_twice(void)
{
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, NULL);

    g_assert_true(hvn_backend_start(HVN_BACKEND(self), NULL));
    g_test_expect_message("hvn-net", G_LOG_LEVEL_CRITICAL, "*STOPPED*");
    g_assert_false(hvn_backend_start(HVN_BACKEND(self), NULL));
    g_test_assert_expected_messages();
    g_assert_cmpuint(self->n_started, ==, 1);
}

static void
test_drops(void)
{
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, NULL);
    HvnBackend *backend = HVN_BACKEND(self);
    guint n_from_guest = 0;

    hvn_backend_count_drops(backend, HVN_BACKEND_DROP_STRANGER, 3);
    hvn_backend_count_drops(backend, HVN_BACKEND_DROP_STRANGER, 1);
    for (guint i = 0; i < HVN_BACKEND_N_DROPS; i++) {
        g_assert_cmpuint(hvn_backend_get_drops(backend, i), ==, i == HVN_BACKEND_DROP_STRANGER ? 4 : 0);
        g_assert_nonnull(hvn_backend_drop_to_string(i));
        n_from_guest += hvn_backend_drop_is_from_guest(i);
    }
    g_assert_cmpuint(n_from_guest, ==, 7);
    g_assert_cmpstr(hvn_backend_drop_to_string(HVN_BACKEND_DROP_STRANGER), ==, "stranger");
}

/* the link is up while it is set up and the backend has somebody to talk to, whichever came first */
static void
test_carrier_follows(void)
{
    g_autoptr(TestBackend) self = g_object_new(TEST_TYPE_BACKEND, NULL);
    g_autoptr(TestBackend) other = g_object_new(TEST_TYPE_BACKEND, NULL);
    HvnBackend *backend = HVN_BACKEND(self);
    g_autoptr(HvnLink) link = NULL;

    HVN_BACKEND_GET_CLASS(self)->carrier_follows = TRUE;
    self->state = HVN_BACKEND_LISTENING;
    g_assert_true(hvn_backend_start(backend, NULL));
    link = hvn_link_new(HVN_PORT(other), HVN_PORT(backend));
    g_assert_false(hvn_link_get_up(link));
    hvn_backend_set_state(backend, HVN_BACKEND_UP, NULL);
    g_assert_true(hvn_link_get_up(link));
    hvn_link_set_up(link, FALSE);
    hvn_backend_set_state(backend, HVN_BACKEND_DOWN, "the peer has gone");
    hvn_link_set_up(link, TRUE);
    g_assert_false(hvn_link_get_up(link));
    hvn_backend_set_state(backend, HVN_BACKEND_UP, NULL);
    g_assert_true(hvn_link_get_up(link));
    hvn_backend_set_state(backend, HVN_BACKEND_CONNECTING, NULL);
    g_assert_false(hvn_link_get_up(link));
    hvn_backend_stop(backend);
    hvn_link_disconnect(link);
    HVN_BACKEND_GET_CLASS(self)->carrier_follows = FALSE;
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/backend/starts-and-stops", test_starts_and_stops);
    g_test_add_func("/net/backend/plugin-sets-the-state", test_plugin_sets_the_state);
    g_test_add_func("/net/backend/failed-start-leaves-it-stopped", test_failed_start_leaves_it_stopped);
    g_test_add_func("/net/backend/started-twice", test_started_twice);
    g_test_add_func("/net/backend/drops", test_drops);
    g_test_add_func("/net/backend/carrier-follows", test_carrier_follows);
    return g_test_run();
}
