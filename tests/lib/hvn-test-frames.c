/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames for tests, appended octet by octet in the order in which they go over the wire. Nothing here uses the code under test:
 * the checksum is the sum as a textbook has it. */
#include "hvn-test-frames.h"

#include <string.h>

#define HVN_TCP 6

static const guint8 default_dst[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};
static const guint8 default_src[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const guint8 ipv4_addresses[8] = {10, 0, 2, 15, 10, 0, 2, 2};
static const guint8 ipv6_addresses[32] = {
    [0] = 0xfe, [1] = 0xc0, [15] = 0x15, [16] = 0xfe, [17] = 0xc0, [31] = 0x02,
};

static void
append_u8(GByteArray *frame, guint8 value)
{
    g_byte_array_append(frame, &value, 1);
}

static void
append_u16(GByteArray *frame, guint16 value)
{
    append_u8(frame, value >> 8);
    append_u8(frame, value & 0xff);
}

static void
append_u32(GByteArray *frame, guint32 value)
{
    append_u16(frame, value >> 16);
    append_u16(frame, value & 0xffff);
}

static void
set_u16(GByteArray *frame, gsize at, guint16 value)
{
    frame->data[at] = value >> 8;
    frame->data[at + 1] = value & 0xff;
}

static guint32
slow_sum(gconstpointer data, gsize len, guint32 sum)
{
    const guint8 *bytes = data;

    for (gsize i = 0; i < len; i++) {
        sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

guint16
hvn_test_checksum(gconstpointer data, gsize len, guint32 initial)
{
    guint32 sum = slow_sum(data, len, initial);

    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum & 0xffff;
}

static void
append_ethernet(GByteArray *frame, const HvnTestFrame *spec)
{
    static const guint8 zero[6];
    guint16 ether_type = spec->ether_type;

    g_byte_array_append(frame, memcmp(spec->dst, zero, 6) != 0 ? spec->dst : default_dst, 6);
    g_byte_array_append(frame, memcmp(spec->src, zero, 6) != 0 ? spec->src : default_src, 6);
    if (spec->vlan != 0) {
        append_u16(frame, 0x8100);
        append_u16(frame, spec->vlan);
    }
    if (spec->ip_version != 0)
        ether_type = spec->ip_version == 4 ? 0x0800 : 0x86dd;
    append_u16(frame, ether_type);
}

static void
append_ipv4(GByteArray *frame, const HvnTestFrame *spec, gsize l4_len)
{
    gsize at = frame->len;
    gsize header_len = 20 + spec->ip_options;

    append_u8(frame, 0x40 | header_len / 4);
    append_u8(frame, 0);
    append_u16(frame, header_len + l4_len);
    append_u16(frame, 0x1234); /* identification */
    append_u16(frame, 0x4000); /* do not fragment */
    append_u8(frame, 64);
    append_u8(frame, spec->protocol);
    append_u16(frame, 0);
    g_byte_array_append(frame, ipv4_addresses, sizeof ipv4_addresses);
    for (guint i = 0; i < spec->ip_options; i++)
        append_u8(frame, 1); /* no operation */
    set_u16(frame, at + 10, hvn_test_checksum(frame->data + at, header_len, 0) ^ (spec->bad_ip_csum ? 0x0101 : 0));
}

static void
append_ipv6(GByteArray *frame, const HvnTestFrame *spec, gsize l4_len)
{
    append_u32(frame, 0x60000000);
    append_u16(frame, l4_len);
    append_u8(frame, spec->protocol);
    append_u8(frame, 64);
    g_byte_array_append(frame, ipv6_addresses, sizeof ipv6_addresses);
}

static void
append_l4(GByteArray *frame, const HvnTestFrame *spec, gsize l4_len)
{
    append_u16(frame, spec->src_port != 0 ? spec->src_port : 1000);
    append_u16(frame, spec->dst_port != 0 ? spec->dst_port : 2000);
    if (spec->protocol == HVN_TCP) {
        append_u32(frame, spec->tcp_seq);
        append_u32(frame, 0x01020304); /* acknowledgement */
        append_u8(frame, 0x50);
        append_u8(frame, spec->tcp_flags);
        append_u16(frame, 0xfaf0); /* window */
        append_u16(frame, 0);
        append_u16(frame, 0);
    } else {
        append_u16(frame, l4_len);
        append_u16(frame, 0);
    }
}

/* the checksum over what stands in the frame from @at on, or the pseudo header's sum alone */
static void
set_l4_csum(GByteArray *frame, const HvnTestFrame *spec, gsize at, gsize l4_len)
{
    gsize csum_at = at + (spec->protocol == HVN_TCP ? 16 : 6);
    guint32 sum = spec->protocol + l4_len;
    guint16 value;

    if (spec->ip_version == 4)
        sum = slow_sum(ipv4_addresses, sizeof ipv4_addresses, sum);
    else
        sum = slow_sum(ipv6_addresses, sizeof ipv6_addresses, sum);
    if (spec->partial_csum) {
        set_u16(frame, csum_at, ~hvn_test_checksum(NULL, 0, sum) & 0xffff);
        return;
    }
    value = hvn_test_checksum(frame->data + at, l4_len, sum);
    if (value == 0)
        value = 0xffff;
    set_u16(frame, csum_at, value ^ (spec->bad_l4_csum ? 0x0101 : 0));
}

GByteArray *
hvn_test_frame_build(const HvnTestFrame *spec)
{
    GByteArray *frame = g_byte_array_new();
    gsize l4_len = (spec->protocol == HVN_TCP ? 20 : 8) + spec->payload_len;
    gsize l4_at = 0;

    append_ethernet(frame, spec);
    if (spec->ip_version == 4)
        append_ipv4(frame, spec, l4_len);
    else if (spec->ip_version == 6)
        append_ipv6(frame, spec, l4_len);
    if (spec->ip_version != 0) {
        l4_at = frame->len;
        append_l4(frame, spec, l4_len);
    }
    for (gsize i = 0; i < spec->payload_len; i++)
        append_u8(frame, i + (i >> 8)); /* no two blocks of 256 octets are alike */
    if (spec->ip_version != 0)
        set_l4_csum(frame, spec, l4_at, l4_len);
    return frame;
}
