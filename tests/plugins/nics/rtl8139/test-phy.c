/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MII registers, and every way in which a guest sees the link change. */
#include "hvn-rtl8139-guest.h"

static void
test_registers(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMCR, 2), ==, 0x3100);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMSR, 2), ==, 0x782d);
    g_assert_cmphex(guest_read(&guest, RTL8139_ANAR, 2), ==, 0x05e1);
    g_assert_cmphex(guest_read(&guest, RTL8139_ANLPAR, 2), ==, 0x45e1);
    g_assert_cmphex(guest_read(&guest, RTL8139_ANER, 2) & 1, ==, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_MSR, 1), ==, 0);
    guest_write(&guest, RTL8139_BMSR, 0, 2); /* read only */
    g_assert_cmphex(guest_read(&guest, RTL8139_BMSR, 2), ==, 0x782d);
    guest_teardown(&guest);
}

/* 6.9: speed, auto-negotiation and duplex are configuration; the rest of BMCR is not */
static void
test_lock(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_BMCR, 0, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMCR, 2), ==, 0x3100);
    guest_unlock(&guest, TRUE);
    guest_write(&guest, RTL8139_BMCR, 0, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMCR, 2), ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_MSR, 1), ==, RTL8139_MSR_SPEED_10); /* the link is there, at 10 Mbit/s */
    guest_write(&guest, RTL8139_BMCR, 0x9000, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMCR, 2), ==, 0x3100); /* reset of the PHY */
    guest_teardown(&guest);
}

static void
test_link(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_IMR, RTL8139_ISR_PUN, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_CSCR, 2) & RTL8139_CSCR_LINK_CHG, ==, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, RTL8139_MSR, 1), ==, RTL8139_MSR_LINKB);
    g_assert_cmphex(guest_read(&guest, RTL8139_BMSR, 2) & HVN_MII_BMSR_LINK, ==, 0);
    /* 8139too looks here whether PUN is an underrun or the link */
    g_assert_cmphex(guest_read(&guest, RTL8139_CSCR, 2) & (RTL8139_CSCR_LINK_CHG | RTL8139_CSCR_LINK_OK), ==, RTL8139_CSCR_LINK_CHG);
    g_assert_cmphex(guest_read(&guest, RTL8139_CSCR, 2) & RTL8139_CSCR_LINK_CHG, ==, 0);
    g_assert_cmpuint(guest_read(&guest, RTL8139_DIS, 2), ==, 1);
    g_assert_cmpuint(guest_read(&guest, RTL8139_DIS, 2), ==, 0);
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_PUN, 2);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_link_set_up(guest.machine.link, TRUE);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus)); /* it takes its time to negotiate */
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, RTL8139_MSR, 1), ==, 0);
    guest_read(&guest, RTL8139_BMSR, 2); /* latched low once */
    g_assert_cmphex(guest_read(&guest, RTL8139_BMSR, 2), ==, 0x782d);
    guest_teardown(&guest);
}

/* what a lost link does to a sender that was held */
static void
test_link_pays(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    while (guest_offer(&guest, 100))
        ;
    hvn_link_set_up(guest.machine.link, FALSE);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/phy/registers", test_registers);
    g_test_add_func("/rtl8139/phy/lock", test_lock);
    g_test_add_func("/rtl8139/phy/link", test_link);
    g_test_add_func("/rtl8139/phy/link-pays", test_link_pays);
    return g_test_run();
}
