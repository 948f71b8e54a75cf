/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ports as a whole: pages, CR, what is to be read where something else is written, both resets, accesses wider than a register; and ISR and IMR
 * (hvn-ne2k-regs.c, hvn-ne2k-irq.c). */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

/* 10.3: at power-on the chip is stopped, and says so */
static void
test_power_on(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1), ==, 0x21);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_RST);
    guest_out(&guest, NE2K_ISR, 0xff, 1); /* a state, not an event */
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_RST);
    guest_out(&guest, NE2K_CR, START, 1);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, 0);
    guest_out(&guest, NE2K_CR, NE2K_CR_RD_ABORT, 1); /* neither STA nor STP: goes on as it was */
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, 0);
    guest_out(&guest, NE2K_CR, STOP, 1);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_RST);
    guest_teardown(&guest);
}

/* page 2 shows what was written to page 0, with ones where there are no bits */
static void
test_pages(void)
{
    static const struct {
        guint8 port, value, shown;
    } rows[] = {{NE2K_PSTART, 0x46, 0x46}, {NE2K_PSTOP, 0x80, 0x80}, {NE2K_TPSR, 0x40, 0x40},
                {NE2K_RCR, 0x1c, 0xdc},    {NE2K_TCR, 0x02, 0xe2},   {NE2K_DCR, 0x49, 0xc9},   {NE2K_IMR, 0x3f, 0xbf}};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        guest_out(&guest, rows[i].port, rows[i].value, 1);
        g_assert_cmphex(guest_get(&guest, NE2K_PAGE(2, rows[i].port)), ==, rows[i].shown);
    }
    g_assert_cmphex(guest_in(&guest, NE2K_DCR, 1), ==, 0); /* CNTR1 */
    for (guint i = 0; i < 6; i++)
        guest_set(&guest, NE2K_PAR + i, 0x10 + i);
    guest_set(&guest, NE2K_CURR, 0x55);
    for (guint i = 0; i < 8; i++)
        guest_set(&guest, NE2K_MAR + i, 0x20 + i);
    guest_out(&guest, NE2K_CR, STOP | 0x40, 1);
    for (guint i = 0; i < 8; i++)
        g_assert_cmphex(guest_in(&guest, 0x08 + i, 1), ==, 0x20 + i);
    /* an access as wide as four ports is four accesses */
    g_assert_cmphex(guest_in(&guest, 0x01, 4), ==, 0x13121110);
    g_assert_cmphex(guest_in(&guest, 0x05, 2), ==, 0x1514);
    g_assert_cmphex(guest_in(&guest, 0x07, 1), ==, 0x55);
    g_assert_cmphex(guest_in(&guest, 0x00, 1), ==, 0x61);
    guest_teardown(&guest);
}

/* Linux: a read of the reset port, then RST within 20 ms; addresses and ring stay */
static void
test_reset_port(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_IMR, 0x7f, 1);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_out(&guest, 0x1f, guest_in(&guest, 0x1f, 1), 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_RST);
    g_assert_cmphex(guest_in(&guest, NE2K_CR, 1), ==, 0x21);
    g_assert_cmphex(guest_get(&guest, NE2K_PAR), ==, 0x52);
    g_assert_cmphex(guest_get(&guest, NE2K_PAGE(2, NE2K_PSTART)), ==, GUEST_FIRST);
    g_assert_cmphex(guest_get(&guest, NE2K_PAGE(2, NE2K_IMR)), ==, 0x80);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
    g_assert_cmphex(guest_get(&guest, NE2K_PAR), ==, 0);
    guest_teardown(&guest);
}

/* the line is ISR & IMR */
static void
test_line(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_out(&guest, NE2K_IMR, NE2K_ISR_PTX, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_out(&guest, NE2K_IMR, NE2K_ISR_PRX, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_out(&guest, NE2K_ISR, NE2K_ISR_PTX, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_out(&guest, NE2K_ISR, NE2K_ISR_PRX, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* an acknowledgement that comes behind the next packet does not hide it */
static void
test_late_acknowledgement(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_IMR, NE2K_ISR_PRX, 1);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX);
    g_assert_true(guest_offer(&guest, 61));
    guest_out(&guest, NE2K_ISR, NE2K_ISR_PRX, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* CLDA follows local DMA */
static void
test_local_address(void)
{
    guint8 frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_send(&guest, frame, sizeof frame);
    guest_run(&guest);
    g_assert_cmphex(guest_in(&guest, NE2K_PSTART, 2), ==, (GUEST_TX_PAGE << 8) + sizeof frame);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_PSTART, 2), ==, (GUEST_FIRST << 8) + 4 + 60 + 4);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/core/power-on", test_power_on);
    g_test_add_func("/ne2k/core/pages", test_pages);
    g_test_add_func("/ne2k/core/reset-port", test_reset_port);
    g_test_add_func("/ne2k/core/line", test_line);
    g_test_add_func("/ne2k/core/late-acknowledgement", test_late_acknowledgement);
    g_test_add_func("/ne2k/core/local-address", test_local_address);
    return g_test_run();
}
