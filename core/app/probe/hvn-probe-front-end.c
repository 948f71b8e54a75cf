/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hypervisor's half of a virtio-net device behind vhost-user. The library's own virtio over PCI is the face; what it asks of its
 * device goes to the server.
 *
 *   driver: DRIVER_OK -> set_queue -> addresses and eventfds to the server, which works on the ring from now on
 *   driver: doorbell -> kick -> eventfd .. server .. eventfd -> ISR and INTx, as if the chains had been used here */
#include "hvn-probe-front-end.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-fd-client.h"
#include "hvn-vhost-user-client.h"
#include "hvn-virtio-net.h"
#include "hvn-virtio-pci.h"
#include "hvn-watch.h"

#define ANSWER_MS  5000
#define N_RINGS    2
#define N_VECTORS  3 /* of MSI-X, as QEMU gives a device with one pair of rings */
#define RING_SIZE  256
#define USER_BASE  G_GUINT64_CONSTANT(0x7f0000000000) /* the front-end's address of guest address 0, as the server is told */
#define BIT64(n)   (G_GUINT64_CONSTANT(1) << (n))

/* what this function can pass on: one pair of split rings, without a control queue */
#define FEATURES_NOT_OURS (HVN_VIRTIO_NET_CTRL_FEATURES | HVN_VIRTIO_NET_F_MQ | HVN_VIRTIO_NET_F_GUEST_ANNOUNCE | HVN_VIRTIO_F_RING_PACKED)

typedef struct {
    HvnVirtqueue *queue; /* the transport's, while the ring runs */
    HvnWatch     *watch; /* owned; of @call */
    int           kick;  /* owned */
    int           call;  /* owned */
} HvnProbeFrontEndRing;

struct _HvnProbeFrontEnd {
    HvnNic               parent_instance;
    HvnVirtioPci        *pci;    /* owned */
    HvnVhostUserClient  *client; /* owned */
    HvnProbeFrontEndRing rings[N_RINGS];
    char                *problem; /* owned */
};

static void
hvn_probe_front_end_device_init(HvnVirtioDeviceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(HvnProbeFrontEnd, hvn_probe_front_end, HVN_TYPE_NIC,
                              G_IMPLEMENT_INTERFACE(HVN_TYPE_VIRTIO_DEVICE, hvn_probe_front_end_device_init))

static void
hvn_probe_front_end_failed(HvnProbeFrontEnd *self, GError *error)
{
    if (error != NULL && self->problem == NULL)
        self->problem = g_strdup(error->message);
}

const char *
hvn_probe_front_end_get_problem(HvnProbeFrontEnd *self)
{
    return self->problem;
}

/* ---- HvnVirtioDevice ---- */

static guint32
hvn_probe_front_end_get_device_id(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_ID_NET;
}

static void
hvn_probe_front_end_set_transport(HvnVirtioDevice *device, const HvnVirtioTransport *transport, gpointer data)
{
}

static guint64
hvn_probe_front_end_get_features(HvnVirtioDevice *device)
{
    guint64 features = hvn_vhost_user_client_get_features(HVN_PROBE_FRONT_END(device)->client) & ~FEATURES_NOT_OURS;

    /* what only says that fields of configuration space are there is the front-end's to offer */
    return features | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS;
}

/* the server knows of those that it offered */
static void
hvn_probe_front_end_set_features(HvnVirtioDevice *device, guint64 features)
{
    HvnProbeFrontEnd *self = HVN_PROBE_FRONT_END(device);
    g_autoptr(GError) error = NULL;

    hvn_vhost_user_client_set_features(self->client, features & hvn_vhost_user_client_get_features(self->client), &error);
    hvn_probe_front_end_failed(self, error);
}

static guint
hvn_probe_front_end_get_n_queues(HvnVirtioDevice *device)
{
    return N_RINGS;
}

static guint
hvn_probe_front_end_get_queue_size_max(HvnVirtioDevice *device, guint index)
{
    return index < N_RINGS ? RING_SIZE : 0;
}

static guint
hvn_probe_front_end_get_config_len(HvnVirtioDevice *device)
{
    return HVN_VIRTIO_NET_CONFIG_LEN;
}

/* asked for each time: the state of the link may have changed */
static void
hvn_probe_front_end_read_config(HvnVirtioDevice *device, guint offset, gpointer buf, guint len)
{
    HvnProbeFrontEnd *self = HVN_PROBE_FRONT_END(device);
    guint8 bytes[HVN_VIRTIO_NET_CONFIG_LEN] = {0};
    g_autoptr(GError) error = NULL;
    HvnMac mac;

    if (hvn_vhost_user_client_has_protocol(self->client, HVN_VHOST_USER_PROTOCOL_F_CONFIG)) {
        hvn_vhost_user_client_read_config(self->client, bytes, sizeof bytes, &error);
        hvn_probe_front_end_failed(self, error);
    } else {
        hvn_nic_get_mac(HVN_NIC(self), &mac);
        memcpy(bytes + HVN_VIRTIO_NET_CONFIG_MAC, mac.addr, HVN_MAC_LEN);
        bytes[HVN_VIRTIO_NET_CONFIG_STATUS] = HVN_VIRTIO_NET_S_LINK_UP;
    }
    memset(buf, 0, len);
    if (offset < sizeof bytes)
        memcpy(buf, bytes + offset, MIN(len, sizeof bytes - offset));
}

static void
hvn_probe_front_end_write_config(HvnVirtioDevice *device, guint offset, gconstpointer buf, guint len)
{
}

static gboolean
hvn_probe_front_end_start_ring(HvnProbeFrontEnd *self, guint index, const HvnVirtqueueLayout *layout, GError **error)
{
    const HvnVhostUserRingSetup setup = {
        .index = index,
        .size = layout->size,
        .addr.descriptors = USER_BASE + layout->areas[HVN_VIRTQUEUE_DESC].addr,
        .addr.available = USER_BASE + layout->areas[HVN_VIRTQUEUE_DRIVER].addr,
        .addr.used = USER_BASE + layout->areas[HVN_VIRTQUEUE_DEVICE].addr,
        .kick = self->rings[index].kick,
        .call = self->rings[index].call,
    };

    return hvn_vhost_user_client_start_ring(self->client, &setup, error);
}

/* A ring that is stopped begins anew when it is started again: the drivers of the probe reset the device in between. */
static void
hvn_probe_front_end_set_queue(HvnVirtioDevice *device, guint index, HvnVirtqueue *queue)
{
    HvnProbeFrontEnd *self = HVN_PROBE_FRONT_END(device);
    g_autoptr(GError) error = NULL;
    guint32 base;

    if (index >= N_RINGS)
        return;
    if (self->rings[index].queue != NULL)
        hvn_vhost_user_client_stop_ring(self->client, index, &base, &error);
    self->rings[index].queue = queue;
    if (queue != NULL && error == NULL)
        hvn_probe_front_end_start_ring(self, index, &queue->layout, &error);
    hvn_probe_front_end_failed(self, error);
}

static void
hvn_probe_front_end_set_queue_enabled(HvnVirtioDevice *device, guint index, gboolean enabled)
{
}

static void
hvn_probe_front_end_kick(HvnVirtioDevice *device, guint index)
{
    const guint64 one = 1;

    if (index < N_RINGS && write(HVN_PROBE_FRONT_END(device)->rings[index].kick, &one, sizeof one) < 0 && errno != EAGAIN)
        g_warning("cannot kick ring %u: %s", index, g_strerror(errno));
}

static void
hvn_probe_front_end_reset_device(HvnVirtioDevice *device)
{
    for (guint i = 0; i < N_RINGS; i++)
        hvn_probe_front_end_set_queue(device, i, NULL);
}

static void
hvn_probe_front_end_device_init(HvnVirtioDeviceInterface *iface)
{
    iface->get_device_id = hvn_probe_front_end_get_device_id;
    iface->set_transport = hvn_probe_front_end_set_transport;
    iface->get_features = hvn_probe_front_end_get_features;
    iface->set_features = hvn_probe_front_end_set_features;
    iface->get_n_queues = hvn_probe_front_end_get_n_queues;
    iface->get_queue_size_max = hvn_probe_front_end_get_queue_size_max;
    iface->get_config_len = hvn_probe_front_end_get_config_len;
    iface->read_config = hvn_probe_front_end_read_config;
    iface->write_config = hvn_probe_front_end_write_config;
    iface->set_queue = hvn_probe_front_end_set_queue;
    iface->set_queue_enabled = hvn_probe_front_end_set_queue_enabled;
    iface->kick = hvn_probe_front_end_kick;
    iface->reset = hvn_probe_front_end_reset_device;
}

/* ---- HvnNic ---- */

static void
hvn_probe_front_end_reset(HvnNic *nic, HvnNicResetKind kind)
{
    hvn_virtio_pci_reset(HVN_PROBE_FRONT_END(nic)->pci);
}

static guint64
hvn_probe_front_end_region_read(HvnNic *nic, guint bar, guint64 offset, guint size)
{
    return hvn_virtio_pci_region_read(HVN_PROBE_FRONT_END(nic)->pci, bar, offset, size);
}

static void
hvn_probe_front_end_region_write(HvnNic *nic, guint bar, guint64 offset, guint64 value, guint size)
{
    hvn_virtio_pci_region_write(HVN_PROBE_FRONT_END(nic)->pci, bar, offset, value, size);
}

/* no frame comes this way: the server has the link */
static guint
hvn_probe_front_end_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
hvn_probe_front_end_resume(HvnPort *port)
{
}

/* ---- life ---- */

/* the server has used chains: the driver is told as if the queue had been worked on here */
static void
hvn_probe_front_end_called(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbeFrontEndRing *ring = data;
    guint64 count;

    if (read(ring->call, &count, sizeof count) == sizeof count && ring->queue != NULL)
        ring->queue->ops->notify(ring->queue->data, ring->queue->index);
}

static gboolean
hvn_probe_front_end_open_ring(HvnProbeFrontEnd *self, HvnProbeFrontEndRing *ring, GError **error)
{
    ring->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ring->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ring->kick < 0 || ring->call < 0) {
        hvn_set_error_errno(error, errno, "cannot make an eventfd");
        return FALSE;
    }
    ring->watch = hvn_watch_new(hvn_port_get_dispatcher(HVN_PORT(self)), ring->call, hvn_probe_front_end_called, ring);
    hvn_watch_want(ring->watch, G_IO_IN, TRUE);
    return TRUE;
}

HvnProbeFrontEnd *
hvn_probe_front_end_new(const char *path, HvnDispatcher *dispatcher, const char *mac, GError **error)
{
    g_autoptr(HvnProbeFrontEnd) self = NULL;
    int fd = hvn_fd_client_connect(path, error);
    HvnVhostUserClient *client =
        fd >= 0 ? hvn_vhost_user_client_new(fd, ANSWER_MS, BIT64(HVN_VHOST_USER_PROTOCOL_F_CONFIG), error) : NULL;

    if (client == NULL) {
        if (fd >= 0)
            g_prefix_error(error, "'%s' cannot be attached over vhost-user (is it vfio-user, or does another client have it?): ", path);
        return NULL;
    }
    self = g_object_new(HVN_TYPE_PROBE_FRONT_END, "dispatcher", dispatcher, "name", "guest", "mac", mac, NULL);
    self->client = client;
    self->pci = hvn_virtio_pci_new(HVN_NIC(self), FALSE, N_VECTORS);
    for (guint i = 0; i < N_RINGS; i++) {
        if (!hvn_probe_front_end_open_ring(self, &self->rings[i], error))
            return NULL;
    }
    return g_steal_pointer(&self);
}

gboolean
hvn_probe_front_end_share(HvnProbeFrontEnd *self, guint64 addr, guint64 size, int fd, GError **error)
{
    const HvnVhostUserRegion region = {.guest_addr = addr, .size = size, .user_addr = USER_BASE + addr};

    return hvn_vhost_user_client_share(self->client, &region, fd, error);
}

static void
hvn_probe_front_end_dispose(GObject *object)
{
    HvnProbeFrontEnd *self = HVN_PROBE_FRONT_END(object);

    g_clear_pointer(&self->pci, hvn_virtio_pci_free);
    for (guint i = 0; i < N_RINGS; i++)
        g_clear_pointer(&self->rings[i].watch, hvn_watch_free);
    G_OBJECT_CLASS(hvn_probe_front_end_parent_class)->dispose(object);
}

static void
hvn_probe_front_end_finalize(GObject *object)
{
    HvnProbeFrontEnd *self = HVN_PROBE_FRONT_END(object);

    for (guint i = 0; i < N_RINGS; i++) {
        if (self->rings[i].kick >= 0)
            close(self->rings[i].kick);
        if (self->rings[i].call >= 0)
            close(self->rings[i].call);
    }
    hvn_vhost_user_client_free(self->client);
    g_free(self->problem);
    G_OBJECT_CLASS(hvn_probe_front_end_parent_class)->finalize(object);
}

static void
hvn_probe_front_end_class_init(HvnProbeFrontEndClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_probe_front_end_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_probe_front_end_finalize;
    HVN_NIC_CLASS(klass)->reset = hvn_probe_front_end_reset;
    HVN_NIC_CLASS(klass)->region_read = hvn_probe_front_end_region_read;
    HVN_NIC_CLASS(klass)->region_write = hvn_probe_front_end_region_write;
    HVN_PORT_CLASS(klass)->push = hvn_probe_front_end_push;
    HVN_PORT_CLASS(klass)->resume = hvn_probe_front_end_resume;
}

static void
hvn_probe_front_end_init(HvnProbeFrontEnd *self)
{
    for (guint i = 0; i < N_RINGS; i++)
        self->rings[i].kick = self->rings[i].call = -1;
}
