/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the benchmarks share; see hvn-bench.h. */
#include "hvn-bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RUNS       9
#define RUN_NS     20000000 /* a run lasts this long at least */
#define MIN_COLUMN 12

static gint64
bench_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (gint64)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
hvn_bench_init(HvnBench *self, const char *name, const char *argument_help, int argc, char **argv)
{
    *self = (HvnBench){.name = name};
    self->keys = g_ptr_array_new_with_free_func(g_free);
    self->texts = g_ptr_array_new_with_free_func(g_free);
    self->widths = g_array_new(FALSE, FALSE, sizeof(guint));
    for (int i = 1; i < argc; i++) {
        if (g_str_equal(argv[i], "--json")) {
            self->json = TRUE;
        } else if (g_str_equal(argv[i], "--quick")) {
            self->quick = TRUE;
        } else if (argv[i][0] != '-' && argument_help != NULL && self->argument == NULL) {
            self->argument = argv[i];
        } else {
            fprintf(stderr, "usage: %s [--json] [--quick] %s\n", name, argument_help != NULL ? argument_help : "");
            exit(2);
        }
    }
    if (self->json)
        printf("{\"results\": [");
}

void
hvn_bench_finish(HvnBench *self)
{
    if (self->json)
        printf("\n]}\n");
    g_ptr_array_unref(self->keys);
    g_ptr_array_unref(self->texts);
    g_array_unref(self->widths);
}

static int
bench_compare(gconstpointer a, gconstpointer b)
{
    const double *first = a, *second = b;

    return *first < *second ? -1 : *first > *second;
}

HvnBenchTime
hvn_bench_measure(HvnBench *self, HvnBenchFunc func, gpointer data, guint units)
{
    double times[RUNS];
    guint n_runs = self->quick ? 1 : RUNS;
    guint n_rounds = 1;

    func(data, 1); /* warm caches and pages */
    while (!self->quick && n_rounds < (1u << 24)) {
        gint64 start = bench_now_ns();

        func(data, n_rounds);
        if (bench_now_ns() - start >= RUN_NS)
            break;
        n_rounds *= 2;
    }
    for (guint i = 0; i < n_runs; i++) {
        gint64 start = bench_now_ns();

        func(data, n_rounds);
        times[i] = (double)(bench_now_ns() - start) / n_rounds / units;
    }
    qsort(times, n_runs, sizeof times[0], bench_compare);
    return (HvnBenchTime){.least = times[0], .median = times[n_runs / 2]};
}

static void
bench_add(HvnBench *self, const char *key, char *text)
{
    g_ptr_array_add(self->keys, g_strdup(key));
    g_ptr_array_add(self->texts, text);
}

void
hvn_bench_string(HvnBench *self, const char *key, const char *value)
{
    bench_add(self, key, self->json ? g_strdup_printf("\"%s\"", value) : g_strdup(value));
}

void
hvn_bench_uint(HvnBench *self, const char *key, guint64 value)
{
    bench_add(self, key, g_strdup_printf("%" G_GUINT64_FORMAT, value));
}

void
hvn_bench_double(HvnBench *self, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    bench_add(self, key, g_strdup(g_ascii_formatd(text, sizeof text, "%.3f", value)));
}

static void
bench_print_json(HvnBench *self)
{
    printf("%s\n  {\"bench\": \"%s\"", self->n_rows > 0 ? "," : "", self->name);
    for (guint i = 0; i < self->keys->len; i++)
        printf(", \"%s\": %s", (char *)g_ptr_array_index(self->keys, i), (char *)g_ptr_array_index(self->texts, i));
    printf("}");
}

static void
bench_print_table(HvnBench *self)
{
    for (guint i = 0; i < self->keys->len && self->n_rows == 0; i++) {
        const char *key = g_ptr_array_index(self->keys, i);
        guint width = MAX(MIN_COLUMN, (guint)strlen(key));

        g_array_append_val(self->widths, width);
        printf("%s%*s", i > 0 ? "  " : "", (int)width, key);
    }
    if (self->n_rows == 0)
        printf("\n");
    for (guint i = 0; i < self->texts->len; i++)
        printf("%s%*s", i > 0 ? "  " : "", (int)g_array_index(self->widths, guint, i), (char *)g_ptr_array_index(self->texts, i));
    printf("\n");
}

void
hvn_bench_end_row(HvnBench *self)
{
    if (self->json)
        bench_print_json(self);
    else
        bench_print_table(self);
    fflush(stdout);
    self->n_rows++;
    g_ptr_array_set_size(self->keys, 0);
    g_ptr_array_set_size(self->texts, 0);
}
