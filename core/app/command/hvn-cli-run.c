/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `hvnet run`: starts a session and serves each interface's NIC on a vfio-user socket of its own.
 *
 *   run CONFIGURATION -- EMULATOR ARGUMENT...    the sockets are private; the emulator is our child, its exit status ours
 *   run CONFIGURATION --socket-dir DIR           serves DIR/NAME.sock until interrupted, and says how to attach */
#include "hvn-cli.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "hvn-control-session.h"
#include "hvn-error.h"
#include "hvn-run-child.h"
#include "hvn-run-control.h"
#include "hvn-run-emulator.h"
#include "hvn-session.h"
#include "hvn-text.h"
#include "hvn-vfio-user.h"
#include "hvn-vhost-user.h"

#define MAX_POLL_US 1000

typedef struct {
    char      *socket_dir; /* (nullable): absolute */
    GPtrArray *config;     /* (element-type utf8): a FILE or QEMU's options, not owned; NULL at the end */
    char     **emulator;   /* (nullable): the words behind "--", not owned */
    guint      poll_us;
    gboolean   vhost_user; /* --attach vhost-user */
    const char *name;      /* (nullable): --name, not owned */
} HvnRunOptions;

static const int hvn_run_signal_numbers[] = {SIGINT, SIGTERM, SIGHUP};

typedef struct _HvnRun HvnRun;

/* a signal that asks us to end */
typedef struct {
    HvnRun  *run;
    GSource *source; /* NULL until it is waited for */
    int      number;
} HvnRunSignal;

struct _HvnRun {
    HvnDispatcher *dispatcher;
    HvnSession    *session;
    HvnRunControl *control;
    HvnControlSession *control_session;
    GPtrArray     *servers;     /* (element-type GObject): HvnVfioUser or HvnVhostUser */
    HvnRunEmulatorVersion version; /* of the emulator, when there is one */
    GArray        *sockets;     /* (element-type HvnRunSocket): names are the session's, paths are ours */
    char          *private_dir; /* (nullable): of the sockets, when it is to be removed */
    HvnRunChild   *child;       /* (nullable): the emulator */
    HvnRunSignal   signals[G_N_ELEMENTS(hvn_run_signal_numbers)];
    char          *name;        /* (nullable): of the configuration */
    gboolean       quit;
};

static void
hvn_run_options_clear(HvnRunOptions *self)
{
    g_free(self->socket_dir);
    g_ptr_array_unref(self->config);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRunOptions, hvn_run_options_clear)

/* ---- the command line ---- */

static gboolean
hvn_run_set_poll(HvnRunOptions *options, const char *text, GError **error)
{
    guint64 value;

    if (!g_ascii_string_to_unsigned(text, 10, 0, MAX_POLL_US, &value, NULL)) {
        g_autofree char *printable = hvn_text_printable(text);

        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for --poll-us: expected microseconds from 0 to %d",
                    printable, MAX_POLL_US);
        return FALSE;
    }
    options->poll_us = value;
    return TRUE;
}

/* TRUE when argv[*at] is the option, as "--name VALUE" or "--name=VALUE"; the value is NULL when it is missing */
static gboolean
hvn_run_take_value(char **argv, int *at, const char *name, const char **value)
{
    if (!g_str_has_prefix(argv[*at], name))
        return FALSE;
    if (argv[*at][strlen(name)] == '=') {
        *value = argv[*at] + strlen(name) + 1;
        return TRUE;
    }
    if (argv[*at][strlen(name)] != '\0')
        return FALSE;
    *value = argv[*at + 1];
    *at += *value != NULL ? 1 : 0;
    return TRUE;
}

static gboolean
hvn_run_set_attach(HvnRunOptions *options, const char *text, GError **error)
{
    g_autofree char *printable = NULL;

    options->vhost_user = strcmp(text, "vhost-user") == 0;
    if (options->vhost_user || strcmp(text, "vfio-user") == 0)
        return TRUE;
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for --attach: expected vfio-user or vhost-user", printable);
    return FALSE;
}

/* takes an option of ours; *taken is FALSE when argv[*at] is none */
static gboolean
hvn_run_take_option(HvnRunOptions *options, char **argv, int *at, gboolean *taken, GError **error)
{
    const char *name = argv[*at];
    const char *value = NULL;

    *taken = TRUE;
    if (hvn_run_take_value(argv, at, "--socket-dir", &value)) {
        g_free(options->socket_dir);
        options->socket_dir = value != NULL ? g_canonicalize_filename(value, NULL) : NULL;
    } else if (hvn_run_take_value(argv, at, "--poll-us", &value)) {
        if (value != NULL && !hvn_run_set_poll(options, value, error))
            return FALSE;
    } else if (hvn_run_take_value(argv, at, "--attach", &value)) {
        if (value != NULL && !hvn_run_set_attach(options, value, error))
            return FALSE;
    } else if (hvn_run_take_value(argv, at, "--name", &value)) {
        options->name = value;
    } else {
        *taken = FALSE;
        return TRUE;
    }
    if (value == NULL)
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "option %s lacks its value", name);
    return value != NULL;
}

static gboolean
hvn_run_parse(HvnRunOptions *options, int argc, char **argv, GError **error)
{
    for (int i = 0; i < argc; i++) {
        gboolean taken;

        if (strcmp(argv[i], "--") == 0) {
            options->emulator = argv + i + 1;
            break;
        }
        if (!hvn_run_take_option(options, argv, &i, &taken, error))
            return FALSE;
        if (!taken)
            g_ptr_array_add(options->config, argv[i]);
    }
    g_ptr_array_add(options->config, NULL);
    if (options->emulator != NULL && options->emulator[0] == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "'--' is not followed by an emulator to run");
        return FALSE;
    }
    if (options->emulator == NULL && options->socket_dir == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "neither '-- EMULATOR ARGUMENT...' nor --socket-dir DIR is given: one of them says who gets the NICs");
        return FALSE;
    }
    return TRUE;
}

/* ---- serving ---- */

static void
hvn_run_socket_clear(gpointer data)
{
    HvnRunSocket *served = data;

    g_free((char *)served->path);
    g_free((char *)served->mac);
}

static gboolean
hvn_run_serve_vfio_user(HvnRun *self, const HvnInterface *interface, const HvnRunOptions *options, const HvnRunSocket *served, GError **error)
{
    g_autoptr(HvnVfioUser) server = hvn_vfio_user_new(interface->nic);

    hvn_vfio_user_set_spin(server, options->poll_us);
    if (!hvn_vfio_user_listen(server, served->path, error))
        return FALSE;
    g_ptr_array_add(self->servers, g_steal_pointer(&server));
    return TRUE;
}

/* the emulator has the device then, and needs to be told what the configuration says of it */
static gboolean
hvn_run_serve_vhost_user(HvnRun *self, const HvnInterface *interface, HvnRunSocket *served, GError **error)
{
    g_autoptr(HvnVhostUser) server = NULL;
    HvnMac mac;

    if (!HVN_IS_VIRTIO_DEVICE(interface->nic)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "interface '%s' is a %s, which has no vhost-user: expected model virtio-net-pci",
                    interface->name, interface->nic_name);
        return FALSE;
    }
    server = hvn_vhost_user_new(HVN_VIRTIO_DEVICE(interface->nic), self->dispatcher, interface->name);
    if (server == NULL || !hvn_vhost_user_listen(server, served->path, error))
        return FALSE;
    hvn_nic_get_mac(interface->nic, &mac);
    served->mac = g_malloc(HVN_MAC_TEXT_LEN);
    hvn_mac_print(&mac, (char *)served->mac);
    g_ptr_array_add(self->servers, g_steal_pointer(&server));
    return TRUE;
}

static void
hvn_run_add_served(HvnRun *self, const HvnRunSocket *served)
{
    g_array_append_val(self->sockets, *served);
    hvn_control_session_set_server(self->control_session, served->name, served->path, g_ptr_array_index(self->servers, self->servers->len - 1));
}

static gboolean
hvn_run_serve_interface(HvnRun *self, const HvnInterface *interface, const HvnRunOptions *options, GError **error)
{
    g_autofree char *file = g_strconcat(interface->name, ".sock", NULL);
    HvnRunSocket served = {.name = interface->name};
    gboolean serves;

    if (interface->nic == NULL)
        return TRUE;
    if (strchr(interface->name, '/') != NULL || strcmp(file, HVN_RUN_CONTROL_FILE) == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "interface '%s' cannot name its socket: expected a name without '/', and not 'control'", interface->name);
        return FALSE;
    }
    served.path = g_build_filename(options->socket_dir, file, NULL);
    served.no_msix = options->emulator != NULL &&
                     hvn_run_emulator_needs_intx(&self->version, (const char *const *)options->emulator);
    serves = options->vhost_user ? hvn_run_serve_vhost_user(self, interface, &served, error)
                                 : hvn_run_serve_vfio_user(self, interface, options, &served, error);
    if (serves)
        hvn_run_add_served(self, &served);
    else
        hvn_run_socket_clear(&served);
    return serves;
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

/* "quit" is what SIGTERM is */
static void
hvn_run_asked_to_quit(HvnControl *control, gpointer data)
{
    HvnRun *self = data;

    if (self->child != NULL)
        hvn_run_child_signal(self->child, SIGTERM);
    else
        self->quit = TRUE;
}

static gboolean
hvn_run_open_control(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    HvnControl *control;

    self->control = hvn_run_control_new(self->dispatcher, options->socket_dir, options->name, self->name, error);
    if (self->control == NULL)
        return FALSE;
    control = hvn_run_control_get_control(self->control);
    g_signal_connect(control, "quit", G_CALLBACK(hvn_run_asked_to_quit), self);
    self->control_session = hvn_control_session_new(control, self->session);
    return TRUE;
}

static gboolean
hvn_run_start(HvnRun *self, HvnRunOptions *options, GError **error)
{
    GPtrArray *interfaces;

    if (options->socket_dir == NULL && !hvn_run_make_private_dir(self, options, error))
        return FALSE;
    if (g_mkdir_with_parents(options->socket_dir, 0700) != 0) {
        hvn_set_error_errno(error, errno, "cannot create directory '%s'", options->socket_dir);
        return FALSE;
    }
    if (!hvn_session_start(self->session, error) || !hvn_run_open_control(self, options, error))
        return FALSE;
    interfaces = hvn_session_get_interfaces(self->session);
    for (guint i = 0; i < interfaces->len; i++) {
        if (!hvn_run_serve_interface(self, g_ptr_array_index(interfaces, i), options, error))
            return FALSE;
    }
    return TRUE;
}

static const char *
hvn_run_protocol(const HvnRunSocket *served)
{
    return served->mac != NULL ? "vhost-user" : "vfio-user";
}

static void
hvn_run_print_json(const HvnRun *self)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "interfaces");
    json_builder_begin_array(builder);
    for (guint i = 0; i < self->sockets->len; i++) {
        const HvnRunSocket *served = &g_array_index(self->sockets, HvnRunSocket, i);

        json_builder_begin_object(builder);
        json_builder_set_member_name(builder, "name");
        json_builder_add_string_value(builder, served->name);
        json_builder_set_member_name(builder, "protocol");
        json_builder_add_string_value(builder, hvn_run_protocol(served));
        json_builder_set_member_name(builder, "path");
        json_builder_add_string_value(builder, served->path);
        json_builder_end_object(builder);
    }
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    hvn_cli_print_json(builder);
}

/* Flushed at once: whoever starts us waits for these lines to know that the sockets are there. */
static void
hvn_run_print_sockets(const HvnRun *self, gboolean json)
{
    g_autofree char *lines = hvn_run_emulator_attach_lines((const HvnRunSocket *)(gpointer)self->sockets->data, self->sockets->len);

    if (json)
        hvn_run_print_json(self);
    for (guint i = 0; !json && i < self->sockets->len; i++) {
        const HvnRunSocket *served = &g_array_index(self->sockets, HvnRunSocket, i);

        printf("%s %s %s\n", served->name, hvn_run_protocol(served), served->path);
    }
    fflush(stdout);
    fputs(lines, stderr);
}

/* ---- running ---- */

static gboolean
hvn_run_signalled(gpointer data)
{
    HvnRunSignal *self = data;

    if (self->run->child != NULL)
        hvn_run_child_signal(self->run->child, self->number);
    else
        self->run->quit = TRUE;
    return G_SOURCE_CONTINUE;
}

/* From before the emulator starts, so that none is missed. A terminal sends its signals to the emulator too; one that it gets twice does
 * it no harm. */
static void
hvn_run_catch_signals(HvnRun *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->signals); i++) {
        HvnRunSignal *caught = &self->signals[i];

        *caught = (HvnRunSignal){self, g_unix_signal_source_new(hvn_run_signal_numbers[i]), hvn_run_signal_numbers[i]};
        g_source_set_callback(caught->source, hvn_run_signalled, caught, NULL);
        g_source_attach(caught->source, hvn_dispatcher_get_context(self->dispatcher));
    }
}

static void
hvn_run_release_signals(HvnRun *self)
{
    for (guint i = 0; i < G_N_ELEMENTS(self->signals); i++) {
        if (self->signals[i].source == NULL)
            continue;
        g_source_destroy(self->signals[i].source);
        g_clear_pointer(&self->signals[i].source, g_source_unref);
    }
}

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
    g_clear_pointer(&self->control, hvn_run_control_free);
    g_clear_pointer(&self->control_session, hvn_control_session_free);
    g_ptr_array_unref(self->servers); /* each stops as it goes */
    g_array_unref(self->sockets);
    if (self->session != NULL)
        hvn_session_stop(self->session);
    g_clear_object(&self->session);
    g_clear_pointer(&self->child, hvn_run_child_free);
    hvn_run_release_signals(self);
    g_clear_object(&self->dispatcher);
    if (self->private_dir != NULL)
        g_rmdir(self->private_dir);
    g_free(self->private_dir);
    g_free(self->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRun, hvn_run_clear)

static gboolean
hvn_run_check_emulator(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    g_autofree char *version = NULL;

    if (options->emulator == NULL)
        return TRUE;
    version = hvn_run_child_read_version(options->emulator[0], error);
    return version != NULL &&
           hvn_run_emulator_check_version(options->emulator[0], version, options->vhost_user, &self->version, error);
}

static gboolean
hvn_run_start_emulator(HvnRun *self, const HvnRunOptions *options, GError **error)
{
    g_auto(GStrv) argv = hvn_run_emulator_arguments((const char *const *)options->emulator,
                                                    (const HvnRunSocket *)(gpointer)self->sockets->data, self->sockets->len, error);

    if (argv == NULL)
        return FALSE;
    self->child = hvn_run_child_start(self->dispatcher, argv, error);
    return self->child != NULL;
}

static gboolean
hvn_run_set_up(HvnRun *self, HvnCli *cli, HvnRunOptions *options, GError **error)
{
    g_autoptr(HvnConfig) config = hvn_cli_load_config(cli, options->config->len - 1, (char **)options->config->pdata, error);

    if (config == NULL || !hvn_run_check_emulator(self, options, error))
        return FALSE;
    self->name = g_strdup(config->name);
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    hvn_run_catch_signals(self);
    self->session = hvn_session_new(config, hvn_cli_get_registry(cli), self->dispatcher, error);
    if (self->session == NULL || !hvn_run_start(self, options, error))
        return FALSE;
    if (options->emulator != NULL)
        return hvn_run_start_emulator(self, options, error);
    hvn_run_print_sockets(self, cli->json);
    return TRUE;
}

int
hvn_cli_run(HvnCli *cli, int argc, char **argv)
{
    g_auto(HvnRunOptions) options = {.config = g_ptr_array_new()};
    g_auto(HvnRun) run = {
        .servers = g_ptr_array_new_with_free_func(g_object_unref),
        .sockets = g_array_new(FALSE, FALSE, sizeof(HvnRunSocket)),
    };
    g_autoptr(GError) error = NULL;

    g_array_set_clear_func(run.sockets, hvn_run_socket_clear);
    if (!hvn_run_parse(&options, argc, argv, &error))
        return hvn_cli_usage("%s", error->message);
    if (!hvn_run_set_up(&run, cli, &options, &error)) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    return hvn_run_loop(&run);
}
