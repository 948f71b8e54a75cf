/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-virtqueue-journal.c: a device that is killed at every point of a batch, and the next one that goes on. Each point is a copy of guest
 * memory and journal, taken where the queue has written something; the driver runs on meanwhile, or does not. */
#include "hvn-virtqueue.h"

#include "hvn-error.h"
#include "hvn-test-virtqueue.h"

#include <string.h>

#define RAM     0x20000
#define BUFFERS 0x18000
#define BUFFER  64

/* what is there when the device is gone */
typedef struct {
    guint8             *ram;
    HvnVirtqueueJournal journal;
    HvnTestVirtqueue    driver;
} World;

typedef struct {
    World        world;
    HvnVirtqueue queue;
    HvnVirtqueueOps ops;
    GPtrArray   *deaths; /* World, owned; NULL while nobody dies */
    guint64      got;    /* cookies that came back, a bit each */
    guint        n_notified;
} Device;

static World *
world_copy(const World *world)
{
    World *copy = g_new(World, 1);

    *copy = *world;
    copy->ram = g_memdup2(world->ram, RAM);
    copy->driver.ram = copy->ram;
    return copy;
}

static void
world_free(gpointer data)
{
    g_free(((World *)data)->ram);
    g_free(data);
}

static guint
device_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    if (addr > RAM || len > RAM - addr)
        return 0;
    *iov = (struct iovec){((Device *)data)->world.ram + addr, len};
    return 1;
}

static void
device_die(Device *self)
{
    if (self->deaths != NULL)
        g_ptr_array_add(self->deaths, world_copy(&self->world));
}

static void
device_dirty(gpointer data, gconstpointer host, gsize len)
{
    device_die(data);
}

static void
device_notify(gpointer data, guint index)
{
    ((Device *)data)->n_notified++;
    device_die(data);
}

static void
device_init(Device *self)
{
    self->ops = (HvnVirtqueueOps){.map = device_map, .dirty = device_dirty, .notify = device_notify};
    hvn_virtqueue_init(&self->queue, 0, &self->ops, self);
}

static HvnVirtqueueLayout
layout_of(const HvnTestVirtqueue *driver)
{
    return (HvnVirtqueueLayout){
        .size = driver->size,
        .features = driver->features,
        .areas = {{.addr = driver->desc}, {.addr = driver->driver}, {.addr = driver->device}},
    };
}

static Device *
device_new(guint64 features, guint size)
{
    Device *self = g_new0(Device, 1);
    HvnVirtqueueLayout layout;
    g_autoptr(GError) error = NULL;

    self->world.ram = g_malloc0(RAM);
    hvn_test_virtqueue_init(&self->world.driver, self->world.ram, 0, size, features);
    g_assert_cmpuint(self->world.driver.end, <, BUFFERS);
    device_init(self);
    layout = layout_of(&self->world.driver);
    g_assert_true(hvn_virtqueue_start_journaled(&self->queue, &layout, hvn_virtqueue_initial_state(features), &self->world.journal, &error));
    g_assert_no_error(error);
    return self;
}

static void
device_free(Device *self)
{
    hvn_virtqueue_clear(&self->queue);
    g_free(self->world.ram);
    g_free(self);
}

/* the next process, in the world that the one before left; NULL when the journal is of other rings */
static Device *
device_resume(const World *world)
{
    Device *self = g_new0(Device, 1);
    HvnVirtqueueLayout layout = layout_of(&world->driver);
    g_autofree World *copy = world_copy(world);
    g_autoptr(GError) error = NULL;

    self->world = *copy;
    device_init(self);
    if (hvn_virtqueue_resume(&self->queue, &layout, &self->world.journal, &error))
        return self;
    g_assert_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL);
    g_assert_false(hvn_virtqueue_is_running(&self->queue));
    device_free(self);
    return NULL;
}

/* ---- the driver ---- */

/* a chain of one to three buffers; what a cookie stands for is out until it is got */
static gboolean
driver_add(HvnTestVirtqueue *driver, guint cookie, gboolean indirect)
{
    HvnTestPiece pieces[3];
    guint n = g_test_rand_int_range(1, 4);

    for (guint i = 0; i < n; i++)
        pieces[i] = (HvnTestPiece){BUFFERS + cookie * BUFFER, BUFFER};
    return hvn_test_virtqueue_add(driver, pieces, n - 1, 1, indirect, cookie);
}

static void
driver_take(HvnTestVirtqueue *driver, guint64 *got)
{
    guint cookie;
    guint32 len;

    while (hvn_test_virtqueue_get(driver, &cookie, &len)) {
        g_assert_cmpuint(len, ==, cookie + 1);
        g_assert_false(*got & G_GUINT64_CONSTANT(1) << cookie); /* once only */
        *got |= G_GUINT64_CONSTANT(1) << cookie;
    }
}

/* the device uses up to @max chains, and writes as many bytes as their cookie says */
static guint
device_work(Device *self, guint max, guint rewind)
{
    HvnVirtqueueBatch batch;
    guint n;

    g_assert_true(hvn_virtqueue_begin(&self->queue));
    n = hvn_virtqueue_pop(&self->queue, &batch, max);
    g_assert_null(hvn_virtqueue_get_broken(&self->queue));
    for (guint i = 0; i < n; i++) {
        gsize at = (guint8 *)batch.chains[i].in[0].iov_base - self->world.ram;

        if (i + rewind >= n)
            break; /* those stay taken when the process dies */
        hvn_virtqueue_push(&self->queue, &batch.chains[i], (at - BUFFERS) / BUFFER + 1);
    }
    device_die(self);
    hvn_virtqueue_end(&self->queue);
    return n;
}

/* ---- the tests ---- */

/* whatever the world is that was left: the next device and the driver finish all that is out, each chain once */
static void
check_death(const World *world, guint64 got, guint n_out)
{
    for (guint busy = 0; busy < 2; busy++) {
        World *left = world_copy(world);
        guint64 all = got, more = 0;
        guint next = n_out;
        Device *device;

        if (busy) { /* the driver takes what it sees, and offers again, while nobody serves it */
            driver_take(&left->driver, &all);
            for (guint i = 0; i < 6 && next < 64 && driver_add(&left->driver, next, FALSE); i++)
                next++;
        }
        device = device_resume(left);
        g_assert_nonnull(device);
        while (device_work(device, 5, 0) > 0)
            ;
        driver_take(&device->world.driver, &all);
        more = next == 64 ? G_MAXUINT64 : (G_GUINT64_CONSTANT(1) << next) - 1;
        g_assert_cmphex(all, ==, more);
        g_assert_cmpuint(device->world.driver.n_free, ==, device->world.driver.size);
        device_free(device);
        world_free(left);
    }
}

static void
test_killed(gconstpointer data)
{
    guint64 features = HVN_VIRTIO_F_RING_PACKED | GPOINTER_TO_SIZE(data);
    guint n_deaths = 0;

    for (guint round = 0; round < 12; round++) {
        Device *device = device_new(features, g_test_rand_int_range(6, 17));
        guint64 got = 0;
        guint next = 0;

        while (next < 48) {
            g_autoptr(GPtrArray) deaths = g_ptr_array_new_with_free_func(world_free);
            guint n_out;

            while (next < 56 && g_test_rand_int_range(0, 5) > 0 &&
                   driver_add(&device->world.driver, next, (features & HVN_VIRTIO_F_INDIRECT_DESC) && g_test_rand_bit()))
                next++;
            n_out = next;
            device->deaths = deaths;
            device_work(device, g_test_rand_int_range(1, 6), g_test_rand_int_range(0, 2));
            device->deaths = NULL;
            for (guint i = 0; i < deaths->len; i++)
                check_death(deaths->pdata[i], got, n_out);
            n_deaths += deaths->len;
            driver_take(&device->world.driver, &got);
        }
        device_free(device);
    }
    g_test_message("%u deaths", n_deaths);
    g_assert_cmpuint(n_deaths, >, 500);
}

/* a driver that begins anew in the same place: never the old position, also when it leaves the event suppression as it was */
static void
test_begun_anew(void)
{
    guint n_seen = 0;

    for (guint n = 1; n < 60; n++) {
        Device *device = device_new(HVN_VIRTIO_F_RING_PACKED, 8), *next;
        World *left;

        for (guint i = 0; i < n; i++) {
            HvnTestPiece piece = {BUFFERS, BUFFER};
            guint cookie;
            guint32 len;

            g_assert_true(hvn_test_virtqueue_add(&device->world.driver, &piece, 0, 1, FALSE, 0));
            device_work(device, 1, 0);
            g_assert_true(hvn_test_virtqueue_get(&device->world.driver, &cookie, &len));
        }
        left = world_copy(&device->world);
        hvn_test_virtqueue_init(&left->driver, left->ram, 0, 8, HVN_VIRTIO_F_RING_PACKED);
        g_assert_null(device_resume(left));
        /* one that clears its descriptors only is seen on every other turn */
        left->ram[left->driver.device + 1] = 0x80;
        next = device_resume(left);
        if (next == NULL)
            n_seen++;
        g_clear_pointer(&next, device_free);
        world_free(left);
        device_free(device);
    }
    g_assert_cmpuint(n_seen, >=, 28);
}

/* a journal is a file: what it says is checked */
static void
test_nonsense(void)
{
    static const guint64 words[] = {
        8,                                    /* beyond the ring */
        0x7fff,
        0x8000 | 9 << 16,                     /* more chains than descriptors */
        0x8000 | 0xffff << 16,
        0x8000 | 2 << 16,                     /* chains without descriptors, as staged says */
        0x8000 | G_GUINT64_CONSTANT(8) << 32, /* the last one beyond the ring */
        G_MAXUINT64,
    };
    Device *device = device_new(HVN_VIRTIO_F_RING_PACKED, 8);

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        World *left = world_copy(&device->world);

        left->journal.progress = words[i];
        left->ram[left->driver.device + 1] = 0x80;
        memset(left->journal.staged, i % 2 == 0 ? 0 : 0xff, sizeof left->journal.staged);
        g_assert_null(device_resume(left));
        world_free(left);
    }
    device_free(device);
}

/* a split queue has its place in guest memory */
static void
test_split(void)
{
    Device *device = device_new(HVN_VIRTIO_F_RING_PACKED, 8);
    HvnVirtqueueLayout layout = layout_of(&device->world.driver);
    g_autoptr(GError) error = NULL;

    hvn_virtqueue_stop(&device->queue);
    layout.features = 0;
    g_assert_false(hvn_virtqueue_start_journaled(&device->queue, &layout, 0, &device->world.journal, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL);
    g_clear_error(&error);
    g_assert_false(hvn_virtqueue_resume(&device->queue, &layout, &device->world.journal, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL);
    device_free(device);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/device/virtqueue-journal/killed", NULL, test_killed);
    g_test_add_data_func("/device/virtqueue-journal/killed-with-everything",
                         GSIZE_TO_POINTER(HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_INDIRECT_DESC), test_killed);
    g_test_add_func("/device/virtqueue-journal/begun-anew", test_begun_anew);
    g_test_add_func("/device/virtqueue-journal/nonsense", test_nonsense);
    g_test_add_func("/device/virtqueue-journal/split", test_split);
    return g_test_run();
}
