/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vhost-user protocol on the wire (QEMU, docs/interop/vhost-user.rst). All integers are in host order: both ends share the
 * machine. */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

#define HVN_VHOST_USER_MAX_MESSAGE 4096 /* larger than any that is defined */
#define HVN_VHOST_USER_MAX_REGIONS 8    /* in one SET_MEM_TABLE */
#define HVN_VHOST_USER_MAX_SLOTS   509  /* of ADD_MEM_REG, as in the kernel's vhost */
#define HVN_VHOST_USER_MAX_CONFIG  256
#define HVN_VHOST_USER_MAX_RINGS   256 /* a message names a ring with 8 bits */

typedef enum {
    HVN_VHOST_USER_GET_FEATURES = 1,
    HVN_VHOST_USER_SET_FEATURES = 2,
    HVN_VHOST_USER_SET_OWNER = 3,
    HVN_VHOST_USER_RESET_OWNER = 4,
    HVN_VHOST_USER_SET_MEM_TABLE = 5,
    HVN_VHOST_USER_SET_LOG_BASE = 6,
    HVN_VHOST_USER_SET_LOG_FD = 7,
    HVN_VHOST_USER_SET_VRING_NUM = 8,
    HVN_VHOST_USER_SET_VRING_ADDR = 9,
    HVN_VHOST_USER_SET_VRING_BASE = 10,
    HVN_VHOST_USER_GET_VRING_BASE = 11,
    HVN_VHOST_USER_SET_VRING_KICK = 12,
    HVN_VHOST_USER_SET_VRING_CALL = 13,
    HVN_VHOST_USER_SET_VRING_ERR = 14,
    HVN_VHOST_USER_GET_PROTOCOL_FEATURES = 15,
    HVN_VHOST_USER_SET_PROTOCOL_FEATURES = 16,
    HVN_VHOST_USER_GET_QUEUE_NUM = 17,
    HVN_VHOST_USER_SET_VRING_ENABLE = 18,
    HVN_VHOST_USER_SEND_RARP = 19,
    HVN_VHOST_USER_NET_SET_MTU = 20,
    HVN_VHOST_USER_SET_BACKEND_REQ_FD = 21,
    HVN_VHOST_USER_GET_CONFIG = 24,
    HVN_VHOST_USER_SET_CONFIG = 25,
    HVN_VHOST_USER_GET_INFLIGHT_FD = 31,
    HVN_VHOST_USER_SET_INFLIGHT_FD = 32,
    HVN_VHOST_USER_RESET_DEVICE = 34,
    HVN_VHOST_USER_VRING_KICK = 35,
    HVN_VHOST_USER_GET_MAX_MEM_SLOTS = 36,
    HVN_VHOST_USER_ADD_MEM_REG = 37,
    HVN_VHOST_USER_REM_MEM_REG = 38,
    HVN_VHOST_USER_SET_STATUS = 39,
    HVN_VHOST_USER_GET_STATUS = 40,
} HvnVhostUserRequest;

/* what the back-end asks the front-end, on the socket of SET_BACKEND_REQ_FD */
typedef enum {
    HVN_VHOST_USER_BACKEND_CONFIG_CHANGE = 2,
    HVN_VHOST_USER_BACKEND_VRING_CALL = 4,
    HVN_VHOST_USER_BACKEND_VRING_ERR = 5,
} HvnVhostUserBackendRequest;

#define HVN_VHOST_USER_FLAG_VERSION_MASK 0x3
#define HVN_VHOST_USER_FLAG_VERSION      0x1
#define HVN_VHOST_USER_FLAG_REPLY        0x4
#define HVN_VHOST_USER_FLAG_NEED_REPLY   0x8

/* virtio feature bits that belong to vhost, not to the device */
#define HVN_VHOST_F_LOG_ALL                26
#define HVN_VHOST_USER_F_PROTOCOL_FEATURES 30

typedef enum {
    HVN_VHOST_USER_PROTOCOL_F_MQ = 0,
    HVN_VHOST_USER_PROTOCOL_F_LOG_SHMFD = 1,
    HVN_VHOST_USER_PROTOCOL_F_RARP = 2,
    HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK = 3,
    HVN_VHOST_USER_PROTOCOL_F_NET_MTU = 4,
    HVN_VHOST_USER_PROTOCOL_F_BACKEND_REQ = 5,
    HVN_VHOST_USER_PROTOCOL_F_CONFIG = 9,
    HVN_VHOST_USER_PROTOCOL_F_INFLIGHT_SHMFD = 12,
    HVN_VHOST_USER_PROTOCOL_F_RESET_DEVICE = 13,
    HVN_VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS = 14,
    HVN_VHOST_USER_PROTOCOL_F_CONFIGURE_MEM_SLOTS = 15,
    HVN_VHOST_USER_PROTOCOL_F_STATUS = 16,
} HvnVhostUserProtocolFeature;

typedef struct {
    guint32 request;
    guint32 flags;
    guint32 size; /* of the payload that follows */
} HvnVhostUserHeader;

typedef struct {
    guint64 guest_addr;
    guint64 size;
    guint64 user_addr;   /* in the address space of the front-end */
    guint64 mmap_offset; /* where the region starts in the file */
} HvnVhostUserRegion;

typedef struct {
    guint32            n_regions;
    guint32            padding;
    HvnVhostUserRegion regions[HVN_VHOST_USER_MAX_REGIONS];
} HvnVhostUserMemTable;

typedef struct {
    guint64            padding;
    HvnVhostUserRegion region;
} HvnVhostUserMemSlot;

typedef struct {
    guint32 index;
    guint32 num;
} HvnVhostUserVringState;

typedef struct {
    guint32 index;
    guint32 flags; /* bit 0: log writes to the used ring at the address below */
    guint64 descriptors; /* this and the next two are addresses of the front-end */
    guint64 used;
    guint64 available;
    guint64 log; /* guest physical */
} HvnVhostUserVringAddr;

/* the u64 of KICK, CALL and ERR */
#define HVN_VHOST_USER_VRING_INDEX_MASK 0xff
#define HVN_VHOST_USER_VRING_NO_FD      0x100

typedef struct {
    guint64 mmap_size;
    guint64 mmap_offset;
} HvnVhostUserLog;

typedef struct {
    guint64 mmap_size;
    guint64 mmap_offset;
    guint16 n_queues;
    guint16 queue_size;
    guint32 padding;
} HvnVhostUserInflight;

#define HVN_VHOST_USER_INFLIGHT_WIRE_SIZE 20 /* the structure without its padding, as some front-ends send it */

typedef struct {
    guint32 offset;
    guint32 size;
    guint32 flags;
    /* the bytes follow */
} HvnVhostUserConfig;

G_STATIC_ASSERT(sizeof(HvnVhostUserHeader) == 12);
G_STATIC_ASSERT(sizeof(HvnVhostUserRegion) == 32);
G_STATIC_ASSERT(sizeof(HvnVhostUserMemTable) == 8 + 8 * 32);
G_STATIC_ASSERT(sizeof(HvnVhostUserMemSlot) == 40);
G_STATIC_ASSERT(sizeof(HvnVhostUserVringAddr) == 40);
G_STATIC_ASSERT(sizeof(HvnVhostUserInflight) == 24);
G_STATIC_ASSERT(sizeof(HvnVhostUserConfig) == 12);

/**
 * hvn_vhost_user_size_of:
 * @head: the first bytes of a message
 * @len: how many there are
 *
 * For hvn_fd_channel_new().
 *
 * Returns: bytes of the whole message, 0 when @len is too few to tell, -1 when no message can begin so
 */
static inline gssize
hvn_vhost_user_size_of(const guint8 *head, gsize len)
{
    HvnVhostUserHeader header;

    if (len < sizeof header)
        return 0;
    memcpy(&header, head, sizeof header);
    return header.size > HVN_VHOST_USER_MAX_MESSAGE ? -1 : (gssize)(sizeof header + header.size);
}

G_END_DECLS
