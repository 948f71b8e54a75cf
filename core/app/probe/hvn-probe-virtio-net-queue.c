/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A split virtqueue of the probe's driver for virtio-net (VIRTIO 1.2, 2.7). Descriptor i is buffer i for good, so a chain is one
 * descriptor and the table is written once but for lengths.
 *
 *   free -> offer: available ring .. kick: index shown, doorbell -> device -> used ring -> take -> free */
#include <stdatomic.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-virtio-net.h"

static void
hvn_probe_virtio_queue_set_address(HvnProbeVirtioNet *self, guint offset, guint64 address)
{
    /* 4.1.3.1: 64-bit fields may be written in halves */
    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, offset, (guint32)address, 4);
    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, offset + 4, (guint32)(address >> 32), 4);
}

static gboolean
hvn_probe_virtio_queue_choose_size(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error)
{
    guint size = hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, 2);

    if (size == 0 || (size & (size - 1)) != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "queue %u has a size of %u, expected a power of two", queue->index, size);
        return FALSE;
    }
    queue->size = MIN(size, VIRTIO_NET_N_DESCS);
    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, queue->size, 2);
    size = hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SIZE, 2);
    if (size == queue->size)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "queue %u has a size of %u after %u was written", queue->index, size,
                queue->size);
    return FALSE;
}

/* 4.1.4.4 */
static gboolean
hvn_probe_virtio_queue_find_doorbell(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error)
{
    const HvnProbeVirtioWindow *notify = &self->parts[VIRTIO_PART_NOTIFY];
    guint64 at = hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_NOTIFY_OFF, 2);

    at *= notify->multiplier;
    queue->doorbell = (guint32)at;
    if (at + 2 <= notify->len)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED,
                "the doorbell of queue %u is at %" G_GUINT64_FORMAT ", behind the %u bytes of the notify capability",
                queue->index, at, notify->len);
    return FALSE;
}

static gboolean
hvn_probe_virtio_queue_alloc(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error)
{
    guint64 desc, avail, used, buffers;

    queue->desc = hvn_probe_guest_alloc(self->parent.guest, queue->size * VIRTIO_DESC_SIZE, 16, &desc);
    queue->avail = hvn_probe_guest_alloc(self->parent.guest, VIRTIO_AVAIL_RING + 2 * queue->size + 2, 2, &avail);
    queue->used =
        hvn_probe_guest_alloc(self->parent.guest, VIRTIO_USED_RING + VIRTIO_USED_ELEMENT_SIZE * queue->size + 2, 4, &used);
    queue->buffers = hvn_probe_guest_alloc(self->parent.guest, (gsize)queue->size * queue->buffer_size, 64, &buffers);
    if (queue->desc == NULL || queue->avail == NULL || queue->used == NULL || queue->buffers == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "guest memory is used up by queue %u", queue->index);
        return FALSE;
    }
    for (guint i = 0; i < queue->size; i++) {
        hvn_store_le64(queue->desc + i * VIRTIO_DESC_SIZE, buffers + i * queue->buffer_size);
        queue->free[queue->size - 1 - i] = (guint16)i;
    }
    queue->n_free = queue->size;
    hvn_probe_virtio_queue_set_address(self, VIRTIO_PCI_QUEUE_DESC, desc);
    hvn_probe_virtio_queue_set_address(self, VIRTIO_PCI_QUEUE_DRIVER, avail);
    hvn_probe_virtio_queue_set_address(self, VIRTIO_PCI_QUEUE_DEVICE, used);
    return TRUE;
}

gboolean
hvn_probe_virtio_queue_start(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, guint index, guint buffer_size, GError **error)
{
    queue->index = index;
    queue->buffer_size = buffer_size;
    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_SELECT, index, 2);
    if (!hvn_probe_virtio_queue_choose_size(self, queue, error) || !hvn_probe_virtio_queue_find_doorbell(self, queue, error) ||
        !hvn_probe_virtio_queue_alloc(self, queue, error))
        return FALSE;
    hvn_probe_virtio_net_write(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_ENABLE, 1, 2);
    if (hvn_probe_virtio_net_read(self, VIRTIO_PART_COMMON, VIRTIO_PCI_QUEUE_ENABLE, 2) == 1)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "queue %u cannot be enabled", index);
    return FALSE;
}

guint8 *
hvn_probe_virtio_queue_get_buffer(HvnProbeVirtioQueue *queue, guint id)
{
    return queue->buffers + (gsize)id * queue->buffer_size;
}

void
hvn_probe_virtio_queue_offer(HvnProbeVirtioQueue *queue, guint32 len, guint flags)
{
    guint id = queue->free[--queue->n_free];
    guint8 *desc = queue->desc + id * VIRTIO_DESC_SIZE;

    hvn_store_le32(desc + VIRTIO_DESC_LEN, len);
    hvn_store_le16(desc + VIRTIO_DESC_FLAGS, (guint16)flags);
    queue->lent[id] = TRUE;
    hvn_store_le16(queue->avail + VIRTIO_AVAIL_RING + 2 * (queue->avail_next % queue->size), (guint16)id);
    queue->avail_next++;
}

void
hvn_probe_virtio_queue_kick(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue)
{
    if (queue->avail_shown == queue->avail_next)
        return;
    queue->avail_shown = queue->avail_next;
    atomic_thread_fence(memory_order_release);
    hvn_store_le16(queue->avail + VIRTIO_AVAIL_INDEX, queue->avail_next);
    /* 2.7.13.4.1: the index has to be seen before the flag is looked at */
    atomic_thread_fence(memory_order_seq_cst);
    if ((hvn_load_le16(queue->used + VIRTIO_USED_FLAGS) & VIRTIO_USED_F_NO_NOTIFY) == 0)
        hvn_probe_virtio_net_write(self, VIRTIO_PART_NOTIFY, queue->doorbell, queue->index, 2);
}

gboolean
hvn_probe_virtio_queue_take(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, guint *id, guint32 *len)
{
    guint16 pending = (guint16)(hvn_load_le16(queue->used + VIRTIO_USED_INDEX) - queue->used_next);
    const guint8 *element = queue->used + VIRTIO_USED_RING + VIRTIO_USED_ELEMENT_SIZE * (queue->used_next % queue->size);
    guint32 given;

    if (pending == 0)
        return FALSE;
    atomic_thread_fence(memory_order_acquire);
    if (pending > queue->size - queue->n_free) {
        hvn_probe_driver_report(&self->parent, "queue %u gives %u buffers back and has %u", queue->index, pending,
                                queue->size - queue->n_free);
        hvn_probe_virtio_net_give_up(self);
        return FALSE;
    }
    given = hvn_load_le32(element);
    *len = hvn_load_le32(element + 4);
    if (given >= queue->size || !queue->lent[given]) {
        hvn_probe_driver_report(&self->parent, "queue %u gives buffer %u back, which it does not have", queue->index, given);
        hvn_probe_virtio_net_give_up(self);
        return FALSE;
    }
    *id = given;
    queue->lent[given] = FALSE;
    queue->free[queue->n_free++] = (guint16)given;
    queue->used_next++;
    return TRUE;
}
