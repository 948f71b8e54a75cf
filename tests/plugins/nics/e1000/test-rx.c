/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: frames into buffers of every size, status and errors, checksums, tags, FCS, a ring that runs dry, rings
 * that make no sense. */
#include "hvn-e1000-guest.h"

#define TO_US \
    { \
        0x52, 0x54, 0x00, 0x12, 0x34, 0x56 \
    }

static GByteArray *
udp(gsize payload)
{
    return hvn_test_frame_build(&(HvnTestFrame){.dst = TO_US, .ip_version = 4, .protocol = 17, .payload_len = payload});
}

static HvnE1000RxDesc
desc(Guest *guest, guint n)
{
    const guint8 *bytes = guest_rx_desc(guest, n);

    return (HvnE1000RxDesc){hvn_load_le16(bytes + 8), hvn_load_le16(bytes + 10), bytes[12], bytes[13], hvn_load_le16(bytes + 14)};
}

static const guint8 *
buffer(Guest *guest, guint n)
{
    return guest->machine.ram + hvn_load_le64(guest_rx_desc(guest, n));
}

static gboolean
give(Guest *guest, const GByteArray *frame)
{
    return hvn_fake_port_send_bytes(guest->machine.port, frame->data, frame->len);
}

static void
test_plain(void)
{
    g_autoptr(GByteArray) frame = udp(500);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    g_assert_true(give(&guest, frame));
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1);
    g_assert_cmpuint(desc(&guest, 0).length, ==, frame->len);
    g_assert_cmphex(desc(&guest, 0).status, ==, E1000_DESC_DD | E1000_RXD_STAT_EOP | E1000_RXD_STAT_IXSM);
    g_assert_cmphex(desc(&guest, 0).errors, ==, 0);
    g_assert_cmpmem(buffer(&guest, 0), frame->len, frame->data, frame->len);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_RXT0);
    guest_teardown(&guest);
}

/* without SECRC the real FCS follows */
static void
test_fcs(void)
{
    g_autoptr(GByteArray) frame = udp(333);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_RCTL, E1000_RCTL_EN);
    give(&guest, frame);
    g_assert_cmpuint(desc(&guest, 0).length, ==, frame->len + 4);
    g_assert_cmphex(hvn_load_le32(buffer(&guest, 0) + frame->len), ==, hvn_ether_crc32(frame->data, frame->len));
    guest_teardown(&guest);
}

static void
test_buffer_sizes(void)
{
    static const struct {
        guint32 rctl;
        guint size;
    } sizes[] = {
        {0, 2048},
        {1u << 16, 1024},
        {2u << 16, 512},
        {3u << 16, 256},
        {E1000_RCTL_BSEX | 1u << 16, 16384},
        {E1000_RCTL_BSEX | 2u << 16, 8192},
        {E1000_RCTL_BSEX | 3u << 16, 4096},
    };
    g_autoptr(GByteArray) frame = udp(9000);

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        guint n = (frame->len + sizes[i].size - 1) / sizes[i].size;
        g_autoptr(GByteArray) got = g_byte_array_new();
        Guest guest;

        guest_setup(&guest, NULL);
        guest_up(&guest, E1000_RCTL_LPE | sizes[i].rctl);
        for (guint k = 0; k < GUEST_N_DESCS; k++)
            hvn_store_le64(guest_rx_desc(&guest, k), GUEST_RX_DATA + k * 16384);
        give(&guest, frame);
        g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, n);
        for (guint k = 0; k < n; k++) {
            g_assert_cmphex(desc(&guest, k).status & 3, ==, k == n - 1 ? 3 : 1);
            g_assert_cmpuint(desc(&guest, k).length, <=, sizes[i].size);
            g_byte_array_append(got, buffer(&guest, k), desc(&guest, k).length);
        }
        g_assert_cmpmem(got->data, got->len, frame->data, frame->len);
        guest_teardown(&guest);
    }
}

/* CVE-2012-6075: a frame longer than the driver allowed never reaches its buffers */
static void
test_long_frames(void)
{
    g_autoptr(GByteArray) longest = udp(1518 - 42), longer = udp(1519 - 42), jumbo = udp(16380 - 42), too_long = udp(16381 - 42);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    give(&guest, longest);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1);
    give(&guest, longer);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_ROC), ==, 1);
    guest_write(&guest, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_LPE);
    give(&guest, jumbo);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1 + 8); /* 16384 with the FCS */
    give(&guest, too_long);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1 + 8);
    guest_teardown(&guest);
}

static void
check_checksums(const HvnTestFrame *spec, guint status, guint errors)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(spec);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_RXCSUM, E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL);
    give(&guest, frame);
    g_assert_cmphex(desc(&guest, 0).status, ==, status | E1000_DESC_DD | E1000_RXD_STAT_EOP);
    g_assert_cmphex(desc(&guest, 0).errors, ==, errors);
    guest_teardown(&guest);
}

static void
test_checksums(void)
{
    const guint both = E1000_RXD_STAT_IPCS | E1000_RXD_STAT_TCPCS;
    HvnTestFrame spec = {.dst = TO_US, .ip_version = 4, .protocol = 6, .payload_len = 100};

    check_checksums(&spec, both, 0);
    spec.bad_l4_csum = TRUE;
    check_checksums(&spec, both, E1000_RXD_ERR_TCPE);
    spec.bad_ip_csum = TRUE;
    check_checksums(&spec, both, E1000_RXD_ERR_TCPE | E1000_RXD_ERR_IPE);
    spec = (HvnTestFrame){.dst = TO_US, .ip_version = 4, .protocol = 17, .payload_len = 101, .ip_options = 8, .vlan = 5};
    check_checksums(&spec, both, 0);
    spec = (HvnTestFrame){.dst = TO_US, .ip_version = 6, .protocol = 17, .payload_len = 100};
    check_checksums(&spec, E1000_RXD_STAT_TCPCS, 0);
    spec.bad_l4_csum = TRUE;
    check_checksums(&spec, E1000_RXD_STAT_TCPCS, E1000_RXD_ERR_TCPE);
    spec = (HvnTestFrame){.dst = TO_US, .ether_type = 0x0806, .payload_len = 46};
    check_checksums(&spec, E1000_RXD_STAT_IXSM, 0);
}

/* the packet checksum starts at PCSS and covers what is stored */
static void
test_packet_checksum(void)
{
    g_autoptr(GByteArray) frame = udp(201);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    give(&guest, frame);
    guest_write(&guest, E1000_RXCSUM, 14);
    give(&guest, frame);
    guest_write(&guest, E1000_RXCSUM, 255);
    give(&guest, frame);
    for (guint i = 0; i < 3; i++) {
        guint start = i == 0 ? 0 : i == 1 ? 14 : 255;
        guint16 sum = start < frame->len ? ~hvn_test_checksum(frame->data + start, frame->len - start, 0) : 0;

        g_assert_cmphex(GUINT16_SWAP_LE_BE(desc(&guest, i).checksum), ==, sum);
    }
    guest_teardown(&guest);
}

static void
test_vlan_strip(void)
{
    HvnTestFrame spec = {.dst = TO_US, .vlan = 0x6123, .ip_version = 4, .protocol = 17, .payload_len = 100};
    g_autoptr(GByteArray) tagged = hvn_test_frame_build(&spec), plain = NULL;
    Guest guest;

    spec.vlan = 0;
    plain = hvn_test_frame_build(&spec);
    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    give(&guest, tagged);
    g_assert_cmphex(desc(&guest, 0).status & E1000_RXD_STAT_VP, ==, 0);
    g_assert_cmpmem(buffer(&guest, 0), desc(&guest, 0).length, tagged->data, tagged->len);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_VME);
    give(&guest, tagged);
    g_assert_cmphex(desc(&guest, 1).status & E1000_RXD_STAT_VP, !=, 0);
    g_assert_cmphex(desc(&guest, 1).special, ==, 0x6123);
    g_assert_cmpmem(buffer(&guest, 1), desc(&guest, 1).length, plain->data, plain->len);
    give(&guest, plain);
    g_assert_cmphex(desc(&guest, 2).status & E1000_RXD_STAT_VP, ==, 0);
    guest_write(&guest, E1000_RCTL, E1000_RCTL_EN); /* the FCS is that of the frame on the wire */
    give(&guest, tagged);
    g_assert_cmpuint(desc(&guest, 3).length, ==, plain->len + 4);
    g_assert_cmphex(hvn_load_le32(buffer(&guest, 3) + plain->len), ==, hvn_ether_crc32(tagged->data, tagged->len));
    guest_teardown(&guest);
}

/* no descriptors: the sender holds, the driver is told, and RDT lets it go on */
static void
test_ring_dry(void)
{
    g_autoptr(GByteArray) frame = udp(100);
    Guest guest;
    guint taken = 0;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    while (taken < 100 && give(&guest, frame))
        taken++;
    g_assert_cmpuint(taken, ==, GUEST_N_DESCS - 1);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_RXT0 | E1000_ICR_RXO | E1000_ICR_RXDMT0);
    g_assert_cmpuint(guest_read(&guest, E1000_RNBC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_MPC), ==, 0);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_write(&guest, E1000_RDT, GUEST_N_DESCS - 2);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 0);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(give(&guest, frame));
    guest_teardown(&guest);
}

/* whatever closes the receiver pays the debt, for a closed receiver takes and counts */
static void
test_closing_pays(void)
{
    g_autoptr(GByteArray) frame = udp(100);

    for (guint way = 0; way < 5; way++) {
        Guest guest;

        guest_setup(&guest, NULL);
        guest_up(&guest, 0);
        while (give(&guest, frame))
            ;
        if (way == 0)
            guest_write(&guest, E1000_RCTL, 0);
        else if (way == 1)
            guest_write(&guest, E1000_CTRL, E1000_CTRL_RST);
        else if (way == 2)
            guest_phy_write(&guest, HVN_MII_BMCR, 0x1340);
        else if (way == 3)
            guest_phy_write(&guest, HVN_MII_BMCR, 0x4140);
        else
            guest_write(&guest, E1000_RDLEN, 0);
        guest_run(&guest);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
        g_assert_true(give(&guest, frame));
        g_assert_cmpuint(guest.e1000->rx.closed, ==, 1);
        guest_teardown(&guest);
    }
}

/* a guest that is still booting stalls nobody, and RCTL makes no gap */
static void
test_closed(void)
{
    g_autoptr(GByteArray) frame = udp(100);
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < 200; i++)
        g_assert_true(give(&guest, frame));
    g_assert_cmpuint(guest.e1000->rx.closed, ==, 200);
    guest_up(&guest, 0);
    g_assert_true(give(&guest, frame));
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 1);
    guest_teardown(&guest);
}

static void
test_threshold(void)
{
    static const guint left[] = {32, 16, 8};
    g_autoptr(GByteArray) frame = udp(100);

    for (guint rdmts = 0; rdmts < 3; rdmts++) {
        Guest guest;

        guest_setup(&guest, NULL);
        guest_up(&guest, rdmts << E1000_RCTL_RDMTS_SHIFT);
        for (guint i = 63; i > left[rdmts]; i--) {
            g_assert_cmphex(guest_read(&guest, E1000_ICR) & E1000_ICR_RXDMT0, ==, 0);
            give(&guest, frame);
        }
        g_assert_cmphex(guest_read(&guest, E1000_ICR) & E1000_ICR_RXDMT0, !=, 0);
        guest_teardown(&guest);
    }
}

/* CVE-2016-1981, CVE-2017-9310, CVE-2020-25707: heads beyond the ring, empty rings, null buffers */
static void
test_bad_rings(void)
{
    static const struct {
        guint32 low, high, len, head, tail;
    } rings[] = {
        {GUEST_RX_RING, 0, 0, 0, 5},          {GUEST_RX_RING, 0, 128, 0, 8},
        {GUEST_RX_RING, 0, 128, 9, 3},        {GUEST_RX_RING, 0, 128, 0xffff, 0xffff},
        {GUEST_RAM - 16, 0, 0x80, 0, 5},      {0xfffffff0, 0xffffffff, 0x1000, 0, 5},
        {HVN_FAKE_BUS_BAR0, 0, 0x1000, 0, 5}, {HVN_FAKE_BUS_BAR0 + 0x3800, 0, 0x80, 0, 5},
    };
    g_autoptr(GByteArray) frame = udp(100);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rings); i++) {
        guest_write(&guest, E1000_RDBAL, rings[i].low);
        guest_write(&guest, E1000_RDBAH, rings[i].high);
        guest_write(&guest, E1000_RDLEN, rings[i].len);
        guest_write(&guest, E1000_RDH, rings[i].head);
        guest_write(&guest, E1000_RDT, rings[i].tail);
        for (guint k = 0; k < 100; k++)
            g_assert_true(give(&guest, frame)); /* nobody is held by a ring that cannot be served */
        g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, rings[i].head);
    }
    guest_teardown(&guest);
}

static void
test_bad_buffers(void)
{
    g_autoptr(GByteArray) frame = udp(100);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_store_le64(guest_rx_desc(&guest, 0), HVN_FAKE_BUS_BAR0 + E1000_TDT - 40); /* CVE-2021-20257, CVE-2023-3019 */
    hvn_store_le64(guest_rx_desc(&guest, 1), 0xffffffffffffffc0);
    hvn_store_le64(guest_rx_desc(&guest, 2), 0);
    for (guint i = 0; i < 3; i++)
        g_assert_true(give(&guest, frame));
    g_assert_cmphex(desc(&guest, 0).errors, ==, E1000_RXD_ERR_RXE);
    g_assert_cmphex(desc(&guest, 1).errors, ==, E1000_RXD_ERR_RXE);
    g_assert_cmphex(desc(&guest, 2).status, ==, E1000_DESC_DD); /* passed over */
    g_assert_cmpuint(desc(&guest, 2).length, ==, 0);
    g_assert_cmphex(desc(&guest, 3).status & 3, ==, 3);
    g_assert_cmpuint(guest_read(&guest, E1000_TDT), ==, 0);
    guest_teardown(&guest);
}

/* a ring of null buffers, and one too short for the frame */
static void
test_hopeless(void)
{
    g_autoptr(GByteArray) frame = udp(100), jumbo = udp(9000);
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_LPE);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        hvn_store_le64(guest_rx_desc(&guest, i), 0);
    for (guint i = 0; i < 10; i++)
        g_assert_true(give(&guest, frame));
    g_assert_cmpuint(guest.e1000->rx.dropped, ==, 10);
    g_assert_cmpuint(guest_read(&guest, E1000_MPC), ==, 10);
    guest_up(&guest, E1000_RCTL_LPE | 3u << 16);
    guest_write(&guest, E1000_RDLEN, 128);
    guest_write(&guest, E1000_RDT, 7);
    g_assert_true(give(&guest, jumbo));
    g_assert_cmpuint(guest.e1000->rx.dropped, ==, 11);
    guest_teardown(&guest);
}

/* buffers and the ring across pieces of memory, and a batch as large as they come */
static void
test_split_memory(void)
{
    g_autoptr(GByteArray) frame = udp(1000);
    struct iovec iov = {frame->data, frame->len};
    HvnFrame frames[HVN_BATCH_MAX];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    hvn_fake_bus_set_split(guest.machine.bus, 24 + 512);
    guest_write(&guest, E1000_RDH, 40);
    guest_write(&guest, E1000_RDT, 39);
    for (guint i = 0; i < HVN_BATCH_MAX; i++)
        hvn_frame_init(&frames[i], &iov, 1);
    g_assert_cmpuint(hvn_port_send(HVN_PORT(guest.machine.port), frames, HVN_BATCH_MAX), ==, GUEST_N_DESCS - 1);
    for (guint i = 0; i < GUEST_N_DESCS - 1; i++) {
        g_assert_cmphex(desc(&guest, 40 + i).status & 3, ==, 3);
        g_assert_cmpmem(buffer(&guest, 40 + i), desc(&guest, 40 + i).length, frame->data, frame->len);
    }
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/rx/plain", test_plain);
    g_test_add_func("/e1000/rx/fcs", test_fcs);
    g_test_add_func("/e1000/rx/buffer-sizes", test_buffer_sizes);
    g_test_add_func("/e1000/rx/long-frames", test_long_frames);
    g_test_add_func("/e1000/rx/checksums", test_checksums);
    g_test_add_func("/e1000/rx/packet-checksum", test_packet_checksum);
    g_test_add_func("/e1000/rx/vlan-strip", test_vlan_strip);
    g_test_add_func("/e1000/rx/ring-dry", test_ring_dry);
    g_test_add_func("/e1000/rx/closing-pays", test_closing_pays);
    g_test_add_func("/e1000/rx/closed", test_closed);
    g_test_add_func("/e1000/rx/threshold", test_threshold);
    g_test_add_func("/e1000/rx/bad-rings", test_bad_rings);
    g_test_add_func("/e1000/rx/bad-buffers", test_bad_buffers);
    g_test_add_func("/e1000/rx/hopeless", test_hopeless);
    g_test_add_func("/e1000/rx/split-memory", test_split_memory);
    return g_test_run();
}
