/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables of hvn-pcnet-regs.c as drivers meet them: values after reset, which bits a write changes, and which registers are closed while
 * the device runs. */
#include "hvn-pcnet-guest.h"

static void
test_reset_values(void)
{
    static const struct {
        guint n;
        guint32 value;
    } csrs[] = {{0, 4}, {3, 0}, {4, 0x0115}, {5, 0}, {12, 0x5452}, {13, 0x1200}, {14, 0x5634}, {15, 0}, {80, 0x1410}, {88, 0x1003}, {89, 0x0262},
                {100, 0x0200}, {112, 0}, {114, 0}, {124, 0}},
      bcrs[] = {{0, 5}, {1, 5}, {2, 2}, {4, 0x80c0}, {5, 0x84}, {6, 0x88}, {7, 0x90}, {9, 0}, {16, 0}, {18, 0x9001}, {20, 0x0200}, {22, 0xff06}};
    Guest guest;

    guest_setup(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(csrs); i++)
        g_assert_cmphex(guest_csr(&guest, csrs[i].n), ==, csrs[i].value);
    for (guint i = 0; i < G_N_ELEMENTS(bcrs); i++)
        g_assert_cmphex(guest_bcr(&guest, bcrs[i].n), ==, bcrs[i].value);
    guest_teardown(&guest);
}

/* everything but CSR0, CSR3, CSR4 and CSR5 is closed while the device runs, and open again when it is suspended */
static void
test_closed(void)
{
    static const guint closed[] = {1, 2, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 30, 31, 47, 76, 78};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(closed); i++) {
        guint32 old = guest_csr(&guest, closed[i]);

        guest_set_csr(&guest, closed[i], 0x1230);
        g_assert_cmphex(guest_csr(&guest, closed[i]), ==, old);
    }
    guest_set_bcr(&guest, PCNET_BCR20, 0);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR20), ==, 0x0302);
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    for (guint i = 0; i < G_N_ELEMENTS(closed); i++) {
        guest_set_csr(&guest, closed[i], 0x1230);
        g_assert_cmphex(guest_csr(&guest, closed[i]), ==, 0x1230);
    }
    guest_teardown(&guest);
}

/* the ID cannot be written, and CSR124 only with EN124 */
static void
test_locks(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR88, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR88), ==, 0x1003);
    guest_set_csr(&guest, PCNET_CSR124, 0xffff);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR124), ==, 0);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_EN124);
    guest_set_csr(&guest, PCNET_CSR124, 0xffff);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR124), ==, PCNET_CSR124_RPA);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/regs/reset-values", test_reset_values);
    g_test_add_func("/pcnet/regs/closed", test_closed);
    g_test_add_func("/pcnet/regs/locks", test_locks);
    return g_test_run();
}
