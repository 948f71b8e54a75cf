/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that a vhost-user client has set up: its features, memory, rings, dirty log and back channel. Made when the client comes, freed
 * when it goes; the device is as after reset then. Knows no messages. */
#pragma once

#include "hvn-log.h"
#include "hvn-vhost-user-backend.h"
#include "hvn-vhost-user-log.h"
#include "hvn-vhost-user-ring.h"

G_BEGIN_DECLS

typedef struct {
    HvnVirtioDevice      *device;     /* not owned; outlives the peer */
    HvnDispatcher        *dispatcher; /* not owned */
    HvnGuestErrors        errors;
    HvnVirtqueueOps       ops;
    HvnVhostUserMemory   *memory;
    HvnVhostUserRing     *rings;      /* n_rings of them */
    guint                 n_rings;    /* two for each queue pair; a control queue stays with the other side */
    HvnVhostUserDirtyLog  log;
    HvnVhostUserSignal    log_signal;
    HvnVhostUserBackend  *backend;    /* NULL without one */
    guint64               offered;    /* what GET_FEATURES said, or would say */
    guint64               features;
    guint64               protocol_features;
    gboolean              owner_first; /* the first message was SET_OWNER: not QEMU, which shows us no driver but its own device */
    gboolean              heard;       /* any message has come */
    gboolean              inflight;    /* rings go on behind what was used last */
    guint8                status;
} HvnVhostUserPeer;

/**
 * hvn_vhost_user_peer_new:
 * @device: (transfer none): the device, claimed by the caller
 * @dispatcher: (transfer none): where it runs
 * @state: (transfer none): records of its rings, from the clients and servers before; outlives the peer
 * @name: of the device, for messages
 *
 * Returns: (transfer full): a client that has said nothing yet
 */
HvnVhostUserPeer *
hvn_vhost_user_peer_new(HvnVirtioDevice *device, HvnDispatcher *dispatcher, HvnVhostUserState *state, const char *name);

/**
 * hvn_vhost_user_peer_count_rings:
 * @device: a device
 *
 * Returns: rings that a client has, two for each queue pair
 */
guint
hvn_vhost_user_peer_count_rings(HvnVirtioDevice *device);

/**
 * hvn_vhost_user_peer_free:
 * @self: (transfer full) (nullable): a client
 *
 * Stops its rings, resets the device, and closes and unmaps all that it gave.
 */
void
hvn_vhost_user_peer_free(HvnVhostUserPeer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVhostUserPeer, hvn_vhost_user_peer_free)

/**
 * hvn_vhost_user_peer_offer:
 * @self: a client
 *
 * Returns: the features for GET_FEATURES, from what the device offers now
 */
guint64
hvn_vhost_user_peer_offer(HvnVhostUserPeer *self);

/**
 * hvn_vhost_user_peer_offer_protocol:
 * @self: a client
 *
 * Returns: the protocol features
 */
guint64
hvn_vhost_user_peer_offer_protocol(const HvnVhostUserPeer *self);

/**
 * hvn_vhost_user_peer_set_features:
 * @self: a client
 * @features: what it accepted, not trusted
 *
 * Returns: 0, or EINVAL for bits that were not offered, and for another layout of rings that run
 */
int
hvn_vhost_user_peer_set_features(HvnVhostUserPeer *self, guint64 features);

/**
 * hvn_vhost_user_peer_has_protocol:
 * @self: a client
 * @feature: a protocol feature
 *
 * Returns: whether it accepted the feature
 */
gboolean
hvn_vhost_user_peer_has_protocol(const HvnVhostUserPeer *self, HvnVhostUserProtocolFeature feature);

/**
 * hvn_vhost_user_peer_set_memory:
 * @self: a client
 * @memory: (transfer full): another memory table
 *
 * Takes over a new table; rings that run are moved to it.
 *
 * Returns: 0, or EINVAL when a ring that is started and enabled does not lie in it
 */
int
hvn_vhost_user_peer_set_memory(HvnVhostUserPeer *self, HvnVhostUserMemory *memory);

/**
 * hvn_vhost_user_peer_suspend:
 * @self: a client
 *
 * Takes every ring from the device, so that memory can be taken away.
 */
void
hvn_vhost_user_peer_suspend(HvnVhostUserPeer *self);

/**
 * hvn_vhost_user_peer_resume:
 * @self: a client
 *
 * Runs every ring that is started and enabled, does not run, and has its memory.
 */
void
hvn_vhost_user_peer_resume(HvnVhostUserPeer *self);

/**
 * hvn_vhost_user_peer_resume_ring:
 * @self: a client
 * @ring: one of its rings
 *
 * Runs it if it is started and does not run.
 *
 * Returns: 0, or EINVAL when it cannot run
 */
int
hvn_vhost_user_peer_resume_ring(HvnVhostUserPeer *self, HvnVhostUserRing *ring);

/**
 * hvn_vhost_user_peer_enable_ring:
 * @self: a client
 * @ring: one of its rings
 * @enabled: whether it carries frames
 */
void
hvn_vhost_user_peer_enable_ring(HvnVhostUserPeer *self, HvnVhostUserRing *ring, gboolean enabled);

/**
 * hvn_vhost_user_peer_reset:
 * @self: a client
 *
 * RESET_DEVICE: every ring is stopped and disabled, the device reset and without features. Memory and protocol features stay.
 */
void
hvn_vhost_user_peer_reset(HvnVhostUserPeer *self);

G_END_DECLS
