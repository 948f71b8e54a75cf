/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-segment.c. The oracle: each segment is what hvn-test-frames builds, by its slow way, for that part of the
 * payload; and the payloads together are the payload. */
#include "hvn-segment.h"
#include "hvn-test-frames.h"

#include <string.h>

typedef struct {
    HvnTestFrame spec;
    GByteArray  *bytes; /* owned; the whole frame */
    struct iovec iov[6];
    HvnFrame     frame;
    gsize        l4;         /* offset */
    gsize        header_len;
} Whole;

static void
whole_init(Whole *self, HvnTestFrame spec, guint gso_size)
{
    gsize at = 0;

    spec.partial_csum = TRUE;
    self->spec = spec;
    self->bytes = hvn_test_frame_build(&spec);
    self->l4 = 14 + (spec.vlan != 0 ? 4 : 0) + (spec.ip_version == 4 ? 20 + spec.ip_options : 40);
    self->header_len = self->l4 + (spec.protocol == 6 ? 20 : 8);
    for (guint i = 0; i < 6; i++) {
        gsize len = i == 5 ? self->bytes->len - at : (gsize)g_test_rand_int_range(0, MIN(self->bytes->len - at, 400) + 1);

        self->iov[i] = (struct iovec){self->bytes->data + at, len};
        at += len;
    }
    hvn_frame_init(&self->frame, self->iov, 6);
    self->frame.offload = (HvnOffload){
        .flags = HVN_OFFLOAD_NEEDS_CSUM,
        .gso_type = spec.protocol == 17 ? HVN_GSO_UDP_L4 : spec.ip_version == 4 ? HVN_GSO_TCPV4 : HVN_GSO_TCPV6,
        .gso_size = gso_size,
        .csum_start = self->l4,
        .csum_offset = spec.protocol == 6 ? 16 : 6,
    };
}

static void
whole_clear(Whole *self)
{
    g_byte_array_unref(self->bytes);
}

static HvnTestFrame
random_spec(void)
{
    return (HvnTestFrame){
        .ip_version = g_test_rand_bit() ? 4 : 6,
        .protocol = g_test_rand_bit() ? 6 : 17,
        .vlan = g_test_rand_bit() ? 7 : 0,
        .ip_options = g_test_rand_int_range(0, 11) * 4,
        .tcp_seq = g_test_rand_bit() ? 0xffffff00 : 1000, /* the first goes round */
        .tcp_flags = 0x80 | 0x10 | 0x08 | (g_test_rand_bit() ? 0x01 : 0),
        .payload_len = g_test_rand_int_range(0, 3000),
    };
}

static guint16
get_u16(const guint8 *bytes)
{
    return bytes[0] << 8 | bytes[1];
}

static guint32
get_u32(const guint8 *bytes)
{
    return (guint32)get_u16(bytes) << 16 | get_u16(bytes + 2);
}

/* sum of pseudo header and segment: 0xffff before the complement when the checksum is right */
static guint16
l4_sum(const Whole *whole, const guint8 *bytes, gsize len)
{
    gsize ip = 14 + (whole->spec.vlan != 0 ? 4 : 0);
    gsize addresses = whole->spec.ip_version == 4 ? ip + 12 : ip + 8;
    gsize addresses_len = whole->spec.ip_version == 4 ? 8 : 32;
    guint32 sum = whole->spec.protocol + len - whole->l4;

    sum += (guint16)~hvn_test_checksum(bytes + addresses, addresses_len, 0);
    return hvn_test_checksum(bytes + whole->l4, len - whole->l4, sum);
}

static void
check_ip(const Whole *whole, const guint8 *bytes, gsize len, guint index)
{
    const guint8 *ip = bytes + 14 + (whole->spec.vlan != 0 ? 4 : 0);
    gsize ip_len = bytes + len - ip;

    if (whole->spec.ip_version == 6) {
        g_assert_cmpuint(get_u16(ip + 4), ==, ip_len - 40);
        return;
    }
    g_assert_cmpuint(get_u16(ip + 2), ==, ip_len);
    g_assert_cmphex(get_u16(ip + 4), ==, 0x1234 + index);
    g_assert_cmphex(hvn_test_checksum(ip, 20 + whole->spec.ip_options, 0), ==, 0);
}

static void
check_l4(const Whole *whole, const guint8 *bytes, gsize len, guint index, gsize done)
{
    const guint8 *l4 = bytes + whole->l4;
    gboolean last = done + len - whole->header_len == whole->spec.payload_len;

    if (whole->spec.protocol == 17) {
        g_assert_cmpuint(get_u16(l4 + 4), ==, len - whole->l4);
        return;
    }
    g_assert_cmphex(get_u32(l4 + 4), ==, (guint32)(whole->spec.tcp_seq + done));
    g_assert_cmphex(l4[13], ==, whole->spec.tcp_flags & (last ? 0xff : ~0x09) & (index == 0 ? 0xff : ~0x80));
}

static void
check_segment(const Whole *whole, const HvnFrame *segment, guint index, gsize done, gboolean finish)
{
    guint8 bytes[4096];
    gsize len = hvn_frame_copy(segment, 0, bytes, sizeof bytes);
    gsize payload_len = len - whole->header_len;

    g_assert_cmpuint(len, ==, segment->len);
    g_assert_cmpuint(payload_len, ==, MIN(whole->frame.offload.gso_size, whole->spec.payload_len - done));
    g_assert_cmpmem(bytes + whole->header_len, payload_len, whole->bytes->data + whole->header_len + done, payload_len);
    check_ip(whole, bytes, len, index);
    check_l4(whole, bytes, len, index, done);
    g_assert_cmpuint(segment->offload.gso_type, ==, HVN_GSO_NONE);
    if (finish) {
        g_assert_cmpuint(segment->offload.flags, ==, HVN_OFFLOAD_DATA_VALID);
    } else {
        guint16 value;
        gsize at = whole->l4 + segment->offload.csum_offset;

        g_assert_cmpuint(segment->offload.flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
        g_assert_cmpuint(segment->offload.csum_start, ==, whole->l4);
        value = hvn_test_checksum(bytes + whole->l4, len - whole->l4, 0);
        bytes[at] = value >> 8;
        bytes[at + 1] = value & 0xff;
    }
    g_assert_cmphex(l4_sum(whole, bytes, len), ==, 0);
}

static void
test_segments_match_the_oracle(void)
{
    for (guint round = 0; round < 2000; round++) {
        gboolean finish = g_test_rand_bit();
        Whole whole;
        HvnSegmenter segmenter;
        HvnFrame segment;
        guint8 header[HVN_SEGMENT_HEADER_MAX];
        struct iovec iov[8];
        gsize done = 0;
        guint index = 0;

        whole_init(&whole, random_spec(), g_test_rand_int_range(1, 1500));
        g_assert_true(hvn_segmenter_init(&segmenter, &whole.frame));
        while (hvn_segmenter_next(&segmenter, header, iov, 8, finish, &segment)) {
            check_segment(&whole, &segment, index, done, finish);
            done += segment.len - whole.header_len;
            index++;
            g_assert_cmpuint(index, <=, 3000);
        }
        g_assert_cmpuint(done, ==, whole.spec.payload_len);
        g_assert_cmpuint(index, ==, MAX(1, (done + whole.frame.offload.gso_size - 1) / whole.frame.offload.gso_size));
        whole_clear(&whole);
    }
}

static void
test_rewound_segments_are_the_same(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 1000};
    guint8 header[HVN_SEGMENT_HEADER_MAX];
    struct iovec iov[8];
    HvnSegmenter segmenter;
    HvnFrame segment;
    Whole whole;

    whole_init(&whole, spec, 300);
    g_assert_true(hvn_segmenter_init(&segmenter, &whole.frame));
    for (guint i = 0; i < 4; i++)
        g_assert_true(hvn_segmenter_next(&segmenter, header, iov, 8, TRUE, &segment));
    g_assert_false(hvn_segmenter_next(&segmenter, header, iov, 8, TRUE, &segment));
    hvn_segmenter_rewind(&segmenter, 2);
    for (guint i = 2; i < 4; i++) {
        g_assert_true(hvn_segmenter_next(&segmenter, header, iov, 8, TRUE, &segment));
        check_segment(&whole, &segment, i, i * 300, TRUE);
    }
    g_assert_false(hvn_segmenter_next(&segmenter, header, iov, 8, TRUE, &segment));
    hvn_segmenter_rewind(&segmenter, 100);
    g_assert_true(hvn_segmenter_next(&segmenter, header, iov, 8, TRUE, &segment));
    check_segment(&whole, &segment, 0, 0, TRUE);
    whole_clear(&whole);
}

static void
test_too_little_room(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 1000};
    guint8 header[HVN_SEGMENT_HEADER_MAX];
    struct iovec iov[4], pieces[3];
    HvnSegmenter segmenter;
    HvnFrame segment;
    Whole whole;

    whole_init(&whole, spec, 500);
    pieces[0] = (struct iovec){whole.bytes->data, 100};
    pieces[1] = (struct iovec){whole.bytes->data + 100, 100};
    pieces[2] = (struct iovec){whole.bytes->data + 200, whole.bytes->len - 200};
    whole.frame.iov = pieces;
    whole.frame.n_iov = 3;
    g_assert_true(hvn_segmenter_init(&segmenter, &whole.frame));
    g_assert_false(hvn_segmenter_next(&segmenter, header, iov, 1, TRUE, &segment));
    g_assert_false(hvn_segmenter_next(&segmenter, header, iov, 3, TRUE, &segment));
    g_assert_true(hvn_segmenter_next(&segmenter, header, iov, 4, TRUE, &segment));
    g_assert_cmpuint(segment.n_iov, ==, 4);
    whole_clear(&whole);
}

static void
refuse(const char *what, void (*spoil)(Whole *))
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 1000};
    HvnSegmenter segmenter;
    Whole whole;

    g_test_message("%s", what);
    whole_init(&whole, spec, 300);
    whole.iov[0] = (struct iovec){whole.bytes->data, whole.bytes->len};
    whole.frame.n_iov = 1;
    g_assert_true(hvn_segmenter_init(&segmenter, &whole.frame));
    spoil(&whole);
    g_assert_false(hvn_segmenter_init(&segmenter, &whole.frame));
    whole_clear(&whole);
}

static void
no_mss(Whole *whole)
{
    whole->frame.offload.gso_size = 0;
}

static void
no_checksum_wanted(Whole *whole)
{
    whole->frame.offload.flags = 0;
}

static void
header_beyond_the_frame(Whole *whole)
{
    whole->iov[0].iov_len = whole->frame.len = 50;
}

static void
tcp_header_beyond_the_packet(Whole *whole)
{
    whole->bytes->data[14 + 3] = 30; /* total length */
    whole->bytes->data[14 + 2] = 0;
}

static void
csum_start_beyond_the_frame(Whole *whole)
{
    whole->frame.offload.csum_start = 60000;
}

static void
csum_start_elsewhere(Whole *whole)
{
    whole->frame.offload.csum_start -= 2;
}

static void
csum_offset_elsewhere(Whole *whole)
{
    whole->frame.offload.csum_offset = 6;
}

static void
other_ip_version(Whole *whole)
{
    whole->frame.offload.gso_type = HVN_GSO_TCPV6;
}

static void
other_protocol(Whole *whole)
{
    whole->frame.offload.gso_type = HVN_GSO_UDP_L4;
}

static void
unknown_type(Whole *whole)
{
    whole->frame.offload.gso_type = 3;
}

static void
a_fragment(Whole *whole)
{
    whole->bytes->data[14 + 6] = 0x20;
}

static void
not_ip(Whole *whole)
{
    whole->bytes->data[12] = 0x99;
}

static void
longer_than_the_frame(Whole *whole)
{
    whole->bytes->data[14 + 2] = 0xff;
}

static void
test_refuses_what_does_not_fit(void)
{
    refuse("gso_size 0", no_mss);
    refuse("no checksum wanted", no_checksum_wanted);
    refuse("header beyond the frame", header_beyond_the_frame);
    refuse("tcp header beyond the packet", tcp_header_beyond_the_packet);
    refuse("csum_start beyond the frame", csum_start_beyond_the_frame);
    refuse("csum_start not at the tcp header", csum_start_elsewhere);
    refuse("csum_offset of udp", csum_offset_elsewhere);
    refuse("type for ipv6", other_ip_version);
    refuse("type for udp", other_protocol);
    refuse("unknown type", unknown_type);
    refuse("a fragment", a_fragment);
    refuse("not ip", not_ip);
    refuse("packet longer than the frame", longer_than_the_frame);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/segment/segments-match-the-oracle", test_segments_match_the_oracle);
    g_test_add_func("/net/segment/rewound-segments-are-the-same", test_rewound_segments_are_the_same);
    g_test_add_func("/net/segment/too-little-room", test_too_little_room);
    g_test_add_func("/net/segment/refuses-what-does-not-fit", test_refuses_what_does_not_fit);
    return g_test_run();
}
