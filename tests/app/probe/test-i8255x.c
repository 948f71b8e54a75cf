/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's i8255x driver on the project's own model, with both EEPROMs, and what it says of a device that is broken. */
#include "hvn-driver-fixture.h"
#include "hvn-i8255x-nic.h"

static void
test_start(void)
{
    static const struct {
        const char *property, *value, *chip;
    } cases[] = {
        {NULL, NULL, "82557, 82558 or 82559"},
        {"eeprom", "93c66", "82557, 82558 or 82559"},
        {"variant", "i82557a", "82557, 82558 or 82559"},
        {"variant", "i82551", "82559ER, 82550, 82551 or 82562"},
        {"variant", "i82801", "82801BA"},
    };
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        HvnDriverFixture fixture;

        hvn_driver_fixture_set_up(&fixture, HVN_TYPE_I8255X_NIC, cases[i].property, cases[i].value);
        hvn_driver_fixture_start(&fixture);
        g_assert_cmpstr(fixture.driver->facts.chip, ==, cases[i].chip);
        g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
        g_assert_cmphex(fixture.driver->facts.eeprom_sum, ==, 0xbaba);
        g_assert_cmphex(fixture.driver->facts.phy_id, ==, 0x02a80154);
        g_assert_true(fixture.driver->facts.link_up);
        g_assert_true(fixture.driver->facts.full_duplex);
        g_assert_cmpuint(fixture.driver->facts.speed, ==, 100);
        g_assert_null(fixture.driver->problem);
        hvn_driver_fixture_tear_down(&fixture);
    }
}

static void
test_transmit(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_I8255X_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_transmit(&fixture, 63);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_receive(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_I8255X_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_receive(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_group(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_I8255X_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_group(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

/* a word that the sum does not have, and a PHY that is elsewhere */
static void
test_broken(void)
{
    static const struct {
        guint word;
        guint16 add[2]; /* the second one to the last word */
        const char *message;
    } faults[] = {{3, {1, 0}, "words is 0xbabb"}, {6, {1, 0xffff}, "no PHY answers at address 2"}};

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *message = NULL;
        HvnDriverFixture fixture;
        guint16 *words;

        hvn_driver_fixture_set_up(&fixture, HVN_TYPE_I8255X_NIC, NULL, NULL);
        words = ((HvnI8255xNic *)fixture.nic)->eeprom.words;
        words[faults[i].word] += faults[i].add[0];
        words[63] += faults[i].add[1];
        message = hvn_driver_fixture_refuse(&fixture);
        g_assert_nonnull(strstr(message, faults[i].message));
        hvn_driver_fixture_tear_down(&fixture);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/i8255x/start", test_start);
    g_test_add_func("/app/probe/i8255x/transmit", test_transmit);
    g_test_add_func("/app/probe/i8255x/receive", test_receive);
    g_test_add_func("/app/probe/i8255x/group", test_group);
    g_test_add_func("/app/probe/i8255x/broken", test_broken);
    return g_test_run();
}
