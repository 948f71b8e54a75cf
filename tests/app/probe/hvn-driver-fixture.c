/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A probe driver on the project's own model; see hvn-driver-fixture.h. */
#include "hvn-driver-fixture.h"

#include "hvn-bytes.h"
#include "hvn-test-frames.h"

#define ROUNDS   20
#define N_FRAMES 1000

static void
driver_fixture_received(const guint8 *frame, gsize len, gpointer data)
{
    g_ptr_array_add(((HvnDriverFixture *)data)->received, g_bytes_new(frame, len));
}

void
hvn_driver_fixture_set_up(HvnDriverFixture *self, GType type, const char *property, const char *value)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(GError) error = NULL;

    *self = (HvnDriverFixture){.dispatcher = hvn_dispatcher_new(NULL, clock)};
    self->nic = g_object_new(type, "dispatcher", self->dispatcher, "name", "net0", property, value, NULL);
    self->port = hvn_fake_port_new(self->dispatcher, "peer");
    self->link = hvn_link_new(HVN_PORT(self->nic), HVN_PORT(self->port));
    self->guest = hvn_probe_guest_new(self->nic, self->dispatcher, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(self->guest, &error));
    g_assert_no_error(error);
    self->received = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    self->driver = hvn_probe_driver_new(self->guest, &error);
    g_assert_no_error(error);
}

void
hvn_driver_fixture_tear_down(HvnDriverFixture *self)
{
    g_clear_pointer(&self->driver, hvn_probe_driver_free);
    hvn_probe_guest_power_off(self->guest);
    g_clear_object(&self->guest);
    hvn_link_disconnect(self->link);
    g_clear_object(&self->link);
    g_clear_object(&self->nic);
    g_clear_object(&self->port);
    g_clear_object(&self->dispatcher);
    g_clear_pointer(&self->received, g_ptr_array_unref);
}

void
hvn_driver_fixture_start(HvnDriverFixture *self)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(hvn_probe_driver_start(self->driver, driver_fixture_received, self, &error));
    g_assert_no_error(error);
    hvn_dispatcher_advance(self->dispatcher, 0);
}

char *
hvn_driver_fixture_refuse(HvnDriverFixture *self)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_probe_driver_start(self->driver, driver_fixture_received, self, &error));
    return g_strdup(error->message);
}

gboolean
hvn_driver_fixture_transmit(HvnDriverFixture *self, gconstpointer bytes, gsize len)
{
    gsize room = 0;
    guint8 *buffer = self->driver->model->transmit_buffer(self->driver, &room);

    if (buffer == NULL)
        return FALSE;
    g_assert_cmpuint(room, >=, len);
    memcpy(buffer, bytes, len);
    self->driver->model->transmit(self->driver, len);
    return TRUE;
}

void
hvn_driver_fixture_check_transmit(HvnDriverFixture *self, guint n_places)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&(HvnTestFrame){.ip_version = 4, .protocol = 17, .payload_len = 30});
    guint n = 0;

    while (hvn_driver_fixture_transmit(self, frame->data, frame->len))
        n++;
    g_assert_cmpuint(n, ==, n_places);
    while (n < N_FRAMES) {
        self->driver->model->flush(self->driver);
        hvn_dispatcher_advance(self->dispatcher, 0);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(self->port), ==, n);
        for (guint i = 0; i < 3 && hvn_driver_fixture_transmit(self, frame->data, frame->len); i++)
            n++;
    }
    for (guint i = 0; i < hvn_fake_port_get_n_frames(self->port); i++)
        g_assert_cmpuint(g_bytes_get_size(hvn_fake_port_get_frame(self->port, i)), ==, frame->len);
    g_assert_null(self->driver->problem);
}

void
hvn_driver_fixture_check_receive(HvnDriverFixture *self)
{
    guint8 bytes[1514] = {255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 0x88, 0xb5};
    guint n = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        while (hvn_fake_port_send_bytes(self->port, bytes, 60 + n * 37 % 1455))
            hvn_store_be16(bytes + 14, (guint16)++n);
        g_assert_true(hvn_port_owes_ready(HVN_PORT(self->nic)));
        hvn_probe_guest_wait(self->guest, NULL, NULL, 20);
        g_assert_cmpuint(self->received->len, ==, n);
    }
    for (guint i = 0; i < n; i++) {
        const guint8 *frame = g_bytes_get_data(self->received->pdata[i], NULL);

        g_assert_cmpuint(g_bytes_get_size(self->received->pdata[i]), ==, 60 + i * 37 % 1455);
        g_assert_cmpuint(hvn_load_be16(frame + 14), ==, i);
    }
    g_assert_null(self->driver->problem);
}

void
hvn_driver_fixture_check_group(HvnDriverFixture *self)
{
    guint8 bytes[60] = {0x33, 0x33, 0, 0, 0, 1};

    g_assert_true(hvn_fake_port_send_bytes(self->port, bytes, sizeof bytes));
    self->driver->model->accept_group(self->driver, bytes);
    hvn_dispatcher_advance(self->dispatcher, 0);
    g_assert_true(hvn_fake_port_send_bytes(self->port, bytes, sizeof bytes));
    hvn_probe_guest_wait(self->guest, NULL, NULL, 20);
    g_assert_cmpuint(self->received->len, ==, 1);
    g_assert_null(self->driver->problem);
}
