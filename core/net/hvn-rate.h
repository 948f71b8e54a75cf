/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A limit on bytes a second: a token bucket, and a second one where there is a peak. It is looked at with the time in hand, and has no timer. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnRateLimit:
 * @average: bytes a second in the long run; 0 for no limit
 * @peak: bytes a second within a burst; 0 for any number
 * @burst: bytes that may go at @peak before @average counts; 0 for what @average allows in a tenth of a second
 *
 * What <bandwidth> of a domain file says, in bytes.
 */
typedef struct {
    guint64 average;
    guint64 peak;
    guint64 burst;
} HvnRateLimit;

/**
 * HvnRate:
 *
 * The state of a limit. Embedded by value. The fields belong to the functions below.
 */
typedef struct {
    HvnRateLimit limit;
    gint64       now_ns;
    double       average_tokens; /* bytes; below 0 after a frame that was larger than what there was */
    double       peak_tokens;
} HvnRate;

/**
 * hvn_rate_init: (skip)
 * @self: the state
 * @limit: the limit, with an average
 * @now_ns: the time
 *
 * Starts with a whole burst.
 */
void
hvn_rate_init(HvnRate *self, const HvnRateLimit *limit, gint64 now_ns);

/**
 * hvn_rate_wait_ns: (skip)
 * @self: the state
 * @now_ns: the time
 *
 * Returns: nanoseconds until something may go, 0 when it may go now. A frame may go whole while there is a token left
 */
gint64
hvn_rate_wait_ns(HvnRate *self, gint64 now_ns);

/**
 * hvn_rate_get_room: (skip)
 * @self: the state, after hvn_rate_wait_ns() gave 0
 *
 * Returns: bytes that may go now, 1 or more; the frame that reaches beyond them may go too
 */
gsize
hvn_rate_get_room(const HvnRate *self);

/**
 * hvn_rate_take: (skip)
 * @self: the state
 * @bytes: what went
 */
void
hvn_rate_take(HvnRate *self, gsize bytes);

G_END_DECLS
