/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Framed messages with descriptors over a socket pair: bulk reads, descriptors at the right message, and peers that send nonsense. */

#include "hvn-fd-channel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MESSAGE 4096

/* a message is a length of 4 bytes, itself included, and that many bytes */
static gssize
test_size_of(const guint8 *head, gsize len)
{
    guint32 size;

    if (len < sizeof size)
        return 0;
    memcpy(&size, head, sizeof size);
    return size < sizeof size ? -1 : (gssize)size;
}

typedef struct {
    HvnFdChannel *channel;
    int           peer;
} Fixture;

static void
fixture_set_up(Fixture *f, gconstpointer data)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), ==, 0);
    f->channel = hvn_fd_channel_new(fds[0], MAX_MESSAGE, test_size_of);
    f->peer = fds[1];
}

static void
fixture_tear_down(Fixture *f, gconstpointer data)
{
    hvn_fd_channel_free(f->channel);
    close(f->peer);
}

static guint
count_open_fds(void)
{
    guint n = 0;

    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    return n;
}

static void
send_bytes(int fd, gconstpointer data, gsize len, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(32 * sizeof(int))];
    } control = {0};
    struct iovec  iov = {(void *)data, len};
    struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

    if (n_fds > 0) {
        struct cmsghdr *c;

        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    g_assert_cmpint(sendmsg(fd, &header, 0), ==, (gssize)len);
}

static void
send_message(int fd, guint32 size, guint8 fill, const int *fds, guint n_fds)
{
    guint8 data[MAX_MESSAGE * 2];

    memset(data, fill, sizeof data);
    memcpy(data, &size, sizeof size);
    send_bytes(fd, data, size, fds, n_fds);
}

static void
test_many_messages_in_one_read(Fixture *f, gconstpointer data)
{
    HvnFdMessage message;

    for (guint i = 0; i < 10; i++)
        send_message(f->peer, 8 + i, i, NULL, 0);
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_OK);
    for (guint i = 0; i < 10; i++) {
        g_assert_true(hvn_fd_channel_next(f->channel, &message));
        g_assert_cmpuint(message.len, ==, 8 + i);
        g_assert_cmpuint(message.data[4], ==, i);
        g_assert_cmpuint(message.n_fds, ==, 0);
    }
    g_assert_false(hvn_fd_channel_next(f->channel, &message));
    g_assert_false(hvn_fd_channel_get_broken(f->channel));
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_AGAIN);
}

static void
test_message_in_pieces(Fixture *f, gconstpointer data)
{
    const guint32 size = 12;
    guint8        bytes[12] = {0};
    HvnFdMessage  message;

    memcpy(bytes, &size, sizeof size);
    for (guint i = 0; i < sizeof bytes; i++) {
        send_bytes(f->peer, bytes + i, 1, NULL, 0);
        g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_OK);
        g_assert_cmpint(hvn_fd_channel_next(f->channel, &message), ==, i == sizeof bytes - 1);
    }
    g_assert_cmpuint(message.len, ==, 12);
}

static void
test_fds_belong_to_the_last_message(Fixture *f, gconstpointer data)
{
    const int     fds[] = {f->peer, f->peer};
    const guint   before = count_open_fds();
    HvnFdMessage  message;

    send_message(f->peer, 8, 1, NULL, 0);
    send_message(f->peer, 8, 2, fds, 2);
    send_message(f->peer, 8, 3, NULL, 0);
    send_message(f->peer, 8, 4, fds, 1);
    for (guint i = 1; i <= 4;) {
        g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_OK);
        while (hvn_fd_channel_next(f->channel, &message)) {
            g_assert_cmpuint(message.data[4], ==, i);
            g_assert_cmpuint(message.n_fds, ==, i == 2 ? 2 : i == 4 ? 1 : 0);
            if (i == 2) {
                close(message.fds[1]);
                message.fds[1] = -1;
            }
            i++;
        }
    }
    g_assert_cmpuint(count_open_fds(), ==, before);
}

static void
test_fds_of_a_message_that_never_ends_are_closed(Fixture *f, gconstpointer data)
{
    const guint  before = count_open_fds();
    const guint8 head[] = {200, 0, 0, 0, 1};
    HvnFdMessage message;

    send_bytes(f->peer, head, sizeof head, &f->peer, 1);
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_OK);
    g_assert_false(hvn_fd_channel_next(f->channel, &message));
    g_assert_cmpuint(count_open_fds(), ==, before + 1);
    hvn_fd_channel_free(g_steal_pointer(&f->channel));
    g_assert_cmpuint(count_open_fds(), ==, before - 1);
}

static void
test_sizes_that_cannot_be(Fixture *f, gconstpointer data)
{
    guint32      size = GPOINTER_TO_UINT(data);
    HvnFdMessage message;

    send_bytes(f->peer, &size, sizeof size, NULL, 0);
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_OK);
    g_assert_false(hvn_fd_channel_next(f->channel, &message));
    g_assert_true(hvn_fd_channel_get_broken(f->channel));
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_CLOSED);
}

static void
test_too_many_fds(Fixture *f, gconstpointer data)
{
    const guint before = count_open_fds();
    int         fds[30];

    for (guint i = 0; i < G_N_ELEMENTS(fds); i++)
        fds[i] = f->peer;
    send_message(f->peer, 8, 1, fds, G_N_ELEMENTS(fds));
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_CLOSED);
    hvn_fd_channel_free(g_steal_pointer(&f->channel));
    g_assert_cmpuint(count_open_fds(), ==, before - 1);
}

static void
test_answers_wait_for_a_slow_peer(Fixture *f, gconstpointer data)
{
    g_autofree guint8 *bytes = g_malloc(1 << 20);
    gsize              got = 0;

    for (gsize i = 0; i < (1 << 20); i++)
        bytes[i] = i * 7;
    hvn_fd_channel_queue(f->channel, bytes, 1 << 20);
    g_assert_true(hvn_fd_channel_flush(f->channel));
    g_assert_cmpuint(hvn_fd_channel_get_queued(f->channel), >, 0);
    while (got < (1 << 20)) {
        guint8 part[65536];
        gssize n = read(f->peer, part, sizeof part);

        g_assert_cmpint(n, >, 0);
        g_assert_cmpmem(part, n, bytes + got, n);
        got += n;
        g_assert_true(hvn_fd_channel_flush(f->channel));
    }
    g_assert_cmpuint(hvn_fd_channel_get_queued(f->channel), ==, 0);
}

static void
test_peer_gone(Fixture *f, gconstpointer data)
{
    hvn_fd_channel_queue(f->channel, "x", 1);
    close(f->peer);
    f->peer = open("/dev/null", O_RDONLY | O_CLOEXEC);
    g_assert_false(hvn_fd_channel_flush(f->channel));
    g_assert_cmpint(hvn_fd_channel_receive(f->channel), ==, HVN_FD_CHANNEL_CLOSED);
}

static void
add(const char *path, gconstpointer data, void (*func)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, data, fixture_set_up, func, fixture_tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/server/fd-channel/many-messages-in-one-read", NULL, test_many_messages_in_one_read);
    add("/server/fd-channel/message-in-pieces", NULL, test_message_in_pieces);
    add("/server/fd-channel/fds-belong-to-the-last-message", NULL, test_fds_belong_to_the_last_message);
    add("/server/fd-channel/fds-of-a-message-that-never-ends-are-closed", NULL, test_fds_of_a_message_that_never_ends_are_closed);
    add("/server/fd-channel/size-below-its-own", GUINT_TO_POINTER(3), test_sizes_that_cannot_be);
    add("/server/fd-channel/size-above-the-limit", GUINT_TO_POINTER(MAX_MESSAGE + 1), test_sizes_that_cannot_be);
    add("/server/fd-channel/size-of-4-gib", GUINT_TO_POINTER(G_MAXUINT32), test_sizes_that_cannot_be);
    add("/server/fd-channel/too-many-fds", NULL, test_too_many_fds);
    add("/server/fd-channel/answers-wait-for-a-slow-peer", NULL, test_answers_wait_for_a_slow_peer);
    add("/server/fd-channel/peer-gone", NULL, test_peer_gone);
    return g_test_run();
}
