/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The dgram backend: which two addresses go together is decided here, as QEMU does; HvnDatagram carries the frames. */
#include "hvn-dgram-backend.h"

#include "hvn-datagram.h"
#include "hvn-error.h"
#include "hvn-plugin-abi.h"

#include <string.h>
#include <unistd.h>

enum {
    PROP_0,
    PROP_LOCAL,
    PROP_REMOTE = PROP_LOCAL + HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES,
    PROP_END = PROP_REMOTE + HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES,
};

struct _HvnDgramBackend {
    HvnBackend    parent_instance;
    HvnSocketSpec local;
    HvnSocketSpec remote;
    HvnDatagram  *datagram; /* owned; NULL while stopped */
    char         *info;     /* owned; NULL while stopped */
};

G_DEFINE_FINAL_TYPE(HvnDgramBackend, hvn_dgram_backend, HVN_TYPE_BACKEND)

static guint
hvn_dgram_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnDgramBackend *self = HVN_DGRAM_BACKEND(port);

    return self->datagram != NULL ? hvn_datagram_push(self->datagram, frames, n_frames) : n_frames;
}

static void
hvn_dgram_backend_resume(HvnPort *port)
{
    HvnDgramBackend *self = HVN_DGRAM_BACKEND(port);

    if (self->datagram != NULL)
        hvn_datagram_resume(self->datagram);
}

/* ---- which addresses go together ---- */

static gboolean
hvn_dgram_backend_is(const HvnSocketSpec *spec, const char *type)
{
    return g_strcmp0(spec->type, type) == 0;
}

static gboolean
hvn_dgram_backend_refuse(GError **error, const char *text)
{
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, text);
    return FALSE;
}

static gboolean
hvn_dgram_backend_start_fd(HvnDgramBackend *self, GError **error)
{
    int sock_type, fd = hvn_socket_spec_take_fd(&self->local, "local", &sock_type, error);

    if (fd < 0)
        return FALSE;
    if (sock_type != SOCK_DGRAM) {
        close(fd);
        return hvn_dgram_backend_refuse(error, "local.str is the descriptor of a stream: expected that of a datagram socket");
    }
    self->datagram = hvn_datagram_new_for_fd(HVN_BACKEND(self), fd);
    self->info = g_strdup_printf("fd=%s", self->local.str);
    return TRUE;
}

static gboolean
hvn_dgram_backend_start_multicast(HvnDgramBackend *self, const HvnSocketAddress *group, GError **error)
{
    g_autofree HvnSocketAddress *interface = NULL;
    g_autofree char *text = hvn_socket_address_print(group);
    HvnSocketSpec outgoing = self->local;
    int sock_type, fd = -1;
    guint n;

    if (hvn_dgram_backend_is(&self->local, "unix"))
        return hvn_dgram_backend_refuse(error, "only support inet or fd type for local, because remote is a multicast group");
    if (hvn_dgram_backend_is(&self->local, "inet")) {
        if (outgoing.port == NULL)
            outgoing.port = (char *)"0"; /* it only names an interface */
        interface = hvn_socket_spec_resolve(&outgoing, "local", TRUE, &n, error);
        if (interface == NULL)
            return FALSE;
        if (interface->storage.ss_family != group->storage.ss_family)
            return hvn_dgram_backend_refuse(error, "local.host and remote.host are of different families: expected IPv4 twice or IPv6 twice");
    } else if (hvn_dgram_backend_is(&self->local, "fd")) {
        fd = hvn_socket_spec_take_fd(&self->local, "local", &sock_type, error);
        if (fd < 0)
            return FALSE;
    }
    self->datagram = hvn_datagram_new_multicast(HVN_BACKEND(self), group, interface, fd, error);
    self->info = g_strdup_printf("mcast=%s", text);
    return self->datagram != NULL;
}

static gboolean
hvn_dgram_backend_start_unicast(HvnDgramBackend *self, const HvnSocketAddress *remote, GError **error)
{
    g_autofree HvnSocketAddress *locals = NULL;
    g_autofree char *remote_text = hvn_socket_address_print(remote);
    g_autofree char *local_text = NULL;
    const HvnSocketAddress *local;
    guint n_locals;

    if (self->local.type == NULL)
        return hvn_dgram_backend_refuse(error, "dgram requires local= parameter: expected local.type=inet, unix or fd");
    if (hvn_dgram_backend_is(&self->local, "fd"))
        return hvn_dgram_backend_refuse(error, "don't set remote with local.fd: expected local.type=inet or unix, or no remote");
    if (strcmp(self->local.type, self->remote.type) != 0)
        return hvn_dgram_backend_refuse(error, "remote and local types must be the same");
    locals = hvn_socket_spec_resolve(&self->local, "local", TRUE, &n_locals, error);
    if (locals == NULL)
        return FALSE;
    local = hvn_socket_address_match(locals, n_locals, remote);
    if (local == NULL)
        return hvn_dgram_backend_refuse(error, "local.host and remote.host are of different families: expected IPv4 twice or IPv6 twice");
    if (hvn_socket_address_equal(local, remote))
        return hvn_dgram_backend_refuse(error, "remote is the same address as local: expected that of the peer");
    self->datagram = hvn_datagram_new_unicast(HVN_BACKEND(self), local, remote, error);
    local_text = hvn_socket_address_print(local);
    self->info = g_strdup_printf("udp=%s/%s", local_text, remote_text);
    return self->datagram != NULL;
}

static void
hvn_dgram_backend_stop(HvnBackend *backend)
{
    HvnDgramBackend *self = HVN_DGRAM_BACKEND(backend);

    g_clear_pointer(&self->datagram, hvn_datagram_free);
    g_clear_pointer(&self->info, g_free);
    /* a guest that waits for room is told that there is nothing to wait for */
    hvn_port_ready(HVN_PORT(self));
}

static gboolean
hvn_dgram_backend_open(HvnDgramBackend *self, GError **error)
{
    g_autofree HvnSocketAddress *remotes = NULL;
    guint n_remotes;

    if (self->remote.type == NULL) {
        if (self->local.type == NULL)
            return hvn_dgram_backend_refuse(error, "dgram requires local= parameter: expected local.type=inet, unix or fd");
        if (!hvn_dgram_backend_is(&self->local, "fd"))
            return hvn_dgram_backend_refuse(error, "type=inet or type=unix requires remote parameter: expected remote.type and the peer's address");
        return hvn_dgram_backend_start_fd(self, error);
    }
    if (hvn_dgram_backend_is(&self->remote, "fd"))
        return hvn_dgram_backend_refuse(error, "remote.type is fd: expected inet or unix");
    remotes = hvn_socket_spec_resolve(&self->remote, "remote", FALSE, &n_remotes, error);
    if (remotes == NULL)
        return FALSE;
    if (hvn_socket_address_is_multicast(&remotes[0]))
        return hvn_dgram_backend_start_multicast(self, &remotes[0], error);
    return hvn_dgram_backend_start_unicast(self, &remotes[0], error);
}

static gboolean
hvn_dgram_backend_start(HvnBackend *backend, GError **error)
{
    if (hvn_dgram_backend_open(HVN_DGRAM_BACKEND(backend), error))
        return TRUE;
    hvn_dgram_backend_stop(backend);
    return FALSE;
}

static char *
hvn_dgram_backend_describe(HvnBackend *backend)
{
    const char *info = HVN_DGRAM_BACKEND(backend)->info;

    return g_strdup(info != NULL ? info : "");
}

static void
hvn_dgram_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnDgramBackend *self = HVN_DGRAM_BACKEND(object);

    if (prop >= PROP_END)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
    else if (prop >= PROP_REMOTE)
        hvn_socket_spec_set(&self->remote, prop - PROP_REMOTE, value);
    else
        hvn_socket_spec_set(&self->local, prop - PROP_LOCAL, value);
}

static void
hvn_dgram_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_dgram_backend_parent_class)->dispose(object);
}

static void
hvn_dgram_backend_finalize(GObject *object)
{
    HvnDgramBackend *self = HVN_DGRAM_BACKEND(object);

    hvn_socket_spec_clear(&self->local);
    hvn_socket_spec_clear(&self->remote);
    G_OBJECT_CLASS(hvn_dgram_backend_parent_class)->finalize(object);
}

static void
hvn_dgram_backend_class_init(HvnDgramBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_dgram_backend_set_property;
    object_class->dispose = hvn_dgram_backend_dispose;
    object_class->finalize = hvn_dgram_backend_finalize;
    port_class->push = hvn_dgram_backend_push;
    port_class->resume = hvn_dgram_backend_resume;
    backend_class->start = hvn_dgram_backend_start;
    backend_class->stop = hvn_dgram_backend_stop;
    backend_class->describe = hvn_dgram_backend_describe;
    hvn_socket_spec_install(object_class, PROP_LOCAL, "local", HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES);
    hvn_socket_spec_install(object_class, PROP_REMOTE, "remote", HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES);
}

static void
hvn_dgram_backend_init(HvnDgramBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "dgram", hvn_dgram_backend_get_type);
