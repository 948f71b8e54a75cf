/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PHY behind MDI control, and the registers that tell of the link. */
#include "hvn-i8255x-guest.h"

static guint16
mdi_read(Guest *guest, guint phy, guint reg)
{
    guint32 value;

    guest_write(guest, I8255X_MDI, I8255X_MDI_READ | phy << I8255X_MDI_PHY_SHIFT | reg << I8255X_MDI_REG_SHIFT, 4);
    value = guest_read(guest, I8255X_MDI, 4);
    g_assert_cmphex(value & I8255X_MDI_READY, ==, I8255X_MDI_READY);
    return value & I8255X_MDI_DATA;
}

static void
mdi_write(Guest *guest, guint reg, guint16 value)
{
    guest_write(guest, I8255X_MDI, I8255X_MDI_WRITE | 1u << I8255X_MDI_PHY_SHIFT | reg << I8255X_MDI_REG_SHIFT | value, 4);
}

static void
test_registers(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_PHYID1), ==, 0x02a8);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_PHYID2), ==, 0x0154);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_BMSR), ==, 0x782d);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_ANLPAR), ==, 0x45e1);
    g_assert_cmphex(mdi_read(&guest, 1, 16), ==, 3);
    g_assert_cmphex(mdi_read(&guest, 0, HVN_MII_BMCR), ==, 0xffff); /* nobody there */
    g_assert_cmphex(mdi_read(&guest, 31, HVN_MII_BMCR), ==, 0xffff);
    g_assert_cmphex(guest_read(&guest, I8255X_GENERAL_STATUS, 1), ==, 7);
    mdi_write(&guest, HVN_MII_BMCR, HVN_MII_BMCR_FULLDUPLEX);
    g_assert_cmphex(guest_read(&guest, I8255X_GENERAL_STATUS, 1), ==, I8255X_STATUS_LINK | I8255X_STATUS_FULL);
    g_assert_cmphex(mdi_read(&guest, 1, 16), ==, 1);
    guest_teardown(&guest);
}

static void
test_interrupt(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    mdi_read(&guest, 1, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, 0);
    guest_write(&guest, I8255X_MDI, I8255X_MDI_INTERRUPT | I8255X_MDI_READ | 1u << I8255X_MDI_PHY_SHIFT, 4);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_MDI);
    guest_teardown(&guest);
}

/* the cable is plugged out and in: BMSR latches it, general status and PMDR say it, and frames go on behind the negotiation */
static void
test_link_changes(void)
{
    guint8 frame[60];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(guest_read(&guest, I8255X_GENERAL_STATUS, 1) & I8255X_STATUS_LINK, ==, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_PMDR, 1), ==, I8255X_PMDR_LINK);
    guest_write(&guest, I8255X_PMDR, I8255X_PMDR_LINK, 1);
    g_assert_cmphex(guest_read(&guest, I8255X_PMDR, 1), ==, 0);
    hvn_link_set_up(guest.machine.link, TRUE);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_BMSR) & HVN_MII_BMSR_LINK, ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_MII_AUTONEG_NS);
    mdi_read(&guest, 1, HVN_MII_BMSR);
    g_assert_cmphex(mdi_read(&guest, 1, HVN_MII_BMSR) & HVN_MII_BMSR_LINK, ==, HVN_MII_BMSR_LINK);
    g_assert_cmphex(guest_read(&guest, I8255X_GENERAL_STATUS, 1), ==, 7);
    guest_put_frame(&guest, 0, EL, frame, sizeof frame);
    guest_start(&guest, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
    guest_setup(&guest, "i82557a"); /* has no such register */
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(guest_read(&guest, I8255X_PMDR, 1), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/phy/registers", test_registers);
    g_test_add_func("/i8255x/phy/interrupt", test_interrupt);
    g_test_add_func("/i8255x/phy/link-changes", test_link_changes);
    return g_test_run();
}
