/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers of virtio over PCI: common configuration (VIRTIO 1.2, 4.1.4.3), the legacy header (4.1.4.10), ISR, notify, device
 * configuration, and the window in PCI configuration space (4.1.4.9).
 *
 * A block of registers is a table of fields. A read collects the bytes of the fields that it touches; a write changes bytes of a
 * field's value and stores the field. */
#include "hvn-virtio-pci-private.h"

#include "hvn-bytes.h"

#define HVN_VIRTIO_PCI_PAGE_SHIFT 12 /* of a legacy queue address */

typedef struct {
    guint8 offset;
    guint8 size;
    guint64 (*get)(HvnVirtioPci *self);
    void (*set)(HvnVirtioPci *self, guint64 value); /* NULL: read only */
} HvnVirtioPciField;

/* ---- common configuration: features and status ---- */

static guint64
hvn_virtio_pci_get_feature_select(HvnVirtioPci *self)
{
    return self->face.device_feature_select;
}

static void
hvn_virtio_pci_set_feature_select(HvnVirtioPci *self, guint64 value)
{
    self->face.device_feature_select = value;
}

static guint64
hvn_virtio_pci_get_device_feature(HvnVirtioPci *self)
{
    return hvn_virtio_face_get_device_feature(&self->face, FALSE);
}

static guint64
hvn_virtio_pci_get_driver_feature_select(HvnVirtioPci *self)
{
    return self->face.driver_feature_select;
}

static void
hvn_virtio_pci_set_driver_feature_select(HvnVirtioPci *self, guint64 value)
{
    self->face.driver_feature_select = value;
}

static guint64
hvn_virtio_pci_get_driver_feature(HvnVirtioPci *self)
{
    guint32 select = self->face.driver_feature_select;

    return select > 1 ? 0 : self->face.driver_features >> select * 32 & G_MAXUINT32;
}

static void
hvn_virtio_pci_set_driver_feature(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_driver_feature(&self->face, (guint32)value);
}

/* a vector that there is not reads back as none (4.1.5.1.2) */
static guint16
hvn_virtio_pci_check_vector(HvnVirtioPci *self, guint64 value)
{
    return value < hvn_nic_get_pci(self->face.nic)->msix_n_vectors ? value : HVN_VIRTIO_PCI_NO_VECTOR;
}

static guint64
hvn_virtio_pci_get_config_vector(HvnVirtioPci *self)
{
    return self->config_vector;
}

static void
hvn_virtio_pci_set_config_vector(HvnVirtioPci *self, guint64 value)
{
    self->config_vector = hvn_virtio_pci_check_vector(self, value);
}

static guint64
hvn_virtio_pci_get_num_queues(HvnVirtioPci *self)
{
    return self->face.n_queues;
}

static guint64
hvn_virtio_pci_get_status(HvnVirtioPci *self)
{
    return self->face.status;
}

static void
hvn_virtio_pci_write_status(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_status(&self->face, value, FALSE);
}

static guint64
hvn_virtio_pci_get_generation(HvnVirtioPci *self)
{
    return self->face.generation & G_MAXUINT8;
}

/* ---- common configuration: the queue that is selected ---- */

static guint64
hvn_virtio_pci_get_queue_select(HvnVirtioPci *self)
{
    return self->face.queue_select;
}

static void
hvn_virtio_pci_set_queue_select(HvnVirtioPci *self, guint64 value)
{
    self->face.queue_select = value;
}

static guint64
hvn_virtio_pci_get_queue_size(HvnVirtioPci *self)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);

    return queue != NULL ? queue->size : 0;
}

static void
hvn_virtio_pci_set_queue_size(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_size(&self->face, value);
}

static guint64
hvn_virtio_pci_get_queue_vector(HvnVirtioPci *self)
{
    return self->face.queue_select < self->face.n_queues ? self->vectors[self->face.queue_select] : HVN_VIRTIO_PCI_NO_VECTOR;
}

static void
hvn_virtio_pci_set_queue_vector(HvnVirtioPci *self, guint64 value)
{
    if (self->face.queue_select < self->face.n_queues)
        self->vectors[self->face.queue_select] = hvn_virtio_pci_check_vector(self, value);
}

static guint64
hvn_virtio_pci_get_queue_enable(HvnVirtioPci *self)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);

    return queue != NULL && queue->enabled;
}

/* 4.1.4.3.2: writing 0 is not for drivers */
static void
hvn_virtio_pci_set_queue_enable(HvnVirtioPci *self, guint64 value)
{
    if (value == 1)
        hvn_virtio_face_enable_queue(&self->face);
}

static guint64
hvn_virtio_pci_get_queue_notify_off(HvnVirtioPci *self)
{
    return self->face.queue_select < self->face.n_queues ? self->face.queue_select : 0;
}

static guint64
hvn_virtio_pci_get_address(HvnVirtioPci *self, HvnVirtqueueAreaKind kind)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);

    return queue != NULL ? queue->addresses[kind] : 0;
}

static guint64
hvn_virtio_pci_get_queue_desc(HvnVirtioPci *self)
{
    return hvn_virtio_pci_get_address(self, HVN_VIRTQUEUE_DESC);
}

static void
hvn_virtio_pci_set_queue_desc(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_address(&self->face, HVN_VIRTQUEUE_DESC, value);
}

static guint64
hvn_virtio_pci_get_queue_driver(HvnVirtioPci *self)
{
    return hvn_virtio_pci_get_address(self, HVN_VIRTQUEUE_DRIVER);
}

static void
hvn_virtio_pci_set_queue_driver(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_address(&self->face, HVN_VIRTQUEUE_DRIVER, value);
}

static guint64
hvn_virtio_pci_get_queue_device(HvnVirtioPci *self)
{
    return hvn_virtio_pci_get_address(self, HVN_VIRTQUEUE_DEVICE);
}

static void
hvn_virtio_pci_set_queue_device(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_address(&self->face, HVN_VIRTQUEUE_DEVICE, value);
}

/* 4.1.4.3.2: 1 while the reset goes on, which is done when the write is */
static void
hvn_virtio_pci_set_queue_reset(HvnVirtioPci *self, guint64 value)
{
    if (value != 1 || !(self->face.driver_features & HVN_VIRTIO_F_RING_RESET))
        return;
    if (self->face.queue_select < self->face.n_queues)
        self->vectors[self->face.queue_select] = HVN_VIRTIO_PCI_NO_VECTOR;
    hvn_virtio_face_reset_queue(&self->face);
}

static guint64
hvn_virtio_pci_get_zero(HvnVirtioPci *self)
{
    return 0;
}

/* 4.1.4.3; queue_notify_data reads as 0, its feature is not offered */
static const HvnVirtioPciField virtio_pci_common[] = {
    {0x00, 4, hvn_virtio_pci_get_feature_select, hvn_virtio_pci_set_feature_select},
    {0x04, 4, hvn_virtio_pci_get_device_feature, NULL},
    {0x08, 4, hvn_virtio_pci_get_driver_feature_select, hvn_virtio_pci_set_driver_feature_select},
    {0x0c, 4, hvn_virtio_pci_get_driver_feature, hvn_virtio_pci_set_driver_feature},
    {0x10, 2, hvn_virtio_pci_get_config_vector, hvn_virtio_pci_set_config_vector},
    {0x12, 2, hvn_virtio_pci_get_num_queues, NULL},
    {0x14, 1, hvn_virtio_pci_get_status, hvn_virtio_pci_write_status},
    {0x15, 1, hvn_virtio_pci_get_generation, NULL},
    {0x16, 2, hvn_virtio_pci_get_queue_select, hvn_virtio_pci_set_queue_select},
    {0x18, 2, hvn_virtio_pci_get_queue_size, hvn_virtio_pci_set_queue_size},
    {0x1a, 2, hvn_virtio_pci_get_queue_vector, hvn_virtio_pci_set_queue_vector},
    {0x1c, 2, hvn_virtio_pci_get_queue_enable, hvn_virtio_pci_set_queue_enable},
    {0x1e, 2, hvn_virtio_pci_get_queue_notify_off, NULL},
    {0x20, 8, hvn_virtio_pci_get_queue_desc, hvn_virtio_pci_set_queue_desc},
    {0x28, 8, hvn_virtio_pci_get_queue_driver, hvn_virtio_pci_set_queue_driver},
    {0x30, 8, hvn_virtio_pci_get_queue_device, hvn_virtio_pci_set_queue_device},
    {0x3a, 2, hvn_virtio_pci_get_zero, hvn_virtio_pci_set_queue_reset},
};

/* ---- the legacy header ---- */

static guint64
hvn_virtio_pci_get_legacy_features(HvnVirtioPci *self)
{
    return hvn_virtio_face_get_offered(&self->face, TRUE);
}

static guint64
hvn_virtio_pci_get_legacy_driver_features(HvnVirtioPci *self)
{
    return self->face.driver_features & G_MAXUINT32;
}

static void
hvn_virtio_pci_set_legacy_driver_features(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_legacy_feature(&self->face, (guint32)value);
}

static guint64
hvn_virtio_pci_get_pfn(HvnVirtioPci *self)
{
    return hvn_virtio_pci_get_address(self, HVN_VIRTQUEUE_DESC) >> HVN_VIRTIO_PCI_PAGE_SHIFT & G_MAXUINT32;
}

/* 2.7.2, 4.1.5.1.4.1 */
static void
hvn_virtio_pci_set_pfn(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_legacy_queue(&self->face, value << HVN_VIRTIO_PCI_PAGE_SHIFT, 1u << HVN_VIRTIO_PCI_PAGE_SHIFT);
}

static void
hvn_virtio_pci_write_legacy_notify(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_kick(&self->face, value, TRUE);
}

static void
hvn_virtio_pci_write_legacy_status(HvnVirtioPci *self, guint64 value)
{
    hvn_virtio_face_set_status(&self->face, value, TRUE);
}

static guint64
hvn_virtio_pci_read_isr(HvnVirtioPci *self)
{
    return hvn_virtio_pci_take_isr(self);
}

/* 4.1.4.10; the last two only while MSI-X is enabled */
static const HvnVirtioPciField virtio_pci_legacy[] = {
    {0x00, 4, hvn_virtio_pci_get_legacy_features, NULL},
    {0x04, 4, hvn_virtio_pci_get_legacy_driver_features, hvn_virtio_pci_set_legacy_driver_features},
    {0x08, 4, hvn_virtio_pci_get_pfn, hvn_virtio_pci_set_pfn},
    {0x0c, 2, hvn_virtio_pci_get_queue_size, NULL},
    {0x0e, 2, hvn_virtio_pci_get_queue_select, hvn_virtio_pci_set_queue_select},
    {0x10, 2, hvn_virtio_pci_get_zero, hvn_virtio_pci_write_legacy_notify},
    {0x12, 1, hvn_virtio_pci_get_status, hvn_virtio_pci_write_legacy_status},
    {0x13, 1, hvn_virtio_pci_read_isr, NULL},
    {0x14, 2, hvn_virtio_pci_get_config_vector, hvn_virtio_pci_set_config_vector},
    {0x16, 2, hvn_virtio_pci_get_queue_vector, hvn_virtio_pci_set_queue_vector},
};

#define LEGACY_LEN      0x14
#define LEGACY_LEN_MSIX 0x18

/* ---- blocks of fields ---- */

static guint64
hvn_virtio_pci_read_fields(HvnVirtioPci *self, const HvnVirtioPciField *fields, guint n_fields, guint offset, guint size)
{
    guint64 value = 0;

    for (guint i = 0; i < n_fields; i++) {
        guint64 field;

        if (fields[i].offset >= offset + size || fields[i].offset + fields[i].size <= offset)
            continue;
        field = fields[i].get(self);
        for (guint byte = 0; byte < fields[i].size; byte++) {
            guint at = fields[i].offset + byte - offset; /* wraps for bytes before the read */

            if (at < size)
                value |= (field >> byte * 8 & 0xff) << at * 8;
        }
    }
    return value;
}

static void
hvn_virtio_pci_write_fields(HvnVirtioPci *self, const HvnVirtioPciField *fields, guint n_fields, guint offset, guint64 value,
                            guint size)
{
    for (guint i = 0; i < n_fields; i++) {
        guint64 field;

        if (fields[i].set == NULL || fields[i].offset >= offset + size || fields[i].offset + fields[i].size <= offset)
            continue;
        field = fields[i].get(self);
        for (guint byte = 0; byte < fields[i].size; byte++) {
            guint at = fields[i].offset + byte - offset;

            if (at < size)
                field = (field & ~(G_GUINT64_CONSTANT(0xff) << byte * 8)) | (value >> at * 8 & 0xff) << byte * 8;
        }
        fields[i].set(self, field);
    }
}

/* ---- BARs ---- */

static guint
hvn_virtio_pci_get_legacy_len(HvnVirtioPci *self)
{
    return hvn_pci_config_get_msix_enabled(hvn_nic_get_pci(self->face.nic)) ? LEGACY_LEN_MSIX : LEGACY_LEN;
}

static guint
hvn_virtio_pci_get_n_legacy(guint len)
{
    return len == LEGACY_LEN ? G_N_ELEMENTS(virtio_pci_legacy) - 2 : G_N_ELEMENTS(virtio_pci_legacy);
}

guint64
hvn_virtio_pci_region_read(HvnVirtioPci *self, guint bar, guint64 offset, guint size)
{
    guint len = hvn_virtio_pci_get_legacy_len(self);

    if (!self->face.on)
        return size < 8 ? (G_GUINT64_CONSTANT(1) << size * 8) - 1 : G_MAXUINT64;
    if (bar == HVN_VIRTIO_PCI_BAR_LEGACY)
        return offset < len ? hvn_virtio_pci_read_fields(self, virtio_pci_legacy, hvn_virtio_pci_get_n_legacy(len), offset, size)
                            : hvn_virtio_face_read_config(&self->face, offset - len, size);
    if (bar != HVN_VIRTIO_PCI_BAR_MODERN)
        return 0;
    if (offset < HVN_VIRTIO_PCI_ISR)
        return hvn_virtio_pci_read_fields(self, virtio_pci_common, G_N_ELEMENTS(virtio_pci_common), offset, size);
    if (offset < HVN_VIRTIO_PCI_DEVICE)
        return offset == HVN_VIRTIO_PCI_ISR ? hvn_virtio_pci_take_isr(self) : 0;
    if (offset < HVN_VIRTIO_PCI_NOTIFY)
        return hvn_virtio_face_read_config(&self->face, offset - HVN_VIRTIO_PCI_DEVICE, size);
    return 0;
}

void
hvn_virtio_pci_region_write(HvnVirtioPci *self, guint bar, guint64 offset, guint64 value, guint size)
{
    guint len;

    if (!self->face.on)
        return;
    if (G_LIKELY(bar == HVN_VIRTIO_PCI_BAR_MODERN && offset >= HVN_VIRTIO_PCI_NOTIFY)) {
        hvn_virtio_face_kick(&self->face, (offset - HVN_VIRTIO_PCI_NOTIFY) / HVN_VIRTIO_PCI_NOTIFY_MULTIPLIER, FALSE);
    } else if (bar == HVN_VIRTIO_PCI_BAR_MODERN) {
        if (offset < HVN_VIRTIO_PCI_ISR)
            hvn_virtio_pci_write_fields(self, virtio_pci_common, G_N_ELEMENTS(virtio_pci_common), offset, value, size);
        else if (offset >= HVN_VIRTIO_PCI_DEVICE)
            hvn_virtio_face_write_config(&self->face, offset - HVN_VIRTIO_PCI_DEVICE, value, size);
    } else if (bar == HVN_VIRTIO_PCI_BAR_LEGACY) {
        len = hvn_virtio_pci_get_legacy_len(self);
        if (offset < len)
            hvn_virtio_pci_write_fields(self, virtio_pci_legacy, hvn_virtio_pci_get_n_legacy(len), offset, value, size);
        else
            hvn_virtio_face_write_config(&self->face, offset - len, value, size);
    }
}

/* firmware without access to memory BARs gets at them four bytes at a time; a wrong length or place is ignored */
void
hvn_virtio_pci_window(HvnPciConfig *pci, gboolean write, guint offset, guint size, gpointer data)
{
    HvnVirtioPci *self = data;
    guint8 *cap = pci->bytes + self->window_cap;
    guint8 bar = cap[4];
    guint32 at = hvn_load_le32(cap + 8), len = hvn_load_le32(cap + 12);

    if (len != size || offset != (guint)self->window_cap + 16 || at % len != 0 || bar >= HVN_PCI_N_BARS ||
        at >= pci->bars[bar].size || bar == HVN_VIRTIO_PCI_BAR_MSIX)
        return;
    if (write)
        hvn_virtio_pci_region_write(self, bar, at, hvn_load_le32(cap + 16) & (G_MAXUINT32 >> (32 - len * 8)), len);
    else
        hvn_store_le32(cap + 16, hvn_virtio_pci_region_read(self, bar, at, len));
}
