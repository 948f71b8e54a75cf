/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's machine and its virtio-net driver, with the rings behind the real vhost-user server: the project's model of the device,
 * served from a thread, against a port that keeps what it gets. Waits are bounded and end as soon as what is waited for is there. Tests
 * hvn-probe-front-end.c and hvn-probe-vhost-user.c. */
#include "hvn-fake-port.h"
#include "hvn-link.h"
#include "hvn-probe-driver.h"
#include "hvn-probe-server.h"
#include "hvn-probe-vhost-user.h"
#include "hvn-virtio-net-nic.h"

#define PATIENCE_MS 20000
#define N_FRAMES    300 /* more than a ring has descriptors */

typedef struct {
    HvnDispatcher  *device_side; /* the server's thread runs it */
    HvnDispatcher  *guest_side;
    HvnNic         *nic;
    HvnFakePort    *backend;
    HvnLink        *link;
    HvnProbeServer *server;
    HvnProbeGuest  *guest;
    HvnProbeDriver *driver;
    guint           received;
    guint           sent; /* as the backend counted it */
    guint           wanted; /* of both */
} Fixture;

static const guint8 frame[60] = {0x52, 0x54, 0, 0x12, 0x34, 0x57, 0x52, 0x55, 10, 0, 2, 2, 0x88, 0xb5, 1, 2, 3};

static void
received(const guint8 *bytes, gsize len, gpointer data)
{
    g_assert_cmpmem(bytes, len, frame, sizeof frame);
    ((Fixture *)data)->received++;
}

static void
start_guest(Fixture *f)
{
    g_autofree char    *path = hvn_probe_server_get_path(f->server, "net0");
    g_autoptr(GError)   error = NULL;
    HvnProbeAttachment *attachment = hvn_probe_vhost_user_new(path, f->guest_side, NULL, &error);

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
stop_guest(Fixture *f)
{
    g_clear_pointer(&f->driver, hvn_probe_driver_free);
    hvn_probe_guest_power_off(f->guest);
    g_assert_finalize_object(f->guest);
}

static void
set_up(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    f->device_side = hvn_dispatcher_new(NULL, NULL);
    f->guest_side = hvn_dispatcher_new(NULL, NULL);
    f->nic = g_object_new(HVN_TYPE_VIRTIO_NET_NIC, "dispatcher", f->device_side, "name", "net0", "mac", "52:54:00:12:34:57", NULL);
    f->backend = hvn_fake_port_new(f->device_side, "backend");
    f->link = hvn_link_new(HVN_PORT(f->nic), HVN_PORT(f->backend));
    f->server = hvn_probe_server_new(f->device_side, &error);
    g_assert_no_error(error);
    g_assert_true(hvn_probe_server_add_vhost_user(f->server, "net0", HVN_VIRTIO_DEVICE(f->nic), &error));
    g_assert_no_error(error);
    hvn_probe_server_start(f->server);
    start_guest(f);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    stop_guest(f);
    g_clear_pointer(&f->server, hvn_probe_server_free);
    hvn_link_disconnect(f->link);
    g_assert_finalize_object(f->link);
    g_assert_finalize_object(f->backend);
    g_assert_finalize_object(f->nic);
    g_assert_finalize_object(f->device_side);
    g_assert_finalize_object(f->guest_side);
}

/* ---- on the server's thread ---- */

static void
count_sent(gpointer data)
{
    Fixture *f = data;

    f->sent = hvn_fake_port_get_n_frames(f->backend);
    if (f->sent > 0)
        g_assert_cmpmem(g_bytes_get_data(hvn_fake_port_get_frame(f->backend, 0), NULL), sizeof frame, frame, sizeof frame);
}

static void
receive_one(gpointer data)
{
    g_assert_true(hvn_fake_port_send_bytes(((Fixture *)data)->backend, frame, sizeof frame));
}

/* ---- on the guest's ---- */

static gboolean
all_sent(gpointer data)
{
    Fixture *f = data;

    hvn_probe_server_call(f->server, count_sent, f);
    return f->sent == f->wanted;
}

static gboolean
all_received(gpointer data)
{
    return ((Fixture *)data)->received == ((Fixture *)data)->wanted;
}

static void
send_and_receive(Fixture *f, guint n)
{
    const HvnProbeDriverModel *model = f->driver->model;
    gsize                      room;

    for (guint i = 0; i < n; i++) {
        guint8 *buffer = model->transmit_buffer(f->driver, &room);

        for (guint tries = 0; buffer == NULL && tries < PATIENCE_MS; tries++) {
            hvn_probe_guest_wait(f->guest, NULL, NULL, 1);
            buffer = model->transmit_buffer(f->driver, &room);
        }
        g_assert_nonnull(buffer);
        memcpy(buffer, frame, sizeof frame);
        model->transmit(f->driver, sizeof frame);
        model->flush(f->driver);
        hvn_probe_server_call(f->server, receive_one, f);
        f->wanted++;
        if (i % 8 == 0)
            g_assert_true(hvn_probe_guest_wait(f->guest, all_received, f, PATIENCE_MS));
    }
    g_assert_true(hvn_probe_guest_wait(f->guest, all_received, f, PATIENCE_MS));
    g_assert_true(hvn_probe_guest_wait(f->guest, all_sent, f, PATIENCE_MS));
    g_assert_null(f->driver->problem);
    g_assert_null(hvn_probe_guest_get_problem(f->guest));
}

/* configuration space is the device's own, both rings go round */
static void
test_traffic(Fixture *f, gconstpointer data)
{
    g_assert_cmphex(f->driver->facts.mac.addr[5], ==, 0x57);
    g_assert_true(f->driver->facts.link_up);
    g_assert_cmphex(f->driver->facts.features & HVN_VIRTIO_NET_F_MRG_RXBUF, !=, 0);
    send_and_receive(f, N_FRAMES);
    g_assert_cmpuint(hvn_probe_guest_get_interrupts(f->guest), >, 0);
}

/* the driver is started anew, then another guest comes */
static void
test_again(Fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    send_and_receive(f, 2);
    g_clear_pointer(&f->driver, hvn_probe_driver_free);
    f->driver = hvn_probe_driver_new(f->guest, &error);
    g_assert_true(hvn_probe_driver_start(f->driver, received, f, &error));
    g_assert_no_error(error);
    send_and_receive(f, 2);
    stop_guest(f);
    start_guest(f);
    send_and_receive(f, 2);
}

static void
test_gone(Fixture *f, gconstpointer data)
{
    g_clear_pointer(&f->server, hvn_probe_server_free);
    f->driver->model->link_refresh(f->driver);
    g_assert_nonnull(strstr(hvn_probe_guest_get_problem(f->guest), "the server "));
}

static void
test_nobody(void)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(GError)        error = NULL;

    g_assert_null(hvn_probe_vhost_user_new("/nonexistent/socket", dispatcher, NULL, &error));
    g_assert_nonnull(strstr(error->message, "cannot connect to '/nonexistent/socket'"));
}

#define ADD(name, func) g_test_add("/app/probe/vhost-user/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("traffic", test_traffic);
    ADD("again", test_again);
    ADD("gone", test_gone);
    g_test_add_func("/app/probe/vhost-user/nobody", test_nobody);
    return g_test_run();
}
