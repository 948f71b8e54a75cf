/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The traffic of a tap (hvn-tap-flow.c) over a pair of datagram sockets: a kernel that is full, and comes to itself again. On the real
 * kernel: test-backend.c. */
#include "hvn-tap-flow.h"

#include <sys/socket.h>
#include <unistd.h>

#include "hvn-fake-port.h"
#include "hvn-link.h"

#define TEST_TYPE_BACKEND (test_backend_get_type())
G_DECLARE_FINAL_TYPE(TestBackend, test_backend, TEST, BACKEND, HvnBackend)

struct _TestBackend {
    HvnBackend parent_instance;
    HvnTapFlow flow;
    int        fds[2]; /* ours is the flow's, the other one the kernel's */
};

G_DEFINE_FINAL_TYPE(TestBackend, test_backend, HVN_TYPE_BACKEND)

static guint
test_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return hvn_tap_flow_push(&TEST_BACKEND(port)->flow, frames, n_frames);
}

static void
test_backend_resume(HvnPort *port)
{
    hvn_tap_flow_resume(&TEST_BACKEND(port)->flow);
}

static gboolean
test_backend_start(HvnBackend *backend, GError **error)
{
    TestBackend *self = TEST_BACKEND(backend);

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, self->fds), ==, 0);
    hvn_tap_flow_init(&self->flow, backend);
    self->flow.device = (HvnTapDevice){.fd = self->fds[0], .vnet_hdr = TRUE, .name = "fake0"};
    hvn_tap_flow_begin(&self->flow);
    return TRUE;
}

static void
test_backend_stop(HvnBackend *backend)
{
    hvn_tap_flow_close(&TEST_BACKEND(backend)->flow);
    close(TEST_BACKEND(backend)->fds[1]);
}

static void
test_backend_class_init(TestBackendClass *klass)
{
    HVN_PORT_CLASS(klass)->push = test_backend_push;
    HVN_PORT_CLASS(klass)->resume = test_backend_resume;
    HVN_BACKEND_CLASS(klass)->start = test_backend_start;
    HVN_BACKEND_CLASS(klass)->stop = test_backend_stop;
}

static void
test_backend_init(TestBackend *self)
{
}

typedef struct {
    HvnDispatcher *dispatcher;
    HvnFakePort   *nic;
    TestBackend   *backend;
    HvnLink       *link;
    int            kernel;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = g_object_new(TEST_TYPE_BACKEND, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
    g_assert_true(hvn_backend_start(HVN_BACKEND(self->backend), NULL));
    self->kernel = self->backend->fds[1];
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_backend_stop(HVN_BACKEND(self->backend));
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_object_unref(self->backend);
    g_object_unref(self->nic);
    g_object_unref(self->dispatcher);
}

static void
settle(Fixture *self)
{
    for (guint i = 0; i < 1000 && hvn_dispatcher_iterate(self->dispatcher, FALSE); i++)
        ;
}

static guint
fill(Fixture *self, guint first)
{
    guint8 bytes[60] = {0};
    guint n = first;

    for (bytes[20] = (guint8)n; hvn_fake_port_send_bytes(self->nic, bytes, sizeof bytes); bytes[20] = (guint8)n) {
        n++;
        g_assert_cmpuint(n, <, first + 100000);
    }
    return n;
}

static guint
take(Fixture *self, guint first, guint most)
{
    guint8 bytes[200];
    guint n = first;

    for (; n < first + most && recv(self->kernel, bytes, sizeof bytes, 0) == 70; n++)
        g_assert_cmpuint(bytes[10 + 20], ==, (guint8)n);
    return n;
}

/* full: the rest stays with the guest, one ready is owed and paid, nothing is lost or out of order, and nothing spins meanwhile */
static void
test_full(Fixture *self, gconstpointer data)
{
    guint sent = fill(self, 0);
    guint taken = 0;

    for (guint round = 0; round < 5; round++) {
        g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
        settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, round);
        g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
        taken = take(self, taken, G_MAXUINT / 2);
        g_assert_cmpuint(taken, ==, sent);
        settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, round + 1);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
        sent = fill(self, sent);
        g_assert_cmpuint(sent, >, taken);
    }
    g_assert_cmpuint(self->backend->flow.n_sent, ==, sent);
    g_assert_cmpuint(hvn_backend_get_drops(HVN_BACKEND(self->backend), HVN_BACKEND_DROP_REFUSED), ==, 0);
    /* stopped while it is full: the debt is paid all the same */
    hvn_backend_stop(HVN_BACKEND(self->backend));
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_true(hvn_backend_start(HVN_BACKEND(self->backend), NULL));
}

/* one dispatch moves one batch: a host that floods does not keep the loop */
static void
test_bounded(Fixture *self, gconstpointer data)
{
    guint8 bytes[70] = {0};
    guint n = 0;

    while (send(self->kernel, bytes, sizeof bytes, 0) == sizeof bytes)
        n++;
    g_assert_cmpuint(n, >, 0);
    settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, n);
}

/* a frame of a length that cannot be: the device is not what we took it for, and is given up */
static void
test_rubbish(Fixture *self, gconstpointer data)
{
    guint8 bytes[70] = {0};

    g_assert_cmpint(send(self->kernel, bytes, sizeof bytes, 0), ==, sizeof bytes);
    g_assert_cmpint(send(self->kernel, bytes, 5, 0), ==, 5);
    g_test_expect_message("hvn-tap", G_LOG_LEVEL_WARNING, "net0: cannot read from interface 'fake0': Protocol error");
    settle(self);
    g_test_assert_expected_messages();
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1);
    g_assert_cmpint(hvn_backend_get_state(HVN_BACKEND(self->backend)), ==, HVN_BACKEND_DOWN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/tap/flow/full", Fixture, NULL, set_up, test_full, tear_down);
    g_test_add("/tap/flow/bounded", Fixture, NULL, set_up, test_bounded, tear_down);
    g_test_add("/tap/flow/rubbish", Fixture, NULL, set_up, test_rubbish, tear_down);
    return g_test_run();
}
