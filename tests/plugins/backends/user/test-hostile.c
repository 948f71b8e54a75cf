/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that sends anything: random bytes, headers cut anywhere, lengths that lie, offloads that do not fit. Nothing may crash,
 * and the backend still answers afterwards. What libslirp itself says about such frames is not fatal here. */
#include <string.h>

#include "hvn-bytes.h"
#include "hvn-test-frames.h"
#include "hvn-user-guest.h"

#define ROUNDS 100000

static gboolean
not_fatal(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    return g_strcmp0(domain, "Slirp") != 0 && g_strcmp0(domain, "hvn-user") != 0;
}

static gboolean
has_frame(gpointer data)
{
    return hvn_fake_port_get_n_frames(((Guest *)data)->port) > 0;
}

static void
check_alive(Guest *guest)
{
    guint8 echo[64] = {8, 0};

    /* what came so far must be gone before the answer can be seen */
    guest_run(guest, 20, NULL, NULL);
    guest_announce(guest);
    hvn_store_be16(echo + 2, hvn_test_checksum(echo, sizeof echo, 0));
    guest_send_ip(guest, guest->host, 1, echo, sizeof echo, NULL);
    g_assert_true(guest_run(guest, 1000, has_frame, guest));
}

static void
send_raw(Guest *guest, const guint8 *bytes, gsize len, const HvnOffload *offload)
{
    struct iovec piece = {(guint8 *)bytes, len};
    HvnFrame frame;

    hvn_frame_init(&frame, &piece, 1);
    if (offload != NULL)
        frame.offload = *offload;
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest->port), &frame, 1), ==, 1);
}

/* a valid frame of some kind; restricted, so that nothing leaves this machine */
static GByteArray *
some_frame(void)
{
    HvnTestFrame spec = {0};

    spec.ip_version = g_test_rand_bit() ? 4 : 6;
    spec.protocol = g_test_rand_bit() ? 6 : 17;
    spec.tcp_flags = (guint8)g_test_rand_int();
    spec.src_port = (guint16)g_test_rand_int_range(1, 60);
    spec.dst_port = ((const guint16[]){67, 69, 53, 80, 547, 22})[g_test_rand_int_range(0, 6)];
    spec.ip_options = (guint)g_test_rand_int_range(0, 4) == 0 ? 8 : 0;
    spec.payload_len = (gsize)g_test_rand_int_range(0, 600);
    return hvn_test_frame_build(&spec);
}

static void
test_random(void)
{
    g_autoptr(Guest) guest = guest_new_started("restrict", TRUE, NULL);
    static const guint16 types[] = {0x0800, 0x0806, 0x86dd, 0x88f8, 0x8100};
    guint8 bytes[256];

    hvn_fake_port_set_recording(guest->port, FALSE);
    for (guint i = 0; i < ROUNDS; i++) {
        gsize len = (gsize)g_test_rand_int_range(14, sizeof bytes);

        for (gsize j = 0; j < len; j++)
            bytes[j] = (guint8)g_test_rand_int();
        hvn_store_be16(bytes + 12, types[i % G_N_ELEMENTS(types)]);
        if (len > 14)
            bytes[14] = i % G_N_ELEMENTS(types) == 2 ? 0x60 : 0x45;
        send_raw(guest, bytes, len, NULL);
        if (i % 64 == 0)
            hvn_dispatcher_iterate(guest->dispatcher, FALSE);
    }
    hvn_fake_port_set_recording(guest->port, TRUE);
    check_alive(guest);
}

/* right but for a few bytes: these get further in */
static void
test_mutated(void)
{
    g_autoptr(Guest) guest = guest_new_started("restrict", TRUE, NULL);

    guest_announce(guest);
    hvn_fake_port_set_recording(guest->port, FALSE);
    for (guint i = 0; i < ROUNDS; i++) {
        g_autoptr(GByteArray) frame = some_frame();
        gsize len = i % 4 == 0 ? (gsize)g_test_rand_int_range(14, (gint32)frame->len + 1) : frame->len;
        HvnOffload offload = {
            .flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = (guint16)g_test_rand_int_range(0, 80), .csum_offset = 16};

        for (guint j = (guint)g_test_rand_int_range(0, 4); j > 0; j--)
            frame->data[g_test_rand_int_range(14, (gint32)frame->len)] = (guint8)g_test_rand_int();
        if (i % 8 == 1) {
            offload.gso_type = frame->data[12] == 8 ? HVN_GSO_TCPV4 : HVN_GSO_TCPV6;
            offload.gso_size = (guint16)g_test_rand_int_range(0, 1500);
        }
        /* every second checksum is finished, so that the mutation is not the end of it */
        send_raw(guest, frame->data, len, i % 2 == 1 ? &offload : NULL);
        if (i % 64 == 0)
            hvn_dispatcher_iterate(guest->dispatcher, FALSE);
    }
    hvn_fake_port_set_recording(guest->port, TRUE);
    check_alive(guest);
}

/* a frame above 64 KiB of IPv6 is cut, not lost */
static void
test_largest(void)
{
    g_autoptr(Guest) guest = guest_new_started("restrict", TRUE, NULL);
    HvnTestFrame spec = {.ip_version = 6, .protocol = 6, .tcp_flags = 0x10, .payload_len = 65535 - 20, .partial_csum = TRUE};
    HvnOffload offload = {
        .flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV6, .gso_size = 1440, .csum_start = 54, .csum_offset = 16};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);

    send_raw(guest, frame->data, frame->len, &offload);
    spec.ip_version = 4;
    spec.payload_len = 65535 - 40;
    g_byte_array_unref(g_steal_pointer(&frame));
    frame = hvn_test_frame_build(&spec);
    offload.gso_type = HVN_GSO_TCPV4;
    offload.csum_start = 34;
    send_raw(guest, frame->data, frame->len, &offload);
    check_alive(guest);
}

/* an echo request in three fragments, in any order: the last one first made libslirp 4.7 write over its own list */
static void
test_fragments(void)
{
    static const guint orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {2, 0, 1}};
    guint8 echo[48] = {8, 0};

    hvn_store_be16(echo + 2, hvn_test_checksum(echo, sizeof echo, 0));
    for (guint i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_autoptr(Guest) guest = guest_new_started("restrict", TRUE, NULL);

        guest_announce(guest);
        for (guint j = 0; j < 3; j++) {
            guint number = orders[i][j];

            guest_send_fragment(guest, guest->host, 1, (guint16)(number * 2 | (number < 2 ? 0x2000 : 0)), echo + number * 16, 16, NULL);
        }
        g_assert_true(guest_run(guest, 1000, has_frame, guest));
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest->port, 0)), >=, 34 + sizeof echo);
    }
}

/* more answers than a stalled guest can take: bounded, and it goes on afterwards */
static void
test_flood(void)
{
    g_autoptr(Guest) guest = guest_new_started(NULL, NULL);
    guint8 echo[1400] = {8, 0};

    guest_announce(guest);
    hvn_store_be16(echo + 2, hvn_test_checksum(echo, sizeof echo, 0));
    hvn_fake_port_set_capacity(guest->port, 0);
    for (guint i = 0; i < 5000; i++)
        guest_send_ip(guest, guest->host, 1, echo, sizeof echo, NULL);
    guest_run(guest, 20, NULL, NULL);
    hvn_fake_port_set_capacity(guest->port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest->port));
    guest_run(guest, 50, NULL, NULL);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), >, 100);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->port), <=, 1024 * 1024 / 1400);
    check_alive(guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_log_set_fatal_handler(not_fatal, NULL);
    g_test_add_func("/user/hostile/random", test_random);
    g_test_add_func("/user/hostile/mutated", test_mutated);
    g_test_add_func("/user/hostile/fragments", test_fragments);
    g_test_add_func("/user/hostile/largest", test_largest);
    g_test_add_func("/user/hostile/flood", test_flood);
    return g_test_run();
}
