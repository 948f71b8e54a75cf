/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that a vhost-user client has set up, and what its virtqueues need from it: memory, the dirty log, and signals. */

#include "hvn-vhost-user-peer.h"

#include "hvn-virtio-net.h"

#include <errno.h>

#define BIT64(n) (G_GUINT64_CONSTANT(1) << (n))

#define VHOST_FEATURES (BIT64(HVN_VHOST_F_LOG_ALL) | BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES))

/* a ring that runs keeps its layout */
#define RING_FEATURES (HVN_VIRTIO_F_INDIRECT_DESC | HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_RING_PACKED | HVN_VIRTIO_F_VERSION_1)

/* what a front-end serves without us; some accept these towards us all the same */
#define FRONTEND_FEATURES                                                                                                          \
    (HVN_VIRTIO_NET_CTRL_FEATURES | HVN_VIRTIO_NET_F_MAC | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_MTU | HVN_VIRTIO_NET_F_MQ | \
     HVN_VIRTIO_NET_F_GUEST_ANNOUNCE | HVN_VIRTIO_NET_F_SPEED_DUPLEX)

#define PROTOCOL_FEATURES                                                                                             \
    (BIT64(HVN_VHOST_USER_PROTOCOL_F_MQ) | BIT64(HVN_VHOST_USER_PROTOCOL_F_LOG_SHMFD) |                               \
     BIT64(HVN_VHOST_USER_PROTOCOL_F_RARP) | BIT64(HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK) |                             \
     BIT64(HVN_VHOST_USER_PROTOCOL_F_NET_MTU) | BIT64(HVN_VHOST_USER_PROTOCOL_F_BACKEND_REQ) |                        \
     BIT64(HVN_VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD) | BIT64(HVN_VHOST_USER_PROTOCOL_F_RESET_DEVICE) |                \
     BIT64(HVN_VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS) | BIT64(HVN_VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS) |   \
     BIT64(HVN_VHOST_USER_PROTOCOL_F_STATUS))

/* ---- for the virtqueues ---- */

static guint
hvn_vhost_user_peer_map(gpointer data, guint64 addr, gsize len, gboolean write, struct iovec *iov, guint n_iov)
{
    HvnVhostUserPeer *self = data;

    if (G_UNLIKELY(hvn_vhost_user_memory_get_broken(self->memory)))
        return 0;
    return hvn_guest_memory_map(hvn_vhost_user_memory_get_guest(self->memory), addr, len, write, iov, n_iov);
}

static void
hvn_vhost_user_peer_dirty(gpointer data, gconstpointer host, gsize len)
{
    HvnVhostUserPeer *self = data;
    guint64           guest_addr;

    if (!hvn_vhost_user_memory_guest_addr(self->memory, host, &guest_addr))
        return;
    hvn_vhost_user_dirty_log_mark(&self->log, guest_addr, len);
    hvn_vhost_user_signal_send(&self->log_signal);
}

static void
hvn_vhost_user_peer_signal(HvnVhostUserPeer *self, const HvnVhostUserSignal *signal, HvnVhostUserBackendRequest request, guint index)
{
    if (signal->fd >= 0)
        hvn_vhost_user_signal_send(signal);
    else if (self->backend != NULL && hvn_vhost_user_peer_has_protocol(self, HVN_VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS))
        hvn_vhost_user_backend_signal(self->backend, request, index);
}

static void
hvn_vhost_user_peer_notify(gpointer data, guint index)
{
    HvnVhostUserPeer *self = data;

    hvn_vhost_user_peer_signal(self, &self->rings[index].call, HVN_VHOST_USER_BACKEND_VRING_CALL, index);
}

static void
hvn_vhost_user_peer_broken(gpointer data, guint index, const char *reason)
{
    HvnVhostUserPeer *self = data;

    hvn_guest_error(&self->errors, "ring %u: %s", index, reason);
    hvn_vhost_user_peer_signal(self, &self->rings[index].err, HVN_VHOST_USER_BACKEND_VRING_ERR, index);
}

/* ---- features ---- */

/* A driver that sees our features as they are (User-mode Linux) refuses a device that can announce without a control queue. */
guint64
hvn_vhost_user_peer_offer(HvnVhostUserPeer *self)
{
    guint64 features = hvn_virtio_device_get_features(self->device) & ~(HVN_VIRTIO_NET_CTRL_FEATURES | HVN_VIRTIO_F_RING_RESET);

    if (self->owner_first)
        features &= ~HVN_VIRTIO_NET_F_GUEST_ANNOUNCE;
    else
        features |= HVN_VIRTIO_NET_F_MTU;
    self->offered |= features | VHOST_FEATURES;
    return features | VHOST_FEATURES;
}

/* QEMU has its own configuration space and warns about ours. */
guint64
hvn_vhost_user_peer_offer_protocol(const HvnVhostUserPeer *self)
{
    return PROTOCOL_FEATURES | (self->owner_first ? BIT64(HVN_VHOST_USER_PROTOCOL_F_CONFIG) : 0);
}

gboolean
hvn_vhost_user_peer_has_protocol(const HvnVhostUserPeer *self, HvnVhostUserProtocolFeature feature)
{
    return (self->protocol_features & BIT64(feature)) != 0;
}

static gboolean
hvn_vhost_user_peer_any_running(const HvnVhostUserPeer *self)
{
    for (guint i = 0; i < self->n_rings; i++) {
        if (hvn_virtqueue_is_running(&self->rings[i].queue))
            return TRUE;
    }
    return FALSE;
}

int
hvn_vhost_user_peer_set_features(HvnVhostUserPeer *self, guint64 features)
{
    guint64 offered = self->offered | hvn_vhost_user_peer_offer(self);

    if ((features & ~(offered | FRONTEND_FEATURES)) != 0) {
        hvn_guest_error(&self->errors, "features 0x%" G_GINT64_MODIFIER "x were not offered", features & ~offered);
        return EINVAL;
    }
    if (((features ^ self->features) & RING_FEATURES) != 0 && hvn_vhost_user_peer_any_running(self))
        return EINVAL;
    self->features = features;
    self->ops.dirty = (features & BIT64(HVN_VHOST_F_LOG_ALL)) != 0 ? hvn_vhost_user_peer_dirty : NULL;
    hvn_virtio_device_set_features(self->device, features & hvn_virtio_device_get_features(self->device) & ~HVN_VIRTIO_NET_CTRL_FEATURES);
    if ((features & BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES)) == 0) {
        for (guint i = 0; i < self->n_rings; i++)
            hvn_vhost_user_peer_enable_ring(self, &self->rings[i], TRUE);
    }
    return 0;
}

/* ---- rings ---- */

void
hvn_vhost_user_peer_enable_ring(HvnVhostUserPeer *self, HvnVhostUserRing *ring, gboolean enabled)
{
    ring->enabled = enabled;
    hvn_virtio_device_set_queue_enabled(self->device, ring->index, enabled);
}

int
hvn_vhost_user_peer_resume_ring(HvnVhostUserPeer *self, HvnVhostUserRing *ring)
{
    g_autoptr(GError) error = NULL;

    if (hvn_vhost_user_ring_resume(ring, self->memory, self->features, self->inflight, &error))
        return 0;
    hvn_guest_error(&self->errors, "%s", error->message);
    return EINVAL;
}

void
hvn_vhost_user_peer_suspend(HvnVhostUserPeer *self)
{
    for (guint i = 0; i < self->n_rings; i++)
        hvn_vhost_user_ring_suspend(&self->rings[i]);
}

void
hvn_vhost_user_peer_resume(HvnVhostUserPeer *self)
{
    for (guint i = 0; i < self->n_rings; i++) {
        if (self->rings[i].enabled)
            hvn_vhost_user_ring_resume(&self->rings[i], self->memory, self->features, self->inflight, NULL);
    }
}

/* A ring that is disabled may be one that the client has freed (User-mode Linux does not say more of it): it goes on when it is enabled. */
int
hvn_vhost_user_peer_set_memory(HvnVhostUserPeer *self, HvnVhostUserMemory *memory)
{
    int result = 0;

    hvn_vhost_user_peer_suspend(self);
    hvn_vhost_user_memory_free(self->memory);
    self->memory = memory;
    for (guint i = 0; i < self->n_rings; i++) {
        if (self->rings[i].enabled && hvn_vhost_user_peer_resume_ring(self, &self->rings[i]) != 0)
            result = EINVAL;
    }
    return result;
}

void
hvn_vhost_user_peer_reset(HvnVhostUserPeer *self)
{
    for (guint i = 0; i < self->n_rings; i++)
        hvn_vhost_user_ring_stop(&self->rings[i]);
    hvn_virtio_device_reset(self->device);
    for (guint i = 0; i < self->n_rings; i++) {
        self->rings[i].has_base = FALSE;
        self->rings[i].base = 0;
        hvn_vhost_user_peer_enable_ring(self, &self->rings[i], FALSE);
    }
    self->features = 0;
    self->ops.dirty = NULL;
    self->status = 0;
}

/* ---- the client ---- */

guint
hvn_vhost_user_peer_count_rings(HvnVirtioDevice *device)
{
    return MIN(hvn_virtio_device_get_n_queues(device) / 2 * 2, HVN_VHOST_USER_MAX_RINGS);
}

HvnVhostUserPeer *
hvn_vhost_user_peer_new(HvnVirtioDevice *device, HvnDispatcher *dispatcher, HvnVhostUserState *state, const char *name)
{
    HvnVhostUserPeer *self = g_new0(HvnVhostUserPeer, 1);

    self->device = device;
    self->dispatcher = dispatcher;
    self->ops = (HvnVirtqueueOps){
        .map = hvn_vhost_user_peer_map, .notify = hvn_vhost_user_peer_notify, .broken = hvn_vhost_user_peer_broken};
    self->log_signal.fd = -1;
    hvn_guest_errors_init(&self->errors, G_LOG_DOMAIN, name, hvn_dispatcher_get_clock(dispatcher));
    self->memory = hvn_vhost_user_memory_new();
    self->n_rings = hvn_vhost_user_peer_count_rings(device);
    self->rings = g_new0(HvnVhostUserRing, self->n_rings);
    for (guint i = 0; i < self->n_rings; i++)
        hvn_vhost_user_ring_init(&self->rings[i], i, device, dispatcher, hvn_vhost_user_state_get_record(state, i), &self->ops, self);
    hvn_vhost_user_peer_reset(self);
    return self;
}

void
hvn_vhost_user_peer_free(HvnVhostUserPeer *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < self->n_rings; i++)
        hvn_vhost_user_ring_clear(&self->rings[i]);
    hvn_virtio_device_reset(self->device);
    g_free(self->rings);
    hvn_vhost_user_backend_free(self->backend);
    hvn_vhost_user_dirty_log_clear(&self->log);
    hvn_vhost_user_signal_set(&self->log_signal, -1);
    hvn_vhost_user_memory_free(self->memory);
    hvn_guest_errors_clear(&self->errors);
    g_free(self);
}
