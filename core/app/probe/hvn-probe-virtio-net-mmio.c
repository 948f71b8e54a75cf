/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers of virtio over MMIO as the probe's driver uses them (VIRTIO 1.2, 4.2.2): one region, whose place the machine's
 * description says. Version 1 is for drivers from before VIRTIO 1.0, which this one is not. */
#include "hvn-error.h"
#include "hvn-probe-virtio-net.h"

#define REGION 0
#define MAGIC  0x74726976 /* "virt" */

/* 4.2.2 */
#define VIRTIO_MMIO_MAGIC               0x000
#define VIRTIO_MMIO_VERSION             0x004
#define VIRTIO_MMIO_DEVICE_ID           0x008
#define VIRTIO_MMIO_DEVICE_FEATURES     0x010
#define VIRTIO_MMIO_DEVICE_FEATURES_SEL 0x014
#define VIRTIO_MMIO_DRIVER_FEATURES     0x020
#define VIRTIO_MMIO_DRIVER_FEATURES_SEL 0x024
#define VIRTIO_MMIO_QUEUE_SEL           0x030
#define VIRTIO_MMIO_QUEUE_NUM_MAX       0x034
#define VIRTIO_MMIO_QUEUE_NUM           0x038
#define VIRTIO_MMIO_QUEUE_READY         0x044
#define VIRTIO_MMIO_QUEUE_NOTIFY        0x050
#define VIRTIO_MMIO_INTERRUPT_STATUS    0x060
#define VIRTIO_MMIO_INTERRUPT_ACK       0x064
#define VIRTIO_MMIO_STATUS              0x070
#define VIRTIO_MMIO_QUEUE_DESC          0x080 /* the low half; the other parts 16 bytes on each */
#define VIRTIO_MMIO_CONFIG_GENERATION   0x0fc
#define VIRTIO_MMIO_CONFIG              0x100

#define ID_NET 1

static guint32
hvn_probe_virtio_mmio_read(HvnProbeVirtioNet *self, guint offset)
{
    return hvn_probe_guest_read(self->parent.guest, REGION, offset);
}

static void
hvn_probe_virtio_mmio_write(HvnProbeVirtioNet *self, guint offset, guint32 value)
{
    hvn_probe_guest_write(self->parent.guest, REGION, offset, value);
}

const char *
hvn_probe_virtio_mmio_detect(HvnProbeGuest *guest)
{
    if (hvn_probe_guest_get_pci(guest)->bars[REGION].size < VIRTIO_MMIO_CONFIG + HVN_VIRTIO_NET_CONFIG_STATUS + 2 ||
        hvn_probe_guest_read(guest, REGION, VIRTIO_MMIO_MAGIC) != MAGIC ||
        hvn_probe_guest_read(guest, REGION, VIRTIO_MMIO_DEVICE_ID) != ID_NET)
        return NULL;
    return "virtio-net";
}

/* 4.2.2.2: a driver leaves a version alone that it does not know */
static gboolean
hvn_probe_virtio_mmio_find(HvnProbeVirtioNet *self, GError **error)
{
    guint version = hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_VERSION);

    if (version == 2)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "the device has registers of version %u, the driver knows version 2", version);
    return FALSE;
}

static guint
hvn_probe_virtio_mmio_get_status(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_STATUS);
}

static void
hvn_probe_virtio_mmio_set_status(HvnProbeVirtioNet *self, guint status)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_STATUS, status);
}

static guint32
hvn_probe_virtio_mmio_get_features(HvnProbeVirtioNet *self, guint select)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_DEVICE_FEATURES_SEL, select);
    return hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_DEVICE_FEATURES);
}

static void
hvn_probe_virtio_mmio_set_features(HvnProbeVirtioNet *self, guint select, guint32 features)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_DRIVER_FEATURES_SEL, select);
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_DRIVER_FEATURES, features);
}

static guint
hvn_probe_virtio_mmio_get_generation(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_CONFIG_GENERATION);
}

static guint32
hvn_probe_virtio_mmio_read_config(HvnProbeVirtioNet *self, guint offset, guint size)
{
    return hvn_probe_guest_read_part(self->parent.guest, REGION, VIRTIO_MMIO_CONFIG + offset, size);
}

static guint
hvn_probe_virtio_mmio_select_queue(HvnProbeVirtioNet *self, guint index)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_SEL, index);
    return hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_QUEUE_NUM_MAX);
}

/* the size cannot be read back */
static guint
hvn_probe_virtio_mmio_set_size(HvnProbeVirtioNet *self, guint size)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_NUM, size);
    return size;
}

static void
hvn_probe_virtio_mmio_set_address(HvnProbeVirtioNet *self, HvnProbeVirtioArea area, guint64 address)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_DESC + 16 * area, (guint32)address);
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_DESC + 16 * area + 4, (guint32)(address >> 32));
}

static gboolean
hvn_probe_virtio_mmio_enable(HvnProbeVirtioNet *self)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_READY, 1);
    return hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_QUEUE_READY) == 1;
}

static void
hvn_probe_virtio_mmio_notify(HvnProbeVirtioNet *self, const HvnProbeVirtioQueue *queue)
{
    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_QUEUE_NOTIFY, queue->index);
}

/* the line falls when all that is set was acknowledged; the bits are those of ISR */
static guint
hvn_probe_virtio_mmio_take_cause(HvnProbeVirtioNet *self)
{
    guint cause = hvn_probe_virtio_mmio_read(self, VIRTIO_MMIO_INTERRUPT_STATUS);

    hvn_probe_virtio_mmio_write(self, VIRTIO_MMIO_INTERRUPT_ACK, cause);
    return cause;
}

const HvnProbeVirtioRegisters hvn_probe_virtio_mmio = {
    .find = hvn_probe_virtio_mmio_find,
    .get_status = hvn_probe_virtio_mmio_get_status,
    .set_status = hvn_probe_virtio_mmio_set_status,
    .get_features = hvn_probe_virtio_mmio_get_features,
    .set_features = hvn_probe_virtio_mmio_set_features,
    .get_generation = hvn_probe_virtio_mmio_get_generation,
    .read_config = hvn_probe_virtio_mmio_read_config,
    .select_queue = hvn_probe_virtio_mmio_select_queue,
    .set_size = hvn_probe_virtio_mmio_set_size,
    .set_address = hvn_probe_virtio_mmio_set_address,
    .enable = hvn_probe_virtio_mmio_enable,
    .notify = hvn_probe_virtio_mmio_notify,
    .take_cause = hvn_probe_virtio_mmio_take_cause,
};
