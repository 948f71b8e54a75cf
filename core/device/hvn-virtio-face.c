/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What virtio-pci and virtio-mmio share: negotiation, the queues as a driver sets them up, and when they run. */
#include "hvn-virtio-face.h"

#include "hvn-bytes.h"
#include "hvn-virtio-remote.h"

/* ---- what queues ask of their transport ---- */

static guint
hvn_virtio_face_queue_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnVirtioFace *self = data;
    guint n = hvn_nic_dma_map(self->nic, addr, len, write, iov, n_iov);

    if (G_UNLIKELY(n == 0))
        self->far |= hvn_nic_dma_is_pending(self->nic);
    return n;
}

static void
hvn_virtio_face_queue_release(gpointer data)
{
    hvn_nic_dma_release(((HvnVirtioFace *)data)->nic);
}

static void
hvn_virtio_face_queue_notify(gpointer data, guint index)
{
    HvnVirtioFace *self = data;

    self->ops->interrupt(self->data, (gint)index);
    if (G_UNLIKELY(self->remote != NULL)) {
        self->queues[index].told = TRUE;
        self->told_fence = hvn_nic_dma_get_fence(self->nic);
    }
}

/* ---- memory that is not shared ---- */

static guint
hvn_virtio_face_remote_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    return hvn_virtio_remote_map(((HvnVirtioFace *)data)->remote, addr, len, write, iov, n_iov);
}

static void
hvn_virtio_face_remote_dirty(gpointer data, gconstpointer host, gsize len)
{
    hvn_virtio_remote_dirty(((HvnVirtioFace *)data)->remote, host, len);
}

static gboolean
hvn_virtio_face_remote_is_pending(gpointer data)
{
    return hvn_nic_dma_is_pending(((HvnVirtioFace *)data)->nic);
}

/* asks to be told when the guest has seen what was written, if it has not */
static void
hvn_virtio_face_remote_done(gpointer data)
{
    HvnVirtioFace *self = data;

    hvn_virtio_remote_done(self->remote);
    hvn_nic_dma_has_passed(self->nic, hvn_nic_dma_get_fence(self->nic));
}

static void
hvn_virtio_face_remote_again(gpointer data)
{
    hvn_work_schedule(&((HvnVirtioFace *)data)->again);
}

static gboolean
hvn_virtio_face_run_again(gpointer data)
{
    hvn_nic_dma_arrived(((HvnVirtioFace *)data)->nic);
    return FALSE;
}

void
hvn_virtio_face_dma_arrived(HvnVirtioFace *self)
{
    if (self->told_fence == 0)
        return;
    for (guint i = 0; i < self->n_queues; i++) {
        if (self->queues[i].told)
            self->ops->interrupt(self->data, (gint)i);
    }
    if (!hvn_nic_dma_has_passed(self->nic, self->told_fence))
        return;
    self->told_fence = 0;
    for (guint i = 0; i < self->n_queues; i++)
        self->queues[i].told = FALSE;
}

static void
hvn_virtio_face_each_area(HvnVirtioFace *self, const HvnVirtioFaceQueue *queue, void (*func)(HvnVirtioRemote *, guint64, gsize, HvnVirtioRemoteArea))
{
    gboolean packed = (self->driver_features & HVN_VIRTIO_F_RING_PACKED) != 0;

    func(self->remote, queue->addresses[HVN_VIRTQUEUE_DEVICE],
         hvn_virtqueue_area_len(self->driver_features, queue->size, HVN_VIRTQUEUE_DEVICE), HVN_VIRTIO_REMOTE_OURS);
    if (packed)
        func(self->remote, queue->addresses[HVN_VIRTQUEUE_DESC],
             hvn_virtqueue_area_len(self->driver_features, queue->size, HVN_VIRTQUEUE_DESC), HVN_VIRTIO_REMOTE_BOTH);
}

/* a queue that begins anew begins with a ring that the driver has cleared */
static void
hvn_virtio_face_forget_areas(HvnVirtioFace *self, HvnVirtioFaceQueue *queue)
{
    queue->told = FALSE;
    if (self->remote != NULL)
        hvn_virtio_face_each_area(self, queue, hvn_virtio_remote_remove_area);
}

/* Whether rings are in memory that is not shared is seen by reading one: it is not here then. Where only buffers are, the first of them
 * breaks its queue, and the driver's reset makes that good. */
static gboolean
hvn_virtio_face_is_far(HvnVirtioFace *self)
{
    HvnBus *bus = hvn_nic_get_bus(self->nic);
    guint8 bytes[2];

    if (bus == NULL || HVN_BUS_GET_IFACE(bus)->is_pending == NULL)
        return FALSE;
    for (guint i = 0; i < self->n_queues && !self->far; i++) {
        if (self->queues[i].enabled && !hvn_nic_dma_read(self->nic, self->queues[i].addresses[HVN_VIRTQUEUE_DRIVER], bytes, sizeof bytes))
            self->far = hvn_nic_dma_is_pending(self->nic);
    }
    return self->far;
}

static void
hvn_virtio_face_set_remote(HvnVirtioFace *self, gboolean on)
{
    g_clear_pointer(&self->remote, hvn_virtio_remote_free);
    self->remote = on ? hvn_virtio_remote_new(self->nic) : NULL;
    self->queue_ops.map = on ? hvn_virtio_face_remote_map : hvn_virtio_face_queue_map;
    self->queue_ops.dirty = on ? hvn_virtio_face_remote_dirty : NULL;
    self->queue_ops.is_pending = on ? hvn_virtio_face_remote_is_pending : NULL;
    self->queue_ops.done = on ? hvn_virtio_face_remote_done : NULL;
    self->queue_ops.again = on ? hvn_virtio_face_remote_again : NULL;
}

/* before the first queue starts: all of them work in the same way */
static void
hvn_virtio_face_choose(HvnVirtioFace *self)
{
    for (guint i = 0; i < self->n_queues; i++) {
        if (self->queues[i].set)
            return;
    }
    if (self->remote == NULL && hvn_virtio_face_is_far(self))
        hvn_virtio_face_set_remote(self, TRUE);
}

/* 2.1.2: the driver is told once that it has to reset the device */
static void
hvn_virtio_face_queue_broken(gpointer data, guint index, const char *reason)
{
    HvnVirtioFace *self = data;

    hvn_guest_error(hvn_nic_get_guest_errors(self->nic), "queue %u is broken: %s", index, reason);
    if (self->status & HVN_VIRTIO_STATUS_NEEDS_RESET)
        return;
    self->status |= HVN_VIRTIO_STATUS_NEEDS_RESET;
    hvn_virtio_face_config_changed(self);
}

void
hvn_virtio_face_config_changed(HvnVirtioFace *self)
{
    self->generation++;
    if (self->on && (self->status & HVN_VIRTIO_STATUS_DRIVER_OK))
        self->ops->interrupt(self->data, HVN_VIRTIO_FACE_CONFIG);
}

/* ---- queues that run ---- */

static void
hvn_virtio_face_stop_queue(HvnVirtioFace *self, guint index)
{
    HvnVirtioFaceQueue *queue = &self->queues[index];

    if (!queue->set)
        return;
    queue->set = FALSE;
    hvn_virtio_device_set_queue(self->device, index, NULL);
    queue->state = hvn_virtqueue_stop(&queue->queue);
}

static void
hvn_virtio_face_start_queue(HvnVirtioFace *self, guint index)
{
    HvnVirtioFaceQueue *queue = &self->queues[index];
    HvnVirtqueueLayout layout = {.size = queue->size, .features = self->driver_features};
    g_autoptr(GError) error = NULL;

    if (queue->set || (self->status & HVN_VIRTIO_STATUS_NEEDS_RESET))
        return;
    for (guint i = 0; i < HVN_VIRTQUEUE_N_AREAS; i++)
        layout.areas[i].addr = queue->addresses[i];
    if (self->remote != NULL)
        hvn_virtio_face_each_area(self, queue, hvn_virtio_remote_add_area);
    if (!hvn_virtqueue_start(&queue->queue, &layout, queue->state, &error)) {
        hvn_virtio_face_queue_broken(self, index, error->message);
        return;
    }
    queue->set = TRUE;
    hvn_virtio_device_set_queue(self->device, index, &queue->queue);
}

void
hvn_virtio_face_update(HvnVirtioFace *self)
{
    gboolean run = self->on && (self->status & HVN_VIRTIO_STATUS_DRIVER_OK) &&
                   (self->ops->may_run == NULL || self->ops->may_run(self->data));

    if (run && hvn_nic_can_wait_for_dma(self->nic))
        hvn_virtio_face_choose(self);
    self->queue_ops.release = self->remote == NULL && hvn_nic_dma_needs_release(self->nic) ? hvn_virtio_face_queue_release : NULL;
    for (guint i = 0; i < self->n_queues; i++) {
        if (run && self->queues[i].enabled)
            hvn_virtio_face_start_queue(self, i);
        else
            hvn_virtio_face_stop_queue(self, i);
    }
}

void
hvn_virtio_face_kick(HvnVirtioFace *self, guint index, gboolean legacy)
{
    if (index >= self->n_queues)
        return;
    if (legacy && !(self->status & HVN_VIRTIO_STATUS_DRIVER_OK) && (self->status & HVN_VIRTIO_STATUS_DRIVER))
        hvn_virtio_face_set_status(self, self->status | HVN_VIRTIO_STATUS_DRIVER_OK, TRUE);
    hvn_virtqueue_kicked(&self->queues[index].queue);
    hvn_virtio_device_kick(self->device, index);
}

/* ---- negotiation ---- */

guint64
hvn_virtio_face_get_offered(HvnVirtioFace *self, gboolean legacy)
{
    guint64 features = (hvn_virtio_device_get_features(self->device) & ~self->masked) | self->extra;

    return legacy ? features & G_MAXUINT32 : features | HVN_VIRTIO_F_VERSION_1;
}

guint32
hvn_virtio_face_get_device_feature(HvnVirtioFace *self, gboolean legacy)
{
    if (self->device_feature_select > 1)
        return 0;
    return hvn_virtio_face_get_offered(self, legacy) >> self->device_feature_select * 32 & G_MAXUINT32;
}

/* 3.1.1: not any more once they are agreed on */
void
hvn_virtio_face_set_driver_feature(HvnVirtioFace *self, guint32 value)
{
    guint shift = self->driver_feature_select * 32;

    if (self->driver_feature_select > 1 || (self->status & HVN_VIRTIO_STATUS_FEATURES_OK))
        return;
    self->driver_features = (self->driver_features & ~((guint64)G_MAXUINT32 << shift)) | (guint64)value << shift;
}

static void
hvn_virtio_face_set_features(HvnVirtioFace *self, guint64 features)
{
    self->driver_features = features;
    self->features_set = TRUE;
    hvn_virtio_device_set_features(self->device, features);
}

void
hvn_virtio_face_set_legacy_feature(HvnVirtioFace *self, guint32 value)
{
    if (!(self->status & HVN_VIRTIO_STATUS_DRIVER_OK))
        hvn_virtio_face_set_features(self, value & hvn_virtio_face_get_offered(self, TRUE));
}

/* 3.1.1: FEATURES_OK stays clear when what the driver chose was not offered, or is not for a modern driver */
static guint8
hvn_virtio_face_check_features(HvnVirtioFace *self, guint8 status)
{
    guint64 offered = hvn_virtio_face_get_offered(self, FALSE);

    if (!(status & ~self->status & HVN_VIRTIO_STATUS_FEATURES_OK))
        return status;
    if ((self->driver_features & ~offered) || !(self->driver_features & HVN_VIRTIO_F_VERSION_1)) {
        hvn_guest_error(hvn_nic_get_guest_errors(self->nic),
                        "features 0x%" G_GINT64_MODIFIER "x are not within 0x%" G_GINT64_MODIFIER "x, or without version 1",
                        self->driver_features, offered);
        return status & ~HVN_VIRTIO_STATUS_FEATURES_OK;
    }
    hvn_virtio_face_set_features(self, self->driver_features);
    return status;
}

void
hvn_virtio_face_set_status(HvnVirtioFace *self, guint8 status, gboolean legacy)
{
    if (status == 0) {
        hvn_nic_reset(self->nic, HVN_NIC_RESET_SOFTWARE); /* comes back as hvn_virtio_face_reset() */
        return;
    }
    /* 2.1.1: the driver does not clear bits, and NEEDS_RESET is the device's */
    status = (status & ~HVN_VIRTIO_STATUS_NEEDS_RESET) | self->status;
    if (legacy) {
        if ((status & HVN_VIRTIO_STATUS_DRIVER_OK) && !self->features_set)
            hvn_virtio_face_set_features(self, self->driver_features);
    } else {
        status = hvn_virtio_face_check_features(self, status);
        if (!(status & HVN_VIRTIO_STATUS_FEATURES_OK))
            status &= ~HVN_VIRTIO_STATUS_DRIVER_OK;
    }
    self->status = status;
    hvn_virtio_face_update(self);
}

/* ---- queues as the driver sets them up ---- */

HvnVirtioFaceQueue *
hvn_virtio_face_get_selected(HvnVirtioFace *self)
{
    return self->queue_select < self->n_queues ? &self->queues[self->queue_select] : NULL;
}

guint
hvn_virtio_face_get_size_max(HvnVirtioFace *self)
{
    return self->queue_select < self->n_queues ? hvn_virtio_device_get_queue_size_max(self->device, self->queue_select) : 0;
}

/* 4.1.4.3.2: the driver may make it smaller before it enables the queue; whether the size will do is seen at the start */
void
hvn_virtio_face_set_size(HvnVirtioFace *self, guint64 size)
{
    HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(self);

    if (queue != NULL && !queue->enabled && size <= hvn_virtio_face_get_size_max(self))
        queue->size = size;
}

void
hvn_virtio_face_set_address(HvnVirtioFace *self, HvnVirtqueueAreaKind kind, guint64 address)
{
    HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(self);

    if (queue != NULL && !queue->enabled)
        queue->addresses[kind] = address;
}

/* the position at the start is that of the layout (2.8.1) */
void
hvn_virtio_face_enable_queue(HvnVirtioFace *self)
{
    HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(self);

    if (queue == NULL || queue->enabled)
        return;
    hvn_virtio_face_forget_areas(self, queue);
    queue->enabled = TRUE;
    queue->state = hvn_virtqueue_initial_state(self->driver_features);
    hvn_virtio_face_update(self);
}

void
hvn_virtio_face_disable_queue(HvnVirtioFace *self)
{
    HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(self);

    if (queue == NULL)
        return;
    queue->enabled = FALSE;
    hvn_virtio_face_update(self);
}

static void
hvn_virtio_face_forget_queue(HvnVirtioFace *self, guint index)
{
    HvnVirtioFaceQueue *queue = &self->queues[index];

    hvn_virtio_face_stop_queue(self, index);
    hvn_virtio_face_forget_areas(self, queue);
    queue->size = hvn_virtio_device_get_queue_size_max(self->device, index);
    queue->enabled = FALSE;
    queue->state = 0;
    memset(queue->addresses, 0, sizeof queue->addresses);
}

void
hvn_virtio_face_reset_queue(HvnVirtioFace *self)
{
    if (self->queue_select < self->n_queues)
        hvn_virtio_face_forget_queue(self, self->queue_select);
}

void
hvn_virtio_face_set_legacy_queue(HvnVirtioFace *self, guint64 address, guint64 align)
{
    HvnVirtioFaceQueue *queue = hvn_virtio_face_get_selected(self);
    guint64 *at;

    if (queue == NULL)
        return;
    /* a queue that there was is let go of, and begins anew when it comes back */
    hvn_virtio_face_disable_queue(self);
    hvn_virtio_face_forget_areas(self, queue);
    queue->state = 0;
    at = queue->addresses;
    at[HVN_VIRTQUEUE_DESC] = address;
    at[HVN_VIRTQUEUE_DRIVER] = at[HVN_VIRTQUEUE_DESC] + (guint64)queue->size * 16;
    at[HVN_VIRTQUEUE_DEVICE] = (at[HVN_VIRTQUEUE_DRIVER] + 6 + (guint64)queue->size * 2 + align - 1) & ~(align - 1);
    queue->enabled = address != 0;
    hvn_virtio_face_update(self);
}

/* ---- configuration space ---- */

guint64
hvn_virtio_face_read_config(HvnVirtioFace *self, guint offset, guint size)
{
    guint8 bytes[8] = {0};

    hvn_virtio_device_read_config(self->device, offset, bytes, size);
    return hvn_load_le64(bytes);
}

void
hvn_virtio_face_write_config(HvnVirtioFace *self, guint offset, guint64 value, guint size)
{
    guint8 bytes[8];

    hvn_store_le64(bytes, value);
    hvn_virtio_device_write_config(self->device, offset, bytes, size);
}

/* ---- life ---- */

void
hvn_virtio_face_reset(HvnVirtioFace *self)
{
    if (!self->on)
        return;
    for (guint i = 0; i < self->n_queues; i++)
        hvn_virtio_face_forget_queue(self, i);
    hvn_work_cancel(&self->again);
    self->told_fence = 0;
    self->far = self->far && hvn_nic_dma_needs_release(self->nic); /* not with the next hypervisor */
    hvn_virtio_face_set_remote(self, FALSE);
    self->device_feature_select = self->driver_feature_select = 0;
    self->driver_features = 0;
    self->features_set = FALSE;
    self->status = 0;
    self->generation = 0;
    self->queue_select = 0;
    hvn_virtio_device_reset(self->device);
}

void
hvn_virtio_face_init(HvnVirtioFace *self, HvnNic *nic, const HvnVirtioFaceOps *ops, gpointer data)
{
    *self = (HvnVirtioFace){
        .nic = nic,
        .device = HVN_VIRTIO_DEVICE(nic),
        .ops = ops,
        .data = data,
        .on = TRUE,
        .queue_ops = {.map = hvn_virtio_face_queue_map,
                      .notify = hvn_virtio_face_queue_notify,
                      .broken = hvn_virtio_face_queue_broken},
    };
    hvn_work_init(&self->again, hvn_port_get_dispatcher(HVN_PORT(nic)), hvn_virtio_face_run_again, self);
    self->n_queues = hvn_virtio_device_get_n_queues(self->device);
    self->queues = g_new0(HvnVirtioFaceQueue, self->n_queues);
    for (guint i = 0; i < self->n_queues; i++)
        hvn_virtqueue_init(&self->queues[i].queue, i, &self->queue_ops, self);
}

void
hvn_virtio_face_clear(HvnVirtioFace *self)
{
    for (guint i = 0; i < self->n_queues; i++) {
        hvn_virtio_face_stop_queue(self, i);
        hvn_virtqueue_clear(&self->queues[i].queue);
    }
    hvn_work_cancel(&self->again);
    g_clear_pointer(&self->remote, hvn_virtio_remote_free);
    g_clear_pointer(&self->queues, g_free);
}
