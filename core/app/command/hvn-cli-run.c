/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet run`: the supervisor of a virtual machine's NICs. Each group of interfaces is served by a process of its own, which may crash; the
 * sockets are made here and outlive it.
 *
 *   run CONFIGURATION -- EMULATOR ARGUMENT...    the sockets are private; the emulator is our child, its exit status ours
 *   run CONFIGURATION --socket-dir DIR           serves DIR/NAME.sock until interrupted, and says how to attach
 *   run CONFIGURATION --socket-path PATH         serves one interface, as the conventions of device daemons want it; so does --fd */
#include "hvn-cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-control-forward.h"
#include "hvn-error.h"
#include "hvn-run-child.h"
#include "hvn-run-config.h"
#include "hvn-run-control.h"
#include "hvn-run-daemon.h"
#include "hvn-run-emulator.h"
#include "hvn-run-interface.h"
#include "hvn-run-device.h"
#include "hvn-run-options.h"
#include "hvn-run-replug.h"
#include "hvn-run-server.h"
#include "hvn-run-signals.h"
#include "hvn-run-sockets.h"

typedef struct _HvnRun HvnRun;

struct _HvnRun {
    HvnDispatcher        *dispatcher;
    HvnConfig            *config;
    HvnRegistry          *registry; /* not owned */
    HvnRunGroupSetup      setup;
    HvnRunControl        *control;
    HvnControlForward    *forward;     /* of its commands, to the NICs' processes */
    GHashTable           *properties;  /* (nullable): that the emulator's virtio device has */
    HvnRunEmulatorVersion version;     /* of the emulator, when there is one */
    GPtrArray            *groups;      /* (element-type HvnRunGroup) */
    GPtrArray            *interfaces;  /* (element-type HvnRunInterface) */
    GArray               *sockets;     /* (element-type HvnRunSocket): of the interfaces, in order; nothing in it is owned */
    char                 *private_dir; /* (nullable): of the sockets, when it is to be removed */
    HvnRunChild          *child;       /* (nullable): the emulator */
    HvnRunReplug         *replug;      /* (nullable): its monitor, and its devices */
    HvnRunSignals        *signals;     /* from before the emulator starts, so that none is missed */
    gboolean              quit;
    gboolean              refused;      /* a NIC's process gave up, having said why */
    gboolean              fd_connected; /* there will never be another client than the one that we were given */
};

/* ---- the NICs' processes ---- */

/* where commands for the group's interfaces go from now on */
static void
hvn_run_set_client(HvnRun *self, HvnRunGroup *group, HvnQmpClient *client)
{
    for (guint i = 0; self->forward != NULL && i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->group == group)
            hvn_control_forward_set_client(self->forward, interface->config->name, client);
    }
}

/* What QEMU's own device shows of a link is QEMU's affair. It takes a backend that comes back for a cable that is plugged in, and plugs it
 * when it has negotiated, without a look at its monitor in between: what is said from the first message of that on is the last word. */
static void
hvn_run_tell_link(HvnRun *self, const HvnRunInterface *interface)
{
    g_autofree char *id = NULL;
    JsonObject      *arguments;

    if (self->replug == NULL || !interface->vhost_user)
        return;
    id = hvn_run_device_get_id(interface->config->name);
    arguments = json_object_new();
    json_object_set_string_member(arguments, "name", id);
    json_object_set_boolean_member(arguments, "up", interface->link_up);
    hvn_qmp_client_execute(hvn_run_replug_get_monitor(self->replug), "set_link", arguments, NULL, NULL);
}

static void
hvn_run_group_ready(HvnRunGroup *group, gpointer data)
{
    HvnRun *self = data;

    hvn_run_set_client(self, group, hvn_run_group_get_client(group));
    for (guint i = 0; self->replug != NULL && i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->group == group && interface->plugged)
            hvn_run_replug_served(self->replug, interface->device);
        /* QEMU's connection may have waited for the process, and its first message has been heard when we did not listen yet */
        if (interface->group == group && !interface->link_up)
            hvn_run_tell_link(self, interface);
    }
}

static void
hvn_run_group_ended(HvnRunGroup *group, gpointer data)
{
    HvnRun *self = data;

    hvn_run_set_client(self, group, NULL);
    self->quit = self->quit || self->fd_connected;
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->group != group)
            continue;
        /* nobody who was not connected has lost anything */
        if (interface->attached && interface->plugged)
            hvn_run_replug_lost(self->replug, interface->device);
        interface->attached = FALSE;
    }
}

static void
hvn_run_group_refused(HvnRunGroup *group, gpointer data)
{
    HvnRun *self = data;

    self->refused = TRUE;
}

static void
hvn_run_set_attached(HvnRun *self, HvnRunInterface *interface, gboolean attached)
{
    interface->attached = attached;
    if (!attached && interface->plugged)
        hvn_run_replug_detached(self->replug, interface->device);
}

/* Events of a process are ours too. */
static void
hvn_run_group_event(HvnRunGroup *group, const char *name, JsonObject *event, gpointer data)
{
    HvnRun          *self = data;
    HvnRunInterface *interface = hvn_run_interface_find(self->interfaces, group, json_object_get_string_member_with_default(event, "name", NULL));

    if (interface == NULL)
        return;
    if (strcmp(name, HVN_RUN_SERVER_ATTACHED) == 0 || strcmp(name, HVN_RUN_SERVER_DETACHED) == 0)
        hvn_run_set_attached(self, interface, strcmp(name, HVN_RUN_SERVER_ATTACHED) == 0);
    if (strcmp(name, HVN_RUN_SERVER_HEARD) == 0 && !interface->link_up)
        hvn_run_tell_link(self, interface);
    if (self->control != NULL)
        hvn_control_emit(hvn_run_control_get_control(self->control), name, json_object_ref(event));
}

static const HvnRunGroupHandlers hvn_run_group_handlers = {
    .ready = hvn_run_group_ready,
    .ended = hvn_run_group_ended,
    .refused = hvn_run_group_refused,
    .event = hvn_run_group_event,
};

/* One for each interface, or for several that share a network. */
static gboolean
hvn_run_start_groups(HvnRun *self, GError **error)
{
    g_autoptr(GArray) firsts = hvn_config_group(self->config, self->registry);

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);
        guint            first = g_array_index(firsts, guint, i);

        if (first == i) {
            interface->group = hvn_run_group_new(self->dispatcher, &self->setup, &hvn_run_group_handlers, self);
            g_ptr_array_add(self->groups, interface->group);
        } else {
            interface->group = ((HvnRunInterface *)g_ptr_array_index(self->interfaces, first))->group;
        }
        hvn_run_group_add(interface->group, interface->config->name, interface->vhost_user, interface->listen_fd, interface->capture_path);
    }
    for (guint i = 0; i < self->groups->len; i++) {
        if (!hvn_run_group_start(g_ptr_array_index(self->groups, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_run_is_ready(const HvnRun *self)
{
    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (hvn_run_group_get_client(interface->group) == NULL)
            return FALSE;
    }
    return TRUE;
}

/* FALSE when a NIC cannot be served, or when we are asked to end. */
static gboolean
hvn_run_wait_ready(HvnRun *self)
{
    while (!self->refused && !self->quit && !hvn_run_is_ready(self))
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    return !self->refused && !self->quit;
}

/* ---- the interfaces ---- */

static gboolean
hvn_run_add_interface(HvnRun *self, HvnRegistry *registry, const HvnInterfaceConfig *config, HvnRunAttach attach, GError **error)
{
    HvnRunInterface *interface = hvn_run_interface_new(config);

    g_ptr_array_add(self->interfaces, interface);
    if (config->nic == NULL)
        return TRUE;
    if (strchr(config->name, '/') != NULL || strcmp(config->name, "control") == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "interface '%s' cannot name its socket: expected a name without '/', and not 'control'", config->name);
        return FALSE;
    }
    return hvn_run_interface_choose_protocol(interface, registry, attach, error);
}

/* what the emulator's command line needs to know of an interface */
static void
hvn_run_describe_socket(HvnRun *self, const HvnRunInterface *interface, const HvnRunOptions *options)
{
    const char *const    *emulator = (const char *const *)options->emulator;
    const HvnOptionValue *mac = hvn_options_find(interface->config->nic_options, "mac");
    HvnRunSocket          socket = {.name = interface->config->name, .path = interface->path, .reconnect = "reconnect-ms=200"};
    gboolean              placed;

    if (interface->vhost_user) {
        socket.mac = mac->text;
        socket.model = interface->config->nic;
        socket.options = interface->config->nic_options;
        socket.descriptor = interface->descriptor;
        socket.known = self->properties;
    }
    socket.hypervisor = interface->config->hypervisor_options;
    placed = hvn_options_find(socket.hypervisor, "bus") != NULL || hvn_options_find(socket.hypervisor, "addr") != NULL;
    if (emulator != NULL) {
        socket.no_msix = hvn_run_emulator_needs_intx(&self->version, emulator);
        socket.reconnect = hvn_run_emulator_get_reconnect(&self->version);
        socket.port = hvn_run_emulator_is_pcie(emulator) && !placed ? HVN_RUN_DEVICE_FIRST_CHASSIS + self->sockets->len : 0;
    }
    g_array_append_val(self->sockets, socket);
}

static gboolean
hvn_run_listen(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->config->nic == NULL)
            continue;
        if (!hvn_run_interface_listen(interface, options, error))
            return FALSE;
        hvn_run_describe_socket(self, interface, options);
    }
    return TRUE;
}

/* a socket that was given by name or number is one */
static gboolean
hvn_run_check_single(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    guint n = 0;

    for (guint i = 0; i < self->interfaces->len; i++)
        n += ((HvnRunInterface *)g_ptr_array_index(self->interfaces, i))->config->nic != NULL ? 1 : 0;
    if (n == 1 || (options->socket_path == NULL && options->fd < 0))
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                "%s serves one interface, and the configuration has %u with a NIC: --socket-dir DIR serves any number",
                options->fd >= 0 ? "--fd" : "--socket-path", n);
    return FALSE;
}

/* Run-time files of a user go to XDG_RUNTIME_DIR where there is one; a socket's path has to be short. */
static gboolean
hvn_run_make_private_dir(HvnRun *self, HvnRunOptions *options, GError **error)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *dir = g_build_filename(runtime != NULL && g_access(runtime, W_OK) == 0 ? runtime : g_get_tmp_dir(), "hvnet-XXXXXX", NULL);

    if (g_mkdtemp(dir) == NULL) {
        hvn_set_error_errno(error, errno, "cannot create directory '%s'", dir);
        return FALSE;
    }
    self->private_dir = g_steal_pointer(&dir);
    options->socket_dir = g_canonicalize_filename(self->private_dir, NULL);
    return TRUE;
}

static void
hvn_run_signalled(int number, gpointer data)
{
    HvnRun *self = data;

    if (self->child != NULL)
        hvn_run_child_signal(self->child, number);
    else
        self->quit = TRUE;
}

/* "quit" is what SIGTERM is */
static void
hvn_run_asked_to_quit(HvnControl *control, gpointer data)
{
    hvn_run_signalled(SIGTERM, data);
}

static void
hvn_run_link_set(const char *name, gboolean up, gpointer data)
{
    HvnRun *self = data;

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (strcmp(interface->config->name, name) != 0)
            continue;
        interface->link_up = up;
        hvn_run_tell_link(self, interface);
    }
}

static void
hvn_run_forward_interface(HvnRun *self, HvnRunInterface *interface)
{
    const HvnOptionValue *mac = interface->config->nic != NULL ? hvn_options_find(interface->config->nic_options, "mac") : NULL;
    const char           *others[] = {interface->config->backend_id, mac != NULL ? mac->text : NULL, NULL};

    hvn_control_forward_add(self->forward, interface->config->name, others, interface->path);
    hvn_control_forward_set_client(self->forward, interface->config->name, hvn_run_group_get_client(interface->group));
}

static gboolean
hvn_run_open_control(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    HvnControl *control;

    self->control = hvn_run_control_new(self->dispatcher, options->socket_dir, options->name, self->config->name, error);
    if (self->control == NULL)
        return FALSE;
    control = hvn_run_control_get_control(self->control);
    g_signal_connect(control, "quit", G_CALLBACK(hvn_run_asked_to_quit), self);
    self->forward = hvn_control_forward_new(control, hvn_run_link_set, self);
    for (guint i = 0; i < self->interfaces->len; i++)
        hvn_run_forward_interface(self, g_ptr_array_index(self->interfaces, i));
    return TRUE;
}

static gboolean
hvn_run_begin_captures(HvnRun *self, GError **error)
{
    for (guint i = 0; i < self->interfaces->len; i++) {
        if (!hvn_run_interface_begin_capture(g_ptr_array_index(self->interfaces, i), self->setup.cli->pcap, self->interfaces->len == 1, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_run_start(HvnRun *self, HvnRunOptions *options, GError **error)
{
    if (options->socket_dir == NULL && !hvn_run_make_private_dir(self, options, error))
        return FALSE;
    if (g_mkdir_with_parents(options->socket_dir, 0700) != 0) {
        hvn_set_error_errno(error, errno, "cannot create directory '%s'", options->socket_dir);
        return FALSE;
    }
    return hvn_run_listen(self, options, error) && hvn_run_begin_captures(self, error) && hvn_run_start_groups(self, error) && hvn_run_wait_ready(self) &&
           hvn_run_open_control(self, options, error);
}

/* ---- running ---- */

/* Returns the exit status. */
static int
hvn_run_loop(HvnRun *self)
{
    int status = HVN_EXIT_DONE;

    while (!self->quit && (self->child == NULL || !hvn_run_child_get_ended(self->child, &status)))
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    return status;
}

static void
hvn_run_clear(HvnRun *self)
{
    /* they end side by side */
    for (guint i = 0; i < self->groups->len; i++)
        hvn_run_group_stop(g_ptr_array_index(self->groups, i));
    g_clear_pointer(&self->replug, hvn_run_replug_free);
    g_ptr_array_unref(self->groups);
    g_ptr_array_unref(self->interfaces);
    g_clear_pointer(&self->properties, g_hash_table_unref);
    g_clear_pointer(&self->forward, hvn_control_forward_free);
    g_clear_pointer(&self->control, hvn_run_control_free);
    g_array_unref(self->sockets);
    if (self->setup.text_fd >= 0)
        close(self->setup.text_fd);
    g_clear_pointer(&self->config, hvn_config_free);
    g_clear_pointer(&self->child, hvn_run_child_free);
    g_clear_pointer(&self->signals, hvn_run_signals_free);
    g_clear_object(&self->dispatcher);
    if (self->private_dir != NULL)
        g_rmdir(self->private_dir);
    g_free(self->private_dir);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRun, hvn_run_clear)

/* the emulator has to speak what the interfaces need */
static gboolean
hvn_run_check_interface(HvnRun *self, const char *emulator, const char *text, const HvnRunInterface *interface, GError **error)
{
    if (interface->config->nic == NULL)
        return TRUE;
    if (hvn_run_emulator_check_version(emulator, text, interface->vhost_user, &self->version, error))
        return TRUE;
    g_prefix_error(error, "interface '%s' (%s): ", interface->config->name, interface->config->nic);
    return FALSE;
}

static gboolean
hvn_run_check_emulator(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    const char      *ask[] = {options->emulator != NULL ? options->emulator[0] : NULL, "--version", NULL, NULL};
    g_autofree char *version = NULL, *help = NULL;
    gboolean         virtio = FALSE;

    if (options->emulator == NULL)
        return TRUE;
    version = hvn_run_child_read(ask, error);
    if (version == NULL || (self->interfaces->len == 0 && !hvn_run_emulator_check_version(ask[0], version, TRUE, &self->version, error)))
        return FALSE;
    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (!hvn_run_check_interface(self, ask[0], version, interface, error))
            return FALSE;
        virtio = virtio || interface->vhost_user;
    }
    if (!virtio)
        return TRUE;
    ask[1] = "-device";
    ask[2] = "virtio-net-pci,help";
    help = hvn_run_child_read(ask, NULL);
    self->properties = hvn_run_emulator_read_properties(help);
    return TRUE;
}

static void
hvn_run_tell(const char *text, gpointer data)
{
    hvn_cli_message("%s", text);
}

static gboolean
hvn_run_is_served(guint device, gpointer data)
{
    HvnRun *self = data;

    for (guint i = 0; i < self->interfaces->len; i++) {
        const HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (interface->plugged && interface->device == device)
            return hvn_run_group_get_client(interface->group) != NULL;
    }
    return FALSE;
}

static const HvnRunReplugFuncs hvn_run_replug_funcs = {hvn_run_tell, hvn_run_is_served};

static void
hvn_run_add_devices(HvnRun *self)
{
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnRunInterface *interface = g_ptr_array_index(self->interfaces, i);

        for (guint at = 0; !interface->vhost_user && at < self->sockets->len; at++) {
            const HvnRunSocket   *socket = &g_array_index(self->sockets, HvnRunSocket, at);
            g_autoptr(JsonObject) device = NULL;

            if (strcmp(socket->name, interface->config->name) != 0)
                continue;
            device = hvn_run_device_make(socket);
            interface->device = hvn_run_replug_add(self->replug, interface->config->name, device);
            interface->plugged = TRUE;
        }
        if (!interface->link_up)
            hvn_run_tell_link(self, interface);
    }
}

static gboolean
hvn_run_start_emulator(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    const char *const *emulator = (const char *const *)options->emulator;
    int                monitor[2], fds[] = {-1, -1, -1};
    g_autofree char   *config = NULL;
    g_auto(GStrv)      argv = NULL;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, monitor) != 0) {
        hvn_set_error_errno(error, errno, "cannot make a monitor for the emulator");
        return FALSE;
    }
    self->replug = hvn_run_replug_new(self->dispatcher, monitor[0], hvn_run_emulator_resets(emulator), &hvn_run_replug_funcs, self);
    fds[0] = monitor[1];
    fds[1] = hvn_run_child_write_monitor(fds[0], error);
    config = g_strdup_printf("/dev/fd/%d", fds[1]);
    if (fds[1] >= 0)
        argv = hvn_run_emulator_arguments(emulator, (const HvnRunSocket *)(gpointer)self->sockets->data, self->sockets->len, config, error);
    if (argv != NULL)
        self->child = hvn_run_child_start(self->dispatcher, argv, fds, error);
    close(fds[0]);
    if (fds[1] >= 0)
        close(fds[1]);
    if (self->child == NULL)
        return FALSE;
    hvn_run_add_devices(self);
    return TRUE;
}

static gboolean
hvn_run_set_up(HvnRun *self, HvnCli *cli, HvnRunOptions *options, GError **error)
{
    HvnRegistry *registry = hvn_cli_get_registry(cli);

    self->registry = registry;
    self->setup = (HvnRunGroupSetup){.cli = cli, .config = (char **)options->config->pdata, .text_fd = -1, .poll_us = options->poll_us};
    self->config = hvn_run_config_load(cli, self->setup.config, &self->setup.text_fd, error);
    for (guint i = 0; self->config != NULL && i < self->config->interfaces->len; i++) {
        if (!hvn_run_add_interface(self, registry, g_ptr_array_index(self->config->interfaces, i), options->attach, error))
            return FALSE;
    }
    if (self->config == NULL || !hvn_run_check_single(self, options, error) || !hvn_run_check_emulator(self, options, error))
        return FALSE;
    self->fd_connected = options->fd_connected;
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->signals = hvn_run_signals_new(self->dispatcher, hvn_run_signalled, self);
    if (!hvn_run_start(self, options, error))
        return FALSE;
    if (options->emulator != NULL)
        return hvn_run_start_emulator(self, options, error);
    hvn_run_sockets_print(self->sockets, cli->json);
    return TRUE;
}

int
hvn_cli_run(HvnCli *cli, int argc, char **argv)
{
    g_auto(HvnRunOptions) options = {0};
    g_auto(HvnRun) run = {
        .groups = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_run_group_free),
        .interfaces = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_run_interface_free),
        .sockets = g_array_new(FALSE, FALSE, sizeof(HvnRunSocket)),
        .setup.text_fd = -1,
    };
    g_autoptr(GError) error = NULL;

    if (hvn_run_daemon_asks_capabilities(argc, argv)) {
        hvn_run_daemon_print_capabilities();
        return HVN_EXIT_DONE;
    }
    if (cli->trace_frames)
        return hvn_cli_usage("--trace=frames shows the probe's own frames: --pcap FILE captures those of 'hvnet run'");
    if (!hvn_run_options_parse(&options, argc, argv, &error))
        return hvn_cli_usage("%s", error->message);
    if (!hvn_run_set_up(&run, cli, &options, &error)) {
        if (error != NULL)
            hvn_cli_print_error(error);
        return error == NULL && run.quit ? HVN_EXIT_DONE : HVN_EXIT_FAILED;
    }
    return hvn_run_loop(&run);
}
