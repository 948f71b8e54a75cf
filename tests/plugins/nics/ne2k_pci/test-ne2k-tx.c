/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter: one frame at a time, a peer without room, stop and start, no cable, what is no frame, an FCS of the driver's, and loopback with its
 * FIFO. */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

static void
fill(guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = i * 7 + 1;
    bytes[0] = 0x02;
}

static void
test_send(void)
{
    guint8 bytes[1514];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_IMR, NE2K_ISR_PTX, 1);
    for (guint i = 0; i < 50; i++) {
        guint16 len = 60 + i * 29;

        fill(bytes, len);
        guest_send(&guest, bytes, len);
        g_assert_cmphex(guest_in(&guest, NE2K_CR, 1), ==, START | NE2K_CR_TXP);
        g_assert_cmphex(guest_in(&guest, NE2K_TSR, 1), ==, 0);
        guest_run(&guest);
        g_assert_cmphex(guest_in(&guest, NE2K_CR, 1), ==, START);
        g_assert_cmphex(guest_in(&guest, NE2K_TSR, 1), ==, NE2K_TSR_PTX | NE2K_TSR_ONE);
        g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PTX);
        g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
        guest_out(&guest, NE2K_ISR, NE2K_ISR_PTX, 1);
        hvn_test_machine_assert_frame(&guest.machine, i, bytes, len);
    }
    g_assert_cmphex(guest_in(&guest, NE2K_TBCR0, 1), ==, 0); /* NCR */
    guest_teardown(&guest);
}

/* what the peer does not take is not lost, and TXP says so */
static void
test_held(void)
{
    guint8 bytes[60];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    hvn_fake_port_set_capacity(guest.machine.port, 0);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1) & NE2K_CR_TXP, !=, 0);
    guest_out(&guest, NE2K_CR, START, 1); /* TXP is not the driver's to clear */
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1) & NE2K_CR_TXP, !=, 0);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 8);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PTX);
    guest_teardown(&guest);
}

/* a frame that the peer did not take is looped back once loopback is on: nobody else would end it */
static void
test_held_looped(void)
{
    guint8 bytes[60];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    hvn_fake_port_set_capacity(guest.machine.port, 0);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    guest_out(&guest, NE2K_TCR, 1 << NE2K_TCR_LB_SHIFT, 1);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1), ==, START);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PTX);
    hvn_fake_port_set_capacity(guest.machine.port, 8);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* Linux's recovery from an overflow stops the chip, looks at TXP, and starts it again: the frame goes once */
static void
test_stop_and_start(void)
{
    guint8 bytes[60];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    guest_send(&guest, bytes, sizeof bytes);
    guest_out(&guest, NE2K_CR, STOP, 1);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1) & NE2K_CR_TXP, !=, 0);
    guest_out(&guest, NE2K_CR, START, 1);
    guest_out(&guest, NE2K_CR, START | NE2K_CR_TXP, 1);
    guest_run(&guest);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

static void
test_no_cable(void)
{
    guint8 bytes[60];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_TSR, 1), ==, NE2K_TSR_PTX | NE2K_TSR_ONE | NE2K_TSR_CRS);
    g_assert_cmpuint(guest.ne2k->tx.lost, ==, 1);
    hvn_link_set_up(guest.machine.link, TRUE);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_TSR, 1), ==, NE2K_TSR_PTX | NE2K_TSR_ONE);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

/* what is no frame, or lies outside of packet memory, is counted and said to be sent */
static void
test_no_frame(void)
{
    static const struct {
        guint8 page;
        guint16 len;
    } rows[] = {{GUEST_TX_PAGE, 0}, {GUEST_TX_PAGE, 13}, {0x00, 60}, {0x80, 60}, {0xff, 1514}, {0x7f, 257}, {GUEST_TX_PAGE, 0xffff}};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_expect_message("hvn-device", G_LOG_LEVEL_MESSAGE, "*cannot send*no frame in packet memory*");
        guest_out(&guest, NE2K_TPSR, rows[i].page, 1);
        guest_out(&guest, NE2K_TBCR0, rows[i].len, 2);
        guest_out(&guest, NE2K_CR, START | NE2K_CR_TXP, 1);
        guest_run(&guest);
        g_assert_cmphex(guest_in(&guest, NE2K_CR, 1) & NE2K_CR_TXP, ==, 0);
        g_assert_cmpuint(guest.ne2k->tx.dropped, ==, i + 1);
    }
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* TCR.CRC: the last four bytes are the driver's FCS, which a frame on the link has not */
static void
test_own_fcs(void)
{
    guint8 bytes[64];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    guest_out(&guest, NE2K_TCR, NE2K_TCR_CRC, 1);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 0, bytes, 60);
    guest_teardown(&guest);
}

/* 12: the FIFO of a packet of 8 n + 5 bytes, FCS included, begins with the last byte of data; then FCS and count, and no packet in the ring */
static void
test_loopback(void)
{
    static const guint8 status[] = {0, 0x53, 0x43, 0x03};
    guint8 bytes[65], expected[8];
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    fill(bytes, sizeof bytes);
    for (guint mode = 1; mode <= 3; mode++) {
        guest_out(&guest, NE2K_TCR, mode << NE2K_TCR_LB_SHIFT, 1);
        guest_send(&guest, bytes, 65);
        guest_run(&guest);
        g_assert_cmphex(guest_in(&guest, NE2K_TSR, 1), ==, status[mode]);
        g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PTX);
        g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_CRC);
        expected[0] = bytes[64];
        hvn_store_le32(expected + 1, hvn_ether_crc32(bytes, 65));
        expected[5] = 69;
        expected[6] = expected[7] = 0;
        for (guint i = 0; i < 8; i++)
            g_assert_cmphex(guest_in(&guest, NE2K_TBCR1, 1), ==, expected[i]);
        guest_out(&guest, NE2K_ISR, 0xff, 1);
    }
    /* and with an FCS of the driver's the checker is content, or not */
    guest_out(&guest, NE2K_TCR, 1 << NE2K_TCR_LB_SHIFT | NE2K_TCR_CRC, 1);
    hvn_store_le32(bytes + 60, hvn_ether_crc32(bytes, 60));
    guest_send(&guest, bytes, 64);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_PRX);
    bytes[20] ^= 1;
    guest_send(&guest, bytes, 64);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_CRC);
    g_assert_false(guest_has_packet(&guest));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_teardown(&guest);
}

/* a hardware reset empties the FIFO, and it is read from its start again */
static void
test_fifo_reset(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < 3; i++)
        guest_in(&guest, NE2K_TBCR1, 1);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    g_assert_cmpuint(guest.ne2k->tx.fifo_next, ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/tx/send", test_send);
    g_test_add_func("/ne2k/tx/held", test_held);
    g_test_add_func("/ne2k/tx/held-looped", test_held_looped);
    g_test_add_func("/ne2k/tx/stop-and-start", test_stop_and_start);
    g_test_add_func("/ne2k/tx/no-cable", test_no_cable);
    g_test_add_func("/ne2k/tx/no-frame", test_no_frame);
    g_test_add_func("/ne2k/tx/own-fcs", test_own_fcs);
    g_test_add_func("/ne2k/tx/fifo-reset", test_fifo_reset);
    g_test_add_func("/ne2k/tx/loopback", test_loopback);
    return g_test_run();
}
