/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peers of a stream backend: how they come (listening, connecting, again and again), how they go, and who gets whose frames. */
#include "hvn-stream.h"

#include "hvn-error.h"
#include "hvn-stream-peer.h"
#include "hvn-watch.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define BACKLOG       16
#define FIRST_WAIT_MS 100
#define SYN_RETRIES   2 /* an attempt that nobody answers ends after 7 seconds, not after two minutes */

struct _HvnStream {
    HvnBackend          *backend; /* not owned */
    const HvnSocketSpec *spec;    /* not owned */
    gboolean             server;
    int                  fd;      /* owned: listens, or connects; -1 when it does neither */
    HvnWatch            *watch;   /* owned: of fd */
    char                *file;    /* owned; (nullable): of a unix socket that listens */
    HvnSocketAddress    *addresses; /* owned; to connect to, or [0] where it listens; NULL for an fd */
    guint                n_addresses;
    guint                next;         /* address to try */
    guint                reconnect_ms; /* 0 for never */
    guint                wait_ms;      /* before the next attempt */
    HvnTimer             timer;        /* until it */
    GPtrArray           *peers;        /* HvnStreamPeer */
};

static void
hvn_stream_connect(HvnStream *self);

/* ---- frames ---- */

/* to all but the one that they came from; of those that are full each loses what it has no room for */
static void
hvn_stream_repeat(HvnStream *self, const HvnStreamPeer *from, const HvnFrame *frames, guint n_frames)
{
    for (guint i = 0; i < self->peers->len; i++) {
        HvnStreamPeer *peer = g_ptr_array_index(self->peers, i);
        guint taken = peer != from ? hvn_stream_peer_send(peer, frames, n_frames) : n_frames;

        if (taken < n_frames)
            hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_PEER_FULL, n_frames - taken);
    }
}

guint
hvn_stream_push(HvnStream *self, const HvnFrame *frames, guint n_frames)
{
    if (self->peers->len == 1)
        return hvn_stream_peer_send(g_ptr_array_index(self->peers, 0), frames, n_frames);
    if (self->peers->len == 0)
        hvn_backend_count_drops(self->backend, HVN_BACKEND_DROP_NO_PEER, n_frames);
    hvn_stream_repeat(self, NULL, frames, n_frames);
    return n_frames;
}

void
hvn_stream_resume(HvnStream *self)
{
    for (guint i = 0; i < self->peers->len; i++)
        hvn_stream_peer_resume(g_ptr_array_index(self->peers, i));
}

/* A frame that the guest has no room for is held back for the other peers too: each gets it once, when the guest does. */
static guint
hvn_stream_frames(HvnStreamPeer *peer, const HvnFrame *frames, guint n_frames, gpointer data)
{
    HvnStream *self = data;
    guint taken = hvn_port_send(HVN_PORT(self->backend), frames, n_frames);

    if (self->peers->len > 1 && taken > 0)
        hvn_stream_repeat(self, peer, frames, taken);
    return taken;
}

static void
hvn_stream_room(HvnStreamPeer *peer, gpointer data)
{
    hvn_port_ready(HVN_PORT(((HvnStream *)data)->backend));
}

/* ---- peers ---- */

static void
hvn_stream_close_fd(HvnStream *self)
{
    g_clear_pointer(&self->watch, hvn_watch_free);
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

/* nobody is there: what happens next */
static void
hvn_stream_lost(HvnStream *self, const char *reason)
{
    if (self->server) {
        hvn_backend_set_state(self->backend, HVN_BACKEND_LISTENING, reason);
    } else if (self->reconnect_ms == 0 || self->addresses == NULL) {
        hvn_backend_set_state(self->backend, HVN_BACKEND_DOWN, reason);
    } else {
        hvn_backend_set_state(self->backend, HVN_BACKEND_CONNECTING, reason);
        self->wait_ms = MIN(self->wait_ms, self->reconnect_ms);
        hvn_timer_arm_after(&self->timer, self->wait_ms * (gint64)HVN_NS_PER_MS);
        self->wait_ms = MIN(self->wait_ms * 2, self->reconnect_ms);
    }
}

static void
hvn_stream_gone(HvnStreamPeer *peer, const char *reason, gpointer data)
{
    HvnStream *self = data;
    g_autofree char *text = g_strdup(reason); /* it may be the peer's */

    g_message("%s: %s", hvn_port_get_name(HVN_PORT(self->backend)), text);
    g_ptr_array_remove(self->peers, peer);
    if (self->server && self->watch != NULL)
        hvn_watch_want(self->watch, G_IO_IN, TRUE);
    if (self->peers->len == 0)
        hvn_stream_lost(self, text);
    /* the guest may have waited for this one */
    hvn_port_ready(HVN_PORT(self->backend));
}

static const HvnStreamPeerFuncs hvn_stream_peer_funcs = {.frames = hvn_stream_frames, .room = hvn_stream_room, .gone = hvn_stream_gone};

/* options of each connection over TCP; one that the host does not know is no reason to do without the connection */
static void
hvn_stream_set_options(const HvnSocketSpec *spec, int fd)
{
    const int on = 1, count = spec->keep_alive_count, idle = spec->keep_alive_idle, interval = spec->keep_alive_interval;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (!spec->keep_alive)
        return;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    if (count > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
    if (idle > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    if (interval > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
}

static void
hvn_stream_add_peer(HvnStream *self, int fd)
{
    int family = AF_UNSPEC;
    socklen_t len = sizeof family;

    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
    if (family == AF_INET || family == AF_INET6)
        hvn_stream_set_options(self->spec, fd);
    g_ptr_array_add(self->peers, hvn_stream_peer_new(self->backend, fd, &hvn_stream_peer_funcs, self));
    hvn_backend_set_state(self->backend, HVN_BACKEND_UP, NULL);
    /* a guest that waited for the only peer waits for none of several */
    hvn_port_ready(HVN_PORT(self->backend));
}

/* ---- server ---- */

static void
hvn_stream_accept(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnStream *self = data;
    int fd = accept4(self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0) {
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED)
            return;
        /* out of descriptors, mostly: whoever waits goes on waiting, and we do not spin */
        g_warning("%s: cannot accept a peer: %s", hvn_port_get_name(HVN_PORT(self->backend)), g_strerror(errno));
        hvn_watch_want(watch, G_IO_IN, FALSE);
        hvn_timer_arm_after(&self->timer, HVN_NS_PER_S);
        return;
    }
    hvn_stream_add_peer(self, fd);
    if (self->peers->len >= HVN_STREAM_PEERS_MAX)
        hvn_watch_want(watch, G_IO_IN, FALSE);
}

static void
hvn_stream_watch_listener(HvnStream *self)
{
    self->watch = hvn_watch_new(hvn_port_get_dispatcher(HVN_PORT(self->backend)), self->fd, hvn_stream_accept, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    hvn_backend_set_state(self->backend, HVN_BACKEND_LISTENING, NULL);
}

static guint16 *
hvn_stream_port(HvnSocketAddress *address)
{
    if (address->storage.ss_family == AF_INET)
        return &((struct sockaddr_in *)&address->storage)->sin_port;
    return address->storage.ss_family == AF_INET6 ? &((struct sockaddr_in6 *)&address->storage)->sin6_port : NULL;
}

/* binds and listens, on the first port of the range that is free */
static int
hvn_stream_listen(HvnStream *self, GError **error)
{
    HvnSocketAddress *address = &self->addresses[0];
    guint16 *port = hvn_stream_port(address);
    guint last = port != NULL ? MAX(self->spec->to, ntohs(*port)) : 0;
    socklen_t len = sizeof address->storage;
    int fd;

    for (;;) {
        g_autoptr(GError) local = NULL;

        fd = hvn_socket_bind(address, SOCK_STREAM, &self->file, &local);
        if (fd >= 0 && listen(fd, BACKLOG) != 0) {
            g_autofree char *text = hvn_socket_address_print(address);

            hvn_set_error_errno(&local, errno, "can't listen on %s", text);
            close(fd);
            fd = -1;
        }
        if (fd >= 0)
            break;
        if (port == NULL || !g_error_matches(local, HVN_ERROR, HVN_ERROR_IN_USE) || ntohs(*port) >= last) {
            g_propagate_error(error, g_steal_pointer(&local));
            return -1;
        }
        *port = htons(ntohs(*port) + 1);
    }
    if (port != NULL)
        getsockname(fd, (struct sockaddr *)&address->storage, &len);
    return fd;
}

/* ---- client ---- */

/* an attempt has failed: the next address at once, then a pause */
static void
hvn_stream_connect_failed(HvnStream *self, int error)
{
    g_autofree char *to = hvn_socket_address_print(&self->addresses[self->next]);
    g_autofree char *reason = g_strdup_printf("can't connect to %s: %s", to, g_strerror(error));

    hvn_stream_close_fd(self);
    self->next = (self->next + 1) % self->n_addresses;
    if (self->next != 0)
        hvn_stream_connect(self);
    else
        hvn_stream_lost(self, reason);
}

static void
hvn_stream_connected(HvnStream *self)
{
    int fd = self->fd;

    self->fd = -1;
    g_clear_pointer(&self->watch, hvn_watch_free);
    self->next = 0;
    self->wait_ms = FIRST_WAIT_MS;
    hvn_stream_add_peer(self, fd);
}

/* TCP connects a port to itself when the kernel happens to choose the port that nobody listens on */
static gboolean
hvn_stream_is_own(int fd)
{
    HvnSocketAddress own = {.len = sizeof own.storage}, peer = {.len = sizeof peer.storage};

    return getsockname(fd, (struct sockaddr *)&own.storage, &own.len) == 0 && own.storage.ss_family != AF_UNIX &&
           getpeername(fd, (struct sockaddr *)&peer.storage, &peer.len) == 0 && hvn_socket_address_equal(&own, &peer);
}

static void
hvn_stream_connect_done(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnStream *self = data;
    int error = 0;
    socklen_t len = sizeof error;

    if (getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    if (error == 0 && hvn_stream_is_own(self->fd))
        error = ECONNREFUSED;
    if (error != 0)
        hvn_stream_connect_failed(self, error);
    else
        hvn_stream_connected(self);
}

static void
hvn_stream_connect(HvnStream *self)
{
    const HvnSocketAddress *address = &self->addresses[self->next];
    const int retries = SYN_RETRIES;

    self->fd = hvn_socket_open(address->storage.ss_family, SOCK_STREAM, NULL);
    if (self->fd >= 0 && address->storage.ss_family != AF_UNIX)
        setsockopt(self->fd, IPPROTO_TCP, TCP_SYNCNT, &retries, sizeof retries);
    if (self->fd < 0) {
        hvn_stream_connect_failed(self, errno);
    } else if (connect(self->fd, (const struct sockaddr *)&address->storage, address->len) == 0) {
        hvn_stream_connected(self);
    } else if (errno == EINPROGRESS) {
        self->watch = hvn_watch_new(hvn_port_get_dispatcher(HVN_PORT(self->backend)), self->fd, hvn_stream_connect_done, self);
        hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    } else {
        hvn_stream_connect_failed(self, errno);
    }
}

static void
hvn_stream_timeout(gpointer data)
{
    HvnStream *self = data;

    if (self->server)
        hvn_watch_want(self->watch, G_IO_IN, self->peers->len < HVN_STREAM_PEERS_MAX);
    else
        hvn_stream_connect(self);
}

/* ---- life ---- */

static HvnStream *
hvn_stream_new(HvnBackend *backend, const HvnSocketSpec *spec, gboolean server)
{
    HvnStream *self = g_new0(HvnStream, 1);

    self->backend = backend;
    self->spec = spec;
    self->server = server;
    self->fd = -1;
    self->wait_ms = FIRST_WAIT_MS;
    self->peers = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_stream_peer_free);
    hvn_timer_init(&self->timer, hvn_port_get_dispatcher(HVN_PORT(backend)), hvn_stream_timeout, self);
    return self;
}

HvnStream *
hvn_stream_new_server(HvnBackend *backend, const HvnSocketSpec *spec, const char *name, GError **error)
{
    HvnStream *self;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);

    self = hvn_stream_new(backend, spec, TRUE);
    self->addresses = hvn_socket_spec_resolve(spec, name, TRUE, &self->n_addresses, error);
    if (self->addresses != NULL)
        self->fd = hvn_stream_listen(self, error);
    if (self->fd < 0) {
        hvn_stream_free(self);
        return NULL;
    }
    hvn_stream_watch_listener(self);
    return self;
}

HvnStream *
hvn_stream_new_client(HvnBackend *backend, const HvnSocketSpec *spec, const char *name, guint reconnect_ms, GError **error)
{
    HvnStream *self;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);

    self = hvn_stream_new(backend, spec, FALSE);
    self->reconnect_ms = reconnect_ms;
    self->addresses = hvn_socket_spec_resolve(spec, name, FALSE, &self->n_addresses, error);
    if (self->addresses == NULL) {
        hvn_stream_free(self);
        return NULL;
    }
    hvn_backend_set_state(backend, HVN_BACKEND_CONNECTING, NULL);
    hvn_stream_connect(self);
    return self;
}

HvnStream *
hvn_stream_new_for_fd(HvnBackend *backend, const HvnSocketSpec *spec, int fd, gboolean server)
{
    HvnStream *self;

    g_return_val_if_fail(HVN_IS_BACKEND(backend), NULL);

    self = hvn_stream_new(backend, spec, server);
    if (server) {
        self->fd = fd;
        hvn_stream_watch_listener(self);
    } else {
        hvn_stream_add_peer(self, fd);
    }
    return self;
}

void
hvn_stream_free(HvnStream *self)
{
    if (self == NULL)
        return;
    hvn_timer_cancel(&self->timer);
    g_ptr_array_unref(self->peers);
    hvn_stream_close_fd(self);
    hvn_socket_remove_file(self->file);
    g_free(self->addresses);
    g_free(self);
}

char *
hvn_stream_describe(HvnStream *self)
{
    g_autofree char *text = NULL;
    const char *kind;

    if (self->addresses == NULL)
        return g_strdup("fd");
    text = hvn_socket_address_print(&self->addresses[self->server ? 0 : self->next]);
    kind = self->addresses[0].storage.ss_family == AF_UNIX ? "unix" : "tcp";
    if (self->server)
        return g_strdup_printf("%s:%s,server,peers=%u", kind, text, self->peers->len);
    return g_strdup_printf("%s:%s", kind, text);
}
