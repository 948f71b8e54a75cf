/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One run of the probe: starts the session of a configuration, puts a small guest on each interface in turn, and fills a
 * report. */
#pragma once

#include "hvn-config.h"
#include "hvn-probe-report.h"

G_BEGIN_DECLS

/**
 * HvnProbeProgressFunc:
 * @interface: name of the interface
 * @check: what is tried now; %NULL when a row was added
 * @data: what was given with it
 */
typedef void (*HvnProbeProgressFunc)(const char *interface, const char *check, gpointer data);

/**
 * HvnProbeAttach:
 * @HVN_PROBE_ATTACH_IN_PROCESS: the machine calls the NIC
 * @HVN_PROBE_ATTACH_VFIO_USER: a vfio-user server is between them
 * @HVN_PROBE_ATTACH_VHOST_USER: a vhost-user server has the rings of virtio-net
 *
 * The way from the machine to its NIC.
 */
typedef enum {
    HVN_PROBE_ATTACH_IN_PROCESS,
    HVN_PROBE_ATTACH_VFIO_USER,
    HVN_PROBE_ATTACH_VHOST_USER,
} HvnProbeAttach;

/**
 * HvnProbeSettings:
 * @start_us: when the process started, on the clock of g_get_monotonic_time()
 * @pcap: (nullable): file to capture to; with several interfaces each gets its name into it
 * @trace_regs: log register accesses
 * @trace_frames: log frames
 * @attach: the way from the machine to the NIC
 * @connect: (nullable): socket of a server that already has the NIC, or the directory of `hvnet run --socket-dir`; the
 *   configuration only says what is to be found then
 * @progress: (nullable): told what is going on
 * @progress_data: (nullable): for @progress
 */
typedef struct {
    gint64               start_us;
    const char          *pcap;
    gboolean             trace_regs;
    gboolean             trace_frames;
    HvnProbeAttach       attach;
    const char          *connect;
    HvnProbeProgressFunc progress;
    gpointer             progress_data;
} HvnProbeSettings;

/**
 * hvn_probe_run:
 * @config: a finished configuration; a port forward may be added to it
 * @registry: the plugins
 * @settings: how
 * @report: (transfer none): gets the rows
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set when the session cannot be started or served; what does not work is in the report
 */
gboolean
hvn_probe_run(HvnConfig *config, HvnRegistry *registry, const HvnProbeSettings *settings, HvnProbeReport *report, GError **error);

G_END_DECLS
