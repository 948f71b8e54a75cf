/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface between a virtio device and its transport, and who of several transports drives the device. */
#include "hvn-virtio-device.h"

G_DEFINE_INTERFACE(HvnVirtioDevice, hvn_virtio_device, G_TYPE_OBJECT)

/* who has claimed a device: kept with the object, as the interface has no instance of its own */
static GQuark
hvn_virtio_device_claim_quark(void)
{
    return g_quark_from_static_string("hvn-virtio-device-claim");
}

static void
hvn_virtio_device_default_init(HvnVirtioDeviceInterface *iface)
{
}

gboolean
hvn_virtio_device_claim(HvnVirtioDevice *self, const HvnVirtioTransport *transport, gpointer data)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), FALSE);
    g_return_val_if_fail(transport != NULL, FALSE);

    if (g_object_get_qdata(G_OBJECT(self), hvn_virtio_device_claim_quark()) != NULL)
        return FALSE;
    g_object_set_qdata(G_OBJECT(self), hvn_virtio_device_claim_quark(), (gpointer)transport);
    /* its own face lets go of the queues first */
    HVN_VIRTIO_DEVICE_GET_IFACE(self)->set_transport(self, transport, data);
    hvn_virtio_device_reset(self);
    return TRUE;
}

void
hvn_virtio_device_unclaim(HvnVirtioDevice *self)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    if (g_object_get_qdata(G_OBJECT(self), hvn_virtio_device_claim_quark()) == NULL)
        return;
    hvn_virtio_device_reset(self);
    g_object_set_qdata(G_OBJECT(self), hvn_virtio_device_claim_quark(), NULL);
    HVN_VIRTIO_DEVICE_GET_IFACE(self)->set_transport(self, NULL, NULL);
}

guint32
hvn_virtio_device_get_device_id(HvnVirtioDevice *self)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), 0);

    return HVN_VIRTIO_DEVICE_GET_IFACE(self)->get_device_id(self);
}

guint64
hvn_virtio_device_get_features(HvnVirtioDevice *self)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), 0);

    return HVN_VIRTIO_DEVICE_GET_IFACE(self)->get_features(self);
}

void
hvn_virtio_device_set_features(HvnVirtioDevice *self, guint64 features)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->set_features(self, features);
}

guint
hvn_virtio_device_get_n_queues(HvnVirtioDevice *self)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), 0);

    return HVN_VIRTIO_DEVICE_GET_IFACE(self)->get_n_queues(self);
}

guint
hvn_virtio_device_get_queue_size_max(HvnVirtioDevice *self, guint index)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), 0);

    return HVN_VIRTIO_DEVICE_GET_IFACE(self)->get_queue_size_max(self, index);
}

guint
hvn_virtio_device_get_config_len(HvnVirtioDevice *self)
{
    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(self), 0);

    return HVN_VIRTIO_DEVICE_GET_IFACE(self)->get_config_len(self);
}

void
hvn_virtio_device_read_config(HvnVirtioDevice *self, guint offset, gpointer buf, guint len)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->read_config(self, offset, buf, len);
}

void
hvn_virtio_device_write_config(HvnVirtioDevice *self, guint offset, gconstpointer buf, guint len)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->write_config(self, offset, buf, len);
}

void
hvn_virtio_device_set_queue(HvnVirtioDevice *self, guint index, HvnVirtqueue *queue)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->set_queue(self, index, queue);
}

void
hvn_virtio_device_set_queue_enabled(HvnVirtioDevice *self, guint index, gboolean enabled)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->set_queue_enabled(self, index, enabled);
}

void
hvn_virtio_device_kick(HvnVirtioDevice *self, guint index)
{
    HVN_VIRTIO_DEVICE_GET_IFACE(self)->kick(self, index);
}

void
hvn_virtio_device_reset(HvnVirtioDevice *self)
{
    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    HVN_VIRTIO_DEVICE_GET_IFACE(self)->reset(self);
}

void
hvn_virtio_device_announce(HvnVirtioDevice *self)
{
    HvnVirtioDeviceInterface *iface;

    g_return_if_fail(HVN_IS_VIRTIO_DEVICE(self));

    iface = HVN_VIRTIO_DEVICE_GET_IFACE(self);
    if (iface->announce != NULL)
        iface->announce(self);
}
