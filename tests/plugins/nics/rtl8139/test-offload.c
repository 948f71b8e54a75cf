/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Large send, checksums and tags on the way out, against frames with the right ones, as the link's last in line would make them; and
 * requests that make no sense, with the CVEs of other models. */
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-rtl8139-guest.h"

/* sends a frame of one descriptor with a command */
static void
send_frame(Guest *guest, const guint8 *data, gsize len, guint32 command, guint32 vlan)
{
    guest->tx_data = GUEST_TX_DATA;
    guest_queue(guest, guest_put(guest, data, len), command | SEND | (guint32)len, vlan);
    guest_poll(guest);
}

/* what arrived, with what was left to do done */
static GByteArray *
arrived(Guest *guest, guint n)
{
    gsize len;
    gconstpointer data = g_bytes_get_data(hvn_fake_port_get_frame(guest->machine.port, n), &len);
    HvnOffload offload = hvn_fake_port_get_offload(guest->machine.port, n);
    GByteArray *bytes = g_byte_array_append(g_byte_array_new(), data, len);
    struct iovec iov = {bytes->data, len};
    HvnFrame frame;
    guint16 csum;

    hvn_frame_init(&frame, &iov, 1);
    frame.offload = offload;
    if (offload.flags & HVN_OFFLOAD_NEEDS_CSUM) {
        g_assert_true(hvn_checksum_finish(&frame, &csum));
        hvn_store_be16(bytes->data + offload.csum_start + offload.csum_offset, csum);
    }
    return bytes;
}

/* a driver leaves the IP checksum 0 and in the other one what it likes */
static void
spoil(GByteArray *frame, gsize ip, gsize l4, guint8 protocol)
{
    hvn_store_be16(frame->data + ip + 10, 0);
    hvn_store_be16(frame->data + l4 + (protocol == 6 ? 16 : 6), 0x1234);
}

static void
test_checksums(void)
{
    static const HvnTestFrame specs[] = {
        {.ip_version = 4, .protocol = 6, .payload_len = 1000},
        {.ip_version = 4, .protocol = 17, .payload_len = 1001},
        {.ip_version = 4, .protocol = 6, .payload_len = 33, .ip_options = 40},
        {.ip_version = 4, .protocol = 17, .payload_len = 33, .vlan = 9},
    };
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(specs); i++) {
        g_autoptr(GByteArray) right = hvn_test_frame_build(&specs[i]);
        g_autoptr(GByteArray) frame = hvn_test_frame_build(&specs[i]);
        g_autoptr(GByteArray) got = NULL;
        gsize ip = specs[i].vlan != 0 ? 18 : 14, l4 = ip + 20 + specs[i].ip_options;

        spoil(frame, ip, l4, specs[i].protocol);
        send_frame(&guest, frame->data, frame->len,
                   RTL8139_TXD_IPCS | (specs[i].protocol == 6 ? RTL8139_TXD_TCPCS : RTL8139_TXD_UDPCS), 0);
        got = arrived(&guest, i);
        g_assert_cmpmem(got->data, got->len, right->data, right->len);
        g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, i).csum_start, ==, l4); /* it travels to the link */
        /* the guest's own memory is as it was */
        g_assert_cmpmem(guest.machine.ram + GUEST_TX_DATA, frame->len, frame->data, frame->len);
    }
    guest_teardown(&guest);
}

/* a packet that ends before its frame: the sum is over the packet alone */
static void
test_trailer(void)
{
    const HvnTestFrame spec = {.ip_version = 4, .protocol = 17, .payload_len = 5};
    g_autoptr(GByteArray) right = hvn_test_frame_build(&spec);
    g_autoptr(GByteArray) got = NULL;
    guint8 frame[80];
    Guest guest;

    memset(frame, 0xee, sizeof frame);
    memcpy(frame, right->data, MIN(right->len, 47));
    hvn_store_be16(frame + 24, 0);
    hvn_store_be16(frame + 40, 0);
    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    send_frame(&guest, frame, sizeof frame, RTL8139_TXD_IPCS | RTL8139_TXD_UDPCS, 0);
    got = arrived(&guest, 0);
    g_assert_cmpuint(got->len, ==, sizeof frame);
    g_assert_cmpmem(got->data, 47, right->data, 47);
    guest_teardown(&guest);
}

static void
test_large_send(void)
{
    const HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .payload_len = 20000, .tcp_flags = 0x18};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
    HvnOffload offload;
    const guint8 *data;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint vlan = 0; vlan < 2; vlan++) {
        guint32 command = RTL8139_TXD_LGSEN | 1400u << RTL8139_TXD_MSS_SHIFT, tag = vlan ? RTL8139_TXD_TAGC | 0x0720 : 0;
        guint shift = 4 * vlan;

        guest.tx_data = GUEST_TX_DATA;
        for (gsize done = 0; done < frame->len; done += 4096) { /* over pages, the command in each descriptor */
            gsize len = MIN(4096, frame->len - done);
            guint32 place = (done == 0 ? RTL8139_DESC_FS : 0) | (done + len == frame->len ? RTL8139_DESC_LS : 0);

            guest_queue(&guest, guest_put(&guest, frame->data + done, len), RTL8139_DESC_OWN | command | place | (guint32)len, tag);
        }
        guest_poll(&guest);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, vlan + 1);
        offload = hvn_fake_port_get_offload(guest.machine.port, vlan);
        data = g_bytes_get_data(hvn_fake_port_get_frame(guest.machine.port, vlan), NULL);
        g_assert_cmpuint(offload.gso_type, ==, HVN_GSO_TCPV4);
        g_assert_cmpuint(offload.gso_size, ==, 1400);
        g_assert_cmpuint(offload.hdr_len, ==, 54 + shift);
        g_assert_cmpuint(offload.csum_start, ==, 34 + shift);
        g_assert_cmpuint(hvn_load_be16(data + 16 + shift), ==, 20040);
        g_assert_cmphex(hvn_test_checksum(data + 14 + shift, 20, 0), ==, 0); /* a header with a right checksum sums up to 0 */
        if (vlan)
            g_assert_cmphex(hvn_load_be32(data + 12), ==, 0x81002007);
    }
    /* every status word is clean: MSS is not left where errors stand */
    for (guint i = 0; i < guest.tx; i++)
        g_assert_cmphex(hvn_load_le32(guest_tx_desc(&guest, i)) & 0x8fff0000, ==, 0);
    guest_teardown(&guest);
}

/* CVE of commit 792676c165 elsewhere: MSS 0 divided by it; and a large send of what cannot be one */
static void
test_bad_large_send(void)
{
    static const struct {
        HvnTestFrame spec;
        guint mss;
    } cases[] = {
        {{.ip_version = 4, .protocol = 6, .payload_len = 5000}, 0},
        {{.ip_version = 4, .protocol = 17, .payload_len = 5000}, 1000},
        {{.ip_version = 6, .protocol = 6, .payload_len = 5000}, 1000},
        {{.ether_type = 0x88b5, .payload_len = 5000}, 1000},
    };
    g_autoptr(GByteArray) good = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 10});
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) frame = hvn_test_frame_build(&cases[i].spec);

        send_frame(&guest, frame->data, frame->len, RTL8139_TXD_LGSEN | cases[i].mss << RTL8139_TXD_MSS_SHIFT, 0);
        g_assert_cmphex(hvn_load_le32(guest_tx_desc(&guest, i)) & RTL8139_TXD_TES, !=, 0);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    for (gsize len = 14; len < good->len; len++) /* headers cut off anywhere */
        send_frame(&guest, good->data, len, RTL8139_TXD_LGSEN | 100u << RTL8139_TXD_MSS_SHIFT, 0);
    send_frame(&guest, good->data, good->len, RTL8139_TXD_LGSEN | 100u << RTL8139_TXD_MSS_SHIFT, 0);
    /* a TCP header that is whole is a frame to send, with less or no payload too */
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, good->len - 54 + 1);
    guest_teardown(&guest);
}

/* CVE-2015-5165: an IP header that says more than the frame holds, or less than itself. The frame goes out as it is and nothing of the
 * host's goes with it */
static void
test_lying_lengths(void)
{
    static const struct {
        guint8 version_and_length;
        guint16 total;
    } lies[] = {{0x45, 0xffff}, {0x45, 0}, {0x45, 19}, {0x45, 21}, {0x40, 100}, {0x4f, 40}, {0x41, 54}, {0x65, 54}};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 14});
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(lies); i++) {
        gsize len;
        const guint8 *data;

        frame->data[14] = lies[i].version_and_length;
        hvn_store_be16(frame->data + 16, lies[i].total);
        send_frame(&guest, frame->data, frame->len, RTL8139_TXD_TCPCS | RTL8139_TXD_UDPCS, 0);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, i + 1);
        data = g_bytes_get_data(hvn_fake_port_get_frame(guest.machine.port, i), &len);
        g_assert_cmpmem(data, len, frame->data, frame->len);
        g_assert_cmpuint(hvn_fake_port_get_offload(guest.machine.port, i).flags, ==, 0);
    }
    guest_teardown(&guest);
}

/* headers over several small descriptors, and short frames with every request */
static void
test_scattered(void)
{
    g_autoptr(GByteArray) right = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 46});
    g_autoptr(GByteArray) frame = g_byte_array_append(g_byte_array_new(), right->data, right->len);
    g_autoptr(GByteArray) got = NULL;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    spoil(frame, 14, 34, 6);
    for (guint i = 0; i < frame->len; i += 2) {
        guint32 place = (i == 0 ? RTL8139_DESC_FS : 0) | (i + 2 >= frame->len ? RTL8139_DESC_LS : 0);

        guest_queue(&guest, guest_put(&guest, frame->data + i, 2), RTL8139_DESC_OWN | RTL8139_TXD_IPCS | RTL8139_TXD_TCPCS | place | 2, 0);
    }
    guest_poll(&guest);
    got = arrived(&guest, 0);
    g_assert_cmpmem(got->data, got->len, right->data, right->len);
    for (gsize len = 14; len < 54; len++)
        send_frame(&guest, frame->data, len, RTL8139_TXD_IPCS | RTL8139_TXD_UDPCS | RTL8139_TXD_TCPCS, RTL8139_TXD_TAGC | 0x0100);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 41);
    g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(guest.machine.port, 40)), ==, 57);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/offload/checksums", test_checksums);
    g_test_add_func("/rtl8139/offload/trailer", test_trailer);
    g_test_add_func("/rtl8139/offload/large-send", test_large_send);
    g_test_add_func("/rtl8139/offload/bad-large-send-mss-0", test_bad_large_send);
    g_test_add_func("/rtl8139/offload/lying-lengths-cve-2015-5165", test_lying_lengths);
    g_test_add_func("/rtl8139/offload/scattered", test_scattered);
    return g_test_run();
}
