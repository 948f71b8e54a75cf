/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks share: the command line, repeated runs of which the least and the median count, and results as a table for people or, with
 * --json, as {"results": [{"bench": ..., ...}, ...]}. Nothing here fails on a clock. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnBench:
 * @name: name of the benchmark
 * @json: --json
 * @quick: --quick: one short run, to see that it works
 * @argument: (nullable): the first argument that is no option
 */
typedef struct {
    const char *name;
    gboolean    json;
    gboolean    quick;
    const char *argument;
    GPtrArray  *keys; /* owned; of the row that is being filled */
    GPtrArray  *texts;
    GArray     *widths;
    guint       n_rows;
} HvnBench;

/* nanoseconds for each unit of work: least and median of the runs */
typedef struct {
    double least;
    double median;
} HvnBenchTime;

/* does the work n_rounds times */
typedef void (*HvnBenchFunc)(gpointer data, guint n_rounds);

/* reads the command line: [--json] [--quick] [ARGUMENT]; ends the program on anything else */
void
hvn_bench_init(HvnBench *self, const char *name, const char *argument_help, int argc, char **argv);

/* prints what is left to print */
void
hvn_bench_finish(HvnBench *self);

/* runs func often enough to see the clock move, several times; units is what one round does */
HvnBenchTime
hvn_bench_measure(HvnBench *self, HvnBenchFunc func, gpointer data, guint units);

/* one result: fields in order, the same for each row, then the end of the row */
void
hvn_bench_string(HvnBench *self, const char *key, const char *value);
void
hvn_bench_uint(HvnBench *self, const char *key, guint64 value);
void
hvn_bench_double(HvnBench *self, const char *key, double value);
void
hvn_bench_end_row(HvnBench *self);

G_END_DECLS
