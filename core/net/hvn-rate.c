/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Token buckets. A frame may overdraw them, since it cannot be cut here; what it took too much is waited for by the next one. */
#include "hvn-rate.h"

#define NS_PER_S     1e9
#define BURST_MIN    65536 /* bytes: a large frame at once, however low the rate */
#define PEAK_SECONDS 0.01  /* so much of the peak may come at once */

void
hvn_rate_init(HvnRate *self, const HvnRateLimit *limit, gint64 now_ns)
{
    self->limit = *limit;
    if (self->limit.burst == 0)
        self->limit.burst = MAX(limit->average / 10, BURST_MIN);
    self->now_ns = now_ns;
    self->average_tokens = self->limit.burst;
    self->peak_tokens = limit->peak * PEAK_SECONDS;
}

/* nanoseconds until the tokens are above 0 */
static gint64
hvn_rate_wait_for(double tokens, guint64 rate)
{
    return tokens > 0 ? 0 : (gint64)((1 - tokens) / rate * NS_PER_S) + 1;
}

gint64
hvn_rate_wait_ns(HvnRate *self, gint64 now_ns)
{
    double seconds = (now_ns - self->now_ns) / NS_PER_S;
    gint64 average_wait, peak_wait = 0;

    self->now_ns = now_ns;
    self->average_tokens = MIN(self->average_tokens + seconds * self->limit.average, self->limit.burst);
    average_wait = hvn_rate_wait_for(self->average_tokens, self->limit.average);
    if (self->limit.peak > 0) {
        self->peak_tokens = MIN(self->peak_tokens + seconds * self->limit.peak, MAX(self->limit.peak * PEAK_SECONDS, 1));
        peak_wait = hvn_rate_wait_for(self->peak_tokens, self->limit.peak);
    }
    return MAX(average_wait, peak_wait);
}

gsize
hvn_rate_get_room(const HvnRate *self)
{
    double room = self->limit.peak > 0 ? MIN(self->average_tokens, self->peak_tokens) : self->average_tokens;

    return room < 1 ? 1 : room < (double)G_MAXSSIZE ? (gsize)room : G_MAXSSIZE;
}

void
hvn_rate_take(HvnRate *self, gsize bytes)
{
    self->average_tokens -= bytes;
    self->peak_tokens -= bytes;
}
