/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket backend (hvn-socket-backend.c): two of them on each of its wires, descriptors, what is refused, and what is left behind. What a
 * peer can do to the wires is tested with dgram and stream. */
#include "hvn-socket-backend.h"

#include "hvn-test-backend.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef HvnTestBackend Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    hvn_test_backend_init(self, HVN_TYPE_SOCKET_BACKEND);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_test_backend_clear(self);
}

/* a port that nobody has now */
static guint
free_port(int type)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, type, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    close(fd);
    return ntohs(address.sin_port);
}

static void
set_port(Fixture *self, const char *property, const char *host, guint port)
{
    hvn_test_backend_set_text(self, property, "%s:%u", host, port);
}

/* frames go from each to the other, and no way else; the two may be of different threads of time, so both are run */
static void
exchange(Fixture *self, Fixture *other)
{
    for (guint i = 0; i < 10000 && (hvn_backend_get_state(self->backend) != HVN_BACKEND_UP || hvn_backend_get_state(other->backend) != HVN_BACKEND_UP);
         i++) {
        hvn_test_backend_settle(self);
        hvn_test_backend_settle(other);
    }
    for (guint n = 0; n < 3; n++) {
        g_assert_true(hvn_test_backend_send(self, 60 + n, n));
        g_assert_true(hvn_test_backend_send(other, 160 + n, n));
        for (guint i = 0; i < 10000 && (hvn_fake_port_get_n_frames(self->nic) <= n || hvn_fake_port_get_n_frames(other->nic) <= n); i++) {
            hvn_test_backend_settle(self);
            hvn_test_backend_settle(other);
        }
        hvn_test_backend_assert_got(other, n, 60 + n, n);
        hvn_test_backend_assert_got(self, n, 160 + n, n);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->nic), ==, 3);
    hvn_backend_stop(other->backend);
    hvn_test_backend_clear(other);
}

static void
test_listen_and_connect(Fixture *self, gconstpointer data)
{
    static const char *const hosts[] = {"127.0.0.1", "[::1]"};

    for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
        guint port = free_port(SOCK_STREAM);
        g_autofree char *info = NULL;
        Fixture other;

        hvn_test_backend_init(&other, HVN_TYPE_SOCKET_BACKEND);
        hvn_fake_port_clear(self->nic);
        set_port(self, "listen", hosts[i], port);
        hvn_test_backend_start(self);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_LISTENING);
        set_port(&other, "connect", hosts[i], port);
        hvn_test_backend_start(&other);
        info = hvn_backend_describe(other.backend);
        g_assert_true(g_str_has_prefix(info, "socket: connect to "));
        exchange(self, &other);
        hvn_backend_stop(self->backend);
    }
}

/* connect= finds its server when it comes, and when it comes back; QEMU tries once */
static void
test_connect_comes_back(Fixture *self, gconstpointer data)
{
    guint port = free_port(SOCK_STREAM);

    set_port(self, "connect", "127.0.0.1", port);
    hvn_test_backend_start(self);
    for (guint i = 0; i < 2; i++) {
        Fixture other;

        hvn_test_backend_settle(self);
        g_assert_cmpint(hvn_backend_get_state(self->backend), ==, HVN_BACKEND_CONNECTING);
        hvn_test_backend_init(&other, HVN_TYPE_SOCKET_BACKEND);
        set_port(&other, "listen", "127.0.0.1", port);
        hvn_test_backend_start(&other);
        hvn_dispatcher_advance(self->dispatcher, 5 * HVN_NS_PER_S);
        hvn_fake_port_clear(self->nic);
        exchange(self, &other);
    }
}

static void
test_udp(Fixture *self, gconstpointer data)
{
    static const char *const hosts[] = {"127.0.0.1", "[::1]"};

    for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
        guint port = free_port(SOCK_DGRAM), other_port = free_port(SOCK_DGRAM);
        Fixture other;

        hvn_test_backend_init(&other, HVN_TYPE_SOCKET_BACKEND);
        hvn_fake_port_clear(self->nic);
        set_port(self, "localaddr", hosts[i], port);
        set_port(self, "udp", hosts[i], other_port);
        set_port(&other, "localaddr", hosts[i], other_port);
        set_port(&other, "udp", hosts[i], port);
        hvn_test_backend_start(self);
        hvn_test_backend_start(&other);
        exchange(self, &other);
        hvn_backend_stop(self->backend);
    }
}

static void
test_mcast(Fixture *self, gconstpointer data)
{
    guint port = free_port(SOCK_DGRAM);
    Fixture other;

    hvn_test_backend_init(&other, HVN_TYPE_SOCKET_BACKEND);
    g_object_set(self->backend, "localaddr", "127.0.0.1", NULL);
    g_object_set(other.backend, "localaddr", "127.0.0.1", NULL);
    set_port(self, "mcast", "239.192.168.1", port);
    set_port(&other, "mcast", "239.192.168.1", port);
    hvn_test_backend_start(self);
    hvn_test_backend_start(&other);
    exchange(self, &other);
}

static void
test_fd(Fixture *self, gconstpointer data)
{
    static const int types[] = {SOCK_STREAM, SOCK_DGRAM};

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        Fixture other;
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, types[i], 0, pair), ==, 0);
        hvn_test_backend_init(&other, HVN_TYPE_SOCKET_BACKEND);
        hvn_fake_port_clear(self->nic);
        hvn_test_backend_set_text(self, "fd", "%d", pair[0]);
        hvn_test_backend_set_text(&other, "fd", "%d", pair[1]);
        hvn_test_backend_start(self);
        hvn_test_backend_start(&other);
        close(pair[0]);
        close(pair[1]);
        exchange(self, &other);
        hvn_backend_stop(self->backend);
    }
}

/* options as name, value, name, value */
static const struct {
    const char *options;
    const char *error;
} refused[] = {
    {"", "exactly one of listen=, connect=, mcast=, udp= or fd= is required"},
    {"listen :1 connect 127.0.0.1:1", "exactly one of listen=, connect=, mcast=, udp= or fd= is required"},
    {"listen :1 localaddr 127.0.0.1:1", "localaddr= is only valid with mcast= or udp="},
    {"udp 127.0.0.1:1", "localaddr= is mandatory with udp=*"},
    {"connect 127.0.0.1", "host address '127.0.0.1' doesn't contain ':' separating host from port"},
    {"connect 127.0.0.1:99999999", "port number '99999999' is invalid: expected a number from 0 to 65535*"},
    {"connect 127.0.0.1:", "parameter 'connect.port' is missing*"},
    {"mcast 127.0.0.1:1234", "specified mcastaddr 127.0.0.1:1234 does not contain a multicast address"},
    {"mcast 230.0.0.1:1234 localaddr lo", "can't resolve host address 'lo:0' of localaddr*"},
    {"udp 127.0.0.1:1 localaddr [::1]:1", "localaddr and udp are of different families*"},
    {"udp 127.0.0.1:1 localaddr 127.0.0.1:1", "udp is the same address as localaddr*"},
    {"fd foo", "invalid file descriptor number 'foo'*"},
};

static void
test_refused(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_auto(GStrv) words = g_strsplit(refused[i].options, " ", -1);
        Fixture fixture;

        hvn_test_backend_init(&fixture, HVN_TYPE_SOCKET_BACKEND);
        for (guint word = 0; words[word] != NULL; word += 2)
            g_object_set(fixture.backend, words[word], words[word + 1], NULL);
        hvn_test_backend_assert_refused(&fixture, refused[i].error);
        hvn_test_backend_clear(&fixture);
    }
}

static void
test_thousand_cycles(Fixture *self, gconstpointer data)
{
    guint port = free_port(SOCK_DGRAM), fds = hvn_test_count_fds();
    static const char *const modes[] = {"listen", "connect", "udp"};

    for (guint i = 0; i < 1000; i++) {
        const char *mode = modes[i % G_N_ELEMENTS(modes)];

        g_object_set(self->backend, "listen", NULL, "connect", NULL, "udp", NULL, "localaddr", NULL, NULL);
        if (strcmp(mode, "udp") == 0)
            set_port(self, "localaddr", "127.0.0.1", 0);
        set_port(self, mode, "127.0.0.1", strcmp(mode, "listen") == 0 ? 0 : port);
        hvn_test_backend_start(self);
        g_assert_true(hvn_test_backend_send(self, 60, i));
        hvn_test_backend_settle(self);
        hvn_backend_stop(self->backend);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/socket/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("listen-and-connect", test_listen_and_connect);
    ADD("connect-comes-back", test_connect_comes_back);
    ADD("udp", test_udp);
    ADD("mcast", test_mcast);
    ADD("fd", test_fd);
    ADD("thousand-cycles", test_thousand_cycles);
#undef ADD
    g_test_add_func("/socket/backend/refused", test_refused);
    return g_test_run();
}
