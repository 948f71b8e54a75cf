/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vhost-user front-end: what a hypervisor does to hand the rings of a virtio device to a server. One request at a time; with the
 * protocol feature REPLY_ACK, which is asked for, each is waited for. */
#pragma once

#include "hvn-vhost-user-proto.h"

G_BEGIN_DECLS

typedef struct _HvnVhostUserClient HvnVhostUserClient;

/**
 * HvnVhostUserRingSetup:
 * @index: of the ring
 * @size: descriptors
 * @base: where to go on, 0 for a new split ring
 * @addr: of its parts, in the front-end's address space (that of @user_addr in hvn_vhost_user_client_share())
 * @kick: (transfer none): eventfd that tells the server of chains
 * @call: (transfer none): eventfd that tells the front-end of chains that were used
 *
 * A ring that is to run.
 */
typedef struct {
    guint                 index;
    guint                 size;
    guint32               base;
    HvnVhostUserVringAddr addr;
    int                   kick;
    int                   call;
} HvnVhostUserRingSetup;

/**
 * hvn_vhost_user_client_new:
 * @fd: (transfer full): a connected unix stream socket
 * @timeout_ms: how long to wait for an answer
 * @protocol_features: bits of #HvnVhostUserProtocolFeature that the caller can use, besides REPLY_ACK
 * @error: return location
 *
 * Takes the device and negotiates protocol features.
 *
 * Returns: (transfer full) (nullable): a front-end, or %NULL with %HVN_ERROR set
 */
HvnVhostUserClient *
hvn_vhost_user_client_new(int fd, guint timeout_ms, guint64 protocol_features, GError **error);

/**
 * hvn_vhost_user_client_free:
 * @self: (transfer full) (nullable): a front-end; hangs up, which resets the device
 */
void
hvn_vhost_user_client_free(HvnVhostUserClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnVhostUserClient, hvn_vhost_user_client_free)

/**
 * hvn_vhost_user_client_get_features:
 * @self: a front-end
 *
 * Returns: what the device offers, without the bits that belong to vhost
 */
guint64
hvn_vhost_user_client_get_features(const HvnVhostUserClient *self);

/**
 * hvn_vhost_user_client_has_protocol:
 * @self: a front-end
 * @feature: a protocol feature
 *
 * Returns: whether both ends have it
 */
gboolean
hvn_vhost_user_client_has_protocol(const HvnVhostUserClient *self, HvnVhostUserProtocolFeature feature);

/**
 * hvn_vhost_user_client_set_features:
 * @self: a front-end
 * @features: what the driver accepted
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vhost_user_client_set_features(HvnVhostUserClient *self, guint64 features, GError **error);

/**
 * hvn_vhost_user_client_share:
 * @self: a front-end
 * @region: guest memory, all of it
 * @fd: (transfer none): what it is in
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vhost_user_client_share(HvnVhostUserClient *self, const HvnVhostUserRegion *region, int fd, GError **error);

/**
 * hvn_vhost_user_client_read_config:
 * @self: a front-end with the protocol feature CONFIG
 * @buf: (out caller-allocates): room for @len bytes
 * @len: from the start of the device's configuration space, up to %HVN_VHOST_USER_MAX_CONFIG
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vhost_user_client_read_config(HvnVhostUserClient *self, gpointer buf, guint len, GError **error);

/**
 * hvn_vhost_user_client_start_ring:
 * @self: a front-end whose features are set and whose memory is shared
 * @ring: what is to run
 * @error: return location
 *
 * Starts and enables the ring.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vhost_user_client_start_ring(HvnVhostUserClient *self, const HvnVhostUserRingSetup *ring, GError **error);

/**
 * hvn_vhost_user_client_stop_ring:
 * @self: a front-end
 * @index: of a ring that runs
 * @base: (out): where to go on
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_vhost_user_client_stop_ring(HvnVhostUserClient *self, guint index, guint32 *base, GError **error);

G_END_DECLS
