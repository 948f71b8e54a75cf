/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of a vhost-user client about one ring. SET_VRING_KICK starts it, GET_VRING_BASE stops it; everything but its size and its
 * base may change while it runs. User-mode Linux never asks for a ring's base: when its driver goes it disables the ring and frees its memory, and the
 * next driver sets the ring up anew, so that a new size stops a ring that is disabled. */

#include "hvn-vhost-user-call.h"

#include <errno.h>

static HvnVhostUserRing *
hvn_vhost_user_get_ring(const HvnVhostUserCall *call, guint64 index)
{
    return index < call->peer->n_rings ? &call->peer->rings[index] : NULL;
}

static gboolean
hvn_vhost_user_ring_is_running(const HvnVhostUserRing *ring)
{
    return hvn_virtqueue_is_running(&ring->queue);
}

int
hvn_vhost_user_set_vring_num(const HvnVhostUserCall *call)
{
    HvnVhostUserVringState state;
    HvnVhostUserRing      *ring;

    memcpy(&state, call->payload, sizeof state);
    ring = hvn_vhost_user_get_ring(call, state.index);
    if (ring == NULL || (hvn_vhost_user_ring_is_running(ring) && ring->enabled) || state.num == 0 ||
        state.num > MIN(hvn_virtio_device_get_queue_size_max(call->peer->device, state.index), HVN_VIRTQUEUE_SIZE_MAX))
        return EINVAL;
    if ((call->peer->features & HVN_VIRTIO_F_RING_PACKED) == 0 && (state.num & (state.num - 1)) != 0)
        return EINVAL;
    if (ring->started && !ring->enabled) {
        hvn_vhost_user_ring_stop(ring);
        hvn_vhost_user_ring_forget(ring);
    }
    ring->num = state.num;
    return 0;
}

/* A ring that runs is told its addresses again when the log is switched on. */
int
hvn_vhost_user_set_vring_addr(const HvnVhostUserCall *call)
{
    HvnVhostUserVringAddr addr;
    HvnVhostUserRing     *ring;

    memcpy(&addr, call->payload, sizeof addr);
    ring = hvn_vhost_user_get_ring(call, addr.index);
    if (ring == NULL || (addr.descriptors & 15) != 0 || (addr.available & 1) != 0 || (addr.used & 3) != 0)
        return EINVAL;
    if (ring->has_addr && ring->addr.descriptors == addr.descriptors && ring->addr.available == addr.available &&
        ring->addr.used == addr.used)
        return 0;
    hvn_vhost_user_ring_suspend(ring);
    ring->addr = addr;
    ring->has_addr = TRUE;
    return hvn_vhost_user_peer_resume_ring(call->peer, ring);
}

int
hvn_vhost_user_set_vring_base(const HvnVhostUserCall *call)
{
    HvnVhostUserVringState state;
    HvnVhostUserRing      *ring;

    memcpy(&state, call->payload, sizeof state);
    ring = hvn_vhost_user_get_ring(call, state.index);
    if (ring == NULL || hvn_vhost_user_ring_is_running(ring))
        return EINVAL;
    ring->base = ring->client_base = state.num;
    ring->has_base = TRUE;
    return 0;
}

int
hvn_vhost_user_get_vring_base(const HvnVhostUserCall *call)
{
    HvnVhostUserVringState state;
    HvnVhostUserRing      *ring;

    memcpy(&state, call->payload, sizeof state);
    ring = hvn_vhost_user_get_ring(call, state.index);
    if (ring == NULL)
        return EINVAL;
    state.num = hvn_vhost_user_ring_stop(ring);
    hvn_vhost_user_ring_forget(ring);
    hvn_vhost_user_answer(call, &state, sizeof state);
    return 0;
}

/* The ring of KICK, CALL and ERR; the descriptor must be there exactly when the client says so. */
static HvnVhostUserRing *
hvn_vhost_user_get_signal(const HvnVhostUserCall *call)
{
    guint64  value = hvn_vhost_user_load_u64(call);
    gboolean none = (value & HVN_VHOST_USER_VRING_NO_FD) != 0;

    if ((value & ~(guint64)(HVN_VHOST_USER_VRING_INDEX_MASK | HVN_VHOST_USER_VRING_NO_FD)) != 0 || call->n_fds != (none ? 0 : 1))
        return NULL;
    return hvn_vhost_user_get_ring(call, value & HVN_VHOST_USER_VRING_INDEX_MASK);
}

/* This starts the ring; without a descriptor kicks are messages, or there are none. */
int
hvn_vhost_user_set_vring_kick(const HvnVhostUserCall *call)
{
    HvnVhostUserRing *ring = hvn_vhost_user_get_signal(call);
    gboolean          inband = hvn_vhost_user_peer_has_protocol(call->peer, HVN_VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS);
    int               result;

    if (ring == NULL || ring->num == 0 || !ring->has_addr)
        return EINVAL;
    result = hvn_vhost_user_ring_set_kick(ring, hvn_vhost_user_take_fd(call), !inband);
    if (result == 0)
        result = hvn_vhost_user_peer_resume_ring(call->peer, ring);
    if (result == 0)
        hvn_virtio_device_kick(call->peer->device, ring->index);
    else
        hvn_vhost_user_ring_stop(ring);
    return result;
}

int
hvn_vhost_user_set_vring_call(const HvnVhostUserCall *call)
{
    HvnVhostUserRing *ring = hvn_vhost_user_get_signal(call);
    int               result;

    if (ring == NULL)
        return EINVAL;
    result = hvn_vhost_user_signal_set(&ring->call, hvn_vhost_user_take_fd(call));
    /* what was signalled on the descriptor before may not have been seen */
    if (result == 0 && hvn_vhost_user_ring_is_running(ring))
        hvn_vhost_user_signal_send(&ring->call);
    return result;
}

int
hvn_vhost_user_set_vring_err(const HvnVhostUserCall *call)
{
    HvnVhostUserRing *ring = hvn_vhost_user_get_signal(call);

    return ring == NULL ? EINVAL : hvn_vhost_user_signal_set(&ring->err, hvn_vhost_user_take_fd(call));
}

int
hvn_vhost_user_set_vring_enable(const HvnVhostUserCall *call)
{
    HvnVhostUserVringState state;
    HvnVhostUserRing      *ring;

    memcpy(&state, call->payload, sizeof state);
    ring = hvn_vhost_user_get_ring(call, state.index);
    if (ring == NULL || state.num > 1)
        return EINVAL;
    hvn_vhost_user_peer_enable_ring(call->peer, ring, state.num == 1);
    /* the memory may have changed while it was disabled */
    return state.num == 1 ? hvn_vhost_user_peer_resume_ring(call->peer, ring) : 0;
}

/* User-mode Linux sends no SET_VRING_KICK when kicks are messages: the first of them starts the ring. */
int
hvn_vhost_user_vring_kick(const HvnVhostUserCall *call)
{
    HvnVhostUserVringState state;
    HvnVhostUserRing      *ring;

    memcpy(&state, call->payload, sizeof state);
    ring = hvn_vhost_user_get_ring(call, state.index);
    if (ring == NULL || ring->num == 0 || !ring->has_addr)
        return EINVAL;
    if (!ring->started) {
        hvn_vhost_user_ring_set_kick(ring, -1, FALSE);
        if (hvn_vhost_user_peer_resume_ring(call->peer, ring) != 0) {
            hvn_vhost_user_ring_stop(ring);
            return EINVAL;
        }
    }
    hvn_virtio_device_kick(call->peer->device, state.index);
    return 0;
}
