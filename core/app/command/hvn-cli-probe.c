/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet probe`: runs the probe on what the arguments configure and prints its table. Progress goes to standard error: one
 * line that is rewritten on a terminal, a line for each row with --verbose.
 *
 *   --attach KIND     the guest reaches its NIC by plain calls, or through a vfio-user or vhost-user server of our own
 *   --connect PATH    the server is one that runs already, and the configuration says what is to be found there */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "hvn-cli.h"
#include "hvn-error.h"
#include "hvn-probe-run.h"
#include "hvn-text.h"

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

/* ---- the command line ---- */

static gboolean
hvn_cli_probe_set_attach(HvnProbeSettings *settings, const char *text, GError **error)
{
    static const char *const ways[] = {
        [HVN_PROBE_ATTACH_IN_PROCESS] = "in-process",
        [HVN_PROBE_ATTACH_VFIO_USER] = "vfio-user",
        [HVN_PROBE_ATTACH_VHOST_USER] = "vhost-user",
    };
    g_autofree char *printable = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        if (strcmp(text, ways[i]) != 0)
            continue;
        settings->attach = i;
        return TRUE;
    }
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for --attach: expected in-process, vfio-user or vhost-user",
                printable);
    return FALSE;
}

/* takes the probe's own options out of the arguments; the rest is the configuration */
static gboolean
hvn_cli_probe_parse(HvnProbeSettings *settings, int argc, char **argv, GPtrArray *config, GError **error)
{
    gboolean said_attach = FALSE;

    for (int i = 0; i < argc; i++) {
        const char *name = argv[i], *value = NULL;

        if (hvn_cli_take_value(argc, argv, &i, "--attach", &value)) {
            if (value != NULL && !hvn_cli_probe_set_attach(settings, value, error))
                return FALSE;
            said_attach = TRUE;
        } else if (hvn_cli_take_value(argc, argv, &i, "--connect", &value)) {
            settings->connect = value;
        } else {
            g_ptr_array_add(config, argv[i]);
            continue;
        }
        if (value == NULL) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "option %s lacks its value", name);
            return FALSE;
        }
    }
    g_ptr_array_add(config, NULL);
    if (settings->connect == NULL)
        return TRUE;
    if (!said_attach)
        settings->attach = HVN_PROBE_ATTACH_VFIO_USER;
    if (settings->attach != HVN_PROBE_ATTACH_IN_PROCESS && settings->pcap == NULL && !settings->trace_regs)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "--connect goes to a NIC of another process, which is where %s belongs",
                settings->pcap != NULL   ? "--pcap"
                : settings->trace_regs ? "--trace=regs"
                                         : "--attach in-process");
    return FALSE;
}

int
hvn_cli_probe(HvnCli *self, int argc, char **argv)
{
    g_autoptr(HvnProbeReport) report = hvn_probe_report_new();
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
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
    g_autoptr(HvnConfig) config = NULL;

    if (!hvn_cli_probe_parse(&settings, argc, argv, arguments, &error))
        return hvn_cli_usage("%s", error->message);
    config = hvn_cli_load_config(self, (int)arguments->len - 1, (char **)arguments->pdata, &error);
    if (config == NULL || !hvn_probe_run(config, hvn_cli_get_registry(self), &settings, report, &error)) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    hvn_cli_probe_print(self, report);
    return hvn_probe_report_count(report, HVN_PROBE_FAILED) == 0 ? HVN_EXIT_DONE : HVN_EXIT_FAILED;
}
