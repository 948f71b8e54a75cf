/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Configuration space: header, sizing of BARs, capabilities, power states, what a guest can and cannot write. */
#include "hvn-pci-config.h"

static const HvnPciIdentity identity = {
    .vendor = 0x8086, .device = 0x100e, .subsystem_vendor = 0x1af4, .subsystem = 0x1100,
    .class_code = 0x020000, .revision = 3, .interrupt_pin = 1, .min_gnt = 0xff, .max_lat = 0,
};

static void
count(HvnPciConfig *self, gpointer data)
{
    (*(guint *)data)++;
}

static void
test_header(void)
{
    HvnPciConfig pci;
    guint n = 0;

    hvn_pci_config_init(&pci, &identity, count, &n);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0, 4), ==, 0x100e8086);
    g_assert_cmphex(hvn_pci_config_read(&pci, 8, 4), ==, 0x02000003);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x3c, 4), ==, 0x00ff0100);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x34, 1), ==, 0);
    g_assert_cmphex(hvn_pci_config_read(&pci, 6, 2), ==, 0);
    hvn_pci_config_write(&pci, 0, 0, 4);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0, 4), ==, 0x100e8086);
    hvn_pci_config_write(&pci, 0x30, 0xffffffff, 4); /* no expansion ROM */
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x30, 4), ==, 0);
    g_assert_cmpuint(n, ==, 0);
    hvn_pci_config_write(&pci, 4, 0xffff, 2);
    g_assert_cmphex(hvn_pci_config_get_command(&pci), ==, 0x557);
    g_assert_cmpuint(n, ==, 1);
    hvn_pci_config_write(&pci, 4, 0xffff, 2);
    g_assert_cmpuint(n, ==, 1);
    hvn_pci_config_write(&pci, 0x3c, 11, 1);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x3c, 2), ==, 0x010b);
    hvn_pci_config_set_interrupt_status(&pci, TRUE);
    g_assert_cmphex(hvn_pci_config_read(&pci, 6, 2), ==, 8);
    pci.bytes[7] |= 0x20;
    hvn_pci_config_write(&pci, 6, 0xffff, 2);
    g_assert_cmphex(hvn_pci_config_read(&pci, 6, 2), ==, 8);
    hvn_pci_config_reset(&pci);
    g_assert_cmphex(hvn_pci_config_read(&pci, 4, 4), ==, 0);
    hvn_pci_config_clear(&pci);
}

static void
test_bounds(void)
{
    HvnPciConfig pci;

    hvn_pci_config_init(&pci, &identity, NULL, NULL);
    g_assert_cmphex(hvn_pci_config_read(&pci, 254, 4), ==, 0xffff0000);
    g_assert_cmphex(hvn_pci_config_read(&pci, 256, 2), ==, 0xffff);
    g_assert_cmphex(hvn_pci_config_read(&pci, G_MAXUINT, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0, 3), ==, 0xffffffff);
    g_assert_cmphex(hvn_pci_config_read(&pci, 1, 4), ==, 0x00100e80);
    hvn_pci_config_write(&pci, G_MAXUINT, G_MAXUINT32, 4);
    hvn_pci_config_write(&pci, 255, G_MAXUINT32, 4);
    hvn_pci_config_write(&pci, 4, 7, 8);
    g_assert_cmphex(hvn_pci_config_get_command(&pci), ==, 0);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 0), ==, G_MAXUINT64);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 6), ==, G_MAXUINT64);
}

static void
test_bars(void)
{
    HvnPciConfig pci;

    hvn_pci_config_init(&pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(&pci, 0, 0x20000, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_bar(&pci, 1, 64, HVN_PCI_BAR_IO);
    hvn_pci_config_add_bar(&pci, 2, 0x1000, HVN_PCI_BAR_MEMORY64 | HVN_PCI_BAR_PREFETCH);
    hvn_pci_config_add_bar(&pci, 4, G_GUINT64_CONSTANT(0x200000000), HVN_PCI_BAR_MEMORY64);
    for (guint i = 0x10; i < 0x28; i += 4)
        hvn_pci_config_write(&pci, i, 0xffffffff, 4);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x10, 4), ==, 0xfffe0000);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x14, 4), ==, 0xffffffc1);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x18, 4), ==, 0xfffff00c);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x1c, 4), ==, 0xffffffff);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x20, 4), ==, 0x00000004);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x24, 4), ==, 0xfffffffe);
    hvn_pci_config_write(&pci, 0x10, 0xfe012345, 4);
    hvn_pci_config_write(&pci, 0x14, 0xc0ff, 4);
    hvn_pci_config_write(&pci, 0x18, 0x1000, 4);
    hvn_pci_config_write(&pci, 0x1c, 0x8, 4);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 0), ==, G_MAXUINT64);
    hvn_pci_config_write(&pci, 4, HVN_PCI_COMMAND_MEMORY, 2);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 0), ==, 0xfe000000);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 1), ==, G_MAXUINT64);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 2), ==, G_GUINT64_CONSTANT(0x800001000));
    hvn_pci_config_write(&pci, 4, HVN_PCI_COMMAND_IO, 2);
    g_assert_cmphex(hvn_pci_config_get_bar_address(&pci, 1), ==, 0xc0c0);
    hvn_pci_config_reset(&pci);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x14, 4), ==, 1);
}

static void
test_capabilities(void)
{
    HvnPciConfig pci;
    guint n = 0;
    guint8 cap;

    hvn_pci_config_init(&pci, &identity, count, &n);
    hvn_pci_config_add_pm(&pci, 0xc822);
    hvn_pci_config_add_msi(&pci, 8);
    cap = hvn_pci_config_add_capability(&pci, 0x09, 5);
    g_assert_cmphex(hvn_pci_config_read(&pci, 6, 2), ==, 0x10);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x34, 1), ==, 0x40);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x40, 4), ==, 0xc8224801);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x48, 4), ==, 0x00865805);
    g_assert_cmphex(cap, ==, 0x58);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x58, 2), ==, 0x0009);
    hvn_pci_config_write(&pci, 0x44, 0x0103, 2);
    g_assert_cmpuint(hvn_pci_config_get_power_state(&pci), ==, 3);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x44, 2), ==, 0x010b);
    g_assert_cmpuint(n, ==, 1);
    hvn_pci_config_write(&pci, 0x44, 1, 1); /* D1 is not offered */
    g_assert_cmpuint(hvn_pci_config_get_power_state(&pci), ==, 3);
    hvn_pci_config_write(&pci, 0x44, 0, 1);
    g_assert_cmpuint(hvn_pci_config_get_power_state(&pci), ==, 0);
    hvn_pci_config_write(&pci, 0x4a, 0xffff, 2);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x4a, 2), ==, 0x00f7);
    g_assert_cmpuint(hvn_pci_config_get_msi_vectors(&pci), ==, 8); /* no more than there are */
    hvn_pci_config_write(&pci, 0x4c, 0xffffffff, 4);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x4c, 4), ==, 0xfffffffc);
    hvn_pci_config_reset(&pci);
    g_assert_false(hvn_pci_config_get_msi_enabled(&pci));
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x34, 1), ==, 0x40);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/pci-config/header", test_header);
    g_test_add_func("/device/pci-config/bounds", test_bounds);
    g_test_add_func("/device/pci-config/bars", test_bars);
    g_test_add_func("/device/pci-config/capabilities", test_capabilities);
    return g_test_run();
}
