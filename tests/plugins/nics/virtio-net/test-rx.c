/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Receiving: one buffer or several, headers, no buffers, frames that never fit, and a closed receiver. */
#include "hvn-virtio-guest.h"

#define MERGEABLE (GUEST_BASIC | HVN_VIRTIO_NET_F_MRG_RXBUF)

static void
fill(guint8 *data, gsize len, guint seed)
{
    for (gsize i = 0; i < len; i++)
        data[i] = i * 7 + seed;
}

/* the next frame, put together from its buffers; its length */
static gsize
collect(Guest *guest, guint index, guint8 *header, guint8 *data, guint *n_buffers)
{
    guint cookie, n = 1;
    gsize len = 0;
    guint32 written;

    for (guint i = 0; i < n; i++) {
        const guint8 *buffer;

        if (!hvn_test_virtqueue_get(&guest->queues[index], &cookie, &written)) {
            g_assert_cmpuint(i, ==, 0); /* all buffers of a frame come at once */
            return 0;
        }
        buffer = guest_buffer(guest, cookie);
        if (i == 0) {
            memcpy(header, buffer, 12);
            n = hvn_load_le16(buffer + 10);
            memcpy(data, buffer + 12, written - 12);
            len = written - 12;
        } else {
            memcpy(data + len, buffer, written);
            len += written;
        }
    }
    *n_buffers = n;
    return len;
}

static const guint64 layouts[] = {0, HVN_VIRTIO_F_EVENT_IDX, HVN_VIRTIO_F_RING_PACKED,
                                  HVN_VIRTIO_F_RING_PACKED | HVN_VIRTIO_F_EVENT_IDX};

static void
test_frames(void)
{
    for (guint l = 0; l < G_N_ELEMENTS(layouts); l++) {
        guint8 data[1514], got[0x10000], header[12], zero[10] = {0};
        guint n_buffers;
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, MERGEABLE | layouts[l], 2);
        for (guint i = 0; i < 500; i++) {
            gsize len = 60 + i * 3 % 1454;

            guest_give(&guest, 0, 1, 2048, i);
            fill(data, len, i);
            g_assert_true(hvn_fake_port_send_bytes(guest.port, data, len));
            g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, len);
            g_assert_cmpmem(got, len, data, len);
            g_assert_cmpmem(header, 10, zero, 10);
            g_assert_cmpuint(n_buffers, ==, 1);
        }
        guest_teardown(&guest);
    }
}

/* a frame over as many buffers as it takes, also when these come in pieces */
static void
test_mergeable(void)
{
    for (guint l = 0; l < G_N_ELEMENTS(layouts); l++) {
        static guint8 data[1514], got[0x10000];
        guint8 header[12];
        guint n_buffers;
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, MERGEABLE | layouts[l], 2);
        hvn_fake_bus_set_split(guest.bus, 0);
        for (guint size = 30; size < 400; size += 7) {
            guest_give(&guest, 0, 60, size, 0);
            fill(data, sizeof data, size);
            g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
            g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, sizeof data);
            g_assert_cmpmem(got, sizeof data, data, sizeof data);
            g_assert_cmpuint(n_buffers, ==, (sizeof data + 12 + size - 1) / size);
            guest_write(&guest, 0x14, 0, 1);
            guest_up(&guest, MERGEABLE | layouts[l], 2);
        }
        guest_teardown(&guest);
    }
}

/* not enough buffers: nothing is used, the sender keeps the frame; the kick with the missing ones brings it */
static void
test_no_buffers(void)
{
    for (guint l = 0; l < G_N_ELEMENTS(layouts); l++) {
        guint8 data[1514], got[0x10000], header[12];
        guint n_buffers;
        Guest guest;

        guest_setup(&guest, NULL, 1);
        guest_up(&guest, MERGEABLE | layouts[l], 2);
        fill(data, sizeof data, 1);
        guest_give(&guest, 0, 2, 600, 0);
        hvn_test_virtqueue_needs_kick(&guest.queues[0]);
        guest_kick(&guest, 0);
        g_assert_false(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
        g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.nic)));
        g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, 0);
        guest_give(&guest, 0, 1, 600, 2);
        g_assert_true(hvn_test_virtqueue_needs_kick(&guest.queues[0]));
        guest_kick(&guest, 0);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.port), ==, 1);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.nic)));
        g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
        g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, sizeof data);
        g_assert_cmpuint(n_buffers, ==, 3);
        guest_teardown(&guest);
    }
}

/* what fits no buffer that the driver can ever give is dropped, and does not hold the rest up */
static void
test_never_fits(void)
{
    guint8 data[1514], got[0x10000], header[12];
    guint n_buffers;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC, 2); /* not mergeable */
    fill(data, sizeof data, 1);
    guest_give(&guest, 0, 4, 500, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, 488));
    g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, 488);
    g_assert_cmpuint(hvn_load_le16(header + 10), ==, 1);
    g_assert_cmpuint(guest.net->rx_dropped, ==, 1);
    guest_write(&guest, 0x14, 0, 1);

    guest_up(&guest, MERGEABLE, 2);
    guest_give(&guest, 0, GUEST_SIZE, 20, 0); /* the whole ring is too small */
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_cmpuint(guest.net->rx_dropped, ==, 2);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, 60));
    g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, 60);
    guest_teardown(&guest);
}

static void
test_offload(void)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 20000, .partial_csum = TRUE};
    g_autoptr(GByteArray) bytes = hvn_test_frame_build(&spec);
    struct iovec iov = {bytes->data, bytes->len};
    static guint8 got[0x10000];
    guint8 header[12];
    guint n_buffers;
    HvnFrame frame;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, MERGEABLE | HVN_VIRTIO_NET_F_GUEST_CSUM | HVN_VIRTIO_NET_F_GUEST_TSO4, 2);
    g_assert_cmpuint(hvn_port_get_features(HVN_PORT(guest.nic)), ==, HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_SHORT_FRAMES);
    guest_give(&guest, 0, 20, 4096, 0);
    hvn_frame_init(&frame, &iov, 1);
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_NEEDS_CSUM, .gso_type = HVN_GSO_TCPV4, .gso_size = 1448, .csum_start = 34,
                                 .csum_offset = 16};
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest.port), &frame, 1), ==, 1);
    g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, bytes->len);
    g_assert_cmpmem(got, bytes->len, bytes->data, bytes->len);
    g_assert_cmpuint(n_buffers, ==, 5);
    g_assert_cmpuint(header[0], ==, HVN_VIRTIO_NET_HDR_F_NEEDS_CSUM);
    g_assert_cmpuint(header[1], ==, HVN_VIRTIO_NET_HDR_GSO_TCPV4);
    g_assert_cmpuint(hvn_load_le16(header + 2), ==, 54);
    g_assert_cmpuint(hvn_load_le16(header + 4), ==, 1448);
    g_assert_cmpuint(hvn_load_le16(header + 6), ==, 34);
    g_assert_cmpuint(hvn_load_le16(header + 8), ==, 16);

    /* verified by the sender: the guest need not look, and with nothing negotiated is not told */
    frame.len = iov.iov_len = 100;
    frame.offload = (HvnOffload){.flags = HVN_OFFLOAD_DATA_VALID};
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest.port), &frame, 1), ==, 1);
    g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, 100);
    g_assert_cmpuint(header[0], ==, HVN_VIRTIO_NET_HDR_F_DATA_VALID);
    guest_teardown(&guest);
}

/* nobody listens: taken and counted, so that no switch stalls; a reset with a debt pays it */
static void
test_closed(void)
{
    guint8 data[60] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    guest_up(&guest, GUEST_BASIC, 2);
    g_assert_false(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    guest_write(&guest, 0x14, 0, 1);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.port), ==, 1);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_cmpuint(guest.net->rx_dropped, ==, 2);
    guest_teardown(&guest);
}

/* bus mastering comes and goes: the queue keeps its place */
static void
test_bus_mastering(void)
{
    guint8 data[60] = {0}, got[0x1000], header[12];
    guint n_buffers;
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC, 2);
    guest_give(&guest, 0, 4, 500, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    hvn_nic_config_write(guest.nic, 4, HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY, 2);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_cmpuint(guest.net->rx_dropped, ==, 1);
    hvn_nic_config_write(guest.nic, 4, HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER, 2);
    guest_run(&guest);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    for (guint i = 0; i < 2; i++)
        g_assert_cmpuint(collect(&guest, 0, header, got, &n_buffers), ==, 60);
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, ==, 0);
    guest_teardown(&guest);
}

/* a buffer without room for the header breaks the queue, and the driver is told (2.1.2) */
static void
test_short_buffer(void)
{
    guint8 data[60] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, MERGEABLE, 2);
    guest_give(&guest, 0, 20, 8, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1), ==, 2);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    guest_write(&guest, 0x14, 0, 1);
    guest_up(&guest, MERGEABLE, 2);
    guest_give(&guest, 0, 1, 100, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.port, data, sizeof data));
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/rx/frames", test_frames);
    g_test_add_func("/virtio-net/rx/mergeable", test_mergeable);
    g_test_add_func("/virtio-net/rx/no-buffers", test_no_buffers);
    g_test_add_func("/virtio-net/rx/never-fits", test_never_fits);
    g_test_add_func("/virtio-net/rx/offload", test_offload);
    g_test_add_func("/virtio-net/rx/closed", test_closed);
    g_test_add_func("/virtio-net/rx/bus-mastering", test_bus_mastering);
    g_test_add_func("/virtio-net/rx/short-buffer", test_short_buffer);
    return g_test_run();
}
