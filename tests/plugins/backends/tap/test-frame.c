/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames and their headers (hvn-tap-frame.c), over a pair of datagram sockets that stands for the kernel. */
#include "hvn-tap-frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fds[2];
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, self->fds), ==, 0);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    close(self->fds[0]);
    if (self->fds[1] >= 0)
        close(self->fds[1]);
}

static const HvnOffload offloads[] = {
    {0},
    {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16},
    {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 16, .gso_type = HVN_GSO_TCPV4, .gso_size = 1448, .hdr_len = 66},
    {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 54, .csum_offset = 16, .gso_type = HVN_GSO_TCPV6, .gso_size = 1428, .hdr_len = 86},
    {.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 34, .csum_offset = 6, .gso_type = HVN_GSO_UDP_L4, .gso_size = 1000, .hdr_len = 42},
};

/* every field is there again on the other side, and the bytes of all pieces in order */
static void
test_there_and_back(Fixture *self, gconstpointer data)
{
    guint8 bytes[3000], got[4000];
    struct iovec pieces[3] = {{bytes, 14}, {bytes + 14, 1}, {bytes + 15, sizeof bytes - 15}};

    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = (guint8)(i * 7);
    for (guint i = 0; i < G_N_ELEMENTS(offloads); i++) {
        HvnOffload offload = {0};
        HvnFrame frame;

        hvn_frame_init(&frame, pieces, G_N_ELEMENTS(pieces));
        frame.offload = offloads[i];
        g_assert_cmpint(hvn_tap_frame_write(self->fds[0], &frame, TRUE), ==, 0);
        g_assert_cmpint(hvn_tap_frame_read(self->fds[1], got, sizeof got, &offload), ==, sizeof bytes);
        g_assert_cmpmem(got, sizeof bytes, bytes, sizeof bytes);
        g_assert_cmpmem(&offload, sizeof offload, &offloads[i], sizeof offload);
    }
}

/* as the kernel's documentation says: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset */
static void
test_bytes(Fixture *self, gconstpointer data)
{
    guint8 bytes[100] = {0}, got[200];
    struct iovec piece = {bytes, sizeof bytes};
    const guint16 words[4] = {66, 1448, 34, 16};
    HvnFrame frame;

    hvn_frame_init(&frame, &piece, 1);
    frame.offload = offloads[2];
    g_assert_cmpint(hvn_tap_frame_write(self->fds[0], &frame, TRUE), ==, 0);
    g_assert_cmpint(read(self->fds[1], got, sizeof got), ==, 110);
    g_assert_cmpuint(got[0], ==, 1);
    g_assert_cmpuint(got[1], ==, 1);
    g_assert_cmpmem(got + 2, 8, words, 8);
}

static void
test_plain(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {1, 2, 3}, got[100];
    struct iovec piece = {bytes, sizeof bytes};
    HvnOffload offload = {0};
    HvnFrame frame;

    hvn_frame_init(&frame, &piece, 1);
    g_assert_cmpint(hvn_tap_frame_write(self->fds[0], &frame, FALSE), ==, 0);
    g_assert_cmpint(hvn_tap_frame_read_plain(self->fds[1], got, sizeof got, &offload), ==, 60);
    g_assert_cmpmem(got, 60, bytes, 60);
}

/* nothing there, no room, a frame without a byte, the end */
static void
test_edges(Fixture *self, gconstpointer data)
{
    guint8 bytes[60] = {0}, got[100];
    struct iovec piece = {bytes, sizeof bytes};
    HvnOffload offload = {0};
    HvnFrame frame;
    guint n = 0;
    int error;

    hvn_frame_init(&frame, &piece, 1);
    g_assert_cmpint(hvn_tap_frame_read(self->fds[1], got, sizeof got, &offload), ==, 0);
    g_assert_cmpint(write(self->fds[0], bytes, 10), ==, 10);
    g_assert_cmpint(hvn_tap_frame_read(self->fds[1], got, sizeof got, &offload), ==, -1);
    g_assert_cmpint(errno, ==, EPROTO);
    while ((error = hvn_tap_frame_write(self->fds[0], &frame, TRUE)) == 0)
        g_assert_cmpuint(n++, <, 100000);
    g_assert_cmpint(error, ==, EAGAIN);
    close(self->fds[1]);
    self->fds[1] = -1;
    g_assert_cmpint(hvn_tap_frame_write(self->fds[0], &frame, TRUE), ==, ECONNREFUSED);
}

/* what the kernel should not say: the offload that comes out is one that no frame fits */
static void
test_unknown_kinds(Fixture *self, gconstpointer data)
{
    static const guint8 kinds[] = {2, 3, 6, 0x7f};
    struct virtio_net_hdr header = {.flags = 1, .gso_type = 1 | VIRTIO_NET_HDR_GSO_ECN, .gso_size = 100, .csum_start = 34, .csum_offset = 16};
    HvnOffload offload;

    hvn_tap_frame_load_header(&header, &offload);
    g_assert_cmpuint(offload.gso_type, ==, HVN_GSO_TCPV4);
    g_assert_cmpuint(offload.gso_size, ==, 100);
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        header.gso_type = kinds[i];
        hvn_tap_frame_load_header(&header, &offload);
        g_assert_cmpuint(offload.gso_type, !=, HVN_GSO_NONE);
        g_assert_cmpuint(offload.gso_size, ==, 0);
    }
}

/* a hint beyond the frame makes the kernel refuse it */
static void
test_header_length(Fixture *self, gconstpointer data)
{
    guint8 bytes[100] = {0};
    struct iovec piece = {bytes, sizeof bytes};
    struct virtio_net_hdr header;
    HvnFrame frame;

    hvn_frame_init(&frame, &piece, 1);
    frame.offload = offloads[2];
    frame.offload.hdr_len = 60000;
    hvn_tap_frame_store_header(&frame, &header);
    g_assert_cmpuint(header.hdr_len, ==, 100);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/tap/frame/there-and-back", Fixture, NULL, set_up, test_there_and_back, tear_down);
    g_test_add("/tap/frame/bytes", Fixture, NULL, set_up, test_bytes, tear_down);
    g_test_add("/tap/frame/plain", Fixture, NULL, set_up, test_plain, tear_down);
    g_test_add("/tap/frame/edges", Fixture, NULL, set_up, test_edges, tear_down);
    g_test_add("/tap/frame/unknown-kinds", Fixture, NULL, set_up, test_unknown_kinds, tear_down);
    g_test_add("/tap/frame/header-length", Fixture, NULL, set_up, test_header_length, tear_down);
    return g_test_run();
}
