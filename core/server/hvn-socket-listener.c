/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A unix stream socket that listens for clients of a device server. */

#include "hvn-socket-listener.h"

#include "hvn-error.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4

struct _HvnSocketListener {
    int               fd;
    char             *path; /* to be removed; NULL when it is not ours */
    HvnWatch         *watch;
    HvnSocketAccepted accepted;
    gpointer          data;
};

static void
hvn_socket_listener_ready(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnSocketListener *self = data;
    int                fd = accept4(self->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        self->accepted(fd, self->data);
}

HvnSocketListener *
hvn_socket_listener_new_for_fd(HvnDispatcher *dispatcher, int fd, HvnSocketAccepted accepted, gpointer data)
{
    HvnSocketListener *self = g_new0(HvnSocketListener, 1);

    self->fd = fd;
    self->accepted = accepted;
    self->data = data;
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    self->watch = hvn_watch_new(dispatcher, fd, hvn_socket_listener_ready, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return self;
}

/* A socket file outlives a server that was killed; only one that refuses connections is ours to replace. */
static gboolean
hvn_socket_listener_remove_stale(const struct sockaddr_un *address, GError **error)
{
    struct stat st;
    int         fd, result, saved;

    if (lstat(address->sun_path, &st) != 0)
        return TRUE;
    if (!S_ISSOCK(st.st_mode)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "cannot listen on '%s': it exists and is not a socket", address->sun_path);
        return FALSE;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        hvn_set_error_errno(error, errno, "cannot create a socket for '%s'", address->sun_path);
        return FALSE;
    }
    result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    saved = errno;
    close(fd);
    if (result == 0 || saved != ECONNREFUSED) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "cannot listen on '%s': another process does", address->sun_path);
        return FALSE;
    }
    unlink(address->sun_path);
    return TRUE;
}

int
hvn_socket_listener_open(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int                fd;

    if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid socket path '%s': expected 1 to %zu bytes", path,
                    sizeof address.sun_path - 1);
        return -1;
    }
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    if (!hvn_socket_listener_remove_stale(&address, error))
        return -1;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        hvn_set_error_errno(error, errno, "cannot create a socket for '%s'", path);
        return -1;
    }
    /* nobody can connect before listen(), so the mode may follow bind() */
    if (bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || chmod(path, 0600) != 0 || listen(fd, BACKLOG) != 0) {
        hvn_set_error_errno(error, errno, "cannot listen on '%s'", path);
        close(fd);
        return -1;
    }
    return fd;
}

HvnSocketListener *
hvn_socket_listener_new(HvnDispatcher *dispatcher, const char *path, HvnSocketAccepted accepted, gpointer data, GError **error)
{
    HvnSocketListener *self;
    int                fd = hvn_socket_listener_open(path, error);

    if (fd < 0)
        return NULL;
    self = hvn_socket_listener_new_for_fd(dispatcher, fd, accepted, data);
    self->path = g_strdup(path);
    return self;
}

void
hvn_socket_listener_free(HvnSocketListener *self)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    close(self->fd);
    if (self->path != NULL)
        unlink(self->path);
    g_free(self->path);
    g_free(self);
}

void
hvn_socket_listener_pause(HvnSocketListener *self)
{
    hvn_watch_want(self->watch, G_IO_IN, FALSE);
}

void
hvn_socket_listener_resume(HvnSocketListener *self)
{
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
}
