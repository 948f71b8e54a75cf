/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tally counters: what counts, and the dump to memory. */
#include "hvn-rtl8139-guest.h"

#define BLOCK 0x60000u

static void
dump(Guest *guest, guint64 address)
{
    guest_write(guest, RTL8139_DTCCR + 4, address >> 32, 4);
    guest_write(guest, RTL8139_DTCCR, (guint32)address | RTL8139_DTCCR_CMD, 4);
    g_assert_cmphex(guest_read(guest, RTL8139_DTCCR, 4) & RTL8139_DTCCR_CMD, !=, 0);
    guest_run(guest);
    g_assert_cmphex(guest_read(guest, RTL8139_DTCCR, 4) & RTL8139_DTCCR_CMD, ==, 0);
}

static void
test_counters(void)
{
    static const guint8 destinations[][6] = {
        {0x52, 0x54, 0x00, 0x12, 0x34, 0x56}, {255, 255, 255, 255, 255, 255}, {1, 0, 0x5e, 0, 0, 1}, {0x52, 0x54, 0, 9, 9, 9}};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    guest_write(&guest, RTL8139_MAR, 0xffffffff, 4);
    guest_write(&guest, RTL8139_MAR + 4, 0xffffffff, 4);
    for (guint i = 0; i < G_N_ELEMENTS(destinations); i++) {
        guint8 bytes[60] = {0};

        memcpy(bytes, destinations[i], 6);
        for (guint n = 0; n <= i; n++)
            g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    }
    for (guint i = 0; i < 5; i++)
        guest_queue(&guest, guest_put(&guest, destinations, 24), SEND | 24, 0);
    guest_queue(&guest, 0xfffffffff000, SEND | 60, 0);
    guest_poll(&guest);
    memset(guest.machine.ram + BLOCK, 0xaa, 128);
    dump(&guest, BLOCK);
    g_assert_cmpuint(hvn_load_le64(guest.machine.ram + BLOCK), ==, 5);      /* TxOk */
    g_assert_cmpuint(hvn_load_le64(guest.machine.ram + BLOCK + 8), ==, 6);  /* RxOk */
    g_assert_cmpuint(hvn_load_le64(guest.machine.ram + BLOCK + 16), ==, 1); /* TxER */
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + BLOCK + 24), ==, 0); /* RxEr */
    g_assert_cmpuint(hvn_load_le64(guest.machine.ram + BLOCK + 40), ==, 1); /* RxOkPhy */
    g_assert_cmpuint(hvn_load_le64(guest.machine.ram + BLOCK + 48), ==, 2); /* RxOkBrd */
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + BLOCK + 56), ==, 3); /* RxOkMul */
    g_assert_cmphex(guest.machine.ram[BLOCK + 64], ==, 0xaa);
    guest_teardown(&guest);
}

/* a dump to where there is no memory, or into the device's own registers, ends too */
static void
test_bad_address(void)
{
    static const guint64 addresses[] = {0xffffffffffffffc0, GUEST_RAM, HVN_FAKE_BUS_BAR0 + 0x100000};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(addresses); i++)
        dump(&guest, addresses[i]);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, 3);
    guest_teardown(&guest);
}

/* in C mode the place is TSD: nothing is dumped */
static void
test_c_mode(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_write(&guest, RTL8139_DTCCR, BLOCK | RTL8139_DTCCR_CMD, 4);
    guest_run(&guest);
    for (guint i = 0; i < 64; i++)
        g_assert_cmphex(guest.machine.ram[BLOCK + i], ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/stats/counters", test_counters);
    g_test_add_func("/rtl8139/stats/bad-address", test_bad_address);
    g_test_add_func("/rtl8139/stats/c-mode", test_c_mode);
    return g_test_run();
}
