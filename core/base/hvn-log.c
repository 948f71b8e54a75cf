/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rate limit of messages about guests and peers. A window starts with the first mistake after the last window has
 * ended; what was left out is reported by the first message after that, so no timer is needed. */
#include "hvn-log.h"

void
hvn_guest_errors_init(HvnGuestErrors *self, const char *domain, const char *name, HvnClock *clock)
{
    g_return_if_fail(self != NULL);
    g_return_if_fail(clock != NULL);

    *self = (HvnGuestErrors){
        .domain = domain,
        .name = g_strdup(name),
        .clock = hvn_clock_ref(clock),
        .window_ns = hvn_clock_now_ns(clock),
    };
}

void
hvn_guest_errors_clear(HvnGuestErrors *self)
{
    g_return_if_fail(self != NULL);

    g_clear_pointer(&self->name, g_free);
    g_clear_pointer(&self->clock, hvn_clock_unref);
}

static void
hvn_guest_error_log(HvnGuestErrors *self, const char *message)
{
    if (self->suppressed > 0) {
        g_log(self->domain, G_LOG_LEVEL_MESSAGE, "%s: %s (%" G_GUINT64_FORMAT " more left out before)", self->name, message,
            self->suppressed);
        self->suppressed = 0;
    } else {
        g_log(self->domain, G_LOG_LEVEL_MESSAGE, "%s: %s", self->name, message);
    }
}

void
hvn_guest_error(HvnGuestErrors *self, const char *format, ...)
{
    g_autofree char *message = NULL;
    gint64 now_ns;
    va_list args;

    g_return_if_fail(self != NULL && self->clock != NULL);

    self->total++;
    now_ns = hvn_clock_now_ns(self->clock);
    if (self->in_window == 0 || now_ns - self->window_ns >= HVN_GUEST_ERRORS_WINDOW_NS) {
        self->window_ns = now_ns;
        self->in_window = 0;
    }
    if (self->in_window >= HVN_GUEST_ERRORS_PER_WINDOW) {
        self->suppressed++;
        return;
    }
    self->in_window++;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    hvn_guest_error_log(self, message);
}
