/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Software styles, and the link as LED registers show it. */
#include "hvn-pcnet-guest.h"

static void
test_styles(void)
{
    static const guint32 shown[] = {0x0200, 0x0101, 0x0302, 0x0303, 0x0204, 0x02ff};
    Guest guest;

    guest_setup(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(shown); i++) {
        guest_set_bcr(&guest, PCNET_BCR20, (shown[i] & 0xff) | 0x0300);
        g_assert_cmphex(guest_bcr(&guest, PCNET_BCR20), ==, shown[i]);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR58), ==, shown[i]);
        guest_set_csr(&guest, PCNET_CSR58, 3);
        g_assert_cmphex(guest_bcr(&guest, PCNET_BCR20), ==, 0x0303);
    }
    guest_teardown(&guest);
}

/* Linux: BCR4 is 0x00c0 without a link; DLNKTST says there is one */
static void
test_link(void)
{
    Guest guest;

    guest_setup(&guest, 0);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR4), ==, 0x80c0);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR4), ==, 0x00c0);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_DLNKTST);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR4), ==, 0x80c0);
    guest_set_csr(&guest, PCNET_CSR15, 0);
    hvn_link_set_up(guest.machine.link, TRUE);
    guest_set_bcr(&guest, PCNET_BCR5, PCNET_BCR4_FDLSE);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR5), ==, PCNET_BCR4_FDLSE);
    guest_set_bcr(&guest, PCNET_BCR9, PCNET_BCR9_FDEN);
    g_assert_cmphex(guest_bcr(&guest, PCNET_BCR5), ==, PCNET_BCR4_FDLSE | PCNET_BCR4_LEDOUT);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/bcr/styles", test_styles);
    g_test_add_func("/pcnet/bcr/link", test_link);
    return g_test_run();
}
