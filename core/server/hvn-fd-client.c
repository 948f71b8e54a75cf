/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client's end of HvnFdChannel. The socket stays non-blocking, as the channel's is; poll() is what waits. */

#include "hvn-fd-client.h"

#include "hvn-error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct _HvnFdClient {
    HvnFdChannel *channel;
    guint         timeout_ms;
    char         *broken; /* why nothing goes any more */
};

HvnFdClient *
hvn_fd_client_new(int fd, gsize max_message, HvnFdChannelSizeFunc size_of, guint timeout_ms)
{
    HvnFdClient *self = g_new0(HvnFdClient, 1);

    self->channel = hvn_fd_channel_new(fd, max_message, size_of);
    self->timeout_ms = timeout_ms;
    return self;
}

int
hvn_fd_client_connect(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int                fd;

    if (strlen(path) >= sizeof address.sun_path) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "socket path '%s' is too long: expected at most %" G_GSIZE_FORMAT " bytes",
                    path, sizeof address.sun_path - 1);
        return -1;
    }
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    hvn_set_error_errno(error, errno, "cannot connect to '%s'", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

void
hvn_fd_client_free(HvnFdClient *self)
{
    if (self == NULL)
        return;
    hvn_fd_channel_free(self->channel);
    g_free(self->broken);
    g_free(self);
}

static gboolean
hvn_fd_client_fail(HvnFdClient *self, GError **error)
{
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_IO, self->broken);
    return FALSE;
}

/* FALSE when nothing happens in time, and for good */
static gboolean
hvn_fd_client_wait(HvnFdClient *self, short events, gint64 deadline_us)
{
    for (;;) {
        struct pollfd fd = {hvn_fd_channel_get_fd(self->channel), events, 0};
        gint64        left_us = deadline_us - g_get_monotonic_time();
        int           n = poll(&fd, 1, (int)(MAX(left_us, 0) / 1000));

        if (n > 0)
            return TRUE;
        if ((n < 0 && errno == EINTR) || (n == 0 && left_us > 1000))
            continue;
        self->broken = g_strdup_printf("the server does not answer within %u ms", self->timeout_ms);
        return FALSE;
    }
}

static gint64
hvn_fd_client_deadline(const HvnFdClient *self)
{
    return g_get_monotonic_time() + (gint64)self->timeout_ms * 1000;
}

gboolean
hvn_fd_client_send(HvnFdClient *self, gconstpointer data, gsize len, const int *fds, guint n_fds, GError **error)
{
    gint64        deadline_us = hvn_fd_client_deadline(self);
    const guint8 *bytes = data;

    while (self->broken == NULL && len > 0) {
        gssize n = hvn_fd_send(hvn_fd_channel_get_fd(self->channel), bytes, len, fds, n_fds);

        if (n > 0) {
            bytes += n;
            len -= n;
            n_fds = 0; /* they went with the first byte */
        } else if (errno != EAGAIN) {
            self->broken = g_strdup_printf("the server is gone: %s", g_strerror(errno));
        } else {
            hvn_fd_client_wait(self, POLLOUT, deadline_us);
        }
    }
    return self->broken == NULL || hvn_fd_client_fail(self, error);
}

gboolean
hvn_fd_client_receive(HvnFdClient *self, HvnFdMessage *message, GError **error)
{
    gint64 deadline_us = hvn_fd_client_deadline(self);

    while (self->broken == NULL) {
        if (hvn_fd_channel_next(self->channel, message))
            return TRUE;
        if (hvn_fd_channel_get_broken(self->channel))
            self->broken = g_strdup("the server sent what is no message of the protocol");
        else if (hvn_fd_client_wait(self, POLLIN, deadline_us) && hvn_fd_channel_receive(self->channel) == HVN_FD_CHANNEL_CLOSED)
            self->broken = g_strdup("the server hung up");
    }
    return hvn_fd_client_fail(self, error);
}
