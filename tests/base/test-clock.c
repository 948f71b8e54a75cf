/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/base/hvn-clock.c. */
#include "hvn-clock.h"

static void
test_manual_moves_by_hand_only(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    g_assert_true(hvn_clock_is_manual(clock));
    g_assert_cmpint(hvn_clock_now_ns(clock), ==, 0);
    hvn_clock_advance(clock, 5);
    hvn_clock_advance(clock, 0);
    hvn_clock_advance(clock, HVN_NS_PER_S);
    g_assert_cmpint(hvn_clock_now_ns(clock), ==, HVN_NS_PER_S + 5);
}

static void
test_manual_stops_at_the_end_of_time(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();

    hvn_clock_advance(clock, G_MAXINT64);
    hvn_clock_advance(clock, G_MAXINT64);
    g_assert_cmpint(hvn_clock_now_ns(clock), ==, G_MAXINT64);
}

static void
test_real_never_goes_back(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_real();
    gint64 last_ns = 0;

    g_assert_false(hvn_clock_is_manual(clock));
    for (guint i = 0; i < 1000; i++) {
        gint64 now_ns = hvn_clock_now_ns(clock);

        g_assert_cmpint(now_ns, >=, last_ns);
        last_ns = now_ns;
    }
    /* the same clock as GLib's, which counts microseconds */
    g_assert_cmpint(g_get_monotonic_time() - last_ns / HVN_NS_PER_US, >=, 0);
    g_assert_cmpint(g_get_monotonic_time() - last_ns / HVN_NS_PER_US, <, 60 * G_USEC_PER_SEC);
}

static void
test_advance_refuses_nonsense(void)
{
    g_autoptr(HvnClock) real = hvn_clock_new_real();
    g_autoptr(HvnClock) manual = hvn_clock_new_manual();

    g_test_expect_message("hvn-base", G_LOG_LEVEL_CRITICAL, "*manual*");
    hvn_clock_advance(real, 1);
    g_test_assert_expected_messages();
    g_test_expect_message("hvn-base", G_LOG_LEVEL_CRITICAL, "*ns >= 0*");
    hvn_clock_advance(manual, -1);
    g_test_assert_expected_messages();
    g_assert_cmpint(hvn_clock_now_ns(manual), ==, 0);
}

static void
test_is_a_boxed_type(void)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(HvnClock) copy = g_boxed_copy(HVN_TYPE_CLOCK, clock);

    g_assert_true(copy == clock);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/clock/manual-moves-by-hand-only", test_manual_moves_by_hand_only);
    g_test_add_func("/base/clock/manual-stops-at-the-end-of-time", test_manual_stops_at_the_end_of_time);
    g_test_add_func("/base/clock/real-never-goes-back", test_real_never_goes_back);
    g_test_add_func("/base/clock/advance-refuses-nonsense", test_advance_refuses_nonsense);
    g_test_add_func("/base/clock/is-a-boxed-type", test_is_a_boxed_type);
    return g_test_run();
}
