/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity of both revisions, configuration space, both resets, and how drivers tell the chips apart. */
#include "hvn-rtl8139-guest.h"

static void
test_identity(void)
{
    static const struct {
        const char *revision;
        guint8 number;
        guint32 version;
    } chips[] = {{"0x20", 0x20, 0x74800000}, {"0x10", 0x10, 0x74000000}};

    for (guint i = 0; i < G_N_ELEMENTS(chips); i++) {
        Guest guest;

        guest_setup(&guest, chips[i].revision);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x00, 4), ==, 0x813910ec);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x08, 4), ==, 0x02000000 | chips[i].number);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x2c, 4), ==, 0x11001af4);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x3d, 1), ==, 1);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 1) & 1, ==, 1);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x14, 1) & 0xf, ==, 0);
        g_assert_cmphex(guest_read(&guest, RTL8139_TCR, 4) & RTL8139_TCR_HWVER, ==, chips[i].version);
        guest_teardown(&guest);
    }
}

static void
test_power_management(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x06, 2) & 0x10, ==, 0x10);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x34, 1), ==, 0x50);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x50, 4), ==, 0xf7c20001);
    hvn_nic_config_write(guest.machine.nic, 0x54, 3, 2); /* D3: no registers */
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0xffffffff);
    hvn_nic_config_write(guest.machine.nic, 0x54, 0, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0x12005452);
    /* CONFIG1.PMEn hides it, when the configuration is open */
    guest_write(&guest, RTL8139_CONFIG1, 0, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x06, 2) & 0x10, ==, 0x10);
    guest_unlock(&guest, TRUE);
    guest_write(&guest, RTL8139_CONFIG1, 0, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x06, 2) & 0x10, ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG1, 1), ==, 0x0c); /* both maps are there for good */
    guest_teardown(&guest);
}

/* iPXE: what CPCR takes tells an 8139C+ from an 8139 */
static void
test_cplus_detection(void)
{
    Guest guest;

    guest_setup(&guest, "0x20");
    guest_write(&guest, RTL8139_CPCR, 0x1b, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_CPCR, 2), ==, 0x1b);
    guest_teardown(&guest);
    guest_setup(&guest, "0x10");
    guest_write(&guest, RTL8139_CPCR, 0x1b, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_CPCR, 2), ==, 0);
    guest_write(&guest, RTL8139_TPPOLL, 0xff, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_TPPOLL, 1), ==, 0);
    guest_teardown(&guest);
}

/* 6.4, RST: addresses, filter and configuration stay, everything else goes */
static void
test_software_reset(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_unlock(&guest, TRUE);
    guest_write(&guest, RTL8139_IDR, 0x44332211, 4);
    guest_write(&guest, RTL8139_CONFIG3, 0x20, 1);
    guest_write(&guest, RTL8139_MAR, 0x12345678, 4);
    guest_up_cplus(&guest, 0);
    guest_write(&guest, RTL8139_IMR, 0xffff, 2);
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_FSWINT, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, RTL8139_CR, RTL8139_CR_RST, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1), ==, RTL8139_CR_BUFE);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0x44332211);
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG3, 1), ==, 0x20);
    g_assert_cmphex(guest_read(&guest, RTL8139_MAR, 4), ==, 0x12345678);
    g_assert_cmphex(guest_read(&guest, RTL8139_CPCR, 2), ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_9346CR, 1), ==, 0);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x04, 2), ==, 7); /* configuration space is not touched */
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0x12005452);
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG3, 1), ==, 0);
    guest_teardown(&guest);
}

/* a reset pays the debt of ready */
static void
test_reset_pays(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_write(&guest, RTL8139_CR, RTL8139_CR_RST, 1);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/nic/identity", test_identity);
    g_test_add_func("/rtl8139/nic/power-management", test_power_management);
    g_test_add_func("/rtl8139/nic/cplus-detection", test_cplus_detection);
    g_test_add_func("/rtl8139/nic/software-reset", test_software_reset);
    g_test_add_func("/rtl8139/nic/reset-pays", test_reset_pays);
    return g_test_run();
}
