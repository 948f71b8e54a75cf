/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The registers of virtio over PCI as the probe's driver uses them (VIRTIO 1.2, 4.1): capabilities say where they are. */
#include "hvn-error.h"
#include "hvn-probe-msix.h"
#include "hvn-probe-virtio-net.h"

#define CAPABILITIES_MAX 48 /* of at least 4 bytes, behind the header of 64 */
#define PCI_CAP_VENDOR   0x09

/* 4.1.4: a capability of virtio */
#define CAP_LEN        2
#define CAP_TYPE       3
#define CAP_BAR        4
#define CAP_OFFSET     8
#define CAP_LENGTH     12
#define CAP_MULTIPLIER 16
#define CAP_SIZE       16

/* of MSI-X, where the device has it */
#define VECTOR_CONFIG  0
#define VECTOR_RECEIVE 1
#define N_VECTORS      2
#define NO_VECTOR      0xffff

static guint32
hvn_probe_virtio_pci_read(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint size)
{
    const HvnProbeVirtioWindow *window = &self->parts[part];

    return hvn_probe_guest_read_part(self->parent.guest, window->bar, (guint64)window->offset + offset, size);
}

static void
hvn_probe_virtio_pci_write(HvnProbeVirtioNet *self, HvnProbeVirtioPart part, guint offset, guint32 value, guint size)
{
    const HvnProbeVirtioWindow *window = &self->parts[part];

    hvn_probe_guest_write_part(self->parent.guest, window->bar, (guint64)window->offset + offset, value, size);
}

/* ---- capabilities ---- */

/* 4.1.4.1: of each type the first that can be used; those with values that are not for us are passed over */
static void
hvn_probe_virtio_pci_take_part(HvnProbeVirtioNet *self, guint at)
{
    static const guint32 needed[VIRTIO_N_PARTS] = {
        [VIRTIO_PART_COMMON] = VIRTIO_PCI_COMMON_LEN,
        [VIRTIO_PART_NOTIFY] = 2,
        [VIRTIO_PART_ISR] = 1,
        [VIRTIO_PART_DEVICE] = HVN_VIRTIO_NET_CONFIG_STATUS + 2,
    };
    HvnProbeGuest *guest = self->parent.guest;
    guint type = hvn_probe_guest_read_config(guest, at + CAP_TYPE, 1);
    guint size = hvn_probe_guest_read_config(guest, at + CAP_LEN, 1);
    guint wanted = type == VIRTIO_PART_NOTIFY ? CAP_MULTIPLIER + 4 : CAP_SIZE;
    HvnProbeVirtioWindow window = {.found = TRUE};

    if (type < VIRTIO_PART_COMMON || type >= VIRTIO_N_PARTS || self->parts[type].found || size < wanted ||
        at + wanted > HVN_PCI_CONFIG_SIZE)
        return;
    window.bar = hvn_probe_guest_read_config(guest, at + CAP_BAR, 1);
    window.offset = hvn_probe_guest_read_config(guest, at + CAP_OFFSET, 4);
    window.len = hvn_probe_guest_read_config(guest, at + CAP_LENGTH, 4);
    if (type == VIRTIO_PART_NOTIFY)
        window.multiplier = hvn_probe_guest_read_config(guest, at + CAP_MULTIPLIER, 4);
    if (window.bar < HVN_PCI_N_BARS && window.len >= needed[type] &&
        (guint64)window.offset + window.len <= hvn_probe_guest_get_pci(guest)->bars[window.bar].size)
        self->parts[type] = window;
}

static gboolean
hvn_probe_virtio_pci_find(HvnProbeVirtioNet *self, GError **error)
{
    static const char *const names[VIRTIO_N_PARTS] = {NULL, "common", "notify", "ISR", "device"};
    HvnProbeGuest *guest = self->parent.guest;
    guint at = hvn_probe_guest_find_capability(guest, PCI_CAP_VENDOR, 0);

    for (guint i = 0; at != 0 && i < CAPABILITIES_MAX; i++) {
        hvn_probe_virtio_pci_take_part(self, at);
        at = hvn_probe_guest_find_capability(guest, PCI_CAP_VENDOR, at);
    }
    for (guint part = VIRTIO_PART_COMMON; part < VIRTIO_N_PARTS; part++) {
        if (self->parts[part].found)
            continue;
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED,
                    "no PCI capability says where the %s configuration is, or one that fits its bar", names[part]);
        return FALSE;
    }
    self->parent.facts.messages = hvn_probe_msix_enable(guest, N_VECTORS);
    return TRUE;
}

/* ---- registers ---- */

static guint
hvn_probe_virtio_pci_get_status(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_STATUS, 1);
}

static void
hvn_probe_virtio_pci_set_status(HvnProbeVirtioNet *self, guint status)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_STATUS, status, 1);
}

static guint32
hvn_probe_virtio_pci_get_features(HvnProbeVirtioNet *self, guint select)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DEVICE_FEATURE_SELECT, select, 4);
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DEVICE_FEATURE, 4);
}

static void
hvn_probe_virtio_pci_set_features(HvnProbeVirtioNet *self, guint select, guint32 features)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DRIVER_FEATURE_SELECT, select, 4);
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_DRIVER_FEATURE, features, 4);
}

static guint
hvn_probe_virtio_pci_get_generation(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_CONFIG_GENERATION, 1);
}

static guint32
hvn_probe_virtio_pci_read_config(HvnProbeVirtioNet *self, guint offset, guint size)
{
    return offset + size <= self->parts[VIRTIO_PART_DEVICE].len ? hvn_probe_virtio_pci_read(self, VIRTIO_PART_DEVICE, offset, size) : 0;
}

static guint
hvn_probe_virtio_pci_get_n_queues(HvnProbeVirtioNet *self)
{
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_NUM_QUEUES, 2);
}

static guint
hvn_probe_virtio_pci_select_queue(HvnProbeVirtioNet *self, guint index)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SELECT, index, 2);
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, 2);
}

static guint
hvn_probe_virtio_pci_set_size(HvnProbeVirtioNet *self, guint size)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, size, 2);
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, 2);
}

static void
hvn_probe_virtio_pci_set_address(HvnProbeVirtioNet *self, HvnProbeVirtioArea area, guint64 address)
{
    guint offset = VIRTIO_PCI_QUEUE_DESC + 8 * area;

    /* 4.1.3.1: 64-bit fields may be written in halves */
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, offset, (guint32)address, 4);
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, offset + 4, (guint32)(address >> 32), 4);
}

/* 4.1.4.4 */
static gboolean
hvn_probe_virtio_pci_find_doorbell(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error)
{
    const HvnProbeVirtioWindow *notify = &self->parts[VIRTIO_PART_NOTIFY];
    guint64 at = hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_NOTIFY_OFF, 2);

    at *= notify->multiplier;
    queue->doorbell = (guint32)at;
    if (at + 2 <= notify->len)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED,
                "the doorbell of queue %u is at %" G_GUINT64_FORMAT ", behind the %u bytes of the notify capability",
                queue->index, at, notify->len);
    return FALSE;
}

/* 4.1.5.1.2: the vectors of the configuration and of the queue that is selected; a device that is out of them reads back as none,
 * which the driver would notice as interrupts that do not come */
static void
hvn_probe_virtio_pci_set_vectors(HvnProbeVirtioNet *self)
{
    guint queue = hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SELECT, 2);

    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_CONFIG_MSIX_VECTOR, VECTOR_CONFIG, 2);
    /* the sending queue is looked after when buffers are needed */
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_MSIX_VECTOR, queue == 0 ? VECTOR_RECEIVE : NO_VECTOR, 2);
}

static gboolean
hvn_probe_virtio_pci_enable(HvnProbeVirtioNet *self)
{
    if (self->parent.facts.messages)
        hvn_probe_virtio_pci_set_vectors(self);
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_ENABLE, 1, 2);
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_ENABLE, 2) == 1;
}

static void
hvn_probe_virtio_pci_notify(HvnProbeVirtioNet *self, const HvnProbeVirtioQueue *queue)
{
    hvn_probe_virtio_pci_write(self, VIRTIO_PART_NOTIFY, queue->doorbell, queue->index, 2);
}

/* 4.1.4.5: reading ISR clears it, which lowers the line; with MSI-X the vector is the cause */
static guint
hvn_probe_virtio_pci_take_cause(HvnProbeVirtioNet *self)
{
    if (self->parent.facts.messages) {
        guint32 vectors = hvn_probe_guest_take_messages(self->parent.guest);

        return ((vectors & 1u << VECTOR_CONFIG) != 0 ? VIRTIO_ISR_CONFIG : 0) |
               ((vectors & 1u << VECTOR_RECEIVE) != 0 ? VIRTIO_ISR_QUEUE : 0);
    }
    return hvn_probe_virtio_pci_read(self, VIRTIO_PART_ISR, 0, 1);
}

const HvnProbeVirtioRegisters hvn_probe_virtio_pci = {
    .find = hvn_probe_virtio_pci_find,
    .get_status = hvn_probe_virtio_pci_get_status,
    .set_status = hvn_probe_virtio_pci_set_status,
    .get_features = hvn_probe_virtio_pci_get_features,
    .set_features = hvn_probe_virtio_pci_set_features,
    .get_generation = hvn_probe_virtio_pci_get_generation,
    .read_config = hvn_probe_virtio_pci_read_config,
    .get_n_queues = hvn_probe_virtio_pci_get_n_queues,
    .select_queue = hvn_probe_virtio_pci_select_queue,
    .set_size = hvn_probe_virtio_pci_set_size,
    .set_address = hvn_probe_virtio_pci_set_address,
    .find_doorbell = hvn_probe_virtio_pci_find_doorbell,
    .enable = hvn_probe_virtio_pci_enable,
    .notify = hvn_probe_virtio_pci_notify,
    .take_cause = hvn_probe_virtio_pci_take_cause,
};
