/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Accepts libslirp's connections and gives each a bridge or a command. The number of both is bounded: a guest that opens more
 * finds its connections closed. */
#include "hvn-user-service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-child.h"
#include "hvn-error.h"
#include "hvn-user-bridge.h"
#include "hvn-watch.h"

#define CONNECTIONS_MAX 64
#define STRANGERS_MAX   8    /* connections of other processes to a port of ours, before we give up */
#define LOOPBACK_MS     100  /* how long a connection over loopback may take */
#define BACKLOG         4096 /* the kernel cuts it to its own limit */

struct _HvnUserService {
    HvnDispatcher *dispatcher; /* not owned */
    char *path;
    int fd;
    HvnWatch *watch;
    GStrv argv;                      /* of commands; NULL for servers */
    gboolean inet;                   /* commands get a TCP socket */
    struct sockaddr_storage address; /* of servers */
    socklen_t address_len;
    GPtrArray *bridges;  /* of HvnUserBridge */
    GPtrArray *children; /* of HvnChild */
    gboolean warned;     /* about the first connection that failed */
};

static void
hvn_user_service_bridge_done(HvnUserBridge *bridge, gpointer data)
{
    HvnUserService *self = data;

    g_ptr_array_remove_fast(self->bridges, bridge);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
}

static void
hvn_user_service_child_done(HvnChild *child, gpointer data)
{
    HvnUserService *self = data;

    g_ptr_array_remove_fast(self->children, child);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
}

static void
hvn_user_service_warn(HvnUserService *self, const char *what)
{
    /* once: the guest chooses how often it connects */
    if (!self->warned)
        g_warning("guestfwd: %s", what);
    self->warned = TRUE;
}

static gboolean
hvn_user_service_spawn(HvnUserService *self, int fd)
{
    g_autoptr(GError) error = NULL;
    const HvnChildFiles files = {.input = fd, .output = fd, .error = fd, .extra = -1};
    HvnChild *child = hvn_child_new(self->dispatcher, self->argv, &files, hvn_user_service_child_done, self, &error);

    close(fd);
    if (child != NULL)
        g_ptr_array_add(self->children, child);
    else
        hvn_user_service_warn(self, error->message);
    return child != NULL;
}

static HvnUserBridge *
hvn_user_service_bridge(HvnUserService *self, int fd, const struct sockaddr *address, socklen_t address_len)
{
    HvnUserBridge *bridge = hvn_user_bridge_new(self->dispatcher, fd, address, address_len, hvn_user_service_bridge_done, self);

    if (bridge != NULL)
        g_ptr_array_add(self->bridges, bridge);
    else
        hvn_user_service_warn(self, g_strerror(errno));
    return bridge;
}

/* takes the connection that comes from @from; another process's is closed */
static int
hvn_user_service_accept_own(int listener, int from)
{
    struct sockaddr_in own = {0}, peer = {0};
    socklen_t own_len = sizeof own;
    struct pollfd wait = {.fd = listener, .events = POLLIN};

    if (getsockname(from, (struct sockaddr *)&own, &own_len) != 0)
        return -1;
    for (guint i = 0; i < STRANGERS_MAX && poll(&wait, 1, LOOPBACK_MS) == 1; i++) {
        socklen_t peer_len = sizeof peer;
        int fd = accept4(listener, (struct sockaddr *)&peer, &peer_len, SOCK_CLOEXEC);

        if (fd >= 0 && peer.sin_port == own.sin_port && peer.sin_addr.s_addr == own.sin_addr.s_addr)
            return fd;
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

/* a command that looks at its peer's address gets a TCP connection over loopback, with a bridge to the guest's */
static void
hvn_user_service_spawn_inet(HvnUserService *self, int fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), inside = -1;
    HvnUserBridge *bridge = NULL;

    if (listener >= 0 && bind(listener, (const struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 1) == 0 &&
        getsockname(listener, (struct sockaddr *)&address, &len) == 0)
        bridge = hvn_user_service_bridge(self, fd, (const struct sockaddr *)&address, len);
    else
        close(fd);
    if (bridge != NULL)
        inside = hvn_user_service_accept_own(listener, hvn_user_bridge_get_server_fd(bridge));
    if (listener >= 0)
        close(listener);
    if (bridge != NULL && (inside < 0 || !hvn_user_service_spawn(self, inside)))
        g_ptr_array_remove_fast(self->bridges, bridge);
}

static void
hvn_user_service_connect(HvnUserService *self, int fd)
{
    if (self->bridges->len + self->children->len >= CONNECTIONS_MAX)
        close(fd);
    else if (self->argv == NULL)
        hvn_user_service_bridge(self, fd, (const struct sockaddr *)&self->address, self->address_len);
    else if (self->inet)
        hvn_user_service_spawn_inet(self, fd);
    else
        hvn_user_service_spawn(self, fd);
}

void
hvn_user_service_accept(HvnUserService *self)
{
    for (guint i = 0; i < BACKLOG; i++) {
        /* a command wants an ordinary, blocking standard input */
        int fd = accept4(self->fd, NULL, NULL, SOCK_CLOEXEC | (self->argv == NULL || self->inet ? SOCK_NONBLOCK : 0));

        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0 && errno != EAGAIN) {
            /* no descriptors: tried again when a connection ends, or with the guest's next */
            hvn_watch_want(self->watch, G_IO_IN, FALSE);
            hvn_user_service_warn(self, g_strerror(errno));
        }
        if (fd < 0)
            return;
        hvn_user_service_connect(self, fd);
    }
}

static void
hvn_user_service_event(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    hvn_user_service_accept(data);
}

static gboolean
hvn_user_service_listen(HvnUserService *self, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (g_strlcpy(address.sun_path, self->path, sizeof address.sun_path) >= sizeof address.sun_path) {
        hvn_set_error_errno(error, ENAMETOOLONG, "cannot listen on %s", self->path);
        return FALSE;
    }
    self->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (self->fd < 0 || bind(self->fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(self->fd, BACKLOG) != 0) {
        hvn_set_error_errno(error, errno, "cannot listen on %s", self->path);
        return FALSE;
    }
    self->watch = hvn_watch_new(self->dispatcher, self->fd, hvn_user_service_event, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return TRUE;
}

static gboolean
hvn_user_service_resolve(HvnUserService *self, const HvnUserGuestForward *rule, GError **error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    struct sockaddr_un *name = (struct sockaddr_un *)&self->address;
    char port[8];
    int problem;

    if (rule->target == HVN_USER_UNIX) {
        name->sun_family = AF_UNIX;
        g_strlcpy(name->sun_path, rule->target_text, sizeof name->sun_path);
        self->address_len = sizeof *name;
        return TRUE;
    }
    g_snprintf(port, sizeof port, "%u", rule->target_port);
    problem = getaddrinfo(rule->target_host, port, &hints, &found);
    if (problem != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "cannot find host '%s' of option 'guestfwd': %s", rule->target_host,
                    gai_strerror(problem));
        return FALSE;
    }
    self->address_len = found->ai_addrlen;
    memcpy(&self->address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return TRUE;
}

static HvnUserService *
hvn_user_service_alloc(HvnDispatcher *dispatcher, const char *path)
{
    HvnUserService *self = g_new0(HvnUserService, 1);

    self->dispatcher = dispatcher;
    self->path = g_strdup(path);
    self->fd = -1;
    self->bridges = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_user_bridge_free);
    self->children = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_child_free);
    return self;
}

HvnUserService *
hvn_user_service_new(HvnDispatcher *dispatcher, const char *path, const HvnUserGuestForward *rule, GError **error)
{
    HvnUserService *self;
    g_auto(GStrv) argv = NULL;

    if (rule->target == HVN_USER_COMMAND) {
        if (!g_shell_parse_argv(rule->target_text, NULL, &argv, error))
            return NULL;
        return hvn_user_service_new_command(dispatcher, path, (const char *const *)argv, FALSE, error);
    }
    self = hvn_user_service_alloc(dispatcher, path);
    if (hvn_user_service_resolve(self, rule, error) && hvn_user_service_listen(self, error))
        return self;
    hvn_user_service_free(self);
    return NULL;
}

HvnUserService *
hvn_user_service_new_command(HvnDispatcher *dispatcher, const char *path, const char *const *argv, gboolean inet, GError **error)
{
    HvnUserService *self = hvn_user_service_alloc(dispatcher, path);

    self->argv = g_strdupv((char **)argv);
    self->inet = inet;
    if (hvn_user_service_listen(self, error))
        return self;
    hvn_user_service_free(self);
    return NULL;
}

void
hvn_user_service_free(HvnUserService *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    if (self->fd >= 0) {
        close(self->fd);
        unlink(self->path);
    }
    for (guint i = 0; i < self->children->len; i++)
        hvn_child_terminate(g_ptr_array_index(self->children, i));
    g_ptr_array_unref(self->children);
    g_ptr_array_unref(self->bridges);
    g_strfreev(self->argv);
    g_free(self->path);
    g_free(self);
}
