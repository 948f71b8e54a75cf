/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet probe`: runs the probe on what the arguments configure and prints its table. Progress goes to standard error: one
 * line that is rewritten on a terminal, a line for each row with --verbose. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "hvn-cli.h"
#include "hvn-probe-run.h"

typedef struct {
    HvnProbeReport *report;
    gboolean        terminal;
    gboolean        verbose;
} HvnCliProbeProgress;

static void
hvn_cli_probe_progress(const char *interface, const char *check, gpointer data)
{
    HvnCliProbeProgress *self = data;

    if (self->terminal)
        fprintf(stderr, check != NULL ? "\r\033[K%s: %s ..." : "\r\033[K", interface, check);
    if (self->verbose && check == NULL) {
        g_autofree char *row = hvn_probe_report_get_last_row(self->report);

        fprintf(stderr, "%s\n", row != NULL ? row : interface);
    }
}

/* the clock when the process started: now, less the processor time that it has used, which at this point is all that it has
 * done */
static gint64
hvn_cli_probe_start_us(void)
{
    struct timespec used = {0};

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return g_get_monotonic_time() - (gint64)used.tv_sec * G_USEC_PER_SEC - used.tv_nsec / 1000;
}

static void
hvn_cli_probe_print(HvnCli *self, HvnProbeReport *report)
{
    if (self->json) {
        g_autoptr(JsonBuilder) builder = json_builder_new();

        hvn_probe_report_to_json(report, builder);
        hvn_cli_print_json(builder);
    } else {
        g_autofree char *text = hvn_probe_report_to_text(report, isatty(STDOUT_FILENO) != 0);

        fputs(text, stdout);
    }
}

int
hvn_cli_probe(HvnCli *self, int argc, char **argv)
{
    g_autoptr(HvnProbeReport) report = hvn_probe_report_new();
    HvnCliProbeProgress progress = {report, isatty(STDERR_FILENO) != 0, self->verbose};
    HvnProbeSettings settings = {
        .start_us = hvn_cli_probe_start_us(),
        .pcap = self->pcap,
        .trace_regs = self->trace_regs,
        .trace_frames = self->trace_frames,
        .progress = hvn_cli_probe_progress,
        .progress_data = &progress,
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_cli_load_config(self, argc, argv, &error);

    if (config == NULL || !hvn_probe_run(config, hvn_cli_get_registry(self), &settings, report, &error)) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    hvn_cli_probe_print(self, report);
    return hvn_probe_report_count(report, HVN_PROBE_FAILED) == 0 ? HVN_EXIT_DONE : HVN_EXIT_FAILED;
}
