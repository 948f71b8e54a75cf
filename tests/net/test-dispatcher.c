/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-dispatcher.c: what runs when, and what a callback may do to its own and to other work and timers. */
#include "hvn-dispatcher.h"

#define N 4

typedef struct Fixture Fixture;

typedef struct {
    Fixture *fixture;
    guint    number;
} Item;

struct Fixture {
    HvnDispatcher *dispatcher;
    HvnWork        works[N];
    HvnTimer       timers[N];
    Item           items[N];
    GString       *log;                   /* a letter for each call: A.. for work, a.. for timers */
    guint          again;                 /* times that work still returns TRUE */
    void         (*hook)(Fixture *, guint); /* called by each callback */
};

static gboolean
on_work(gpointer data)
{
    Item *item = data;
    Fixture *self = item->fixture;
    gboolean again = self->again > 0;

    g_string_append_c(self->log, 'A' + item->number);
    self->again -= again;
    if (self->hook != NULL)
        self->hook(self, item->number);
    return again;
}

static void
on_timer(gpointer data)
{
    Item *item = data;

    g_string_append_c(item->fixture->log, 'a' + item->number);
    g_assert_false(hvn_timer_is_armed(&item->fixture->timers[item->number]));
    if (item->fixture->hook != NULL)
        item->fixture->hook(item->fixture, item->number);
}

static void
set_up_with(Fixture *self, HvnClock *clock)
{
    self->dispatcher = hvn_dispatcher_new(NULL, clock);
    self->log = g_string_new(NULL);
    for (guint i = 0; i < N; i++) {
        self->items[i] = (Item){self, i};
        hvn_work_init(&self->works[i], self->dispatcher, on_work, &self->items[i]);
        hvn_timer_init(&self->timers[i], self->dispatcher, on_timer, &self->items[i]);
    }
}

static void
set_up(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    set_up_with(self, clock);
}

static void
set_up_real(Fixture *self, gconstpointer data)
{
    set_up_with(self, NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    for (guint i = 0; i < N; i++) {
        hvn_work_cancel(&self->works[i]);
        hvn_timer_cancel(&self->timers[i]);
    }
    g_object_unref(self->dispatcher);
    g_string_free(self->log, TRUE);
}

static void
test_work_runs_once_in_order(Fixture *self, gconstpointer data)
{
    hvn_work_schedule(&self->works[1]);
    hvn_work_schedule(&self->works[0]);
    hvn_work_schedule(&self->works[1]);
    g_assert_cmpstr(self->log->str, ==, "");
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpstr(self->log->str, ==, "BA");
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    g_assert_cmpstr(self->log->str, ==, "BA");
}

static void
test_work_that_wants_more_waits_its_turn(Fixture *self, gconstpointer data)
{
    self->again = 1;
    hvn_work_schedule(&self->works[0]);
    hvn_work_schedule(&self->works[1]);
    g_assert_true(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpstr(self->log->str, ==, "AB");
    g_assert_true(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    g_assert_cmpstr(self->log->str, ==, "ABA");
}

static void
schedule_self_and_next(Fixture *self, guint number)
{
    self->hook = NULL;
    hvn_work_schedule(&self->works[number]);
    hvn_work_schedule(&self->works[number + 1]);
}

static void
test_work_scheduled_from_work_runs_next_time(Fixture *self, gconstpointer data)
{
    self->hook = schedule_self_and_next;
    hvn_work_schedule(&self->works[0]);
    g_assert_true(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpstr(self->log->str, ==, "A");
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpstr(self->log->str, ==, "AAB");
}

static void
cancel_all_works(Fixture *self, guint number)
{
    for (guint i = 0; i < N; i++)
        hvn_work_cancel(&self->works[i]);
}

static void
test_work_cancelled_from_work_does_not_run(Fixture *self, gconstpointer data)
{
    self->hook = cancel_all_works;
    self->again = 1; /* even work that says "again" is not run again once it is cancelled */
    for (guint i = 0; i < N; i++)
        hvn_work_schedule(&self->works[i]);
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_cmpstr(self->log->str, ==, "A");
}

static gboolean
on_freed_work(gpointer data)
{
    HvnWork **work = data;

    hvn_work_cancel(*work);
    g_clear_pointer(work, g_free);
    return TRUE;
}

static void
test_work_freed_from_its_own_function(Fixture *self, gconstpointer data)
{
    HvnWork *work = g_new0(HvnWork, 1);

    hvn_work_init(work, self->dispatcher, on_freed_work, &work);
    hvn_work_schedule(work);
    g_assert_false(hvn_dispatcher_run_work(self->dispatcher));
    g_assert_null(work);
}

static void
run_nested(Fixture *self, guint number)
{
    g_assert_true(hvn_dispatcher_run_work(self->dispatcher));
}

static void
test_work_is_not_run_from_work(Fixture *self, gconstpointer data)
{
    self->hook = run_nested;
    hvn_work_schedule(&self->works[0]);
    hvn_work_schedule(&self->works[1]);
    self->again = 1;
    hvn_dispatcher_run_work(self->dispatcher);
    g_assert_cmpstr(self->log->str, ==, "AB");
}

static void
test_timers_run_by_deadline(Fixture *self, gconstpointer data)
{
    hvn_timer_arm(&self->timers[0], 30);
    hvn_timer_arm(&self->timers[1], 10);
    hvn_timer_arm(&self->timers[2], 20);
    hvn_timer_arm(&self->timers[3], 10); /* as early as b, armed after it */
    hvn_dispatcher_advance(self->dispatcher, 9);
    g_assert_cmpstr(self->log->str, ==, "");
    hvn_dispatcher_advance(self->dispatcher, 1);
    g_assert_cmpstr(self->log->str, ==, "bd");
    hvn_dispatcher_advance(self->dispatcher, 100);
    g_assert_cmpstr(self->log->str, ==, "bdca");
    g_assert_cmpint(hvn_dispatcher_now_ns(self->dispatcher), ==, 110);
    g_assert_false(hvn_timer_is_armed(&self->timers[0]));
}

static void
test_timer_moves_and_cancels(Fixture *self, gconstpointer data)
{
    hvn_timer_arm_after(&self->timers[0], 10);
    hvn_timer_arm_after(&self->timers[0], 50);
    hvn_timer_arm_after(&self->timers[1], 20);
    hvn_timer_cancel(&self->timers[1]);
    hvn_timer_cancel(&self->timers[1]);
    hvn_dispatcher_advance(self->dispatcher, 49);
    g_assert_cmpstr(self->log->str, ==, "");
    hvn_dispatcher_advance(self->dispatcher, 1);
    g_assert_cmpstr(self->log->str, ==, "a");
}

static void
test_timer_for_ever_does_not_overflow(Fixture *self, gconstpointer data)
{
    hvn_dispatcher_advance(self->dispatcher, 1000);
    hvn_timer_arm_after(&self->timers[0], G_MAXINT64);
    hvn_dispatcher_advance(self->dispatcher, HVN_NS_PER_S);
    g_assert_cmpstr(self->log->str, ==, "");
    g_assert_true(hvn_timer_is_armed(&self->timers[0]));
}

static void
cancel_others(Fixture *self, guint number)
{
    for (guint i = 0; i < N; i++) {
        if (i != number)
            hvn_timer_cancel(&self->timers[i]);
    }
}

static void
test_timer_cancels_one_that_is_due(Fixture *self, gconstpointer data)
{
    self->hook = cancel_others;
    for (guint i = 0; i < N; i++)
        hvn_timer_arm(&self->timers[i], 10);
    hvn_dispatcher_advance(self->dispatcher, 10);
    g_assert_cmpstr(self->log->str, ==, "a");
}

static void
arm_self_again(Fixture *self, guint number)
{
    if (self->log->len < 5)
        hvn_timer_arm_after(&self->timers[number], 10);
}

static void
test_timer_armed_from_itself_is_periodic(Fixture *self, gconstpointer data)
{
    self->hook = arm_self_again;
    hvn_timer_arm(&self->timers[0], 10);
    hvn_dispatcher_advance(self->dispatcher, 35);
    g_assert_cmpstr(self->log->str, ==, "aaa");
    hvn_dispatcher_advance(self->dispatcher, 1000);
    g_assert_cmpstr(self->log->str, ==, "aaaaa");
}

static void
arm_for_the_past(Fixture *self, guint number)
{
    hvn_timer_arm(&self->timers[number], 0);
    hvn_work_schedule(&self->works[number]);
}

static void
test_advance_ends_whatever_callbacks_do(Fixture *self, gconstpointer data)
{
    self->hook = arm_for_the_past;
    hvn_timer_arm(&self->timers[0], 10);
    hvn_dispatcher_advance(self->dispatcher, 1000);
    g_assert_cmpint(hvn_dispatcher_now_ns(self->dispatcher), ==, 1000);
    g_assert_cmpuint(self->log->len, >, 100);
}

static void
schedule_same(Fixture *self, guint number)
{
    self->hook = NULL;
    hvn_work_schedule(&self->works[number]);
}

static void
test_advance_runs_work_after_each_deadline(Fixture *self, gconstpointer data)
{
    self->hook = schedule_same;
    hvn_timer_arm(&self->timers[0], 10);
    hvn_timer_arm(&self->timers[1], 20);
    hvn_work_schedule(&self->works[3]);
    hvn_dispatcher_advance(self->dispatcher, 0);
    g_assert_cmpstr(self->log->str, ==, "DD");
    self->hook = schedule_same;
    hvn_dispatcher_advance(self->dispatcher, 20);
    g_assert_cmpstr(self->log->str, ==, "DDaAb");
}

static void
test_manual_clock_runs_no_timer_by_itself(Fixture *self, gconstpointer data)
{
    hvn_timer_arm(&self->timers[0], 0);
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    g_assert_cmpstr(self->log->str, ==, "");
    hvn_dispatcher_advance(self->dispatcher, 0);
    g_assert_cmpstr(self->log->str, ==, "a");
}

static void
test_real_clock_wakes_the_loop(Fixture *self, gconstpointer data)
{
    gint64 start_ns = hvn_dispatcher_now_ns(self->dispatcher);
    guint n_iterations = 0;

    hvn_timer_arm_after(&self->timers[0], 2 * HVN_NS_PER_MS);
    hvn_timer_arm_after(&self->timers[1], 500 * HVN_NS_PER_US);
    hvn_timer_arm(&self->timers[2], 0);
    for (; self->log->len < 3; n_iterations++)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    g_assert_cmpstr(self->log->str, ==, "cba");
    g_assert_cmpint(hvn_dispatcher_now_ns(self->dispatcher) - start_ns, >=, 2 * HVN_NS_PER_MS);
    g_assert_cmpuint(n_iterations, <, 20); /* it sleeps in between */
}

static void
test_real_clock_sleeps_after_a_cancelled_timer(Fixture *self, gconstpointer data)
{
    hvn_timer_arm_after(&self->timers[0], HVN_NS_PER_MS);
    hvn_dispatcher_iterate(self->dispatcher, FALSE); /* programs the wake-up */
    hvn_timer_cancel(&self->timers[0]);
    hvn_timer_arm_after(&self->timers[1], 5 * HVN_NS_PER_MS);
    for (guint i = 0; self->log->len == 0; i++) {
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
        g_assert_cmpuint(i, <, 20);
    }
    g_assert_cmpstr(self->log->str, ==, "b");
    /* nothing is left that would wake it again and again */
    hvn_dispatcher_iterate(self->dispatcher, FALSE);
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
}

static void
test_runs_on_a_given_context(void)
{
    g_autoptr(GMainContext) context = g_main_context_new();
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(context, NULL);

    g_assert_true(hvn_dispatcher_get_context(dispatcher) == context);
    g_assert_false(hvn_clock_is_manual(hvn_dispatcher_get_clock(dispatcher)));
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*set_up)(Fixture *, gconstpointer);
        void (*test)(Fixture *, gconstpointer);
    } rows[] = {
        {"work-runs-once-in-order", set_up, test_work_runs_once_in_order},
        {"work-that-wants-more-waits-its-turn", set_up, test_work_that_wants_more_waits_its_turn},
        {"work-scheduled-from-work-runs-next-time", set_up, test_work_scheduled_from_work_runs_next_time},
        {"work-cancelled-from-work-does-not-run", set_up, test_work_cancelled_from_work_does_not_run},
        {"work-freed-from-its-own-function", set_up, test_work_freed_from_its_own_function},
        {"work-is-not-run-from-work", set_up, test_work_is_not_run_from_work},
        {"timers-run-by-deadline", set_up, test_timers_run_by_deadline},
        {"timer-moves-and-cancels", set_up, test_timer_moves_and_cancels},
        {"timer-for-ever-does-not-overflow", set_up, test_timer_for_ever_does_not_overflow},
        {"timer-cancels-one-that-is-due", set_up, test_timer_cancels_one_that_is_due},
        {"timer-armed-from-itself-is-periodic", set_up, test_timer_armed_from_itself_is_periodic},
        {"advance-ends-whatever-callbacks-do", set_up, test_advance_ends_whatever_callbacks_do},
        {"advance-runs-work-after-each-deadline", set_up, test_advance_runs_work_after_each_deadline},
        {"manual-clock-runs-no-timer-by-itself", set_up, test_manual_clock_runs_no_timer_by_itself},
        {"real-clock-wakes-the-loop", set_up_real, test_real_clock_wakes_the_loop},
        {"real-clock-sleeps-after-a-cancelled-timer", set_up_real, test_real_clock_sleeps_after_a_cancelled_timer},
    };

    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strdup_printf("/net/dispatcher/%s", rows[i].name);

        g_test_add(path, Fixture, NULL, rows[i].set_up, rows[i].test, tear_down);
    }
    g_test_add_func("/net/dispatcher/runs-on-a-given-context", test_runs_on_a_given_context);
    return g_test_run();
}
