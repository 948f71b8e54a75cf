/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bus that counts; see hvn-counting-bus.h. */
#include "hvn-counting-bus.h"

struct _HvnCountingBus {
    GObject     parent_instance;
    HvnFakeBus *behind; /* owned */
    guint       n_accesses;
    guint       n_interrupts;
};

static void
hvn_counting_bus_iface_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnCountingBus, hvn_counting_bus, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, hvn_counting_bus_iface_init))

static gboolean
hvn_counting_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    HvnCountingBus *self = HVN_COUNTING_BUS(bus);

    self->n_accesses++;
    return HVN_BUS_GET_IFACE(self->behind)->read(HVN_BUS(self->behind), addr, buf, len);
}

static gboolean
hvn_counting_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    HvnCountingBus *self = HVN_COUNTING_BUS(bus);

    self->n_accesses++;
    return HVN_BUS_GET_IFACE(self->behind)->write(HVN_BUS(self->behind), addr, buf, len);
}

static guint
hvn_counting_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnCountingBus *self = HVN_COUNTING_BUS(bus);

    self->n_accesses++;
    return HVN_BUS_GET_IFACE(self->behind)->map(HVN_BUS(self->behind), addr, len, write, iov, n_iov);
}

static void
hvn_counting_bus_set_irq(HvnBus *bus, gboolean level)
{
    HvnCountingBus *self = HVN_COUNTING_BUS(bus);

    self->n_interrupts += level ? 1 : 0;
    HVN_BUS_GET_IFACE(self->behind)->set_irq(HVN_BUS(self->behind), level);
}

static void
hvn_counting_bus_send_msi(HvnBus *bus, guint vector)
{
    HvnCountingBus *self = HVN_COUNTING_BUS(bus);

    self->n_interrupts++;
    HVN_BUS_GET_IFACE(self->behind)->send_msi(HVN_BUS(self->behind), vector);
}

static void
hvn_counting_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = hvn_counting_bus_read;
    iface->write = hvn_counting_bus_write;
    iface->map = hvn_counting_bus_map;
    iface->set_irq = hvn_counting_bus_set_irq;
    iface->send_msi = hvn_counting_bus_send_msi;
}

static void
hvn_counting_bus_dispose(GObject *object)
{
    g_clear_object(&HVN_COUNTING_BUS(object)->behind);
    G_OBJECT_CLASS(hvn_counting_bus_parent_class)->dispose(object);
}

static void
hvn_counting_bus_class_init(HvnCountingBusClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_counting_bus_dispose;
}

static void
hvn_counting_bus_init(HvnCountingBus *self)
{
}

HvnCountingBus *
hvn_counting_bus_new(HvnFakeBus *behind)
{
    HvnCountingBus *self = g_object_new(HVN_TYPE_COUNTING_BUS, NULL);

    self->behind = g_object_ref(behind);
    return self;
}

guint
hvn_counting_bus_get_n_accesses(HvnCountingBus *self)
{
    return self->n_accesses;
}

guint
hvn_counting_bus_get_n_interrupts(HvnCountingBus *self)
{
    return self->n_interrupts;
}
