/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The run of the probe: one session, and for each interface in turn a machine, a driver and a stack, until the list of checks
 * is done. The session is ours, or that of a server on a thread of its own, or of another process that is connected to.
 *
 *   config -> session started -> for each interface: power on, enumerate, driver, stack, checks, power off -> session stopped */
#include "hvn-probe-run.h"

#include "hvn-error.h"
#include "hvn-pcap.h"
#include "hvn-probe-checks.h"
#include "hvn-probe-vfio-user.h"
#include "hvn-probe-vhost-user.h"

#define LINK_MS      1500
#define SNAP_LEN     65536
#define SOURCE_BYTES (32u << 20)

typedef struct {
    const HvnProbeSettings *settings;
    HvnProbeReport         *report;
    gboolean                first_frame;
} HvnProbeRun;

typedef struct {
    HvnProbeRun *run;
    HvnProbe    *probe;
} HvnProbeFirst;

/* what the probe looks at on the thread that has the session */
typedef struct {
    const HvnInterface *interface;
    guint64             sent; /* frames of the guest that its link has passed on */
    guint64             dma_errors;
} HvnProbeCounts;

/* what the probe changed in the configuration of an interface */
typedef struct {
    gboolean forward_added;
    gboolean smb_dropped;
} HvnProbeChange;

static void
hvn_probe_run_progress(HvnProbeRun *self, const HvnProbe *probe, const char *check)
{
    if (self->settings->progress != NULL)
        self->settings->progress(probe->described->name, check, self->settings->progress_data);
}

/* ---- the configuration ---- */

static gboolean
hvn_probe_run_is_off(const HvnOptions *options, const char *option)
{
    static const char *const off[] = {"off", "no", "false", "n", NULL};
    const HvnOptionValue *value = hvn_options_find(options, option);

    return value != NULL && g_strv_contains(off, value->text);
}

/* as QEMU: naming one of the two as on turns the other off, unless that is named too */
static void
hvn_probe_run_families(HvnProbe *probe)
{
    gboolean said4 = hvn_probe_get_text(probe, "ipv4") != NULL, said6 = hvn_probe_get_text(probe, "ipv6") != NULL;

    probe->ipv4 = hvn_probe_get_flag(probe, "ipv4", !(said6 && hvn_probe_get_flag(probe, "ipv6", TRUE)));
    probe->ipv6 = hvn_probe_get_flag(probe, "ipv6", !(said4 && hvn_probe_get_flag(probe, "ipv4", TRUE)));
}

/* a network that can forward ports and forwards none gets a forward, so that this way is tried as well */
static gboolean
hvn_probe_run_add_forward(HvnInterfaceConfig *interface, HvnRegistry *registry)
{
    HvnDescriptor *descriptor =
        interface->backend != NULL ? hvn_registry_find(registry, "backend", interface->backend, NULL) : NULL;
    g_autofree char *rule = NULL;
    guint16 port;

    if (descriptor == NULL || interface->nic == NULL || hvn_descriptor_find_option(descriptor, "hostfwd") == NULL ||
        hvn_options_find(interface->backend_options, "hostfwd") != NULL ||
        hvn_probe_run_is_off(interface->backend_options, "ipv4") ||
        (hvn_options_find(interface->backend_options, "ipv6") != NULL &&
         hvn_options_find(interface->backend_options, "ipv4") == NULL &&
         !hvn_probe_run_is_off(interface->backend_options, "ipv6")))
        return FALSE;
    port = hvn_probe_host_find_free_port("127.0.0.1", NULL);
    if (port == 0)
        return FALSE;
    rule = g_strdup_printf("tcp:127.0.0.1:%u-:%u", port, HVN_PROBE_FORWARD_PORT);
    hvn_options_add(interface->backend_options, "hostfwd", rule, "the probe");
    return TRUE;
}

/* a backend refuses to start without the smbd that it needs; the rest is worth trying */
static gboolean
hvn_probe_run_drop_smb(HvnInterfaceConfig *interface)
{
    g_autoptr(HvnOptions) kept = NULL;

    if (interface->backend == NULL || hvn_options_find(interface->backend_options, "smb") == NULL || hvn_probe_host_has_smbd())
        return FALSE;
    kept = hvn_options_new();
    for (guint i = 0; i < hvn_options_get_length(interface->backend_options); i++) {
        const HvnOptionValue *value = hvn_options_get_nth(interface->backend_options, i);

        if (strcmp(value->name, "smb") != 0 && strcmp(value->name, "smbserver") != 0)
            hvn_options_add(kept, value->name, value->text, value->origin);
    }
    hvn_options_free(interface->backend_options);
    interface->backend_options = g_steal_pointer(&kept);
    return TRUE;
}

static gboolean
hvn_probe_run_start_capture(HvnProbeRun *self, const HvnInterface *interface, gboolean alone, GError **error)
{
    const char *path = self->settings->pcap;
    g_autofree char *named = NULL;

    if (path == NULL || interface->link == NULL)
        return TRUE;
    named = alone ? g_strdup(path) : hvn_pcap_make_path(path, interface->name);
    return hvn_link_start_capture(interface->link, named, SNAP_LEN, error);
}

/* ---- one interface ---- */

static void
hvn_probe_run_count_here(gpointer data)
{
    HvnProbeCounts *counts = data;
    HvnLinkCounters counters;

    hvn_link_get_counters(counts->interface->link, HVN_PORT(counts->interface->backend), &counters);
    counts->sent = counters.frames;
    counts->dma_errors = hvn_nic_get_dma_errors(counts->interface->nic);
}

/* zeros where another process does the counting */
static HvnProbeCounts
hvn_probe_run_count(HvnProbe *probe)
{
    HvnProbeCounts counts = {.interface = probe->interface};

    if (probe->interface != NULL && probe->server != NULL)
        hvn_probe_server_call(probe->server, hvn_probe_run_count_here, &counts);
    else if (probe->interface != NULL)
        hvn_probe_run_count_here(&counts);
    return counts;
}

/* the guest's first frame has passed the link */
static gboolean
hvn_probe_run_saw_frame(gpointer data)
{
    HvnProbeFirst *first = data;

    if (first->run->first_frame || first->probe->interface == NULL)
        return TRUE;
    if (hvn_probe_run_count(first->probe).sent == 0)
        return FALSE;
    first->run->first_frame = TRUE;
    hvn_probe_report_set_first_frame(first->run->report,
                                     (double)(g_get_monotonic_time() - first->run->settings->start_us) / 1000);
    return TRUE;
}

static gboolean
hvn_probe_run_link_is_up(gpointer data)
{
    HvnProbe *probe = data;

    probe->driver->model->link_refresh(probe->driver);
    return probe->driver->facts.link_up;
}

/* the configured address as text; %NULL without a NIC */
static char *
hvn_probe_run_get_mac(const HvnInterfaceConfig *described)
{
    const HvnOptionValue *value = described->nic != NULL ? hvn_options_find(described->nic_options, "mac") : NULL;
    char text[HVN_MAC_TEXT_LEN];
    HvnMac mac;

    return value != NULL && hvn_mac_parse(value->text, &mac, NULL) ? g_strdup(hvn_mac_print(&mac, text)) : NULL;
}

/* the socket of the interface's server */
static char *
hvn_probe_run_find_socket(HvnProbeRun *self, HvnProbe *probe, GError **error)
{
    const char *connect = self->settings->connect, *name = probe->described->name;
    g_autofree char *file = g_strconcat(name, ".sock", NULL);
    char *path;

    if (connect != NULL)
        return g_file_test(connect, G_FILE_TEST_IS_DIR) ? g_build_filename(connect, file, NULL) : g_strdup(connect);
    path = hvn_probe_server_get_path(probe->server, name);
    if (path == NULL)
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "a %s cannot be attached so: expected %s", probe->described->nic,
                    self->settings->attach == HVN_PROBE_ATTACH_VFIO_USER ? "a PCI model" : "model virtio-net-pci");
    return path;
}

/* the way to the NIC that the settings ask for */
static HvnProbeAttachment *
hvn_probe_run_attach(HvnProbeRun *self, HvnProbe *probe, GError **error)
{
    g_autofree char *path = NULL, *mac = NULL;

    if (self->settings->attach == HVN_PROBE_ATTACH_IN_PROCESS)
        return hvn_probe_attachment_new_in_process(probe->interface->nic);
    path = hvn_probe_run_find_socket(self, probe, error);
    if (path == NULL)
        return NULL;
    if (self->settings->attach == HVN_PROBE_ATTACH_VFIO_USER)
        return hvn_probe_vfio_user_new(path, error);
    mac = hvn_probe_run_get_mac(probe->described);
    return hvn_probe_vhost_user_new(path, probe->dispatcher, mac, error);
}

/* power, firmware, driver; FALSE when there is nothing to run checks on */
static gboolean
hvn_probe_run_boot(HvnProbeRun *self, HvnProbe *probe, GError **error)
{
    HvnProbeAttachment *attachment = hvn_probe_run_attach(self, probe, error);

    if (attachment == NULL)
        return FALSE;
    probe->guest = hvn_probe_guest_new_attached(attachment, probe->dispatcher, error);
    if (probe->guest == NULL || !hvn_probe_guest_enumerate(probe->guest, error))
        return FALSE;
    probe->driver = hvn_probe_driver_new(probe->guest, error);
    if (probe->driver == NULL)
        return FALSE;
    probe->stack = hvn_probe_stack_new(probe->driver, self->settings->trace_frames, error);
    return probe->stack != NULL;
}

/* what tells devices of one PCI ID apart */
static char *
hvn_probe_run_describe(const HvnProbeDriverFacts *facts)
{
    g_autofree char *mtu = NULL;

    if (facts->features == 0 && facts->phy_id == 0)
        return g_strdup_printf("EEPROM sum 0x%04x", facts->eeprom_sum);
    if (facts->features == 0)
        return g_strdup_printf("EEPROM sum 0x%04x, PHY 0x%08x", facts->eeprom_sum, facts->phy_id);
    mtu = facts->mtu != 0 ? g_strdup_printf(", MTU %u", facts->mtu) : g_strdup("");
    return g_strdup_printf("features 0x%" G_GINT64_MODIFIER "x%s%s", facts->features, mtu, facts->messages ? ", MSI-X" : "");
}

static char *
hvn_probe_run_describe_link(const HvnProbeDriverFacts *facts, gboolean expected)
{
    if (!facts->link_up)
        return g_strdup(expected ? "the link does not come up" : "link down, as configured");
    if (facts->speed == 0)
        return g_strdup("link up");
    return g_strdup_printf("link %u Mbit/s %s duplex", facts->speed, facts->full_duplex ? "full" : "half");
}

static void
hvn_probe_run_device_row(HvnProbe *probe)
{
    const HvnProbeDriverFacts *facts = &probe->driver->facts;
    const HvnProbePci *pci = hvn_probe_guest_get_pci(probe->guest);
    gboolean expected = probe->described->link_up;
    char address[HVN_MAC_TEXT_LEN];
    g_autofree char *configured = hvn_probe_run_get_mac(probe->described);
    gboolean ours = configured == NULL || strcmp(hvn_mac_print(&facts->mac, address), configured) == 0;
    g_autofree char *other = ours ? g_strdup("") : g_strdup_printf(", address %s, expected %s", address, configured);
    g_autofree char *id = pci->absent ? NULL : g_strdup_printf("%04x:%04x", pci->vendor, pci->device);
    g_autofree char *where = pci->absent ? g_strdup_printf("at 0x%" G_GINT64_MODIFIER "x", pci->bars[0].address)
                                         : g_strdup_printf("%s rev %02x", id, pci->revision);
    g_autofree char *link = hvn_probe_run_describe_link(facts, expected);
    g_autofree char *described = hvn_probe_run_describe(facts);
    g_autofree char *features = g_strdup_printf("0x%" G_GINT64_MODIFIER "x", facts->features); /* too wide for a number */
    gboolean ok = facts->link_up == expected && ours;
    HvnProbeRow *row;

    row = hvn_probe_report_add_row(probe->section, "device", ok ? HVN_PROBE_PASSED : HVN_PROBE_FAILED,
                                   "%s (%s), %s, %s%s", facts->chip, where, described, link, other);
    if (id != NULL)
        hvn_probe_row_set_text(row, "pci_id", id);
    hvn_probe_row_set_text(row, "chip", facts->chip);
    hvn_probe_row_set_text(row, "interrupts", facts->messages ? "MSI-X" : "line");
    if (facts->features == 0)
        hvn_probe_row_set_number(row, "eeprom_sum", facts->eeprom_sum);
    else
        hvn_probe_row_set_text(row, "features", features);
    if (facts->mtu != 0)
        hvn_probe_row_set_number(row, "mtu", facts->mtu);
    hvn_probe_row_set_number(row, "link_mbit_per_s", facts->link_up ? facts->speed : 0);
}

static void
hvn_probe_run_checks(HvnProbeRun *self, HvnProbe *probe)
{
    for (const HvnProbeCheck *check = hvn_probe_checks; check->name != NULL; check++) {
        hvn_probe_run_progress(self, probe, check->name);
        if (!probe->driver->facts.link_up)
            hvn_probe_report_add_row(probe->section, check->name, HVN_PROBE_SKIPPED, "the link is down");
        else if (check->needs_lease && !probe->has_lease)
            hvn_probe_report_add_row(probe->section, check->name, HVN_PROBE_SKIPPED, "no IPv4 address");
        else
            check->run(probe);
        hvn_probe_run_progress(self, probe, NULL);
    }
}

/* a device that counted guest errors or failed DMA got along badly with a driver that does as the manual says */
static void
hvn_probe_run_after(HvnProbe *probe)
{
    const char *way = hvn_probe_guest_get_problem(probe->guest);
    const char *problem = way != NULL ? way : probe->driver->problem;
    guint64 dma_errors = hvn_probe_run_count(probe).dma_errors;

    if (problem != NULL || dma_errors > 0)
        hvn_probe_report_add_row(probe->section, "device-state", HVN_PROBE_FAILED, "%s, %" G_GUINT64_FORMAT " failed DMA accesses",
                                 problem != NULL ? problem : "the driver noticed nothing", dma_errors);
}

static void
hvn_probe_run_power_off(HvnProbe *probe)
{
    g_clear_pointer(&probe->stack, hvn_probe_stack_free);
    g_clear_pointer(&probe->driver, hvn_probe_driver_free);
    if (probe->guest != NULL)
        hvn_probe_guest_power_off(probe->guest);
    g_clear_object(&probe->guest);
    g_clear_pointer(&probe->host, hvn_probe_host_free);
}

/* what went wrong while the machine was switched on; a way that broke says more than the driver, which only sees ones */
static void
hvn_probe_run_boot_failed(HvnProbe *probe, const GError *error)
{
    const char *way = probe->guest != NULL ? hvn_probe_guest_get_problem(probe->guest) : NULL;

    hvn_probe_report_add_row(probe->section, "device", HVN_PROBE_FAILED, "%s%s%s", error->message, way != NULL ? ": " : "",
                             way != NULL ? way : "");
}

static void
hvn_probe_run_interface(HvnProbeRun *self, HvnProbe *probe)
{
    const HvnInterfaceConfig *described = probe->described;
    g_autoptr(GError) error = NULL;
    HvnProbeFirst first = {self, probe};

    hvn_probe_run_progress(self, probe, "device");
    if (described->nic == NULL || described->backend == NULL) {
        hvn_probe_report_add_row(probe->section, "device", HVN_PROBE_SKIPPED, "%s",
                                 described->port != NULL ? "the way out of a network"
                                 : described->nic == NULL ? "the backend has no NIC"
                                                          : "the NIC has no backend");
        hvn_probe_run_progress(self, probe, NULL);
        return;
    }
    hvn_probe_run_families(probe);
    probe->restricted = hvn_probe_get_flag(probe, "restrict", FALSE);
    probe->host = hvn_probe_host_new(probe->dispatcher, SOURCE_BYTES, &error);
    if (probe->host == NULL || !hvn_probe_run_boot(self, probe, &error)) {
        hvn_probe_run_boot_failed(probe, error);
        hvn_probe_run_progress(self, probe, NULL);
    } else {
        hvn_probe_guest_set_observer(probe->guest, hvn_probe_run_saw_frame, &first);
        if (described->link_up)
            hvn_probe_stack_wait(probe->stack, hvn_probe_run_link_is_up, probe, LINK_MS);
        hvn_probe_run_device_row(probe);
        hvn_probe_run_progress(self, probe, NULL);
        if (probe->ipv6 && probe->driver->facts.link_up)
            hvn_probe_stack_start_ipv6(probe->stack);
        hvn_probe_run_checks(self, probe);
        hvn_probe_run_after(probe);
    }
    hvn_probe_run_power_off(probe);
}

/* ---- the session ---- */

static void
hvn_probe_run_all(HvnProbeRun *self, const HvnConfig *config, const HvnProbeChange *changes, HvnSession *session,
                  HvnProbeServer *server, HvnDispatcher *dispatcher)
{
    static const char *const ways[] = {"in-process", "vfio-user", "vhost-user"};

    for (guint i = 0; i < config->interfaces->len; i++) {
        const HvnInterfaceConfig *described = config->interfaces->pdata[i];
        g_autofree char *mac = hvn_probe_run_get_mac(described);
        HvnProbe probe = {
            .described = described,
            .interface = session != NULL ? hvn_session_get_interfaces(session)->pdata[i] : NULL,
            .server = server,
            .options = described->backend_options,
            .dispatcher = dispatcher,
            .forward_added = changes[i].forward_added,
            .smb_dropped = changes[i].smb_dropped,
        };

        probe.section = hvn_probe_report_add_interface(self->report, described->name, described->nic, described->backend, mac,
                                                       ways[self->settings->attach]);
        hvn_probe_run_interface(self, &probe);
    }
}

/* before a server has the session: captures and traces are switched on */
static gboolean
hvn_probe_run_prepare(HvnProbeRun *self, HvnSession *session, GError **error)
{
    GPtrArray *interfaces = hvn_session_get_interfaces(session);

    for (guint i = 0; i < interfaces->len; i++) {
        const HvnInterface *interface = interfaces->pdata[i];

        if (interface->nic != NULL)
            hvn_nic_set_trace(interface->nic, self->settings->trace_regs);
        if (!hvn_probe_run_start_capture(self, interface, interfaces->len == 1, error))
            return FALSE;
    }
    return hvn_session_start(session, error);
}

/* a NIC that cannot be served that way has no socket, which its row says */
static HvnProbeServer *
hvn_probe_run_serve(HvnProbeRun *self, HvnSession *session, GError **error)
{
    g_autoptr(HvnProbeServer) server = hvn_probe_server_new(hvn_session_get_dispatcher(session), error);
    GPtrArray *interfaces = hvn_session_get_interfaces(session);

    for (guint i = 0; server != NULL && i < interfaces->len; i++) {
        const HvnInterface *interface = interfaces->pdata[i];
        gboolean served = TRUE;

        if (interface->nic == NULL)
            continue;
        if (self->settings->attach == HVN_PROBE_ATTACH_VFIO_USER && hvn_nic_is_pci(interface->nic))
            served = hvn_probe_server_add_vfio_user(server, interface->name, interface->nic, error);
        else if (self->settings->attach == HVN_PROBE_ATTACH_VHOST_USER && HVN_IS_VIRTIO_DEVICE(interface->nic))
            served = hvn_probe_server_add_vhost_user(server, interface->name, HVN_VIRTIO_DEVICE(interface->nic), error);
        if (!served)
            return NULL;
    }
    if (server != NULL)
        hvn_probe_server_start(server);
    return g_steal_pointer(&server);
}

/* a session of ours: on the machine's dispatcher, or served from a thread, on a dispatcher of its own */
static gboolean
hvn_probe_run_session(HvnProbeRun *self, HvnConfig *config, HvnRegistry *registry, HvnDispatcher *dispatcher, GError **error)
{
    gboolean served = self->settings->attach != HVN_PROBE_ATTACH_IN_PROCESS;
    g_autoptr(HvnDispatcher) other = served ? hvn_dispatcher_new(NULL, NULL) : g_object_ref(dispatcher);
    g_autofree HvnProbeChange *changes = g_new0(HvnProbeChange, MAX(config->interfaces->len, 1));
    g_autoptr(HvnSession) session = NULL;
    g_autoptr(HvnProbeServer) server = NULL;

    for (guint i = 0; i < config->interfaces->len; i++) {
        changes[i].forward_added = hvn_probe_run_add_forward(config->interfaces->pdata[i], registry);
        changes[i].smb_dropped = hvn_probe_run_drop_smb(config->interfaces->pdata[i]);
    }
    session = hvn_session_new(config, registry, other, error);
    if (session == NULL || !hvn_probe_run_prepare(self, session, error))
        return FALSE;
    if (served) {
        server = hvn_probe_run_serve(self, session, error);
        if (server == NULL)
            return FALSE;
    }
    hvn_probe_run_all(self, config, changes, session, server, dispatcher);
    g_clear_pointer(&server, hvn_probe_server_free);
    hvn_session_stop(session);
    return TRUE;
}

/* a server that somebody runs: the configuration says what is to be found there */
static gboolean
hvn_probe_run_connected(HvnProbeRun *self, HvnConfig *config, HvnDispatcher *dispatcher, GError **error)
{
    g_autofree HvnProbeChange *changes = g_new0(HvnProbeChange, MAX(config->interfaces->len, 1));

    if (config->interfaces->len != 1 && !g_file_test(self->settings->connect, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "'%s' is one socket and the configuration has %u interfaces: expected 1, or the directory of their sockets",
                    self->settings->connect, config->interfaces->len);
        return FALSE;
    }
    hvn_probe_run_all(self, config, changes, NULL, NULL, dispatcher);
    return TRUE;
}

gboolean
hvn_probe_run(HvnConfig *config, HvnRegistry *registry, const HvnProbeSettings *settings, HvnProbeReport *report, GError **error)
{
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    HvnProbeRun self = {.settings = settings, .report = report};

    if (settings->connect != NULL)
        return hvn_probe_run_connected(&self, config, dispatcher, error);
    return hvn_probe_run_session(&self, config, registry, dispatcher, error);
}
