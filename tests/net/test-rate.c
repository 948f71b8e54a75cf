/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Limits on bytes a second (hvn-rate.c). */
#include "hvn-rate.h"

#define NS_PER_S G_GINT64_CONSTANT(1000000000)
#define FRAME    1000

/* bytes that go within so many nanoseconds, a frame at a time */
static guint64
spend(HvnRate *self, gint64 *now_ns, gint64 ns)
{
    gint64 end = *now_ns + ns, wait;
    guint64 bytes = 0;

    for (;;) {
        wait = hvn_rate_wait_ns(self, *now_ns);
        if (wait > 0) {
            if (*now_ns + wait >= end)
                break;
            *now_ns += wait;
            continue;
        }
        g_assert_cmpuint(hvn_rate_get_room(self), >=, 1);
        hvn_rate_take(self, FRAME);
        bytes += FRAME;
    }
    *now_ns = end;
    return bytes;
}

static void
test_average(void)
{
    HvnRate rate;
    gint64 now_ns = 12345;

    hvn_rate_init(&rate, &(HvnRateLimit){.average = 1000000, .burst = 50000}, now_ns);
    g_assert_cmpuint(hvn_rate_get_room(&rate), ==, 50000);
    g_assert_cmpuint(spend(&rate, &now_ns, 1), ==, 50000); /* the burst, at once */
    for (guint i = 0; i < 10; i++) {
        guint64 bytes = spend(&rate, &now_ns, NS_PER_S);

        g_assert_cmpuint(bytes, >=, 998000);
        g_assert_cmpuint(bytes, <=, 1002000);
    }
    /* what is not used adds up to a burst and no more */
    now_ns += 100 * NS_PER_S;
    g_assert_cmpuint(spend(&rate, &now_ns, 1), ==, 50000);
}

static void
test_peak(void)
{
    HvnRate rate;
    gint64 now_ns = 0;
    guint64 bytes;

    hvn_rate_init(&rate, &(HvnRateLimit){.average = 1000000, .peak = 5000000, .burst = 1000000}, now_ns);
    bytes = spend(&rate, &now_ns, NS_PER_S / 10);
    g_assert_cmpuint(bytes, >=, 490000);
    g_assert_cmpuint(bytes, <=, 560000);
    spend(&rate, &now_ns, NS_PER_S); /* the burst is used up */
    bytes = spend(&rate, &now_ns, NS_PER_S);
    g_assert_cmpuint(bytes, >=, 990000);
    g_assert_cmpuint(bytes, <=, 1010000);
}

/* a burst that nobody named is a tenth of a second's, and a large frame at the least */
static void
test_default_burst(void)
{
    HvnRate rate;

    hvn_rate_init(&rate, &(HvnRateLimit){.average = 100000000}, 0);
    g_assert_cmpuint(hvn_rate_get_room(&rate), ==, 10000000);
    hvn_rate_init(&rate, &(HvnRateLimit){.average = 1}, 0);
    g_assert_cmpuint(hvn_rate_get_room(&rate), ==, 65536);
    /* a frame goes whole, and the next one waits for what it took too much */
    hvn_rate_take(&rate, 65537);
    g_assert_cmpint(hvn_rate_wait_ns(&rate, 0), >=, NS_PER_S);
    g_assert_cmpint(hvn_rate_wait_ns(&rate, 0), <=, 3 * NS_PER_S);
    g_assert_cmpint(hvn_rate_wait_ns(&rate, 3 * NS_PER_S), ==, 0);
}

/* no number that can be configured breaks it */
static void
test_extremes(void)
{
    HvnRate rate;

    hvn_rate_init(&rate, &(HvnRateLimit){.average = G_MAXUINT64, .peak = G_MAXUINT64, .burst = G_MAXUINT64}, 0);
    g_assert_cmpint(hvn_rate_wait_ns(&rate, G_MAXINT64), ==, 0);
    g_assert_cmpuint(hvn_rate_get_room(&rate), >=, 1);
    hvn_rate_init(&rate, &(HvnRateLimit){.average = 1, .peak = 1, .burst = 1}, 0);
    hvn_rate_take(&rate, 65553);
    g_assert_cmpint(hvn_rate_wait_ns(&rate, 0), >, 65000 * NS_PER_S);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rate/average", test_average);
    g_test_add_func("/rate/peak", test_peak);
    g_test_add_func("/rate/default-burst", test_default_burst);
    g_test_add_func("/rate/extremes", test_extremes);
    return g_test_run();
}
