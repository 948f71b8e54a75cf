/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A vhost-user front-end (QEMU, docs/interop/vhost-user.rst). SET_OWNER comes first, as from DPDK and User-mode Linux: that is how a
 * server tells who can use the protocol feature CONFIG. */

#include "hvn-vhost-user-client.h"

#include "hvn-error.h"
#include "hvn-fd-client.h"

#define BIT64(n) (G_GUINT64_CONSTANT(1) << (n))

#define VHOST_BITS (BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES) | BIT64(HVN_VHOST_F_LOG_ALL))

struct _HvnVhostUserClient {
    HvnFdClient *wire;
    guint64      features; /* offered, with vhost's own bits */
    guint64      protocol; /* negotiated */
};

/* ---- requests and answers ---- */

static gboolean
hvn_vhost_user_client_send(HvnVhostUserClient *self, guint32 request, guint32 flags, gconstpointer payload, gsize len, int fd,
                           GError **error)
{
    const HvnVhostUserHeader header = {request, HVN_VHOST_USER_FLAG_VERSION | flags, (guint32)len};
    guint8                   bytes[sizeof header + sizeof(HvnVhostUserConfig) + HVN_VHOST_USER_MAX_CONFIG];

    g_return_val_if_fail(len <= sizeof bytes - sizeof header, FALSE);

    memcpy(bytes, &header, sizeof header);
    if (len > 0)
        memcpy(bytes + sizeof header, payload, len);
    return hvn_fd_client_send(self->wire, bytes, sizeof header + len, &fd, fd >= 0 ? 1 : 0, error);
}

/* the answer to a request, of exactly so many bytes */
static gboolean
hvn_vhost_user_client_receive(HvnVhostUserClient *self, guint32 request, gpointer payload, gsize len, GError **error)
{
    HvnVhostUserHeader header;
    HvnFdMessage       message;

    if (!hvn_fd_client_receive(self->wire, &message, error))
        return FALSE;
    memcpy(&header, message.data, sizeof header);
    if (header.request == request && (header.flags & HVN_VHOST_USER_FLAG_REPLY) != 0 && header.size == len) {
        memcpy(payload, message.data + sizeof header, len);
        return TRUE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_PROTOCOL, "the server answers request %u with flags 0x%x and %u bytes to request %u of %"
                G_GSIZE_FORMAT " bytes", header.request, header.flags, header.size, request, len);
    return FALSE;
}

static gboolean
hvn_vhost_user_client_get(HvnVhostUserClient *self, guint32 request, gconstpointer asked, gsize asked_len, gpointer payload, gsize len,
                          GError **error)
{
    return hvn_vhost_user_client_send(self, request, 0, asked, asked_len, -1, error) &&
           hvn_vhost_user_client_receive(self, request, payload, len, error);
}

static gboolean
hvn_vhost_user_client_set(HvnVhostUserClient *self, guint32 request, gconstpointer payload, gsize len, int fd, GError **error)
{
    gboolean acknowledged = hvn_vhost_user_client_has_protocol(self, HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK);
    guint64  result = 0;

    if (!hvn_vhost_user_client_send(self, request, acknowledged ? HVN_VHOST_USER_FLAG_NEED_REPLY : 0, payload, len, fd, error))
        return FALSE;
    if (acknowledged && !hvn_vhost_user_client_receive(self, request, &result, sizeof result, error))
        return FALSE;
    if (result == 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the server refuses request %u", request);
    return FALSE;
}

static gboolean
hvn_vhost_user_client_set_u64(HvnVhostUserClient *self, guint32 request, guint64 value, int fd, GError **error)
{
    return hvn_vhost_user_client_set(self, request, &value, sizeof value, fd, error);
}

static gboolean
hvn_vhost_user_client_set_state(HvnVhostUserClient *self, guint32 request, guint index, guint32 num, GError **error)
{
    const HvnVhostUserVringState state = {index, num};

    return hvn_vhost_user_client_set(self, request, &state, sizeof state, -1, error);
}

/* ---- life ---- */

static gboolean
hvn_vhost_user_client_negotiate(HvnVhostUserClient *self, guint64 wanted, GError **error)
{
    guint64 offered;

    if (!hvn_vhost_user_client_set(self, HVN_VHOST_USER_SET_OWNER, NULL, 0, -1, error) ||
        !hvn_vhost_user_client_get(self, HVN_VHOST_USER_GET_FEATURES, NULL, 0, &self->features, sizeof self->features, error))
        return FALSE;
    if ((self->features & BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES)) == 0)
        return TRUE;
    if (!hvn_vhost_user_client_get(self, HVN_VHOST_USER_GET_PROTOCOL_FEATURES, NULL, 0, &offered, sizeof offered, error))
        return FALSE;
    offered &= wanted | BIT64(HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK);
    if (!hvn_vhost_user_client_set_u64(self, HVN_VHOST_USER_SET_PROTOCOL_FEATURES, offered, -1, error))
        return FALSE;
    self->protocol = offered;
    return TRUE;
}

HvnVhostUserClient *
hvn_vhost_user_client_new(int fd, guint timeout_ms, guint64 protocol_features, GError **error)
{
    g_autoptr(HvnVhostUserClient) self = g_new0(HvnVhostUserClient, 1);

    self->wire = hvn_fd_client_new(fd, sizeof(HvnVhostUserHeader) + HVN_VHOST_USER_MAX_MESSAGE, hvn_vhost_user_size_of, timeout_ms);
    return hvn_vhost_user_client_negotiate(self, protocol_features, error) ? g_steal_pointer(&self) : NULL;
}

void
hvn_vhost_user_client_free(HvnVhostUserClient *self)
{
    if (self == NULL)
        return;
    hvn_fd_client_free(self->wire);
    g_free(self);
}

/* ---- the device ---- */

guint64
hvn_vhost_user_client_get_features(const HvnVhostUserClient *self)
{
    return self->features & ~VHOST_BITS;
}

gboolean
hvn_vhost_user_client_has_protocol(const HvnVhostUserClient *self, HvnVhostUserProtocolFeature feature)
{
    return (self->protocol & BIT64(feature)) != 0;
}

gboolean
hvn_vhost_user_client_set_features(HvnVhostUserClient *self, guint64 features, GError **error)
{
    return hvn_vhost_user_client_set_u64(self, HVN_VHOST_USER_SET_FEATURES,
                                         features | (self->features & BIT64(HVN_VHOST_USER_F_PROTOCOL_FEATURES)), -1, error);
}

gboolean
hvn_vhost_user_client_share(HvnVhostUserClient *self, const HvnVhostUserRegion *region, int fd, GError **error)
{
    const HvnVhostUserMemTable table = {.n_regions = 1, .regions[0] = *region};

    return hvn_vhost_user_client_set(self, HVN_VHOST_USER_SET_MEM_TABLE, &table, G_STRUCT_OFFSET(HvnVhostUserMemTable, regions[1]), fd,
                                     error);
}

gboolean
hvn_vhost_user_client_read_config(HvnVhostUserClient *self, gpointer buf, guint len, GError **error)
{
    struct {
        HvnVhostUserConfig header;
        guint8             bytes[HVN_VHOST_USER_MAX_CONFIG];
    } config = {.header.size = len};
    gsize payload = sizeof config.header + len;

    g_return_val_if_fail(len <= sizeof config.bytes, FALSE);

    if (!hvn_vhost_user_client_get(self, HVN_VHOST_USER_GET_CONFIG, &config, payload, &config, payload, error))
        return FALSE;
    memcpy(buf, config.bytes, len);
    return TRUE;
}

/* ---- rings ---- */

gboolean
hvn_vhost_user_client_start_ring(HvnVhostUserClient *self, const HvnVhostUserRingSetup *ring, GError **error)
{
    HvnVhostUserVringAddr addr = ring->addr;

    addr.index = ring->index;
    return hvn_vhost_user_client_set_state(self, HVN_VHOST_USER_SET_VRING_NUM, ring->index, ring->size, error) &&
           hvn_vhost_user_client_set_state(self, HVN_VHOST_USER_SET_VRING_BASE, ring->index, ring->base, error) &&
           hvn_vhost_user_client_set(self, HVN_VHOST_USER_SET_VRING_ADDR, &addr, sizeof addr, -1, error) &&
           hvn_vhost_user_client_set_u64(self, HVN_VHOST_USER_SET_VRING_CALL, ring->index, ring->call, error) &&
           hvn_vhost_user_client_set_u64(self, HVN_VHOST_USER_SET_VRING_KICK, ring->index, ring->kick, error) &&
           hvn_vhost_user_client_set_state(self, HVN_VHOST_USER_SET_VRING_ENABLE, ring->index, 1, error);
}

gboolean
hvn_vhost_user_client_stop_ring(HvnVhostUserClient *self, guint index, guint32 *base, GError **error)
{
    HvnVhostUserVringState state = {.index = index};

    if (!hvn_vhost_user_client_get(self, HVN_VHOST_USER_GET_VRING_BASE, &state, sizeof state, &state, sizeof state, error))
        return FALSE;
    *base = state.num;
    return TRUE;
}
