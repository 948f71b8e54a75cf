/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/base/hvn-log.c: the rate of messages about a guest, on a manual clock. */
#include "hvn-log.h"

typedef struct {
    HvnClock      *clock;
    HvnGuestErrors errors;
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->clock = hvn_clock_new_manual();
    hvn_guest_errors_init(&self->errors, "hvn-test", "net0", self->clock);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_guest_errors_clear(&self->errors);
    hvn_clock_unref(self->clock);
}

static void
fail_times(Fixture *self, guint times, guint expected)
{
    for (guint i = 0; i < expected; i++)
        g_test_expect_message("hvn-test", G_LOG_LEVEL_MESSAGE, "net0: bad tail 7");
    for (guint i = 0; i < times; i++)
        hvn_guest_error(&self->errors, "bad tail %u", 7);
    g_test_assert_expected_messages();
}

static void
test_logs_so_many_in_a_window(Fixture *self, gconstpointer data)
{
    fail_times(self, 1000, HVN_GUEST_ERRORS_PER_WINDOW);
    g_assert_cmpuint(self->errors.total, ==, 1000);
    g_assert_cmpuint(self->errors.suppressed, ==, 1000 - HVN_GUEST_ERRORS_PER_WINDOW);
    hvn_clock_advance(self->clock, HVN_GUEST_ERRORS_WINDOW_NS - 1);
    fail_times(self, 1, 0);
}

static void
test_next_window_says_what_was_left_out(Fixture *self, gconstpointer data)
{
    fail_times(self, 15, HVN_GUEST_ERRORS_PER_WINDOW);
    hvn_clock_advance(self->clock, HVN_GUEST_ERRORS_WINDOW_NS);
    g_test_expect_message("hvn-test", G_LOG_LEVEL_MESSAGE, "net0: bad tail 8 (5 more left out before)");
    hvn_guest_error(&self->errors, "bad tail %u", 8);
    g_test_assert_expected_messages();
    fail_times(self, 20, HVN_GUEST_ERRORS_PER_WINDOW - 1);
    g_assert_cmpuint(self->errors.total, ==, 36);
}

static void
test_window_begins_with_the_first_mistake(Fixture *self, gconstpointer data)
{
    hvn_clock_advance(self->clock, HVN_GUEST_ERRORS_WINDOW_NS - 1);
    fail_times(self, 20, HVN_GUEST_ERRORS_PER_WINDOW);
    hvn_clock_advance(self->clock, 2);
    fail_times(self, 5, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/base/log/logs-so-many-in-a-window", Fixture, NULL, set_up, test_logs_so_many_in_a_window, tear_down);
    g_test_add("/base/log/next-window-says-what-was-left-out", Fixture, NULL, set_up, test_next_window_says_what_was_left_out,
        tear_down);
    g_test_add("/base/log/window-begins-with-the-first-mistake", Fixture, NULL, set_up, test_window_begins_with_the_first_mistake,
        tear_down);
    return g_test_run();
}
