/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PHY on a clock that is stepped by hand: negotiation, latched link, forced modes, power down, the gigabit pair, registers that
 * keep what they should. */
#include "hvn-mii-phy.h"

static const HvnMiiPhyIdentity identity = {
    .id1 = 0x0141, .id2 = 0x0c20, .bmcr = 0x1140, .bmsr = 0x796d, .anar = 0x0de1, .anlpar = 0xcde1, .gigabit = TRUE,
};
static const HvnMiiPhyIdentity fast = {.bmcr = 0x3100, .bmsr = 0x7849, .anar = 0x01e1, .anlpar = 0x45e1};

typedef struct {
    HvnDispatcher *dispatcher;
    HvnMiiPhy      phy;
    guint          n_changed;
    gboolean       link;
} Fixture;

static void
on_changed(HvnMiiPhy *phy, gboolean link, gpointer data)
{
    Fixture *fixture = data;

    fixture->n_changed++;
    fixture->link = link;
}

static void
set_up(Fixture *fixture, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    fixture->dispatcher = hvn_dispatcher_new(NULL, clock);
    hvn_mii_phy_init(&fixture->phy, fixture->dispatcher, data != NULL ? &fast : &identity, on_changed, fixture);
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    hvn_mii_phy_clear(&fixture->phy);
    g_assert_finalize_object(fixture->dispatcher);
}

static void
test_autoneg(Fixture *fixture, gconstpointer data)
{
    HvnMiiPhy *phy = &fixture->phy;

    g_assert_cmphex(hvn_mii_phy_read(phy, 2), ==, 0x0141);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR), ==, 0x7949); /* no link, not complete */
    hvn_dispatcher_advance(fixture->dispatcher, HVN_NS_PER_S);
    g_assert_false(phy->link);
    hvn_mii_phy_set_carrier(phy, TRUE);
    hvn_mii_phy_set_carrier(phy, TRUE);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_MII_AUTONEG_NS - 1);
    g_assert_cmpuint(fixture->n_changed, ==, 0);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANLPAR), ==, 0);
    hvn_dispatcher_advance(fixture->dispatcher, 1);
    g_assert_true(fixture->n_changed == 1 && fixture->link);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR), ==, 0x796d);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANLPAR), ==, 0xcde1);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANER), ==, 3);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANER), ==, 1); /* page received was read */
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_GBSR), ==, 0x3c00);

    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x1340); /* restart */
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMCR), ==, 0x1140);
    g_assert_true(fixture->n_changed == 2 && !fixture->link);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_GBSR), ==, 0);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_MII_AUTONEG_NS);
    g_assert_true(fixture->n_changed == 3 && fixture->link);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR), ==, 0x7969); /* it was down since the last read */
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR), ==, 0x796d);
    /* the cable is pulled while it negotiates */
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x1340);
    hvn_mii_phy_set_carrier(phy, FALSE);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_NS_PER_S);
    g_assert_false(phy->link);
}

static void
test_forced(Fixture *fixture, gconstpointer data)
{
    HvnMiiPhy *phy = &fixture->phy;

    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x2100);
    hvn_mii_phy_set_carrier(phy, TRUE);
    g_assert_true(phy->link && fixture->n_changed == 1);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR) & 0x24, ==, 4);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x2300); /* nothing to restart */
    g_assert_true(phy->link);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x6100);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMCR), ==, 0x6100); /* loopback is just stored */
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x2900);
    g_assert_false(phy->link);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x2500);
    g_assert_false(phy->link);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x2100);
    g_assert_true(phy->link);
    hvn_mii_phy_set_carrier(phy, FALSE);
    g_assert_false(phy->link);
    hvn_mii_phy_set_carrier(phy, TRUE);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x3100); /* negotiates from now on */
    g_assert_false(phy->link);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_MII_AUTONEG_NS);
    g_assert_true(phy->link);
}

static void
test_reset(Fixture *fixture, gconstpointer data)
{
    HvnMiiPhy *phy = &fixture->phy;

    phy->vendor_mask[16] = 0x0ff0;
    phy->vendor_reset[16] = 0x1234;
    hvn_mii_phy_set_carrier(phy, TRUE);
    hvn_mii_phy_reset(phy, TRUE);
    g_assert_true(phy->link && fixture->n_changed == 1);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMSR), ==, 0x796d);
    hvn_mii_phy_write(phy, 16, 0xffff);
    g_assert_cmphex(hvn_mii_phy_read(phy, 16), ==, 0x1ff4);
    hvn_mii_phy_write(phy, HVN_MII_ANAR, 0);
    hvn_mii_phy_write(phy, HVN_MII_BMCR, 0x8000);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMCR), ==, 0x1140);
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANAR), ==, 0x0de1);
    g_assert_cmphex(hvn_mii_phy_read(phy, 16), ==, 0x1234);
    g_assert_true(!phy->link && fixture->n_changed == 2);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_MII_AUTONEG_NS);
    g_assert_true(phy->link);
}

/* the first cable is there at once, the next one has to be negotiated */
static void
test_plug(Fixture *fixture, gconstpointer data)
{
    HvnMiiPhy *phy = &fixture->phy;

    hvn_mii_phy_power_on(phy, FALSE);
    g_assert_false(phy->link);
    hvn_mii_phy_plug(phy, TRUE);
    g_assert_true(phy->link);
    hvn_mii_phy_plug(phy, FALSE);
    g_assert_false(phy->link);
    hvn_mii_phy_plug(phy, TRUE);
    g_assert_false(phy->link);
    hvn_dispatcher_advance(fixture->dispatcher, HVN_MII_AUTONEG_NS);
    g_assert_true(phy->link);
    hvn_mii_phy_power_on(phy, TRUE);
    g_assert_true(phy->link);
}

/* the first cable leaves what a driver has written before it: powered down or isolated there is no link, and forced is not negotiated */
static void
test_plug_keeps_registers(Fixture *fixture, gconstpointer data)
{
    static const struct {
        guint16 bmcr;
        gboolean link;
    } cases[] = {
        {HVN_MII_BMCR_POWERDOWN, FALSE},
        {HVN_MII_BMCR_POWERDOWN | HVN_MII_BMCR_ANENABLE, FALSE},
        {HVN_MII_BMCR_ISOLATE | HVN_MII_BMCR_ANENABLE, FALSE},
        {HVN_MII_BMCR_SPEED100, TRUE},
        {HVN_MII_BMCR_ANENABLE, TRUE},
    };
    HvnMiiPhy *phy = &fixture->phy;

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        phy->cabled = FALSE;
        hvn_mii_phy_power_on(phy, FALSE);
        fixture->n_changed = 0;
        hvn_mii_phy_write(phy, HVN_MII_ANAR, 0x0061);
        hvn_mii_phy_write(phy, HVN_MII_BMCR, cases[i].bmcr);
        hvn_mii_phy_plug(phy, TRUE);
        g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMCR), ==, cases[i].bmcr);
        g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANAR), ==, 0x0061);
        g_assert_cmpint(phy->link, ==, cases[i].link);
        g_assert_cmpuint(fixture->n_changed, ==, cases[i].link ? 1 : 0);
        g_assert_cmpint((hvn_mii_phy_read(phy, HVN_MII_BMSR) & HVN_MII_BMSR_ANCOMPLETE) != 0, ==, cases[i].bmcr == HVN_MII_BMCR_ANENABLE);
    }
}

static void
test_registers(Fixture *fixture, gconstpointer data)
{
    HvnMiiPhy *phy = &fixture->phy;

    for (guint reg = 0; reg < 40; reg++) {
        guint16 before = hvn_mii_phy_read(phy, reg);

        hvn_mii_phy_write(phy, reg, reg == HVN_MII_BMCR ? 0x7fff : 0xffff);
        if (reg != HVN_MII_BMCR && reg != HVN_MII_ANAR)
            g_assert_cmphex(hvn_mii_phy_read(phy, reg), ==, before);
    }
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_BMCR), ==, 0x7d80); /* no gigabit here */
    g_assert_cmphex(hvn_mii_phy_read(phy, HVN_MII_ANAR), ==, 0xbfff);
    g_assert_cmphex(hvn_mii_phy_read(phy, 15), ==, 0);
}

/* what is offered on both sides, or forced */
static void
test_speed(Fixture *fixture, gconstpointer data)
{
    static const struct {
        guint16 bmcr;
        guint16 anar;
        guint16 gbcr;
        guint speed;
        gboolean full_duplex;
    } cases[] = {
        {0x1140, 0x0de1, 0x0300, 1000, TRUE}, {0x1140, 0x0de1, 0x0100, 1000, FALSE}, {0x1140, 0x01e1, 0, 100, TRUE},
        {0x1140, 0x00e1, 0, 100, FALSE},      {0x1140, 0x0061, 0, 10, TRUE},         {0x1140, 0x0021, 0, 10, FALSE},
        {0x0140, 0x0021, 0, 1000, TRUE},      {0x2000, 0x0de1, 0x0300, 100, FALSE},  {0x0100, 0x0de1, 0x0300, 10, TRUE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        gboolean full_duplex;

        hvn_mii_phy_write(&fixture->phy, HVN_MII_BMCR, cases[i].bmcr);
        hvn_mii_phy_write(&fixture->phy, HVN_MII_ANAR, cases[i].anar);
        hvn_mii_phy_write(&fixture->phy, HVN_MII_GBCR, cases[i].gbcr);
        g_assert_cmpuint(hvn_mii_phy_get_speed(&fixture->phy, &full_duplex), ==, cases[i].speed);
        g_assert_cmpint(full_duplex, ==, cases[i].full_duplex);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/mii-phy/autoneg", Fixture, NULL, set_up, test_autoneg, tear_down);
    g_test_add("/device/mii-phy/plug-keeps-registers", Fixture, NULL, set_up, test_plug_keeps_registers, tear_down);
    g_test_add("/device/mii-phy/forced", Fixture, NULL, set_up, test_forced, tear_down);
    g_test_add("/device/mii-phy/reset", Fixture, NULL, set_up, test_reset, tear_down);
    g_test_add("/device/mii-phy/plug", Fixture, NULL, set_up, test_plug, tear_down);
    g_test_add("/device/mii-phy/registers", Fixture, "fast", set_up, test_registers, tear_down);
    g_test_add("/device/mii-phy/speed", Fixture, NULL, set_up, test_speed, tear_down);
    return g_test_run();
}
