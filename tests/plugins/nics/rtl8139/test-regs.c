/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register table of hvn-rtl8139-regs.c as drivers meet it: values after reset, through both BARs, in every width, and what no
 * register is there for. */
#include "hvn-rtl8139-guest.h"

static void
test_reset_values(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0x12005452);
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR + 4, 4), ==, 0x5634);
    for (guint i = 0; i < 4; i++)
        g_assert_cmphex(guest_read(&guest, RTL8139_TSD + 4 * i, 4), ==, RTL8139_TSD_OWN);
    g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1), ==, RTL8139_CR_BUFE);
    g_assert_cmphex(guest_read(&guest, RTL8139_CAPR, 2), ==, 0xfff0);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_TCR, 4), ==, 0x77800000);
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG1, 1), ==, 0x0d);
    g_assert_cmphex(guest_read(&guest, RTL8139_RERID, 1), ==, 0x20);
    g_assert_cmphex(guest_read(&guest, RTL8139_TSALL, 2), ==, 0x000f);
    g_assert_cmphex(guest_read(&guest, RTL8139_CPCR, 2), ==, 0);
    g_assert_cmphex(guest_read(&guest, 0xda, 2), ==, 0); /* iPXE writes here to find out whether this is an 8169 */
    guest_write(&guest, 0xda, 0x3fff, 2);
    g_assert_cmphex(guest_read(&guest, 0xda, 2), ==, 0);
    guest_teardown(&guest);
}

/* PIO and MMIO are the same registers, whole and in parts */
static void
test_both_bars(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint bar = 0; bar < 2; bar++) {
        hvn_nic_region_write(guest.machine.nic, bar, RTL8139_MAR, 0x04030201, 4);
        hvn_nic_region_write(guest.machine.nic, bar, RTL8139_MAR + 4, 0x0605, 2);
        hvn_nic_region_write(guest.machine.nic, bar, RTL8139_MAR + 6, 7 + bar, 1);
        g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, 1 - bar, RTL8139_MAR, 4), ==, 0x04030201);
        g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, 1 - bar, RTL8139_MAR + 3, 2), ==, 0x0504);
        g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, 1 - bar, RTL8139_MAR + 4, 4), ==, 0x00000605 | (7 + bar) << 16);
        g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, bar, 0x3c, 4) >> 16, ==, 0);
    }
    /* one access over several registers: IMR and ISR */
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_FSWINT, 1);
    guest_write(&guest, RTL8139_IMR, 0x00010001, 4);
    g_assert_cmphex(guest_read(&guest, RTL8139_IMR, 4), ==, (guint32)RTL8139_ISR_SWINT << 16 | 1);
    guest_write(&guest, RTL8139_ISR + 1, 1, 1); /* a byte of it */
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/regs/reset-values", test_reset_values);
    g_test_add_func("/rtl8139/regs/both-bars", test_both_bars);
    return g_test_run();
}
