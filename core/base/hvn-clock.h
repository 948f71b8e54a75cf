/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time as an object, so that a test steps it by hand: the real clock follows CLOCK_MONOTONIC, the manual
 * clock stands still until it is advanced. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define HVN_NS_PER_US G_GINT64_CONSTANT(1000)
#define HVN_NS_PER_MS G_GINT64_CONSTANT(1000000)
#define HVN_NS_PER_S  G_GINT64_CONSTANT(1000000000)

typedef struct _HvnClock HvnClock;

#define HVN_TYPE_CLOCK (hvn_clock_get_type())
GType
hvn_clock_get_type(void);

/**
 * hvn_clock_new_real:
 *
 * Returns: (transfer full): a clock that follows CLOCK_MONOTONIC
 */
HvnClock *
hvn_clock_new_real(void);

/**
 * hvn_clock_new_manual:
 *
 * Returns: (transfer full): a clock that starts at 0 and moves by hvn_clock_advance() only
 */
HvnClock *
hvn_clock_new_manual(void);

/**
 * hvn_clock_ref:
 * @self: a clock
 *
 * Returns: (transfer full): @self with one more reference
 */
HvnClock *
hvn_clock_ref(HvnClock *self);

/**
 * hvn_clock_unref:
 * @self: (transfer full): a clock
 */
void
hvn_clock_unref(HvnClock *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnClock, hvn_clock_unref)

/**
 * hvn_clock_is_manual:
 * @self: a clock
 *
 * Returns: whether the clock moves by hvn_clock_advance() only
 */
gboolean
hvn_clock_is_manual(const HvnClock *self);

/**
 * hvn_clock_now_ns:
 * @self: a clock
 *
 * Returns: nanoseconds since an arbitrary start, never decreasing
 */
gint64
hvn_clock_now_ns(const HvnClock *self);

/**
 * hvn_clock_advance:
 * @self: a manual clock
 * @ns: nanoseconds to add, 0 or more
 *
 * Moves a manual clock. Timers do not run by this alone: see hvn_dispatcher_advance().
 */
void
hvn_clock_advance(HvnClock *self, gint64 ns);

G_END_DECLS
