/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the back-end tells the front-end. Messages are built when the socket has room, from flags that say what is owed. */

#include "hvn-vhost-user-backend.h"

#include "hvn-fd-channel.h"

#include <string.h>

#define READ_MAX 16 /* reads of one dispatch */

#define OWED_CALL 1
#define OWED_ERR  2

struct _HvnVhostUserBackend {
    HvnFdChannel *channel;
    HvnWatch     *watch;
    guint8        owed[HVN_VHOST_USER_MAX_RINGS]; /* OWED_ bits of each ring */
    guint         n_owed;                         /* rings with any */
    gboolean      owed_config;
};

static gssize
hvn_vhost_user_backend_size_of(const guint8 *head, gsize len)
{
    HvnVhostUserHeader header;

    if (len < sizeof header)
        return 0;
    memcpy(&header, head, sizeof header);
    return header.size > HVN_VHOST_USER_MAX_MESSAGE ? -1 : (gssize)(sizeof header + header.size);
}

static void
hvn_vhost_user_backend_queue(HvnVhostUserBackend *self, HvnVhostUserBackendRequest request, gconstpointer payload, gsize len)
{
    const HvnVhostUserHeader header = {.request = request, .flags = HVN_VHOST_USER_FLAG_VERSION, .size = len};

    hvn_fd_channel_queue(self->channel, &header, sizeof header);
    if (len > 0)
        hvn_fd_channel_queue(self->channel, payload, len);
}

/* Sends what is owed, as long as everything before it has left. */
static void
hvn_vhost_user_backend_run(HvnVhostUserBackend *self)
{
    gboolean alive = hvn_fd_channel_flush(self->channel);

    for (guint i = 0; alive && self->n_owed > 0 && hvn_fd_channel_get_queued(self->channel) == 0 && i < G_N_ELEMENTS(self->owed); i++) {
        const HvnVhostUserVringState state = {.index = i};

        if (self->owed[i] == 0)
            continue;
        if ((self->owed[i] & OWED_CALL) != 0)
            hvn_vhost_user_backend_queue(self, HVN_VHOST_USER_BACKEND_VRING_CALL, &state, sizeof state);
        if ((self->owed[i] & OWED_ERR) != 0)
            hvn_vhost_user_backend_queue(self, HVN_VHOST_USER_BACKEND_VRING_ERR, &state, sizeof state);
        self->owed[i] = 0;
        self->n_owed--;
        alive = hvn_fd_channel_flush(self->channel);
    }
    if (alive && self->owed_config && hvn_fd_channel_get_queued(self->channel) == 0) {
        self->owed_config = FALSE;
        hvn_vhost_user_backend_queue(self, HVN_VHOST_USER_BACKEND_CONFIG_CHANGE, NULL, 0);
        alive = hvn_fd_channel_flush(self->channel);
    }
    hvn_watch_want(self->watch, G_IO_OUT, alive && hvn_fd_channel_get_queued(self->channel) > 0);
    if (!alive)
        hvn_watch_want(self->watch, G_IO_IN, FALSE);
}

/* Nothing is asked, so whatever comes is read and dropped. */
static void
hvn_vhost_user_backend_ready(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVhostUserBackend *self = data;
    HvnFdChannelStatus   status = HVN_FD_CHANNEL_OK;
    HvnFdMessage         message;

    for (guint i = 0; i < READ_MAX && status == HVN_FD_CHANNEL_OK; i++) {
        status = hvn_fd_channel_receive(self->channel);
        while (hvn_fd_channel_next(self->channel, &message))
            continue;
    }
    if (status == HVN_FD_CHANNEL_CLOSED)
        hvn_watch_want(self->watch, G_IO_IN | G_IO_OUT, FALSE);
    else
        hvn_vhost_user_backend_run(self);
}

HvnVhostUserBackend *
hvn_vhost_user_backend_new(HvnDispatcher *dispatcher, int fd)
{
    HvnVhostUserBackend *self = g_new0(HvnVhostUserBackend, 1);

    self->channel = hvn_fd_channel_new(fd, sizeof(HvnVhostUserHeader) + HVN_VHOST_USER_MAX_MESSAGE, hvn_vhost_user_backend_size_of);
    self->watch = hvn_watch_new(dispatcher, fd, hvn_vhost_user_backend_ready, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return self;
}

void
hvn_vhost_user_backend_free(HvnVhostUserBackend *self)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    hvn_fd_channel_free(self->channel);
    g_free(self);
}

void
hvn_vhost_user_backend_signal(HvnVhostUserBackend *self, HvnVhostUserBackendRequest request, guint index)
{
    g_return_if_fail(index < HVN_VHOST_USER_MAX_RINGS);

    if (self->owed[index] == 0)
        self->n_owed++;
    self->owed[index] |= request == HVN_VHOST_USER_BACKEND_VRING_CALL ? OWED_CALL : OWED_ERR;
    hvn_vhost_user_backend_run(self);
}

void
hvn_vhost_user_backend_config_changed(HvnVhostUserBackend *self)
{
    self->owed_config = TRUE;
    hvn_vhost_user_backend_run(self);
}

