/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtio device of one queue; see hvn-test-virtio.h. */
#include "hvn-test-virtio.h"

static guint32
test_device_get_device_id(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_ID_NET;
}

static void
test_device_set_transport(HvnVirtioDevice *device, const HvnVirtioTransport *transport, gpointer data)
{
    TestDevice *self = (TestDevice *)device;

    if (self->pci != NULL)
        hvn_virtio_pci_set_on(self->pci, transport == NULL);
    else
        hvn_virtio_mmio_set_on(self->mmio, transport == NULL);
}

static guint64
test_device_get_features(HvnVirtioDevice *device)
{
    return TEST_DEVICE_FEATURES;
}

static void
test_device_set_features(HvnVirtioDevice *device, guint64 features)
{
    ((TestDevice *)device)->features = features;
}

static guint
test_device_get_n_queues(HvnVirtioDevice *device)
{
    return 1;
}

static guint
test_device_get_queue_size_max(HvnVirtioDevice *device, guint index)
{
    return index == 0 ? 32 : 0;
}

static guint
test_device_get_config_len(HvnVirtioDevice *device)
{
    return 8;
}

static void
test_device_read_config(HvnVirtioDevice *device, guint offset, gpointer buf, guint len)
{
    memset(buf, 0, len);
    if (offset < 8)
        memcpy(buf, ((TestDevice *)device)->config + offset, MIN(len, 8 - offset));
}

static void
test_device_write_config(HvnVirtioDevice *device, guint offset, gconstpointer buf, guint len)
{
    if (offset < 8)
        memcpy(((TestDevice *)device)->config + offset, buf, MIN(len, 8 - offset));
}

static void
test_device_set_queue(HvnVirtioDevice *device, guint index, HvnVirtqueue *queue)
{
    g_assert_cmpuint(index, ==, 0);
    ((TestDevice *)device)->queue = queue;
}

static void
test_device_set_queue_enabled(HvnVirtioDevice *device, guint index, gboolean enabled)
{
}

static void
test_device_kick(HvnVirtioDevice *device, guint index)
{
    ((TestDevice *)device)->n_kicks++;
}

static void
test_device_reset_virtio(HvnVirtioDevice *device)
{
    ((TestDevice *)device)->n_resets++;
    ((TestDevice *)device)->queue = NULL;
    ((TestDevice *)device)->features = 0;
}

static void
test_device_iface_init(HvnVirtioDeviceInterface *iface)
{
    iface->get_device_id = test_device_get_device_id;
    iface->set_transport = test_device_set_transport;
    iface->get_features = test_device_get_features;
    iface->set_features = test_device_set_features;
    iface->get_n_queues = test_device_get_n_queues;
    iface->get_queue_size_max = test_device_get_queue_size_max;
    iface->get_config_len = test_device_get_config_len;
    iface->read_config = test_device_read_config;
    iface->write_config = test_device_write_config;
    iface->set_queue = test_device_set_queue;
    iface->set_queue_enabled = test_device_set_queue_enabled;
    iface->kick = test_device_kick;
    iface->reset = test_device_reset_virtio;
}

G_DEFINE_FINAL_TYPE_WITH_CODE(TestDevice, test_device, HVN_TYPE_NIC,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_VIRTIO_DEVICE, test_device_iface_init))

static void
test_device_reset(HvnNic *nic, HvnNicResetKind kind)
{
    TestDevice *self = (TestDevice *)nic;

    if (self->pci != NULL)
        hvn_virtio_pci_reset(self->pci);
    else
        hvn_virtio_mmio_reset(self->mmio);
}

static guint64
test_device_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    TestDevice *self = (TestDevice *)nic;

    return self->pci != NULL ? hvn_virtio_pci_region_read(self->pci, bar, offset, size)
                             : hvn_virtio_mmio_region_read(self->mmio, offset, size);
}

static void
test_device_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    TestDevice *self = (TestDevice *)nic;

    if (self->pci != NULL)
        hvn_virtio_pci_region_write(self->pci, bar, offset, value, size);
    else
        hvn_virtio_mmio_region_write(self->mmio, offset, value, size);
}

static void
test_device_constructed(GObject *object)
{
    TestDevice *self = (TestDevice *)object;

    G_OBJECT_CLASS(test_device_parent_class)->constructed(object);
    if (g_str_equal(hvn_nic_get_variant(&self->parent_instance), "pci"))
        self->pci = hvn_virtio_pci_new(&self->parent_instance, TRUE, 2);
    else
        self->mmio = hvn_virtio_mmio_new(&self->parent_instance, g_str_equal(hvn_nic_get_variant(&self->parent_instance), "mmio-legacy"));
}

static void
test_device_dispose(GObject *object)
{
    TestDevice *self = (TestDevice *)object;

    hvn_nic_detach(&self->parent_instance);
    g_clear_pointer(&self->pci, hvn_virtio_pci_free);
    g_clear_pointer(&self->mmio, hvn_virtio_mmio_free);
    G_OBJECT_CLASS(test_device_parent_class)->dispose(object);
}

static void
test_device_class_init(TestDeviceClass *klass)
{
    G_OBJECT_CLASS(klass)->constructed = test_device_constructed;
    G_OBJECT_CLASS(klass)->dispose = test_device_dispose;
    HVN_NIC_CLASS(klass)->reset = test_device_reset;
    HVN_NIC_CLASS(klass)->region_read = test_device_region_read;
    HVN_NIC_CLASS(klass)->region_write = test_device_region_write;
}

static void
test_device_init(TestDevice *self)
{
}
