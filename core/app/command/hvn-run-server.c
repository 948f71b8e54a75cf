/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of a group of interfaces. The sockets that it listens on are the supervisor's and outlive it; it may crash at any time.
 * It ends when the supervisor does: in order when the pipe between them ends, and by force some seconds later. */
#include "hvn-run-server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-control-session.h"
#include "hvn-error.h"
#include "hvn-run-config.h"
#include "hvn-session.h"
#include "hvn-vfio-user.h"
#include "hvn-vhost-user.h"
#include "hvn-watch.h"

#define GRACE_SECONDS 5 /* for a NIC that hangs when its supervisor is gone */
#define FLUSH_NS (200 * HVN_NS_PER_MS) /* so long a captured frame may wait for others */

/* an interface to serve */
typedef struct {
    const char *name; /* not owned */
    gboolean    vhost_user;
    int         listen_fd; /* -1 without a NIC, and once the server has it */
    int         state_fd;  /* not owned; where packed rings are, -1 for none */
    gboolean    connected; /* it is no listening socket but a client's, the only one */
    const char *capture;   /* not owned; where to, "" for none */
} HvnRunServed;

typedef struct {
    int            control_fd; /* -1 once the control interface has it */
    int            life_fd;
    int            text_fd;
    guint          poll_us;
    GArray        *served; /* HvnRunServed */
    char         **config; /* the words of the configuration; not owned */
    HvnDispatcher *dispatcher;
    HvnSession    *session;
    GPtrArray     *servers; /* HvnVfioUser or HvnVhostUser, by interface */
    HvnControl    *control;
    HvnControlSession *control_session;
    HvnWatch      *life;
    HvnTimer       flush; /* of captures */
    gboolean       quit;
} HvnRunServer;

/* ---- the words between supervisor and process ---- */

GPtrArray *
hvn_run_server_words(int control_fd, int life_fd, int text_fd, guint poll_us)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(words, g_strdup(HVN_RUN_SERVER_COMMAND));
    g_ptr_array_add(words, g_strdup_printf("%d", control_fd));
    g_ptr_array_add(words, g_strdup_printf("%d", life_fd));
    g_ptr_array_add(words, g_strdup_printf("%d", text_fd));
    g_ptr_array_add(words, g_strdup_printf("%u", poll_us));
    return words;
}

void
hvn_run_server_add(GPtrArray *words, const char *name, gboolean vhost_user, int listen_fd, int state_fd, const char *capture)
{
    g_ptr_array_add(words, g_strdup(listen_fd < 0 ? "none" : vhost_user ? "vhost-user" : "vfio-user"));
    g_ptr_array_add(words, g_strdup_printf("%d", listen_fd));
    g_ptr_array_add(words, g_strdup_printf("%d", state_fd));
    g_ptr_array_add(words, g_strdup(name));
    g_ptr_array_add(words, g_strdup(capture != NULL ? capture : ""));
}

static gboolean
hvn_run_server_take_number(const char *word, gint64 minimum, int *number)
{
    gint64 value;

    if (!g_ascii_string_to_signed(word, 10, minimum, G_MAXINT32, &value, NULL))
        return FALSE;
    *number = value;
    return TRUE;
}

static gboolean
hvn_run_server_parse(HvnRunServer *self, int argc, char **argv)
{
    int poll_us, at = 4;

    if (argc < 5 || !hvn_run_server_take_number(argv[0], 0, &self->control_fd) || !hvn_run_server_take_number(argv[1], 0, &self->life_fd) ||
        !hvn_run_server_take_number(argv[2], -1, &self->text_fd) || !hvn_run_server_take_number(argv[3], 0, &poll_us))
        return FALSE;
    self->poll_us = poll_us;
    for (; at + 5 <= argc && strcmp(argv[at], "--") != 0; at += 5) {
        HvnRunServed served = {.name = argv[at + 3], .capture = argv[at + 4], .vhost_user = strcmp(argv[at], "vhost-user") == 0};

        if (!hvn_run_server_take_number(argv[at + 1], -1, &served.listen_fd) ||
            !hvn_run_server_take_number(argv[at + 2], -1, &served.state_fd))
            return FALSE;
        g_array_append_val(self->served, served);
    }
    if (at >= argc || strcmp(argv[at], "--") != 0)
        return FALSE;
    self->config = argv + at + 1;
    return TRUE;
}

/* they are ours, and no helper's that a backend may start */
static void
hvn_run_server_close_on_exec(HvnRunServer *self)
{
    fcntl(self->control_fd, F_SETFD, FD_CLOEXEC);
    fcntl(self->life_fd, F_SETFD, FD_CLOEXEC);
    if (self->text_fd >= 0)
        fcntl(self->text_fd, F_SETFD, FD_CLOEXEC);
    for (guint i = 0; i < self->served->len; i++) {
        const HvnRunServed *served = &g_array_index(self->served, HvnRunServed, i);

        if (served->listen_fd >= 0)
            fcntl(served->listen_fd, F_SETFD, FD_CLOEXEC);
        if (served->state_fd >= 0)
            fcntl(served->state_fd, F_SETFD, FD_CLOEXEC);
    }
}

/* ---- serving ---- */

static void
hvn_run_server_emit(HvnRunServer *self, GObject *server, const char *event)
{
    const HvnRunServed *served = g_object_get_data(server, "hvn-run-served");
    JsonObject         *data = json_object_new();

    json_object_set_string_member(data, "name", served->name);
    hvn_control_emit(self->control, event, data);
}

static void
hvn_run_server_heard(GObject *server, GParamSpec *pspec, gpointer data)
{
    HvnRunServer *self = data;

    if (self->control != NULL)
        hvn_run_server_emit(self, server, HVN_RUN_SERVER_HEARD);
}

static void
hvn_run_server_attached(GObject *server, GParamSpec *pspec, gpointer data)
{
    HvnRunServer       *self = data;
    const HvnRunServed *served = g_object_get_data(server, "hvn-run-served");
    gboolean            attached;

    g_object_get(server, "attached", &attached, NULL);
    /* the only client that there could be is gone */
    self->quit = self->quit || (served->connected && !attached);
    if (self->control != NULL)
        hvn_run_server_emit(self, server, attached ? HVN_RUN_SERVER_ATTACHED : HVN_RUN_SERVER_DETACHED);
}

static char *
hvn_run_server_get_path(int listen_fd)
{
    struct sockaddr_un address = {0};
    socklen_t          len = sizeof address - 1;

    return getsockname(listen_fd, (struct sockaddr *)&address, &len) == 0 && address.sun_path[0] != '\0' ? g_strdup(address.sun_path) : NULL;
}

/* what the user can do about it: a virtio device goes another way, any other card has a relative on PCI */
static const char *
hvn_run_server_advise(const HvnInterface *interface, const HvnRunServed *served)
{
    if (interface == NULL || served->vhost_user || HVN_IS_VIRTIO_DEVICE(interface->nic))
        return "expected another --attach";
    return "choose a model on PCI, such as ne2k_pci or e1000 ('hvnet plugins nic' lists them); 'hvnet probe' and programs that link the library "
           "can use it";
}

static GObject *
hvn_run_server_make(HvnRunServer *self, const HvnInterface *interface, const HvnRunServed *served, GError **error)
{
    GObject *server = NULL;

    if (interface != NULL && served->vhost_user && HVN_IS_VIRTIO_DEVICE(interface->nic))
        server = (GObject *)hvn_vhost_user_new(HVN_VIRTIO_DEVICE(interface->nic), self->dispatcher, interface->name);
    else if (interface != NULL && !served->vhost_user && hvn_nic_is_pci(interface->nic))
        server = (GObject *)hvn_vfio_user_new(interface->nic);
    if (server == NULL)
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED, "interface '%s' is a %s, which is no %s device: %s",
                    served->name, interface != NULL ? interface->nic_name : "NIC", served->vhost_user ? "virtio" : "PCI",
                    hvn_run_server_advise(interface, served));
    return server;
}

/* one that listens, or one with a client that somebody else has accepted */
static void
hvn_run_server_take_socket(GObject *server, HvnRunServed *served)
{
    int       listens = 0;
    socklen_t len = sizeof listens;

    getsockopt(served->listen_fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len);
    served->connected = !listens;
    if (served->vhost_user && listens)
        hvn_vhost_user_listen_fd(HVN_VHOST_USER(server), served->listen_fd);
    else if (served->vhost_user)
        hvn_vhost_user_attach_fd(HVN_VHOST_USER(server), served->listen_fd);
    else if (listens)
        hvn_vfio_user_listen_fd(HVN_VFIO_USER(server), served->listen_fd);
    else
        hvn_vfio_user_attach_fd(HVN_VFIO_USER(server), served->listen_fd);
}

static gboolean
hvn_run_server_serve(HvnRunServer *self, HvnRunServed *served, GError **error)
{
    g_autofree char *path = NULL;
    GObject         *server;

    if (served->listen_fd < 0)
        return TRUE;
    server = hvn_run_server_make(self, hvn_session_find_interface(self->session, served->name), served, error);
    if (server == NULL)
        return FALSE;
    path = hvn_run_server_get_path(served->listen_fd);
    g_object_set_data(server, "hvn-run-served", served);
    g_ptr_array_add(self->servers, server);
    g_signal_connect(server, "notify::attached", G_CALLBACK(hvn_run_server_attached), self);
    if (served->vhost_user)
        g_signal_connect(server, "notify::heard", G_CALLBACK(hvn_run_server_heard), self);
    if (!served->vhost_user)
        hvn_vfio_user_set_spin(HVN_VFIO_USER(server), self->poll_us);
    else if (served->state_fd >= 0 && !hvn_vhost_user_set_state_fd(HVN_VHOST_USER(server), served->state_fd, error))
        return FALSE;
    hvn_run_server_take_socket(server, served);
    served->listen_fd = -1;
    hvn_control_session_set_server(self->control_session, served->name, path, server);
    return TRUE;
}

/* ---- looking on ---- */

static void
hvn_run_server_flush(gpointer data)
{
    HvnRunServer *self = data;
    GPtrArray    *interfaces = hvn_session_get_interfaces(self->session);

    for (guint i = 0; i < interfaces->len; i++) {
        const HvnInterface *interface = g_ptr_array_index(interfaces, i);

        if (interface->link != NULL)
            hvn_link_flush_capture(interface->link);
    }
    hvn_timer_arm_after(&self->flush, FLUSH_NS);
}

/* Who only looks on ends nobody's network: the file was there when the supervisor began it, and is missed otherwise. */
static void
hvn_run_server_watch(HvnRunServer *self, HvnCli *cli, const HvnRunServed *served)
{
    const HvnInterface *interface = hvn_session_find_interface(self->session, served->name);
    g_autoptr(GError)   error = NULL;

    if (interface != NULL && interface->link != NULL && served->capture[0] != '\0') {
        if (hvn_link_continue_capture(interface->link, served->capture, HVN_RUN_SNAP_LEN, &error))
            hvn_timer_arm_after(&self->flush, FLUSH_NS);
        else
            g_warning("%s", error->message);
    }
    if (cli->trace_regs && interface != NULL && interface->nic != NULL)
        hvn_nic_set_trace(interface->nic, TRUE);
}

/* the interfaces of other groups are other processes' */
static void
hvn_run_server_keep_own(HvnRunServer *self, HvnConfig *config)
{
    for (guint i = config->interfaces->len; i > 0; i--) {
        const HvnInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i - 1);
        gboolean                  own = FALSE;

        for (guint at = 0; at < self->served->len; at++)
            own = own || strcmp(g_array_index(self->served, HvnRunServed, at).name, interface->name) == 0;
        if (!own)
            g_ptr_array_remove_index(config->interfaces, i - 1);
    }
}

/* The greeting on the control connection says that it is done. */
static gboolean
hvn_run_server_start(HvnRunServer *self, HvnCli *cli, GError **error)
{
    g_autoptr(HvnConfig) config = hvn_run_config_load_again(cli, self->config, self->text_fd, error);

    if (config == NULL)
        return FALSE;
    hvn_run_server_keep_own(self, config);
    self->session = hvn_session_new(config, hvn_cli_get_registry(cli), self->dispatcher, error);
    if (self->session == NULL || !hvn_session_start(self->session, error))
        return FALSE;
    self->control = hvn_control_new(self->dispatcher);
    self->control_session = hvn_control_session_new(self->control, self->session);
    for (guint i = 0; i < self->served->len; i++) {
        if (!hvn_run_server_serve(self, &g_array_index(self->served, HvnRunServed, i), error))
            return FALSE;
        hvn_run_server_watch(self, cli, &g_array_index(self->served, HvnRunServed, i));
    }
    hvn_control_attach_fd(self->control, self->control_fd);
    self->control_fd = -1;
    return TRUE;
}

/* ---- the process ---- */

static void
hvn_run_server_orphaned(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnRunServer *self = data;

    self->quit = TRUE;
    hvn_watch_want(watch, G_IO_IN, FALSE);
}

static void
hvn_run_server_start_grace(int signal_number)
{
    alarm(GRACE_SECONDS);
}

/* What a terminal sends goes to all of its processes, and is for the supervisor to judge. */
static void
hvn_run_server_set_signals(void)
{
    struct sigaction grace = {.sa_handler = hvn_run_server_start_grace, .sa_flags = SA_RESTART};

    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    sigaction(SIGRTMIN, &grace, NULL);
    prctl(PR_SET_PDEATHSIG, SIGRTMIN);
}

static void
hvn_run_server_clear(HvnRunServer *self)
{
    if (self->dispatcher != NULL)
        hvn_timer_cancel(&self->flush);
    g_clear_pointer(&self->control_session, hvn_control_session_free);
    g_clear_object(&self->control);
    g_ptr_array_unref(self->servers);
    if (self->session != NULL)
        hvn_session_stop(self->session);
    g_clear_object(&self->session);
    g_clear_pointer(&self->life, hvn_watch_free);
    g_clear_object(&self->dispatcher);
    g_array_unref(self->served);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRunServer, hvn_run_server_clear)

int
hvn_cli_run_server(HvnCli *cli, int argc, char **argv)
{
    g_auto(HvnRunServer) self = {
        .served = g_array_new(FALSE, FALSE, sizeof(HvnRunServed)),
        .servers = g_ptr_array_new_with_free_func(g_object_unref),
    };
    g_autoptr(GError) error = NULL;

    if (!hvn_run_server_parse(&self, argc, argv))
        return hvn_cli_usage(HVN_RUN_SERVER_COMMAND " is started by 'hvnet run', and by nobody else");
    hvn_run_server_set_signals();
    hvn_run_server_close_on_exec(&self);
    self.dispatcher = hvn_dispatcher_new(NULL, NULL);
    hvn_timer_init(&self.flush, self.dispatcher, hvn_run_server_flush, &self);
    self.life = hvn_watch_new(self.dispatcher, self.life_fd, hvn_run_server_orphaned, &self);
    hvn_watch_want(self.life, G_IO_IN, TRUE);
    if (!hvn_run_server_start(&self, cli, &error)) {
        hvn_cli_print_error(error);
        return HVN_EXIT_FAILED;
    }
    while (!self.quit)
        hvn_dispatcher_iterate(self.dispatcher, TRUE);
    return HVN_EXIT_DONE;
}
