/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a virtio device over vhost-user: listens, takes one client, reads its messages, has each one served, and sends the answers.
 * A request that fails is answered with 1 if the client waits for an answer; else the client is dropped, as it would go on with a device
 * that is not what it thinks. */

#include "hvn-vhost-user.h"

#include "hvn-fd-channel.h"
#include "hvn-socket-listener.h"
#include "hvn-vhost-user-commands.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define MAX_QUEUED (64 * 1024) /* a client that does not read its answers is not read from */

struct _HvnVhostUser {
    GObject parent_instance;

    HvnVirtioDevice   *device; /* claimed; NULL after dispose */
    HvnDispatcher     *dispatcher;
    char              *name;
    HvnSocketListener *listener;
    HvnFdChannel      *channel; /* NULL without a client */
    HvnWatch          *watch;   /* of the channel */
    HvnVhostUserPeer  *peer;    /* the client's; NULL without one */
    HvnVhostUserReply  reply;
    HvnVhostUserState *state;
    gboolean           heard; /* something of this client */
};

enum {
    PROP_ATTACHED = 1, /* whether a client is connected; notified when one comes or goes */
    PROP_HEARD,        /* whether it has said something; notified then, before that is answered */
};

G_DEFINE_FINAL_TYPE(HvnVhostUser, hvn_vhost_user, G_TYPE_OBJECT)

/* ---- one message ---- */

static gboolean
hvn_vhost_user_send_reply(HvnVhostUser *self, guint32 request)
{
    const HvnVhostUserHeader header = {
        .request = request,
        .flags = HVN_VHOST_USER_FLAG_VERSION | HVN_VHOST_USER_FLAG_REPLY,
        .size = self->reply.data->len,
    };
    gboolean sent = TRUE;

    g_byte_array_prepend(self->reply.data, (const guint8 *)&header, sizeof header);
    if (self->reply.fd < 0) {
        hvn_fd_channel_queue(self->channel, self->reply.data->data, self->reply.data->len);
    } else {
        sent = hvn_fd_channel_send_with_fd(self->channel, self->reply.data->data, self->reply.data->len, self->reply.fd);
        close(self->reply.fd);
        self->reply.fd = -1;
    }
    return sent;
}

static gboolean
hvn_vhost_user_send_result(HvnVhostUser *self, guint32 request, guint64 result)
{
    g_byte_array_set_size(self->reply.data, 0);
    g_byte_array_append(self->reply.data, (const guint8 *)&result, sizeof result);
    return hvn_vhost_user_send_reply(self, request);
}

/* FALSE when the client cannot be followed any more. */
static gboolean
hvn_vhost_user_serve_message(HvnVhostUser *self, const HvnFdMessage *message)
{
    HvnVhostUserHeader header;
    gboolean           need_reply;
    int                result;

    memcpy(&header, message->data, sizeof header);
    g_debug("%s: request %u, flags 0x%x, %u bytes, %u descriptors", self->name, header.request, header.flags, header.size,
            message->n_fds);
    if ((header.flags & HVN_VHOST_USER_FLAG_VERSION_MASK) != HVN_VHOST_USER_FLAG_VERSION ||
        (header.flags & HVN_VHOST_USER_FLAG_REPLY) != 0) {
        hvn_guest_error(&self->peer->errors, "message with flags 0x%x", header.flags);
        return FALSE;
    }
    if (hvn_vhost_user_memory_get_broken(self->peer->memory)) {
        hvn_guest_error(&self->peer->errors, "the file of shared memory was truncated");
        return FALSE;
    }
    result = hvn_vhost_user_command(self->peer, header.request, message->data + sizeof header, message->len - sizeof header,
                                    message->fds, message->n_fds, &self->reply);
    need_reply = (header.flags & HVN_VHOST_USER_FLAG_NEED_REPLY) != 0 &&
                 hvn_vhost_user_peer_has_protocol(self->peer, HVN_VHOST_USER_PROTOCOL_F_REPLY_ACK);
    if (result != 0)
        hvn_guest_error(&self->peer->errors, "request %u of %" G_GSIZE_FORMAT " bytes and %u descriptors refused: %s", header.request,
                        message->len, message->n_fds, g_strerror(result));
    else if (self->reply.wanted)
        return hvn_vhost_user_send_reply(self, header.request);
    return need_reply ? hvn_vhost_user_send_result(self, header.request, result != 0) : result == 0;
}

/* ---- the client ---- */

static void
hvn_vhost_user_detach(HvnVhostUser *self)
{
    if (self->channel == NULL)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    g_clear_pointer(&self->channel, hvn_fd_channel_free);
    g_clear_pointer(&self->peer, hvn_vhost_user_peer_free);
    self->heard = FALSE;
    if (self->listener != NULL)
        hvn_socket_listener_resume(self->listener);
    g_object_notify(G_OBJECT(self), "attached");
    g_info("%s: client detached", self->name);
}

/* Serves every whole message that was read. FALSE when the client is to go. */
static gboolean
hvn_vhost_user_serve_messages(HvnVhostUser *self)
{
    HvnFdMessage message;

    while (hvn_fd_channel_next(self->channel, &message)) {
        if (!self->heard) {
            self->heard = TRUE;
            g_object_notify(G_OBJECT(self), "heard");
        }
        if (!hvn_vhost_user_serve_message(self, &message))
            return FALSE;
    }
    return !hvn_fd_channel_get_broken(self->channel);
}

static void
hvn_vhost_user_readable(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVhostUser *self = data;
    gboolean      alive = hvn_fd_channel_flush(self->channel);

    if (alive && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0) {
        HvnFdChannelStatus status = hvn_fd_channel_receive(self->channel);

        /* answers to what came before a mistake still leave */
        if (status == HVN_FD_CHANNEL_OK)
            alive = hvn_vhost_user_serve_messages(self) & hvn_fd_channel_flush(self->channel);
        else
            alive = status == HVN_FD_CHANNEL_AGAIN;
    }
    if (!alive) {
        hvn_vhost_user_detach(self);
        return;
    }
    hvn_watch_want(self->watch, G_IO_OUT, hvn_fd_channel_get_queued(self->channel) > 0);
    hvn_watch_want(self->watch, G_IO_IN, hvn_fd_channel_get_queued(self->channel) < MAX_QUEUED);
}

void
hvn_vhost_user_attach_fd(HvnVhostUser *self, int fd)
{
    g_return_if_fail(HVN_IS_VHOST_USER(self));
    g_return_if_fail(self->channel == NULL);

    self->peer = hvn_vhost_user_peer_new(self->device, self->dispatcher, self->state, self->name);
    self->channel = hvn_fd_channel_new(fd, sizeof(HvnVhostUserHeader) + HVN_VHOST_USER_MAX_MESSAGE, hvn_vhost_user_size_of);
    self->watch = hvn_watch_new(self->dispatcher, fd, hvn_vhost_user_readable, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    g_object_notify(G_OBJECT(self), "attached");
    g_info("%s: client attached", self->name);
}

/* ---- the socket ---- */

/* One client at a time: while there is one, the listener does not accept, and the next waits in the kernel's queue. */
static void
hvn_vhost_user_accepted(int fd, gpointer data)
{
    HvnVhostUser *self = data;

    hvn_socket_listener_pause(self->listener);
    hvn_vhost_user_attach_fd(self, fd);
}

gboolean
hvn_vhost_user_listen(HvnVhostUser *self, const char *path, GError **error)
{
    g_return_val_if_fail(HVN_IS_VHOST_USER(self) && self->listener == NULL, FALSE);

    self->listener = hvn_socket_listener_new(self->dispatcher, path, hvn_vhost_user_accepted, self, error);
    return self->listener != NULL;
}

void
hvn_vhost_user_listen_fd(HvnVhostUser *self, int fd)
{
    g_return_if_fail(HVN_IS_VHOST_USER(self) && self->listener == NULL);

    self->listener = hvn_socket_listener_new_for_fd(self->dispatcher, fd, hvn_vhost_user_accepted, self);
}

gboolean
hvn_vhost_user_set_state_fd(HvnVhostUser *self, int fd, GError **error)
{
    HvnVhostUserState *state;

    g_return_val_if_fail(HVN_IS_VHOST_USER(self) && self->channel == NULL && fd >= 0, FALSE);

    state = hvn_vhost_user_state_new(fd, hvn_vhost_user_peer_count_rings(self->device), error);
    if (state == NULL)
        return FALSE;
    hvn_vhost_user_state_free(self->state);
    self->state = state;
    return TRUE;
}

void
hvn_vhost_user_stop(HvnVhostUser *self)
{
    g_return_if_fail(HVN_IS_VHOST_USER(self));

    g_clear_pointer(&self->listener, hvn_socket_listener_free);
    hvn_vhost_user_detach(self);
}

gboolean
hvn_vhost_user_get_attached(HvnVhostUser *self)
{
    g_return_val_if_fail(HVN_IS_VHOST_USER(self), FALSE);

    return self->channel != NULL;
}

/* ---- the device ---- */

static void
hvn_vhost_user_config_changed(gpointer data)
{
    HvnVhostUser *self = data;

    if (self->peer != NULL && self->peer->backend != NULL &&
        hvn_vhost_user_peer_has_protocol(self->peer, HVN_VHOST_USER_PROTOCOL_F_CONFIG))
        hvn_vhost_user_backend_config_changed(self->peer->backend);
}

static const HvnVirtioTransport hvn_vhost_user_transport = {
    .config_changed = hvn_vhost_user_config_changed,
};

/* ---- the object ---- */

static void
hvn_vhost_user_dispose(GObject *object)
{
    HvnVhostUser *self = HVN_VHOST_USER(object);

    hvn_vhost_user_stop(self);
    if (self->device != NULL)
        hvn_virtio_device_unclaim(self->device);
    g_clear_object(&self->device);
    g_clear_object(&self->dispatcher);
    G_OBJECT_CLASS(hvn_vhost_user_parent_class)->dispose(object);
}

static void
hvn_vhost_user_finalize(GObject *object)
{
    HvnVhostUser *self = HVN_VHOST_USER(object);

    hvn_vhost_user_state_free(self->state);
    g_byte_array_unref(self->reply.data);
    g_free(self->name);
    G_OBJECT_CLASS(hvn_vhost_user_parent_class)->finalize(object);
}

static void
hvn_vhost_user_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    HvnVhostUser *self = HVN_VHOST_USER(object);

    if (id == PROP_ATTACHED)
        g_value_set_boolean(value, self->channel != NULL);
    else if (id == PROP_HEARD)
        g_value_set_boolean(value, self->heard);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
hvn_vhost_user_class_init(HvnVhostUserClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_vhost_user_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_vhost_user_finalize;
    G_OBJECT_CLASS(klass)->get_property = hvn_vhost_user_get_property;
    g_object_class_install_property(G_OBJECT_CLASS(klass), PROP_ATTACHED,
                                    g_param_spec_boolean("attached", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
    g_object_class_install_property(G_OBJECT_CLASS(klass), PROP_HEARD,
                                    g_param_spec_boolean("heard", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
hvn_vhost_user_init(HvnVhostUser *self)
{
    self->reply.data = g_byte_array_new();
    self->reply.fd = -1;
}

HvnVhostUser *
hvn_vhost_user_new(HvnVirtioDevice *device, HvnDispatcher *dispatcher, const char *name)
{
    g_autoptr(HvnVhostUser) self = NULL;

    g_return_val_if_fail(HVN_IS_VIRTIO_DEVICE(device) && HVN_IS_DISPATCHER(dispatcher) && name != NULL, NULL);

    self = g_object_new(HVN_TYPE_VHOST_USER, NULL);
    self->state = hvn_vhost_user_state_new(-1, hvn_vhost_user_peer_count_rings(device), NULL);
    if (self->state == NULL || !hvn_virtio_device_claim(device, &hvn_vhost_user_transport, self))
        return NULL;
    self->device = g_object_ref(device);
    self->dispatcher = g_object_ref(dispatcher);
    self->name = g_strdup(name);
    return g_steal_pointer(&self);
}
