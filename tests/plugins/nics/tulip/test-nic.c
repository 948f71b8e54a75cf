/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity, configuration space, both resets, sleep, link. */
#include "hvn-tulip-guest.h"

static void
test_identity(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x00, 4), ==, 0x00191011);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x08, 4), ==, 0x02000000);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x2c, 4), ==, 0x104f103c);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x3d, 1), ==, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 1) & 1, ==, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x14, 1) & 0xf, ==, 0);
    guest_teardown(&guest);
}

static void
test_power_management(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x06, 2) & 0x10, ==, 0x10);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x34, 1), ==, TULIP_CCID);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, TULIP_CCID, 4), ==, 0x06010001);
    hvn_nic_config_write(guest.machine.nic, TULIP_CCID + 4, 3, 2); /* D3: no registers */
    g_assert_cmphex(guest_read(&guest, TULIP_CSR12), ==, 0xffffffff);
    hvn_nic_config_write(guest.machine.nic, TULIP_CCID + 4, 0, 2);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR12), ==, 0xc6);
    guest_teardown(&guest);
}

/* CFDD: snooze changes nothing, a sleeping card takes and sends nothing */
static void
test_sleep(void)
{
    guint8 bytes[60] = {0};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    hvn_nic_config_write(guest.machine.nic, TULIP_CFDD, TULIP_CFDD_SNOOZE | 0x1200, 4);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, TULIP_CFDD, 4), ==, TULIP_CFDD_SNOOZE | 0x1200);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_status(&guest, guest_rx(0)) & OWN, ==, 0);
    hvn_nic_config_write(guest.machine.nic, TULIP_CFDD, TULIP_CFDD_SLEEP, 4);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest.tulip->rx.closed, ==, 1);
    guest_send(&guest, bytes, sizeof bytes, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    hvn_nic_config_write(guest.machine.nic, TULIP_CFDD, 0, 4);
    guest_demand(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

/* 3.2.2.1, SWR: registers, filter and lists go, configuration space and PHY stay */
static void
test_software_reset(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PM);
    guest_write(&guest, TULIP_CSR7, TULIP_CSR7_NIM | TULIP_CSR5_TU);
    guest_demand(&guest);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_mii_phy_write(&guest.tulip->phy, HVN_MII_ANAR, 0x21);
    guest_write(&guest, TULIP_CSR0, TULIP_CSR0_SWR);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, TULIP_CSR0), ==, 0xfe000000);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5), ==, 0xf0000000);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR6), ==, 0x32000040);
    g_assert_cmphex(hvn_mii_phy_read(&guest.tulip->phy, HVN_MII_ANAR), ==, 0x21);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x04, 2), ==, 7);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    g_assert_cmphex(hvn_mii_phy_read(&guest.tulip->phy, HVN_MII_ANAR), ==, 0x01e1);
    guest_teardown(&guest);
}

/* a reset pays the debt of ready */
static void
test_reset_pays(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_write(&guest, TULIP_CSR0, TULIP_CSR0_SWR);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

/* without a cable frames are lost, as the transmit status and the PHY say */
static void
test_link(void)
{
    guint8 bytes[60] = {0};
    Guest guest;
    guint32 desc;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    g_assert_cmphex(hvn_mii_phy_read(&guest.tulip->phy, HVN_MII_BMSR), ==, 0x782d);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(hvn_mii_phy_read(&guest.tulip->phy, HVN_MII_BMSR), ==, 0x7809);
    desc = guest_send(&guest, bytes, sizeof bytes, 0);
    g_assert_cmphex(guest_status(&guest, desc), ==, TULIP_TDES0_ES | TULIP_TDES0_LO | TULIP_TDES0_NC);
    hvn_link_set_up(guest.machine.link, TRUE);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_MII_AUTONEG_NS);
    g_assert_cmphex(hvn_mii_phy_read(&guest.tulip->phy, HVN_MII_BMSR), ==, 0x782d);
    desc = guest_send(&guest, bytes, sizeof bytes, 0);
    g_assert_cmphex(guest_status(&guest, desc), ==, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/nic/identity", test_identity);
    g_test_add_func("/tulip/nic/power-management", test_power_management);
    g_test_add_func("/tulip/nic/sleep", test_sleep);
    g_test_add_func("/tulip/nic/software-reset", test_software_reset);
    g_test_add_func("/tulip/nic/reset-pays", test_reset_pays);
    g_test_add_func("/tulip/nic/link", test_link);
    return g_test_run();
}
