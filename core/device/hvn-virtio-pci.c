/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* virtio over PCI (VIRTIO 1.2, 4.1): identity and capabilities, and interrupts. What is not PCI's is in hvn-virtio-face.c.
 *
 *   bus mastering, D0                 -> queues may run
 *   queue used, configuration changed -> MSI-X vector, or ISR bit and INTx
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
hvn_virtio_pci_interrupt(gpointer data, gint queue)
{
    HvnVirtioPci *self = data;
    HvnNic *nic = self->face.nic;
    guint16 vector = queue == HVN_VIRTIO_FACE_CONFIG ? self->config_vector : self->vectors[queue];

    if (hvn_pci_config_get_msix_enabled(hvn_nic_get_pci(nic))) {
        if (vector != HVN_VIRTIO_PCI_NO_VECTOR)
            hvn_nic_notify(nic, vector);
        return;
    }
    self->isr |= queue == HVN_VIRTIO_FACE_CONFIG ? ISR_CONFIG : ISR_QUEUE;
    hvn_nic_set_irq(nic, TRUE);
}

guint8
hvn_virtio_pci_take_isr(HvnVirtioPci *self)
{
    guint8 isr = self->isr;

    self->isr = 0;
    hvn_nic_set_irq(self->face.nic, FALSE);
    return isr;
}

void
hvn_virtio_pci_dma_arrived(HvnVirtioPci *self)
{
    hvn_virtio_face_dma_arrived(&self->face);
}

void
hvn_virtio_pci_config_changed(HvnVirtioPci *self)
{
    hvn_virtio_face_config_changed(&self->face);
}

/* ---- when queues may run ---- */

static gboolean
hvn_virtio_pci_may_run(gpointer data)
{
    const HvnPciConfig *pci = hvn_nic_get_pci(((HvnVirtioPci *)data)->face.nic);

    return hvn_pci_config_get_power_state(pci) == 0 && (hvn_pci_config_get_command(pci) & HVN_PCI_COMMAND_MASTER) != 0;
}

/* the command register or the power state: stopping is done at once; starting waits until the NIC has seen the change too */
static void
hvn_virtio_pci_command_changed(HvnPciConfig *pci, gpointer data)
{
    HvnVirtioPci *self = data;

    if (hvn_virtio_pci_may_run(self))
        hvn_work_schedule(&self->work);
    else
        hvn_virtio_face_update(&self->face);
}

static gboolean
hvn_virtio_pci_run_work(gpointer data)
{
    hvn_virtio_face_update(&((HvnVirtioPci *)data)->face);
    return FALSE;
}

static const HvnVirtioFaceOps virtio_pci_face_ops = {
    .interrupt = hvn_virtio_pci_interrupt,
    .may_run = hvn_virtio_pci_may_run,
};

void
hvn_virtio_pci_reset(HvnVirtioPci *self)
{
    if (!self->face.on)
        return;
    hvn_work_cancel(&self->work);
    for (guint i = 0; i < self->face.n_queues; i++)
        self->vectors[i] = HVN_VIRTIO_PCI_NO_VECTOR;
    self->config_vector = HVN_VIRTIO_PCI_NO_VECTOR;
    self->isr = 0;
    hvn_nic_set_irq(self->face.nic, FALSE);
    hvn_virtio_face_reset(&self->face);
}

void
hvn_virtio_pci_set_on(HvnVirtioPci *self, gboolean on)
{
    if (!on)
        hvn_virtio_pci_reset(self);
    self->face.on = on;
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
    HvnPciConfig *pci = hvn_nic_get_pci(self->face.nic);
    guint32 id = hvn_virtio_device_get_device_id(self->face.device);
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
    self->transitional = transitional;
    hvn_virtio_face_init(&self->face, nic, &virtio_pci_face_ops, self);
    /* 6.3: only a transitional device has ANY_LAYOUT, which a modern driver must not look for */
    self->face.extra = transitional ? F_ANY_LAYOUT : 0;
    self->vectors = g_new(guint16, self->face.n_queues);
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
    pci = hvn_nic_get_pci(self->face.nic);
    pci->changed = NULL;
    pci->window = NULL;
    hvn_virtio_face_clear(&self->face);
    g_free(self->vectors);
    g_free(self);
}
