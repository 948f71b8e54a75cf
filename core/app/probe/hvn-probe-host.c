/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The servers on loopback. A listener for each service; a connection has one buffer: the echo stops reading while it holds
 * bytes that could not be sent, the source fills it once and sends it again and again. Each callback moves a bounded amount. */
#include "hvn-probe-host.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-watch.h"

#define BUFFER_SIZE 65536
#define ROUNDS      4  /* reads or writes in one callback */
#define PEERS_MAX   16 /* connections of all services at a time */
#define DATAGRAMS   32 /* in one callback */

typedef struct {
    HvnProbeHost    *host; /* not owned */
    HvnProbeService  service;
    int              fd;
    HvnWatch        *watch;
    guint8          *buffer; /* BUFFER_SIZE bytes, NULL for a listener of TCP */
    gsize            start;  /* echo: bytes of the buffer from start to end are not sent yet */
    gsize            end;
    guint64          left; /* source: bytes still to send */
    gboolean         eof;
} HvnProbePeer;

struct _HvnProbeHost {
    HvnDispatcher       *dispatcher;
    guint64              source_limit;
    HvnProbePeer        *listeners[HVN_PROBE_N_SERVICES];
    guint16              ports[HVN_PROBE_N_SERVICES];
    HvnProbeHostCounters counters[HVN_PROBE_N_SERVICES];
    GPtrArray           *peers; /* (element-type HvnProbePeer): connections */
};

static void
hvn_probe_peer_free(gpointer data)
{
    HvnProbePeer *self = data;

    if (self == NULL)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    if (self->fd >= 0)
        close(self->fd);
    g_free(self->buffer);
    g_free(self);
}

static HvnProbePeer *
hvn_probe_peer_new(HvnProbeHost *host, HvnProbeService service, int fd, HvnWatchFunc func, gboolean buffered)
{
    HvnProbePeer *self = g_new0(HvnProbePeer, 1);

    self->host = host;
    self->service = service;
    self->fd = fd;
    self->left = host->source_limit;
    self->buffer = buffered ? g_malloc0(BUFFER_SIZE) : NULL;
    self->watch = hvn_watch_new(host->dispatcher, fd, func, self);
    return self;
}

/* ---- connections ---- */

/* sends what the buffer holds; FALSE when the connection is over */
static gboolean
hvn_probe_peer_write(HvnProbePeer *self)
{
    while (self->start < self->end) {
        gssize n = send(self->fd, self->buffer + self->start, self->end - self->start, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN;
        self->start += (gsize)n;
        self->host->counters[self->service].sent += (guint64)n;
    }
    self->start = self->end = 0;
    return TRUE;
}

/* reads into the empty buffer; FALSE when the connection is over */
static gboolean
hvn_probe_peer_read(HvnProbePeer *self, gsize *len)
{
    gssize n = recv(self->fd, self->buffer, BUFFER_SIZE, MSG_DONTWAIT);

    *len = n > 0 ? (gsize)n : 0;
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    self->eof = self->eof || n == 0;
    self->host->counters[self->service].received += (guint64)n;
    return TRUE;
}

static gboolean
hvn_probe_peer_echo(HvnProbePeer *self)
{
    gsize len = 1;

    for (guint i = 0; i < ROUNDS && len > 0; i++) {
        if (!hvn_probe_peer_write(self))
            return FALSE;
        if (self->start < self->end || self->eof)
            break;
        if (!hvn_probe_peer_read(self, &len))
            return FALSE;
        self->end = len;
    }
    if (!hvn_probe_peer_write(self))
        return FALSE;
    hvn_watch_want(self->watch, G_IO_OUT, self->start < self->end);
    hvn_watch_want(self->watch, G_IO_IN, self->start == self->end && !self->eof);
    return !self->eof || self->start < self->end;
}

static gboolean
hvn_probe_peer_sink(HvnProbePeer *self)
{
    gsize len = 1;

    for (guint i = 0; i < ROUNDS && len > 0; i++) {
        if (!hvn_probe_peer_read(self, &len))
            return FALSE;
    }
    return !self->eof;
}

static gboolean
hvn_probe_peer_source(HvnProbePeer *self)
{
    for (guint i = 0; i < ROUNDS && self->left > 0; i++) {
        gssize n = send(self->fd, self->buffer, MIN(self->left, BUFFER_SIZE), MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        self->left -= (guint64)n;
        self->host->counters[self->service].sent += (guint64)n;
    }
    return self->left > 0;
}

static void
hvn_probe_peer_ready(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbePeer *self = data;
    gboolean alive = (condition & G_IO_ERR) == 0;

    if (alive && self->service == HVN_PROBE_ECHO)
        alive = hvn_probe_peer_echo(self);
    else if (alive && self->service == HVN_PROBE_SINK)
        alive = hvn_probe_peer_sink(self);
    else if (alive && self->service == HVN_PROBE_SOURCE)
        alive = (condition & G_IO_HUP) == 0 && hvn_probe_peer_source(self);
    if (!alive)
        g_ptr_array_remove_fast(self->host->peers, self);
}

/* ---- listeners ---- */

static void
hvn_probe_host_accept(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbePeer *listener = data;
    HvnProbeHost *self = listener->host;
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    HvnProbePeer *peer;
    int one = 1;

    if (fd < 0)
        return;
    if (self->peers->len >= PEERS_MAX) {
        close(fd);
        return;
    }
    self->counters[listener->service].accepted++;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    peer = hvn_probe_peer_new(self, listener->service, fd, hvn_probe_peer_ready, TRUE);
    g_ptr_array_add(self->peers, peer);
    hvn_watch_want(peer->watch, listener->service == HVN_PROBE_SOURCE ? G_IO_OUT : G_IO_IN, TRUE);
}

static void
hvn_probe_host_datagram(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbePeer *self = data;
    HvnProbeHostCounters *counters = &self->host->counters[self->service];

    for (guint i = 0; i < DATAGRAMS; i++) {
        struct sockaddr_storage from;
        socklen_t from_len = sizeof from;
        gssize n = recvfrom(self->fd, self->buffer, BUFFER_SIZE, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);

        if (n < 0)
            return;
        counters->accepted++;
        counters->received += (guint64)n;
        if (sendto(self->fd, self->buffer, (gsize)n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&from, from_len) == n)
            counters->sent += (guint64)n;
    }
}

/* a socket at a port that the kernel chooses, or -1 */
static int
hvn_probe_host_bind(const char *address, int type, guint16 *port, GError **error)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    socklen_t in_len = sizeof in;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    inet_pton(AF_INET, address, &in.sin_addr);
    if (fd >= 0 && bind(fd, (struct sockaddr *)&in, sizeof in) == 0 && getsockname(fd, (struct sockaddr *)&in, &in_len) == 0) {
        *port = ntohs(in.sin_port);
        return fd;
    }
    hvn_set_error_errno(error, errno, "cannot bind a socket to %s", address);
    if (fd >= 0)
        close(fd);
    return -1;
}

static gboolean
hvn_probe_host_listen(HvnProbeHost *self, HvnProbeService service, GError **error)
{
    gboolean udp = service == HVN_PROBE_UDP_ECHO;
    int fd = hvn_probe_host_bind("127.0.0.1", udp ? SOCK_DGRAM : SOCK_STREAM, &self->ports[service], error);

    if (fd < 0)
        return FALSE;
    self->listeners[service] = hvn_probe_peer_new(self, service, fd, udp ? hvn_probe_host_datagram : hvn_probe_host_accept, udp);
    if (!udp && listen(fd, 2 * PEERS_MAX) < 0) {
        hvn_set_error_errno(error, errno, "cannot listen on tcp 127.0.0.1:%u", self->ports[service]);
        return FALSE;
    }
    hvn_watch_want(self->listeners[service]->watch, G_IO_IN, TRUE);
    return TRUE;
}

HvnProbeHost *
hvn_probe_host_new(HvnDispatcher *dispatcher, guint64 source_limit, GError **error)
{
    g_autoptr(HvnProbeHost) self = g_new0(HvnProbeHost, 1);

    self->dispatcher = dispatcher;
    self->source_limit = source_limit;
    self->peers = g_ptr_array_new_with_free_func(hvn_probe_peer_free);
    for (guint i = 0; i < HVN_PROBE_N_SERVICES; i++) {
        if (!hvn_probe_host_listen(self, i, error))
            return NULL;
    }
    return g_steal_pointer(&self);
}

void
hvn_probe_host_free(HvnProbeHost *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->peers);
    for (guint i = 0; i < HVN_PROBE_N_SERVICES; i++)
        hvn_probe_peer_free(self->listeners[i]);
    g_free(self);
}

guint16
hvn_probe_host_get_port(HvnProbeHost *self, HvnProbeService service)
{
    return self->ports[service];
}

const HvnProbeHostCounters *
hvn_probe_host_get_counters(HvnProbeHost *self, HvnProbeService service)
{
    return &self->counters[service];
}

guint16
hvn_probe_host_find_free_port(const char *address, GError **error)
{
    guint16 port = 0;
    int fd = hvn_probe_host_bind(address, SOCK_STREAM, &port, error);

    if (fd < 0)
        return 0;
    close(fd);
    return port;
}

gboolean
hvn_probe_host_has_smbd(void)
{
    g_autofree char *path = g_find_program_in_path("smbd");

    return path != NULL || g_file_test("/usr/sbin/smbd", G_FILE_TEST_IS_EXECUTABLE);
}
