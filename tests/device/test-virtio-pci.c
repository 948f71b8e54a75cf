/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hvn-virtio-pci.c, hvn-virtio-pci-regs.c, hvn-virtio-face.c and hvn-virtio-device.c with a device of one queue that only records what
 * it is told, and a hypervisor that keeps the MSI-X table itself. What a whole device does is tested with virtio-net. */
#include "hvn-guest-memory.h"
#include "hvn-test-virtio.h"
#include "hvn-test-virtqueue.h"

#define RAM       (1u << 20)
#define QUEUE     0x10000
#define BUFFER    0x80000
#define COMMON(x) (HVN_VIRTIO_PCI_COMMON + (x))
#define OFFERED   TEST_DEVICE_FEATURES

/* ---- a hypervisor ---- */

#define TEST_TYPE_BUS (test_bus_get_type())
G_DECLARE_FINAL_TYPE(TestBus, test_bus, TEST, BUS, GObject)

struct _TestBus {
    GObject         parent_instance;
    guint8         *ram;
    HvnGuestMemory *memory;
    guint           n_messages[4];
    gboolean        pin;
};

static gboolean
test_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    return hvn_guest_memory_read(((TestBus *)bus)->memory, addr, buf, len);
}

static gboolean
test_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    return hvn_guest_memory_write(((TestBus *)bus)->memory, addr, buf, len);
}

static guint
test_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(((TestBus *)bus)->memory, addr, len, write, iov, n_iov);
}

static void
test_bus_set_irq(HvnBus *bus, gboolean level)
{
    ((TestBus *)bus)->pin = level;
}

static void
test_bus_send_msi(HvnBus *bus, guint vector)
{
    g_assert_cmpuint(vector, <, 4);
    ((TestBus *)bus)->n_messages[vector]++;
}

static gboolean
test_bus_keeps_msix(HvnBus *bus)
{
    return TRUE;
}

static void
test_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = test_bus_read;
    iface->write = test_bus_write;
    iface->map = test_bus_map;
    iface->set_irq = test_bus_set_irq;
    iface->send_msi = test_bus_send_msi;
    iface->keeps_msix = test_bus_keeps_msix;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(TestBus, test_bus, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, test_bus_iface_init))

static void
test_bus_finalize(GObject *object)
{
    TestBus *self = (TestBus *)object;

    hvn_guest_memory_free(self->memory);
    g_free(self->ram);
    G_OBJECT_CLASS(test_bus_parent_class)->finalize(object);
}

static void
test_bus_class_init(TestBusClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = test_bus_finalize;
}

static void
test_bus_init(TestBus *self)
{
    self->ram = g_malloc0(RAM);
    self->memory = hvn_guest_memory_new();
    hvn_guest_memory_add(self->memory, 0, RAM, self->ram, TRUE, NULL);
}

/* ---- the tests ---- */

typedef struct {
    HvnClock         *clock;
    HvnDispatcher    *dispatcher;
    TestBus          *bus;
    TestDevice       *device;
    HvnNic           *nic;
    HvnTestVirtqueue  driver;
    HvnVirtqueueBatch batch;
} Fixture;

static void
setup(Fixture *f)
{
    f->clock = hvn_clock_new_manual();
    f->dispatcher = hvn_dispatcher_new(NULL, f->clock);
    f->bus = g_object_new(TEST_TYPE_BUS, NULL);
    f->device = g_object_new(TEST_TYPE_DEVICE, "dispatcher", f->dispatcher, "name", "net0", "variant", "pci", NULL);
    f->nic = HVN_NIC(f->device);
    hvn_nic_attach(f->nic, HVN_BUS(f->bus));
    hvn_nic_config_write(f->nic, 4, 7, 2);
}

static void
teardown(Fixture *f)
{
    g_object_unref(f->device);
    g_object_unref(f->bus);
    g_object_unref(f->dispatcher);
    hvn_clock_unref(f->clock);
}

static guint64
get(Fixture *f, guint offset, guint size)
{
    return hvn_nic_region_read(f->nic, HVN_VIRTIO_PCI_BAR_MODERN, offset, size);
}

static void
set(Fixture *f, guint offset, guint64 value, guint size)
{
    hvn_nic_region_write(f->nic, HVN_VIRTIO_PCI_BAR_MODERN, offset, value, size);
}

static void
up(Fixture *f)
{
    hvn_test_virtqueue_init(&f->driver, f->bus->ram, QUEUE, 16, OFFERED);
    set(f, COMMON(0x14), 0, 1);
    set(f, COMMON(0x14), 3, 1);
    for (guint i = 0; i < 2; i++) {
        set(f, COMMON(0x08), i, 4);
        set(f, COMMON(0x0c), OFFERED >> i * 32 & G_MAXUINT32, 4);
    }
    set(f, COMMON(0x14), 0xb, 1);
    set(f, COMMON(0x18), 16, 2);
    set(f, COMMON(0x20), f->driver.desc, 8);
    set(f, COMMON(0x28), f->driver.driver, 8);
    set(f, COMMON(0x30), f->driver.device, 8);
    set(f, COMMON(0x1a), 1, 2);
    set(f, COMMON(0x1c), 1, 2);
    g_assert_null(f->device->queue);
    set(f, COMMON(0x14), 0xf, 1);
    g_assert_nonnull(f->device->queue);
    g_assert_cmphex(f->device->features, ==, OFFERED);
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

/* any width at any place gives the same bytes, and changes only those that are written */
static void
test_widths(void)
{
    static const guint sizes[] = {1, 2, 4, 8};
    Fixture f;

    setup(&f);
    set(&f, COMMON(0x20), G_GUINT64_CONSTANT(0x1122334455667788), 8);
    set(&f, COMMON(0x2c), 0xaabbccdd, 4);
    set(&f, COMMON(0x31), 0x99, 1);
    g_assert_cmphex(get(&f, COMMON(0x28), 8), ==, G_GUINT64_CONSTANT(0xaabbccdd00000000));
    g_assert_cmphex(get(&f, COMMON(0x30), 8), ==, 0x9900);
    for (guint s = 0; s < G_N_ELEMENTS(sizes); s++) {
        for (guint offset = 0x10; offset + sizes[s] < 0x40; offset++) {
            guint64 expected = 0;

            for (guint i = 0; i < sizes[s]; i++)
                expected |= get(&f, COMMON(offset + i), 1) << i * 8;
            g_assert_cmphex(get(&f, COMMON(offset), sizes[s]), ==, expected);
        }
    }
    g_assert_cmphex(get(&f, COMMON(0x38), 8), ==, 0);
    set(&f, HVN_VIRTIO_PCI_DEVICE + 3, 0x1234, 2);
    g_assert_cmphex(get(&f, HVN_VIRTIO_PCI_DEVICE, 8), ==, G_GUINT64_CONSTANT(0x1234000000));
    teardown(&f);
}

/* such a hypervisor never shows us the guest's unmasking: messages go out all the same, by the vector that the queue has */
static void
test_keeps_msix(void)
{
    Fixture f;

    setup(&f);
    hvn_nic_config_write(f.nic, hvn_nic_get_pci(f.nic)->msix_cap + 2, 0x8000, 2);
    set(&f, COMMON(0x10), 0, 2);
    up(&f);
    use_one(&f);
    g_assert_cmpuint(f.bus->n_messages[1], ==, 1);
    g_assert_cmpuint(f.bus->n_messages[0], ==, 0);
    g_assert_false(f.bus->pin);
    teardown(&f);
}

static void
test_intx(void)
{
    Fixture f;

    setup(&f);
    up(&f);
    use_one(&f);
    g_assert_true(f.bus->pin);
    g_assert_cmpuint(get(&f, HVN_VIRTIO_PCI_ISR, 1), ==, 1);
    g_assert_false(f.bus->pin);
    hvn_virtio_pci_config_changed(f.device->pci);
    g_assert_cmpuint(get(&f, HVN_VIRTIO_PCI_ISR, 1), ==, 2);
    teardown(&f);
}

/* kicks reach the device whatever their number; a reset takes queue and features away */
static void
test_kick_and_reset(void)
{
    Fixture f;
    guint n_resets;

    setup(&f);
    up(&f);
    set(&f, HVN_VIRTIO_PCI_NOTIFY, 0, 2);
    set(&f, HVN_VIRTIO_PCI_NOTIFY + 4, 1, 2); /* no such queue */
    g_assert_cmpuint(f.device->n_kicks, ==, 1);
    n_resets = f.device->n_resets;
    set(&f, COMMON(0x14), 0, 1);
    g_assert_cmpuint(f.device->n_resets, ==, n_resets + 1);
    g_assert_null(f.device->queue);
    g_assert_cmphex(f.device->features, ==, 0);
    g_assert_cmpuint(get(&f, COMMON(0x18), 2), ==, 32);
    teardown(&f);
}

/* a driver that breaks its queue is told to reset, once; nothing starts before it does */
static void
test_needs_reset(void)
{
    HvnTestPiece piece = {RAM, 16};
    Fixture f;

    setup(&f);
    up(&f);
    g_assert_true(hvn_test_virtqueue_add(&f.driver, &piece, 0, 1, FALSE, 0));
    g_assert_true(hvn_virtqueue_begin(f.device->queue));
    g_assert_cmpuint(hvn_virtqueue_pop(f.device->queue, &f.batch, 1), ==, 0);
    hvn_virtqueue_end(f.device->queue);
    g_assert_cmphex(get(&f, COMMON(0x14), 1), ==, 0xf | HVN_VIRTIO_STATUS_NEEDS_RESET);
    g_assert_cmpuint(get(&f, HVN_VIRTIO_PCI_ISR, 1), ==, 2);
    up(&f);
    use_one(&f);
    teardown(&f);
}

/* 2.6.1, 4.1.4.3.2: one queue begins anew while the device goes on; without the feature the register does nothing */
static void
test_queue_reset(void)
{
    Fixture f;

    setup(&f);
    up(&f);
    use_one(&f);
    set(&f, COMMON(0x3a), 0, 2);
    g_assert_nonnull(f.device->queue);
    set(&f, COMMON(0x3a), 1, 2);
    g_assert_null(f.device->queue);
    g_assert_cmpuint(get(&f, COMMON(0x3a), 2), ==, 0);
    g_assert_cmpuint(get(&f, COMMON(0x1c), 2), ==, 0);
    g_assert_cmpuint(get(&f, COMMON(0x18), 2), ==, 32);
    g_assert_cmphex(get(&f, COMMON(0x20), 8), ==, 0);
    g_assert_cmphex(get(&f, COMMON(0x14), 1), ==, 0xf);
    hvn_test_virtqueue_init(&f.driver, f.bus->ram, QUEUE, 32, OFFERED);
    set(&f, COMMON(0x20), f.driver.desc, 8);
    set(&f, COMMON(0x28), f.driver.driver, 8);
    set(&f, COMMON(0x30), f.driver.device, 8);
    set(&f, COMMON(0x1c), 1, 2);
    use_one(&f);
    g_assert_cmpuint(hvn_load_le16(f.bus->ram + f.driver.device + 2), ==, 1);
    up(&f);
    set(&f, COMMON(0x16), 7, 2); /* no such queue */
    set(&f, COMMON(0x3a), 1, 2);
    g_assert_nonnull(f.device->queue);
    teardown(&f);
}

static void
test_claim(void)
{
    static const HvnVirtioTransport transport = {NULL};
    HvnVirtioDevice *device;
    Fixture f;

    setup(&f);
    up(&f);
    device = HVN_VIRTIO_DEVICE(f.device);
    g_assert_true(hvn_virtio_device_claim(device, &transport, &f));
    g_assert_null(f.device->queue);
    g_assert_false(hvn_virtio_device_claim(device, &transport, &f));
    g_assert_cmphex(get(&f, COMMON(0x12), 2), ==, 0xffff);
    set(&f, HVN_VIRTIO_PCI_NOTIFY, 0, 2);
    g_assert_cmpuint(f.device->n_kicks, ==, 0);
    hvn_virtio_device_announce(device); /* it has nothing to say */
    hvn_virtio_device_unclaim(device);
    hvn_virtio_device_unclaim(device);
    up(&f);
    use_one(&f);
    teardown(&f);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/virtio-pci/widths", test_widths);
    g_test_add_func("/device/virtio-pci/keeps-msix", test_keeps_msix);
    g_test_add_func("/device/virtio-pci/intx", test_intx);
    g_test_add_func("/device/virtio-pci/kick-and-reset", test_kick_and_reset);
    g_test_add_func("/device/virtio-pci/needs-reset", test_needs_reset);
    g_test_add_func("/device/virtio-pci/queue-reset", test_queue_reset);
    g_test_add_func("/device/virtio-pci/claim", test_claim);
    return g_test_run();
}
