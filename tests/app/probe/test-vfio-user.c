/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's machine and its e1000 driver with a socket between them and the device: the real vfio-user server serves a device of the
 * tests' own from a thread. Waits are bounded and end as soon as what is waited for is there. Tests hvn-probe-server.c too. */
#include "hvn-fake-device.h"
#include "hvn-probe-driver.h"
#include "hvn-probe-msix.h"
#include "hvn-probe-server.h"
#include "hvn-probe-vfio-user.h"

#define PATIENCE_MS 20000

typedef struct {
    HvnDispatcher  *device_side; /* the server's thread runs it */
    HvnDispatcher  *guest_side;
    FakeDevice     *device;
    HvnProbeServer *server;
    HvnProbeGuest  *guest;
    HvnProbeDriver *driver;
    guint           received;
    guint           sent;   /* as the device counted it */
    guint           wanted; /* frames to be received */
} Fixture;

static const guint8 frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0x12, 0x34, 0x56, 0x88, 0xb5, 1, 2, 3};

static void
received(const guint8 *bytes, gsize len, gpointer data)
{
    g_assert_cmpmem(bytes, len, frame, sizeof frame);
    ((Fixture *)data)->received++;
}

static void
set_up(Fixture *f, gconstpointer data)
{
    HvnProbeAttachment *attachment;
    g_autofree char    *path = NULL;
    g_autoptr(GError)   error = NULL;

    f->device_side = hvn_dispatcher_new(NULL, NULL);
    f->guest_side = hvn_dispatcher_new(NULL, NULL);
    f->device = fake_device_new(f->device_side, FAKE_FAULT_NONE, 0x100e);
    hvn_pci_config_add_bar(hvn_nic_get_pci(HVN_NIC(f->device)), 1, 4096, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_msix(hvn_nic_get_pci(HVN_NIC(f->device)), 3, 1, 0, 1, 2048);
    f->server = hvn_probe_server_new(f->device_side, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_server_add_vfio_user(f->server, "a/b", HVN_NIC(f->device), &error));
    g_assert_no_error(error);
    hvn_probe_server_start(f->server);
    g_assert_null(hvn_probe_server_get_path(f->server, "net0"));
    path = hvn_probe_server_get_path(f->server, "a/b");
    attachment = hvn_probe_vfio_user_new(path, &error);
    g_assert_no_error(error);
    f->guest = hvn_probe_guest_new_attached(attachment, f->guest_side, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_guest_enumerate(f->guest, &error));
    g_assert_no_error(error);
    f->driver = hvn_probe_driver_new(f->guest, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_driver_start(f->driver, received, f, &error));
    g_assert_no_error(error);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->driver, hvn_probe_driver_free);
    hvn_probe_guest_power_off(f->guest);
    g_clear_pointer(&f->server, hvn_probe_server_free);
    g_assert_finalize_object(f->guest);
    g_assert_finalize_object(f->device);
    g_assert_finalize_object(f->device_side);
    g_assert_finalize_object(f->guest_side);
}

/* ---- on the server's thread ---- */

static void
count_sent(gpointer data)
{
    Fixture *f = data;

    f->sent = fake_device_get_sent(f->device)->len;
}

static void
receive_one(gpointer data)
{
    g_assert_true(fake_device_receive(((Fixture *)data)->device, frame, sizeof frame, 0x03, 0));
}

static void
send_message(gpointer data)
{
    hvn_nic_notify(HVN_NIC(((Fixture *)data)->device), 1);
}

/* ---- on the guest's ---- */

static gboolean
all_sent(gpointer data)
{
    Fixture *f = data;

    hvn_probe_server_call(f->server, count_sent, f);
    return f->sent == 3;
}

static gboolean
all_received(gpointer data)
{
    return ((Fixture *)data)->received == ((Fixture *)data)->wanted;
}

static void
test_transmit(Fixture *f, gconstpointer data)
{
    const HvnProbeDriverModel *model = f->driver->model;
    gsize                      room;

    g_assert_cmphex(f->driver->facts.mac.addr[5], ==, 0x56);
    g_assert_true(f->driver->facts.link_up);
    for (guint i = 0; i < 3; i++) {
        memcpy(model->transmit_buffer(f->driver, &room), frame, sizeof frame);
        model->transmit(f->driver, sizeof frame);
        model->flush(f->driver);
    }
    g_assert_true(hvn_probe_guest_wait(f->guest, all_sent, f, PATIENCE_MS));
    g_assert_null(f->driver->problem);
    g_assert_null(hvn_probe_guest_get_problem(f->guest));
}

/* each comes after the interrupt of the one before was served: INTx was unmasked */
static void
test_receive(Fixture *f, gconstpointer data)
{
    for (f->wanted = 1; f->wanted <= 3; f->wanted++) {
        hvn_probe_server_call(f->server, receive_one, f);
        g_assert_true(hvn_probe_guest_wait(f->guest, all_received, f, PATIENCE_MS));
    }
    g_assert_cmpuint(hvn_probe_guest_get_interrupts(f->guest), >=, 3);
    g_assert_null(f->driver->problem);
    g_assert_null(hvn_probe_guest_get_problem(f->guest));
}

static gboolean
message_came(gpointer data)
{
    return hvn_probe_guest_take_messages(((Fixture *)data)->guest) == 1u << 1;
}

/* eventfds go over when the guest switches MSI-X on, and are taken away when it switches it off */
static void
test_messages(Fixture *f, gconstpointer data)
{
    guint control = hvn_probe_msix_find(f->guest) + HVN_PROBE_MSIX_CONTROL;

    g_assert_false(hvn_probe_msix_enable(f->guest, 4));
    for (guint i = 0; i < 2; i++) {
        g_assert_true(hvn_probe_msix_enable(f->guest, 2));
        hvn_probe_server_call(f->server, send_message, f);
        g_assert_true(hvn_probe_guest_wait(f->guest, message_came, f, PATIENCE_MS));
        hvn_probe_guest_write_config(f->guest, control, 0, 2);
        hvn_probe_server_call(f->server, send_message, f);
        g_assert_false(hvn_probe_guest_wait(f->guest, message_came, f, 1));
    }
    g_assert_null(hvn_probe_guest_get_problem(f->guest));
}

/* a server that goes leaves a slot that reads ones, and a reason */
static void
test_gone(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->server, hvn_probe_server_free);
    g_assert_cmphex(hvn_probe_guest_read(f->guest, 0, 8), ==, G_MAXUINT32);
    g_assert_cmphex(hvn_probe_guest_read_config(f->guest, 0, 2), ==, 0xffff);
    hvn_probe_guest_write(f->guest, 0, 8, 1);
    g_assert_nonnull(strstr(hvn_probe_guest_get_problem(f->guest), "the server "));
}

static void
test_nobody(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(hvn_probe_vfio_user_new("/nonexistent/socket", &error));
    g_assert_nonnull(strstr(error->message, "cannot connect to '/nonexistent/socket'"));
}

#define ADD(name, func) g_test_add("/app/probe/vfio-user/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("transmit", test_transmit);
    ADD("receive", test_receive);
    ADD("messages", test_messages);
    ADD("gone", test_gone);
    g_test_add_func("/app/probe/vfio-user/nobody", test_nobody);
    return g_test_run();
}
