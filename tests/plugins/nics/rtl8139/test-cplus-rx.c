/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver in C+ mode: descriptors, tags, checksums, small buffers, and a ring without descriptors, which no doorbell ends. */
#include "hvn-bytes.h"
#include "hvn-rtl8139-guest.h"

#define WHOLE (RTL8139_DESC_FS | RTL8139_DESC_LS)

static guint32
status(Guest *guest, guint n)
{
    return hvn_load_le32(guest_rx_desc(guest, n));
}

static guint8 *
buffer(Guest *guest, guint n)
{
    return guest->machine.ram + GUEST_RX_DATA + n % GUEST_N_DESCS * GUEST_RX_SIZE;
}

static void
test_simple(void)
{
    static const gsize lens[] = {60, 61, 1000, 1514};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < 200; i++) {
        gsize len = lens[i % 4];
        guint32 eor = i % GUEST_N_DESCS == GUEST_N_DESCS - 1 ? RTL8139_DESC_EOR : 0;

        g_assert_true(guest_offer(&guest, len));
        g_assert_cmphex(status(&guest, i), ==, WHOLE | eor | RTL8139_RXD_BAR | (len + 4));
        g_assert_cmphex(hvn_load_le32(guest_rx_desc(&guest, i) + 4), ==, 0);
        g_assert_cmphex(hvn_load_le32(buffer(&guest, i) + len), ==, hvn_ether_crc32(buffer(&guest, i), len));
        g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
        guest_write(&guest, RTL8139_ISR, 0xffff, 2);
        guest_give(&guest, i);
    }
    guest_teardown(&guest);
}

/* no descriptor holds the sender; the driver gives some back and writes nothing but what it always does, or nothing at all */
static void
test_full(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        g_assert_true(guest_offer(&guest, 100));
    g_assert_false(guest_offer(&guest, 101));
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK | RTL8139_ISR_RXOVW);
    guest_write(&guest, RTL8139_ISR, 0xffff, 2);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 0); /* there is still nothing */
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    guest_give(&guest, 0);
    guest_write(&guest, RTL8139_ISR, 0xffff, 2); /* 8139cp acknowledges, which is a hint */
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(guest_offer(&guest, 101));
    g_assert_false(guest_offer(&guest, 102));
    guest_give(&guest, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, 20 * HVN_NS_PER_MS); /* a driver that polls memory only */
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 2);
    g_assert_true(guest_offer(&guest, 102));
    g_assert_cmphex(status(&guest, 1) & RTL8139_RXD_SIZE, ==, 106);
    g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* the look for descriptors stops when nobody waits, and comes less often while nothing changes */
static void
test_retry(void)
{
    guint errors;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    while (guest_offer(&guest, 100))
        ;
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_true(hvn_timer_is_armed(&guest.rtl8139->rx.wait.retry));
    g_assert_cmpint(guest.rtl8139->rx.wait.retry_ns, ==, 10 * HVN_NS_PER_MS);
    guest_write(&guest, RTL8139_CR, 0, 1); /* closed: pays */
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_false(hvn_timer_is_armed(&guest.rtl8139->rx.wait.retry));
    errors = hvn_nic_get_dma_errors(guest.machine.nic);
    g_assert_cmpuint(errors, ==, 0);
    guest_teardown(&guest);
}

static void
test_tag(void)
{
    g_autoptr(GByteArray) tagged = hvn_test_frame_build(
        &(HvnTestFrame){.dst = {255, 255, 255, 255, 255, 255}, .vlan = 0x6123, .ether_type = 0x88b5, .payload_len = 42});
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, RTL8139_CPCR_VLAN);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, tagged->data, tagged->len));
    g_assert_cmphex(status(&guest, 0), ==, WHOLE | RTL8139_RXD_BAR | (tagged->len - 4 + 4));
    /* the tag's bytes in the order of the wire */
    g_assert_cmphex(hvn_load_le32(guest_rx_desc(&guest, 0) + 4), ==, RTL8139_RXD_TAVA | 0x2361);
    g_assert_cmpmem(buffer(&guest, 0), 12, tagged->data, 12);
    g_assert_cmpmem(buffer(&guest, 0) + 12, tagged->len - 16, tagged->data + 16, tagged->len - 16);
    guest_write(&guest, RTL8139_CPCR, RTL8139_CPCR_TX | RTL8139_CPCR_RX, 2);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, tagged->data, tagged->len));
    g_assert_cmphex(status(&guest, 1), ==, WHOLE | RTL8139_RXD_BAR | (tagged->len + 4));
    g_assert_cmphex(hvn_load_le32(guest_rx_desc(&guest, 1) + 4), ==, 0);
    guest_teardown(&guest);
}

/* the fault of another model: a stripped frame of 60 bytes is 56 bytes and its FCS, and nothing of the host's behind it */
static void
test_tag_of_short_frame(void)
{
    guint8 bytes[60] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x81, 0x00, 0x00, 0x07, 0x88, 0xb5};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, RTL8139_CPCR_VLAN);
    memset(buffer(&guest, 0), 0xee, GUEST_RX_SIZE);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_cmphex(status(&guest, 0) & RTL8139_RXD_SIZE, ==, 60);
    for (guint i = 60; i < GUEST_RX_SIZE; i++)
        g_assert_cmphex(buffer(&guest, 0)[i], ==, 0xee);
    /* and a frame that ends within its tag stays as it is */
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, 14));
    g_assert_cmphex(status(&guest, 1) & RTL8139_RXD_SIZE, ==, 60); /* padded by the link: tag 0 was stripped */
    guest_teardown(&guest);
}

static void
test_checksums(void)
{
    static const struct {
        HvnTestFrame spec;
        guint32 status;
    } cases[] = {
        {{.ip_version = 4, .protocol = 6, .payload_len = 100}, RTL8139_RXD_PID_TCP},
        {{.ip_version = 4, .protocol = 17, .payload_len = 101}, RTL8139_RXD_PID_UDP},
        {{.ip_version = 4, .protocol = 6, .payload_len = 7, .bad_l4_csum = TRUE}, RTL8139_RXD_PID_TCP | RTL8139_RXD_TCPF},
        {{.ip_version = 4, .protocol = 17, .payload_len = 7, .bad_l4_csum = TRUE}, RTL8139_RXD_PID_UDP | RTL8139_RXD_UDPF},
        {{.ip_version = 4, .protocol = 6, .payload_len = 7, .bad_ip_csum = TRUE}, RTL8139_RXD_PID_TCP | RTL8139_RXD_IPF},
        {{.ip_version = 4, .protocol = 6, .payload_len = 64, .ip_options = 40, .vlan = 5}, RTL8139_RXD_PID_TCP},
        {{.ip_version = 6, .protocol = 6, .payload_len = 64}, 0},
        {{.ether_type = 0x88b5, .payload_len = 64}, 0},
    };
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, RTL8139_CPCR_CHKSUM);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        HvnTestFrame spec = cases[i].spec;
        g_autoptr(GByteArray) frame = NULL;

        memset(spec.dst, 0xff, 6);
        frame = hvn_test_frame_build(&spec);
        g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, frame->data, frame->len));
        g_assert_cmphex(status(&guest, i), ==, WHOLE | RTL8139_RXD_BAR | cases[i].status | (MAX(frame->len, 60) + 4));
    }
    guest_teardown(&guest);
}

/* a frame that is larger than a buffer goes on in the next, FS on the first and LS on the last with the length of all */
static void
test_small_buffers(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        hvn_store_le32(guest_rx_desc(&guest, i), RTL8139_DESC_OWN | (i == 63 ? RTL8139_DESC_EOR : 0) | (i == 1 ? 0 : 128));
    g_assert_true(guest_offer(&guest, 300));
    g_assert_cmphex(status(&guest, 0), ==, RTL8139_DESC_FS | RTL8139_RXD_BAR | 128);
    g_assert_cmphex(status(&guest, 1), ==, RTL8139_RXD_BAR | 0); /* a buffer of nothing is passed over */
    g_assert_cmphex(status(&guest, 2), ==, RTL8139_RXD_BAR | 128);
    g_assert_cmphex(status(&guest, 3), ==, RTL8139_DESC_LS | RTL8139_RXD_BAR | 304);
    g_assert_cmphex(status(&guest, 4) & RTL8139_DESC_OWN, !=, 0);
    guest_teardown(&guest);
}

/* a ring that could never hold the frame costs that frame, not the ones behind it: buffers of nothing, one descriptor, a ring without EOR */
static void
test_hopeless(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        hvn_store_le32(guest_rx_desc(&guest, i), RTL8139_DESC_OWN);
    g_assert_true(guest_offer(&guest, 300));
    g_assert_cmpuint(guest_read(&guest, RTL8139_MPC, 4), ==, 1);
    g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, 1);
    hvn_store_le32(guest_rx_desc(&guest, 0), RTL8139_DESC_OWN | RTL8139_DESC_EOR | 100);
    g_assert_true(guest_offer(&guest, 300));
    g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, 2);
    g_assert_true(guest_offer(&guest, 96));
    g_assert_cmphex(status(&guest, 0), ==, WHOLE | RTL8139_DESC_EOR | RTL8139_RXD_BAR | 100);
    guest_teardown(&guest);
}

/* rings and buffers where there is no memory */
static void
test_bad_addresses(void)
{
    static const guint64 rings[] = {0xffffffffffffff00, GUEST_RAM, HVN_FAKE_BUS_BAR0 + 0x100000, 0x123456789a00};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rings); i++) {
        guest_write(&guest, RTL8139_RDSAR, (guint32)rings[i], 4);
        guest_write(&guest, RTL8139_RDSAR + 4, rings[i] >> 32, 4);
        g_assert_true(guest_offer(&guest, 100));
        g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, i + 1);
    }
    guest_write(&guest, RTL8139_RDSAR, GUEST_RX_RING, 4);
    guest_write(&guest, RTL8139_RDSAR + 4, 0, 4);
    hvn_store_le64(guest_rx_desc(&guest, 0) + 8, HVN_FAKE_BUS_BAR0 + 0x100000 + RTL8139_CR);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(status(&guest, 0) & RTL8139_RXD_RES, !=, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1) & RTL8139_CR_RE, !=, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(status(&guest, 1), ==, WHOLE | RTL8139_RXD_BAR | 104);
    guest_teardown(&guest);
}

/* old Linux enables the receiver before it says where the ring is: taken and counted */
static void
test_no_ring_yet(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_CPCR, RTL8139_CPCR_RX, 2);
    guest_write(&guest, RTL8139_CR, RTL8139_CR_RE, 1);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AB, 4);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(guest.rtl8139->rx.closed, ==, 1);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/cplus-rx/simple", test_simple);
    g_test_add_func("/rtl8139/cplus-rx/full", test_full);
    g_test_add_func("/rtl8139/cplus-rx/retry", test_retry);
    g_test_add_func("/rtl8139/cplus-rx/tag", test_tag);
    g_test_add_func("/rtl8139/cplus-rx/tag-of-short-frame", test_tag_of_short_frame);
    g_test_add_func("/rtl8139/cplus-rx/checksums", test_checksums);
    g_test_add_func("/rtl8139/cplus-rx/small-buffers", test_small_buffers);
    g_test_add_func("/rtl8139/cplus-rx/hopeless", test_hopeless);
    g_test_add_func("/rtl8139/cplus-rx/bad-addresses", test_bad_addresses);
    g_test_add_func("/rtl8139/cplus-rx/no-ring-yet", test_no_ring_yet);
    return g_test_run();
}
