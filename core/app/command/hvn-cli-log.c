/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The log of the command: one line a message on standard error. What is shown is decided by the command's own options and, as everywhere
 * with GLib, by G_MESSAGES_DEBUG, which is read and never set, so that programs that the command starts do not inherit our choice. */
#include "hvn-cli.h"

#include <stdio.h>
#include <string.h>

#define HVN_CLI_LOG_VERBOSE (1u << 0)
#define HVN_CLI_LOG_TRACE   (1u << 1)

struct _HvnCliLog {
    guint    flags; /* of HVN_CLI_LOG_ */
    gboolean quiet; /* nothing is shown for now */
};

static gboolean
hvn_cli_log_is_shown(GLogLevelFlags level, const char *domain, guint flags)
{
    gboolean ours = domain != NULL && g_str_has_prefix(domain, "hvn");

    if ((level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) == 0)
        return TRUE;
    if (ours && (flags & HVN_CLI_LOG_VERBOSE) != 0)
        return TRUE;
    if (ours && (level & G_LOG_LEVEL_INFO) != 0 && (flags & HVN_CLI_LOG_TRACE) != 0)
        return TRUE;
    return !g_log_writer_default_would_drop(level, domain);
}

static const char *
hvn_cli_log_level_name(GLogLevelFlags level)
{
    switch (level & G_LOG_LEVEL_MASK) {
    case G_LOG_LEVEL_ERROR:
        return "error: ";
    case G_LOG_LEVEL_CRITICAL:
        return "critical: ";
    case G_LOG_LEVEL_WARNING:
        return "warning: ";
    case G_LOG_LEVEL_DEBUG:
        return "debug: ";
    default:
        return "";
    }
}

/* implements GLogWriterFunc; the data is a HvnCliLog */
static GLogWriterOutput
hvn_cli_log_write(GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
    const HvnCliLog *log = user_data;
    const char *message = "", *domain = NULL;

    for (gsize i = 0; i < n_fields; i++) {
        if (fields[i].length >= 0)
            continue;
        if (strcmp(fields[i].key, "MESSAGE") == 0)
            message = fields[i].value;
        else if (strcmp(fields[i].key, "GLIB_DOMAIN") == 0)
            domain = fields[i].value;
    }
    if (!log->quiet && hvn_cli_log_is_shown(level, domain, log->flags))
        fprintf(stderr, "%s: %s%s\n", domain != NULL ? domain : "hvnet", hvn_cli_log_level_name(level), message);
    return G_LOG_WRITER_HANDLED;
}

/* The log lives as long as the process, since anything may be logged to the last. */
void
hvn_cli_log_init(HvnCli *self)
{
    self->log = g_new0(HvnCliLog, 1);
    self->log->flags = (self->verbose ? HVN_CLI_LOG_VERBOSE : 0) | (self->trace_regs || self->trace_frames ? HVN_CLI_LOG_TRACE : 0);
    g_log_set_writer_func(hvn_cli_log_write, self->log, NULL);
}

void
hvn_cli_log_set_quiet(HvnCli *self, gboolean quiet)
{
    self->log->quiet = quiet;
}
