/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A direction of a link whose rate is limited. Nothing is queued or dropped for it: when the tokens are used up the sender is held, as by a receiver
 * that is full, and what waits stays in the guest's ring or in the kernel's socket buffer until a timer pays the debt. */
#include "hvn-port-private.h"
#include "hvn-rate.h"

struct _HvnLinkLimit {
    HvnRate  rate;
    HvnTimer timer; /* until there are tokens, while the sender is held for want of them */
};

static void
hvn_link_limit_expired(gpointer data)
{
    HvnLinkDirection *direction = data;

    /* a receiver that has no room either takes nothing, and owes it as before */
    hvn_port_ready(direction->receiver);
}

static void
hvn_link_limit_hold(HvnLinkDirection *direction, gint64 wait_ns)
{
    direction->receiver_private->owes_ready = TRUE;
    direction->counters.limited++;
    hvn_timer_arm_after(&direction->limit->timer, wait_ns);
}

guint
hvn_link_limit_send(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames)
{
    g_autoptr(HvnLink) link G_GNUC_UNUSED = g_object_ref(direction->link); /* a push may part it */
    HvnDispatcher *dispatcher = direction->receiver_private->dispatcher;
    HvnRate *rate = &direction->limit->rate;
    guint64 before = direction->counters.bytes;
    gint64 wait_ns = hvn_rate_wait_ns(rate, hvn_dispatcher_now_ns(dispatcher));
    gsize room, bytes = 0;
    guint n_allowed, taken;

    if (wait_ns > 0) {
        hvn_link_limit_hold(direction, wait_ns);
        return 0;
    }
    room = hvn_rate_get_room(rate);
    for (n_allowed = 0; n_allowed < n_frames && bytes < room; n_allowed++)
        bytes += frames[n_allowed].len;
    taken = hvn_link_path_pass(direction, frames, n_allowed);
    if (direction->limit == NULL)
        return taken;
    hvn_rate_take(rate, direction->counters.bytes - before);
    if (!direction->up) {
        direction->counters.dropped_link_down += n_frames - n_allowed;
        return n_frames;
    }
    if (taken == n_allowed && n_allowed < n_frames)
        hvn_link_limit_hold(direction, MAX(hvn_rate_wait_ns(rate, rate->now_ns), 1));
    return taken;
}

void
hvn_link_limit_set(HvnLinkDirection *direction, const HvnRateLimit *limit)
{
    HvnDispatcher *dispatcher = direction->receiver_private->dispatcher;

    if (direction->limit != NULL)
        hvn_link_limit_cancel(direction);
    if (limit == NULL || limit->average == 0) {
        g_clear_pointer(&direction->limit, g_free);
    } else {
        if (direction->limit == NULL) {
            direction->limit = g_new0(HvnLinkLimit, 1);
            hvn_timer_init(&direction->limit->timer, dispatcher, hvn_link_limit_expired, direction);
        }
        hvn_rate_init(&direction->limit->rate, limit, hvn_dispatcher_now_ns(dispatcher));
    }
}

void
hvn_link_limit_cancel(HvnLinkDirection *direction)
{
    if (direction->limit != NULL)
        hvn_timer_cancel(&direction->limit->timer);
}
