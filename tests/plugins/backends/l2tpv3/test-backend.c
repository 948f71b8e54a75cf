/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The l2tpv3 backend (hvn-l2tpv3-backend.c) over UDP between a NIC and a socket of this test: headers around frames both ways, rubbish on the
 * wire, who is full, and what is left behind. Over raw IP, and against QEMU, it is tested with the guests. */
#include "hvn-l2tpv3-backend.h"

#include "hvn-bytes.h"
#include "hvn-test-backend.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER "\0\3\0\0\0\0\0\7CCCC\0\0\0\0" /* of what the backend is sent */
#define HEADER_LEN 16

typedef struct {
    HvnTestBackend base;
    int            peer; /* connected to the backend */
} Fixture;

static int
bind_port(guint *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(getsockname(fd, (struct sockaddr *)&address, &len), ==, 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void
set_up(Fixture *self, gconstpointer data)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    guint own, theirs;

    hvn_test_backend_init(&self->base, HVN_TYPE_L2TPV3_BACKEND);
    self->peer = bind_port(&theirs);
    close(bind_port(&own));
    g_object_set(self->base.backend, "src", "127.0.0.1", "dst", "127.0.0.1", "udp", TRUE, "txsession", "9", "rxsession", "0x7", "txcookie",
                 "0x01020304", "rxcookie", "0x43434343", "counter", TRUE, NULL);
    hvn_test_backend_set_text(&self->base, "srcport", "%u", own);
    hvn_test_backend_set_text(&self->base, "dstport", "%u", theirs);
    hvn_test_backend_start(&self->base);
    g_assert_cmpint(hvn_backend_get_state(self->base.backend), ==, HVN_BACKEND_UP);
    address.sin_port = htons(own);
    g_assert_cmpint(connect(self->peer, (struct sockaddr *)&address, sizeof address), ==, 0);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_test_backend_clear(&self->base);
    close(self->peer);
}

static void
peer_sends(Fixture *self, const char *header, gsize header_len, gsize len, guint8 fill)
{
    g_autofree guint8 *bytes = g_malloc(header_len + len + 1);

    memcpy(bytes, header, header_len);
    memset(bytes + header_len, fill, len);
    g_assert_cmpint(send(self->peer, bytes, header_len + len, 0), ==, header_len + len);
}

static void
assert_peer_gets(Fixture *self, guint32 counter, gsize len, guint8 fill)
{
    guint8 bytes[2000];

    g_assert_cmpint(recv(self->peer, bytes, sizeof bytes, 0), ==, HEADER_LEN + len);
    g_assert_cmpmem(bytes, 12, "\0\3\0\0\0\0\0\x9\1\2\3\4", 12);
    g_assert_cmpuint(hvn_load_be32(bytes + 12), ==, counter);
    g_assert_cmpuint(bytes[HEADER_LEN], ==, fill);
    g_assert_cmpuint(bytes[HEADER_LEN + len - 1], ==, fill);
}

static void
test_both_ways(Fixture *self, gconstpointer data)
{
    g_autofree char *info = hvn_backend_describe(self->base.backend);

    for (guint i = 0; i < 200; i++) {
        peer_sends(self, HEADER, HEADER_LEN, 60 + i, i);
        g_assert_true(hvn_test_backend_send(&self->base, 60 + i, i));
    }
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->base.nic), ==, 200);
    for (guint i = 0; i < 200; i++) {
        hvn_test_backend_assert_got(&self->base, i, 60 + i, i);
        assert_peer_gets(self, i + 1, 60 + i, i);
    }
    g_assert_cmpstr(info, ==, "l2tpv3: 127.0.0.1 to 127.0.0.1 over UDP, session 7 to 9");
}

/* a batch in pieces goes out with a header for each frame */
static void
test_batch(Fixture *self, gconstpointer data)
{
    char byte[64];
    struct iovec pieces[HVN_BATCH_MAX][2];
    HvnFrame frames[HVN_BATCH_MAX];

    for (guint i = 0; i < HVN_BATCH_MAX; i++) {
        byte[i] = i;
        pieces[i][0] = (struct iovec){(gpointer) "0123456789abcdef", 16};
        pieces[i][1] = (struct iovec){&byte[i], 1};
        hvn_frame_init(&frames[i], pieces[i], 2);
    }
    for (guint round = 0; round < 2; round++) {
        g_assert_cmpuint(hvn_port_send(HVN_PORT(self->base.nic), frames, HVN_BATCH_MAX), ==, HVN_BATCH_MAX);
        for (guint i = 0; i < HVN_BATCH_MAX; i++) {
            guint8 bytes[100];

            g_assert_cmpint(recv(self->peer, bytes, sizeof bytes, 0), >=, HEADER_LEN + 17);
            g_assert_cmpuint(hvn_load_be32(bytes + 12), ==, round * HVN_BATCH_MAX + i + 1);
            g_assert_cmpmem(bytes + HEADER_LEN, 16, "0123456789abcdef", 16);
            g_assert_cmpuint(bytes[HEADER_LEN + 16], ==, i);
        }
    }
}

/* rubbish of every kind is counted by what it is, and the frame behind it comes */
static void
test_rubbish(Fixture *self, gconstpointer data)
{
    static const struct {
        const char    *header;
        gsize          header_len;
        gsize          len;
        HvnBackendDrop reason;
    } rubbish[] = {
        {"", 0, 0, HVN_BACKEND_DROP_EMPTY},
        {HEADER, HEADER_LEN, 0, HVN_BACKEND_DROP_EMPTY},
        {"", 0, 1, HVN_BACKEND_DROP_MALFORMED},
        {"", 0, 13, HVN_BACKEND_DROP_MALFORMED},
        {HEADER, HEADER_LEN - 1, 0, HVN_BACKEND_DROP_MALFORMED},
        {"\xc8\3\0\x14\0\0\0\7CCCC\0\0\0\0", HEADER_LEN, 60, HVN_BACKEND_DROP_MALFORMED}, /* a control message */
        {"\0\2\0\0\0\0\0\7CCCC\0\0\0\0", HEADER_LEN, 60, HVN_BACKEND_DROP_MALFORMED},     /* L2TPv2 */
        {"\0\3\0\0\0\0\0\6CCCC\0\0\0\0", HEADER_LEN, 60, HVN_BACKEND_DROP_SESSION},
        {"\0\3\0\0\0\0\0\7CCCD\0\0\0\0", HEADER_LEN, 60, HVN_BACKEND_DROP_COOKIE},
        {"", 0, 65507, HVN_BACKEND_DROP_MALFORMED},
    };
    guint64 counts[HVN_BACKEND_N_DROPS] = {0};
    HvnLinkCounters counters;

    for (guint i = 0; i < G_N_ELEMENTS(rubbish); i++) {
        peer_sends(self, rubbish[i].header, rubbish[i].header_len, rubbish[i].len, 0xaa);
        peer_sends(self, HEADER, HEADER_LEN, 60, i);
        hvn_test_backend_settle(&self->base);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->base.nic), ==, i + 1);
        hvn_test_backend_assert_got(&self->base, i, 60, i);
        counts[rubbish[i].reason]++;
        for (guint reason = 0; reason < HVN_BACKEND_N_DROPS; reason++)
            g_assert_cmpuint(hvn_test_backend_drops(&self->base, reason), ==, counts[reason]);
    }
    /* frames that are none: the link's business */
    peer_sends(self, HEADER, HEADER_LEN, 1, 0);
    peer_sends(self, HEADER, HEADER_LEN, 13, 0);
    peer_sends(self, HEADER, HEADER_LEN, 65507 - HEADER_LEN, 0);
    hvn_test_backend_settle(&self->base);
    hvn_link_get_counters(self->base.link, HVN_PORT(self->base.nic), &counters);
    g_assert_cmpuint(counters.dropped_runt, ==, 2);
    g_assert_cmpuint(counters.frames, ==, G_N_ELEMENTS(rubbish) + 1);
}

static void
test_full_guest(Fixture *self, gconstpointer data)
{
    hvn_fake_port_set_capacity(self->base.nic, 10);
    for (guint i = 0; i < 150; i++)
        peer_sends(self, HEADER, HEADER_LEN, 60, i);
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->base.nic), ==, 10);
    hvn_fake_port_set_capacity(self->base.nic, 1000);
    hvn_port_ready(HVN_PORT(self->base.nic));
    hvn_test_backend_settle(&self->base);
    for (guint i = 0; i < 150; i++)
        hvn_test_backend_assert_got(&self->base, i, 60, i);
}

/* with the header it is more than UDP takes */
static void
test_too_large(Fixture *self, gconstpointer data)
{
    g_assert_true(hvn_test_backend_send(&self->base, 65507, 0));
    g_assert_cmpuint(hvn_test_backend_drops(&self->base, HVN_BACKEND_DROP_UNSENDABLE), ==, 1);
    g_assert_true(hvn_test_backend_send(&self->base, 60, 5));
    assert_peer_gets(self, 2, 60, 5);
}

static void
test_stranger(Fixture *self, gconstpointer data)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    guint port;
    int stranger = bind_port(&port);
    guint8 bytes[HEADER_LEN + 60] = HEADER;

    g_assert_cmpint(getpeername(self->peer, (struct sockaddr *)&address, &len), ==, 0);
    g_assert_cmpint(sendto(stranger, bytes, sizeof bytes, 0, (struct sockaddr *)&address, len), ==, sizeof bytes);
    hvn_test_backend_settle(&self->base);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(self->base.nic), ==, 0);
    close(stranger);
}

static void
test_refused(Fixture *self, gconstpointer data)
{
    hvn_backend_stop(self->base.backend);
    g_object_set(self->base.backend, "txcookie", NULL, NULL);
    hvn_test_backend_assert_refused(&self->base, "require both 'rxcookie' and 'txcookie' or neither");
    g_object_set(self->base.backend, "rxcookie", NULL, "src", "192.0.2.1", NULL);
    hvn_test_backend_assert_refused(&self->base, "can't bind to 192.0.2.1:*");
}

static void
test_thousand_cycles(Fixture *self, gconstpointer data)
{
    guint fds;

    hvn_backend_stop(self->base.backend);
    fds = hvn_test_count_fds();
    for (guint i = 0; i < 1000; i++) {
        hvn_test_backend_start(&self->base);
        g_assert_true(hvn_test_backend_send(&self->base, 60, i));
        assert_peer_gets(self, 1, 60, i);
        hvn_backend_stop(self->base.backend);
    }
    g_assert_cmpuint(hvn_test_count_fds(), ==, fds);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, func) g_test_add("/l2tpv3/backend/" name, Fixture, NULL, set_up, func, tear_down)
    ADD("both-ways", test_both_ways);
    ADD("batch", test_batch);
    ADD("rubbish", test_rubbish);
    ADD("full-guest", test_full_guest);
    ADD("too-large", test_too_large);
    ADD("stranger", test_stranger);
    ADD("refused", test_refused);
    ADD("thousand-cycles", test_thousand_cycles);
#undef ADD
    return g_test_run();
}
