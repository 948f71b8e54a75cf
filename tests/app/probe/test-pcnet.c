/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's pcnet driver on the project's own model, and what it says of a device whose address PROM is broken. */
#include "hvn-driver-fixture.h"
#include "hvn-pcnet-nic.h"

static void
test_start(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_PCNET_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    g_assert_cmpstr(fixture.driver->facts.chip, ==, "Am79C970A");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_true(fixture.driver->facts.full_duplex);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 10);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_transmit(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_PCNET_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_transmit(&fixture, 64);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_receive(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_PCNET_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_receive(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_group(void)
{
    HvnDriverFixture fixture;

    hvn_driver_fixture_set_up(&fixture, HVN_TYPE_PCNET_NIC, NULL, NULL);
    hvn_driver_fixture_start(&fixture);
    hvn_driver_fixture_check_group(&fixture);
    hvn_driver_fixture_tear_down(&fixture);
}

static void
test_broken(void)
{
    static const struct {
        guint byte;
        const char *message;
    } faults[] = {{14, "signature 0x57ff"}, {5, "sum 0x0201"}};

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autofree char *message = NULL;
        HvnDriverFixture fixture;

        hvn_driver_fixture_set_up(&fixture, HVN_TYPE_PCNET_NIC, NULL, NULL);
        ((HvnPcnetNic *)fixture.nic)->aprom[faults[i].byte] = 0xff;
        message = hvn_driver_fixture_refuse(&fixture);
        g_assert_nonnull(strstr(message, faults[i].message));
        hvn_driver_fixture_tear_down(&fixture);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/pcnet/start", test_start);
    g_test_add_func("/app/probe/pcnet/transmit", test_transmit);
    g_test_add_func("/app/probe/pcnet/receive", test_receive);
    g_test_add_func("/app/probe/pcnet/group", test_group);
    g_test_add_func("/app/probe/pcnet/broken", test_broken);
    return g_test_run();
}
