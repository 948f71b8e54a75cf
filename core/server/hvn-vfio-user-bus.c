/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HvnBus of a vfio-user client: DMA goes to the regions that it shares, interrupts to its eventfds. */

#include "hvn-vfio-user-bus.h"

static void
hvn_vfio_user_bus_iface_init(HvnBusInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnVfioUserBus, hvn_vfio_user_bus, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_BUS, hvn_vfio_user_bus_iface_init))

static gboolean
hvn_vfio_user_bus_read(HvnBus *bus, guint64 addr, gpointer buf, gsize len)
{
    return hvn_guest_memory_read(hvn_shared_memory_get_guest(((HvnVfioUserBus *)bus)->memory), addr, buf, len);
}

static gboolean
hvn_vfio_user_bus_write(HvnBus *bus, guint64 addr, gconstpointer buf, gsize len)
{
    return hvn_guest_memory_write(hvn_shared_memory_get_guest(((HvnVfioUserBus *)bus)->memory), addr, buf, len);
}

static guint
hvn_vfio_user_bus_map(HvnBus *bus, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_guest_memory_map(hvn_shared_memory_get_guest(((HvnVfioUserBus *)bus)->memory), addr, len, write, iov, n_iov);
}

static void
hvn_vfio_user_bus_set_irq(HvnBus *bus, gboolean level)
{
    hvn_vfio_user_irqs_set_level(&((HvnVfioUserBus *)bus)->irqs, level);
}

static void
hvn_vfio_user_bus_send_msi(HvnBus *bus, guint vector)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)bus;

    hvn_vfio_user_irqs_send(&self->irqs, self->msix ? HVN_VFIO_USER_IRQ_MSIX : HVN_VFIO_USER_IRQ_MSI, vector);
}

/* clients emulate the table and never forward it: they mask by pointing the eventfd elsewhere */
static gboolean
hvn_vfio_user_bus_keeps_msix(HvnBus *bus)
{
    return TRUE;
}

static void
hvn_vfio_user_bus_iface_init(HvnBusInterface *iface)
{
    iface->read = hvn_vfio_user_bus_read;
    iface->write = hvn_vfio_user_bus_write;
    iface->map = hvn_vfio_user_bus_map;
    iface->set_irq = hvn_vfio_user_bus_set_irq;
    iface->send_msi = hvn_vfio_user_bus_send_msi;
    iface->keeps_msix = hvn_vfio_user_bus_keeps_msix;
}

static void
hvn_vfio_user_bus_finalize(GObject *object)
{
    HvnVfioUserBus *self = (HvnVfioUserBus *)object;

    hvn_vfio_user_irqs_clear(&self->irqs);
    hvn_shared_memory_free(self->memory);
    G_OBJECT_CLASS(hvn_vfio_user_bus_parent_class)->finalize(object);
}

static void
hvn_vfio_user_bus_class_init(HvnVfioUserBusClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_vfio_user_bus_finalize;
}

static void
hvn_vfio_user_bus_init(HvnVfioUserBus *self)
{
    self->memory = hvn_shared_memory_new();
}

HvnVfioUserBus *
hvn_vfio_user_bus_new(HvnDispatcher *dispatcher)
{
    HvnVfioUserBus *self = g_object_new(HVN_TYPE_VFIO_USER_BUS, NULL);

    hvn_vfio_user_irqs_init(&self->irqs, dispatcher);
    return self;
}
