/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-checksum.c against the slow sum of hvn-test-frames. */
#include "hvn-checksum.h"
#include "hvn-test-frames.h"

#include <string.h>

static void
fill(guint8 *data, gsize len)
{
    gboolean ones = g_test_rand_int_range(0, 4) == 0;

    /* long runs of ones are what makes carries */
    for (gsize i = 0; i < len; i++)
        data[i] = ones ? 0xff : g_test_rand_int();
}

static void
test_add_matches_the_slow_sum(void)
{
    for (guint round = 0; round < 20000; round++) {
        guint8 data[300];
        gsize at = g_test_rand_int_range(0, 16);
        gsize len = g_test_rand_int_range(0, sizeof data - 16 + 1);
        guint16 initial = g_test_rand_int();
        guint16 value;

        fill(data, sizeof data);
        value = ~hvn_checksum_fold(hvn_checksum_add(initial, data + at, len));
        g_assert_cmphex(value, ==, hvn_test_checksum(data + at, len, initial));
    }
}

static void
test_add_takes_a_large_frame(void)
{
    g_autofree guint8 *data = g_malloc(HVN_FRAME_LEN_MAX);
    guint16 value;

    memset(data, 0xff, HVN_FRAME_LEN_MAX);
    value = ~hvn_checksum_fold(hvn_checksum_add(0, data, HVN_FRAME_LEN_MAX));
    g_assert_cmphex(value, ==, hvn_test_checksum(data, HVN_FRAME_LEN_MAX, 0));
}

static void
test_iov_matches_the_slow_sum(void)
{
    for (guint round = 0; round < 20000; round++) {
        guint8 data[200];
        struct iovec iov[12];
        gsize total = g_test_rand_int_range(0, sizeof data + 1);
        gsize offset = total > 0 ? g_test_rand_int_range(0, total + 1) : 0;
        gsize len = g_test_rand_int_range(0, total - offset + 1);
        gsize at = 0;
        guint16 value;

        fill(data, sizeof data);
        for (guint i = 0; i < G_N_ELEMENTS(iov); i++) {
            gsize part = i == G_N_ELEMENTS(iov) - 1 ? total - at : (gsize)g_test_rand_int_range(0, MIN(total - at, 40) + 1);

            iov[i] = (struct iovec){data + at, part};
            at += part;
        }
        value = ~hvn_checksum_fold(hvn_checksum_iov(0, iov, G_N_ELEMENTS(iov), offset, len));
        g_assert_cmphex(value, ==, hvn_test_checksum(data + offset, len, 0));
    }
}

static void
test_fold(void)
{
    g_assert_cmphex(hvn_checksum_fold(0), ==, 0);
    g_assert_cmphex(hvn_checksum_fold(0xffff), ==, 0xffff);
    g_assert_cmphex(hvn_checksum_fold(0x10000), ==, 1);
    g_assert_cmphex(hvn_checksum_fold(0x1ffff), ==, 1);
    g_assert_cmphex(hvn_checksum_fold(G_MAXUINT64), ==, 0xffff);
    g_assert_cmphex(hvn_checksum_fold(G_GUINT64_CONSTANT(0x0001000200030004)), ==, 10);
}

/* the example of RFC 1071, 3 */
static void
test_example_of_the_rfc(void)
{
    static const guint8 data[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    g_assert_cmphex(hvn_checksum_fold(hvn_checksum_add(0, data, sizeof data)), ==, 0xddf2);
}

static gboolean
verify(GByteArray *bytes, gboolean *ip_ok, gboolean *l4_ok)
{
    gsize cut = g_test_rand_int_range(0, bytes->len + 1);
    struct iovec iov[2] = {{bytes->data, cut}, {bytes->data + cut, bytes->len - cut}};
    HvnLayers layers;
    HvnFrame frame;

    hvn_frame_init(&frame, iov, 2);
    g_assert_true(hvn_layers_parse(bytes->data, bytes->len, bytes->len, &layers));
    return hvn_checksum_verify(&frame, &layers, ip_ok, l4_ok);
}

static void
test_verify(void)
{
    for (guint round = 0; round < 2000; round++) {
        HvnTestFrame spec = {
            .ip_version = g_test_rand_bit() ? 4 : 6,
            .protocol = g_test_rand_bit() ? 6 : 17,
            .vlan = g_test_rand_bit() ? 5 : 0,
            .ip_options = g_test_rand_int_range(0, 11) * 4,
            .payload_len = g_test_rand_int_range(0, 300),
            .bad_ip_csum = g_test_rand_bit(),
            .bad_l4_csum = g_test_rand_bit(),
        };
        g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
        gboolean ip_ok, l4_ok;

        /* octets behind the packet, as padding leaves them, do not count */
        g_byte_array_append(bytes, (const guint8 *)"padding", g_test_rand_int_range(0, 8));
        g_assert_true(verify(bytes, &ip_ok, &l4_ok));
        g_assert_cmpint(ip_ok, ==, !spec.bad_ip_csum || spec.ip_version == 6);
        g_assert_cmpint(l4_ok, ==, !spec.bad_l4_csum);
    }
}

static void
test_verify_udp_without_checksum(void)
{
    for (guint version = 4; version <= 6; version += 2) {
        HvnTestFrame spec = {.ip_version = version, .protocol = 17, .payload_len = 10};
        g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
        gboolean ip_ok, l4_ok;

        memset(bytes->data + bytes->len - 10 - 2, 0, 2);
        g_assert_true(verify(bytes, &ip_ok, &l4_ok));
        g_assert_cmpint(l4_ok, ==, version == 4);
    }
}

static void
test_verify_says_nothing(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .payload_len = 10};
    g_autoptr(GByteArray) udp = hvn_test_frame_build(&spec);
    gboolean ip_ok, l4_ok;

    udp->data[14 + 20 + 5] = 100; /* a UDP length beyond the packet */
    g_assert_false(verify(udp, &ip_ok, &l4_ok));
    udp->data[14 + 20 + 5] = 7; /* below its own header */
    g_assert_false(verify(udp, &ip_ok, &l4_ok));
    udp->data[14 + 20 + 5] = 18;
    g_assert_true(verify(udp, &ip_ok, &l4_ok));
    udp->data[14 + 6] = 0x20; /* a fragment */
    g_assert_false(verify(udp, &ip_ok, &l4_ok));
    g_assert_false(ip_ok);
    udp->data[14 + 6] = 0x40;
    udp->data[14 + 9] = 1; /* ICMP */
    g_assert_false(verify(udp, &ip_ok, &l4_ok));
}

static void
test_finish_completes_a_partial_checksum(void)
{
    for (guint round = 0; round < 1000; round++) {
        HvnTestFrame spec = {
            .ip_version = g_test_rand_bit() ? 4 : 6,
            .protocol = g_test_rand_bit() ? 6 : 17,
            .payload_len = g_test_rand_int_range(0, 200),
        };
        g_autoptr(GByteArray) whole = hvn_test_frame_build(&spec);
        g_autoptr(GByteArray) partial = NULL;
        gsize start = spec.ip_version == 4 ? 34 : 54;
        gsize csum = spec.protocol == 6 ? 16 : 6;
        struct iovec iov;
        HvnFrame frame;
        guint16 value;

        spec.partial_csum = TRUE;
        partial = hvn_test_frame_build(&spec);
        iov = (struct iovec){partial->data, partial->len};
        hvn_frame_init(&frame, &iov, 1);
        frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = start, .csum_offset = csum};
        g_assert_true(hvn_checksum_finish(&frame, &value));
        g_assert_cmphex(value, ==, whole->data[start + csum] << 8 | whole->data[start + csum + 1]);
    }
}

static void
test_finish_refuses_offsets_beyond_the_end(void)
{
    static const struct {
        guint16  start;
        guint16  offset;
        gboolean fits;
    } rows[] = {{0, 0, TRUE}, {98, 0, TRUE}, {0, 98, TRUE},
        {99, 0, FALSE}, {50, 49, FALSE}, {50, 48, TRUE}, {65535, 65535, FALSE}};
    guint8 data[100] = {0};
    struct iovec iov = {data, sizeof data};
    HvnFrame frame;
    guint16 value = 0;

    hvn_frame_init(&frame, &iov, 1);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = rows[i].start, .csum_offset = rows[i].offset};
        g_assert_cmpint(hvn_checksum_finish(&frame, &value), ==, rows[i].fits);
    }
    /* a sum of zeros has the complement 0xffff; one of ones has 0, which would mean "none" */
    g_assert_cmphex(value, ==, 0xffff);
    memset(data, 0xff, sizeof data);
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM};
    g_assert_true(hvn_checksum_finish(&frame, &value));
    g_assert_cmphex(value, ==, 0xffff);
}

/* what was prepared and then finished is the frame as it ought to be, for every pair of protocols */
static void
test_prepare(void)
{
    for (guint i = 0; i < 4; i++) {
        guint version = i < 2 ? 4 : 6, protocol = i % 2 == 0 ? 6 : 17, ip_header = version == 4 ? 20 : 40;
        const HvnTestFrame spec = {.ip_version = version, .protocol = protocol, .payload_len = 999};
        g_autoptr(GByteArray) right = hvn_test_frame_build(&spec);
        g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
        struct iovec piece = {bytes->data, bytes->len};
        guint8 *ip = bytes->data + 14;
        HvnFrame frame;
        guint16 value;

        memset(ip + (version == 4 ? 2 : 4), 0x55, 2); /* the length, and both checksums */
        if (version == 4)
            memset(ip + 10, 0x55, 2);
        memset(ip + ip_header + (protocol == 6 ? 16 : 6), 0x55, 2);
        hvn_checksum_prepare(ip, version, protocol, ip_header, bytes->len - 14);
        hvn_frame_init(&frame, &piece, 1);
        frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .csum_start = 14 + ip_header, .csum_offset = protocol == 6 ? 16 : 6};
        g_assert_true(hvn_checksum_finish(&frame, &value));
        ip[ip_header + frame.offload.csum_offset] = value >> 8;
        ip[ip_header + frame.offload.csum_offset + 1] = value & 0xff;
        g_assert_cmpmem(bytes->data, bytes->len, right->data, right->len);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/checksum/add-matches-the-slow-sum", test_add_matches_the_slow_sum);
    g_test_add_func("/net/checksum/add-takes-a-large-frame", test_add_takes_a_large_frame);
    g_test_add_func("/net/checksum/iov-matches-the-slow-sum", test_iov_matches_the_slow_sum);
    g_test_add_func("/net/checksum/fold", test_fold);
    g_test_add_func("/net/checksum/prepare", test_prepare);
    g_test_add_func("/net/checksum/example-of-the-rfc", test_example_of_the_rfc);
    g_test_add_func("/net/checksum/verify", test_verify);
    g_test_add_func("/net/checksum/verify-udp-without-checksum", test_verify_udp_without_checksum);
    g_test_add_func("/net/checksum/verify-says-nothing", test_verify_says_nothing);
    g_test_add_func("/net/checksum/finish-completes-a-partial-checksum", test_finish_completes_a_partial_checksum);
    g_test_add_func("/net/checksum/finish-refuses-offsets-beyond-the-end", test_finish_refuses_offsets_beyond_the_end);
    return g_test_run();
}
