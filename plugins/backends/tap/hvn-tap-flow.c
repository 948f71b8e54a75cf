/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames from the guest are written one by one until the kernel is full; then the guest keeps the rest. Frames to the guest are read
 * until there is none or the batch is full, and nothing more is read while the guest has no room: the kernel's queue is the queue.
 *
 * An interface that is deleted answers every call with an error and every poll() with POLLERR. The first of these ends the flow, so
 * that nothing asks again. */
#include "hvn-tap-flow.h"

#include <errno.h>

#include "hvn-tap-frame.h"

/* what the kernel says of an interface that is no more: tun EBADFD, macvtap ENXIO or ENOLINK, either one EFAULT while it goes */
static gboolean
hvn_tap_flow_is_loss(int saved_errno)
{
    return saved_errno == EBADFD || saved_errno == ENODEV || saved_errno == ENXIO || saved_errno == ENOLINK || saved_errno == EFAULT;
}

/* EIO: the interface is down */
static void
hvn_tap_flow_count_refused(HvnTapFlow *self, int saved_errno)
{
    gboolean nobody = saved_errno == EIO || hvn_tap_flow_is_loss(saved_errno);

    hvn_backend_count_drops(self->backend, nobody ? HVN_BACKEND_DROP_NO_PEER : HVN_BACKEND_DROP_REFUSED, 1);
}

static gboolean
hvn_tap_flow_lose(gpointer data)
{
    HvnTapFlow *self = data;
    g_autofree char *reason = NULL;

    if (self->device.fd < 0)
        return FALSE;
    reason = self->lost_errno == 0 || hvn_tap_flow_is_loss(self->lost_errno)
                 ? g_strdup_printf("interface '%s' was deleted", self->device.name)
                 : g_strdup_printf("cannot read from interface '%s': %s", self->device.name, g_strerror(self->lost_errno));
    g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self->backend)), reason);
    hvn_backend_set_state(self->backend, HVN_BACKEND_DOWN, reason);
    hvn_tap_flow_close(self);
    return FALSE;
}

/* one batch from the kernel to the guest */
static void
hvn_tap_flow_receive(HvnTapFlow *self)
{
    HvnPort *port = HVN_PORT(self->backend);
    gboolean whole;

    hvn_tap_device_offer(&self->device, hvn_port_get_peer_features(port));
    whole = hvn_batch_fill(self->batch, self->device.fd, self->device.vnet_hdr ? hvn_tap_frame_read : hvn_tap_frame_read_plain);
    self->lost_errno = whole ? 0 : errno;
    hvn_watch_want(self->watch, G_IO_IN, hvn_batch_flush(self->batch, port));
    if (!whole)
        hvn_tap_flow_lose(self);
}

static void
hvn_tap_flow_dispatch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnTapFlow *self = data;

    if (condition & (G_IO_ERR | G_IO_HUP | G_IO_NVAL)) {
        hvn_tap_flow_lose(self);
        return;
    }
    if (condition & G_IO_OUT) {
        hvn_watch_want(watch, G_IO_OUT, FALSE);
        hvn_port_ready(HVN_PORT(self->backend));
    }
    /* whoever was resumed may have stopped the backend */
    if (self->watch == watch)
        hvn_tap_flow_receive(self);
}

void
hvn_tap_flow_init(HvnTapFlow *self, HvnBackend *backend)
{
    *self = (HvnTapFlow){.backend = backend, .device = {.fd = -1}};
    hvn_work_init(&self->lost, hvn_port_get_dispatcher(HVN_PORT(backend)), hvn_tap_flow_lose, self);
}

void
hvn_tap_flow_begin(HvnTapFlow *self)
{
    HvnPort *port = HVN_PORT(self->backend);

    self->n_sent = 0;
    self->batch = hvn_batch_new(HVN_FRAME_LEN_MAX);
    self->watch = hvn_watch_new(hvn_port_get_dispatcher(port), self->device.fd, hvn_tap_flow_dispatch, self);
    hvn_port_set_features(port, hvn_tap_device_get_features(&self->device));
    hvn_tap_device_offer(&self->device, hvn_port_get_peer_features(port));
    hvn_tap_device_set_carrier(&self->device, hvn_port_get_link_up(port));
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
}

void
hvn_tap_flow_end(HvnTapFlow *self)
{
    hvn_work_cancel(&self->lost);
    if (self->watch == NULL)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    g_clear_pointer(&self->batch, hvn_batch_free);
    hvn_port_ready(HVN_PORT(self->backend));
}

void
hvn_tap_flow_close(HvnTapFlow *self)
{
    hvn_tap_flow_end(self);
    hvn_tap_device_close(&self->device);
}

guint
hvn_tap_flow_push(HvnTapFlow *self, const HvnFrame *frames, guint n_frames)
{
    if (self->watch == NULL)
        return n_frames;
    for (guint i = 0; i < n_frames; i++) {
        int saved_errno = hvn_tap_frame_write(self->device.fd, &frames[i], self->device.vnet_hdr);

        if (saved_errno == EAGAIN) {
            hvn_watch_want(self->watch, G_IO_OUT, TRUE);
            return i;
        }
        if (saved_errno == 0)
            self->n_sent++;
        else
            hvn_tap_flow_count_refused(self, saved_errno);
        if (hvn_tap_flow_is_loss(saved_errno)) {
            hvn_work_schedule(&self->lost);
            hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_NO_PEER, n_frames - i - 1);
            return n_frames;
        }
    }
    return n_frames;
}

void
hvn_tap_flow_resume(HvnTapFlow *self)
{
    if (self->watch != NULL && hvn_batch_flush(self->batch, HVN_PORT(self->backend)))
        hvn_watch_want(self->watch, G_IO_IN, TRUE);
}

void
hvn_tap_flow_link_changed(HvnTapFlow *self, gboolean up)
{
    if (self->device.fd >= 0)
        hvn_tap_device_set_carrier(&self->device, up);
}
