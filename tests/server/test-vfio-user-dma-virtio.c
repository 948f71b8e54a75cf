/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio-net over memory that the client does not share (hvn-virtio-remote.c in core/device, over hvn-vfio-user-dma.c): split and packed
 * rings, with and without event indexes and indirect tables, MSI-X and INTx; a client that answers late; kicks that are not lost. */

#include "hvn-vfio-machine.h"
#include "hvn-virtqueue.h"

#include <errno.h>
#include <string.h>

typedef struct {
    HvnClock      *clock;
    HvnDispatcher *dispatcher;
    HvnVfioMachine machine;
} Fixture;

typedef struct {
    const char *name;
    guint64     features;
    gboolean    intx;
} Variant;

static const Variant variants[] = {
    {"split", 0, FALSE},
    {"split-event-idx", HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_INDIRECT_DESC, FALSE},
    {"packed", HVN_VIRTIO_F_RING_PACKED, FALSE},
    {"packed-event-idx", HVN_VIRTIO_F_RING_PACKED | HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_INDIRECT_DESC, FALSE},
    {"split-intx", 0, TRUE},
};

static void
ignore_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    g_assert_cmphex(level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING), ==, 0);
}

static void
fixture_set_up(Fixture *f, gconstpointer data)
{
    const Variant *variant = data;

    g_log_set_default_handler(ignore_message, NULL);
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    hvn_vfio_machine_init(&f->machine, f->dispatcher, "virtio-net");
    f->machine.private = TRUE;
    f->machine.features = variant->features;
    f->machine.intx = variant->intx;
    hvn_vfio_machine_connect(&f->machine);
    hvn_vfio_machine_enable(&f->machine);
    hvn_vfio_machine_start(&f->machine);
}

static void
fixture_tear_down(Fixture *f, gconstpointer data)
{
    hvn_vfio_machine_clear(&f->machine);
    g_clear_object(&f->dispatcher);
    hvn_clock_unref(f->clock);
}

static void
expect_status(Fixture *f)
{
    g_assert_cmphex(hvn_vfio_machine_read(&f->machine, 0x14, 1), ==, 0xf);
}

static void
test_traffic(Fixture *f, gconstpointer data)
{
    for (guint i = 0; i < 60; i++)
        hvn_vfio_machine_expect_traffic(&f->machine);
    expect_status(f);
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->machine.nic), ==, 0);
}

/* when all is done the device rests: it does not go on asking for its rings */
static void
test_rests(Fixture *f, gconstpointer data)
{
    guint before;

    hvn_vfio_machine_expect_traffic(&f->machine);
    hvn_vfio_client_settle(&f->machine.client);
    before = f->machine.client.n_served;
    for (guint i = 0; i < 50; i++)
        hvn_vfio_client_settle(&f->machine.client);
    g_assert_cmpuint(f->machine.client.n_served, ==, before);
}

/* a driver that adds a second frame at every point between the device's messages, and kicks when it is asked to: it is not left behind */
static void
test_no_kick_is_lost(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    guint8         *ram = m->client.ram;

    hvn_fake_port_set_recording(m->port, FALSE);
    for (guint gap = 1; gap < 40; gap++) {
        guint sent = 0;

        hvn_fake_port_clear(m->port);
        m->client.ram = NULL;
        for (guint step = 0; step < 80; step++) {
            GByteArray *request;

            if (step == 0 || step == gap) {
                hvn_vfio_machine_send(m, "kick");
                sent++;
            }
            hvn_dispatcher_iterate(f->dispatcher, FALSE);
            hvn_vfio_client_pump(&m->client);
            request = g_queue_pop_head(&m->client.requests);
            if (request != NULL) {
                hvn_vfio_client_serve(&m->client, request, m->ram, HVN_VFIO_MACHINE_RAM);
                g_byte_array_unref(request);
            }
        }
        m->client.ram = ram;
        hvn_vfio_client_settle(&m->client);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(m->port), ==, sent);
        g_assert_true(hvn_vfio_machine_is_done(m, m->sent - 1));
    }
    expect_status(f);
}

/* registers are answered at once while the device waits; a reset ends it, and the next driver begins anew */
static void
test_reset_while_waiting(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    guint8         *ram = m->client.ram;

    for (guint i = 0; i < 3; i++) {
        m->client.ram = NULL;
        hvn_vfio_machine_send(m, "waits");
        hvn_vfio_machine_offer(m, "waits");
        hvn_vfio_client_settle(&m->client);
        g_assert_cmpuint(m->client.requests.length, >, 0);
        expect_status(f);
        hvn_vfio_machine_write(m, 0x14, 0, 1);
        g_assert_cmphex(hvn_vfio_machine_read(m, 0x14, 1), ==, 0);
        m->client.ram = ram;
        hvn_vfio_client_settle(&m->client);
        g_assert_cmpuint(hvn_fake_port_get_n_frames(m->port), ==, 0);
        hvn_vfio_machine_start(m);
        hvn_vfio_machine_expect_traffic(m);
    }
}

/* bus mastering off and on again: the queues go on where they were */
static void
test_bus_mastering(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;

    for (guint i = 0; i < 5; i++)
        hvn_vfio_machine_expect_traffic(m);
    hvn_vfio_client_write(&m->client, 7, 4, 3, 2, FALSE);
    hvn_vfio_client_settle(&m->client);
    hvn_vfio_client_write(&m->client, 7, 4, 7, 2, FALSE);
    hvn_vfio_client_settle(&m->client);
    for (guint i = 0; i < 5; i++)
        hvn_vfio_machine_expect_traffic(m);
    expect_status(f);
}

/* a refused read is memory that is not there: the driver is told to reset, and can */
static void
test_refused(Fixture *f, gconstpointer data)
{
    HvnVfioMachine *m = &f->machine;
    guint8         *ram = m->client.ram;
    GByteArray     *request;

    m->client.ram = NULL;
    hvn_vfio_machine_send(m, "refused");
    while ((request = hvn_vfio_client_take_request(&m->client)) != NULL) {
        hvn_vfio_client_refuse(&m->client, request, EFAULT);
        g_byte_array_unref(request);
    }
    g_assert_cmphex(hvn_vfio_machine_read(m, 0x14, 1) & 0x40, ==, 0x40);
    m->client.ram = ram;
    hvn_vfio_machine_start(m);
    hvn_vfio_machine_expect_traffic(m);
}

static void
add(const char *name, void (*func)(Fixture *, gconstpointer))
{
    for (guint i = 0; i < G_N_ELEMENTS(variants); i++) {
        g_autofree char *path = g_strdup_printf("/server/vfio-user-dma-virtio/%s/%s", variants[i].name, name);

        g_test_add(path, Fixture, &variants[i], fixture_set_up, func, fixture_tear_down);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("traffic", test_traffic);
    add("rests", test_rests);
    add("no-kick-is-lost", test_no_kick_is_lost);
    add("reset-while-waiting", test_reset_while_waiting);
    add("bus-mastering", test_bus_mastering);
    add("refused", test_refused);
    return g_test_run();
}
