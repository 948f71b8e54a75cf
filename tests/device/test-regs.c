/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register engine over small tables: lanes, masks, the clearing kinds, rows with a stride, accesses of every size at every
 * offset. */
#include "hvn-regs.h"

typedef struct {
    guint   n_reads;
    guint   n_writes;
    guint   index;
    guint32 value;
    guint32 old;
    guint   n_traced;
    guint   n_unknown;
    guint32 unknown_offset;
} Owner;

static guint32
on_read(gpointer data, const HvnReg *reg, guint index, guint32 value)
{
    Owner *owner = data;

    owner->n_reads++;
    owner->index = index;
    return value + 1;
}

static void
on_write(gpointer data, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    Owner *owner = data;

    owner->n_writes++;
    owner->index = index;
    owner->value = value;
    owner->old = old;
}

static void
on_trace(gpointer data, gboolean write, const HvnReg *reg, guint32 offset, guint32 value)
{
    ((Owner *)data)->n_traced++;
}

static void
on_unknown(gpointer data, gboolean write, const HvnReg *reg, guint32 offset, guint32 value)
{
    g_assert_null(reg);
    ((Owner *)data)->n_unknown++;
    ((Owner *)data)->unknown_offset = offset;
}

static const HvnReg words[] = {
    {0x00, 4, 1, 0, 0x11223344, 0xffff00ff, "PLAIN", "1", NULL, on_write},
    {0x04, 4, 1, HVN_REG_W1C, 0xffffffff, 0x00ffffff, "W1C", "2", NULL, on_write},
    {0x08, 4, 1, HVN_REG_NO_MERGE, 0xaaaaaaaa, 0x0fffffff, "SET", "3", NULL, on_write},
    {0x0c, 4, 1, HVN_REG_RC, 0x00000007, 0, "RC", "4", on_read, NULL},
    {0x10, 4, 1, HVN_REG_RO, 0xcafe0000, 0xffffffff, "RO", "5", NULL, on_write},
    {0x14, 4, 1, HVN_REG_WO, 0, 0xffffffff, "WO", "6", on_read, on_write},
    {0x18, 4, 1, HVN_REG_KEEP, 0x00000001, 0xffffffff, "KEEP", "7", NULL, NULL},
    {0x20, 4, 3, 0, 0x1, 0xffffffff, "LOW", "8", NULL, on_write, 8},
    {0x24, 4, 3, 0, 0x2, 0xffffffff, "HIGH", "9", NULL, on_write, 8},
    {0x38, 4, 1, HVN_REG_IGNORED, 0x5, 0xffffffff, "IGNORED", "10", NULL, on_write},
};

static const HvnReg bytes[] = {
    {0x00, 1, 6, 0, 0x00, 0xff, "ID", "1", NULL, NULL},
    {0x07, 1, 1, 0, 0x77, 0xf0, "CMD", "2", NULL, NULL},
    {0x08, 2, 1, 0, 0x1234, 0xffff, "WORD", "3", NULL, NULL},
    {0x0a, 4, 1, 0, 0x89abcdef, 0xffffffff, "LONG", "4", NULL, NULL},
};

typedef struct {
    HvnRegTable *table;
    HvnRegs      regs;
    Owner        owner;
} Fixture;

static void
set_up(Fixture *fixture, gconstpointer data)
{
    fixture->table = data == NULL ? hvn_reg_table_new(words, G_N_ELEMENTS(words), 0x40)
                                  : hvn_reg_table_new(bytes, G_N_ELEMENTS(bytes), 0x10);
    hvn_regs_init(&fixture->regs, fixture->table, &fixture->owner);
    fixture->regs.unknown = on_unknown;
}

static void
tear_down(Fixture *fixture, gconstpointer data)
{
    hvn_regs_clear(&fixture->regs);
    hvn_reg_table_free(fixture->table);
}

static void
test_lanes(Fixture *fixture, gconstpointer data)
{
    HvnRegs *regs = &fixture->regs;

    g_assert_cmphex(hvn_regs_read(regs, 0, 4), ==, 0x11223344);
    g_assert_cmphex(hvn_regs_read(regs, 1, 2), ==, 0x2233);
    g_assert_cmphex(hvn_regs_read(regs, 3, 1), ==, 0x11);
    g_assert_cmphex(hvn_regs_read(regs, 0, 8), ==, G_GUINT64_CONSTANT(0xffffffff11223344));
    hvn_regs_write(regs, 0, 0xffffffff, 4); /* bits 15 to 8 are not writable */
    g_assert_cmphex(hvn_regs_get(regs, 0), ==, 0xffff33ff);
    hvn_regs_write(regs, 2, 0xab, 1);
    g_assert_cmphex(fixture->owner.value, ==, 0xffab33ff);
    g_assert_cmphex(fixture->owner.old, ==, 0xffff33ff);
    /* across two registers, not aligned */
    hvn_regs_write(regs, 0x22, 0x11223344, 4);
    g_assert_cmphex(hvn_regs_get(regs, 0x20), ==, 0x33440001);
    g_assert_cmphex(hvn_regs_get(regs, 0x24), ==, 0x00001122);
    g_assert_cmphex(hvn_regs_read(regs, 0x21, 4), ==, 0x22334400);
}

static void
test_clearing(Fixture *fixture, gconstpointer data)
{
    HvnRegs *regs = &fixture->regs;

    hvn_regs_write(regs, 5, 0xf0, 1); /* other lanes clear nothing */
    g_assert_cmphex(hvn_regs_get(regs, 4), ==, 0xffff0fff);
    hvn_regs_write(regs, 4, 0xffffffff, 4); /* the mask holds the highest byte */
    g_assert_cmphex(hvn_regs_get(regs, 4), ==, 0xff000000);
    hvn_regs_write(regs, 9, 0x55, 1); /* other lanes are 0; bits beyond the mask stay */
    g_assert_cmphex(fixture->owner.value, ==, 0xa0005500);
    g_assert_cmphex(hvn_regs_read(regs, 0x0d, 1), ==, 0); /* a part reads and clears the whole */
    g_assert_cmpuint(fixture->owner.n_reads, ==, 1);
    g_assert_cmphex(hvn_regs_get(regs, 0x0c), ==, 0);
    hvn_regs_set(regs, 0x0c, 8);
    g_assert_cmphex(hvn_regs_read(regs, 0x0c, 4), ==, 9);
    g_assert_cmphex(hvn_regs_read(regs, 0x0c, 4), ==, 1);
}

static void
test_kinds(Fixture *fixture, gconstpointer data)
{
    HvnRegs *regs = &fixture->regs;

    hvn_regs_write(regs, 0x10, 0x1234, 4);
    hvn_regs_write(regs, 0x38, 0x1234, 4);
    g_assert_cmpuint(fixture->owner.n_writes, ==, 0);
    g_assert_cmphex(hvn_regs_read(regs, 0x10, 4), ==, 0xcafe0000);
    g_assert_cmphex(hvn_regs_read(regs, 0x38, 4), ==, 5);
    hvn_regs_write(regs, 0x14, 0x1234, 4);
    g_assert_cmphex(hvn_regs_get(regs, 0x14), ==, 0x1234);
    g_assert_cmphex(hvn_regs_read(regs, 0x14, 4), ==, 0);
    hvn_regs_write(regs, 0x18, 0x99, 4);
    hvn_regs_write(regs, 0x34, 0x99, 4);
    g_assert_cmpuint(fixture->owner.index, ==, 2);
    hvn_regs_reset(regs, FALSE);
    g_assert_cmphex(hvn_regs_get(regs, 0x18), ==, 0x99);
    g_assert_cmphex(hvn_regs_get(regs, 0x34), ==, 2);
    hvn_regs_reset(regs, TRUE);
    g_assert_cmphex(hvn_regs_get(regs, 0x18), ==, 1);
}

static void
test_unknown(Fixture *fixture, gconstpointer data)
{
    HvnRegs *regs = &fixture->regs;

    g_assert_cmphex(hvn_regs_read(regs, 0x1c, 4), ==, 0);
    g_assert_cmpuint(fixture->owner.n_unknown, ==, 1);
    hvn_regs_write(regs, 0x1c, G_MAXUINT64, 8); /* a hole, then LOW[0] */
    g_assert_cmpuint(fixture->owner.n_unknown, ==, 2);
    g_assert_cmphex(fixture->owner.unknown_offset, ==, 0x1c);
    g_assert_cmphex(hvn_regs_get(regs, 0x20), ==, 0xffffffff);
    g_assert_cmphex(hvn_regs_read(regs, 0x40, 4), ==, 0);
    g_assert_cmphex(hvn_regs_read(regs, G_MAXUINT64, 8), ==, 0);
    hvn_regs_write(regs, 0x40, 1, 4);
    hvn_regs_write(regs, G_MAXUINT64 - 2, 1, 8);
    g_assert_cmphex(hvn_regs_read(regs, 0x3e, 8), ==, 0);
    regs->trace = on_trace;
    hvn_regs_read(regs, 0x00, 8);
    hvn_regs_write(regs, 0x1c, 0, 1);
    g_assert_cmpuint(fixture->owner.n_traced, ==, 3);
}

/* a table of bytes, words and a long at an odd place against plain memory */
static void
test_every_access(Fixture *fixture, gconstpointer data)
{
    static const guint8 mask[0x10] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0,
    };
    guint8 model[0x10] = {0, 0, 0, 0, 0, 0, 0, 0x77, 0x34, 0x12, 0xef, 0xcd, 0xab, 0x89, 0, 0};
    guint64 value = 0x0123456789abcdef;

    for (guint size = 1; size <= 8; size *= 2) {
        for (guint offset = 0; offset < 0x14; offset++) {
            guint64 expected = 0;

            value = value * G_GUINT64_CONSTANT(6364136223846793005) + 1;
            hvn_regs_write(&fixture->regs, offset, value, size);
            for (guint i = 0; i < size && offset + i < 0x10; i++) {
                guint8 *byte = &model[offset + i];

                *byte = (*byte & ~mask[offset + i]) | (value >> i * 8 & mask[offset + i]);
                expected |= (guint64)*byte << i * 8;
            }
            g_assert_cmphex(hvn_regs_read(&fixture->regs, offset, size), ==, expected);
        }
    }
    for (guint i = 0; i < 0x10; i++)
        g_assert_cmphex(hvn_regs_read(&fixture->regs, i, 1), ==, model[i]);
}

static void
test_find(Fixture *fixture, gconstpointer data)
{
    guint index;
    guint n_rows;

    g_assert_true(hvn_reg_table_get_rows(fixture->table, &n_rows) == words);
    g_assert_cmpuint(n_rows, ==, G_N_ELEMENTS(words));
    g_assert_cmpstr(hvn_reg_table_find(fixture->table, 0x2d, &index)->name, ==, "HIGH");
    g_assert_cmpuint(index, ==, 1);
    g_assert_null(hvn_reg_table_find(fixture->table, 0x1c, NULL));
    g_assert_null(hvn_reg_table_find(fixture->table, 0x40, NULL));
    g_assert_null(hvn_reg_table_find(fixture->table, G_MAXUINT32, NULL));
}

static void
test_bad_tables(void)
{
    static const HvnReg overlap[] = {{0, 4, 1, 0, 0, 0, "A", "1", NULL, NULL}, {2, 4, 1, 0, 0, 0, "B", "2", NULL, NULL}};
    static const HvnReg order[] = {{4, 4, 1, 0, 0, 0, "A", "1", NULL, NULL}, {0, 4, 1, 0, 0, 0, "B", "2", NULL, NULL}};
    static const HvnReg beyond[] = {{8, 4, 3, 0, 0, 0, "A", "1", NULL, NULL}};
    const HvnReg *tables[] = {overlap, order, beyond};
    const guint n[] = {2, 2, 1};
    const char *number = g_getenv("HVN_BAD_TABLE");

    if (g_test_subprocess()) {
        guint i = g_ascii_strtoull(number, NULL, 10);

        hvn_reg_table_free(hvn_reg_table_new(tables[i], n[i], 16));
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(tables); i++) {
        g_autofree char *text = g_strdup_printf("%u", i);

        g_setenv("HVN_BAD_TABLE", text, TRUE);
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/device/regs/lanes", Fixture, NULL, set_up, test_lanes, tear_down);
    g_test_add("/device/regs/clearing", Fixture, NULL, set_up, test_clearing, tear_down);
    g_test_add("/device/regs/kinds", Fixture, NULL, set_up, test_kinds, tear_down);
    g_test_add("/device/regs/unknown", Fixture, NULL, set_up, test_unknown, tear_down);
    g_test_add("/device/regs/every-access", Fixture, "bytes", set_up, test_every_access, tear_down);
    g_test_add("/device/regs/find", Fixture, NULL, set_up, test_find, tear_down);
    g_test_add_func("/device/regs/bad-tables", test_bad_tables);
    return g_test_run();
}
