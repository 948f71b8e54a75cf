/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ends, each with a buffer of what was read from it and waits for the other. An end is read while its buffer is empty and
 * written while the other's is not, so nothing is held but one buffer each way. */
#include "hvn-user-bridge.h"

#include <errno.h>
#include <unistd.h>

#include "hvn-watch.h"

#define BUFFER_SIZE 65536

/* one socket */
typedef struct {
    int fd;
    HvnWatch *watch;
    guint8 *buf; /* read from this end */
    gsize start, len;
    gboolean ended; /* nothing more will be read from this end */
    gboolean shut;  /* nothing more will be written to this end */
} End;

struct _HvnUserBridge {
    End ends[2]; /* the guest's side, the server's */
    gboolean connecting;
    HvnUserBridgeFunc done;
    gpointer data;
};

static void
hvn_user_bridge_want(HvnUserBridge *self)
{
    for (guint i = 0; i < 2; i++) {
        End *end = &self->ends[i], *other = &self->ends[1 - i];
        gboolean out = other->len > 0 && !end->shut;

        hvn_watch_want(end->watch, G_IO_IN, !self->connecting && !end->ended && end->len == 0);
        hvn_watch_want(end->watch, G_IO_OUT, (self->connecting && i == 1) || (!self->connecting && out));
    }
}

static void
hvn_user_bridge_read(End *end)
{
    gssize got = recv(end->fd, end->buf, BUFFER_SIZE, MSG_DONTWAIT);

    if (got > 0) {
        end->start = 0;
        end->len = (gsize)got;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        end->ended = TRUE;
    }
}

/* what was read from @from goes to @to; the end of the stream follows the last byte */
static void
hvn_user_bridge_write(End *from, End *to)
{
    while (from->len > 0 && !to->shut) {
        gssize put = send(to->fd, from->buf + from->start, from->len, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0 && errno == EAGAIN)
            return;
        if (put < 0) {
            to->shut = TRUE;
            from->ended = TRUE;
            from->len = 0;
            return;
        }
        from->start += (gsize)put;
        from->len -= (gsize)put;
    }
    if (from->ended && from->len == 0 && !to->shut) {
        shutdown(to->fd, SHUT_WR);
        to->shut = TRUE;
    }
}

static gboolean
hvn_user_bridge_connected(HvnUserBridge *self)
{
    int problem = 0;
    socklen_t len = sizeof problem;

    if (getsockopt(self->ends[1].fd, SOL_SOCKET, SO_ERROR, &problem, &len) != 0 || problem != 0)
        return FALSE;
    self->connecting = FALSE;
    return TRUE;
}

static void
hvn_user_bridge_event(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnUserBridge *self = data;

    if (self->connecting && (watch != self->ends[1].watch || !hvn_user_bridge_connected(self))) {
        if (watch == self->ends[1].watch)
            self->done(self, self->data);
        return;
    }
    for (guint i = 0; i < 2; i++) {
        End *end = &self->ends[i];

        if (watch == end->watch && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0 && !end->ended && end->len == 0)
            hvn_user_bridge_read(end);
    }
    hvn_user_bridge_write(&self->ends[0], &self->ends[1]);
    hvn_user_bridge_write(&self->ends[1], &self->ends[0]);
    if (self->ends[0].shut && self->ends[1].shut) {
        self->done(self, self->data);
        return;
    }
    hvn_user_bridge_want(self);
}

HvnUserBridge *
hvn_user_bridge_new(HvnDispatcher *dispatcher, int fd, const struct sockaddr *address, socklen_t address_len,
                    HvnUserBridgeFunc done, gpointer data)
{
    HvnUserBridge *self;
    int server = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (server < 0 || (connect(server, address, address_len) != 0 && errno != EINPROGRESS)) {
        int saved_errno = errno;

        if (server >= 0)
            close(server);
        close(fd);
        errno = saved_errno;
        return NULL;
    }
    self = g_new0(HvnUserBridge, 1);
    self->connecting = TRUE;
    self->done = done;
    self->data = data;
    self->ends[0].fd = fd;
    self->ends[1].fd = server;
    for (guint i = 0; i < 2; i++) {
        self->ends[i].buf = g_malloc(BUFFER_SIZE);
        self->ends[i].watch = hvn_watch_new(dispatcher, self->ends[i].fd, hvn_user_bridge_event, self);
    }
    hvn_user_bridge_want(self);
    return self;
}

int
hvn_user_bridge_get_server_fd(const HvnUserBridge *self)
{
    return self->ends[1].fd;
}

void
hvn_user_bridge_free(HvnUserBridge *self)
{
    if (self == NULL)
        return;
    for (guint i = 0; i < 2; i++) {
        hvn_watch_free(self->ends[i].watch);
        close(self->ends[i].fd);
        g_free(self->ends[i].buf);
    }
    g_free(self);
}
