/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's pcnet driver on the project's own model, and what it says of a device whose address PROM is broken. */
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-probe-driver.h"
#include "hvn-pcnet-nic.h"
#include "hvn-test-frames.h"

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
    fixture->nic = g_object_new(HVN_TYPE_PCNET_NIC, "dispatcher", fixture->dispatcher, "name", "net0", NULL);
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
    g_assert_cmpstr(fixture.driver->facts.chip, ==, "Am79C970A");
    g_assert_cmpmem(fixture.driver->facts.mac.addr, 6, mac, 6);
    g_assert_true(fixture.driver->facts.link_up);
    g_assert_true(fixture.driver->facts.full_duplex);
    g_assert_cmpuint(fixture.driver->facts.speed, ==, 10);
    tear_down(&fixture);
}

/* batches around the ring many times; a full ring refuses, and takes again */
static void
test_transmit(void)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 17, .payload_len = 30});
    guint n = 0, places;
    Fixture fixture;

    set_up(&fixture);
    start(&fixture);
    for (places = 0; transmit(&fixture, frame->data, frame->len); places++)
        ;
    g_assert_cmpuint(places, ==, 64);
    for (n = places; n < 1000;) {
        fixture.driver->model->flush(fixture.driver);
        hvn_dispatcher_advance(fixture.dispatcher, 0);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(fixture.port), ==, n);
        for (guint i = 0; i < 3 && transmit(&fixture, frame->data, frame->len); i++)
            n++;
    }
    for (guint i = 0; i < hvn_fake_port_get_n_frames(fixture.port); i++)
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(fixture.port, i)), ==, frame->len);
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
test_broken(void)
{
    static const struct {
        guint byte;
        const char *message;
    } faults[] = {{14, "signature 0x57ff"}, {5, "sum 0x0201"}};

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        Fixture fixture;

        set_up(&fixture);
        ((HvnPcnetNic *)fixture.nic)->aprom[faults[i].byte] = 0xff;
        g_assert_false(hvn_probe_driver_start(fixture.driver, received, &fixture, &error));
        g_assert_nonnull(strstr(error->message, faults[i].message));
        tear_down(&fixture);
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
