/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-batch.c with a datagram socket as the source. */
#include "hvn-batch.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnFakePort *backend;
    HvnFakePort *nic;
    HvnLink     *link;
    HvnBatch    *batch;
    int          fds[2];
} Fixture;

static gssize
read_frame(int fd, gpointer buf, gsize size, HvnOffload *offload)
{
    gssize len = recv(fd, buf, size, MSG_DONTWAIT);

    g_assert_cmpuint(offload->flags, ==, 0);
    if (len < 0)
        return errno == EAGAIN ? 0 : -1;
    offload->flags = HVN_OFFLOAD_DATA_VALID;
    return len == 0 ? -1 : len;
}

static void
set_up(Fixture *self, gconstpointer data)
{
    int size = 1024 * 1024;

    self->backend = hvn_fake_port_new(NULL, "tap0");
    self->nic = hvn_fake_port_new(NULL, "net0");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->backend));
    self->batch = hvn_batch_new(100);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, self->fds), ==, 0);
    g_assert_cmpint(setsockopt(self->fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size), ==, 0);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    close(self->fds[0]);
    if (self->fds[1] >= 0)
        close(self->fds[1]);
    hvn_batch_free(self->batch);
    g_object_unref(self->link);
    g_object_unref(self->nic);
    g_object_unref(self->backend);
}

static void
offer(Fixture *self, guint from, guint n)
{
    for (guint i = from; i < from + n; i++) {
        guint8 bytes[60] = {i};

        g_assert_cmpint(send(self->fds[1], bytes, sizeof bytes, 0), ==, sizeof bytes);
    }
}

static void
test_fills_and_flushes(Fixture *self, gconstpointer data)
{
    offer(self, 0, 100);
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, HVN_BATCH_MAX);
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, 100 - HVN_BATCH_MAX);
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 100);
    for (guint i = 0; i < 100; i++) {
        const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(self->nic, i), NULL);

        g_assert_cmpuint(bytes[0], ==, i);
        g_assert_cmpuint(hvn_fake_port_get_offload(self->nic, i).flags, ==, HVN_OFFLOAD_DATA_VALID);
    }
}

static void
test_holds_what_was_not_taken(Fixture *self, gconstpointer data)
{
    offer(self, 0, 10);
    hvn_fake_port_set_capacity(self->nic, 4);
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_false(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, 6);
    offer(self, 10, 1);
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame)); /* reads nothing: it still holds */
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, 6);
    hvn_fake_port_set_capacity(self->nic, 100);
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    for (guint i = 0; i < 11; i++)
        g_assert_cmpuint(*(const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(self->nic, i), NULL), ==, i);
}

static void
test_end_of_the_source(Fixture *self, gconstpointer data)
{
    g_assert_true(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, 0);
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    offer(self, 0, 2);
    close(self->fds[1]);
    self->fds[1] = -1;
    g_assert_false(hvn_batch_fill(self->batch, self->fds[0], read_frame));
    g_assert_cmpuint(hvn_batch_get_held(self->batch), ==, 2); /* what came before the end still goes out */
    g_assert_true(hvn_batch_flush(self->batch, HVN_PORT(self->backend)));
    hvn_batch_free(NULL);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/net/batch/fills-and-flushes", Fixture, NULL, set_up, test_fills_and_flushes, tear_down);
    g_test_add("/net/batch/holds-what-was-not-taken", Fixture, NULL, set_up, test_holds_what_was_not_taken, tear_down);
    g_test_add("/net/batch/end-of-the-source", Fixture, NULL, set_up, test_end_of_the_source, tear_down);
    return g_test_run();
}
