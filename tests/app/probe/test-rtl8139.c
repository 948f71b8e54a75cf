/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's rtl8139 driver on the project's own model, in both modes: hvn-probe-rtl8139.c, hvn-probe-rtl8139-c.c and
 * hvn-probe-rtl8139-cplus.c; and what it says of a device whose EEPROM is broken. */
#include "hvn-driver-fixture.h"
#include "hvn-rtl8139-nic.h"

static void
test_start(gconstpointer revision)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_RTL8139_NIC, "revision", revision);
    hvn_driver_fixture_start(&fixture);
    g_assert_cmpstr(fixture.driver->facts.chip, ==, g_str_equal(revision, "0x20") ? "RTL8139C+" : "RTL8139C");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_true(fixture.driver->facts.full_duplex);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 100);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_transmit(gconstpointer revision)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_RTL8139_NIC, "revision", revision);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_transmit(&fixture, g_str_equal(revision, "0x20") ? 64 : 4);
    /* the device is to make the checksum in C+ mode */
    g_assert_cmpint(hvn_fake_port_get_offload(fixture.port, 0).flags, ==, g_str_equal(revision, "0x20") ? HVN_OFFLOAD_NEEDS_CSUM : 0);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_receive(gconstpointer revision)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_RTL8139_NIC, "revision", revision);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_receive(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_group(gconstpointer revision)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_RTL8139_NIC, "revision", revision);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_group(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_broken(gconstpointer revision)
{
    static const struct {
        guint word;
        const char *message;
    } faults[] = {{0, "the EEPROM begins with 0xffff"}, {7, "IDR0 is 0x52, and 0xff in the EEPROM"}};

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *message = NULL;
        HvnDriverFixture fixture;

        hvn_driver_fixture_set_up(&fixture, HVN_TYPE_RTL8139_NIC, "revision", revision);
        ((HvnRtl8139Nic *)fixture.nic)->eeprom.words[faults[i].word] = 0xffff;
        message = hvn_driver_fixture_refuse(&fixture);
        g_assert_nonnull(strstr(message, faults[i].message));
        hvn_driver_fixture_tear_down(&fixture);
    }
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        GTestDataFunc func;
    } tests[] = {{"start", test_start}, {"transmit", test_transmit}, {"receive", test_receive}, {"group", test_group}, {"broken", test_broken}};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *cplus = g_strdup_printf("/app/probe/rtl8139/cplus/%s", tests[i].name);
        g_autofree char *c = g_strdup_printf("/app/probe/rtl8139/c/%s", tests[i].name);

        g_test_add_data_func(cplus, "0x20", tests[i].func);
        g_test_add_data_func(c, "0x10", tests[i].func);
    }
    return g_test_run();
}
