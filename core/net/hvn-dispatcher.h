/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the GMainContext of a session and runs its deferred work and its timers; fds are watched through
 * HvnWatch. One session, one dispatcher, one thread; several dispatchers may run side by side.
 *
 *   doorbell -> hvn_work_schedule() .. next iteration: func() moves a bounded batch; TRUE = again
 *   datasheet timer -> hvn_timer_arm() .. clock passes the deadline: func()
 *
 * With a manual clock nothing runs by itself: hvn_dispatcher_advance() steps time and runs what is due. */
#pragma once

#include "hvn-clock.h"

G_BEGIN_DECLS

#define HVN_TYPE_DISPATCHER (hvn_dispatcher_get_type())
G_DECLARE_FINAL_TYPE(HvnDispatcher, hvn_dispatcher, HVN, DISPATCHER, GObject)

/**
 * HvnWorkFunc:
 * @data: what was given to hvn_work_init()
 *
 * Moves a bounded batch.
 *
 * Returns: %TRUE when more is left and the work is to run again in the next iteration
 */
typedef gboolean (*HvnWorkFunc)(gpointer data);

/**
 * HvnTimerFunc:
 * @data: what was given to hvn_timer_init()
 *
 * The deadline has passed; the timer is not armed any more and may be armed again from here.
 */
typedef void (*HvnTimerFunc)(gpointer data);

/**
 * HvnWork:
 *
 * Work that a doorbell marks and the dispatcher runs. Embedded by value in its owner, which cancels it before
 * it goes away. The fields belong to the dispatcher.
 */
typedef struct {
    HvnDispatcher *dispatcher; /* not owned; outlives the work */
    HvnWorkFunc    func;
    gpointer       data;
    GList          node; /* in the dispatcher's queue while scheduled */
    gboolean       scheduled;
} HvnWork;

/**
 * HvnTimer:
 *
 * A one-shot timer. Embedded by value in its owner, which cancels it before it goes away. The fields belong to
 * the dispatcher.
 */
typedef struct {
    HvnDispatcher *dispatcher; /* not owned; outlives the timer */
    HvnTimerFunc   func;
    gpointer       data;
    GList          node;  /* in the dispatcher's list, by deadline, while armed */
    GQueue        *queue; /* that list, or the list of those about to run; NULL while not armed */
    gint64         deadline_ns;
} HvnTimer;

/**
 * hvn_dispatcher_new:
 * @context: (nullable): the main context to run on, or %NULL for a new one of its own
 * @clock: (nullable): the time base of timers, or %NULL for the real clock
 *
 * Returns: (transfer full): a new dispatcher
 */
HvnDispatcher *
hvn_dispatcher_new(GMainContext *context, HvnClock *clock);

/**
 * hvn_dispatcher_get_context:
 * @self: a dispatcher
 *
 * Returns: (transfer none): the main context, for a source that is more than one fd
 */
GMainContext *
hvn_dispatcher_get_context(HvnDispatcher *self);

/**
 * hvn_dispatcher_get_clock:
 * @self: a dispatcher
 *
 * Returns: (transfer none): the time base of its timers
 */
HvnClock *
hvn_dispatcher_get_clock(HvnDispatcher *self);

/**
 * hvn_dispatcher_now_ns:
 * @self: a dispatcher
 *
 * Returns: nanoseconds on its clock
 */
gint64
hvn_dispatcher_now_ns(HvnDispatcher *self);

/**
 * hvn_dispatcher_iterate:
 * @self: a dispatcher
 * @may_block: whether to wait for something to do
 *
 * Runs one iteration of the main context.
 *
 * Returns: whether anything was dispatched
 */
gboolean
hvn_dispatcher_iterate(HvnDispatcher *self, gboolean may_block);

/**
 * hvn_dispatcher_run_work:
 * @self: a dispatcher
 *
 * Runs once each work that is scheduled now, without looking at fds. For servers that have answered the messages at
 * hand, for tests and for measurements; hvn_dispatcher_iterate() does the same from the main context.
 *
 * Returns: whether work is still scheduled
 */
gboolean
hvn_dispatcher_run_work(HvnDispatcher *self);

/**
 * hvn_dispatcher_advance:
 * @self: a dispatcher with a manual clock
 * @ns: nanoseconds, 0 or more
 *
 * Steps the clock to each deadline within @ns in order, runs the timers that are due and all scheduled work after each
 * (each work at most 10000 times, so that a test cannot hang), and leaves the clock at @ns from where it was.
 */
void
hvn_dispatcher_advance(HvnDispatcher *self, gint64 ns);

/**
 * hvn_work_init: (skip)
 * @self: the work
 * @dispatcher: (transfer none): runs it; must outlive it
 * @func: moves a bounded batch
 * @data: (nullable): for @func
 */
void
hvn_work_init(HvnWork *self, HvnDispatcher *dispatcher, HvnWorkFunc func, gpointer data);

/**
 * hvn_work_schedule:
 * @self: the work
 *
 * Marks the work to run in the next iteration; nothing when it is marked already. Never runs it from here.
 */
void
hvn_work_schedule(HvnWork *self);

/**
 * hvn_work_cancel:
 * @self: the work
 *
 * Takes the mark away; nothing when it is not marked. Safe from within the work's own function.
 */
void
hvn_work_cancel(HvnWork *self);

/**
 * hvn_timer_init: (skip)
 * @self: the timer
 * @dispatcher: (transfer none): runs it; must outlive it
 * @func: called once for each time it is armed
 * @data: (nullable): for @func
 */
void
hvn_timer_init(HvnTimer *self, HvnDispatcher *dispatcher, HvnTimerFunc func, gpointer data);

/**
 * hvn_timer_arm:
 * @self: the timer
 * @deadline_ns: when to call, on the dispatcher's clock; in the past means as soon as possible
 *
 * Arms the timer, or moves its deadline.
 */
void
hvn_timer_arm(HvnTimer *self, gint64 deadline_ns);

/**
 * hvn_timer_arm_after:
 * @self: the timer
 * @ns: nanoseconds from now
 */
void
hvn_timer_arm_after(HvnTimer *self, gint64 ns);

/**
 * hvn_timer_cancel:
 * @self: the timer
 */
void
hvn_timer_cancel(HvnTimer *self);

/**
 * hvn_timer_is_armed:
 * @self: the timer
 *
 * Returns: whether the timer waits for its deadline
 */
gboolean
hvn_timer_is_armed(const HvnTimer *self);

G_END_DECLS
