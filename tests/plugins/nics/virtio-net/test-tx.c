/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sending, with hvn-virtio-net-header.c: what of a chain becomes the frame, its offload, what is refused, and a peer that is
 * full. */
#include "hvn-virtio-guest.h"

#define OFFLOADS (HVN_VIRTIO_NET_F_CSUM | HVN_VIRTIO_NET_F_HOST_TSO4 | HVN_VIRTIO_NET_F_HOST_TSO6)

static guint
reap(Guest *guest, guint index)
{
    guint n = 0, cookie;
    guint32 len;

    while (hvn_test_virtqueue_get(&guest->queues[index], &cookie, &len)) {
        g_assert_cmpuint(len, ==, 0);
        n++;
    }
    return n;
}

static const guint64 layouts[] = {GUEST_BASIC, GUEST_BASIC | HVN_VIRTIO_F_EVENT_IDX, GUEST_BASIC | HVN_VIRTIO_F_RING_PACKED,
                                  GUEST_BASIC | HVN_VIRTIO_F_RING_PACKED | HVN_VIRTIO_F_EVENT_IDX};

/* every frame arrives once, in order, as it was written, over several turns of the ring */
static void
test_frames(void)
{
    for (guint l = 0; l < G_N_ELEMENTS(layouts); l++) {
        guint8 data[1514];
        guint sent = 0;
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, layouts[l], 2);
        for (guint round = 0; round < 20; round++) {
            guint n = 1 + round % 32;

            for (guint i = 0; i < n; i++) {
                for (guint k = 0; k < sizeof data; k++)
                    data[k] = sent + k;
                guest_send(&guest, 1, NULL, data, 60 + sent % 1400, sent % 64);
                sent++;
            }
            if (hvn_test_virtqueue_needs_kick(&guest.queues[1]))
                guest_kick(&guest, 1);
            g_assert_cmpuint(reap(&guest, 1), ==, n);
        }
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, sent);
        for (guint i = 0; i < sent; i++) {
            gsize len;
            const guint8 *bytes = g_bytes_get_data(hvn_fake_port_get_frame(guest.port, i), &len);

            g_assert_cmpuint(len, ==, 60 + i % 1400);
            for (gsize k = 0; k < len; k++)
                g_assert_cmpuint(bytes[k], ==, (guint8)(i + k));
        }
        guest_teardown(&guest);
    }
}

/* lent, not copied: the frame's bytes are those in guest memory */
static guint
check_pieces(HvnFakePort *port, const HvnFrame *frames, guint n, gpointer data)
{
    Guest *guest = data;

    for (guint i = 0; i < n; i++) {
        for (guint k = 0; k < frames[i].n_iov; k++)
            g_assert_true((guint8 *)frames[i].iov[k].iov_base >= guest->ram &&
                          (guint8 *)frames[i].iov[k].iov_base < guest->ram + GUEST_RAM);
    }
    return n;
}

static void
test_zero_copy(void)
{
    guint8 data[200] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC, 2);
    hvn_fake_port_set_push_func(guest.port, check_pieces, &guest);
    for (guint i = 0; i < 30; i++)
        guest_send(&guest, 1, NULL, data, sizeof data, i);
    guest_kick(&guest, 1);
    g_assert_cmpuint(reap(&guest, 1), ==, 30);
    guest_teardown(&guest);
}

/* header and frame in any pieces */
static void
test_any_layout(void)
{
    static const guint8 cuts[][4] = {{12, 60, 0, 0}, {72, 0, 0, 0}, {5, 7, 60, 0}, {20, 52, 0, 0}, {1, 20, 30, 21}};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC, 2);
    for (guint c = 0; c < G_N_ELEMENTS(cuts); c++) {
        HvnTestPiece pieces[4];
        guint8 bytes[72];
        guint n = 0, at = 0;

        for (guint i = 0; i < sizeof bytes; i++)
            bytes[i] = i < 12 ? 0 : i;
        for (; n < 4 && cuts[c][n] > 0; n++) {
            pieces[n] = (HvnTestPiece){GUEST_BUFFERS + n * 4096, cuts[c][n]};
            memcpy(guest.ram + pieces[n].addr, bytes + at, cuts[c][n]);
            at += cuts[c][n];
        }
        g_assert_true(hvn_test_virtqueue_add(&guest.queues[1], pieces, n, 0, FALSE, 0));
        guest_kick(&guest, 1);
        g_assert_cmpuint(reap(&guest, 1), ==, 1);
        g_assert_cmpmem(g_bytes_get_data(hvn_fake_port_get_frame(guest.port, c), NULL), 60, bytes + 12, 60);
    }
    guest_teardown(&guest);
}

/* DPDK's driver marks the header in the indirect tables of a packed ring as to be written: a send queue only reads */
static void
test_header_marked_as_written(void)
{
    const guint64 rings[] = {0, HVN_VIRTIO_F_RING_PACKED};

    for (guint r = 0; r < G_N_ELEMENTS(rings); r++) {
        HvnTestPiece pieces[2] = {{GUEST_BUFFERS, 12}, {GUEST_BUFFERS + 4096, 60}};
        HvnTestVirtqueue *queue;
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, GUEST_BASIC | HVN_VIRTIO_F_INDIRECT_DESC | rings[r], 2);
        queue = &guest.queues[1];
        memset(guest.ram + GUEST_BUFFERS, 0, 12);
        memset(guest.ram + GUEST_BUFFERS + 4096, 0x5a, 60);
        g_assert_true(hvn_test_virtqueue_add(queue, pieces, 2, 0, TRUE, 0));
        for (guint64 table = queue->tables; table < queue->end; table += 1024)
            guest.ram[table + (rings[r] != 0 ? 14 : 12)] |= 2;
        guest_kick(&guest, 1);
        g_assert_cmpuint(reap(&guest, 1), ==, 1);
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.port, 0)), ==, 60);
        guest_teardown(&guest);
    }
}

static void
make_header(guint8 *header, guint8 flags, guint8 gso, guint16 hdr_len, guint16 gso_size, guint16 start, guint16 offset)
{
    header[0] = flags;
    header[1] = gso;
    hvn_store_le16(header + 2, hdr_len);
    hvn_store_le16(header + 4, gso_size);
    hvn_store_le16(header + 6, start);
    hvn_store_le16(header + 8, offset);
}

static void
test_offload(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 20000, .partial_csum = TRUE};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
    guint8 header[10];
    HvnOffload offload;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC | OFFLOADS, 2);
    make_header(header, 1, HVN_VIRTIO_NET_HDR_GSO_TCPV4, 54, 1448, 34, 16);
    guest_send(&guest, 1, header, frame->data, frame->len, 0);
    guest_kick(&guest, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 1);
    offload = hvn_fake_port_get_offload(guest.port, 0);
    g_assert_cmpuint(offload.flags, ==, HVN_OFFLOAD_NEEDS_CSUM);
    g_assert_cmpuint(offload.gso_type, ==, HVN_GSO_TCPV4);
    g_assert_cmpuint(offload.gso_size, ==, 1448);
    g_assert_cmpuint(offload.csum_start, ==, 34);
    g_assert_cmpuint(offload.csum_offset, ==, 16);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.port, 0)), ==, frame->len);
    guest_teardown(&guest);
}

/* each is dropped and its chain used; the next frame goes out */
static void
test_bad_headers(void)
{
    static const struct {
        guint8 flags;
        guint8 gso;
        guint16 gso_size;
        guint16 start;
        guint16 offset;
        gsize len;
    } cases[] = {
        {1, 0, 0, 100, 0, 100},             /* the sum would go behind the end */
        {1, 0, 0, 34, 65535, 100},          /* and far behind it */
        {0, 1, 1448, 34, 16, 100},          /* segments without checksum */
        {1, 1, 0, 34, 16, 100},             /* of no size */
        {1, 3, 1448, 34, 16, 100},          /* UFO, which is not offered */
        {1, 5, 1448, 34, 16, 100},          /* USO, which was not negotiated */
        {1, 0x81, 1448, 34, 16, 100},       /* with ECN, which is not offered */
        {1, 0xff, 1448, 34, 16, 100},       /* nothing known */
        {0, 0, 0, 0, 0, 13},                /* no Ethernet header */
        {0, 0, 0, 0, 0, 0},                 /* nothing behind the header */
    };
    guint8 data[100] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC | OFFLOADS, 2);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 header[10];

        make_header(header, cases[i].flags, cases[i].gso, 54, cases[i].gso_size, cases[i].start, cases[i].offset);
        guest_send(&guest, 1, header, data, cases[i].len, i);
    }
    guest_send(&guest, 1, NULL, data, 77, 50);
    guest_kick(&guest, 1);
    g_assert_cmpuint(reap(&guest, 1), ==, G_N_ELEMENTS(cases) + 1);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 1);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.port, 0)), ==, 77);
    g_assert_cmpuint(guest.net->tx_dropped, ==, G_N_ELEMENTS(cases));
    guest_teardown(&guest);
}

/* what the peer does not take stays in the ring, in order, and goes out when it is ready */
static void
test_full_peer(void)
{
    for (guint l = 0; l < G_N_ELEMENTS(layouts); l++) {
        guint8 data[64] = {0};
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, layouts[l], 2);
        hvn_fake_port_set_capacity(guest.port, 7);
        for (guint i = 0; i < 20; i++) {
            data[20] = i;
            guest_send(&guest, 1, NULL, data, sizeof data, i);
        }
        guest_kick(&guest, 1);
        g_assert_cmpuint(reap(&guest, 1), ==, 7);
        guest_kick(&guest, 1); /* an impatient driver changes nothing */
        g_assert_cmpuint(reap(&guest, 1), ==, 0);
        hvn_fake_port_set_capacity(guest.port, G_MAXUINT);
        hvn_port_ready(HVN_PORT(guest.port));
        guest_run(&guest);
        g_assert_cmpuint(reap(&guest, 1), ==, 13);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 20);
        for (guint i = 0; i < 20; i++)
            g_assert_cmpuint(((const guint8 *)g_bytes_get_data(hvn_fake_port_get_frame(guest.port, i), NULL))[20], ==, i);
        guest_teardown(&guest);
    }
}

/* a doorbell only marks; one interrupt for a batch; the queue's vector, or INTx with its ISR bit */
static void
test_interrupts(void)
{
    guint8 data[64] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC, 2);
    hvn_test_virtqueue_want_interrupt(&guest.queues[1], TRUE);
    for (guint i = 0; i < 20; i++)
        guest_send(&guest, 1, NULL, data, sizeof data, i);
    guest_write(&guest, HVN_VIRTIO_PCI_NOTIFY + 4, 1, 2);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 0);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.port), ==, 20);
    g_assert_cmpuint(hvn_fake_bus_get_irq_rises(guest.bus), ==, 1);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1), ==, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.bus));
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/tx/frames", test_frames);
    g_test_add_func("/virtio-net/tx/zero-copy", test_zero_copy);
    g_test_add_func("/virtio-net/tx/any-layout", test_any_layout);
    g_test_add_func("/virtio-net/tx/header-marked-as-written", test_header_marked_as_written);
    g_test_add_func("/virtio-net/tx/offload", test_offload);
    g_test_add_func("/virtio-net/tx/bad-headers", test_bad_headers);
    g_test_add_func("/virtio-net/tx/full-peer", test_full_peer);
    g_test_add_func("/virtio-net/tx/interrupts", test_interrupts);
    return g_test_run();
}
