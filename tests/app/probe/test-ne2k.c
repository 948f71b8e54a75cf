/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the 8390 on the project's own RTL8029: hvn-probe-ne2k.c; and what it says of a card whose PROM or packets are broken. */
#include "hvn-bytes.h"
#include "hvn-driver-fixture.h"
#include "hvn-ne2k-pci.h"

static void
set_up(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_set_up(fixture, HVN_TYPE_NE2K_PCI, NULL, NULL);
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
    g_assert_cmpstr(fixture->driver->facts.chip, ==, "RTL8029");
    g_assert_cmpmem(fixture->driver->facts.mac.addr, 6, mac, 6);
    g_assert_true(fixture->driver->facts.link_up);
    g_assert_cmpuint(fixture->driver->facts.speed, ==, 10);
    hvn_link_set_up(fixture->link, FALSE);
    fixture->driver->model->link_refresh(fixture->driver);
    g_assert_false(fixture->driver->facts.link_up);
}

/* two places, both refilled many times; short frames are padded by the driver */
static void
test_transmit(HvnDriverFixture *fixture, gconstpointer data)
{
    guint8 bytes[1514] = {2};
    guint n = 0;

    hvn_driver_fixture_start(fixture);
    for (guint round = 0; round < 200; round++) {
        for (; hvn_driver_fixture_transmit(fixture, bytes, 20 + n * 7 % 1495); n++)
            hvn_store_be16(bytes + 14, (guint16)(n + 1));
        fixture->driver->model->flush(fixture->driver);
        hvn_probe_guest_wait(fixture->guest, NULL, NULL, 1);
    }
    g_assert_cmpuint(n, >=, 200);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(fixture->port), ==, n);
    for (guint i = 0; i < n; i++) {
        gsize len;
        const guint8 *frame = g_bytes_get_data(hvn_fake_port_get_frame(fixture->port, i), &len);

        g_assert_cmpuint(len, ==, MAX(60, 20 + i * 7 % 1495));
        g_assert_cmpuint(hvn_load_be16(frame + 14), ==, i);
    }
    g_assert_null(fixture->driver->problem);
}

static void
test_receive(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_start(fixture);
    hvn_driver_fixture_check_receive(fixture);
}

static void
test_group(HvnDriverFixture *fixture, gconstpointer data)
{
    hvn_driver_fixture_start(fixture);
    hvn_driver_fixture_check_group(fixture);
}

static void
test_broken_prom(HvnDriverFixture *fixture, gconstpointer data)
{
    static const struct {
        guint at;
        guint8 value;
        const char *message;
    } faults[] = {{2, 0, "the PROM has 0x00 and 0x54 at 2, expected the same twice"}, {28, 0, "the PROM has 0x00 and 0x57 at 28, expected the same twice"}};
    HvnNe2kNic *nic = (HvnNe2kNic *)fixture->nic;

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        guint8 good = nic->memory.prom[faults[i].at];
        g_autofree char *message = NULL;

        nic->memory.prom[faults[i].at] = faults[i].value;
        message = hvn_driver_fixture_refuse(fixture);
        g_assert_cmpstr(message, ==, faults[i].message);
        nic->memory.prom[faults[i].at] = good;
    }
}

/* a packet whose header makes no sense ends the matter, with what it said */
static void
test_broken_packet(HvnDriverFixture *fixture, gconstpointer data)
{
    guint8 bytes[60] = {255, 255, 255, 255, 255, 255};

    hvn_driver_fixture_start(fixture);
    g_assert_true(hvn_fake_port_send_bytes(fixture->port, bytes, sizeof bytes));
    ((HvnNe2kNic *)fixture->nic)->memory.ram[(0x4c - NE2K_RAM_FIRST) * NE2K_PAGE_SIZE + 1] = 0x20;
    hvn_probe_guest_wait(fixture->guest, NULL, NULL, 20);
    g_assert_cmpuint(fixture->received->len, ==, 0);
    g_assert_cmpstr(fixture->driver->problem, ==, "the packet at page 0x4c has status 0x21, 64 bytes, and the next one at page 0x20");
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*func)(HvnDriverFixture *, gconstpointer);
    } tests[] = {{"/app/probe/ne2k/start", test_start},     {"/app/probe/ne2k/transmit", test_transmit},
                 {"/app/probe/ne2k/receive", test_receive}, {"/app/probe/ne2k/group", test_group},
                 {"/app/probe/ne2k/broken-prom", test_broken_prom}, {"/app/probe/ne2k/broken-packet", test_broken_packet}};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].path, HvnDriverFixture, NULL, set_up, tests[i].func, tear_down);
    return g_test_run();
}
