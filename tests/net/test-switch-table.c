/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of stations (hvn-switch-table.c). */
#include "hvn-switch-table.h"

#define MAX_AGE 300

typedef struct {
    HvnSwitchTable *table;
    HvnSwitchSide   a, b;
} Fixture;

static const gint64 second = G_GINT64_CONSTANT(1000000000);

static void
set_up(Fixture *self, gconstpointer data)
{
    self->table = hvn_switch_table_new(16, MAX_AGE * second);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_switch_table_forget(self->table, &self->a);
    hvn_switch_table_forget(self->table, &self->b);
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 0);
    hvn_switch_table_free(self->table);
}

static void
test_key(void)
{
    const guint8 address[6] = {1, 2, 3, 4, 5, 6};

    g_assert_cmphex(hvn_switch_table_key(address, 0), ==, G_GUINT64_CONSTANT(0x010203040506));
    g_assert_cmphex(hvn_switch_table_key(address, 4095), ==, G_GUINT64_CONSTANT(0x0fff010203040506));
}

static void
test_moves(Fixture *self, gconstpointer data)
{
    g_assert_null(hvn_switch_table_find(self->table, 1, 0));
    hvn_switch_table_learn(self->table, &self->a, 1, 0);
    hvn_switch_table_learn(self->table, &self->a, 1, 1);
    g_assert_true(hvn_switch_table_find(self->table, 1, 1) == &self->a);
    hvn_switch_table_learn(self->table, &self->b, 1, 2);
    g_assert_true(hvn_switch_table_find(self->table, 1, 2) == &self->b);
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 1);
    g_assert_cmpuint(self->a.stations.length, ==, 0);
}

static void
test_age(Fixture *self, gconstpointer data)
{
    hvn_switch_table_learn(self->table, &self->a, 1, 0);
    hvn_switch_table_learn(self->table, &self->a, 2, 0);
    hvn_switch_table_learn(self->table, &self->a, 1, 10 * second);
    g_assert_nonnull(hvn_switch_table_find(self->table, 2, MAX_AGE * second - 1));
    g_assert_null(hvn_switch_table_find(self->table, 2, MAX_AGE * second));
    g_assert_nonnull(hvn_switch_table_find(self->table, 1, MAX_AGE * second));
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 1);
    /* what nobody asks for goes when there is something new */
    hvn_switch_table_learn(self->table, &self->a, 3, 1000 * second);
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 1);
}

/* a port has as many as it may, and forgets the one that was quiet the longest; the other port's are not touched */
static void
test_bounded(Fixture *self, gconstpointer data)
{
    hvn_switch_table_learn(self->table, &self->b, 7, 0);
    for (guint i = 0; i < 100000; i++)
        hvn_switch_table_learn(self->table, &self->a, 1000 + i, 0);
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 17);
    g_assert_true(hvn_switch_table_find(self->table, 7, 0) == &self->b);
    g_assert_null(hvn_switch_table_find(self->table, 1000 + 99983, 0));
    g_assert_nonnull(hvn_switch_table_find(self->table, 1000 + 99984, 0));
    /* one that is heard again is not the quietest any more */
    hvn_switch_table_learn(self->table, &self->a, 1000 + 99984, 2 * second);
    hvn_switch_table_learn(self->table, &self->a, 1, 2 * second);
    g_assert_nonnull(hvn_switch_table_find(self->table, 1000 + 99984, 2 * second));
    g_assert_null(hvn_switch_table_find(self->table, 1000 + 99985, 2 * second));
    /* a station that moves here needs a place too */
    hvn_switch_table_learn(self->table, &self->a, 7, 2 * second);
    g_assert_cmpuint(hvn_switch_table_get_size(self->table), ==, 16);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/switch-table/key", test_key);
    g_test_add("/switch-table/moves", Fixture, NULL, set_up, test_moves, tear_down);
    g_test_add("/switch-table/age", Fixture, NULL, set_up, test_age, tear_down);
    g_test_add("/switch-table/bounded", Fixture, NULL, set_up, test_bounded, tear_down);
    return g_test_run();
}
