/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MSI-X alone: table in one BAR and pending bits in another, masks, what is pending, more vectors than a word has bits. */
#include "hvn-pci-config.h"

static void
set_up(HvnPciConfig *pci)
{
    static const HvnPciIdentity identity = {.vendor = 0x1234, .device = 1};

    hvn_pci_config_init(pci, &identity, NULL, NULL);
    hvn_pci_config_add_bar(pci, 1, 0x1000, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_bar(pci, 3, 0x1000, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_msix(pci, 70, 1, 0, 3, 0x100);
}

static void
test_places(void)
{
    HvnPciConfig pci;

    set_up(&pci);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x40, 4), ==, 0x00450011);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x44, 4), ==, 1);
    g_assert_cmphex(hvn_pci_config_read(&pci, 0x48, 4), ==, 0x103);
    g_assert_true(hvn_pci_config_has_msix_at(&pci, 1, 70 * 16 - 1));
    g_assert_false(hvn_pci_config_has_msix_at(&pci, 1, 70 * 16));
    g_assert_false(hvn_pci_config_has_msix_at(&pci, 3, 0xff));
    g_assert_true(hvn_pci_config_has_msix_at(&pci, 3, 0x100));
    g_assert_true(hvn_pci_config_has_msix_at(&pci, 3, 0x10f));
    g_assert_false(hvn_pci_config_has_msix_at(&pci, 3, 0x110));
    g_assert_false(hvn_pci_config_has_msix_at(&pci, 0, 0));
    g_assert_cmphex(hvn_pci_config_read_msix(&pci, 1, 70 * 16 - 4, 8), ==, 1);
    hvn_pci_config_clear(&pci);
}

static void
test_pending(void)
{
    HvnPciConfig pci;

    set_up(&pci);
    g_assert_false(hvn_pci_config_raise_msix(&pci, 69)); /* off: nothing is remembered */
    hvn_pci_config_write(&pci, 0x42, 0x8000, 2);
    g_assert_cmpint(hvn_pci_config_take_pending_msix(&pci), ==, -1);
    g_assert_false(hvn_pci_config_raise_msix(&pci, 69));
    g_assert_false(hvn_pci_config_raise_msix(&pci, 70));
    g_assert_cmphex(hvn_pci_config_read_msix(&pci, 3, 0x108, 8), ==, 0x20);
    g_assert_cmpint(hvn_pci_config_take_pending_msix(&pci), ==, -1);
    hvn_pci_config_write_msix(&pci, 1, 69 * 16 + 12, 0, 4);
    g_assert_cmpint(hvn_pci_config_take_pending_msix(&pci), ==, 69);
    g_assert_cmpint(hvn_pci_config_take_pending_msix(&pci), ==, -1);
    g_assert_true(hvn_pci_config_raise_msix(&pci, 69));
    hvn_pci_config_write(&pci, 0x42, 0xc000, 2);
    g_assert_false(hvn_pci_config_raise_msix(&pci, 69));
    hvn_pci_config_reset(&pci);
    hvn_pci_config_write(&pci, 0x42, 0x8000, 2);
    g_assert_cmphex(hvn_pci_config_read_msix(&pci, 3, 0x108, 8), ==, 0);
    g_assert_cmphex(hvn_pci_config_read_msix(&pci, 1, 69 * 16 + 12, 4), ==, 1);
    hvn_pci_config_clear(&pci);
    g_assert_false(hvn_pci_config_get_msix_enabled(&pci));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/pci-msix/places", test_places);
    g_test_add_func("/device/pci-msix/pending", test_pending);
    return g_test_run();
}
