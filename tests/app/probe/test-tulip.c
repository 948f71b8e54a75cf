/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's tulip driver on the project's own model: hvn-probe-tulip.c; and what it says of a device that is broken. */
#include "hvn-bytes.h"
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-probe-driver.h"
#include "hvn-tulip-nic.h"

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
set_up(Fixture *fixture, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    *fixture = (Fixture){.dispatcher = hvn_dispatcher_new(NULL, clock)};
    fixture->nic = g_object_new(HVN_TYPE_TULIP_NIC, "dispatcher", fixture->dispatcher, "name", "net0", NULL);
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
tear_down(Fixture *fixture, gconstpointer data)
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
    hvn_dispatcher_advance(fixture->dispatcher, 0); /* the setup frame */
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
test_start(Fixture *fixture, gconstpointer data)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    start(fixture);
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

/* batches around the ring many times; a full ring refuses, and takes again */
static void
test_transmit(Fixture *fixture, gconstpointer data)
{
    guint8 bytes[1514] = {2, 0, 0, 0, 0, 1};
    guint n = 0;

    start(fixture);
    while (transmit(fixture, bytes, 60))
        n++;
    g_assert_cmpuint(n, ==, 64);
    while (n < 1000) {
        fixture->driver->model->flush(fixture->driver);
        hvn_dispatcher_advance(fixture->dispatcher, 0);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(fixture->port), ==, n);
        for (guint i = 0; i < 3 && transmit(fixture, bytes, 60 + n % 1455); i++)
            n++;
    }
    g_assert_null(fixture->driver->problem);
}

/* a full ring holds the sender until the driver has been there */
static void
test_receive(Fixture *fixture, gconstpointer data)
{
    guint8 bytes[1514] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    guint n = 0;

    start(fixture);
    for (guint round = 0; round < 20; round++) {
        while (hvn_fake_port_send_bytes(fixture->port, bytes, 60 + n * 37 % 1455))
            hvn_store_be16(bytes + 14, (guint16)++n);
        g_assert_true(hvn_port_owes_ready(HVN_PORT(fixture->nic)));
        hvn_probe_guest_wait(fixture->guest, NULL, NULL, 20);
        g_assert_cmpuint(fixture->received->len, ==, n);
    }
    for (guint i = 0; i < n; i++) {
        const guint8 *frame = g_bytes_get_data(fixture->received->pdata[i], NULL);

        g_assert_cmpuint(g_bytes_get_size(fixture->received->pdata[i]), ==, 60 + i * 37 % 1455);
        g_assert_cmpuint(hvn_load_be16(frame + 14), ==, i);
    }
    g_assert_null(fixture->driver->problem);
}

static void
test_group(Fixture *fixture, gconstpointer data)
{
    guint8 bytes[60] = {0x33, 0x33, 0, 0, 0, 1};

    start(fixture);
    g_assert_true(hvn_fake_port_send_bytes(fixture->port, bytes, sizeof bytes));
    fixture->driver->model->accept_group(fixture->driver, bytes);
    hvn_dispatcher_advance(fixture->dispatcher, 0);
    g_assert_true(hvn_fake_port_send_bytes(fixture->port, bytes, sizeof bytes));
    hvn_probe_guest_wait(fixture->guest, NULL, NULL, 20);
    g_assert_cmpuint(fixture->received->len, ==, 1);
    g_assert_null(fixture->driver->problem);
    for (guint i = 0; i < 14; i++) /* fourteen beside the station and broadcast */
        fixture->driver->model->accept_group(fixture->driver, bytes);
    g_assert_nonnull(strstr(fixture->driver->problem, "no room for one address more"));
}

static void
test_broken(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    ((HvnTulipNic *)fixture->nic)->rom.words[20] ^= 1;
    g_assert_false(hvn_probe_driver_start(fixture->driver, received, fixture, &error));
    g_assert_nonnull(strstr(error->message, "the serial ROM ends with"));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(Fixture *, gconstpointer);
    } tests[] = {{"start", test_start}, {"transmit", test_transmit}, {"receive", test_receive}, {"group", test_group}, {"broken", test_broken}};

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strdup_printf("/app/probe/tulip/%s", tests[i].name);

        g_test_add(path, Fixture, NULL, set_up, tests[i].func, tear_down);
    }
    return g_test_run();
}
