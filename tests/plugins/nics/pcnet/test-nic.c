/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Identity, the I/O map in both modes and in both BARs, the address PROM, both resets, and what drivers probe for. */
#include "hvn-pcnet-guest.h"

static guint32
in(Guest *guest, guint bar, guint offset, guint size)
{
    return hvn_nic_region_read(guest->machine.nic, bar, offset, size);
}

static void
out(Guest *guest, guint bar, guint offset, guint32 value, guint size)
{
    hvn_nic_region_write(guest->machine.nic, bar, offset, value, size);
}

static void
test_identity(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x00, 4), ==, 0x20001022);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x08, 4), ==, 0x02000010);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x2c, 4), ==, 0);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x3c, 4) & 0xffffff00, ==, 0xff060100);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 1) & 1, ==, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x14, 1) & 0xf, ==, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR88), ==, 0x1003);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR88 + 1), ==, 0x0262);
    guest_teardown(&guest);
}

/* bytes, words and double words; the sum of it; and the lock */
static void
test_aprom(void)
{
    static const guint8 expected[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0, 0, 0, 0x11, 0, 0, 0x01, 0x02, 'W', 'W'};
    Guest guest;
    guint sum = 0;

    guest_setup(&guest, 0);
    for (guint i = 0; i < 16; i++) {
        g_assert_cmphex(in(&guest, 0, i, 1), ==, expected[i]);
        sum += i < 12 || i > 13 ? expected[i] : 0;
    }
    g_assert_cmphex(in(&guest, 1, 12, 2), ==, sum);
    g_assert_cmphex(in(&guest, 1, 0, 4), ==, 0x12005452);
    out(&guest, 0, 0, 0x99, 1);
    g_assert_cmphex(in(&guest, 0, 0, 1), ==, 0x52);
    guest_set_bcr(&guest, PCNET_BCR2, PCNET_BCR2_APROMWE);
    out(&guest, 0, 0, 0x99, 1);
    g_assert_cmphex(in(&guest, 0, 0, 1), ==, 0x99);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
    g_assert_cmphex(in(&guest, 0, 0, 1), ==, 0x52);
    guest_teardown(&guest);
}

/* Linux: reset, CSR0 is 4, RAP keeps 88; a chip in the other mode fails that, and is tried in it */
static void
test_modes(void)
{
    for (guint bar = 0; bar < 2; bar++) {
        Guest guest;

        guest_setup(&guest, 0);
        in(&guest, bar, PCNET_WIO_RESET, 2);
        out(&guest, bar, PCNET_WIO_RAP, 0, 2);
        g_assert_cmphex(in(&guest, bar, PCNET_RDP, 2), ==, 4);
        out(&guest, bar, PCNET_WIO_RAP, 88, 2);
        g_assert_cmphex(in(&guest, bar, PCNET_WIO_RAP, 2), ==, 88);
        g_assert_cmphex(in(&guest, bar, PCNET_RDP, 4), ==, 88u << 16 | 0x1003); /* a wide read switches nothing */
        out(&guest, bar, PCNET_WIO_RAP, PCNET_BCR18, 2);
        g_assert_cmphex(in(&guest, bar, PCNET_WIO_BDP, 2), ==, 0x9001);

        /* the wide write does, and is a write to CSR0 */
        out(&guest, bar, PCNET_WIO_RAP, 0, 2);
        out(&guest, bar, PCNET_RDP, PCNET_CSR0_IENA | PCNET_CSR0_STOP, 4);
        out(&guest, bar, PCNET_DWIO_RAP, 88, 4);
        g_assert_cmphex(in(&guest, bar, PCNET_DWIO_RAP, 4), ==, 88);
        g_assert_cmphex(in(&guest, bar, PCNET_RDP, 4), ==, 0x1003);
        out(&guest, bar, PCNET_DWIO_RAP, PCNET_BCR18, 4);
        g_assert_cmphex(in(&guest, bar, PCNET_DWIO_BDP, 4), ==, 0x9081);
        out(&guest, bar, PCNET_DWIO_BDP, 0x9001, 4);
        g_assert_cmphex(in(&guest, bar, PCNET_DWIO_BDP, 4), ==, 0x9081); /* no way back */
        g_assert_cmphex(in(&guest, bar, 0, 4), ==, 0x12005452);
        g_assert_cmphex(in(&guest, bar, PCNET_DWIO_RESET, 4), ==, 0);
        g_assert_cmphex(in(&guest, bar, PCNET_DWIO_RAP, 4), ==, 0);
        g_assert_cmphex(in(&guest, bar, PCNET_RDP, 4), ==, 4);
        hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
        hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
        out(&guest, bar, PCNET_WIO_RAP, 88, 2);
        g_assert_cmphex(in(&guest, bar, PCNET_WIO_RAP, 2), ==, 88);
        guest_teardown(&guest);
    }
}

/* S_RESET stops, and leaves addresses and BCRs alone; H_RESET takes the addresses from the PROM */
static void
test_resets(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_set_csr(&guest, PCNET_CSR12, 0x1111);
    guest_set_csr(&guest, PCNET_CSR8, 0x2222);
    guest_set_csr(&guest, PCNET_CSR4, 0x0915);
    guest_set_csr(&guest, PCNET_CSR15, 0x8000);
    g_assert_cmphex(in(&guest, 0, PCNET_WIO_RESET, 2), ==, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4), ==, PCNET_CSR4_RESET);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR15), ==, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR12), ==, 0x1111);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR8), ==, 0x2222);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR20), ==, 0x0302);
    hvn_nic_reset(guest.machine.nic, HVN_NIC_RESET_HARDWARE);
    hvn_fake_bus_enable_nic(guest.machine.bus, guest.machine.nic);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR12), ==, 0x5452);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR8), ==, 0);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR20), ==, 0x0200);
    guest_teardown(&guest);
}

/* a reset pays the debt of ready */
static void
test_reset_pays(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    in(&guest, 0, PCNET_WIO_RESET, 2);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

/* MII and the other chips' registers are not there, and loopback tests that write BCR32 do no harm */
static void
test_absent(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    for (guint n = 32; n < 128; n++) {
        guest_set_bcr(&guest, n, 0xffff);
        g_assert_cmphex(guest_bcr(&guest, n), ==, 0);
    }
    guest_set_csr(&guest, 7, 0xffff);
    g_assert_cmphex(guest_csr(&guest, 7), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/nic/identity", test_identity);
    g_test_add_func("/pcnet/nic/aprom", test_aprom);
    g_test_add_func("/pcnet/nic/modes", test_modes);
    g_test_add_func("/pcnet/nic/resets", test_resets);
    g_test_add_func("/pcnet/nic/reset-pays", test_reset_pays);
    g_test_add_func("/pcnet/nic/absent", test_absent);
    return g_test_run();
}
