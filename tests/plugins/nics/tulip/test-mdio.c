/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The MII's management by the pins of CSR9, as drivers move them: reads and writes of the PHY, an address where nobody is, and commands
 * that break off. */
#include "hvn-tulip-guest.h"

static void
clock_bit(Guest *guest, guint32 data)
{
    guest_write(guest, TULIP_CSR9, data);
    guest_write(guest, TULIP_CSR9, data | TULIP_CSR9_MDC);
}

static void
clock_out(Guest *guest, guint32 bits, guint n)
{
    while (n-- > 0)
        clock_bit(guest, bits >> n & 1 ? TULIP_CSR9_MDO : 0);
}

/* as Linux does: two bits of turnaround, 16 of data, one that is idle, each looked at before the clock rises */
static guint32
mdio_read(Guest *guest, guint phy, guint reg, guint preamble)
{
    guint32 value = 0;

    for (guint i = 0; i < preamble; i++)
        clock_bit(guest, TULIP_CSR9_MDO);
    clock_out(guest, 0xd800 | phy << 5 | reg, 16);
    for (guint i = 0; i < 19; i++) {
        guest_write(guest, TULIP_CSR9, TULIP_CSR9_MII);
        value = value << 1 | (guest_read(guest, TULIP_CSR9) & TULIP_CSR9_MDI ? 1 : 0);
        guest_write(guest, TULIP_CSR9, TULIP_CSR9_MII | TULIP_CSR9_MDC);
    }
    return value >> 1 & 0x1ffff;
}

static void
mdio_write(Guest *guest, guint phy, guint reg, guint value)
{
    for (guint i = 0; i < 32; i++)
        clock_bit(guest, TULIP_CSR9_MDO);
    clock_out(guest, 0x50020000 | phy << 23 | reg << 18 | value, 32);
    clock_bit(guest, TULIP_CSR9_MII);
    clock_bit(guest, TULIP_CSR9_MII);
}

static void
test_read(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_PHYID1, 33), ==, 0x2000); /* bit 16 is the turnaround, which the PHY drives low */
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_PHYID2, 33), ==, 0x5c01);
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_BMSR, 1), ==, 0x782d); /* a short preamble will do */
    for (guint phy = 0; phy < 32; phy++) {
        if (phy != HVN_TULIP_PHY_ADDRESS)
            g_assert_cmphex(mdio_read(&guest, phy, HVN_MII_BMSR, 32), ==, 0x1ffff);
    }
    guest_teardown(&guest);
}

static void
test_write(void)
{
    Guest guest;

    guest_setup(&guest);
    mdio_write(&guest, 1, HVN_MII_ANAR, 0x0061);
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_ANAR, 32), ==, 0x0061);
    mdio_write(&guest, 2, HVN_MII_ANAR, 0x0021);
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_ANAR, 32), ==, 0x0061);
    mdio_write(&guest, 1, HVN_MII_BMCR, HVN_MII_BMCR_RESET);
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_ANAR, 32), ==, 0x01e1);
    guest_teardown(&guest);
}

/* whatever was left in the middle, 32 ones begin anew */
static void
test_resynchronise(void)
{
    Guest guest;

    guest_setup(&guest);
    for (guint n = 0; n < 32; n++) {
        clock_out(&guest, 0x50820000u >> (32 - MAX(n, 1)), n); /* a part of a write to the PHY */
        g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_PHYID1, 32), ==, 0x2000);
        clock_out(&guest, 0xd822, 16); /* a read, left at once */
        g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_PHYID1, 32), ==, 0x2000);
    }
    clock_out(&guest, 0x4082, 16); /* operation 00 is none */
    g_assert_cmphex(mdio_read(&guest, 1, HVN_MII_PHYID1, 32), ==, 0x2000);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/mdio/read", test_read);
    g_test_add_func("/tulip/mdio/write", test_write);
    g_test_add_func("/tulip/mdio/resynchronise", test_resynchronise);
    return g_test_run();
}
