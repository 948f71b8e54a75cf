/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The requests of a vhost-user client. A table says how long each payload is, how many descriptors come with it, and which protocol
 * feature it belongs to; what a function gets has been checked that far. */

#include "hvn-vhost-user-call.h"
#include "hvn-vhost-user-inflight.h"

#include "hvn-mac.h"
#include "hvn-port.h"

#include <errno.h>

#define MTU_MIN   68 /* of IPv4 */
#define MTU_MAX   65535
#define RARP_LEN  60 /* padded to the least that goes onto a wire */
#define ALWAYS    -1 /* no protocol feature needed */

typedef struct {
    guint16 len_min;
    guint16 len_max;
    guint8  n_fds_min;
    guint8  n_fds_max;
    gint8   feature; /* protocol feature, or ALWAYS */
    int (*run)(const HvnVhostUserCall *call);
} HvnVhostUserEntry;

/* ---- features ---- */

static int
hvn_vhost_user_get_features(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_answer_u64(call, hvn_vhost_user_peer_offer(call->peer));
}

static int
hvn_vhost_user_set_features(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_peer_set_features(call->peer, hvn_vhost_user_load_u64(call));
}

static int
hvn_vhost_user_get_protocol_features(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_answer_u64(call, hvn_vhost_user_peer_offer_protocol(call->peer));
}

static int
hvn_vhost_user_set_protocol_features(const HvnVhostUserCall *call)
{
    guint64 features = hvn_vhost_user_load_u64(call);
    guint64 before = call->peer->protocol_features;

    if ((features & ~hvn_vhost_user_peer_offer_protocol(call->peer)) != 0)
        return EINVAL;
    call->peer->protocol_features = features;
    if (hvn_vhost_user_peer_has_protocol(call->peer, HVN_VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS) &&
        !hvn_vhost_user_peer_has_protocol(call->peer, HVN_VHOST_USER_PROTOCOL_F_BACKEND_REQ)) {
        call->peer->protocol_features = before;
        return EINVAL;
    }
    return 0;
}

static int
hvn_vhost_user_get_queue_num(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_answer_u64(call, call->peer->n_rings / 2);
}

/* The owner is whoever has the socket. */
static int
hvn_vhost_user_ignore(const HvnVhostUserCall *call)
{
    return 0;
}

static int
hvn_vhost_user_reset_device(const HvnVhostUserCall *call)
{
    hvn_vhost_user_peer_reset(call->peer);
    for (guint i = 0; i < call->peer->n_rings; i++)
        hvn_vhost_user_ring_forget(&call->peer->rings[i]);
    return 0;
}

/* A status of 0 does not reset anything: QEMU 7.2 sends it before it asks for the rings' indices. */
static int
hvn_vhost_user_set_status(const HvnVhostUserCall *call)
{
    guint64 status = hvn_vhost_user_load_u64(call);

    if (status > G_MAXUINT8)
        return EINVAL;
    call->peer->status = status;
    return 0;
}

static int
hvn_vhost_user_get_status(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_answer_u64(call, call->peer->status);
}

/* ---- memory ---- */

static int
hvn_vhost_user_set_mem_table(const HvnVhostUserCall *call)
{
    g_autoptr(HvnVhostUserMemory) memory = hvn_vhost_user_memory_new();
    HvnVhostUserMemTable          table = {0};

    memcpy(&table, call->payload, call->len);
    if (table.n_regions > HVN_VHOST_USER_MAX_REGIONS || table.n_regions != call->n_fds ||
        call->len < G_STRUCT_OFFSET(HvnVhostUserMemTable, regions) + table.n_regions * sizeof table.regions[0])
        return EINVAL;
    for (guint i = 0; i < table.n_regions; i++) {
        int result = hvn_vhost_user_memory_add(memory, &table.regions[i], call->fds[i]);

        if (result != 0)
            return result;
    }
    return hvn_vhost_user_peer_set_memory(call->peer, g_steal_pointer(&memory));
}

static int
hvn_vhost_user_get_max_mem_slots(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_answer_u64(call, HVN_VHOST_USER_MAX_SLOTS);
}

/* A ring whose memory was taken away goes on when it is there again; until then that is no mistake. */
static int
hvn_vhost_user_add_mem_reg(const HvnVhostUserCall *call)
{
    HvnVhostUserMemSlot slot;
    int                 result;

    memcpy(&slot, call->payload, sizeof slot);
    hvn_vhost_user_peer_suspend(call->peer);
    result = hvn_vhost_user_memory_add(call->peer->memory, &slot.region, call->fds[0]);
    hvn_vhost_user_peer_resume(call->peer);
    return result;
}

static int
hvn_vhost_user_rem_mem_reg(const HvnVhostUserCall *call)
{
    HvnVhostUserMemSlot slot;
    int                 result;

    memcpy(&slot, call->payload, sizeof slot);
    hvn_vhost_user_peer_suspend(call->peer);
    result = hvn_vhost_user_memory_remove(call->peer->memory, &slot.region);
    hvn_vhost_user_peer_resume(call->peer);
    return result;
}

/* ---- the dirty log ---- */

static int
hvn_vhost_user_set_log_base(const HvnVhostUserCall *call)
{
    HvnVhostUserLog log;
    int             result;

    memcpy(&log, call->payload, sizeof log);
    result = hvn_vhost_user_dirty_log_set(&call->peer->log, call->fds[0], log.mmap_size, log.mmap_offset,
                                          hvn_vhost_user_memory_get_last(call->peer->memory));
    return result != 0 ? result : hvn_vhost_user_answer_u64(call, 0);
}

static int
hvn_vhost_user_set_log_fd(const HvnVhostUserCall *call)
{
    return hvn_vhost_user_signal_set(&call->peer->log_signal, hvn_vhost_user_take_fd(call));
}

/* ---- the back channel ---- */

static int
hvn_vhost_user_set_backend_req_fd(const HvnVhostUserCall *call)
{
    hvn_vhost_user_backend_free(call->peer->backend);
    call->peer->backend = hvn_vhost_user_backend_new(call->peer->dispatcher, hvn_vhost_user_take_fd(call));
    return 0;
}

/* ---- in-flight chains ---- */

static int
hvn_vhost_user_get_inflight_fd(const HvnVhostUserCall *call)
{
    HvnVhostUserInflight inflight = {0};

    memcpy(&inflight, call->payload, MIN(call->len, sizeof inflight));
    call->reply->fd = hvn_vhost_user_inflight_new(inflight.n_queues, inflight.queue_size,
                                                  (call->peer->features & HVN_VIRTIO_F_RING_PACKED) != 0, &inflight.mmap_size);
    if (call->reply->fd < 0)
        return EINVAL;
    inflight.mmap_offset = 0;
    hvn_vhost_user_answer(call, &inflight, MIN(call->len, sizeof inflight));
    return 0;
}

static int
hvn_vhost_user_set_inflight_fd(const HvnVhostUserCall *call)
{
    HvnVhostUserInflight inflight = {0};
    int                  result;

    memcpy(&inflight, call->payload, MIN(call->len, sizeof inflight));
    result = hvn_vhost_user_inflight_check(&inflight, call->fds[0], (call->peer->features & HVN_VIRTIO_F_RING_PACKED) != 0);
    if (result == 0)
        call->peer->inflight = TRUE;
    return result;
}

/* ---- the network device ---- */

static int
hvn_vhost_user_net_set_mtu(const HvnVhostUserCall *call)
{
    guint64 mtu = hvn_vhost_user_load_u64(call);

    return mtu >= MTU_MIN && mtu <= MTU_MAX ? 0 : EINVAL;
}

/* The guest was moved here and cannot announce itself: a RARP request with its address tells switches where it is now. */
static int
hvn_vhost_user_send_rarp(const HvnVhostUserCall *call)
{
    guint8         bytes[RARP_LEN] = {[12] = 0x80, [13] = 0x35, [15] = 1, [16] = 0x08, [18] = 6, [19] = 4, [21] = 3};
    struct iovec   iov = {bytes, sizeof bytes};
    const HvnFrame frame = {.iov = &iov, .n_iov = 1, .len = sizeof bytes};

    memset(bytes, 0xff, HVN_MAC_LEN);
    memcpy(bytes + 6, call->payload, HVN_MAC_LEN);
    memcpy(bytes + 22, call->payload, HVN_MAC_LEN);
    memcpy(bytes + 32, call->payload, HVN_MAC_LEN);
    if (HVN_IS_PORT(call->peer->device))
        hvn_port_send(HVN_PORT(call->peer->device), &frame, 1);
    return 0;
}

static gboolean
hvn_vhost_user_load_config(const HvnVhostUserCall *call, HvnVhostUserConfig *config)
{
    memcpy(config, call->payload, sizeof *config);
    return config->size <= HVN_VHOST_USER_MAX_CONFIG && config->offset <= HVN_VHOST_USER_MAX_CONFIG - config->size &&
           config->size <= call->len - sizeof *config;
}

static int
hvn_vhost_user_get_config(const HvnVhostUserCall *call)
{
    guint8             bytes[HVN_VHOST_USER_MAX_CONFIG] = {0};
    HvnVhostUserConfig config;

    if (!hvn_vhost_user_load_config(call, &config))
        return EINVAL;
    hvn_virtio_device_read_config(call->peer->device, config.offset, bytes, config.size);
    hvn_vhost_user_answer(call, &config, sizeof config);
    hvn_vhost_user_answer(call, bytes, config.size);
    return 0;
}

static int
hvn_vhost_user_set_config(const HvnVhostUserCall *call)
{
    HvnVhostUserConfig config;

    if (!hvn_vhost_user_load_config(call, &config))
        return EINVAL;
    hvn_virtio_device_write_config(call->peer->device, config.offset, call->payload + sizeof config, config.size);
    return 0;
}

/* ---- the table ---- */

#define U64    8, 8
#define STATE  8, 8
#define NOTHING 0, 8 /* some clients send a payload all the same */
#define F(name) HVN_VHOST_USER_PROTOCOL_F_##name

static const HvnVhostUserEntry hvn_vhost_user_entries[] = {
    [HVN_VHOST_USER_GET_FEATURES] = {NOTHING, 0, 0, ALWAYS, hvn_vhost_user_get_features},
    [HVN_VHOST_USER_SET_FEATURES] = {U64, 0, 0, ALWAYS, hvn_vhost_user_set_features},
    [HVN_VHOST_USER_SET_OWNER] = {NOTHING, 0, 0, ALWAYS, hvn_vhost_user_ignore},
    [HVN_VHOST_USER_RESET_OWNER] = {NOTHING, 0, 0, ALWAYS, hvn_vhost_user_ignore},
    [HVN_VHOST_USER_SET_MEM_TABLE] = {8, sizeof(HvnVhostUserMemTable), 0, 8, ALWAYS, hvn_vhost_user_set_mem_table},
    [HVN_VHOST_USER_SET_LOG_BASE] = {16, 16, 1, 1, F(LOG_SHMFD), hvn_vhost_user_set_log_base},
    [HVN_VHOST_USER_SET_LOG_FD] = {NOTHING, 0, 1, ALWAYS, hvn_vhost_user_set_log_fd},
    [HVN_VHOST_USER_SET_VRING_NUM] = {STATE, 0, 0, ALWAYS, hvn_vhost_user_set_vring_num},
    [HVN_VHOST_USER_SET_VRING_ADDR] = {40, 40, 0, 0, ALWAYS, hvn_vhost_user_set_vring_addr},
    [HVN_VHOST_USER_SET_VRING_BASE] = {STATE, 0, 0, ALWAYS, hvn_vhost_user_set_vring_base},
    [HVN_VHOST_USER_GET_VRING_BASE] = {STATE, 0, 0, ALWAYS, hvn_vhost_user_get_vring_base},
    [HVN_VHOST_USER_SET_VRING_KICK] = {U64, 0, 1, ALWAYS, hvn_vhost_user_set_vring_kick},
    [HVN_VHOST_USER_SET_VRING_CALL] = {U64, 0, 1, ALWAYS, hvn_vhost_user_set_vring_call},
    [HVN_VHOST_USER_SET_VRING_ERR] = {U64, 0, 1, ALWAYS, hvn_vhost_user_set_vring_err},
    [HVN_VHOST_USER_GET_PROTOCOL_FEATURES] = {NOTHING, 0, 0, ALWAYS, hvn_vhost_user_get_protocol_features},
    [HVN_VHOST_USER_SET_PROTOCOL_FEATURES] = {U64, 0, 0, ALWAYS, hvn_vhost_user_set_protocol_features},
    [HVN_VHOST_USER_GET_QUEUE_NUM] = {NOTHING, 0, 0, F(MQ), hvn_vhost_user_get_queue_num},
    [HVN_VHOST_USER_SET_VRING_ENABLE] = {STATE, 0, 0, ALWAYS, hvn_vhost_user_set_vring_enable},
    [HVN_VHOST_USER_SEND_RARP] = {U64, 0, 0, F(RARP), hvn_vhost_user_send_rarp},
    [HVN_VHOST_USER_NET_SET_MTU] = {U64, 0, 0, F(NET_MTU), hvn_vhost_user_net_set_mtu},
    [HVN_VHOST_USER_SET_BACKEND_REQ_FD] = {NOTHING, 1, 1, F(BACKEND_REQ), hvn_vhost_user_set_backend_req_fd},
    [HVN_VHOST_USER_GET_CONFIG] = {12, 12 + HVN_VHOST_USER_MAX_CONFIG, 0, 0, F(CONFIG), hvn_vhost_user_get_config},
    [HVN_VHOST_USER_SET_CONFIG] = {12, 12 + HVN_VHOST_USER_MAX_CONFIG, 0, 0, F(CONFIG), hvn_vhost_user_set_config},
    [HVN_VHOST_USER_GET_INFLIGHT_FD] = {20, 24, 0, 0, F(INFLIGHT_SHMFD), hvn_vhost_user_get_inflight_fd},
    [HVN_VHOST_USER_SET_INFLIGHT_FD] = {20, 24, 1, 1, F(INFLIGHT_SHMFD), hvn_vhost_user_set_inflight_fd},
    [HVN_VHOST_USER_RESET_DEVICE] = {NOTHING, 0, 0, F(RESET_DEVICE), hvn_vhost_user_reset_device},
    [HVN_VHOST_USER_VRING_KICK] = {STATE, 0, 0, F(INBAND_NOTIFICATIONS), hvn_vhost_user_vring_kick},
    [HVN_VHOST_USER_GET_MAX_MEM_SLOTS] = {NOTHING, 0, 0, F(CONFIGURE_MEM_SLOTS), hvn_vhost_user_get_max_mem_slots},
    [HVN_VHOST_USER_ADD_MEM_REG] = {40, 40, 1, 1, F(CONFIGURE_MEM_SLOTS), hvn_vhost_user_add_mem_reg},
    [HVN_VHOST_USER_REM_MEM_REG] = {40, 40, 0, 1, F(CONFIGURE_MEM_SLOTS), hvn_vhost_user_rem_mem_reg},
    [HVN_VHOST_USER_SET_STATUS] = {U64, 0, 0, F(STATUS), hvn_vhost_user_set_status},
    [HVN_VHOST_USER_GET_STATUS] = {NOTHING, 0, 0, F(STATUS), hvn_vhost_user_get_status},
};

int
hvn_vhost_user_command(HvnVhostUserPeer *peer, guint32 request, const guint8 *payload, gsize len, int *fds, guint n_fds,
                       HvnVhostUserReply *reply)
{
    const HvnVhostUserCall   call = {peer, payload, len, fds, n_fds, reply};
    const HvnVhostUserEntry *entry = request < G_N_ELEMENTS(hvn_vhost_user_entries) ? &hvn_vhost_user_entries[request] : NULL;

    g_byte_array_set_size(reply->data, 0);
    reply->fd = -1;
    reply->wanted = FALSE;
    if (!peer->heard) {
        peer->heard = TRUE;
        peer->owner_first = request == HVN_VHOST_USER_SET_OWNER;
    }
    if (entry == NULL || entry->run == NULL || (entry->feature != ALWAYS && !hvn_vhost_user_peer_has_protocol(peer, entry->feature)))
        return ENOTSUP;
    if (len < entry->len_min || len > entry->len_max || n_fds < entry->n_fds_min || n_fds > entry->n_fds_max)
        return EINVAL;
    return entry->run(&call);
}
