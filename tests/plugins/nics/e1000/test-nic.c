/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The device as a whole: identity of the variants, the window of the I/O BAR, reset, and an object that goes away with
 * work marked. */
#include "hvn-e1000-guest.h"

static const guint8 zeros[60];

static void
test_identity(void)
{
    static const struct {
        const char *variant;
        guint16 device;
    } expected[] = {
        {NULL, 0x100e}, {"e1000", 0x100e}, {"e1000-82540em", 0x100e}, {"e1000-82544gc", 0x100c}, {"e1000-82545em", 0x100f}};

    for (guint i = 0; i < G_N_ELEMENTS(expected); i++) {
        Guest guest;

        guest_setup(&guest, expected[i].variant);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x00, 2), ==, 0x8086);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x02, 2), ==, expected[i].device);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x08, 4), ==, 0x02000003);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x2c, 4), ==, 0x11001af4);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x3d, 1), ==, 1);
        hvn_nic_config_write(guest.machine.nic, 0x10, 0xffffffff, 4);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 4), ==, 0xfffe0000);
        hvn_nic_config_write(guest.machine.nic, 0x14, 0xffffffff, 4);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x14, 4), ==, 0xffffffc1);
        guest_teardown(&guest);
    }
}

static void
io_write(Guest *guest, guint32 address, guint32 value)
{
    hvn_nic_region_write(guest->machine.nic, E1000_BAR_IO, E1000_IOADDR, address, 4);
    hvn_nic_region_write(guest->machine.nic, E1000_BAR_IO, E1000_IODATA, value, 4);
}

/* 13.2.2; the Linux driver resets the card through it */
static void
test_io_window(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    io_write(&guest, E1000_FCAL, 0x00c28001);
    g_assert_cmphex(guest_read(&guest, E1000_FCAL), ==, 0x00c28001);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IODATA, 4), ==, 0x00c28001);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IODATA + 2, 1), ==, 0xc2);
    hvn_nic_region_write(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 0x1234, 2); /* short writes are ignored */
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 4), ==, E1000_FCAL);
    hvn_nic_region_write(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 0xffffffff, 4);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 4), ==, 0x000fffff);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IODATA, 4), ==, 0);
    hvn_nic_region_write(guest.machine.nic, E1000_BAR_IO, E1000_IODATA, 1, 4);
    io_write(&guest, E1000_CTRL, E1000_CTRL_RST);
    g_assert_cmphex(guest_read(&guest, E1000_FCAL), ==, 0);
    guest_teardown(&guest);
}

static void
test_software_reset(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_IMS, E1000_ICR_LSC);
    guest_write(&guest, E1000_ICS, E1000_ICR_LSC);
    guest_write(&guest, E1000_MTA, 0xffffffff);
    guest_write(&guest, E1000_RA + 8, 1);
    guest_write(&guest, E1000_RA + 12, E1000_RAH_AV);
    guest_write(&guest, E1000_WUPM, 0x12345678);
    guest_phy_write(&guest, 16, 0x0808);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_queue(&guest, guest_put(&guest, zeros, sizeof zeros), LEGACY(SEND) | 60, 0);
    guest_write(&guest, E1000_TDT, 1); /* marked, and not run */
    guest_write(&guest, E1000_CTRL, E1000_CTRL_RST | E1000_CTRL_FRCSPD);
    guest_run(&guest);
    g_assert_cmphex(guest_read(&guest, E1000_CTRL), ==, 0x241);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_RCTL), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_IMS), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_TDT), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_MTA), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 12), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 4), ==, 0x80005634);
    /* what a reset keeps: the wakeup packet, the PHY and its link, configuration space */
    g_assert_cmphex(guest_read(&guest, E1000_WUPM), ==, 0x12345678);
    g_assert_cmphex(guest_phy_read(&guest, 16), ==, 0x0808);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, !=, 0);
    guest_write(&guest, E1000_FCAL, 1);
    guest_write(&guest, E1000_CTRL_DUP, E1000_CTRL_RST); /* the second address of the register */
    g_assert_cmphex(guest_read(&guest, E1000_FCAL), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_CTRL_DUP), ==, 0x241);
    guest_teardown(&guest);
}

static void
test_hardware_reset(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x4140);
    hvn_nic_region_write(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 8, 4);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS), ==, 0xffffffff);
    hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
    g_assert_cmphex(guest_phy_read(&guest, HVN_MII_BMCR), ==, 0x1140);
    g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, E1000_BAR_IO, E1000_IOADDR, 4), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS) & E1000_STATUS_LU, !=, 0);
    guest_teardown(&guest);
}

static void
test_unplug_busy(void)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(
        &(HvnTestFrame){.dst = {255, 255, 255, 255, 255, 255}, .ip_version = 4, .protocol = 17, .payload_len = 100});
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, E1000_RDTR, 100);
    guest_write(&guest, E1000_ITR, 100);
    guest_write(&guest, E1000_TIDV, 100);
    guest_write(&guest, E1000_IMS, 0x1ffff);
    guest_queue(&guest, guest_put(&guest, zeros, sizeof zeros), LEGACY(SEND | E1000_TXD_CMD_IDE) | 60, 0);
    guest_ring(&guest);
    hvn_fake_port_send_bytes(guest.machine.port, frame->data, frame->len);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x1340);
    guest_write(&guest, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_LBM_MAC);
    guest_queue(&guest, guest_put(&guest, zeros, sizeof zeros), LEGACY(SEND) | 60, 0);
    guest_write(&guest, E1000_TDT, guest.tdt);
    hvn_dispatcher_run_work(guest.machine.dispatcher); /* a looped frame waits */
    guest_teardown(&guest);
}

static void
test_size(void)
{
    g_assert_cmpuint(sizeof(HvnE1000Nic), <, 64 * 1024);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/nic/identity", test_identity);
    g_test_add_func("/e1000/nic/io-window", test_io_window);
    g_test_add_func("/e1000/nic/software-reset", test_software_reset);
    g_test_add_func("/e1000/nic/hardware-reset", test_hardware_reset);
    g_test_add_func("/e1000/nic/unplug-busy", test_unplug_busy);
    g_test_add_func("/e1000/nic/size", test_size);
    return g_test_run();
}
