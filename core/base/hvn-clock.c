/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two clocks: one reads CLOCK_MONOTONIC, one is a number that a test moves. A clock may be shared by several dispatchers, so
 * its reference count is atomic. */
#include "hvn-clock.h"

#include <time.h>

struct _HvnClock {
    gatomicrefcount ref_count;
    gboolean        manual;
    gint64          now_ns; /* of a manual clock */
};

G_DEFINE_BOXED_TYPE(HvnClock, hvn_clock, hvn_clock_ref, hvn_clock_unref)

static HvnClock *
hvn_clock_new(gboolean manual)
{
    HvnClock *self = g_new0(HvnClock, 1);

    g_atomic_ref_count_init(&self->ref_count);
    self->manual = manual;
    return self;
}

HvnClock *
hvn_clock_new_real(void)
{
    return hvn_clock_new(FALSE);
}

HvnClock *
hvn_clock_new_manual(void)
{
    return hvn_clock_new(TRUE);
}

HvnClock *
hvn_clock_ref(HvnClock *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    g_atomic_ref_count_inc(&self->ref_count);
    return self;
}

void
hvn_clock_unref(HvnClock *self)
{
    g_return_if_fail(self != NULL);

    if (g_atomic_ref_count_dec(&self->ref_count))
        g_free(self);
}

gboolean
hvn_clock_is_manual(const HvnClock *self)
{
    g_return_val_if_fail(self != NULL, FALSE);

    return self->manual;
}

gint64
hvn_clock_now_ns(const HvnClock *self)
{
    struct timespec now;

    g_return_val_if_fail(self != NULL, 0);

    if (self->manual)
        return self->now_ns;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * HVN_NS_PER_S + now.tv_nsec;
}

void
hvn_clock_advance(HvnClock *self, gint64 ns)
{
    g_return_if_fail(self != NULL);
    g_return_if_fail(self->manual);
    g_return_if_fail(ns >= 0);

    /* a test that asks for "for ever" stops at the end of time instead of going round */
    if (self->now_ns > G_MAXINT64 - ns)
        self->now_ns = G_MAXINT64;
    else
        self->now_ns += ns;
}
