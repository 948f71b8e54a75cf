/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over PCI (VIRTIO 1.2, 4.1): identity and capabilities, negotiation, queues and interrupts.
 *
 *   status DRIVER_OK, bus mastering, D0 -> every enabled queue is started and given to the device
 *   any of them gone                    -> the device lets go, the queue is stopped and keeps its place
 *   queue used, configuration changed   -> MSI-X vector, or ISR bit and INTx
 */
#include "hvn-virtio-pci-private.h"

#include "hvn-bytes.h"
#include "hvn-iov.h"

#define PCI_VENDOR_QUMRANET   0x1af4
#define PCI_DEVICE_LEGACY_NET 0x1000 /* 4.1.2.1; a legacy network device */
#define PCI_DEVICE_MODERN     0x1040 /* plus the device's type */
#define PCI_CAP_VENDOR        0x09

#define BAR_LEGACY_SIZE 64
#define BAR_MSIX_SIZE   4096
#define BAR_MODERN_SIZE 16384
#define MSIX_PBA        2048 /* behind 128 vectors */
#define MSIX_MAX        128

/* 4.1.4: types of capabilities */
enum {
    CAP_COMMON = 1,
    CAP_NOTIFY = 2,
    CAP_ISR = 3,
    CAP_DEVICE = 4,
    CAP_PCI = 5,
};

#define CAP_LEN        16
#define CAP_NOTIFY_LEN 20
#define CAP_PCI_LEN    20

#define ISR_QUEUE  0x01
#define ISR_CONFIG 0x02

#define F_ANY_LAYOUT (G_GUINT64_CONSTANT(1) << 27)

/* ---- interrupts ---- */

static void
hvn_virtio_pci_interrupt(HvnVirtioPci *self, guint16 vector, guint8 isr)
{
    if (hvn_pci_config_get_msix_enabled(hvn_nic_get_pci(self->nic))) {
        if (vector != HVN_VIRTIO_PCI_NO_VECTOR)
            hvn_nic_notify(self->nic, vector);
        return;
    }
    self->isr |= isr;
    hvn_nic_set_irq(self->nic, TRUE);
}

guint8
hvn_virtio_pci_take_isr(HvnVirtioPci *self)
{
    guint8 isr = self->isr;

    self->isr = 0;
    hvn_nic_set_irq(self->nic, FALSE);
    return isr;
}

void
hvn_virtio_pci_config_changed(HvnVirtioPci *self)
{
    self->generation++;
    if (self->on && (self->status & HVN_VIRTIO_STATUS_DRIVER_OK))
        hvn_virtio_pci_interrupt(self, self->config_vector, ISR_CONFIG);
}

/* ---- what queues ask of their transport ---- */

static guint
hvn_virtio_pci_queue_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_nic_dma_map(((HvnVirtioPci *)data)->nic, addr, len, write, iov, n_iov);
}

static void
hvn_virtio_pci_queue_release(gpointer data)
{
    hvn_nic_dma_release(((HvnVirtioPci *)data)->nic);
}

static void
hvn_virtio_pci_queue_notify(gpointer data, guint index)
{
    HvnVirtioPci *self = data;

    hvn_virtio_pci_interrupt(self, self->queues[index].vector, ISR_QUEUE);
}

/* 2.1.2: the driver is told once that it has to reset the device */
static void
hvn_virtio_pci_queue_broken(gpointer data, guint index, const char *reason)
{
    HvnVirtioPci *self = data;

    hvn_guest_error(hvn_nic_get_guest_errors(self->nic), "queue %u is broken: %s", index, reason);
    if (self->status & HVN_VIRTIO_STATUS_NEEDS_RESET)
        return;
    self->status |= HVN_VIRTIO_STATUS_NEEDS_RESET;
    hvn_virtio_pci_config_changed(self);
}

/* ---- queues ---- */

static void
hvn_virtio_pci_stop_queue(HvnVirtioPci *self, guint index)
{
    HvnVirtioPciQueue *queue = &self->queues[index];

    if (!queue->set)
        return;
    queue->set = FALSE;
    hvn_virtio_device_set_queue(self->device, index, NULL);
    queue->state = hvn_virtqueue_stop(&queue->queue);
}

static void
hvn_virtio_pci_start_queue(HvnVirtioPci *self, guint index)
{
    HvnVirtioPciQueue *queue = &self->queues[index];
    HvnVirtqueueLayout layout = {.size = queue->size, .features = self->driver_features};
    g_autoptr(GError) error = NULL;

    if (queue->set || (self->status & HVN_VIRTIO_STATUS_NEEDS_RESET))
        return;
    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++)
        layout.areas[i].addr = queue->addresses[i];
    if (!hvn_virtqueue_start(&queue->queue, &layout, queue->state, &error)) {
        hvn_virtio_pci_queue_broken(self, index, error->message);
        return;
    }
    queue->set = TRUE;
    hvn_virtio_device_set_queue(self->device, index, &queue->queue);
}

void
hvn_virtio_pci_update(HvnVirtioPci *self)
{
    const HvnPciConfig *pci = hvn_nic_get_pci(self->nic);
    gboolean run = self->on && (self->status & HVN_VIRTIO_STATUS_DRIVER_OK) && hvn_pci_config_get_power_state(pci) == 0 &&
                   (hvn_pci_config_get_command(pci) & HVN_PCI_COMMAND_MASTER);

    self->ops.release = hvn_nic_dma_needs_release(self->nic) ? hvn_virtio_pci_queue_release : NULL;
    for (guint i = 0; i < self->n_queues; i++) {
        if (run && self->queues[i].enabled)
            hvn_virtio_pci_start_queue(self, i);
        else
            hvn_virtio_pci_stop_queue(self, i);
    }
}

/* the command register or the power state: stopping is done at once; starting waits until the NIC has seen the change too */
static void
hvn_virtio_pci_command_changed(HvnPciConfig *pci, gpointer data)
{
    HvnVirtioPci *self = data;

    if (hvn_pci_config_get_power_state(pci) == 0 && (hvn_pci_config_get_command(pci) & HVN_PCI_COMMAND_MASTER))
        hvn_work_schedule(&self->work);
    else
        hvn_virtio_pci_update(self);
}

static gboolean
hvn_virtio_pci_run_work(gpointer data)
{
    hvn_virtio_pci_update(data);
    return FALSE;
}

void
hvn_virtio_pci_kick(HvnVirtioPci *self, guint index, gboolean legacy)
{
    if (index >= self->n_queues)
        return;
    /* 2.1: an old driver may use its queues before it says DRIVER_OK */
    if (legacy && !(self->status & HVN_VIRTIO_STATUS_DRIVER_OK) && (self->status & HVN_VIRTIO_STATUS_DRIVER))
        hvn_virtio_pci_set_status(self, self->status | HVN_VIRTIO_STATUS_DRIVER_OK, TRUE);
    hvn_virtio_device_kick(self->device, index);
}

/* ---- negotiation ---- */

guint64
hvn_virtio_pci_get_offered(HvnVirtioPci *self, gboolean legacy)
{
    guint64 features = hvn_virtio_device_get_features(self->device);

    /* 6.3: only a transitional device has ANY_LAYOUT, which a modern driver must not look for */
    if (self->transitional)
        features |= F_ANY_LAYOUT;
    return legacy ? features & G_MAXUINT32 : features | HVN_VIRTIO_F_VERSION_1;
}

void
hvn_virtio_pci_set_features(HvnVirtioPci *self, guint64 features)
{
    self->driver_features = features;
    self->features_set = TRUE;
    hvn_virtio_device_set_features(self->device, features);
}

/* 3.1.1: FEATURES_OK stays clear when what the driver chose was not offered, or is not for a modern driver */
static guint8
hvn_virtio_pci_check_features(HvnVirtioPci *self, guint8 status)
{
    guint64 offered = hvn_virtio_pci_get_offered(self, FALSE);

    if (!(status & ~self->status & HVN_VIRTIO_STATUS_FEATURES_OK))
        return status;
    if ((self->driver_features & ~offered) || !(self->driver_features & HVN_VIRTIO_F_VERSION_1)) {
        hvn_guest_error(hvn_nic_get_guest_errors(self->nic),
                        "features 0x%" G_GINT64_MODIFIER "x are not within 0x%" G_GINT64_MODIFIER "x, or without version 1",
                        self->driver_features, offered);
        return status & ~HVN_VIRTIO_STATUS_FEATURES_OK;
    }
    hvn_virtio_pci_set_features(self, self->driver_features);
    return status;
}

void
hvn_virtio_pci_set_status(HvnVirtioPci *self, guint8 status, gboolean legacy)
{
    if (status == 0) {
        hvn_nic_reset(self->nic, HVN_NIC_RESET_SOFTWARE); /* comes back as hvn_virtio_pci_reset() */
        return;
    }
    /* 2.1.1: the driver does not clear bits, and NEEDS_RESET is the device's */
    status |= self->status;
    if (legacy) {
        if ((status & HVN_VIRTIO_STATUS_DRIVER_OK) && !self->features_set)
            hvn_virtio_pci_set_features(self, self->driver_features);
    } else {
        status = hvn_virtio_pci_check_features(self, status);
        if (!(status & HVN_VIRTIO_STATUS_FEATURES_OK))
            status &= ~HVN_VIRTIO_STATUS_DRIVER_OK;
    }
    self->status = status;
    hvn_virtio_pci_update(self);
}

void
hvn_virtio_pci_reset(HvnVirtioPci *self)
{
    if (!self->on)
        return;
    hvn_work_cancel(&self->work);
    for (guint i = 0; i < self->n_queues; i++) {
        HvnVirtioPciQueue *queue = &self->queues[i];

        hvn_virtio_pci_stop_queue(self, i);
        queue->size = hvn_virtio_device_get_queue_size_max(self->device, i);
        queue->vector = HVN_VIRTIO_PCI_NO_VECTOR;
        queue->enabled = FALSE;
        queue->state = 0;
        memset(queue->addresses, 0, sizeof queue->addresses);
    }
    self->device_feature_select = self->driver_feature_select = 0;
    self->driver_features = 0;
    self->features_set = FALSE;
    self->status = self->isr = self->generation = 0;
    self->config_vector = HVN_VIRTIO_PCI_NO_VECTOR;
    self->queue_select = 0;
    hvn_nic_set_irq(self->nic, FALSE);
    hvn_virtio_device_reset(self->device);
}

void
hvn_virtio_pci_set_on(HvnVirtioPci *self, gboolean on)
{
    if (!on && self->on)
        hvn_virtio_pci_reset(self);
    self->on = on;
}

/* ---- the object ---- */

/* 4.1.4: a capability that says where a part of BAR 4 is */
static guint8
hvn_virtio_pci_add_cap(HvnPciConfig *pci, guint8 type, guint8 len, guint32 offset, guint32 size)
{
    guint8 at = hvn_pci_config_add_capability(pci, PCI_CAP_VENDOR, len);
    guint8 bytes[CAP_NOTIFY_LEN - 2] = {len, type, type == CAP_PCI ? 0 : HVN_VIRTIO_PCI_BAR_MODERN};

    hvn_store_le32(bytes + 6, offset);
    hvn_store_le32(bytes + 10, size);
    if (type == CAP_NOTIFY)
        hvn_store_le32(bytes + 14, HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER);
    memcpy(pci->bytes + at + 2, bytes, len - 2);
    memcpy(pci->reset_value + at + 2, bytes, len - 2);
    return at;
}

static void
hvn_virtio_pci_add_caps(HvnVirtioPci *self, HvnPciConfig *pci)
{
    hvn_virtio_pci_add_cap(pci, CAP_COMMON, CAP_LEN, HVN_VIRTIO_PCI_COMMON, 0x1000);
    hvn_virtio_pci_add_cap(pci, CAP_ISR, CAP_LEN, HVN_VIRTIO_PCI_ISR, 0x1000);
    hvn_virtio_pci_add_cap(pci, CAP_DEVICE, CAP_LEN, HVN_VIRTIO_PCI_DEVICE, 0x1000);
    hvn_virtio_pci_add_cap(pci, CAP_NOTIFY, CAP_NOTIFY_LEN, HVN_VIRTIO_PCI_NOTIFY, 0x1000);
    self->window_cap = hvn_virtio_pci_add_cap(pci, CAP_PCI, CAP_PCI_LEN, 0, 0);
    /* 4.1.4.9: bar, offset, length and data are the driver's */
    pci->write_mask[self->window_cap + 4] = 0xff;
    memset(pci->write_mask + self->window_cap + 8, 0xff, 12);
    pci->window = hvn_virtio_pci_window;
    pci->window_at = self->window_cap + 16;
    pci->window_len = 4;
}

/* 4.1.2 */
static void
hvn_virtio_pci_init_config(HvnVirtioPci *self, guint n_vectors)
{
    HvnPciConfig *pci = hvn_nic_get_pci(self->nic);
    guint32 id = hvn_virtio_device_get_device_id(self->device);
    HvnPciIdentity identity = {
        .vendor = PCI_VENDOR_QUMRANET,
        .device = self->transitional ? PCI_DEVICE_LEGACY_NET : PCI_DEVICE_MODERN + id,
        .subsystem_vendor = PCI_VENDOR_QUMRANET,
        .subsystem = self->transitional ? id : 0x1100,
        .class_code = 0x020000,
        .revision = self->transitional ? 0 : 1,
        .interrupt_pin = 1,
    };

    hvn_pci_config_clear(pci);
    hvn_pci_config_init(pci, &identity, hvn_virtio_pci_command_changed, self);
    if (self->transitional)
        hvn_pci_config_add_bar(pci, HVN_VIRTIO_PCI_BAR_LEGACY, BAR_LEGACY_SIZE, HVN_PCI_BAR_IO);
    if (n_vectors > 0)
        hvn_pci_config_add_bar(pci, HVN_VIRTIO_PCI_BAR_MSIX, BAR_MSIX_SIZE, HVN_PCI_BAR_MEMORY);
    hvn_pci_config_add_bar(pci, HVN_VIRTIO_PCI_BAR_MODERN, BAR_MODERN_SIZE, HVN_PCI_BAR_MEMORY64 | HVN_PCI_BAR_PREFETCH);
    if (n_vectors > 0)
        hvn_pci_config_add_msix(pci, MIN(n_vectors, MSIX_MAX), HVN_VIRTIO_PCI_BAR_MSIX, 0, HVN_VIRTIO_PCI_BAR_MSIX, MSIX_PBA);
    hvn_virtio_pci_add_caps(self, pci);
}

HvnVirtioPci *
hvn_virtio_pci_new(HvnNic *nic, gboolean transitional, guint n_vectors)
{
    HvnVirtioPci *self;

    g_return_val_if_fail(HVN_IS_NIC(nic) && HVN_IS_VIRTIO_DEVICE(nic), NULL);

    self = g_new0(HvnVirtioPci, 1);
    self->nic = nic;
    self->device = HVN_VIRTIO_DEVICE(nic);
    self->transitional = transitional;
    self->on = TRUE;
    self->ops = (HvnVirtqueueOps){
        .map = hvn_virtio_pci_queue_map,
        .notify = hvn_virtio_pci_queue_notify,
        .broken = hvn_virtio_pci_queue_broken,
    };
    self->n_queues = hvn_virtio_device_get_n_queues(self->device);
    self->queues = g_new0(HvnVirtioPciQueue, self->n_queues);
    for (guint i = 0; i < self->n_queues; i++)
        hvn_virtqueue_init(&self->queues[i].queue, i, &self->ops, self);
    hvn_work_init(&self->work, hvn_port_get_dispatcher(HVN_PORT(nic)), hvn_virtio_pci_run_work, self);
    hvn_virtio_pci_init_config(self, n_vectors);
    return self;
}

void
hvn_virtio_pci_free(HvnVirtioPci *self)
{
    HvnPciConfig *pci;

    if (self == NULL)
        return;
    hvn_work_cancel(&self->work);
    pci = hvn_nic_get_pci(self->nic);
    pci->changed = NULL;
    pci->window = NULL;
    for (guint i = 0; i < self->n_queues; i++) {
        hvn_virtio_pci_stop_queue(self, i);
        hvn_virtqueue_clear(&self->queues[i].queue);
    }
    g_free(self->queues);
    g_free(self);
}
