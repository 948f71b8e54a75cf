/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dgram backend (hvn-dgram-backend.c) between a NIC and sockets of this test: which addresses go together, who is listened to, what is
 * counted, who is full, a peer that comes and goes, and what is left behind. */
#include "hvn-dgram-backend.h"

#include "hvn-error.h"
#include "hvn-test-backend.h"
#include "hvn-socket-address.h"

#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

typedef HvnTestBackend Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    hvn_test_backend_init(self, HVN_TYPE_DGRAM_BACKEND);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_test_backend_clear(self);
}

/* a peer's socket on 127.0.0.1, and the number of its port */
static int
udp_socket(guint *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int
unix_socket(const char *path, const char *peer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_strlcpy(address.sun_path, peer, sizeof address.sun_path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    return fd;
}

/* the backend between two UDP ports of loopback; returns the peer's socket, connected to it */
static int
start_udp(Fixture *self)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    guint our_port, peer_port;
    int peer = udp_socket(&peer_port);

    close(udp_socket(&our_port));
    g_object_set(self->backend, "local-type", "inet", "local-host", "127.0.0.1", "remote-type", "inet", "remote-host", "127.0.0.1", NULL);
    hvn_test_backend_set_text(self, "local-port", "%u", our_port);
    hvn_test_backend_set_text(self, "remote-port", "%u", peer_port);
    hvn_test_backend_start(self);
    address.sin_port = htons(our_port);
    g_assert_cmpint(connect(peer, (struct sockaddr *)&address, sizeof address), ==, 0);
    return peer;
}

static void
start_unix(Fixture *self)
{
    g_object_set(self->backend, "local-type", "unix", "local-path", self->path, "remote-type", "unix", "remote-path", self->peer_path, NULL);
    hvn_test_backend_start(self);
}

/* a socketpair whose other end is the peer */
static int
start_pair(Fixture *self)
{
    int pair[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), ==, 0);
    g_object_set(self->backend, "local-type", "fd", NULL);
    hvn_test_backend_set_text(self, "local-str", "%d", pair[0]);
    hvn_test_backend_start(self);
    close(pair[0]);
    return pair[1];
}

static void
peer_sends(int fd, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(len + 1);

    memset(bytes, fill, len);
    g_assert_cmpint(send(fd, bytes, len, 0), ==, len);
}

static void
assert_peer_gets(int fd, gssize len, guint8 fill)
{
    guint8 bytes[2000];

    g_assert_cmpint(recv(fd, bytes, sizeof bytes, 0), ==, len);
    g_assert_cmpuint(bytes[0], ==, fill);
    g_assert_cmpuint(bytes[len - 1], ==, fill);
}

/* ---- what goes through ---- */

static void
test_both_ways(Fixture *self, gconstpointer data)
{
    g_autofree char *info = NULL;
    int peer = start_udp(self);

    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    for (guint i = 0; i < 200; i++) {
        peer_sends(peer, 60 + i, i);
        g_assert_true(hvn_test_backend_send(self, 60 + i, i));
    }
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 200);
    for (guint i = 0; i < 200; i++) {
        hvn_test_backend_assert_got(self, i, 60 + i, i);
        assert_peer_gets(peer, 60 + i, i);
    }
    info = hvn_backend_describe(self->backend);
    g_assert_true(g_pattern_match_simple("udp=127.0.0.1:*/127.0.0.1:*", info));
    close(peer);
}

/* lengths of the fault table, over a socket that takes them all: each is counted, and the next one comes */
static void
test_lengths(Fixture *self, gconstpointer data)
{
    static const gsize lengths[] = {0, 1, 13, 14, 65553, 65554, 69632, 69633};
    HvnLinkCounters counters;
    int peer = start_pair(self);

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        peer_sends(peer, lengths[i], 7);
        peer_sends(peer, 60, i);
        hvn_test_backend_settle(self);
    }
    hvn_link_get_counters(self->link, HVN_PORT(self->nic), &counters);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_EMPTY), ==, 1);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_TOO_LONG), ==, 3);
    g_assert_cmpuint(counters.dropped_runt, ==, 2);
    g_assert_cmpuint(counters.frames, ==, G_N_ELEMENTS(lengths) + 2);
    close(peer);
}

/* the first datagrams may have come before the socket was connected; then the kernel keeps strangers out */
static void
test_strangers(Fixture *self, gconstpointer data)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int peer = start_udp(self), stranger;
    socklen_t len = sizeof address;
    guint port;

    stranger = udp_socket(&port);
    g_assert_cmpint(getpeername(peer, (struct sockaddr *)&address, &len), ==, 0);
    for (guint i = 0; i < 10; i++)
        sendto(stranger, "from a stranger", 15, 0, (struct sockaddr *)&address, sizeof address);
    peer_sends(peer, 60, 1);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1);
    hvn_test_backend_assert_got(self, 0, 60, 1);
    close(stranger);
    close(peer);
}

/* while the peer is not there, anybody may write to a unix socket */
static void
test_unix_strangers(Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_build_filename(self->directory, "stranger", NULL);
    int stranger, peer;

    start_unix(self);
    stranger = unix_socket(path, self->path);
    for (guint i = 0; i < 5; i++)
        peer_sends(stranger, 60, 9);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_STRANGER), ==, 5);
    peer_sends(stranger, 60, 9); /* in the queue when the peer comes */
    peer = unix_socket(self->peer_path, self->path);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    peer_sends(peer, 60, 1);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_STRANGER), ==, 6);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 1);
    g_assert_cmpint(send(stranger, "x", 1, 0), ==, -1);
    close(peer);
    close(stranger);
    g_unlink(path);
}

/* ---- who is full ---- */

static void
test_full_guest(Fixture *self, gconstpointer data)
{
    int peer = start_udp(self);

    hvn_fake_port_set_capacity(self->nic, 10);
    for (guint i = 0; i < 150; i++)
        peer_sends(peer, 60, i);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 10);
    while (hvn_fake_port_get_n_frames(self->nic) < 150) {
        guint before = hvn_fake_port_get_n_frames(self->nic);

        hvn_fake_port_set_capacity(self->nic, 7);
        hvn_port_ready(HVN_PORT(self->nic));
        hvn_test_backend_settle(self);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, MIN(before + 7, 150));
    }
    for (guint i = 0; i < 150; i++)
        hvn_test_backend_assert_got(self, i, 60, i);
    close(peer);
}

/* the peer stalls: what it has no room for stays with the guest, in order, until it reads again */
static void
test_stalled_peer(Fixture *self, gconstpointer data)
{
    int peer = start_pair(self);
    guint sent = 0, got = 0;

    while (hvn_test_backend_send(self, 60, sent))
        g_assert_cmpuint(++sent, <, 10000);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(self->backend)));
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 0);
    for (; got < sent; got++)
        assert_peer_gets(peer, 60, got);
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(self->nic), ==, 1);
    g_assert_true(hvn_test_backend_send(self, 60, 77));
    assert_peer_gets(peer, 60, 77);
    close(peer);
}

/* ---- a peer that comes and goes ---- */

static void
test_unix_peer_restarts(Fixture *self, gconstpointer data)
{
    int peer;

    start_unix(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
    g_assert_nonnull(strstr(hvn_backend_get_reason(self->backend), "No such file"));
    g_assert_true(hvn_test_backend_send(self, 60, 0));
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_NO_PEER), ==, 1);
    for (guint i = 0; i < 3; i++) {
        peer = unix_socket(self->peer_path, self->path);
        hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
        g_assert_true(hvn_test_backend_send(self, 60, i));
        assert_peer_gets(peer, 60, i);
        peer_sends(peer, 60, i);
        hvn_test_backend_settle(self);
        hvn_test_backend_assert_got(self, i, 60, i);
        if (i == 1) /* it stalls, and dies: the guest waits no longer */
            while (hvn_test_backend_send(self, 60, 1))
                ;
        close(peer);
        g_unlink(self->peer_path);
        hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(self->backend)));
    }
    /* the guest notices first */
    peer = unix_socket(self->peer_path, self->path);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    close(peer);
    g_assert_true(hvn_test_backend_send(self, 60, 0));
    hvn_test_backend_settle(self);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_NO_PEER), ==, 2);
}

/* over UDP nobody knows whether there is a peer: frames go out, and what the host tells about them is counted */
static void
test_udp_peer_restarts(Fixture *self, gconstpointer data)
{
    struct sockaddr_in own = {0}, ours = {0};
    socklen_t len = sizeof own;
    int peer = start_udp(self);

    g_assert_cmpint(getsockname(peer, (struct sockaddr *)&own, &len), ==, 0);
    g_assert_cmpint(getpeername(peer, (struct sockaddr *)&ours, &len), ==, 0);
    close(peer);
    for (guint i = 0; i < 50; i++)
        g_assert_true(hvn_test_backend_send(self, 60, i));
    hvn_test_backend_settle(self);
    peer = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    g_assert_cmpint(bind(peer, (struct sockaddr *)&own, sizeof own), ==, 0);
    g_assert_cmpint(connect(peer, (struct sockaddr *)&ours, sizeof ours), ==, 0);
    g_assert_true(hvn_test_backend_send(self, 60, 9));
    assert_peer_gets(peer, 60, 9);
    peer_sends(peer, 60, 8);
    hvn_test_backend_settle(self);
    hvn_test_backend_assert_got(self, 0, 60, 8);
    g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_UP);
    close(peer);
}

static void
test_too_large_for_udp(Fixture *self, gconstpointer data)
{
    int peer = start_udp(self);

    g_assert_true(hvn_test_backend_send(self, 65553, 0));
    g_assert_cmpuint(hvn_test_backend_drops(self, HVN_BACKEND_DROP_UNSENDABLE), ==, 1);
    g_assert_true(hvn_test_backend_send(self, 60, 5));
    assert_peer_gets(peer, 60, 5);
    close(peer);
}

/* ---- multicast ---- */

/* two of us in a group on loopback: each hears the other, neither itself */
static void
test_multicast(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnFakePort) nic = hvn_fake_port_new(self->dispatcher, "other-nic");
    g_autoptr(HvnBackend) other = NULL;
    g_autoptr(HvnLink) link = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    guint port;

    close(udp_socket(&port));
    g_object_set(self->backend, "remote-type", "inet", "remote-host", "239.192.168.1", "local-type", "inet", "local-host", "127.0.0.1", NULL);
    hvn_test_backend_set_text(self, "remote-port", "%u", port);
    hvn_test_backend_start(self);
    other = g_object_new(HVN_TYPE_DGRAM_BACKEND, "dispatcher", self->dispatcher, "name", "net1", "remote-type", "inet", "remote-host",
                         "239.192.168.1", "local-type", "inet", "local-host", "127.0.0.1", NULL);
    text = g_strdup_printf("%u", port);
    g_object_set(other, "remote-port", text, NULL);
    link = hvn_link_new(HVN_PORT(nic), HVN_PORT(other));
    g_assert_true(hvn_backend_start(other, &error));
    g_assert_no_error(error);
    g_assert_true(hvn_test_backend_send(self, 60, 3));
    hvn_test_backend_settle(self);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(nic), ==, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 0);
    hvn_backend_stop(other);
    hvn_link_disconnect(link);
}

/* ---- what is refused, and what is left ---- */

static void
assert_refused(const char *pattern, const char *property, ...)
{
    HvnTestBackend fixture;
    va_list args;

    hvn_test_backend_init(&fixture, HVN_TYPE_DGRAM_BACKEND);
    va_start(args, property);
    if (property != NULL)
        g_object_set_valist(G_OBJECT(fixture.backend), property, args);
    va_end(args);
    hvn_test_backend_assert_refused(&fixture, pattern);
    hvn_test_backend_clear(&fixture);
}

static void
test_refused(void)
{
#define INET(side, host, port) side "-type", "inet", side "-host", host, side "-port", port
    assert_refused("dgram requires local= parameter*", NULL);
    assert_refused("type=inet or type=unix requires remote parameter*", INET("local", "127.0.0.1", "1"), NULL);
    assert_refused("dgram requires local= parameter*", INET("remote", "127.0.0.1", "1"), NULL);
    assert_refused("don't set remote with local.fd*", INET("remote", "127.0.0.1", "1"), "local-type", "fd", "local-str", "0", NULL);
    assert_refused("remote and local types must be the same", INET("remote", "127.0.0.1", "1"), "local-type", "unix", NULL);
    assert_refused("only support inet or fd type for local*", INET("remote", "230.0.0.1", "1"), "local-type", "unix", NULL);
    assert_refused("local.host and remote.host are of different families*", INET("remote", "::1", "1"), INET("local", "127.0.0.1", "1"), NULL);
    assert_refused("remote is the same address as local*", INET("remote", "127.0.0.1", "9"), INET("local", "127.0.0.1", "9"), NULL);
    assert_refused("port number '70000' is invalid*", INET("remote", "127.0.0.1", "70000"), INET("local", "127.0.0.1", "9"), NULL);
#undef INET
}

static void
test_thousand_cycles(Fixture *self, gconstpointer data)
{
    int peer = start_udp(self);
    guint fds;

    hvn_backend_stop(self->backend);
    g_object_set(self->backend, "local-path", self->path, "remote-path", self->peer_path, NULL);
    fds = hvn_test_count_fds();
    for (guint i = 0; i < 1000; i++) {
        const char *type = i % 2 == 0 ? "inet" : "unix";

        g_object_set(self->backend, "local-type", type, "remote-type", type, NULL);
        hvn_test_backend_start(self);
        g_assert_true(hvn_test_backend_send(self, 60, i));
        hvn_test_backend_settle(self);
        hvn_backend_stop(self->backend);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
    close(peer);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/dgram/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("both-ways", test_both_ways);
    ADD("lengths", test_lengths);
    ADD("strangers", test_strangers);
    ADD("unix-strangers", test_unix_strangers);
    ADD("full-guest", test_full_guest);
    ADD("stalled-peer", test_stalled_peer);
    ADD("unix-peer-restarts", test_unix_peer_restarts);
    ADD("udp-peer-restarts", test_udp_peer_restarts);
    ADD("too-large-for-udp", test_too_large_for_udp);
    ADD("multicast", test_multicast);
    ADD("thousand-cycles", test_thousand_cycles);
#undef ADD
    g_test_add_func("/dgram/backend/refused", test_refused);
    return g_test_run();
}
