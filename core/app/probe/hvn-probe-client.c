/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client on the host that comes in through a port forward, or asks a server of the host the guest's question for
 * comparison. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-probe-host.h"
#include "hvn-watch.h"

#define CLIENT_MAX 65536 /* bytes sent, and bytes kept */

typedef struct {
    HvnProbeClient parent; /* first */
    int            fd;
    gboolean       udp;
    HvnWatch      *watch;
    guint8        *bytes;
    gsize          len;
    gsize          sent;
} HvnProbeClientFull;

static void
hvn_probe_client_fail(HvnProbeClientFull *self, int problem)
{
    self->parent.problem = problem;
    hvn_watch_want(self->watch, G_IO_IN | G_IO_OUT, FALSE);
}

static void
hvn_probe_client_write(HvnProbeClientFull *self)
{
    while (self->sent < self->len) {
        gssize n = send(self->fd, self->bytes + self->sent, self->len - self->sent, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                hvn_probe_client_fail(self, errno);
            return;
        }
        self->sent += (gsize)n;
    }
    hvn_watch_want(self->watch, G_IO_OUT, FALSE);
}

static void
hvn_probe_client_read(HvnProbeClientFull *self)
{
    guint8 bytes[8192];
    gssize n = recv(self->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            hvn_probe_client_fail(self, errno);
        return;
    }
    if (n == 0 && !self->udp) {
        self->parent.closed = TRUE;
        hvn_watch_want(self->watch, G_IO_IN | G_IO_OUT, FALSE);
        return;
    }
    if (self->parent.received->len + (gsize)n <= CLIENT_MAX)
        g_byte_array_append(self->parent.received, bytes, (guint)n);
}

static void
hvn_probe_client_ready(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnProbeClientFull *self = data;

    if (!self->parent.connected) {
        int problem = 0;
        socklen_t len = sizeof problem;

        getsockopt(self->fd, SOL_SOCKET, SO_ERROR, &problem, &len);
        if (problem != 0) {
            hvn_probe_client_fail(self, problem);
            return;
        }
        self->parent.connected = TRUE;
        hvn_watch_want(watch, G_IO_IN, TRUE);
    }
    if ((condition & G_IO_OUT) != 0 && self->parent.problem == 0)
        hvn_probe_client_write(self);
    if ((condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0 && self->parent.problem == 0)
        hvn_probe_client_read(self);
}

/* the address as the kernel wants it; 0 when it is none */
static socklen_t
hvn_probe_client_address(const char *address, guint16 port, struct sockaddr_storage *storage)
{
    struct sockaddr_in *in = (struct sockaddr_in *)storage;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)storage;
    struct sockaddr_un *un = (struct sockaddr_un *)storage;

    memset(storage, 0, sizeof *storage);
    if (address[0] == '/' && strlen(address) < sizeof un->sun_path) {
        un->sun_family = AF_UNIX;
        g_strlcpy(un->sun_path, address, sizeof un->sun_path);
        return sizeof *un;
    }
    if (inet_pton(AF_INET, address, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        return sizeof *in;
    }
    if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1) {
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        return sizeof *in6;
    }
    return 0;
}

HvnProbeClient *
hvn_probe_client_new(HvnDispatcher *dispatcher, gboolean udp, const char *address, guint16 port, gconstpointer bytes, gsize len,
                     GError **error)
{
    struct sockaddr_storage storage;
    socklen_t storage_len = hvn_probe_client_address(address, port, &storage);
    HvnProbeClientFull *self;
    int fd;

    if (storage_len == 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "'%s' is no address to connect to", address);
        return NULL;
    }
    fd = socket(storage.ss_family, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || (connect(fd, (struct sockaddr *)&storage, storage_len) < 0 && errno != EINPROGRESS)) {
        hvn_set_error_errno(error, errno, "cannot connect to %s port %u", address, port);
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    self = g_new0(HvnProbeClientFull, 1);
    self->fd = fd;
    self->udp = udp;
    self->len = MIN(len, CLIENT_MAX);
    self->bytes = g_memdup2(bytes, self->len);
    self->parent.received = g_byte_array_new();
    self->watch = hvn_watch_new(dispatcher, fd, hvn_probe_client_ready, self);
    hvn_watch_want(self->watch, G_IO_OUT, TRUE);
    return &self->parent;
}

void
hvn_probe_client_send_again(HvnProbeClient *client)
{
    HvnProbeClientFull *self = (HvnProbeClientFull *)client;

    if (!self->udp || self->sent < self->len || client->problem != 0)
        return;
    self->sent = 0;
    hvn_watch_want(self->watch, G_IO_OUT, TRUE);
}

void
hvn_probe_client_free(HvnProbeClient *client)
{
    HvnProbeClientFull *self = (HvnProbeClientFull *)client;

    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    close(self->fd);
    g_byte_array_unref(client->received);
    g_free(self->bytes);
    g_free(self);
}
