/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Deferred work and timers on one GMainContext.
 *
 * Work waits in a queue that one GSource looks at; marking work is two pointers and no system call. Timers stand in a list by
 * deadline; a second GSource programs a timerfd for the first of them, because poll() rounds up to whole milliseconds and
 * a NIC's interrupt moderation counts in microseconds. The timerfd is set when the loop goes to sleep, not when a timer is
 * armed, so a timer that is armed and cancelled for each frame costs no system call either. */
#include "hvn-dispatcher.h"

#include <errno.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define HVN_DISPATCHER_ROUNDS_MAX 10000 /* of work at one time of a manual clock */

typedef struct {
    GSource        source;
    HvnDispatcher *dispatcher; /* not owned; destroys the source before it goes */
} HvnDispatcherSource;

struct _HvnDispatcher {
    GObject       parent_instance;
    GMainContext *context;      /* owned reference */
    HvnClock     *clock;        /* owned reference */
    GSource      *work_source;  /* owned reference */
    GSource      *timer_source; /* owned reference; NULL with a manual clock */
    GQueue        works;        /* of HvnWork, in the order they were scheduled */
    HvnWork      *running;      /* whose function runs now; NULL when it was cancelled meanwhile */
    gboolean      in_run;
    GQueue        timers;     /* of HvnTimer that wait, by deadline */
    GQueue        due;        /* of HvnTimer whose deadline has passed and that are about to run */
    int           timer_fd;   /* -1 when the system has none left: milliseconds then */
    gpointer      timer_tag;  /* of timer_fd in timer_source */
    gint64        timer_wake; /* what timer_fd is set to, 0 for nothing */
};

G_DEFINE_FINAL_TYPE(HvnDispatcher, hvn_dispatcher, G_TYPE_OBJECT)

void
hvn_work_init(HvnWork *self, HvnDispatcher *dispatcher, HvnWorkFunc func, gpointer data)
{
    *self = (HvnWork){.dispatcher = dispatcher, .func = func, .data = data, .node.data = self};
}

void
hvn_work_schedule(HvnWork *self)
{
    if (self->scheduled)
        return;
    self->scheduled = TRUE;
    g_queue_push_tail_link(&self->dispatcher->works, &self->node);
}

void
hvn_work_cancel(HvnWork *self)
{
    if (self->dispatcher == NULL)
        return; /* never initialised: an owner may cancel what it has not reached */
    if (self->dispatcher->running == self)
        self->dispatcher->running = NULL;
    if (!self->scheduled)
        return;
    self->scheduled = FALSE;
    g_queue_unlink(&self->dispatcher->works, &self->node);
}

gboolean
hvn_dispatcher_run_work(HvnDispatcher *self)
{
    GList end = {0};
    GList *node;

    g_return_val_if_fail(HVN_IS_DISPATCHER(self), FALSE);

    if (self->in_run || self->works.length == 0)
        return self->works.length > 0;

    /* what is scheduled from now on stands behind this node and waits for the next time */
    self->in_run = TRUE;
    g_queue_push_tail_link(&self->works, &end);
    while ((node = g_queue_pop_head_link(&self->works)) != &end) {
        HvnWork *work = node->data;

        work->scheduled = FALSE;
        self->running = work;
        /* the function may have cancelled its work and freed the owner; then running is NULL */
        if (work->func(work->data) && self->running == work)
            hvn_work_schedule(work);
    }
    self->running = NULL;
    self->in_run = FALSE;
    return self->works.length > 0;
}

void
hvn_timer_init(HvnTimer *self, HvnDispatcher *dispatcher, HvnTimerFunc func, gpointer data)
{
    *self = (HvnTimer){.dispatcher = dispatcher, .func = func, .data = data, .node.data = self};
}

void
hvn_timer_arm(HvnTimer *self, gint64 deadline_ns)
{
    GQueue *timers = &self->dispatcher->timers;
    GList *after;

    hvn_timer_cancel(self);
    self->deadline_ns = deadline_ns;
    self->queue = timers;

    /* from the end: most timers are armed for later than those that wait; equal ones keep their order */
    after = timers->tail;
    while (after != NULL && ((HvnTimer *)after->data)->deadline_ns > deadline_ns)
        after = after->prev;
    if (after == NULL)
        g_queue_push_head_link(timers, &self->node);
    else
        g_queue_insert_after_link(timers, after, &self->node);
}

void
hvn_timer_arm_after(HvnTimer *self, gint64 ns)
{
    gint64 now_ns = hvn_clock_now_ns(self->dispatcher->clock);

    hvn_timer_arm(self, ns > G_MAXINT64 - now_ns ? G_MAXINT64 : now_ns + ns);
}

void
hvn_timer_cancel(HvnTimer *self)
{
    if (self->queue == NULL)
        return;
    g_queue_unlink(self->queue, &self->node);
    self->queue = NULL;
}

gboolean
hvn_timer_is_armed(const HvnTimer *self)
{
    return self->queue != NULL;
}

static gint64
hvn_dispatcher_first_deadline(HvnDispatcher *self)
{
    return self->timers.head != NULL ? ((HvnTimer *)self->timers.head->data)->deadline_ns : G_MAXINT64;
}

/* runs each timer whose deadline has passed once; one that is armed again, even for the past, waits for the next call */
static gboolean
hvn_dispatcher_run_timers(HvnDispatcher *self)
{
    gint64 now_ns = hvn_clock_now_ns(self->clock);
    gboolean any = FALSE;
    GList *node;

    while (hvn_dispatcher_first_deadline(self) <= now_ns && self->timers.head != NULL) {
        node = g_queue_pop_head_link(&self->timers);
        ((HvnTimer *)node->data)->queue = &self->due;
        g_queue_push_tail_link(&self->due, node);
    }
    while ((node = g_queue_pop_head_link(&self->due)) != NULL) {
        HvnTimer *timer = node->data;

        timer->queue = NULL;
        any = TRUE;
        timer->func(timer->data);
    }
    return any;
}

/* runs all work and all timers that are due until there are none, or for so long that a test must be told */
static void
hvn_dispatcher_settle(HvnDispatcher *self)
{
    for (guint round = 0; round < HVN_DISPATCHER_ROUNDS_MAX; round++) {
        gboolean more = hvn_dispatcher_run_work(self);

        if (hvn_dispatcher_first_deadline(self) <= hvn_clock_now_ns(self->clock) && self->timers.head != NULL)
            more |= hvn_dispatcher_run_timers(self);
        more |= self->works.length > 0;
        if (!more)
            return;
    }
}

void
hvn_dispatcher_advance(HvnDispatcher *self, gint64 ns)
{
    gint64 now_ns, end_ns;

    g_return_if_fail(HVN_IS_DISPATCHER(self));
    g_return_if_fail(hvn_clock_is_manual(self->clock));
    g_return_if_fail(ns >= 0);

    now_ns = hvn_clock_now_ns(self->clock);
    end_ns = ns > G_MAXINT64 - now_ns ? G_MAXINT64 : now_ns + ns;
    hvn_dispatcher_settle(self);
    while (self->timers.head != NULL && hvn_dispatcher_first_deadline(self) <= end_ns && now_ns < end_ns) {
        now_ns = hvn_clock_now_ns(self->clock);
        /* a callback may have moved the clock, and one that always arms itself for now is left behind */
        hvn_clock_advance(self->clock, MAX(hvn_dispatcher_first_deadline(self) - now_ns, 0));
        hvn_dispatcher_settle(self);
        if (hvn_dispatcher_first_deadline(self) <= hvn_clock_now_ns(self->clock))
            break;
    }
    now_ns = hvn_clock_now_ns(self->clock);
    if (now_ns < end_ns)
        hvn_clock_advance(self->clock, end_ns - now_ns);
}

static gboolean
hvn_dispatcher_work_pending(GSource *source)
{
    return ((HvnDispatcherSource *)source)->dispatcher->works.length > 0;
}

static gboolean
hvn_dispatcher_work_prepare(GSource *source, int *timeout_ms)
{
    *timeout_ms = -1;
    return hvn_dispatcher_work_pending(source);
}

static gboolean
hvn_dispatcher_work_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    hvn_dispatcher_run_work(((HvnDispatcherSource *)source)->dispatcher);
    return G_SOURCE_CONTINUE;
}

static const GSourceFuncs hvn_dispatcher_work_funcs = {
    .prepare = hvn_dispatcher_work_prepare,
    .check = hvn_dispatcher_work_pending,
    .dispatch = hvn_dispatcher_work_dispatch,
};

/* sets the timerfd to the first deadline, unless it wakes us before that anyway */
static void
hvn_dispatcher_program_timer(HvnDispatcher *self, gint64 deadline_ns, gint64 now_ns)
{
    struct itimerspec spec = {0};

    if (self->timer_wake > now_ns && self->timer_wake <= deadline_ns)
        return;
    if (self->timer_wake == 0 && deadline_ns == G_MAXINT64)
        return;
    self->timer_wake = deadline_ns == G_MAXINT64 ? 0 : deadline_ns;
    spec.it_value.tv_sec = self->timer_wake / HVN_NS_PER_S;
    spec.it_value.tv_nsec = self->timer_wake % HVN_NS_PER_S;
    if (timerfd_settime(self->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
        g_warning("cannot set timer: %s", g_strerror(errno));
}

static gboolean
hvn_dispatcher_timer_prepare(GSource *source, int *timeout_ms)
{
    HvnDispatcher *self = ((HvnDispatcherSource *)source)->dispatcher;
    gint64 deadline_ns = hvn_dispatcher_first_deadline(self);
    gint64 now_ns;

    *timeout_ms = -1;
    if (deadline_ns == G_MAXINT64 && self->timer_wake == 0)
        return FALSE;
    now_ns = hvn_clock_now_ns(self->clock);
    if (deadline_ns <= now_ns)
        return TRUE;
    if (self->timer_fd >= 0)
        hvn_dispatcher_program_timer(self, deadline_ns, now_ns);
    else
        *timeout_ms = MIN((deadline_ns - now_ns + HVN_NS_PER_MS - 1) / HVN_NS_PER_MS, G_MAXINT);
    return FALSE;
}

static gboolean
hvn_dispatcher_timer_check(GSource *source)
{
    HvnDispatcher *self = ((HvnDispatcherSource *)source)->dispatcher;
    gint64 deadline_ns = hvn_dispatcher_first_deadline(self);

    return deadline_ns != G_MAXINT64 && deadline_ns <= hvn_clock_now_ns(self->clock);
}

static gboolean
hvn_dispatcher_timer_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    hvn_dispatcher_run_timers(((HvnDispatcherSource *)source)->dispatcher);
    return G_SOURCE_CONTINUE;
}

static const GSourceFuncs hvn_dispatcher_timer_funcs = {
    .prepare = hvn_dispatcher_timer_prepare,
    .check = hvn_dispatcher_timer_check,
    .dispatch = hvn_dispatcher_timer_dispatch,
};

static GSource *
hvn_dispatcher_add_source(HvnDispatcher *self, const GSourceFuncs *funcs, const char *name)
{
    GSource *source = g_source_new((GSourceFuncs *)funcs, sizeof(HvnDispatcherSource));

    ((HvnDispatcherSource *)source)->dispatcher = self;
    g_source_set_static_name(source, name);
    /* for a source that may not recurse, GLib takes its fd out of the poll set around each dispatch and wakes itself twice */
    g_source_set_can_recurse(source, TRUE);
    g_source_attach(source, self->context);
    return source;
}

HvnDispatcher *
hvn_dispatcher_new(GMainContext *context, HvnClock *clock)
{
    HvnDispatcher *self = g_object_new(HVN_TYPE_DISPATCHER, NULL);

    self->context = context != NULL ? g_main_context_ref(context) : g_main_context_new();
    self->clock = clock != NULL ? hvn_clock_ref(clock) : hvn_clock_new_real();
    self->work_source = hvn_dispatcher_add_source(self, &hvn_dispatcher_work_funcs, "hvn-work");
    if (!hvn_clock_is_manual(self->clock)) {
        self->timer_source = hvn_dispatcher_add_source(self, &hvn_dispatcher_timer_funcs, "hvn-timers");
        self->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
        if (self->timer_fd >= 0)
            self->timer_tag = g_source_add_unix_fd(self->timer_source, self->timer_fd, G_IO_IN);
    }
    return self;
}

GMainContext *
hvn_dispatcher_get_context(HvnDispatcher *self)
{
    g_return_val_if_fail(HVN_IS_DISPATCHER(self), NULL);

    return self->context;
}

HvnClock *
hvn_dispatcher_get_clock(HvnDispatcher *self)
{
    g_return_val_if_fail(HVN_IS_DISPATCHER(self), NULL);

    return self->clock;
}

gint64
hvn_dispatcher_now_ns(HvnDispatcher *self)
{
    return hvn_clock_now_ns(self->clock);
}

gboolean
hvn_dispatcher_iterate(HvnDispatcher *self, gboolean may_block)
{
    g_return_val_if_fail(HVN_IS_DISPATCHER(self), FALSE);

    return g_main_context_iteration(self->context, may_block);
}

static void
hvn_dispatcher_drop_source(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

static void
hvn_dispatcher_finalize(GObject *object)
{
    HvnDispatcher *self = HVN_DISPATCHER(object);

    if (self->works.length > 0 || self->timers.length > 0)
        g_critical("dispatcher goes away with %u works and %u timers", self->works.length, self->timers.length);
    hvn_dispatcher_drop_source(&self->work_source);
    hvn_dispatcher_drop_source(&self->timer_source);
    if (self->timer_fd >= 0)
        close(self->timer_fd);
    g_clear_pointer(&self->clock, hvn_clock_unref);
    g_clear_pointer(&self->context, g_main_context_unref);

    G_OBJECT_CLASS(hvn_dispatcher_parent_class)->finalize(object);
}

static void
hvn_dispatcher_class_init(HvnDispatcherClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_dispatcher_finalize;
}

static void
hvn_dispatcher_init(HvnDispatcher *self)
{
    self->timer_fd = -1;
    g_queue_init(&self->works);
    g_queue_init(&self->timers);
    g_queue_init(&self->due);
}
