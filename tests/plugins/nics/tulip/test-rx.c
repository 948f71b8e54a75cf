/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: status, FCS, both buffers, rings and chains, frames over several descriptors, lengths, what is held and what is counted. */
#include "hvn-tulip-guest.h"

/* the frame that guest_offer() makes, and its FCS, as it must stand in memory */
static void
assert_stored(Guest *guest, guint32 address, gsize len, gsize from, gsize n)
{
    g_autofree guint8 *bytes = g_malloc(len + 4);

    for (gsize i = 0; i < len; i++)
        bytes[i] = i < 6 ? 0xff : i * 5 + len;
    hvn_store_be16(bytes + 12, 0x88b5);
    hvn_store_le32(bytes + len, hvn_ether_crc32(bytes, len));
    g_assert_cmpmem(guest->machine.ram + address, n, bytes + from, n);
}

static void
test_status(void)
{
    const guint32 common = TULIP_RDES0_FS | TULIP_RDES0_LS | TULIP_RDES0_FT;
    guint8 bytes[60] = {0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0, 46};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_status(&guest, guest_rx(0)), ==, common | TULIP_RDES0_MF | 64 << 16);
    assert_stored(&guest, GUEST_RX_DATA, 60, 0, 64);
    g_assert_true(guest_offer(&guest, 1514));
    g_assert_cmphex(guest_status(&guest, guest_rx(1)), ==, common | TULIP_RDES0_MF | 1518 << 16);
    assert_stored(&guest, GUEST_RX_DATA + GUEST_RX_SIZE, 1514, 0, 1518);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes)); /* a length, not a type */
    g_assert_cmphex(guest_status(&guest, guest_rx(2)), ==, (common & ~TULIP_RDES0_FT) | 64 << 16);
    g_assert_true(guest_offer(&guest, 1515)); /* one byte too long, and there all the same */
    g_assert_cmphex(guest_status(&guest, guest_rx(3)), ==, common | TULIP_RDES0_MF | TULIP_RDES0_TL | TULIP_RDES0_ES | 1519 << 16);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_CAUSES, ==, TULIP_CSR5_RI);
    g_assert_cmpuint(guest.tulip->rx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* 192 bytes in two buffers of 100 and 96: the frame of 188 and its FCS exactly; then over three descriptors of two buffers each */
static void
test_two_buffers(void)
{
    const guint32 sizes = 96u << TULIP_DES1_SIZE_SHIFT | 100;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    for (guint i = 0; i < 4; i++)
        guest_store(&guest, guest_rx(i), OWN, sizes, GUEST_RX_DATA + 0x1000 * i, GUEST_RX_DATA + 0x1000 * i + 0x800);
    g_assert_true(guest_offer(&guest, 192));
    assert_stored(&guest, GUEST_RX_DATA, 192, 0, 100);
    assert_stored(&guest, GUEST_RX_DATA + 0x800, 192, 100, 96);
    g_assert_cmphex(guest_status(&guest, guest_rx(0)) & (TULIP_RDES0_FS | TULIP_RDES0_LS), ==, TULIP_RDES0_FS | TULIP_RDES0_LS);
    g_assert_true(guest_offer(&guest, 500));
    g_assert_cmphex(guest_status(&guest, guest_rx(1)), ==, TULIP_RDES0_FS);
    g_assert_cmphex(guest_status(&guest, guest_rx(2)), ==, 0);
    g_assert_cmphex(guest_status(&guest, guest_rx(3)), ==, TULIP_RDES0_LS | TULIP_RDES0_MF | TULIP_RDES0_FT | 504 << 16);
    assert_stored(&guest, GUEST_RX_DATA + 0x1000, 500, 0, 100);
    assert_stored(&guest, GUEST_RX_DATA + 0x2800, 500, 296, 96);
    assert_stored(&guest, GUEST_RX_DATA + 0x3000, 500, 392, 100);
    assert_stored(&guest, GUEST_RX_DATA + 0x3800, 500, 492, 12);
    g_assert_cmphex(guest_status(&guest, guest_rx(4)), ==, OWN);
    guest_teardown(&guest);
}

/* descriptors anywhere, linked by their second address; buffers without a size are passed over */
static void
test_chained(void)
{
    static const guint32 places[] = {0x40000, 0x41010, 0x40100, 0x44440};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    for (guint i = 0; i < 4; i++)
        guest_store(&guest, places[i], OWN, TULIP_DES1_CHAINED | (i == 1 ? 0 : GUEST_RX_SIZE), GUEST_RX_DATA + 0x1000 * i, places[(i + 1) % 4]);
    guest_write(&guest, TULIP_CSR3, places[0]);
    for (guint i = 0; i < 3; i++)
        g_assert_true(guest_offer(&guest, 60 + i));
    assert_stored(&guest, GUEST_RX_DATA, 60, 0, 64);
    assert_stored(&guest, GUEST_RX_DATA + 0x2000, 61, 0, 65);
    assert_stored(&guest, GUEST_RX_DATA + 0x3000, 62, 0, 66);
    g_assert_cmphex(guest_status(&guest, places[1]), ==, TULIP_RDES0_FS);
    g_assert_false(guest_offer(&guest, 60)); /* round the chain: the driver has not given the first one back */
    guest_teardown(&guest);
}

/* a full ring holds the sender; RU is told once; a poll demand, a register or time alone let it go on */
static void
test_held(void)
{
    guint n = 0;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    while (guest_offer(&guest, 100))
        n++;
    g_assert_cmpuint(n, ==, GUEST_N_DESCS);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_CAUSES, ==, TULIP_CSR5_RI | TULIP_CSR5_RU);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_CAUSES);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S); /* looks a hundred times */
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_CAUSES, ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 0);
    guest_give(&guest, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_RX_WAIT_MAX_NS);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_false(guest_offer(&guest, 100));
    guest_give(&guest, 1);
    guest_write(&guest, TULIP_CSR2, 0);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 2);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_false(guest_offer(&guest, 100));
    guest_give(&guest, 2);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_RI);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 3);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR8), ==, 0xe0000000); /* nothing was missed */
    g_assert_true(guest_offer(&guest, 100));
    g_assert_false(guest_offer(&guest, 100));
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_CAUSES);
    guest_write(&guest, TULIP_CSR6, 0); /* a receiver that starts anew says it anew; off, it takes and counts */
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_SR | TULIP_CSR6_PR);
    g_assert_false(guest_offer(&guest, 100));
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_RU, ==, TULIP_CSR5_RU);
    guest_teardown(&guest);
}

/* off, asleep or without a cable: taken and counted, and nobody waits */
static void
test_closed(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest.tulip->rx.closed, ==, 1);
    guest_up(&guest, TULIP_CSR6_PR);
    while (guest_offer(&guest, 60))
        ;
    guest_write(&guest, TULIP_CSR6, 0);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 60));
    guest_teardown(&guest);
}

/* CVE-free but alive elsewhere: one frame of fewer than 14 bytes, of 2041 or more, or of none stayed at the head of the queue, and nothing was
 * received after it. Here each is delivered or dropped, and the next one arrives */
static void
test_wedge(gconstpointer data)
{
    gsize len = GPOINTER_TO_SIZE(data);
    guint n = 0;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_store(&guest, guest_rx(i), OWN, (i == GUEST_N_DESCS - 1 ? TULIP_DES1_END : 0) | 2047, GUEST_RX_DATA + 4096 * i, 0);
    g_assert_true(guest_offer(&guest, len));
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    while (!(guest_status(&guest, guest_rx(n)) & OWN))
        n++;
    g_assert_cmpuint(n, ==, len < 14 ? 0 : (len + 4 + 2046) / 2047);
    g_assert_true(guest_offer(&guest, 100));
    assert_stored(&guest, GUEST_RX_DATA + 4096 * n, 100, 0, 104);
    g_assert_cmphex(guest_status(&guest, guest_rx(n)) >> 16, ==, 104);
    guest_teardown(&guest);
}

/* the link drops what is no frame before the card sees it; should one come all the same, the card takes it, or no other one ever would */
static void
test_runt(void)
{
    guint8 bytes[10] = {255, 255, 255, 255, 255, 255};
    struct iovec iov = {bytes, sizeof bytes};
    const HvnFrame frames[] = {{.iov = &iov, .n_iov = 1, .len = sizeof bytes}, {.iov = &iov, .n_iov = 0, .len = 0}};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    g_assert_cmpuint(hvn_tulip_rx_push(HVN_PORT(guest.machine.nic), frames, G_N_ELEMENTS(frames)), ==, G_N_ELEMENTS(frames));
    g_assert_cmphex(guest_status(&guest, guest_rx(0)), ==, OWN);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_status(&guest, guest_rx(0)) & OWN, ==, 0);
    guest_teardown(&guest);
}

/* CSR15.RWD: the watchdog cuts off what is longer than 2560 bytes, and says so; without it RDES0 can say 16383 */
static void
test_watchdog(void)
{
    const guint32 cut = TULIP_RDES0_ES | TULIP_RDES0_CE | TULIP_RDES0_TL;
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    g_assert_true(guest_offer(&guest, 2556));
    g_assert_cmphex(guest_status(&guest, guest_rx(1)) & (cut | TULIP_RDES0_RW), ==, TULIP_RDES0_ES | TULIP_RDES0_TL);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_RWT, ==, 0);
    g_assert_true(guest_offer(&guest, 2557));
    g_assert_cmphex(guest_status(&guest, guest_rx(3)) & (cut | TULIP_RDES0_RW), ==, cut | TULIP_RDES0_RW);
    g_assert_cmphex(guest_status(&guest, guest_rx(3)) >> 16, ==, 2560);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_RWT, ==, TULIP_CSR5_RWT);
    assert_stored(&guest, GUEST_RX_DATA + 2 * GUEST_RX_SIZE, 2557, 0, 1536);
    guest_write(&guest, TULIP_CSR15, TULIP_CSR15_RWD);
    g_assert_true(guest_offer(&guest, 9000));
    g_assert_cmphex(guest_status(&guest, guest_rx(9)) & (cut | TULIP_RDES0_RW), ==, TULIP_RDES0_ES | TULIP_RDES0_TL);
    g_assert_cmphex(guest_status(&guest, guest_rx(9)) >> 16, ==, 9004);
    g_assert_true(guest_offer(&guest, 20000));
    g_assert_cmphex(guest_status(&guest, guest_rx(20)) & (cut | TULIP_RDES0_RW), ==, cut);
    g_assert_cmphex(guest_status(&guest, guest_rx(20)) >> 16, ==, 16383);
    guest_teardown(&guest);
}

/* a ring that is all the device's and still too small: the frame is cut off, and counted as missed */
static void
test_small_ring(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    guest_store(&guest, 0x40000, OWN, 50, GUEST_RX_DATA, 0);
    guest_store(&guest, 0x40010, OWN, TULIP_DES1_END | 50, GUEST_RX_DATA + 50, 0);
    guest_write(&guest, TULIP_CSR3, 0x40000);
    g_assert_true(guest_offer(&guest, 200));
    g_assert_cmphex(guest_status(&guest, 0x40000), ==, TULIP_RDES0_FS);
    g_assert_cmphex(guest_status(&guest, 0x40010) & (TULIP_RDES0_LS | TULIP_RDES0_DE | TULIP_RDES0_ES), ==, TULIP_RDES0_LS | TULIP_RDES0_DE | TULIP_RDES0_ES);
    assert_stored(&guest, GUEST_RX_DATA, 200, 0, 100);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR8), ==, 0xe0000001);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR8), ==, 0xe0000000); /* cleared by the read */
    g_assert_false(guest_offer(&guest, 200));
    guest_teardown(&guest);
}

/* descriptors or buffers that are nowhere: a fatal bus error, and silence until a reset */
static void
test_bus_error(void)
{
    for (guint i = 0; i < 2; i++) {
        Guest guest;

        guest_setup(&guest);
        guest_up(&guest, TULIP_CSR6_PR);
        if (i == 0)
            guest_write(&guest, TULIP_CSR3, GUEST_RAM);
        else
            guest_store(&guest, guest_rx(0), OWN, GUEST_RX_SIZE, GUEST_RAM - 10, 0);
        g_assert_true(guest_offer(&guest, 60));
        g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_FBE | TULIP_CSR5_EB_ABORT), ==, TULIP_CSR5_FBE | TULIP_CSR5_EB_ABORT);
        g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_RS | TULIP_CSR5_TS), ==, 0);
        g_assert_true(guest_offer(&guest, 60));
        g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
        guest_write(&guest, TULIP_CSR0, TULIP_CSR0_SWR);
        guest_up(&guest, TULIP_CSR6_PR);
        g_assert_true(guest_offer(&guest, 60));
        g_assert_cmphex(guest_status(&guest, guest_rx(0)) & OWN, ==, 0);
        guest_teardown(&guest);
    }
}

/* the peer comes back to a counter at its end */
static void
test_missed_overflow(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    hvn_tulip_set(guest.tulip, TULIP_CSR8, 0xffff);
    guest_store(&guest, 0x40000, OWN, TULIP_DES1_END | 50, GUEST_RX_DATA, 0);
    guest_write(&guest, TULIP_CSR3, 0x40000);
    g_assert_true(guest_offer(&guest, 200));
    g_assert_cmphex(guest_read(&guest, TULIP_CSR8), ==, 0xe0000000 | TULIP_CSR8_MFO);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    static const gsize wedges[] = {0, 1, 10, 13, 2040, 2041, 2044, 2045, 2048};

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/rx/status", test_status);
    g_test_add_func("/tulip/rx/two-buffers", test_two_buffers);
    g_test_add_func("/tulip/rx/chained", test_chained);
    g_test_add_func("/tulip/rx/held", test_held);
    g_test_add_func("/tulip/rx/closed", test_closed);
    for (guint i = 0; i < G_N_ELEMENTS(wedges); i++) {
        g_autofree char *path = g_strdup_printf("/tulip/rx/wedge/%zu", wedges[i]);

        g_test_add_data_func(path, GSIZE_TO_POINTER(wedges[i]), test_wedge);
    }
    g_test_add_func("/tulip/rx/runt", test_runt);
    g_test_add_func("/tulip/rx/watchdog", test_watchdog);
    g_test_add_func("/tulip/rx/small-ring", test_small_ring);
    g_test_add_func("/tulip/rx/bus-error", test_bus_error);
    g_test_add_func("/tulip/rx/missed-overflow", test_missed_overflow);
    return g_test_run();
}
