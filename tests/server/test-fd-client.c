/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's end of a channel: messages whole and with descriptors, an end that is silent, one that hangs up, one that talks nonsense.
 * The other end of the socket pair is answered in advance, so that no thread is needed. */

#include "hvn-fd-client.h"

#include "hvn-error.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    HvnFdClient  *client;
    HvnFdChannel *peer;
} Fixture;

/* a message is its length and then bytes */
static gssize
size_of(const guint8 *head, gsize len)
{
    return head[0] == 0 ? -1 : head[0];
}

static void
set_up(Fixture *f, gconstpointer data)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->client = hvn_fd_client_new(fds[0], 64, size_of, 20);
    f->peer = hvn_fd_channel_new(fds[1], 64, size_of);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    hvn_fd_client_free(f->client);
    hvn_fd_channel_free(f->peer);
}

static void
test_messages(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnFdMessage      message;
    int               ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_true(hvn_fd_client_send(f->client, "\003ab", 3, ends, 2, &error));
    g_assert_true(hvn_fd_client_send(f->client, "\002c", 2, NULL, 0, &error));
    g_assert_no_error(error);
    g_assert_cmpint(hvn_fd_channel_receive(f->peer), ==, HVN_FD_CHANNEL_OK);
    g_assert_true(hvn_fd_channel_next(f->peer, &message));
    g_assert_cmpmem(message.data, message.len, "\003ab", 3);
    g_assert_cmpuint(message.n_fds, ==, 2);

    hvn_fd_channel_queue(f->peer, "\004xyz\002!", 6);
    g_assert_true(hvn_fd_channel_flush(f->peer));
    g_assert_true(hvn_fd_client_receive(f->client, &message, &error));
    g_assert_cmpmem(message.data, message.len, "\004xyz", 4);
    g_assert_true(hvn_fd_client_receive(f->client, &message, &error));
    g_assert_cmpmem(message.data, message.len, "\002!", 2);
    close(ends[0]);
    close(ends[1]);
}

/* one that was waited for in vain is not waited for again */
static void
test_silent(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL, again = NULL;
    HvnFdMessage      message;

    g_assert_false(hvn_fd_client_receive(f->client, &message, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    g_assert_cmpstr(error->message, ==, "the server does not answer within 20 ms");
    g_assert_false(hvn_fd_client_send(f->client, "\002a", 2, NULL, 0, &again));
    g_assert_cmpstr(again->message, ==, error->message);
}

static void
test_full(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    const guint8      bytes[32] = {32};
    guint             n = 0;

    while (n < 1000000 && hvn_fd_client_send(f->client, bytes, sizeof bytes, NULL, 0, &error))
        n++;
    g_assert_cmpuint(n, >, 0);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
}

static void
test_gone(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL, send_error = NULL;
    HvnFdMessage      message;

    shutdown(hvn_fd_channel_get_fd(f->peer), SHUT_RDWR);
    g_assert_false(hvn_fd_client_receive(f->client, &message, &error));
    g_assert_cmpstr(error->message, ==, "the server hung up");
    g_assert_false(hvn_fd_client_send(f->client, "\002a", 2, NULL, 0, &send_error));
}

static void
test_nonsense(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    HvnFdMessage      message;

    hvn_fd_channel_queue(f->peer, "\0", 1);
    g_assert_true(hvn_fd_channel_flush(f->peer));
    g_assert_false(hvn_fd_client_receive(f->client, &message, &error));
    g_assert_nonnull(strstr(error->message, "no message of the protocol"));
}

static void
test_connect(void)
{
    g_autofree char  *path = g_strnfill(200, 'x');
    g_autoptr(GError) error = NULL, missing = NULL;

    g_assert_cmpint(hvn_fd_client_connect(path, &error), ==, -1);
    g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    g_assert_cmpint(hvn_fd_client_connect("/nonexistent/socket", &missing), ==, -1);
    g_assert_error(missing, HVN_ERROR, HVN_ERROR_NOT_FOUND);
}

#define ADD(name, func) g_test_add("/server/fd-client/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("messages", test_messages);
    ADD("silent", test_silent);
    ADD("full", test_full);
    ADD("gone", test_gone);
    ADD("nonsense", test_nonsense);
    g_test_add_func("/server/fd-client/connect", test_connect);
    return g_test_run();
}
