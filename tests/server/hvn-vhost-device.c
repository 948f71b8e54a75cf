/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small virtio device for tests of its transports. */

#include "hvn-vhost-device.h"

#include "hvn-iov.h"
#include "hvn-virtio-net.h"

#include <string.h>

static void
hvn_vhost_device_iface_init(HvnVirtioDeviceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnVhostDevice, hvn_vhost_device, HVN_TYPE_PORT,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_VIRTIO_DEVICE, hvn_vhost_device_iface_init))

/* ---- queues ---- */

static void
hvn_vhost_device_send_queue(HvnVhostDevice *self, guint index)
{
    HvnVirtqueue *queue = self->queues[index];

    if (queue == NULL || !hvn_virtqueue_begin(queue))
        return;
    do {
        while (hvn_virtqueue_pop(queue, &self->batch, HVN_VIRTQUEUE_BATCH_MAX) > 0) {
            for (guint i = 0; i < self->batch.n_chains; i++) {
                const HvnVirtqueueChain *chain = &self->batch.chains[i];
                char                     text[64] = "";

                hvn_iov_to_buf(chain->out, chain->n_out, 0, text, MIN(chain->out_len, sizeof text - 1));
                if (self->enabled[index])
                    g_string_append_printf(self->sent, "%s,", text);
                hvn_virtqueue_push(queue, chain, 0);
            }
            hvn_virtqueue_flush(queue);
        }
    } while (hvn_virtqueue_want_kick(queue));
    hvn_virtqueue_end(queue);
}

static gboolean
hvn_vhost_device_work(gpointer data)
{
    HvnVhostDevice *self = data;

    for (guint i = 1; i < HVN_VHOST_DEVICE_QUEUES; i += 2)
        hvn_vhost_device_send_queue(self, i);
    return FALSE;
}

gboolean
hvn_vhost_device_receive(HvnVhostDevice *self, guint queue, const char *text)
{
    HvnVirtqueue *q = self->queues[queue];
    gboolean      written = FALSE;

    if (q == NULL || !self->enabled[queue] || !hvn_virtqueue_begin(q))
        return FALSE;
    if (hvn_virtqueue_pop(q, &self->batch, 1) == 1) {
        const HvnVirtqueueChain *chain = &self->batch.chains[0];

        hvn_iov_from_buf(chain->in, chain->n_in, 0, text, strlen(text) + 1);
        hvn_virtqueue_push(q, chain, strlen(text) + 1);
        hvn_virtqueue_flush(q);
        written = TRUE;
    }
    hvn_virtqueue_end(q);
    return written;
}

/* ---- the virtio device ---- */

static guint32
hvn_vhost_device_get_device_id(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_ID_NET;
}

static void
hvn_vhost_device_set_transport(HvnVirtioDevice *device, const HvnVirtioTransport *transport, gpointer data)
{
    HVN_VHOST_DEVICE(device)->transport = transport;
    HVN_VHOST_DEVICE(device)->transport_data = data;
}

static guint64
hvn_vhost_device_get_features(HvnVirtioDevice *device)
{
    return HVN_VHOST_DEVICE(device)->offered;
}

static void
hvn_vhost_device_set_features(HvnVirtioDevice *device, guint64 features)
{
    HVN_VHOST_DEVICE(device)->features = features;
}

static guint
hvn_vhost_device_get_n_queues(HvnVirtioDevice *device)
{
    return HVN_VHOST_DEVICE_QUEUES;
}

static guint
hvn_vhost_device_get_queue_size_max(HvnVirtioDevice *device, guint index)
{
    return index < HVN_VHOST_DEVICE_QUEUES ? 256 : 0;
}

static guint
hvn_vhost_device_get_config_len(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_NET_CONFIG_LEN;
}

static void
hvn_vhost_device_read_config(HvnVirtioDevice *device, guint offset, gpointer buf, guint len)
{
    guint8 config[256] = {0x52, 0x54, 0, 1, 2, 3, HVN_VIRTIO_NET_S_LINK_UP};

    for (guint i = 0; i < len; i++)
        ((guint8 *)buf)[i] = offset + i < sizeof config ? config[offset + i] : 0;
}

static void
hvn_vhost_device_write_config(HvnVirtioDevice *device, guint offset, gconstpointer buf, guint len)
{
}

static void
hvn_vhost_device_set_queue(HvnVirtioDevice *device, guint index, HvnVirtqueue *queue)
{
    HVN_VHOST_DEVICE(device)->queues[index] = queue;
    if (queue != NULL)
        hvn_work_schedule(&HVN_VHOST_DEVICE(device)->work);
}

static void
hvn_vhost_device_set_queue_enabled(HvnVirtioDevice *device, guint index, gboolean enabled)
{
    HVN_VHOST_DEVICE(device)->enabled[index] = enabled;
}

static void
hvn_vhost_device_kick(HvnVirtioDevice *device, guint index)
{
    HVN_VHOST_DEVICE(device)->n_kicks++;
    hvn_work_schedule(&HVN_VHOST_DEVICE(device)->work);
}

static void
hvn_vhost_device_reset(HvnVirtioDevice *device)
{
    HvnVhostDevice *self = HVN_VHOST_DEVICE(device);

    hvn_work_cancel(&self->work);
    memset(self->queues, 0, sizeof self->queues);
    for (guint i = 0; i < HVN_VHOST_DEVICE_QUEUES; i++)
        self->enabled[i] = TRUE;
    self->features = 0;
    self->n_resets++;
}

static void
hvn_vhost_device_iface_init(HvnVirtioDeviceInterface *iface)
{
    iface->get_device_id = hvn_vhost_device_get_device_id;
    iface->set_transport = hvn_vhost_device_set_transport;
    iface->get_features = hvn_vhost_device_get_features;
    iface->set_features = hvn_vhost_device_set_features;
    iface->get_n_queues = hvn_vhost_device_get_n_queues;
    iface->get_queue_size_max = hvn_vhost_device_get_queue_size_max;
    iface->get_config_len = hvn_vhost_device_get_config_len;
    iface->read_config = hvn_vhost_device_read_config;
    iface->write_config = hvn_vhost_device_write_config;
    iface->set_queue = hvn_vhost_device_set_queue;
    iface->set_queue_enabled = hvn_vhost_device_set_queue_enabled;
    iface->kick = hvn_vhost_device_kick;
    iface->reset = hvn_vhost_device_reset;
}

void
hvn_vhost_device_change_config(HvnVhostDevice *self)
{
    if (self->transport != NULL)
        self->transport->config_changed(self->transport_data);
}

/* ---- the object ---- */

static guint
hvn_vhost_device_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
hvn_vhost_device_resume(HvnPort *port)
{
}

static void
hvn_vhost_device_dispose(GObject *object)
{
    hvn_work_cancel(&HVN_VHOST_DEVICE(object)->work);
    G_OBJECT_CLASS(hvn_vhost_device_parent_class)->dispose(object);
}

static void
hvn_vhost_device_finalize(GObject *object)
{
    g_string_free(HVN_VHOST_DEVICE(object)->sent, TRUE);
    G_OBJECT_CLASS(hvn_vhost_device_parent_class)->finalize(object);
}

static void
hvn_vhost_device_class_init(HvnVhostDeviceClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_vhost_device_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_vhost_device_finalize;
    HVN_PORT_CLASS(klass)->push = hvn_vhost_device_push;
    HVN_PORT_CLASS(klass)->resume = hvn_vhost_device_resume;
}

static void
hvn_vhost_device_init(HvnVhostDevice *self)
{
    self->sent = g_string_new(NULL);
    self->offered = HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_INDIRECT_DESC | HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_RING_PACKED |
                    HVN_VIRTIO_NET_F_MRG_RXBUF | HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_GUEST_ANNOUNCE | HVN_VIRTIO_NET_F_MAC |
                    HVN_VIRTIO_NET_F_CTRL_VQ | HVN_VIRTIO_NET_F_CTRL_RX;
}

HvnVhostDevice *
hvn_vhost_device_new(HvnDispatcher *dispatcher)
{
    HvnVhostDevice *self = g_object_new(HVN_TYPE_VHOST_DEVICE, "dispatcher", dispatcher, "name", "net0", NULL);

    hvn_work_init(&self->work, dispatcher, hvn_vhost_device_work, self);
    return self;
}
