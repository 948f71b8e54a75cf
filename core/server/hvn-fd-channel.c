/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Framed messages with file descriptors on a unix stream socket: one buffer in, one buffer out, and the descriptors of the message
 * that is being read. */

#include "hvn-fd-channel.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (64 * 1024)

typedef struct {
    gsize pos; /* of the last byte of the read that it came with, in the buffer */
    int   fd;
} HvnFdArrived;

struct _HvnFdChannel {
    int                  fd;
    gsize                max_message;
    HvnFdChannelSizeFunc size_of;
    guint8              *in; /* max_message + READ_SIZE bytes */
    gsize                in_start;
    gsize                in_end;
    GArray              *arrived; /* HvnFdArrived: those of messages that were not handed out yet */
    GArray              *current; /* int: those of the message that was handed out last */
    GByteArray          *out;
    gboolean             broken;
};

gssize
hvn_fd_send(int fd, gconstpointer data, gsize len, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(HVN_FD_CHANNEL_MAX_FDS * sizeof(int))];
    } control = {0};
    struct iovec  iov = {(void *)data, len};
    struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};
    gssize        n;

    g_return_val_if_fail(n_fds <= HVN_FD_CHANNEL_MAX_FDS, -1);

    if (n_fds > 0) {
        struct cmsghdr *c;

        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        c = CMSG_FIRSTHDR(&header);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    do {
        n = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n;
}

HvnFdChannel *
hvn_fd_channel_new(int fd, gsize max_message, HvnFdChannelSizeFunc size_of)
{
    HvnFdChannel *self = g_new0(HvnFdChannel, 1);

    self->fd = fd;
    self->max_message = max_message;
    self->size_of = size_of;
    self->in = g_malloc(max_message + READ_SIZE);
    self->arrived = g_array_new(FALSE, FALSE, sizeof(HvnFdArrived));
    self->current = g_array_new(FALSE, FALSE, sizeof(int));
    self->out = g_byte_array_new();
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    return self;
}

static void
hvn_fd_channel_close_current(HvnFdChannel *self)
{
    for (guint i = 0; i < self->current->len; i++) {
        int fd = g_array_index(self->current, int, i);
        if (fd >= 0)
            close(fd);
    }
    g_array_set_size(self->current, 0);
}

void
hvn_fd_channel_free(HvnFdChannel *self)
{
    if (self == NULL)
        return;
    hvn_fd_channel_close_current(self);
    for (guint i = 0; i < self->arrived->len; i++)
        close(g_array_index(self->arrived, HvnFdArrived, i).fd);
    g_array_unref(self->arrived);
    g_array_unref(self->current);
    g_byte_array_unref(self->out);
    close(self->fd);
    g_free(self->in);
    g_free(self);
}

int
hvn_fd_channel_get_fd(const HvnFdChannel *self)
{
    return self->fd;
}

gboolean
hvn_fd_channel_get_broken(const HvnFdChannel *self)
{
    return self->broken;
}

gsize
hvn_fd_channel_get_queued(const HvnFdChannel *self)
{
    return self->out->len;
}

/* Takes the descriptors of a control message; more than a message may have ends the connection. */
static void
hvn_fd_channel_take_fds(HvnFdChannel *self, struct msghdr *header, gsize pos)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
        guint n;

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (guint i = 0; i < n; i++) {
            HvnFdArrived arrived = {.pos = pos};
            memcpy(&arrived.fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
            g_array_append_val(self->arrived, arrived);
        }
    }
    if (self->arrived->len > 2 * HVN_FD_CHANNEL_MAX_FDS || (header->msg_flags & MSG_CTRUNC) != 0)
        self->broken = TRUE;
}

HvnFdChannelStatus
hvn_fd_channel_receive(HvnFdChannel *self)
{
    union {
        struct cmsghdr align;
        char           bytes[CMSG_SPACE(HVN_FD_CHANNEL_MAX_FDS * sizeof(int))];
    } control;
    struct iovec  iov;
    struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    gssize        n;

    if (self->broken)
        return HVN_FD_CHANNEL_CLOSED;
    if (self->in_start > 0) {
        memmove(self->in, self->in + self->in_start, self->in_end - self->in_start);
        for (guint i = 0; i < self->arrived->len; i++)
            g_array_index(self->arrived, HvnFdArrived, i).pos -= self->in_start;
        self->in_end -= self->in_start;
        self->in_start = 0;
    }
    iov.iov_base = self->in + self->in_end;
    iov.iov_len = self->max_message + READ_SIZE - self->in_end;
    do {
        n = recvmsg(self->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? HVN_FD_CHANNEL_AGAIN : HVN_FD_CHANNEL_CLOSED;
    self->in_end += n;
    hvn_fd_channel_take_fds(self, &header, self->in_end - 1);
    if (n == 0)
        return HVN_FD_CHANNEL_CLOSED;
    return self->broken ? HVN_FD_CHANNEL_CLOSED : HVN_FD_CHANNEL_OK;
}

gboolean
hvn_fd_channel_next(HvnFdChannel *self, HvnFdMessage *message)
{
    const guint8 *head = self->in + self->in_start;
    gsize         available = self->in_end - self->in_start;
    gssize        size;

    hvn_fd_channel_close_current(self);
    if (self->broken || available == 0)
        return FALSE;
    size = self->size_of(head, available);
    if (size < 0 || (gsize)size > self->max_message) {
        self->broken = TRUE;
        return FALSE;
    }
    if (size == 0 || (gsize)size > available)
        return FALSE;
    self->in_start += size;
    while (self->arrived->len > 0 && g_array_index(self->arrived, HvnFdArrived, 0).pos < self->in_start) {
        g_array_append_val(self->current, g_array_index(self->arrived, HvnFdArrived, 0).fd);
        g_array_remove_index(self->arrived, 0);
    }
    message->data = head;
    message->len = size;
    message->fds = (int *)(void *)self->current->data;
    message->n_fds = self->current->len;
    return TRUE;
}

void
hvn_fd_channel_queue(HvnFdChannel *self, gconstpointer data, gsize len)
{
    g_byte_array_append(self->out, data, len);
}

gboolean
hvn_fd_channel_flush(HvnFdChannel *self)
{
    while (self->out->len > 0) {
        gssize n = hvn_fd_send(self->fd, self->out->data, self->out->len, NULL, 0);

        if (n < 0)
            return errno == EAGAIN;
        g_byte_array_remove_range(self->out, 0, n);
    }
    return TRUE;
}

gboolean
hvn_fd_channel_send_with_fd(HvnFdChannel *self, gconstpointer data, gsize len, int fd)
{
    if (!hvn_fd_channel_flush(self) || self->out->len > 0)
        return FALSE;
    return hvn_fd_send(self->fd, data, len, &fd, 1) == (gssize)len;
}
