/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the probe found: a list of interfaces, each with a list of rows, as a table for people or as JSON for programs. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * HvnProbeResult:
 * @HVN_PROBE_PASSED: works
 * @HVN_PROBE_FAILED: does not
 * @HVN_PROBE_SKIPPED: cannot be said here, the detail says why
 * @HVN_PROBE_NOT_CONFIGURED: the configuration does not ask for it
 */
typedef enum {
    HVN_PROBE_PASSED,
    HVN_PROBE_FAILED,
    HVN_PROBE_SKIPPED,
    HVN_PROBE_NOT_CONFIGURED,
} HvnProbeResult;

#define HVN_PROBE_N_RESULTS 4

typedef struct _HvnProbeRow HvnProbeRow;
typedef struct _HvnProbeSection HvnProbeSection;
typedef struct _HvnProbeReport HvnProbeReport;

/**
 * hvn_probe_report_new:
 *
 * Returns: (transfer full): a report without interfaces
 */
HvnProbeReport *
hvn_probe_report_new(void);

/**
 * hvn_probe_report_free:
 * @self: (transfer full) (nullable): a report
 */
void
hvn_probe_report_free(HvnProbeReport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeReport, hvn_probe_report_free)

/**
 * hvn_probe_report_add_interface:
 * @self: a report
 * @name: "net0"
 * @nic: (nullable): model
 * @backend: (nullable): backend
 * @mac: (nullable): address
 * @attachment: the way to the NIC, such as "in-process"
 *
 * Returns: (transfer none): the interface's part of the report
 */
HvnProbeSection *
hvn_probe_report_add_interface(HvnProbeReport *self, const char *name, const char *nic, const char *backend, const char *mac,
                               const char *attachment);

/**
 * hvn_probe_report_add_row:
 * @self: an interface's part
 * @check: what was tried, such as "dhcp"
 * @result: how it went
 * @format: printf format of the detail, one line
 *
 * Returns: (transfer none): the row, for values that programs want
 */
HvnProbeRow *
hvn_probe_report_add_row(HvnProbeSection *self, const char *check, HvnProbeResult result, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/**
 * hvn_probe_row_set_number:
 * @self: a row
 * @name: of the member in JSON
 * @value: a finite number
 */
void
hvn_probe_row_set_number(HvnProbeRow *self, const char *name, double value);

/**
 * hvn_probe_row_set_text:
 * @self: a row
 * @name: of the member in JSON
 * @value: text
 */
void
hvn_probe_row_set_text(HvnProbeRow *self, const char *name, const char *value);

/**
 * hvn_probe_report_set_first_frame:
 * @self: a report
 * @ms: milliseconds from the start of the process until the first frame was taken by a link
 */
void
hvn_probe_report_set_first_frame(HvnProbeReport *self, double ms);

/**
 * hvn_probe_report_count:
 * @self: a report
 * @result: a result
 *
 * Returns: how many rows have it
 */
guint
hvn_probe_report_count(HvnProbeReport *self, HvnProbeResult result);

/**
 * hvn_probe_report_get_last_row:
 * @self: a report
 *
 * Returns: (transfer full) (nullable): the last row as one line for a log
 */
char *
hvn_probe_report_get_last_row(HvnProbeReport *self);

/**
 * hvn_probe_report_to_text:
 * @self: a report
 * @color: whether results are coloured
 *
 * Returns: (transfer full): the table
 */
char *
hvn_probe_report_to_text(HvnProbeReport *self, gboolean color);

/**
 * hvn_probe_report_to_json:
 * @self: a report
 * @builder: (transfer none): gets one object
 */
void
hvn_probe_report_to_json(HvnProbeReport *self, JsonBuilder *builder);

G_END_DECLS
