/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Several pairs of queues: how many are used, where a flow comes in, and receive-side scaling. */
#include "hvn-virtio-guest.h"

#define MULTI   (GUEST_BASIC | HVN_VIRTIO_NET_F_CTRL_VQ | HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_RSS)
#define CONTROL 6 /* behind three pairs */

/* a frame of one flow; @back swaps its ends */
static GByteArray *
make_flow(guint16 port, gboolean back)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .src_port = port, .dst_port = 80, .payload_len = 20};
    GByteArray *frame;

    if (back) {
        spec.src_port = 80;
        spec.dst_port = port;
    }
    frame = hvn_test_frame_build(&spec);
    if (back) {
        guint8 swap[4];

        memcpy(swap, frame->data + 26, 4);
        memmove(frame->data + 26, frame->data + 30, 4);
        memcpy(frame->data + 30, swap, 4);
    }
    return frame;
}

/* the pair that a frame came in on, -1 when it did not */
static gint
where(Guest *guest, GByteArray *frame)
{
    gint pair = -1;
    guint cookie;
    guint32 len;

    if (!hvn_fake_port_send_bytes(guest->port, frame->data, frame->len))
        return -1;
    for (guint i = 0; i < 3; i++) {
        if (hvn_test_virtqueue_get(&guest->queues[2 * i], &cookie, &len)) {
            g_assert_cmpint(pair, ==, -1);
            pair = i;
            guest_give(guest, 2 * i, 1, 256, 0);
        }
    }
    return pair;
}

static void
setup(Guest *guest)
{
    guest_setup(guest, NULL, 3);
    guest_up(guest, MULTI, 7);
    for (guint i = 0; i < 3; i++)
        guest_give(guest, 2 * i, 4, 256, 0);
}

static gint
set_pairs(Guest *guest, guint16 n)
{
    guint8 data[2];

    hvn_store_le16(data, n);
    return guest_command(guest, CONTROL, HVN_VIRTIO_NET_CTRL_MQ, HVN_VIRTIO_NET_CTRL_MQ_PAIRS_SET, data, 2);
}

static void
test_pairs(void)
{
    gboolean seen[3] = {FALSE};
    Guest guest;

    setup(&guest);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 8, 2), ==, 3);
    for (guint port = 1; port < 50; port++) {
        g_autoptr(GByteArray) frame = make_flow(port, TRUE);

        g_assert_cmpint(where(&guest, frame), ==, 0); /* 5.1.5: one pair after reset */
    }
    g_assert_cmpint(set_pairs(&guest, 0), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_pairs(&guest, 4), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_pairs(&guest, 3), ==, HVN_VIRTIO_NET_OK);
    for (guint port = 1; port < 50; port++) {
        g_autoptr(GByteArray) frame = make_flow(port, TRUE);
        gint pair = where(&guest, frame);

        g_assert_cmpint(pair, >=, 0);
        g_assert_cmpint(where(&guest, frame), ==, pair); /* a flow stays where it is */
        seen[pair] = TRUE;
    }
    g_assert_true(seen[0] && seen[1] && seen[2]);
    g_assert_cmpint(set_pairs(&guest, 1), ==, HVN_VIRTIO_NET_OK);
    for (guint port = 1; port < 50; port++) {
        g_autoptr(GByteArray) frame = make_flow(port, TRUE);

        g_assert_cmpint(where(&guest, frame), ==, 0);
    }
    guest_teardown(&guest);
}

/* the answer comes in where the question went out */
static void
test_follows_sender(void)
{
    Guest guest;

    setup(&guest);
    set_pairs(&guest, 3);
    for (guint i = 0; i < 60; i++) {
        g_autoptr(GByteArray) out = make_flow(7000, FALSE);
        g_autoptr(GByteArray) in = make_flow(7000, TRUE);
        guint pair = i / 20, cookie;
        guint32 len;

        guest_send(&guest, 2 * pair + 1, NULL, out->data, out->len, 0);
        guest_kick(&guest, 2 * pair + 1);
        g_assert_true(hvn_test_virtqueue_get(&guest.queues[2 * pair + 1], &cookie, &len));
        g_assert_cmpint(where(&guest, in), ==, pair);
    }
    guest_teardown(&guest);
}

/* frames of several flows in one push: each queue gets its own, in order, and a queue without buffers holds the rest */
static void
test_mixed_batch(void)
{
    g_autoptr(GPtrArray) bytes = g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
    struct iovec iov[40];
    HvnFrame frames[40];
    guint n = 0, cookie;
    guint32 len;
    Guest guest;

    setup(&guest);
    set_pairs(&guest, 3);
    for (guint i = 0; i < 3; i++)
        guest_give(&guest, 2 * i, 50, 256, 0);
    for (guint i = 0; i < G_N_ELEMENTS(frames); i++) {
        GByteArray *frame = make_flow(i % 13, TRUE);

        g_ptr_array_add(bytes, frame);
        iov[i] = (struct iovec){frame->data, frame->len};
        hvn_frame_init(&frames[i], &iov[i], 1);
    }
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest.port), frames, G_N_ELEMENTS(frames)), ==, G_N_ELEMENTS(frames));
    for (guint i = 0; i < 3; i++) {
        while (hvn_test_virtqueue_get(&guest.queues[2 * i], &cookie, &len))
            n++;
    }
    g_assert_cmpuint(n, ==, G_N_ELEMENTS(frames));
    guest_teardown(&guest);
}

static gsize
make_rss(guint8 *at, guint32 types, guint16 mask, guint16 unclassified, guint16 entry, guint16 pairs, guint8 key_len)
{
    guint8 *start = at;

    hvn_store_le32(at, types);
    hvn_store_le16(at + 4, mask);
    hvn_store_le16(at + 6, unclassified);
    at += 8;
    for (guint i = 0; i <= mask && i < 256; i++, at += 2)
        hvn_store_le16(at, entry);
    hvn_store_le16(at, pairs);
    at[2] = key_len;
    memset(at + 3, 0x5a, key_len);
    return at + 3 + key_len - start;
}

static gint
set_rss(Guest *guest, const guint8 *data, gsize len)
{
    return guest_command(guest, CONTROL, HVN_VIRTIO_NET_CTRL_MQ, HVN_VIRTIO_NET_CTRL_MQ_RSS_CONFIG, data, len);
}

static void
test_rss(void)
{
    g_autoptr(GByteArray) frame = make_flow(1234, TRUE);
    guint8 arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06};
    GByteArray other = {arp, sizeof arp};
    guint8 data[1024];
    gsize len;
    Guest guest;

    setup(&guest);
    len = make_rss(data, 0x3f, 7, 1, 2, 3, 40);
    g_assert_cmpint(set_rss(&guest, data, len), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpint(where(&guest, frame), ==, 2);
    g_assert_cmpint(where(&guest, &other), ==, 1);
    for (gsize n = 0; n < len; n++)
        g_assert_cmpint(set_rss(&guest, data, n), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 6, 0, 0, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 0xffff, 0, 0, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 255, 0, 0, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 3, 0, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 0, 3, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 0, 0, 4, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 0, 0, 3, 41)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x1000, 7, 0, 0, 3, 40)), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 0, 0, 3, 0)), ==, HVN_VIRTIO_NET_ERR); /* types, no key */
    g_assert_cmpint(where(&guest, frame), ==, 2); /* nothing of these was taken over */
    /* without types every frame is one without a hash; the table may name queues beyond the pairs that send */
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0, 7, 1, 2, 3, 0)), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpint(where(&guest, frame), ==, 1);
    g_assert_cmpint(set_rss(&guest, data, make_rss(data, 0x3f, 7, 0, 2, 1, 40)), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpint(where(&guest, frame), ==, 2);
    g_assert_cmpint(set_pairs(&guest, 1), ==, HVN_VIRTIO_NET_OK); /* and automatic steering again */
    g_assert_cmpint(where(&guest, frame), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/steer/pairs", test_pairs);
    g_test_add_func("/virtio-net/steer/follows-sender", test_follows_sender);
    g_test_add_func("/virtio-net/steer/mixed-batch", test_mixed_batch);
    g_test_add_func("/virtio-net/steer/rss", test_rss);
    return g_test_run();
}
