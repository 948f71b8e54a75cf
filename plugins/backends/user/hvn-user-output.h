/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of libslirp on their way to the guest: shaped for its interface and put into the queue. libslirp answers within its
 * input call and cannot wait, so what finds no room is dropped; TCP sends it again. */
#pragma once

#include "hvn-frame-queue.h"
#include "hvn-user-large.h"

G_BEGIN_DECLS

#define HVN_USER_QUEUE_BYTES (1024 * 1024)

/**
 * HvnUserOutput:
 *
 * Embedded by value in the backend.
 */
typedef struct {
    HvnFrameQueue *queue; /* not owned */
    HvnUserLarge *large;  /* not owned; NULL without large frames */
    guint8 *scratch;      /* room for one frame that is edited; touched as it is used */
    guint mtu;            /* of the guest's interface */
    gboolean tell;        /* whether the guest is told the MTU */
    guint32 id;           /* of the next IPv6 packet that is fragmented */
    guint64 dropped;      /* packets above the MTU that must not be fragmented */
} HvnUserOutput;

/**
 * hvn_user_output_init:
 * @self: (out caller-allocates): the way out
 * @queue: (transfer none): outlives it
 * @large: (transfer none) (nullable): table of connections
 * @mtu: of the guest's interface
 * @tell: whether the guest is told the MTU
 */
void
hvn_user_output_init(HvnUserOutput *self, HvnFrameQueue *queue, HvnUserLarge *large, guint mtu, gboolean tell);

/**
 * hvn_user_output_clear:
 * @self: the way out
 */
void
hvn_user_output_clear(HvnUserOutput *self);

/**
 * hvn_user_output_frame:
 * @self: the way out
 * @data: a frame of libslirp
 * @len: bytes of it
 */
void
hvn_user_output_frame(HvnUserOutput *self, const guint8 *data, gsize len);

/**
 * hvn_user_output_is_congested:
 * @self: the way out
 *
 * Returns: whether the queue is half full: libslirp is to read nothing more for now
 */
gboolean
hvn_user_output_is_congested(const HvnUserOutput *self);

G_END_DECLS
