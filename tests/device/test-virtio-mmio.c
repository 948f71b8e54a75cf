/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-virtio-mmio.c and hvn-virtio-face.c with a device of one queue that only records what it is told: version 2, version 1, the line,
 * and accesses that no driver makes. */
#include "hvn-fake-bus.h"
#include "hvn-test-virtio.h"
#include "hvn-test-virtqueue.h"

#define RAM    (1u << 20)
#define QUEUE  0x10000
#define BUFFER 0x80000
#define R(x)   HVN_VIRTIO_MMIO_##x

#define NEGOTIATED (HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER | HVN_VIRTIO_STATUS_FEATURES_OK)

typedef struct {
    HvnClock         *clock;
    HvnDispatcher    *dispatcher;
    HvnFakeBus       *bus;
    TestDevice       *device;
    HvnNic           *nic;
    HvnTestVirtqueue  driver;
    HvnVirtqueueBatch batch;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    f->bus = hvn_fake_bus_new(RAM);
    f->device = g_object_new(TEST_TYPE_DEVICE, "dispatcher", f->dispatcher, "name", "net0", "variant", data, NULL);
    f->nic = HVN_NIC(f->device);
    hvn_nic_attach(f->nic, HVN_BUS(f->bus));
    hvn_fake_bus_enable_nic(f->bus, f->nic);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    g_object_unref(f->device);
    g_object_unref(f->bus);
    g_object_unref(f->dispatcher);
    hvn_clock_unref(f->clock);
}

static guint32
get(Fixture *f, guint offset)
{
    return hvn_nic_region_read(f->nic, 0, offset, 4);
}

static void
set(Fixture *f, guint offset, guint32 value)
{
    hvn_nic_region_write(f->nic, 0, offset, value, 4);
}

static gboolean
negotiate(Fixture *f, guint64 features)
{
    set(f, R(STATUS), 0);
    set(f, R(STATUS), HVN_VIRTIO_STATUS_ACKNOWLEDGE);
    set(f, R(STATUS), HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER);
    for (guint i = 0; i < 2; i++) {
        set(f, R(DRIVER_FEATURES_SEL), i);
        set(f, R(DRIVER_FEATURES), features >> i * 32 & G_MAXUINT32);
    }
    set(f, R(STATUS), NEGOTIATED);
    return (get(f, R(STATUS)) & HVN_VIRTIO_STATUS_FEATURES_OK) != 0;
}

static void
enable(Fixture *f, guint size)
{
    hvn_test_virtqueue_init(&f->driver, hvn_fake_bus_get_ram(f->bus), QUEUE, size, TEST_DEVICE_FEATURES);
    set(f, R(QUEUE_SEL), 0);
    set(f, R(QUEUE_NUM), size);
    set(f, R(QUEUE_DESC_LOW), f->driver.desc);
    set(f, R(QUEUE_DESC_HIGH), 0);
    set(f, R(QUEUE_DRIVER_LOW), f->driver.driver);
    set(f, R(QUEUE_DRIVER_HIGH), 0);
    set(f, R(QUEUE_DEVICE_LOW), f->driver.device);
    set(f, R(QUEUE_DEVICE_HIGH), 0);
    set(f, R(QUEUE_READY), 1);
    g_assert_cmpuint(get(f, R(QUEUE_READY)), ==, 1);
}

static void
up(Fixture *f)
{
    g_assert_true(negotiate(f, TEST_DEVICE_FEATURES));
    g_assert_cmphex(f->device->features, ==, TEST_DEVICE_FEATURES);
    enable(f, 16);
    g_assert_null(f->device->queue);
    set(f, R(STATUS), NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK);
    g_assert_nonnull(f->device->queue);
}

static void
use_one(Fixture *f)
{
    HvnTestPiece piece = {BUFFER, 16};

    g_assert_true(hvn_test_virtqueue_add(&f->driver, &piece, 0, 1, FALSE, 0));
    g_assert_true(hvn_virtqueue_begin(f->device->queue));
    g_assert_cmpuint(hvn_virtqueue_pop(f->device->queue, &f->batch, 1), ==, 1);
    hvn_virtqueue_push(f->device->queue, &f->batch.chains[0], 16);
    hvn_virtqueue_end(f->device->queue);
}

/* 4.2.2 */
static void
test_identity(Fixture *f, gconstpointer data)
{
    gboolean legacy = g_str_equal(data, "mmio-legacy");
    guint64 offered;

    g_assert_false(hvn_nic_is_pci(f->nic));
    g_assert_cmphex(get(f, R(MAGIC)), ==, R(MAGIC_VALUE));
    g_assert_cmpuint(get(f, R(VERSION)), ==, legacy ? 1 : 2);
    g_assert_cmpuint(get(f, R(DEVICE_ID)), ==, HVN_VIRTIO_ID_NET);
    set(f, R(DEVICE_FEATURES_SEL), 0);
    offered = get(f, R(DEVICE_FEATURES));
    set(f, R(DEVICE_FEATURES_SEL), 1);
    offered |= (guint64)get(f, R(DEVICE_FEATURES)) << 32;
    g_assert_cmphex(offered, ==, legacy ? TEST_DEVICE_FEATURES & G_MAXUINT32 : TEST_DEVICE_FEATURES);
    set(f, R(DEVICE_FEATURES_SEL), 2);
    g_assert_cmphex(get(f, R(DEVICE_FEATURES)), ==, 0);
    g_assert_cmpuint(get(f, R(QUEUE_NUM_MAX)), ==, 32);
    set(f, R(QUEUE_SEL), 0x10000); /* not queue 0 */
    g_assert_cmpuint(get(f, R(QUEUE_NUM_MAX)), ==, 0);
}

static void
test_negotiation(Fixture *f, gconstpointer data)
{
    g_assert_false(negotiate(f, TEST_DEVICE_FEATURES | 2));
    g_assert_false(negotiate(f, 5)); /* without version 1 */
    set(f, R(STATUS), NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK);
    g_assert_cmphex(get(f, R(STATUS)) & HVN_VIRTIO_STATUS_DRIVER_OK, ==, 0);
    g_assert_true(negotiate(f, HVN_VIRTIO_F_VERSION_1));
    set(f, R(DRIVER_FEATURES_SEL), 0);
    set(f, R(DRIVER_FEATURES), 1); /* too late */
    set(f, R(STATUS), NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK);
    g_assert_cmphex(f->device->features, ==, HVN_VIRTIO_F_VERSION_1);
    set(f, R(STATUS), 0x100); /* 8 bits: a reset */
    g_assert_cmphex(get(f, R(STATUS)), ==, 0);
}

/* the line is high while InterruptStatus has a bit; each bit is acknowledged for itself */
static void
test_line(Fixture *f, gconstpointer data)
{
    guint generation;

    hvn_virtio_mmio_config_changed(f->device->mmio); /* nobody listens yet */
    g_assert_false(hvn_fake_bus_get_irq(f->bus));
    up(f);
    generation = get(f, R(CONFIG_GENERATION));
    use_one(f);
    hvn_virtio_mmio_config_changed(f->device->mmio);
    g_assert_cmpuint(get(f, R(CONFIG_GENERATION)), ==, generation + 1);
    g_assert_cmphex(get(f, R(INTERRUPT_STATUS)), ==, 3);
    set(f, R(INTERRUPT_ACK), R(INT_QUEUE));
    g_assert_cmphex(get(f, R(INTERRUPT_STATUS)), ==, 2);
    g_assert_true(hvn_fake_bus_get_irq(f->bus));
    set(f, R(INTERRUPT_ACK), G_MAXUINT32);
    g_assert_false(hvn_fake_bus_get_irq(f->bus));
    use_one(f);
    set(f, R(STATUS), 0);
    g_assert_false(hvn_fake_bus_get_irq(f->bus));
    g_assert_cmphex(get(f, R(INTERRUPT_STATUS)), ==, 0);
}

/* 4.2.3.2: QueueReady 0 ends the use of a queue, 1 begins anew; addresses do not change under a queue that is used */
static void
test_queue(Fixture *f, gconstpointer data)
{
    up(f);
    set(f, R(QUEUE_NOTIFY), 0);
    set(f, R(QUEUE_NOTIFY), 1);
    set(f, R(QUEUE_NOTIFY), G_MAXUINT32);
    g_assert_cmpuint(f->device->n_kicks, ==, 1);
    set(f, R(QUEUE_DESC_LOW), 0x4000);
    set(f, R(QUEUE_NUM), 8);
    use_one(f);
    set(f, R(QUEUE_READY), 2);
    g_assert_nonnull(f->device->queue);
    set(f, R(QUEUE_READY), 0);
    g_assert_null(f->device->queue);
    g_assert_cmpuint(get(f, R(QUEUE_READY)), ==, 0);
    enable(f, 8);
    g_assert_nonnull(f->device->queue);
    use_one(f);
    g_assert_cmpuint(hvn_load_le16(hvn_fake_bus_get_ram(f->bus) + f->driver.device + 2), ==, 1);
    set(f, R(QUEUE_RESET), 1);
    g_assert_cmpuint(get(f, R(QUEUE_RESET)), ==, 0);
    g_assert_null(f->device->queue);
    set(f, R(QUEUE_NUM), 33); /* more than there can be: the size stays */
    enable(f, 32);
    use_one(f);
    set(f, R(QUEUE_SEL), 1);
    set(f, R(QUEUE_READY), 1);
    set(f, R(QUEUE_READY), 0);
    set(f, R(QUEUE_RESET), 1);
    set(f, R(QUEUE_DESC_LOW), 1);
    g_assert_nonnull(f->device->queue);
}

/* rings at a place that is no memory, or our own registers: the device asks for a reset and goes on after it */
static void
test_needs_reset(Fixture *f, gconstpointer data)
{
    static const guint64 places[] = {RAM, 1, HVN_FAKE_BUS_BAR0, G_MAXUINT64 - 15};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_assert_true(negotiate(f, TEST_DEVICE_FEATURES));
        enable(f, 16);
        set(f, R(QUEUE_READY), 0);
        set(f, R(QUEUE_DESC_LOW), places[i] & G_MAXUINT32);
        set(f, R(QUEUE_DESC_HIGH), places[i] >> 32);
        set(f, R(QUEUE_READY), 1);
        set(f, R(STATUS), NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK);
        g_assert_null(f->device->queue);
        g_assert_cmphex(get(f, R(STATUS)), ==, NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK | HVN_VIRTIO_STATUS_NEEDS_RESET);
    }
    up(f);
    set(f, R(STATUS), NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK | HVN_VIRTIO_STATUS_NEEDS_RESET);
    g_assert_cmphex(get(f, R(STATUS)), ==, NEGOTIATED | HVN_VIRTIO_STATUS_DRIVER_OK); /* that bit is the device's */
    use_one(f);
}

/* 4.2.2.2: anything but 32 bits at a multiple of 4 does nothing to a register; configuration space takes any width */
static void
test_widths(Fixture *f, gconstpointer data)
{
    static const guint sizes[] = {1, 2, 4, 8};
    guint64 errors = hvn_nic_get_guest_errors(f->nic)->total;

    up(f);
    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
        for (guint offset = 0; offset < R(CONFIG); offset++) {
            if (sizes[s] == 4 && offset % 4 == 0)
                continue;
            g_assert_cmphex(hvn_nic_region_read(f->nic, 0, offset, sizes[s]), ==, 0);
            hvn_nic_region_write(f->nic, 0, offset, 0, sizes[s]);
        }
    }
    g_assert_cmpuint(hvn_nic_get_guest_errors(f->nic)->total, >, errors);
    use_one(f);
    hvn_nic_region_write(f->nic, 0, R(CONFIG) + 3, 0x1234, 2);
    g_assert_cmphex(hvn_nic_region_read(f->nic, 0, R(CONFIG), 8), ==, G_GUINT64_CONSTANT(0x1234000000));
    g_assert_cmphex(hvn_nic_region_read(f->nic, 0, R(CONFIG) + 4, 1), ==, 0x12);
    g_assert_cmphex(get(f, R(CONFIG) + 8), ==, 0); /* behind its end */
    /* there is no shared memory (4.2.2: a length of all ones), and what is no register reads as 0 */
    set(f, R(SHM_SEL), 0);
    g_assert_cmphex(get(f, R(SHM_LEN_LOW)), ==, G_MAXUINT32);
    g_assert_cmphex(get(f, R(SHM_LEN_HIGH)), ==, G_MAXUINT32);
    g_assert_cmphex(get(f, R(SHM_BASE_HIGH)), ==, G_MAXUINT32);
    g_assert_cmphex(get(f, R(QUEUE_PFN)), ==, 0);
    g_assert_cmphex(get(f, R(QUEUE_NUM)), ==, 0);
    set(f, R(MAGIC), 1);
    g_assert_cmphex(get(f, R(MAGIC)), ==, R(MAGIC_VALUE));
}

/* 4.2.4: no FEATURES_OK, one address for a queue, kicks before DRIVER_OK */
static void
test_legacy(Fixture *f, gconstpointer data)
{
    guint8 *ram = hvn_fake_bus_get_ram(f->bus);

    set(f, R(STATUS), HVN_VIRTIO_STATUS_ACKNOWLEDGE | HVN_VIRTIO_STATUS_DRIVER);
    set(f, R(DRIVER_FEATURES_SEL), 1);
    set(f, R(DRIVER_FEATURES), G_MAXUINT32); /* there are none */
    set(f, R(DRIVER_FEATURES_SEL), 0);
    set(f, R(DRIVER_FEATURES), 0xff);
    g_assert_cmphex(f->device->features, ==, 5);
    set(f, R(GUEST_PAGE_SIZE), 4095); /* refused */
    set(f, R(GUEST_PAGE_SIZE), 8192);
    set(f, R(QUEUE_NUM), 16);
    set(f, R(QUEUE_ALIGN), 0); /* refused */
    set(f, R(QUEUE_ALIGN), 256);
    set(f, R(QUEUE_PFN), QUEUE / 8192);
    g_assert_cmphex(get(f, R(QUEUE_PFN)), ==, QUEUE / 8192);
    g_assert_null(f->device->queue);
    set(f, R(QUEUE_NOTIFY), 0);
    g_assert_nonnull(f->device->queue);
    g_assert_cmphex(get(f, R(STATUS)) & HVN_VIRTIO_STATUS_DRIVER_OK, !=, 0);

    hvn_test_virtqueue_init(&f->driver, ram, QUEUE, 16, 0);
    f->driver.device = (f->driver.driver + 6 + 2 * 16 + 255) & ~255u;
    use_one(f);
    g_assert_cmpuint(hvn_load_le16(ram + f->driver.device + 2), ==, 1);
    set(f, R(QUEUE_PFN), 0);
    g_assert_null(f->device->queue);
    set(f, R(QUEUE_READY), 1); /* not of this version */
    g_assert_null(f->device->queue);
    g_assert_cmphex(get(f, R(CONFIG_GENERATION)), ==, 0);
}

static void
test_claim(Fixture *f, gconstpointer data)
{
    static const HvnVirtioTransport transport = {NULL};

    up(f);
    g_assert_true(hvn_virtio_device_claim(HVN_VIRTIO_DEVICE(f->device), &transport, f));
    g_assert_null(f->device->queue);
    g_assert_cmphex(get(f, R(MAGIC)), ==, G_MAXUINT32);
    set(f, R(QUEUE_NOTIFY), 0);
    g_assert_cmpuint(f->device->n_kicks, ==, 0);
    hvn_virtio_device_unclaim(HVN_VIRTIO_DEVICE(f->device));
    up(f);
    use_one(f);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/virtio-mmio/identity", Fixture, "mmio", set_up, test_identity, tear_down);
    g_test_add("/device/virtio-mmio/identity-legacy", Fixture, "mmio-legacy", set_up, test_identity, tear_down);
    g_test_add("/device/virtio-mmio/negotiation", Fixture, "mmio", set_up, test_negotiation, tear_down);
    g_test_add("/device/virtio-mmio/line", Fixture, "mmio", set_up, test_line, tear_down);
    g_test_add("/device/virtio-mmio/queue", Fixture, "mmio", set_up, test_queue, tear_down);
    g_test_add("/device/virtio-mmio/needs-reset", Fixture, "mmio", set_up, test_needs_reset, tear_down);
    g_test_add("/device/virtio-mmio/widths", Fixture, "mmio", set_up, test_widths, tear_down);
    g_test_add("/device/virtio-mmio/legacy", Fixture, "mmio-legacy", set_up, test_legacy, tear_down);
    g_test_add("/device/virtio-mmio/claim", Fixture, "mmio", set_up, test_claim, tear_down);
    return g_test_run();
}
