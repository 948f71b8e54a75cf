/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One request of a vhost-user client on its way through the functions that serve it: private to hvn-vhost-user-commands.c and
 * hvn-vhost-user-vring.c. A function returns 0 or a positive errno; length and number of descriptors have been checked. */
#pragma once

#include "hvn-vhost-user-commands.h"

#include <string.h>

G_BEGIN_DECLS

typedef struct {
    HvnVhostUserPeer  *peer;
    const guint8      *payload;
    gsize              len;
    int               *fds;
    guint              n_fds;
    HvnVhostUserReply *reply;
} HvnVhostUserCall;

/**
 * hvn_vhost_user_answer:
 * @call: a request
 * @data: bytes
 * @len: how many
 *
 * Appends to the answer; a request with an answer of its own gives it this way.
 */
static inline void
hvn_vhost_user_answer(const HvnVhostUserCall *call, gconstpointer data, gsize len)
{
    g_byte_array_append(call->reply->data, data, len);
    call->reply->wanted = TRUE;
}

/**
 * hvn_vhost_user_answer_u64:
 * @call: a request
 * @value: the whole answer
 *
 * Returns: 0
 */
static inline int
hvn_vhost_user_answer_u64(const HvnVhostUserCall *call, guint64 value)
{
    hvn_vhost_user_answer(call, &value, sizeof value);
    return 0;
}

/**
 * hvn_vhost_user_load_u64:
 * @call: a request
 *
 * Returns: the payload of a request that is one number
 */
static inline guint64
hvn_vhost_user_load_u64(const HvnVhostUserCall *call)
{
    guint64 value;

    memcpy(&value, call->payload, sizeof value);
    return value;
}

/**
 * hvn_vhost_user_take_fd:
 * @call: a request
 *
 * Returns: (transfer full): the descriptor that came with the request, which keeps it, or -1
 */
static inline int
hvn_vhost_user_take_fd(const HvnVhostUserCall *call)
{
    int fd = call->n_fds > 0 ? call->fds[0] : -1;

    if (call->n_fds > 0)
        call->fds[0] = -1;
    return fd;
}

/**
 * hvn_vhost_user_set_vring_num:
 * @call: a request
 *
 * SET_VRING_NUM: the size of a ring that does not run.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_num(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_addr:
 * @call: a request
 *
 * SET_VRING_ADDR: where a ring is; one that runs is moved.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_addr(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_base:
 * @call: a request
 *
 * SET_VRING_BASE: where a ring that does not run goes on.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_base(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_get_vring_base:
 * @call: a request
 *
 * GET_VRING_BASE: stops a ring and answers where it goes on.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_get_vring_base(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_kick:
 * @call: a request
 *
 * SET_VRING_KICK: starts a ring, or replaces its kick.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_kick(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_call:
 * @call: a request
 *
 * SET_VRING_CALL: where interrupts go.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_call(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_err:
 * @call: a request
 *
 * SET_VRING_ERR: where mistakes of the driver are signalled.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_err(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_set_vring_enable:
 * @call: a request
 *
 * SET_VRING_ENABLE: whether a ring carries frames.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_set_vring_enable(const HvnVhostUserCall *call);

/**
 * hvn_vhost_user_vring_kick:
 * @call: a request
 *
 * VRING_KICK: a kick as a message.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vhost_user_vring_kick(const HvnVhostUserCall *call);

G_END_DECLS
