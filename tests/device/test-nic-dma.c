/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A NIC on a bus whose memory is not always there: what is pending is no error, rings give what is there, what tells of written data waits
 * until that is seen, and views write only what is stored. */
#include "hvn-bytes.h"
#include "hvn-irq-cause.h"
#include "hvn-ring.h"
#include "hvn-test-nic.h"

#include <string.h>

#define RAM 32768

/* memory below @here is there, above it is on its way */
#define SLOW_TYPE_BUS (slow_bus_get_type())
G_DECLARE_FINAL_TYPE(SlowBus, slow_bus, SLOW, BUS, GObject)

struct _SlowBus {
    GObject  parent_instance;
    guint8   ram[RAM];
    guint64  here;
    gboolean missed;
    gboolean irq;
    guint    n_forgotten;
    guint    n_maps;
    guint64  writes;
    guint64  seen;
};

static void
slow_bus_iface_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(SlowBus, slow_bus, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, slow_bus_iface_init))

static gboolean
slow_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    SlowBus *self = (SlowBus *)bus;

    if (addr >= RAM || len > RAM - addr)
        return FALSE;
    if (addr + len > self->here) {
        self->missed = TRUE;
        return FALSE;
    }
    memcpy(buf, self->ram + addr, len);
    return TRUE;
}

static gboolean
slow_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    SlowBus *self = (SlowBus *)bus;

    self->writes++;
    memcpy(self->ram + addr, buf, len);
    return TRUE;
}

static guint
slow_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    SlowBus *self = (SlowBus *)bus;

    self->n_maps++;
    iov[0] = (struct iovec){self->ram + addr, len};
    return 1;
}

static void
slow_bus_release(HvnBus *bus)
{
    ((SlowBus *)bus)->missed = FALSE;
}

static void
slow_bus_set_irq(HvnBus *bus, gboolean level)
{
    ((SlowBus *)bus)->irq = level;
}

static gboolean
slow_bus_is_pending(HvnBus *bus)
{
    return ((SlowBus *)bus)->missed;
}

static void
slow_bus_forget(HvnBus *bus)
{
    ((SlowBus *)bus)->n_forgotten++;
}

static guint64
slow_bus_get_writes(HvnBus *bus, gboolean seen)
{
    return seen ? ((SlowBus *)bus)->seen : ((SlowBus *)bus)->writes;
}

static void
slow_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = slow_bus_read;
    iface->write = slow_bus_write;
    iface->map = slow_bus_map;
    iface->release = slow_bus_release;
    iface->set_irq = slow_bus_set_irq;
    iface->is_pending = slow_bus_is_pending;
    iface->forget = slow_bus_forget;
    iface->get_writes = slow_bus_get_writes;
}

static void
slow_bus_class_init(SlowBusClass *klass)
{
}

static void
slow_bus_init(SlowBus *self)
{
}

typedef struct {
    HvnDispatcher *dispatcher;
    SlowBus       *bus;
    HvnNic        *nic;
} Fixture;

static void
set_up(Fixture *f, gconstpointer data)
{
    f->dispatcher = hvn_test_nic_dispatcher();
    f->bus = g_object_new(SLOW_TYPE_BUS, NULL);
    f->nic = g_object_new(HVN_TYPE_TEST_NIC, "dispatcher", f->dispatcher, "name", "net0", NULL);
    hvn_nic_attach(f->nic, HVN_BUS(f->bus));
    hvn_nic_config_write(f->nic, 4, HVN_PCI_COMMAND_MEMORY | HVN_PCI_COMMAND_MASTER, 2);
}

static void
tear_down(Fixture *f, gconstpointer data)
{
    hvn_nic_detach(f->nic);
    g_object_unref(f->nic);
    g_object_unref(f->bus);
    g_object_unref(f->dispatcher);
}

static void
test_pending_is_no_error(Fixture *f, gconstpointer data)
{
    guint8 bytes[16];

    g_assert_true(hvn_nic_get_bus(f->nic) == HVN_BUS(f->bus));
    g_assert_false(hvn_nic_dma_read(f->nic, 0x1000, bytes, sizeof bytes));
    g_assert_true(hvn_nic_dma_is_pending(f->nic));
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->nic), ==, 0);
    hvn_nic_dma_release(f->nic);
    g_assert_false(hvn_nic_dma_is_pending(f->nic));
    g_assert_false(hvn_nic_dma_read(f->nic, RAM, bytes, sizeof bytes)); /* not memory at all */
    g_assert_false(hvn_nic_dma_is_pending(f->nic));
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->nic), ==, 1);
    f->bus->here = RAM;
    g_assert_true(hvn_nic_dma_read(f->nic, 0x1000, bytes, sizeof bytes));
    g_assert_false(hvn_nic_can_wait_for_dma(f->nic)); /* this model has no such function */
    hvn_nic_dma_arrived(f->nic);
}

/* reset, and bus mastering off: nothing that was read ahead is of use */
static void
test_forget(Fixture *f, gconstpointer data)
{
    guint before = f->bus->n_forgotten;

    hvn_nic_reset(f->nic, HVN_NIC_RESET_SOFTWARE);
    g_assert_cmpuint(f->bus->n_forgotten, ==, before + 1);
    hvn_nic_config_write(f->nic, 4, HVN_PCI_COMMAND_MEMORY, 2);
    g_assert_cmpuint(f->bus->n_forgotten, ==, before + 2);
    hvn_nic_dma_forget(f->nic);
    g_assert_cmpuint(f->bus->n_forgotten, ==, before + 3);
}

static void
test_ring_gives_what_is_there(Fixture *f, gconstpointer data)
{
    HvnRing ring;
    guint8  buf[8 * 16];

    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 0, 6, 16));
    g_assert_cmpuint(hvn_ring_fetch(&ring, f->nic, 0, buf, 8), ==, 0);
    g_assert_true(hvn_nic_dma_is_pending(f->nic));
    hvn_nic_dma_release(f->nic);
    f->bus->here = 0x1035; /* three and a bit */
    g_assert_cmpuint(hvn_ring_fetch(&ring, f->nic, 0, buf, 8), ==, 3);
    g_assert_true(hvn_nic_dma_is_pending(f->nic));
    hvn_nic_dma_release(f->nic);
    f->bus->here = 0x1060;
    g_assert_cmpuint(hvn_ring_fetch(&ring, f->nic, 0, buf, 8), ==, 6);
    g_assert_false(hvn_nic_dma_is_pending(f->nic));
    f->bus->here = 0x1070; /* over the end: the first part is not there */
    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 6, 2, 16));
    g_assert_cmpuint(hvn_ring_fetch(&ring, f->nic, 0, buf, 8), ==, 1);
    g_assert_cmpuint(hvn_nic_get_dma_errors(f->nic), ==, 0);
    hvn_nic_dma_release(f->nic);
    g_assert_true(hvn_ring_is_at(&ring, &ring));
}

static void
test_ring_elsewhere(Fixture *f, gconstpointer data)
{
    HvnRing ring, before;

    g_assert_true(hvn_ring_set(&before, 0x1000, 8, 2, 3, 16));
    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 2, 7, 16));
    g_assert_true(hvn_ring_is_at(&ring, &before)); /* the tail is the driver's */
    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 3, 7, 16));
    g_assert_false(hvn_ring_is_at(&ring, &before));
    g_assert_true(hvn_ring_set(&ring, 0x2000, 8, 2, 7, 16));
    g_assert_false(hvn_ring_is_at(&ring, &before));
}

static void
test_view_writes_what_is_stored(Fixture *f, gconstpointer data)
{
    HvnRing     ring;
    HvnRingView view;

    g_assert_true(hvn_ring_set(&ring, 0x1000, 8, 0, 6, 16));
    g_assert_true(hvn_nic_dma_needs_release(f->nic));
    hvn_ring_open_view(&ring, f->nic, 4, &view);
    g_assert_cmpuint(f->bus->n_maps, ==, 0);
    hvn_ring_view_store8(&view, 1, 12, 0x5a);
    hvn_ring_view_store64(&view, 2, 8, G_GUINT64_CONSTANT(0x1122334455667788), 1);
    g_assert_cmpuint(f->bus->writes, ==, 3);
    g_assert_cmphex(f->bus->ram[0x101c], ==, 0x5a);
    g_assert_cmphex(hvn_load_le64(f->bus->ram + 0x1028), ==, G_GUINT64_CONSTANT(0x1122334455667788));
}

/* causes of data come when it is seen; those that come meanwhile wait for their own, and do not put off the first */
static void
test_causes_wait(Fixture *f, gconstpointer data)
{
    HvnIrqCause cause;

    hvn_irq_cause_init(&cause, f->nic);
    hvn_irq_cause_set_mask(&cause, G_MAXUINT32);
    hvn_irq_cause_raise_for_data(&cause, 1); /* nothing was written: at once */
    g_assert_cmphex(cause.cause, ==, 1);
    hvn_irq_cause_clear(&cause, 1);
    f->bus->writes = 3;
    hvn_irq_cause_raise_for_data(&cause, 2);
    f->bus->writes = 5;
    hvn_irq_cause_raise_for_data(&cause, 4);
    f->bus->writes = 6;
    hvn_irq_cause_raise_for_data(&cause, 8);
    hvn_irq_cause_raise(&cause, 16); /* of no data */
    g_assert_cmphex(cause.cause, ==, 16);
    hvn_irq_cause_clear(&cause, 16);
    g_assert_false(f->bus->irq);
    f->bus->seen = 2;
    hvn_irq_cause_data_seen(&cause);
    g_assert_cmphex(cause.cause, ==, 0);
    f->bus->seen = 5;
    hvn_irq_cause_data_seen(&cause);
    g_assert_cmphex(cause.cause, ==, 2);
    f->bus->seen = 6;
    hvn_irq_cause_data_seen(&cause);
    g_assert_cmphex(cause.cause, ==, 14);
    f->bus->writes = 7;
    hvn_irq_cause_raise_for_data(&cause, 32);
    hvn_irq_cause_reset(&cause);
    f->bus->seen = 7;
    hvn_irq_cause_data_seen(&cause);
    g_assert_cmphex(cause.cause, ==, 0);
}

static void
test_without_bus(Fixture *f, gconstpointer data)
{
    hvn_nic_detach(f->nic);
    g_assert_false(hvn_nic_dma_is_pending(f->nic));
    g_assert_cmpuint(hvn_nic_dma_get_fence(f->nic), ==, 0);
    g_assert_true(hvn_nic_dma_has_passed(f->nic, 77));
    hvn_nic_dma_forget(f->nic);
}

static void
add(const char *path, void (*func)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, func, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/device/nic-dma/pending-is-no-error", test_pending_is_no_error);
    add("/device/nic-dma/forget", test_forget);
    add("/device/nic-dma/ring-gives-what-is-there", test_ring_gives_what_is_there);
    add("/device/nic-dma/ring-elsewhere", test_ring_elsewhere);
    add("/device/nic-dma/view-writes-what-is-stored", test_view_writes_what_is_stored);
    add("/device/nic-dma/causes-wait", test_causes_wait);
    add("/device/nic-dma/without-bus", test_without_bus);
    return g_test_run();
}
