/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers of virtio over MMIO (VIRTIO 1.2, 4.2.2 and 4.2.4), a row for each, and its interrupt line. What is not MMIO's is in
 * hvn-virtio-face.c. */
#include "hvn-virtio-mmio.h"

#define VENDOR_ID 0x1af4 /* as PCI's subsystem vendor */

/* 4.2.4: what a legacy driver has not said yet */
#define LEGACY_PAGE_SIZE 4096
#define LEGACY_ALIGN     4096

struct _HvnVirtioMmio {
    HvnVirtioFace face;
    gboolean      legacy;
    guint32       interrupt; /* InterruptStatus */
    guint32       page_size; /* legacy */
    guint32       align;     /* legacy */
};

typedef struct {
    guint16 offset;
    guint32 (*get)(HvnVirtioMmio *self);                            /* NULL: reads as 0 */
    void (*set)(HvnVirtioMmio *self, guint offset, guint32 value); /* NULL: read only */
} HvnVirtioMmioRow;

/* ---- interrupts ---- */

static void
hvn_virtio_mmio_interrupt(gpointer data, gint queue)
{
    HvnVirtioMmio *self = data;

    self->interrupt |= queue == HVN_VIRTIO_FACE_CONFIG ? HVN_VIRTIO_MMIO_INT_CONFIG : HVN_VIRTIO_MMIO_INT_QUEUE;
    hvn_nic_set_irq(self->face.nic, TRUE);
}

static const HvnVirtioFaceOps virtio_mmio_face_ops = {.interrupt = hvn_virtio_mmio_interrupt};

void
hvn_virtio_mmio_config_changed(HvnVirtioMmio *self)
{
    hvn_virtio_face_config_changed(&self->face);
}

static guint32
hvn_virtio_mmio_get_interrupt(HvnVirtioMmio *self)
{
    return self->interrupt;
}

static void
hvn_virtio_mmio_ack_interrupt(HvnVirtioMmio *self, guint offset, guint32 value)
{
    self->interrupt &= ~value;
    hvn_nic_set_irq(self->face.nic, self->interrupt != 0);
}

/* ---- identity, features, status ---- */

static guint32
hvn_virtio_mmio_get_magic(HvnVirtioMmio *self)
{
    return HVN_VIRTIO_MMIO_MAGIC_VALUE;
}

static guint32
hvn_virtio_mmio_get_version(HvnVirtioMmio *self)
{
    return self->legacy ? 1 : 2;
}

static guint32
hvn_virtio_mmio_get_device_id(HvnVirtioMmio *self)
{
    return hvn_virtio_device_get_device_id(self->face.device);
}

static guint32
hvn_virtio_mmio_get_vendor_id(HvnVirtioMmio *self)
{
    return VENDOR_ID;
}

static guint32
hvn_virtio_mmio_get_device_features(HvnVirtioMmio *self)
{
    return hvn_virtio_face_get_device_feature(&self->face, self->legacy);
}

static void
hvn_virtio_mmio_set_device_features_sel(HvnVirtioMmio *self, guint offset, guint32 value)
{
    self->face.device_feature_select = value;
}

static void
hvn_virtio_mmio_set_driver_features(HvnVirtioMmio *self, guint offset, guint32 value)
{
    hvn_virtio_face_set_driver_feature(&self->face, value);
}

static void
hvn_virtio_mmio_set_legacy_features(HvnVirtioMmio *self, guint offset, guint32 value)
{
    if (self->face.driver_feature_select == 0)
        hvn_virtio_face_set_legacy_feature(&self->face, value);
}

static void
hvn_virtio_mmio_set_driver_features_sel(HvnVirtioMmio *self, guint offset, guint32 value)
{
    self->face.driver_feature_select = value;
}

static guint32
hvn_virtio_mmio_get_status(HvnVirtioMmio *self)
{
    return self->face.status;
}

static void
hvn_virtio_mmio_set_status(HvnVirtioMmio *self, guint offset, guint32 value)
{
    hvn_virtio_face_set_status(&self->face, value & G_MAXUINT8, self->legacy);
}

static guint32
hvn_virtio_mmio_get_generation(HvnVirtioMmio *self)
{
    return self->face.generation;
}

/* ---- queues ---- */

static void
hvn_virtio_mmio_set_queue_sel(HvnVirtioMmio *self, guint offset, guint32 value)
{
    self->face.queue_select = MIN(value, G_MAXUINT16);
}

static guint32
hvn_virtio_mmio_get_queue_num_max(HvnVirtioMmio *self)
{
    return hvn_virtio_face_get_size_max(&self->face);
}

static void
hvn_virtio_mmio_set_queue_num(HvnVirtioMmio *self, guint offset, guint32 value)
{
    hvn_virtio_face_set_size(&self->face, value);
}

static guint32
hvn_virtio_mmio_get_queue_ready(HvnVirtioMmio *self)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);

    return queue != NULL && queue->enabled;
}

/* 4.2.3.2: a driver writes 0 to stop using the queue */
static void
hvn_virtio_mmio_set_queue_ready(HvnVirtioMmio *self, guint offset, guint32 value)
{
    if (value == 1)
        hvn_virtio_face_enable_queue(&self->face);
    else if (value == 0)
        hvn_virtio_face_disable_queue(&self->face);
}

static void
hvn_virtio_mmio_queue_notify(HvnVirtioMmio *self, guint offset, guint32 value)
{
    hvn_virtio_face_kick(&self->face, value, self->legacy);
}

/* 2.6.1: 1 while the reset goes on, which is done when the write is */
static void
hvn_virtio_mmio_set_queue_reset(HvnVirtioMmio *self, guint offset, guint32 value)
{
    if (value == 1 && (self->face.driver_features & HVN_VIRTIO_F_RING_RESET))
        hvn_virtio_face_reset_queue(&self->face);
}

/* the three parts of a queue, 16 bytes apart, each a low and a high half */
static void
hvn_virtio_mmio_set_address(HvnVirtioMmio *self, guint offset, guint32 value)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);
    HvnVirtqueueAreaKind kind = (offset - HVN_VIRTIO_MMIO_QUEUE_DESC_LOW) / 16;
    guint shift = offset & 4 ? 32 : 0;

    if (queue != NULL)
        hvn_virtio_face_set_address(&self->face, kind,
                                    (queue->addresses[kind] & ~((guint64)G_MAXUINT32 << shift)) | (guint64)value << shift);
}

/* 4.2.2: a shared memory region that there is not has a length of all ones, as each has here */
static guint32
hvn_virtio_mmio_get_no_shm(HvnVirtioMmio *self)
{
    return G_MAXUINT32;
}

/* ---- queues of a legacy driver (4.2.4) ---- */

static gboolean
hvn_virtio_mmio_is_power_of_two(HvnVirtioMmio *self, const char *what, guint32 value)
{
    if (value != 0 && (value & (value - 1)) == 0)
        return TRUE;
    hvn_guest_error(hvn_nic_get_guest_errors(self->face.nic), "%s of %u, must be a power of two", what, value);
    return FALSE;
}

static void
hvn_virtio_mmio_set_page_size(HvnVirtioMmio *self, guint offset, guint32 value)
{
    if (hvn_virtio_mmio_is_power_of_two(self, "a page size", value))
        self->page_size = value;
}

static void
hvn_virtio_mmio_set_align(HvnVirtioMmio *self, guint offset, guint32 value)
{
    if (hvn_virtio_mmio_is_power_of_two(self, "a queue alignment", value))
        self->align = value;
}

static guint32
hvn_virtio_mmio_get_pfn(HvnVirtioMmio *self)
{
    const HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(&self->face);

    return queue != NULL ? queue->addresses[HVN_VIRTQUEUE_DESC] / self->page_size : 0;
}

static void
hvn_virtio_mmio_set_pfn(HvnVirtioMmio *self, guint offset, guint32 value)
{
    hvn_virtio_face_set_legacy_queue(&self->face, (guint64)value * self->page_size, self->align);
}

/* ---- the tables ---- */

/* 4.2.2 */
static const HvnVirtioMmioRow virtio_mmio_rows[] = {
    {HVN_VIRTIO_MMIO_MAGIC, hvn_virtio_mmio_get_magic, NULL},
    {HVN_VIRTIO_MMIO_VERSION, hvn_virtio_mmio_get_version, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_ID, hvn_virtio_mmio_get_device_id, NULL},
    {HVN_VIRTIO_MMIO_VENDOR_ID, hvn_virtio_mmio_get_vendor_id, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_FEATURES, hvn_virtio_mmio_get_device_features, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_FEATURES_SEL, NULL, hvn_virtio_mmio_set_device_features_sel},
    {HVN_VIRTIO_MMIO_DRIVER_FEATURES, NULL, hvn_virtio_mmio_set_driver_features},
    {HVN_VIRTIO_MMIO_DRIVER_FEATURES_SEL, NULL, hvn_virtio_mmio_set_driver_features_sel},
    {HVN_VIRTIO_MMIO_QUEUE_SEL, NULL, hvn_virtio_mmio_set_queue_sel},
    {HVN_VIRTIO_MMIO_QUEUE_NUM_MAX, hvn_virtio_mmio_get_queue_num_max, NULL},
    {HVN_VIRTIO_MMIO_QUEUE_NUM, NULL, hvn_virtio_mmio_set_queue_num},
    {HVN_VIRTIO_MMIO_QUEUE_READY, hvn_virtio_mmio_get_queue_ready, hvn_virtio_mmio_set_queue_ready},
    {HVN_VIRTIO_MMIO_QUEUE_NOTIFY, NULL, hvn_virtio_mmio_queue_notify},
    {HVN_VIRTIO_MMIO_INTERRUPT_STATUS, hvn_virtio_mmio_get_interrupt, NULL},
    {HVN_VIRTIO_MMIO_INTERRUPT_ACK, NULL, hvn_virtio_mmio_ack_interrupt},
    {HVN_VIRTIO_MMIO_STATUS, hvn_virtio_mmio_get_status, hvn_virtio_mmio_set_status},
    {HVN_VIRTIO_MMIO_QUEUE_DESC_LOW, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_QUEUE_DESC_HIGH, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_QUEUE_DRIVER_LOW, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_QUEUE_DRIVER_HIGH, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_QUEUE_DEVICE_LOW, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_QUEUE_DEVICE_HIGH, NULL, hvn_virtio_mmio_set_address},
    {HVN_VIRTIO_MMIO_SHM_LEN_LOW, hvn_virtio_mmio_get_no_shm, NULL},
    {HVN_VIRTIO_MMIO_SHM_LEN_HIGH, hvn_virtio_mmio_get_no_shm, NULL},
    {HVN_VIRTIO_MMIO_SHM_BASE_LOW, hvn_virtio_mmio_get_no_shm, NULL},
    {HVN_VIRTIO_MMIO_SHM_BASE_HIGH, hvn_virtio_mmio_get_no_shm, NULL},
    {HVN_VIRTIO_MMIO_QUEUE_RESET, NULL, hvn_virtio_mmio_set_queue_reset},
    {HVN_VIRTIO_MMIO_CONFIG_GENERATION, hvn_virtio_mmio_get_generation, NULL},
};

/* 4.2.4 */
static const HvnVirtioMmioRow virtio_mmio_legacy_rows[] = {
    {HVN_VIRTIO_MMIO_MAGIC, hvn_virtio_mmio_get_magic, NULL},
    {HVN_VIRTIO_MMIO_VERSION, hvn_virtio_mmio_get_version, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_ID, hvn_virtio_mmio_get_device_id, NULL},
    {HVN_VIRTIO_MMIO_VENDOR_ID, hvn_virtio_mmio_get_vendor_id, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_FEATURES, hvn_virtio_mmio_get_device_features, NULL},
    {HVN_VIRTIO_MMIO_DEVICE_FEATURES_SEL, NULL, hvn_virtio_mmio_set_device_features_sel},
    {HVN_VIRTIO_MMIO_DRIVER_FEATURES, NULL, hvn_virtio_mmio_set_legacy_features},
    {HVN_VIRTIO_MMIO_DRIVER_FEATURES_SEL, NULL, hvn_virtio_mmio_set_driver_features_sel},
    {HVN_VIRTIO_MMIO_GUEST_PAGE_SIZE, NULL, hvn_virtio_mmio_set_page_size},
    {HVN_VIRTIO_MMIO_QUEUE_SEL, NULL, hvn_virtio_mmio_set_queue_sel},
    {HVN_VIRTIO_MMIO_QUEUE_NUM_MAX, hvn_virtio_mmio_get_queue_num_max, NULL},
    {HVN_VIRTIO_MMIO_QUEUE_NUM, NULL, hvn_virtio_mmio_set_queue_num},
    {HVN_VIRTIO_MMIO_QUEUE_ALIGN, NULL, hvn_virtio_mmio_set_align},
    {HVN_VIRTIO_MMIO_QUEUE_PFN, hvn_virtio_mmio_get_pfn, hvn_virtio_mmio_set_pfn},
    {HVN_VIRTIO_MMIO_QUEUE_NOTIFY, NULL, hvn_virtio_mmio_queue_notify},
    {HVN_VIRTIO_MMIO_INTERRUPT_STATUS, hvn_virtio_mmio_get_interrupt, NULL},
    {HVN_VIRTIO_MMIO_INTERRUPT_ACK, NULL, hvn_virtio_mmio_ack_interrupt},
    {HVN_VIRTIO_MMIO_STATUS, hvn_virtio_mmio_get_status, hvn_virtio_mmio_set_status},
};

/* NULL for what is no register; 4.2.2.2: registers are 32 bits wide and accessed so */
static const HvnVirtioMmioRow *
hvn_virtio_mmio_find(HvnVirtioMmio *self, guint64 offset, guint size)
{
    const HvnVirtioMmioRow *rows = self->legacy ? virtio_mmio_legacy_rows : virtio_mmio_rows;
    guint n_rows = self->legacy ? G_N_ELEMENTS(virtio_mmio_legacy_rows) : G_N_ELEMENTS(virtio_mmio_rows);

    if (size != 4 || offset % 4 != 0) {
        hvn_guest_error(hvn_nic_get_guest_errors(self->face.nic),
                        "an access of %u bytes at 0x%" G_GINT64_MODIFIER "x, registers take 4 at a multiple of 4", size, offset);
        return NULL;
    }
    for (guint i = 0; i < n_rows; i++) {
        if (rows[i].offset == offset)
            return &rows[i];
    }
    return NULL;
}

guint64
hvn_virtio_mmio_region_read(HvnVirtioMmio *self, guint64 offset, guint size)
{
    const HvnVirtioMmioRow *row;

    if (!self->face.on)
        return size < 8 ? (G_GUINT64_CONSTANT(1) << size * 8) - 1 : G_MAXUINT64;
    if (offset >= HVN_VIRTIO_MMIO_CONFIG)
        return hvn_virtio_face_read_config(&self->face, offset - HVN_VIRTIO_MMIO_CONFIG, size);
    row = hvn_virtio_mmio_find(self, offset, size);
    return row != NULL && row->get != NULL ? row->get(self) : 0;
}

void
hvn_virtio_mmio_region_write(HvnVirtioMmio *self, guint64 offset, guint64 value, guint size)
{
    const HvnVirtioMmioRow *row;

    if (!self->face.on)
        return;
    if (G_LIKELY(offset == HVN_VIRTIO_MMIO_QUEUE_NOTIFY && size == 4)) {
        hvn_virtio_mmio_queue_notify(self, HVN_VIRTIO_MMIO_QUEUE_NOTIFY, (guint32)value);
        return;
    }
    if (offset >= HVN_VIRTIO_MMIO_CONFIG) {
        hvn_virtio_face_write_config(&self->face, offset - HVN_VIRTIO_MMIO_CONFIG, value, size);
        return;
    }
    row = hvn_virtio_mmio_find(self, offset, size);
    if (row != NULL && row->set != NULL)
        row->set(self, row->offset, (guint32)value);
}

/* ---- the object ---- */

void
hvn_virtio_mmio_reset(HvnVirtioMmio *self)
{
    if (!self->face.on)
        return;
    self->interrupt = 0;
    self->page_size = LEGACY_PAGE_SIZE;
    self->align = LEGACY_ALIGN;
    hvn_nic_set_irq(self->face.nic, FALSE);
    hvn_virtio_face_reset(&self->face);
}

void
hvn_virtio_mmio_set_on(HvnVirtioMmio *self, gboolean on)
{
    if (!on)
        hvn_virtio_mmio_reset(self);
    self->face.on = on;
}

HvnVirtioMmio *
hvn_virtio_mmio_new(HvnNic *nic, gboolean legacy)
{
    HvnVirtioMmio *self;

    g_return_val_if_fail(HVN_IS_NIC(nic) && HVN_IS_VIRTIO_DEVICE(nic), NULL);

    self = g_new0(HvnVirtioMmio, 1);
    self->legacy = legacy;
    self->page_size = LEGACY_PAGE_SIZE;
    self->align = LEGACY_ALIGN;
    hvn_virtio_face_init(&self->face, nic, &virtio_mmio_face_ops, self);
    hvn_nic_add_region(nic, HVN_VIRTIO_MMIO_REGION, HVN_VIRTIO_MMIO_SIZE, FALSE, 0);
    return self;
}

void
hvn_virtio_mmio_free(HvnVirtioMmio *self)
{
    if (self == NULL)
        return;
    hvn_virtio_face_clear(&self->face);
    g_free(self);
}
