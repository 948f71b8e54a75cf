/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-datagram.c and hvn-datagram-open.c by themselves: how many frames one call moves, and IPv6. What a peer can do to
 * them is tested with the dgram backend. */
#include "hvn-datagram.h"

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "hvn-fake-port.h"
#include "hvn-link.h"

/* a backend that is nothing but datagrams, which the test makes */
#define TEST_TYPE_BACKEND (test_backend_get_type())
G_DECLARE_FINAL_TYPE(TestBackend, test_backend, TEST, BACKEND, HvnBackend)

struct _TestBackend {
    HvnBackend   parent_instance;
    HvnDatagram *datagram;
};

G_DEFINE_FINAL_TYPE(TestBackend, test_backend, HVN_TYPE_BACKEND)

static guint
test_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return hvn_datagram_push(TEST_BACKEND(port)->datagram, frames, n_frames);
}

static void
test_backend_resume(HvnPort *port)
{
    hvn_datagram_resume(TEST_BACKEND(port)->datagram);
}

static void
test_backend_class_init(TestBackendClass *klass)
{
    HVN_PORT_CLASS(klass)->push = test_backend_push;
    HVN_PORT_CLASS(klass)->resume = test_backend_resume;
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
    guint          pushes;
} Fixture;

static guint
count_push(HvnFakePort *nic, const HvnFrame *frames, guint n_frames, gpointer data)
{
    ((Fixture *)data)->pushes++;
    return n_frames;
}

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->nic = hvn_fake_port_new(self->dispatcher, "nic");
    self->backend = g_object_new(TEST_TYPE_BACKEND, "dispatcher", self->dispatcher, "name", "net0", NULL);
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_link_disconnect(self->link);
    g_object_unref(self->link);
    g_clear_pointer(&self->backend->datagram, hvn_datagram_free);
    /* it was never started by its own start(): the state is the datagrams' */
    hvn_backend_set_state(HVN_BACKEND(self->backend), HVN_BACKEND_STOPPED, NULL);
    g_assert_finalize_object(self->backend);
    g_object_unref(self->nic);
    g_object_unref(self->dispatcher);
}

static HvnSocketAddress
loopback6(guint16 port)
{
    HvnSocketAddress address = {.len = sizeof(struct sockaddr_in6)};
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&address.storage;

    in6->sin6_family = AF_INET6;
    in6->sin6_addr = in6addr_loopback;
    in6->sin6_port = htons(port);
    return address;
}

/* 256 datagrams that wait reach the guest in four pushes of one dispatch, and 64 frames leave in one call */
static void
test_batches_over_ipv6(Fixture *self, gconstpointer data)
{
    HvnSocketAddress local = loopback6(0), remote;
    g_autoptr(GError) error = NULL;
    struct iovec pieces[2] = {{(gpointer) "0123456789abcdef0123456789abcdef", 32}, {(gpointer) "0123456789abcdef0123456789abcdef", 32}};
    HvnFrame frames[HVN_BATCH_MAX];
    int peer = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    int probe = socket(AF_INET6, SOCK_DGRAM, 0);
    guint8 bytes[100];

    g_assert_cmpint(bind(peer, (struct sockaddr *)&local.storage, local.len), ==, 0);
    remote.len = sizeof remote.storage;
    g_assert_cmpint(getsockname(peer, (struct sockaddr *)&remote.storage, &remote.len), ==, 0);
    g_assert_cmpint(bind(probe, (struct sockaddr *)&local.storage, local.len), ==, 0);
    g_assert_cmpint(getsockname(probe, (struct sockaddr *)&local.storage, &local.len), ==, 0);
    close(probe);
    self->backend->datagram = hvn_datagram_new_unicast(HVN_BACKEND(self->backend), &local, &remote, &error);
    g_assert_no_error(error);
    g_assert_cmpint(hvn_backend_get_state(HVN_BACKEND(self->backend)), ==, HVN_BACKEND_UP);

    g_assert_cmpint(connect(peer, (struct sockaddr *)&local.storage, local.len), ==, 0);
    for (guint i = 0; i < 256; i++)
        g_assert_cmpint(send(peer, pieces[0].iov_base, 32, 0), ==, 32);
    hvn_fake_port_set_push_func(self->nic, count_push, self);
    hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_cmpuint(self->pushes, ==, 4);

    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], pieces, 2);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(self->nic), frames, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        g_assert_cmpint(recv(peer, bytes, sizeof bytes, 0), ==, 64);
    g_assert_cmpint(recv(peer, bytes, sizeof bytes, 0), ==, -1);
    close(peer);
}

/* a header of one byte, the number of the frame; what begins with 0 is dropped */
static void
number_write(gpointer data, guint8 *header, guint ahead)
{
    header[0] = *(guint8 *)data + 1 + ahead;
}

static void
number_sent(gpointer data, guint n_frames)
{
    *(guint8 *)data += n_frames;
}

static gboolean
number_read(gpointer data, const guint8 *bytes, gsize len, gsize *frame_at, HvnBackendDrop *reason)
{
    *frame_at = 1;
    *reason = HVN_BACKEND_DROP_SESSION;
    return bytes[0] != 0;
}

/* a peer that is full takes some of a batch: the rest has the next numbers when it goes later; what comes in loses its header */
static void
test_headers(Fixture *self, gconstpointer data)
{
    guint8 count = 0, bytes[100];
    const HvnDatagramHeader header = {.len = 1, .write = number_write, .sent = number_sent, .read = number_read, .data = &count};
    struct iovec pieces[2] = {{(gpointer) "0123456789abcdef0123456789abcdef", 32}, {(gpointer) "0123456789abcdef0123456789abcdef", 32}};
    HvnFrame frames[HVN_BATCH_MAX];
    guint sent = 0, got = 0;
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    self->backend->datagram = hvn_datagram_new_for_fd(HVN_BACKEND(self->backend), pair[0]);
    hvn_datagram_set_header(self->backend->datagram, &header);
    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], pieces, 2);
    while (got < 200) {
        sent += hvn_port_send(HVN_PORT(self->nic), frames, HVN_BATCH_MAX);
        for (gssize len; (len = recv(pair[1], bytes, sizeof bytes, 0)) > 0; got++) {
            g_assert_cmpint(len, ==, 65);
            g_assert_cmpuint(bytes[0], ==, (guint8)(got + 1));
            g_assert_cmpmem(bytes + 33, 32, pieces[1].iov_base, 32);
        }
        g_assert_cmpuint(got, ==, sent);
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
    }
    for (guint8 i = 0; i < 2; i++) {
        bytes[0] = i;
        g_assert_cmpint(send(pair[1], bytes, sizeof bytes, 0), ==, sizeof bytes);
    }
    hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1);
    g_assert_cmpmem(g_bytes_get_data(hvn_fake_port_get_frame(self->nic, 0), NULL), 99, bytes + 1, 99);
    g_assert_cmpuint(hvn_backend_get_drops(HVN_BACKEND(self->backend), HVN_BACKEND_DROP_SESSION), ==, 1);
    close(pair[1]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/net/datagram/batches-over-ipv6", Fixture, NULL, set_up, test_batches_over_ipv6, tear_down);
    g_test_add("/net/datagram/headers", Fixture, NULL, set_up, test_headers, tear_down);
    return g_test_run();
}
