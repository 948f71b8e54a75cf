/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream backend (hvn-stream-backend.c), with what carries its frames (hvn-stream.c, hvn-stream-peer.c), between a NIC and sockets of this
 * test: one peer and several, who is full, what rubbish does, a peer that comes and goes, and what is left behind. */
#include "hvn-stream-backend.h"

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-test-backend.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef HvnTestBackend Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    hvn_test_backend_init(self, HVN_TYPE_STREAM_BACKEND);
    hvn_port_set_features(HVN_PORT(self->nic), HVN_PORT_SHORT_FRAMES);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_test_backend_clear(self);
}

static void
start_server(Fixture *self)
{
    g_object_set(self->backend, "addr-type", "unix", "addr-path", self->path, "server", TRUE, NULL);
    hvn_test_backend_start(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_LISTENING);
    g_assert_false(hvn_link_get_up(self->link));
}

static int
unix_socket(const char *path, gboolean server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (server) {
        g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(fd, 4), ==, 0);
    } else {
        g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    }
    return fd;
}

static int
join(Fixture *self)
{
    int fd = unix_socket(self->path, FALSE);

    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    g_assert_true(hvn_link_get_up(self->link));
    return fd;
}

static int
start_pair(Fixture *self)
{
    g_autofree char *number = NULL;
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    number = g_strdup_printf("%d", pair[0]);
    g_object_set(self->backend, "addr-type", "fd", "addr-str", number, NULL);
    hvn_test_backend_start(self);
    close(pair[0]);
    return pair[1];
}

static void
peer_sends(int fd, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(len + 4);

    hvn_store_be32(bytes, len);
    memset(bytes + 4, fill, len);
    g_assert_cmpint(send(fd, bytes, len + 4, MSG_NOSIGNAL), ==, len + 4);
}

/* reads exactly so many bytes, letting the backend run meanwhile */
static void
read_all(Fixture *self, int fd, guint8 *to, gsize len)
{
    for (guint i = 0; len > 0; i++) {
        gssize n = recv(fd, to, len, 0);

        g_assert_cmpuint(i, <, 100000);
        g_assert_cmpint(n, !=, 0);
        if (n > 0) {
            to += n;
            len -= n;
        } else {
            hvn_test_backend_settle(self);
        }
    }
}

static void
assert_peer_gets(Fixture *self, int fd, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(len + 4);

    read_all(self, fd, bytes, len + 4);
    g_assert_cmpuint(hvn_load_be32(bytes), ==, len);
    g_assert_cmpuint(bytes[4], ==, fill);
    g_assert_cmpuint(bytes[len + 3], ==, fill);
}

static gboolean
is_closed(int fd)
{
    char byte;
    gssize n = recv(fd, &byte, 1, 0);

    return n == 0 || (n < 0 && errno == ECONNRESET);
}

/* ---- one peer ---- */

static void
test_both_ways(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);

    for (guint i = 0; i < 300; i++) {
        peer_sends(peer, 60 + i, i);
        g_assert_true(hvn_test_backend_send(self, 60 + i, i));
        assert_peer_gets(self, peer, 60 + i, i);
        hvn_test_backend_settle(self);
    }
    for (guint i = 0; i < 300; i++)
        hvn_test_backend_assert_got(self, i, 60 + i, i);
    close(peer);
    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_DOWN);
    g_assert_cmpstr(hvn_backend_get_reason(self->backend), ==, "the peer has closed the connection");
    g_assert_true(hvn_test_backend_send(self, 60, 0));
}

/* the peer stalls in the middle of a frame: nothing is lost or repeated, of any size */
static void
test_stalled_peer(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);
    guint sent = 0;

    for (guint round = 0; round < 5; round++) {
        guint got = sent, resumed = hvn_fake_port_get_n_resumed(self->nic);

        while (hvn_test_backend_send(self, 60 + (sent * 7919) % 20000, sent))
            g_assert_cmpuint(++sent, <, 100000);
        g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
        hvn_test_backend_settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, resumed);
        for (; got < sent; got++)
            assert_peer_gets(self, peer, 60 + (got * 7919) % 20000, got);
        hvn_test_backend_settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, resumed + 1);
    }
    close(peer);
}

/* it stalls, and dies: the guest waits no longer */
static void
test_stalled_peer_dies(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);

    while (hvn_test_backend_send(self, 1514, 0))
        ;
    close(peer);
    hvn_test_backend_settle(self);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_DOWN);
}

static void
test_full_guest(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);

    hvn_fake_port_set_capacity(self->nic, 10);
    for (guint i = 0; i < 200; i++)
        peer_sends(peer, 60, i);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 10);
    while (hvn_fake_port_get_n_frames(self->nic) < 200) {
        guint before = hvn_fake_port_get_n_frames(self->nic);

        hvn_fake_port_set_capacity(self->nic, 7);
        hvn_port_ready(HVN_PORT(self->nic));
        hvn_test_backend_settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, MIN(before + 7, 200));
    }
    for (guint i = 0; i < 200; i++)
        hvn_test_backend_assert_got(self, i, 60, i);
    close(peer);
}

/* a flood: each dispatch is bounded, and all of it comes */
static void
test_flood(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);
    g_autofree guint8 *bytes = g_malloc0(64 * 1000);
    guint sent = 0;

    for (guint i = 0; i < 1000; i++)
        hvn_store_be32(bytes + 64 * i, 60);
    hvn_fake_port_set_recording(self->nic, FALSE);
    for (guint i = 0; i < 50; i++) {
        guint before = hvn_fake_port_get_n_frames(self->nic);

        if (send(peer, bytes, 64 * 1000, 0) == 64 * 1000)
            sent += 1000;
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic) - before, <=, 16 * HVN_BATCH_MAX);
    }
    hvn_test_backend_settle(self);
    g_assert_cmpuint(sent, >=, 1000);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, sent);
    close(peer);
}

/* ---- rubbish ---- */

static void
test_lengths(Fixture *self, gconstpointer data)
{
    static const gsize lengths[] = {0, 1, 13, 14, 65553, 65554, 69632};
    HvnLinkCounters counters;
    int peer;

    start_server(self);
    peer = join(self);
    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        peer_sends(peer, lengths[i], 7);
        peer_sends(peer, 60, i);
        hvn_test_backend_settle(self);
    }
    hvn_link_get_counters(self->link, HVN_PORT(self->nic), &counters);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_EMPTY), ==, 1);
    g_assert_cmpuint(counters.dropped_runt, ==, 2);
    g_assert_cmpuint(counters.dropped_oversize, ==, 2);
    g_assert_cmpuint(counters.frames, ==, G_N_ELEMENTS(lengths) + 2);
    /* one that cannot be: what came before it counts, the peer is dropped, and may come back */
    peer_sends(peer, 60, 99);
    g_assert_cmpint(send(peer, "\0\1\x10\1", 4, 0), ==, 4);
    hvn_test_backend_settle(self);
    hvn_test_backend_assert_got(self, G_N_ELEMENTS(lengths) + 2, 60, 99);
    g_assert_true(is_closed(peer));
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_LISTENING);
    g_assert_cmpstr(hvn_backend_get_reason(self->backend), ==, "the peer sent a length of 69633 bytes: expected at most 69632");
    close(peer);
    peer = join(self);
    peer_sends(peer, 60, 42);
    hvn_test_backend_settle(self);
    hvn_test_backend_assert_got(self, G_N_ELEMENTS(lengths) + 3, 60, 42);
    /* a length that is cut, then the end */
    g_assert_cmpint(send(peer, "\0\0", 2, 0), ==, 2);
    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    close(peer);
    hvn_test_backend_settle(self);
    g_assert_cmpstr(hvn_backend_get_reason(self->backend), ==, "the peer has closed the connection within a frame");
}

/* ---- several peers ---- */

static void
test_hub(Fixture *self, gconstpointer data)
{
    g_autofree char *info = NULL;
    char byte;
    int peers[3];

    start_server(self);
    for (guint i = 0; i < 3; i++)
        peers[i] = join(self);
    info = hvn_backend_describe(self->backend);
    g_assert_true(g_str_has_suffix(info, ",server,peers=3"));
    g_assert_true(hvn_test_backend_send(self, 60, 1));
    for (guint i = 0; i < 3; i++)
        assert_peer_gets(self, peers[i], 60, 1);
    peer_sends(peers[1], 100, 2);
    hvn_test_backend_settle(self);
    hvn_test_backend_assert_got(self, 0, 100, 2);
    assert_peer_gets(self, peers[0], 100, 2);
    assert_peer_gets(self, peers[2], 100, 2);
    g_assert_cmpint(recv(peers[1], &byte, 1, 0), ==, -1);
    /* while the guest is full nobody gets what it does not, and then each gets it once */
    hvn_fake_port_set_capacity(self->nic, 1);
    for (guint i = 0; i < 10; i++)
        peer_sends(peers[0], 60, 10 + i);
    hvn_test_backend_settle(self);
    hvn_fake_port_set_capacity(self->nic, G_MAXUINT);
    hvn_port_ready(HVN_PORT(self->nic));
    hvn_test_backend_settle(self);
    for (guint i = 0; i < 10; i++) {
        hvn_test_backend_assert_got(self, 1 + i, 60, 10 + i);
        assert_peer_gets(self, peers[1], 60, 10 + i);
    }
    for (guint i = 0; i < 3; i++)
        close(peers[i]);
    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_LISTENING);
}

/* one of two that stalls loses frames, and holds up neither the guest nor the other */
static void
test_slow_peer_of_two(Fixture *self, gconstpointer data)
{
    int slow, fast;

    start_server(self);
    slow = join(self);
    while (hvn_test_backend_send(self, 1514, 0))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
    fast = join(self);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    for (guint i = 0; i < 1000; i++) {
        g_assert_true(hvn_test_backend_send(self, 1514, i));
        assert_peer_gets(self, fast, 1514, i);
    }
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_PEER_FULL), ==, 1000);
    close(slow);
    close(fast);
}

static void
test_many_peers(Fixture *self, gconstpointer data)
{
    int peers[66];

    start_server(self);
    for (guint i = 0; i < G_N_ELEMENTS(peers); i++)
        peers[i] = join(self);
    g_assert_true(hvn_test_backend_send(self, 60, 1));
    for (guint i = 0; i < 64; i++)
        assert_peer_gets(self, peers[i], 60, 1);
    close(peers[0]);
    close(peers[1]);
    hvn_test_backend_settle(self);
    g_assert_true(hvn_test_backend_send(self, 60, 2));
    for (guint i = 2; i < G_N_ELEMENTS(peers); i++) {
        assert_peer_gets(self, peers[i], 60, 2);
        close(peers[i]);
    }
}

/* ---- a client ---- */

/* the server is not there, comes, goes, and comes back: pauses grow to what was asked for, and begin anew */
static void
test_reconnect(Fixture *self, gconstpointer data)
{
    int listener, peer;

    g_object_set(self->backend, "addr-type", "unix", "addr-path", self->path, "reconnect-ms", 500, NULL);
    hvn_test_backend_start(self);
    for (guint round = 0; round < 3; round++) {
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
        g_assert_false(hvn_link_get_up(self->link));
        hvn_dispatcher_advance(self->dispatcher, 10 * HVN_NS_PER_S);
        g_assert_true(g_str_has_prefix(hvn_backend_get_reason(self->backend), "can't connect to "));
        listener = unix_socket(self->path, TRUE);
        hvn_dispatcher_advance(self->dispatcher, 500 * HVN_NS_PER_MS);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
        g_assert_true(hvn_link_get_up(self->link));
        peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        peer_sends(peer, 60, round);
        hvn_test_backend_settle(self);
        hvn_test_backend_assert_got(self, round, 60, round);
        g_assert_true(hvn_test_backend_send(self, 60, round));
        assert_peer_gets(self, peer, 60, round);
        close(listener);
        g_unlink(self->path);
        close(peer);
        hvn_test_backend_settle(self);
    }
}

static void
test_no_reconnect(Fixture *self, gconstpointer data)
{
    g_object_set(self->backend, "addr-type", "unix", "addr-path", self->path, NULL);
    hvn_test_backend_start(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_DOWN);
    g_assert_nonnull(strstr(hvn_backend_get_reason(self->backend), "No such file or directory"));
}

static void
start_tcp(Fixture *self, int listener, const char *host)
{
    HvnBackend *backend = self->backend;
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    g_autofree char *port = NULL;

    g_assert_cmpint(getsockname(listener, (struct sockaddr *)&address, &len), ==, 0);
    port = g_strdup_printf("%u", ntohs(((struct sockaddr_in *)&address)->sin_port)); /* at the same place for IPv6 */
    g_object_set(backend, "addr-type", "inet", "addr-host", host, "addr-port", port, NULL);
    hvn_test_backend_start(self);
}

/* TCP over both families: options of the connection are set */
static void
test_tcp(Fixture *self, gconstpointer data)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr *addresses[] = {(struct sockaddr *)&in, (struct sockaddr *)&in6};

    g_object_set(self->backend, "addr-keep-alive", TRUE, "addr-keep-alive-idle", 1, "addr-keep-alive-interval", 1, "addr-keep-alive-count", 2,
                 NULL);
    for (guint i = 0; i < 2; i++) {
        int listener = socket(addresses[i]->sa_family, SOCK_STREAM, 0), peer;

        g_assert_cmpint(bind(listener, addresses[i], i == 0 ? sizeof in : sizeof in6), ==, 0);
        g_assert_cmpint(listen(listener, 1), ==, 0);
        start_tcp(self, listener, i == 0 ? "127.0.0.1" : "::1");
        hvn_test_backend_settle(self);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
        peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        g_assert_true(hvn_test_backend_send(self, 60, i));
        assert_peer_gets(self, peer, 60, i);
        peer_sends(peer, 60, i);
        while (hvn_fake_port_get_n_frames(self->nic) <= i)
            hvn_dispatcher_iterate(self->dispatcher, TRUE);
        hvn_backend_stop(self->backend);
        g_assert_true(is_closed(peer));
        close(peer);
        close(listener);
    }
}

/* a server on the first free port of a range, and on an abstract name */
static void
test_server_addresses(Fixture *self, gconstpointer data)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), peer = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    g_autofree char *info = NULL;

    g_assert_cmpint(bind(listener, (struct sockaddr *)&in, sizeof in), ==, 0);
    g_assert_cmpint(listen(listener, 1), ==, 0);
    g_object_set(self->backend, "server", TRUE, "addr-to", 65535, NULL);
    start_tcp(self, listener, "127.0.0.1");
    info = hvn_backend_describe(self->backend);
    g_assert_true(g_str_has_prefix(info, "tcp:127.0.0.1:"));
    hvn_backend_stop(self->backend);
    close(listener);
    g_object_set(self->backend, "addr-type", "unix", "addr-path", self->path, "addr-abstract", TRUE, NULL);
    hvn_test_backend_start(self);
    g_strlcpy(un.sun_path + 1, self->path, sizeof un.sun_path - 1);
    g_assert_cmpint(connect(peer, (struct sockaddr *)&un, G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + 1 + strlen(self->path)), ==, 0);
    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    close(peer);
}

/* ---- what is refused, and what is left ---- */

static void
test_refused(Fixture *self, gconstpointer data)
{
    hvn_test_backend_assert_refused(self, "parameter 'addr' is missing*");
    g_object_set(self->backend, "addr-type", "unix", "addr-path", "/nonexistent/socket", "server", TRUE, "reconnect-ms", 1, NULL);
    hvn_test_backend_assert_refused(self, "'reconnect-ms' option is incompatible with socket in server mode");
    g_object_set(self->backend, "reconnect-ms", 0, NULL);
    hvn_test_backend_assert_refused(self, "can't bind to /nonexistent/socket: No such file or directory");
    g_object_set(self->backend, "addr-type", "fd", "addr-str", "x", NULL);
    hvn_test_backend_assert_refused(self, "invalid file descriptor number 'x'*");
}

static void
test_thousand_cycles(Fixture *self, gconstpointer data)
{
    guint fds = hvn_test_count_fds();

    g_object_set(self->backend, "addr-type", "unix", "addr-path", self->path, NULL);
    for (guint i = 0; i < 1000; i++) {
        gboolean server = i % 4 != 0;

        g_object_set(self->backend, "server", server, "reconnect-ms", server ? 0 : 100, NULL);
        hvn_test_backend_start(self);
        if (server) {
            int peer = join(self);

            peer_sends(peer, 60, i);
            g_assert_true(hvn_test_backend_send(self, 60, i));
            if (i % 2 == 0)
                hvn_test_backend_settle(self);
            close(peer);
        }
        hvn_backend_stop(self->backend);
    }
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/stream/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("both-ways", test_both_ways);
    ADD("stalled-peer", test_stalled_peer);
    ADD("stalled-peer-dies", test_stalled_peer_dies);
    ADD("full-guest", test_full_guest);
    ADD("flood", test_flood);
    ADD("lengths", test_lengths);
    ADD("hub", test_hub);
    ADD("slow-peer-of-two", test_slow_peer_of_two);
    ADD("many-peers", test_many_peers);
    ADD("reconnect", test_reconnect);
    ADD("no-reconnect", test_no_reconnect);
    ADD("tcp", test_tcp);
    ADD("server-addresses", test_server_addresses);
    ADD("refused", test_refused);
    ADD("thousand-cycles", test_thousand_cycles);
#undef ADD
    return g_test_run();
}
