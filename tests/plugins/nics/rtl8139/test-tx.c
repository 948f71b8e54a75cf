/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The transmitter in C mode: four descriptors in turn, what happens when the peer is full, and descriptors that make no sense. */
#include "hvn-rtl8139-guest.h"

static guint8 pattern[8192];

static guint32
tsd(Guest *guest, guint slot)
{
    return guest_read(guest, RTL8139_TSD + 4 * slot, 4);
}

static void
test_four(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    for (guint i = 0; i < 4; i++)
        guest_send(&guest, i, pattern + i, 60 + 400 * i);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0); /* a register access does no packet work */
    g_assert_cmphex(guest_read(&guest, RTL8139_TSALL, 2), ==, 0);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 4);
    for (guint i = 0; i < 4; i++) {
        hvn_test_machine_assert_frame(&guest.machine, i, pattern + i, 60 + 400 * i);
        g_assert_cmpuint(hvn_fake_port_get_n_iov(guest.machine.port, i), ==, 1); /* lent, not copied */
        g_assert_cmphex(tsd(&guest, i), ==, RTL8139_TSD_OWN | RTL8139_TSD_TOK | (60 + 400 * i));
    }
    g_assert_cmphex(guest_read(&guest, RTL8139_TSALL, 2), ==, 0xf00f);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TOK);
    guest_teardown(&guest);
}

/* 6.2: in turn, whatever order they are started in; again and again */
static void
test_order(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    guest_send(&guest, 1, pattern, 61);
    guest_send(&guest, 2, pattern, 62);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_send(&guest, 0, pattern, 60);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 3);
    for (guint i = 0; i < 3; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + i);
    for (guint i = 0; i < 100; i++) {
        guest_send(&guest, (3 + i) % 4, pattern, 100 + i);
        guest_run(&guest);
        hvn_test_machine_assert_frame(&guest.machine, 3 + i, pattern, 100 + i);
    }
    guest_teardown(&guest);
}

static void
test_peer_full(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    hvn_fake_port_set_capacity(guest.machine.port, 1);
    for (guint i = 0; i < 4; i++)
        guest_send(&guest, i, pattern, 60 + i);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_cmphex(tsd(&guest, 0) & RTL8139_TSD_OWN, !=, 0);
    g_assert_cmphex(tsd(&guest, 1) & RTL8139_TSD_OWN, ==, 0);
    guest_send(&guest, 0, pattern, 64); /* a doorbell does not press a full peer */
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    hvn_fake_port_set_capacity(guest.machine.port, G_MAXUINT);
    hvn_port_ready(HVN_PORT(guest.machine.port));
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 5);
    for (guint i = 0; i < 5; i++)
        hvn_test_machine_assert_frame(&guest.machine, i, pattern, 60 + i);
    g_assert_cmpuint(guest.rtl8139->tx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* sizes of nothing, of a runt, of the most that SIZE can say; buffers where there is no memory, and in the device's own registers */
static void
test_bad_descriptors(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    guest_send(&guest, 0, pattern, 0);
    guest_send(&guest, 1, pattern, 13);
    guest_send(&guest, 2, pattern, 0x1fff);
    guest_write(&guest, RTL8139_TSAD + 12, HVN_FAKE_BUS_BAR0 + 0x100000, 4); /* where BAR 1 is */
    guest_write(&guest, RTL8139_TSD + 12, 60, 4);
    guest_run(&guest);
    guest_write(&guest, RTL8139_TSAD, GUEST_RAM - 30, 4);
    guest_write(&guest, RTL8139_TSD, 60, 4);
    guest_send(&guest, 1, pattern, 77);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 2);
    hvn_test_machine_assert_frame(&guest.machine, 0, pattern, 0x1fff);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 77);
    g_assert_cmphex(tsd(&guest, 0), ==, RTL8139_TSD_OWN | RTL8139_TSD_TABT | 60);
    g_assert_cmphex(tsd(&guest, 3), ==, RTL8139_TSD_OWN | RTL8139_TSD_TABT | 60);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TOK | RTL8139_ISR_TER);
    g_assert_cmpuint(guest.rtl8139->tx.dropped, ==, 4);
    guest_teardown(&guest);
}

/* without a cable frames are lost, as CRS says, and the driver goes on */
static void
test_no_cable(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_send(&guest, 0, pattern, 60);
    guest_run(&guest);
    g_assert_cmphex(tsd(&guest, 0), ==, RTL8139_TSD_CRS | RTL8139_TSD_OWN | RTL8139_TSD_TOK | 60);
    guest_teardown(&guest);
}

static void
test_disabled(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_send(&guest, 0, pattern, 60);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    guest_write(&guest, RTL8139_CR, RTL8139_CR_TE, 1);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    /* writing OWN starts nothing */
    guest_write(&guest, RTL8139_TSD + 4, RTL8139_TSD_OWN | 60, 4);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    /* 6.7, CRC: the last four bytes are the driver's FCS */
    guest_write(&guest, RTL8139_TCR, RTL8139_TCR_CRC, 4);
    guest_send(&guest, 1, pattern, 64);
    guest_run(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 1, pattern, 60);
    guest_teardown(&guest);
}

/* CVE-2021-3416 and its like: loopback, the receive ring on the transmit buffer; frames go round in work of their own */
static void
test_loopback(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_write(&guest, RTL8139_TCR, RTL8139_TCR_LBK, 4);
    guest_up(&guest, RTL8139_RCR_AAP);
    hvn_link_set_up(guest.machine.link, FALSE); /* no cable is needed */
    guest_send(&guest, 0, pattern, 100);
    guest_send(&guest, 1, pattern, 42); /* a runt on its way back, which RCR.AR decides about */
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_RX_BYTES), ==, 104u << 16 | RTL8139_RSR_ROK);
    g_assert_cmpmem(guest.machine.ram + GUEST_RX_BYTES + 4, 100, pattern, 100);
    g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), ==, 108);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AAP | RTL8139_RCR_AR, 4);
    guest_send(&guest, 2, pattern, 42);
    guest_run(&guest);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_RX_BYTES + 108), ==, 46u << 16 | RTL8139_RSR_ROK | RTL8139_RSR_RUNT);
    guest_write(&guest, RTL8139_RBSTART, GUEST_TX_DATA, 4);
    for (guint i = 0; i < 200; i++) {
        guest_write(&guest, RTL8139_TSAD + 4 * ((3 + i) % 4), GUEST_TX_DATA, 4);
        guest_write(&guest, RTL8139_TSD + 4 * ((3 + i) % 4), 1514, 4);
        guest_run(&guest);
    }
    g_assert_cmpuint(guest.rtl8139->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    for (guint i = 0; i < sizeof pattern; i++)
        pattern[i] = i * 7 + 2;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/tx/four", test_four);
    g_test_add_func("/rtl8139/tx/order", test_order);
    g_test_add_func("/rtl8139/tx/peer-full", test_peer_full);
    g_test_add_func("/rtl8139/tx/bad-descriptors", test_bad_descriptors);
    g_test_add_func("/rtl8139/tx/no-cable", test_no_cable);
    g_test_add_func("/rtl8139/tx/disabled", test_disabled);
    g_test_add_func("/rtl8139/tx/loopback-cve-2021-3416", test_loopback);
    return g_test_run();
}
