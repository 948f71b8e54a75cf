/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A split virtqueue of the probe's driver for virtio-net (VIRTIO 1.2, 2.7). Descriptor i is buffer i for good, so a chain is one
 * descriptor and the table is written once but for lengths.
 *
 *   free -> offer: available ring .. kick: index shown, doorbell -> device -> used ring -> take -> free */
#include <stdatomic.h>

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-virtio-net.h"

static gboolean
hvn_probe_virtio_queue_choose_size(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, GError **error)
{
    guint size = self->registers->select_queue(self, queue->index);

    if (size == 0 || (size & (size - 1)) != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "queue %u has a size of %u, expected a power of two", queue->index, size);
        return FALSE;
    }
    queue->size = MIN(size, VIRTIO_NET_N_DESCS);
    size = self->registers->set_size(self, queue->size);
    if (size == queue->size)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "queue %u has a size of %u after %u was written", queue->index, size,
                queue->size);
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
    self->registers->set_address(self, VIRTIO_AREA_DESC, desc);
    self->registers->set_address(self, VIRTIO_AREA_DRIVER, avail);
    self->registers->set_address(self, VIRTIO_AREA_DEVICE, used);
    return TRUE;
}

gboolean
hvn_probe_virtio_queue_start(HvnProbeVirtioNet *self, HvnProbeVirtioQueue *queue, guint index, guint buffer_size, GError **error)
{
    queue->index = index;
    queue->buffer_size = buffer_size;
    if (!hvn_probe_virtio_queue_choose_size(self, queue, error) ||
        (self->registers->find_doorbell != NULL && !self->registers->find_doorbell(self, queue, error)) ||
        !hvn_probe_virtio_queue_alloc(self, queue, error))
        return FALSE;
    if (self->registers->enable(self))
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
        self->registers->notify(self, queue);
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
