/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves a PCI NIC over vfio-user: listens, takes one client, reads its messages in bulk, has each one served, and sends the answers
 * together. What a message sets off in the NIC runs afterwards, from the dispatcher. */

#include "hvn-vfio-user.h"

#include "hvn-error.h"
#include "hvn-fd-channel.h"
#include "hvn-socket-listener.h"
#include "hvn-vfio-user-commands.h"
#include "hvn-watch.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_QUEUED (4 * HVN_VFIO_USER_MAX_MESSAGE) /* a client that does not read its answers is not read from */
#define MAX_SPIN_US 1000

struct _HvnVfioUser {
    GObject parent_instance;

    HvnNic            *nic;
    HvnDispatcher     *dispatcher; /* the NIC's */
    HvnVfioUserBus    *bus;        /* of the client; NULL without one */
    HvnSocketListener *listener;
    HvnFdChannel      *channel; /* NULL without a client */
    HvnWatch          *watch;   /* of the channel */
    HvnVfioUserReply   reply;
    HvnWork            spin; /* keeps the dispatcher from sleeping */
    gint64             spin_ns;
    gint64             spin_until_ns;
    gboolean           negotiated; /* the client has sent its version */
    HvnWork            flush;      /* sends requests that the NIC's works have made */
};

enum {
    PROP_ATTACHED = 1, /* whether a client is connected; notified when one comes or goes */
};

G_DEFINE_FINAL_TYPE(HvnVfioUser, hvn_vfio_user, G_TYPE_OBJECT)

/* ---- one message ---- */

static void
hvn_vfio_user_send_reply(HvnVfioUser *self, const HvnVfioUserHeader *request)
{
    HvnVfioUserHeader header = {
        .id = request->id,
        .command = request->command,
        .size = sizeof header,
        .flags = HVN_VFIO_USER_FLAG_REPLY,
        .error = self->reply.error,
    };

    if ((request->flags & HVN_VFIO_USER_FLAG_NO_REPLY) != 0)
        return;
    if (header.error != 0)
        header.flags |= HVN_VFIO_USER_FLAG_ERROR;
    header.size += self->reply.data->len;
    hvn_fd_channel_queue(self->channel, &header, sizeof header);
    hvn_fd_channel_queue(self->channel, self->reply.data->data, self->reply.data->len);
}

/* FALSE when the client cannot be followed any more. */
static gboolean
hvn_vfio_user_serve_message(HvnVfioUser *self, const HvnFdMessage *message)
{
    HvnVfioUserHeader header;

    memcpy(&header, message->data, sizeof header);
    if ((header.flags & HVN_VFIO_USER_FLAG_TYPE) != 0) {
        if (self->bus->dma != NULL)
            hvn_vfio_user_dma_answer(self->bus->dma, &header, message->data + sizeof header, message->len - sizeof header);
        return TRUE; /* without that, an answer to nothing that we asked */
    }
    if (!self->negotiated && header.command != HVN_VFIO_USER_VERSION)
        return FALSE;
    hvn_vfio_user_command(self->nic, self->bus, &header, message->data + sizeof header, message->len - sizeof header, message->fds,
                          message->n_fds, &self->reply);
    if (header.command == HVN_VFIO_USER_VERSION) {
        if (self->reply.error != 0)
            return FALSE;
        self->negotiated = TRUE;
    }
    hvn_vfio_user_send_reply(self, &header);
    return TRUE;
}

/* ---- the client ---- */

static void
hvn_vfio_user_detach(HvnVfioUser *self)
{
    if (self->channel == NULL)
        return;
    hvn_work_cancel(&self->spin);
    hvn_work_cancel(&self->flush);
    hvn_vfio_user_bus_hang_up(self->bus);
    g_clear_pointer(&self->watch, hvn_watch_free);
    g_clear_pointer(&self->channel, hvn_fd_channel_free);
    hvn_nic_detach(self->nic);
    g_clear_object(&self->bus);
    if (self->listener != NULL)
        hvn_socket_listener_resume(self->listener);
    g_object_notify(G_OBJECT(self), "attached");
    g_info("%s: client detached", hvn_port_get_name(HVN_PORT(self->nic)));
}

/* Serves every whole message that was read. FALSE when the client is to go. */
static gboolean
hvn_vfio_user_serve_messages(HvnVfioUser *self)
{
    HvnFdMessage message;

    if (hvn_shared_memory_get_broken(self->bus->memory)) {
        hvn_guest_error(hvn_nic_get_guest_errors(self->nic), "the client truncated the file of its memory while it was in use");
        return FALSE;
    }
    while (hvn_fd_channel_next(self->channel, &message)) {
        if (!hvn_vfio_user_serve_message(self, &message))
            return FALSE;
    }
    return !hvn_fd_channel_get_broken(self->channel);
}

/* ---- the spin ---- */

/* Nothing to do, for so long: the dispatcher looks at every source again, with its timers and other NICs, instead of sleeping. */
static gboolean
hvn_vfio_user_spin(gpointer data)
{
    HvnVfioUser *self = data;

    return hvn_dispatcher_now_ns(self->dispatcher) < self->spin_until_ns;
}

/* A message often follows another: a driver's interrupt handler makes four accesses that it waits for. */
static void
hvn_vfio_user_spin_on(HvnVfioUser *self)
{
    /* a manual clock would stand still meanwhile */
    if (self->spin_ns == 0 || hvn_clock_is_manual(hvn_dispatcher_get_clock(self->dispatcher)))
        return;
    self->spin_until_ns = hvn_dispatcher_now_ns(self->dispatcher) + self->spin_ns;
    hvn_work_schedule(&self->spin);
}

static gboolean
hvn_vfio_user_receive(HvnVfioUser *self)
{
    switch (hvn_fd_channel_receive(self->channel)) {
    case HVN_FD_CHANNEL_CLOSED:
        return FALSE;
    case HVN_FD_CHANNEL_OK:
        if (!hvn_vfio_user_serve_messages(self) || !hvn_fd_channel_flush(self->channel))
            return FALSE;
        hvn_vfio_user_spin_on(self);
        return TRUE;
    case HVN_FD_CHANNEL_AGAIN:
        break;
    }
    return TRUE;
}

static void
hvn_vfio_user_want(HvnVfioUser *self)
{
    hvn_watch_want(self->watch, G_IO_OUT, hvn_fd_channel_get_queued(self->channel) > 0);
    hvn_watch_want(self->watch, G_IO_IN, hvn_fd_channel_get_queued(self->channel) < MAX_QUEUED);
}

static void
hvn_vfio_user_readable(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnVfioUser *self = data;
    gboolean     alive = hvn_fd_channel_flush(self->channel);

    if (alive && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0)
        alive = hvn_vfio_user_receive(self);
    if (!alive) {
        hvn_vfio_user_detach(self);
        return;
    }
    hvn_vfio_user_want(self);
}

/* ---- requests of ours ---- */

static void
hvn_vfio_user_send(gpointer data, gconstpointer bytes, gsize len)
{
    HvnVfioUser *self = data;

    hvn_fd_channel_queue(self->channel, bytes, len);
    hvn_work_schedule(&self->flush);
}

static gboolean
hvn_vfio_user_flush(gpointer data)
{
    HvnVfioUser *self = data;

    if (hvn_fd_channel_flush(self->channel))
        hvn_vfio_user_want(self);
    else
        hvn_vfio_user_detach(self);
    return FALSE;
}

static void
hvn_vfio_user_count_irqs(HvnVfioUser *self)
{
    HvnPciConfig *pci = hvn_nic_get_pci(self->nic);
    guint        *counts = self->bus->irqs.counts;

    counts[HVN_VFIO_USER_IRQ_INTX] = hvn_pci_config_read(pci, 0x3d, 1) != 0 ? 1 : 0;
    counts[HVN_VFIO_USER_IRQ_MSI] = pci->msi_cap != 0 ? 1u << ((hvn_pci_config_read(pci, pci->msi_cap + 2, 2) >> 1) & 7) : 0;
    counts[HVN_VFIO_USER_IRQ_MSIX] = pci->msix_n_vectors;
    counts[HVN_VFIO_USER_IRQ_ERR] = 1;
}

void
hvn_vfio_user_attach_fd(HvnVfioUser *self, int fd)
{
    g_return_if_fail(HVN_IS_VFIO_USER(self));
    g_return_if_fail(self->channel == NULL && hvn_nic_is_pci(self->nic));

    self->bus = hvn_vfio_user_bus_new(self->nic, hvn_vfio_user_send, self);
    self->negotiated = FALSE;
    hvn_vfio_user_count_irqs(self);
    hvn_nic_attach(self->nic, HVN_BUS(self->bus));
    self->channel = hvn_fd_channel_new(fd, HVN_VFIO_USER_MAX_MESSAGE, hvn_vfio_user_size_of);
    self->watch = hvn_watch_new(self->dispatcher, fd, hvn_vfio_user_readable, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    g_object_notify(G_OBJECT(self), "attached");
    g_info("%s: client attached", hvn_port_get_name(HVN_PORT(self->nic)));
}

/* ---- the socket ---- */

/* One client at a time: while there is one, the listener does not accept, and the next waits in the kernel's queue. */
static void
hvn_vfio_user_accepted(int fd, gpointer data)
{
    HvnVfioUser *self = data;

    hvn_socket_listener_pause(self->listener);
    hvn_vfio_user_attach_fd(self, fd);
}

gboolean
hvn_vfio_user_listen(HvnVfioUser *self, const char *path, GError **error)
{
    g_return_val_if_fail(HVN_IS_VFIO_USER(self) && self->listener == NULL, FALSE);

    if (!hvn_nic_is_pci(self->nic)) {
        const char *variant = hvn_nic_get_variant(self->nic);

        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED,
                    "interface '%s' is a %s, which is no PCI device: vfio-user serves PCI devices only",
                    hvn_port_get_name(HVN_PORT(self->nic)), variant != NULL ? variant : G_OBJECT_TYPE_NAME(self->nic));
        return FALSE;
    }
    self->listener = hvn_socket_listener_new(self->dispatcher, path, hvn_vfio_user_accepted, self, error);
    return self->listener != NULL;
}

void
hvn_vfio_user_listen_fd(HvnVfioUser *self, int fd)
{
    g_return_if_fail(HVN_IS_VFIO_USER(self) && self->listener == NULL && hvn_nic_is_pci(self->nic));

    self->listener = hvn_socket_listener_new_for_fd(self->dispatcher, fd, hvn_vfio_user_accepted, self);
}

void
hvn_vfio_user_stop(HvnVfioUser *self)
{
    g_return_if_fail(HVN_IS_VFIO_USER(self));

    g_clear_pointer(&self->listener, hvn_socket_listener_free);
    hvn_vfio_user_detach(self);
}

gboolean
hvn_vfio_user_get_attached(HvnVfioUser *self)
{
    g_return_val_if_fail(HVN_IS_VFIO_USER(self), FALSE);

    return self->channel != NULL;
}

void
hvn_vfio_user_set_spin(HvnVfioUser *self, guint us)
{
    g_return_if_fail(HVN_IS_VFIO_USER(self));

    self->spin_ns = MIN(us, MAX_SPIN_US) * HVN_NS_PER_US;
}

/* ---- the object ---- */

static void
hvn_vfio_user_dispose(GObject *object)
{
    HvnVfioUser *self = HVN_VFIO_USER(object);

    hvn_vfio_user_stop(self);
    g_clear_object(&self->nic);
    g_clear_object(&self->dispatcher);
    G_OBJECT_CLASS(hvn_vfio_user_parent_class)->dispose(object);
}

static void
hvn_vfio_user_finalize(GObject *object)
{
    HvnVfioUser *self = HVN_VFIO_USER(object);

    g_byte_array_unref(self->reply.data);
    G_OBJECT_CLASS(hvn_vfio_user_parent_class)->finalize(object);
}

static void
hvn_vfio_user_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    HvnVfioUser *self = HVN_VFIO_USER(object);

    if (id == PROP_ATTACHED)
        g_value_set_boolean(value, self->channel != NULL);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void
hvn_vfio_user_class_init(HvnVfioUserClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_vfio_user_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_vfio_user_finalize;
    G_OBJECT_CLASS(klass)->get_property = hvn_vfio_user_get_property;
    g_object_class_install_property(G_OBJECT_CLASS(klass), PROP_ATTACHED,
                                    g_param_spec_boolean("attached", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

static void
hvn_vfio_user_init(HvnVfioUser *self)
{
    self->reply.data = g_byte_array_new();
}

HvnVfioUser *
hvn_vfio_user_new(HvnNic *nic)
{
    HvnVfioUser *self;

    g_return_val_if_fail(HVN_IS_NIC(nic), NULL);

    self = g_object_new(HVN_TYPE_VFIO_USER, NULL);
    self->nic = g_object_ref(nic);
    self->dispatcher = g_object_ref(hvn_port_get_dispatcher(HVN_PORT(nic)));
    hvn_work_init(&self->flush, self->dispatcher, hvn_vfio_user_flush, self);
    hvn_work_init(&self->spin, self->dispatcher, hvn_vfio_user_spin, self);
    return self;
}
