/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register table: values after reset, what a write changes, and that both BARs show the same. */
#include "hvn-tulip-guest.h"

static void
test_reset_values(void)
{
    static const guint32 values[][2] = {
        {TULIP_CSR0, 0xfe000000}, {TULIP_CSR1, 0xffffffff}, {TULIP_CSR2, 0xffffffff}, {TULIP_CSR5, 0xf0000000}, {TULIP_CSR6, 0x32000040},
        {TULIP_CSR7, 0xf3fe0000}, {TULIP_CSR8, 0xe0000000}, {TULIP_CSR9, 0xfffc83ff}, {TULIP_CSR12, 0x000000c6}, {TULIP_CSR13, 0xffff0000},
        {TULIP_CSR14, 0xffffffff}, {TULIP_CSR15, 0x8ff00000},
    };
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < G_N_ELEMENTS(values); i++)
        g_assert_cmphex(guest_read(&guest, values[i][0]), ==, values[i][1]);
    for (guint i = 4; i < TULIP_BAR_SIZE; i += 8) /* every second longword is a hole */
        g_assert_cmphex(guest_read(&guest, i), ==, 0);
    guest_teardown(&guest);
}

static void
test_writes(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_write(&guest, TULIP_CSR0, 0x01a08000);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR0), ==, 0xfe000000 | 0x01a08000);
    guest_write(&guest, TULIP_CSR3, 0x12345677);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR3), ==, 0x12345674);
    guest_write(&guest, TULIP_CSR6, 0xffffffff & ~(TULIP_CSR6_ST | TULIP_CSR6_SR));
    g_assert_cmphex(guest_read(&guest, TULIP_CSR6) & TULIP_CSR6_FILTER, ==, 0); /* these are the setup frame's */
    guest_write(&guest, TULIP_CSR12, 0);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR12), ==, 0xc6);
    guest_write(&guest, TULIP_CSR13, 0x12345678);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR13), ==, 0xffff5678);
    guest_teardown(&guest);
}

static void
test_both_bars(void)
{
    Guest guest;

    guest_setup(&guest);
    hvn_nic_region_write(guest.machine.nic, TULIP_BAR_IO, TULIP_CSR4, 0xabcd0, 4);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR4), ==, 0xabcd0);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, TULIP_BAR_IO, TULIP_CSR4 + 1, 2), ==, 0x0abc);
    g_assert_true(hvn_nic_get_regs(guest.machine.nic, TULIP_BAR_IO) == hvn_nic_get_regs(guest.machine.nic, TULIP_BAR_MEMORY));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/regs/reset-values", test_reset_values);
    g_test_add_func("/tulip/regs/writes", test_writes);
    g_test_add_func("/tulip/regs/both-bars", test_both_bars);
    return g_test_run();
}
