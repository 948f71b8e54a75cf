/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's tulip driver on the project's own model: hvn-probe-tulip.c; and what it says of a device that is broken. */
#include "hvn-driver-fixture.h"
#include "hvn-tulip-nic.h"

static void
set_up(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_set_up(fixture, HVN_TYPE_TULIP_NIC, NULL, NULL);
}

static void
tear_down(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_tear_down(fixture);
}

static void
test_start(HvnDriverFixture *fixture, gconstpointer data)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    hvn_driver_fixture_start(fixture);
    g_assert_cmpstr(fixture->driver->facts.chip, ==, "DEC 21143");
    g_assert_cmpmem(fixture->driver->facts.mac.addr, 6, mac, 6);
    g_assert_cmphex(fixture->driver->facts.phy_id, ==, 0x20005c01);
    g_assert_true(fixture->driver->facts.link_up);
    g_assert_true(fixture->driver->facts.full_duplex);
    g_assert_cmpuint(fixture->driver->facts.speed, ==, 100);
    hvn_link_set_up(fixture->link, FALSE);
    fixture->driver->model->link_refresh(fixture->driver);
    g_assert_false(fixture->driver->facts.link_up);
}

static void
test_transmit(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_start(fixture);
    hvn_driver_fixture_check_transmit(fixture, 64);
}

/* a full ring holds the sender until the driver has been there */
static void
test_receive(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_start(fixture);
    hvn_driver_fixture_check_receive(fixture);
}

static void
test_group(HvnDriverFixture *fixture, gconstpointer data)
{
    static const guint8 group[] = {0x33, 0x33, 0, 0, 0, 2};

    hvn_driver_fixture_start(fixture);
    hvn_driver_fixture_check_group(fixture);
    for (guint i = 0; i < 14; i++) /* fourteen beside the station and broadcast */
        fixture->driver->model->accept_group(fixture->driver, group);
    g_assert_nonnull(strstr(fixture->driver->problem, "no room for one address more"));
}

static void
test_broken(HvnDriverFixture *fixture, gconstpointer data)
{
    g_autofree char *message = NULL;

    ((HvnTulipNic *)fixture->nic)->rom.words[20] ^= 1;
    message = hvn_driver_fixture_refuse(fixture);
    g_assert_nonnull(strstr(message, "the serial ROM ends with"));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(HvnDriverFixture *, gconstpointer);
    } tests[] = {{"start", test_start}, {"transmit", test_transmit}, {"receive", test_receive}, {"group", test_group}, {"broken", test_broken}};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/app/probe/tulip/%s", tests[i].name);

        g_test_add(path, HvnDriverFixture, NULL, set_up, tests[i].func, tear_down);
    }
    return g_test_run();
}
