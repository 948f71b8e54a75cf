/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PHY over MDIC: identity, vendor registers, errors, negotiation and what the guest is told of it. */
#include "hvn-e1000-guest.h"

static void
test_identity(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_PHYID1), ==, 0x0141);
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_PHYID2) & 0xfff0, ==, 0x0c20);
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_BMSR) & 0x24, ==, 0x24);
    guest_teardown(&guest);
    guest_setup(&guest, "e1000-82544gc");
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_PHYID2) & 0xfff0, ==, 0x0c30);
    guest_teardown(&guest);
}

static void
test_vendor_registers(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_phy_read(&guest, 17), ==, 0xac00); /* 1000, full duplex, resolved, link */
    guest_phy_write(&guest, 17, 0);
    g_assert_cmphex(guest_phy_read(&guest, 17), ==, 0xac00);
    guest_phy_write(&guest, 16, 0x0808);
    g_assert_cmphex(guest_phy_read(&guest, 16), ==, 0x0808);
    guest_phy_write(&guest, 29, 0x001f);
    guest_phy_write(&guest, 30, 0x8ffc);
    g_assert_cmphex(guest_phy_read(&guest, 30), ==, 0x8ffc);
    g_assert_cmphex(guest_phy_read(&guest, 21), ==, 0);
    guest_teardown(&guest);
}

static void
test_bad_accesses(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_MDIC, E1000_MDIC_OP_READ | 2u << E1000_MDIC_PHYADD_SHIFT);
    g_assert_cmphex(guest_read(&guest, E1000_MDIC) & (E1000_MDIC_E | E1000_MDIC_R), ==, E1000_MDIC_E | E1000_MDIC_R);
    guest_write(&guest, E1000_MDIC, 1u << E1000_MDIC_PHYADD_SHIFT); /* no operation */
    g_assert_cmphex(guest_read(&guest, E1000_MDIC) & E1000_MDIC_E, !=, 0);
    g_assert_cmphex(guest_phy_read(&guest, 2), ==, 0x0141); /* and E is gone again */
    guest_write(&guest, E1000_IMS, E1000_ICR_MDAC);
    guest_write(&guest, E1000_MDIC, E1000_MDIC_I | E1000_MDIC_OP_READ | 1u << E1000_MDIC_PHYADD_SHIFT);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

static void
test_negotiation(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_IMS, E1000_ICR_LSC);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x1340);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_LSC);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_MII_AUTONEG_NS + HVN_NS_PER_MS);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, !=, 0);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_LSC);
    guest_phy_read(&guest, HVN_MII_BMSR); /* latches low */
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_BMSR) & 0x24, ==, 0x24);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x2100); /* 100, full duplex, forced */
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & 0xc3, ==, 0x43);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPLX);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & 0xc3, ==, 0x02); /* 10, half duplex */
    guest_teardown(&guest);
}

static void
test_cable(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_IMS, E1000_ICR_LSC);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, ==, 0);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, E1000_ICR), ==, E1000_ICR_LSC);
    hvn_link_set_up(guest.machine.link, TRUE);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, !=, 0);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_PHY_RST);
    g_assert_cmphex(guest_read(&guest, E1000_CTRL), ==, E1000_CTRL_SLU);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, ==, 0);
    guest_write(&guest, E1000_CTRL, 0); /* the PHY's link does not count without SLU */
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, ==, 0);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, !=, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/phy/identity", test_identity);
    g_test_add_func("/e1000/phy/vendor-registers", test_vendor_registers);
    g_test_add_func("/e1000/phy/bad-accesses", test_bad_accesses);
    g_test_add_func("/e1000/phy/negotiation", test_negotiation);
    g_test_add_func("/e1000/phy/cable", test_cable);
    return g_test_run();
}
