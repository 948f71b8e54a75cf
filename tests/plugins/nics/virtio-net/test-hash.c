/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hash of received frames: the published verification suite of receive-side scaling over whole frames, IPv6 extension headers, and what
 * the driver is told in the header. */
#include "hvn-virtio-guest.h"

#include <arpa/inet.h>

#define REPORTS (GUEST_BASIC | HVN_VIRTIO_NET_F_MRG_RXBUF | HVN_VIRTIO_NET_F_CTRL_VQ | HVN_VIRTIO_NET_F_HASH_REPORT)
#define CONTROL 2

static const guint8 key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
                               0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
                               0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

/* from the verification suite that is published for drivers */
static const struct {
    int         family;
    const char *destination;
    guint16     destination_port;
    const char *source;
    guint16     source_port;
    guint32     addresses;
    guint32     tcp;
} suite[] = {
    {AF_INET, "161.142.100.80", 1766, "66.9.149.187", 2794, 0x323e8fc2, 0x51ccc178},
    {AF_INET, "65.69.140.83", 4739, "199.92.111.2", 14230, 0xd718262a, 0xc626b0ea},
    {AF_INET, "12.22.207.184", 38024, "24.19.198.95", 12898, 0xd2d0a5de, 0x5c2b394a},
    {AF_INET, "209.142.163.6", 2217, "38.27.205.30", 48228, 0x82989176, 0xafc7327f},
    {AF_INET, "202.188.127.2", 1303, "153.39.163.191", 44251, 0x5d1809c5, 0x10e828a2},
    {AF_INET6, "3ffe:2501:200:3::1", 1766, "3ffe:2501:200:1fff::7", 2794, 0x2cc18cd5, 0x40207d3d},
    {AF_INET6, "ff02::1", 4739, "3ffe:501:8::260:97ff:fe40:efab", 14230, 0x0f0c461c, 0xdde51bbf},
    {AF_INET6, "fe80::200:f8ff:fe21:67cf", 38024, "3ffe:1900:4545:3:200:f8ff:fe21:67cf", 44251, 0x4b61e985, 0x02d1feef},
};

static GByteArray *
make_frame(guint row, guint8 protocol)
{
    gboolean v6 = suite[row].family == AF_INET6;
    HvnTestFrame spec = {
        .ip_version = v6 ? 6 : 4,
        .protocol = protocol,
        .src_port = suite[row].source_port,
        .dst_port = suite[row].destination_port,
        .payload_len = 20,
    };
    GByteArray *frame = hvn_test_frame_build(&spec);

    g_assert_cmpint(inet_pton(suite[row].family, suite[row].source, frame->data + 14 + (v6 ? 8 : 12)), ==, 1);
    g_assert_cmpint(inet_pton(suite[row].family, suite[row].destination, frame->data + 14 + (v6 ? 24 : 16)), ==, 1);
    return frame;
}

static HvnVirtioNetHash
hash_of(const GByteArray *frame, guint32 types)
{
    struct iovec iov = {frame->data, frame->len};
    HvnVirtioNetRss rss = {.hash_types = types};
    HvnVirtioNetHash hash;
    HvnFrame lent;

    memcpy(rss.key, key, sizeof key);
    hvn_frame_init(&lent, &iov, 1);
    hvn_virtio_net_hash(&rss, &lent, &hash);
    return hash;
}

static void
assert_hash(const GByteArray *frame, guint32 types, guint report, guint32 value)
{
    HvnVirtioNetHash hash = hash_of(frame, types);

    g_assert_cmpuint(hash.report, ==, report);
    g_assert_cmphex(hash.value, ==, value);
}

static void
test_suite(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(suite); i++) {
        guint first = suite[i].family == AF_INET6 ? 3 : 0; /* bit of the plain type */
        g_autoptr(GByteArray) tcp = make_frame(i, 6);
        g_autoptr(GByteArray) udp = make_frame(i, 17);

        assert_hash(tcp, 0x1ff, first + 2, suite[i].tcp);
        assert_hash(udp, 0x1ff, first + 3, suite[i].tcp); /* the same bytes go in */
        assert_hash(tcp, 1u << first, first + 1, suite[i].addresses);
        assert_hash(udp, 0x1ff & ~(1u << (first + 2)), first + 1, suite[i].addresses);
        assert_hash(udp, 1u << (first + 1), 0, 0); /* TCP only */
        assert_hash(tcp, 0x1ff & ~(7u << first), 0, 0); /* the other family */
    }
}

/* a fragment has no ports that the others would have too */
static void
test_fragment(void)
{
    g_autoptr(GByteArray) frame = make_frame(0, 17);

    frame->data[14 + 6] = 0x20; /* more fragments */
    assert_hash(frame, 0x1ff, 1, suite[0].addresses);
    for (guint len = 0; len < frame->len; len++) { /* never beyond the bytes */
        GByteArray cut = {frame->data, len};

        hash_of(&cut, 0x1ff);
    }
}

/* puts @len bytes of extension headers, the first of type @next, behind the IPv6 header */
static void
insert(GByteArray *frame, guint8 next, const guint8 *bytes, gsize len, guint last_at)
{
    guint8 protocol = frame->data[14 + 6];
    guint old = frame->len;

    g_byte_array_set_size(frame, old + len);
    memmove(frame->data + 54 + len, frame->data + 54, old - 54);
    memcpy(frame->data + 54, bytes, len);
    frame->data[14 + 6] = next;
    frame->data[54 + last_at] = protocol;
    hvn_store_be16(frame->data + 14 + 4, hvn_load_be16(frame->data + 14 + 4) + len);
}

/* 5.1.6.4.3.4: the addresses of extension headers count for the types with EX, and for those only */
static void
test_extension(void)
{
    g_autoptr(GByteArray) frame = make_frame(5, 6);
    g_autoptr(GByteArray) plain = make_frame(5, 6);
    g_autoptr(GByteArray) padded = make_frame(5, 17);
    guint8 headers[48] = {[0] = 43, [1] = 2, [2] = 1, [3] = 2, [6] = 0xc9, [7] = 16, [24 + 1] = 2, [24 + 2] = 2, [24 + 3] = 1};
    guint8 pad[8] = {0, 0, 1, 4};

    /* the home addresses are the frame's true ones, and what the IPv6 header says is somebody else's */
    memcpy(headers + 8, plain->data + 14 + 8, 16);
    memcpy(headers + 24 + 8, plain->data + 14 + 24, 16);
    insert(frame, 60, headers, sizeof headers, 24);
    memset(frame->data + 14 + 8, 0x20, 32);
    assert_hash(frame, 0x1ff, 8, suite[5].tcp);
    assert_hash(frame, 1u << 6, 7, suite[5].addresses);
    assert_hash(frame, 1u << 8, 0, 0);
    g_assert_cmpuint(hash_of(frame, 1u << 4).report, ==, 5); /* skipped: as without them, from the IPv6 header */
    g_assert_cmphex(hash_of(frame, 1u << 4).value, !=, suite[5].tcp);
    /* an extension header without addresses: those of the IPv6 header */
    insert(padded, 0, pad, sizeof pad, 0);
    assert_hash(padded, 0x1ff, 9, suite[5].tcp);
    assert_hash(padded, 0x3f, 6, suite[5].tcp);
    /* lengths and options that lead nowhere */
    for (guint at = 54; at < frame->len; at++) {
        for (guint value = 0; value < 256; value += 15) {
            guint8 before = frame->data[at];

            frame->data[at] = value;
            hash_of(frame, 0x1ff);
            frame->data[at] = before;
        }
    }
}

/* ---- what the driver is told ---- */

static gint
configure(Guest *guest, guint32 types, gsize key_len, gssize more)
{
    guint8 data[64] = {0};

    hvn_store_le32(data, types);
    data[12] = key_len;
    memcpy(data + 13, key, MIN(key_len, sizeof key));
    return guest_command(guest, CONTROL, HVN_VIRTIO_NET_CTRL_MQ, HVN_VIRTIO_NET_CTRL_MQ_HASH_CONFIG, data, 13 + key_len + more);
}

static const guint8 *
receive(Guest *guest, GByteArray *frame)
{
    guint cookie;
    guint32 len;

    guest_give(guest, 0, 1, 2048, 5);
    g_assert_true(hvn_fake_port_send_bytes(guest->port, frame->data, frame->len));
    g_assert_true(hvn_test_virtqueue_get(&guest->queues[0], &cookie, &len));
    g_assert_cmpuint(len, ==, 20 + frame->len);
    g_assert_cmpmem(guest_buffer(guest, cookie) + 20, frame->len, frame->data, frame->len);
    return guest_buffer(guest, cookie);
}

static void
test_report(void)
{
    g_autoptr(GByteArray) frame = make_frame(1, 6);
    const guint8 *header;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, REPORTS, 3);
    g_assert_cmphex(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + HVN_VIRTIO_NET_CONFIG_RSS_HASHES, 4), ==, 0x1ff);
    header = receive(&guest, frame); /* nothing is enabled after reset */
    g_assert_cmphex(hvn_load_le64(header + 12), ==, 0);
    g_assert_cmpint(configure(&guest, 0x1ff, 40, 0), ==, HVN_VIRTIO_NET_OK);
    header = receive(&guest, frame);
    g_assert_cmphex(hvn_load_le32(header + 12), ==, suite[1].tcp);
    g_assert_cmphex(hvn_load_le32(header + 16), ==, 2); /* TCP over IPv4, and 16 bits of padding */
    g_assert_cmpuint(hvn_load_le16(header + HVN_VIRTIO_NET_HDR_NUM_BUFFERS), ==, 1);
    /* refused, and nothing changes */
    g_assert_cmpint(configure(&guest, 0x200, 40, 0), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(configure(&guest, 1, 41, 0), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(configure(&guest, 1, 0, 0), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(configure(&guest, 1, 40, -1), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(configure(&guest, 1, 40, 1), ==, HVN_VIRTIO_NET_ERR);
    header = receive(&guest, frame);
    g_assert_cmphex(hvn_load_le32(header + 16), ==, 2);
    g_assert_cmpint(configure(&guest, 0, 0, 0), ==, HVN_VIRTIO_NET_OK); /* off again */
    header = receive(&guest, frame);
    g_assert_cmphex(hvn_load_le64(header + 12), ==, 0);
    guest_teardown(&guest);
}

/* 5.1.6.2: the header is as long for sending; 5.1.6.3.1: and a frame may take several buffers */
static void
test_header_len(void)
{
    g_autoptr(GByteArray) frame = make_frame(1, 6);
    guint cookie;
    guint32 len, written = 0;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, REPORTS, 3);
    guest_send(&guest, 1, NULL, frame->data, frame->len, 7);
    guest_kick(&guest, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 1);
    g_assert_cmpint(configure(&guest, 0x1ff, 40, 0), ==, HVN_VIRTIO_NET_OK);
    guest_give(&guest, 0, 8, 24, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, frame->data, frame->len));
    g_assert_true(hvn_test_virtqueue_get(&guest.queues[0], &cookie, &len));
    g_assert_cmphex(hvn_load_le32(guest_buffer(&guest, cookie) + 12), ==, suite[1].tcp);
    g_assert_cmpuint(hvn_load_le16(guest_buffer(&guest, cookie) + HVN_VIRTIO_NET_HDR_NUM_BUFFERS), ==, (20 + frame->len + 23) / 24);
    for (written = len; hvn_test_virtqueue_get(&guest.queues[0], &cookie, &len); written += len)
        ;
    g_assert_cmpuint(written, ==, 20 + frame->len);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/hash/suite", test_suite);
    g_test_add_func("/virtio-net/hash/fragment", test_fragment);
    g_test_add_func("/virtio-net/hash/extension", test_extension);
    g_test_add_func("/virtio-net/hash/report", test_report);
    g_test_add_func("/virtio-net/hash/header-len", test_header_len);
    return g_test_run();
}
