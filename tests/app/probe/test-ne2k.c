/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's driver for the 8390 on the project's own RTL8029: hvn-probe-ne2k.c; and what it says of a card whose PROM is broken. */
#include "hvn-bytes.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-ne2k-pci.h"
#include "hvn-probe-driver.h"

typedef struct {
    HvnDispatcher  *dispatcher;
    HvnNic         *nic;
    HvnFakePort    *port;
    HvnLink        *link;
    HvnProbeGuest  *guest;
    HvnProbeDriver *driver;
    GPtrArray      *received;
} Fixture;

static void
received(const guint8 *frame, gsize len, gpointer data)
{
    g_ptr_array_add(((Fixture *)data)->received, g_bytes_new(frame, len));
}

static void
set_up(Fixture *fixture)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    *fixture = (Fixture){.dispatcher = hvn_dispatcher_new(NULL, clock)};
    fixture->nic = g_object_new(HVN_TYPE_NE2K_PCI, "dispatcher", fixture->dispatcher, "name", "net0", NULL);
    fixture->port = hvn_fake_port_new(fixture->dispatcher, "peer");
    fixture->link = hvn_link_new(HVN_PORT(fixture->nic), HVN_PORT(fixture->port));
    fixture->guest = hvn_probe_guest_new(fixture->nic, fixture->dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(fixture->guest, &error));
    g_assert_no_error(error);
    fixture->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    fixture->driver = hvn_probe_driver_new(fixture->guest, &error);
    g_assert_no_error(error);
}

static void
tear_down(Fixture *fixture)
{
    g_clear_pointer(&fixture->driver, hvn_probe_driver_free);
    hvn_probe_guest_power_off(fixture->guest);
    g_clear_object(&fixture->guest);
    hvn_link_disconnect(fixture->link);
    g_clear_object(&fixture->link);
    g_clear_object(&fixture->nic);
    g_clear_object(&fixture->port);
    g_clear_object(&fixture->dispatcher);
    g_clear_pointer(&fixture->received, g_ptr_array_unref);
}

static void
start(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_probe_driver_start(fixture->driver, received, fixture, &error));
    g_assert_no_error(error);
}

static gboolean
transmit(Fixture *fixture, gconstpointer bytes, gsize len)
{
    gsize room = 0;
    guint8 *buffer = fixture->driver->model->transmit_buffer(fixture->driver, &room);

    if (buffer == NULL)
        return FALSE;
    g_assert_cmpuint(room, >=, len);
    memcpy(buffer, bytes, len);
    fixture->driver->model->transmit(fixture->driver, len);
    return TRUE;
}

static void
test_start(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    Fixture fixture;

    set_up(&fixture);
    start(&fixture);
    g_assert_cmpstr(fixture.driver->facts.chip, ==, "RTL8029");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 10);
    hvn_link_set_up(fixture.link, FALSE);
    fixture.driver->model->link_refresh(fixture.driver);
    g_assert_false(fixture.driver->facts.link_up);
    tear_down(&fixture);
}

/* two places, both refilled many times; short frames are padded by the driver */
static void
test_transmit(void)
{
    guint8 bytes[1514] = {2};
    Fixture fixture;
    guint n = 0;

    set_up(&fixture);
    start(&fixture);
    for (guint round = 0; round < 200; round++) {
        for (; transmit(&fixture, bytes, 20 + n * 7 % 1495); n++)
            hvn_store_be16(bytes + 14, (guint16)(n + 1));
        fixture.driver->model->flush(fixture.driver);
        hvn_probe_guest_wait(fixture.guest, NULL, NULL, 1);
    }
    g_assert_cmpuint(n, >=, 200);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(fixture.port), ==, n);
    for (guint i = 0; i < n; i++) {
        gsize len;
        const guint8 *frame = g_bytes_get_data(hvn_fake_port_get_frame(fixture.port, i), &len);

        g_assert_cmpuint(len, ==, MAX(60, 20 + i * 7 % 1495));
        g_assert_cmpuint(hvn_load_be16(frame + 14), ==, i);
    }
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

static void
test_receive(void)
{
    guint8 bytes[1514] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    Fixture fixture;
    guint n = 0;

    set_up(&fixture);
    start(&fixture);
    for (guint round = 0; round < 20; round++) {
        while (hvn_fake_port_send_bytes(fixture.port, bytes, 60 + n * 37 % 1455))
            hvn_store_be16(bytes + 14, (guint16)++n);
        g_assert_true(hvn_port_owes_ready(HVN_PORT(fixture.nic)));
        hvn_probe_guest_wait(fixture.guest, NULL, NULL, 20);
        g_assert_cmpuint(fixture.received->len, ==, n);
    }
    for (guint i = 0; i < n; i++) {
        const guint8 *frame = g_bytes_get_data(fixture.received->pdata[i], NULL);

        g_assert_cmpuint(g_bytes_get_size(fixture.received->pdata[i]), ==, 60 + i * 37 % 1455);
        g_assert_cmpuint(hvn_load_be16(frame + 14), ==, i);
    }
    g_assert_null(fixture.driver->problem);
    tear_down(&fixture);
}

static void
test_group(void)
{
    guint8 bytes[60] = {0x33, 0x33, 0, 0, 0, 1};
    Fixture fixture;

    set_up(&fixture);
    start(&fixture);
    g_assert_true(hvn_fake_port_send_bytes(fixture.port, bytes, sizeof bytes));
    fixture.driver->model->accept_group(fixture.driver, bytes);
    g_assert_true(hvn_fake_port_send_bytes(fixture.port, bytes, sizeof bytes));
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 20);
    g_assert_cmpuint(fixture.received->len, ==, 1);
    tear_down(&fixture);
}

static void
test_broken_prom(void)
{
    static const struct {
        guint at;
        const char *message;
    } faults[] = {{2, "the PROM has 0x00 and 0x54 at 2"}, {28, "the PROM has 0x00 and 0x57 at 28"}};

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        Fixture fixture;

        set_up(&fixture);
        ((HvnNe2kNic *)fixture.nic)->memory.prom[faults[i].at] = 0;
        g_assert_false(hvn_probe_driver_start(fixture.driver, received, &fixture, &error));
        g_assert_nonnull(strstr(error->message, faults[i].message));
        tear_down(&fixture);
    }
}

/* a packet whose header makes no sense ends the matter, with what it said */
static void
test_broken_packet(void)
{
    guint8 bytes[60] = {255, 255, 255, 255, 255, 255};
    Fixture fixture;

    set_up(&fixture);
    start(&fixture);
    g_assert_true(hvn_fake_port_send_bytes(fixture.port, bytes, sizeof bytes));
    ((HvnNe2kNic *)fixture.nic)->memory.ram[(0x4c - NE2K_RAM_FIRST) * NE2K_PAGE_SIZE + 1] = 0x20;
    hvn_probe_guest_wait(fixture.guest, NULL, NULL, 20);
    g_assert_cmpuint(fixture.received->len, ==, 0);
    g_assert_cmpstr(fixture.driver->problem, ==, "the packet at page 0x4c has status 0x21, 64 bytes, and the next one at page 0x20");
    tear_down(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/ne2k/start", test_start);
    g_test_add_func("/app/probe/ne2k/transmit", test_transmit);
    g_test_add_func("/app/probe/ne2k/receive", test_receive);
    g_test_add_func("/app/probe/ne2k/group", test_group);
    g_test_add_func("/app/probe/ne2k/broken-prom", test_broken_prom);
    g_test_add_func("/app/probe/ne2k/broken-packet", test_broken_packet);
    return g_test_run();
}
