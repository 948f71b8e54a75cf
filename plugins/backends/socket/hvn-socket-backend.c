/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket backend: options of QEMU's -netdev socket, which are addresses as "host:port"; HvnStream and HvnDatagram carry the frames. */
#include "hvn-socket-backend.h"

#include "hvn-datagram.h"
#include "hvn-error.h"
#include "hvn-plugin-abi.h"
#include "hvn-stream.h"

#include <string.h>
#include <unistd.h>

#define RECONNECT_MS 5000 /* longest pause of connect=, which has no option for it */

enum {
    PROP_0,
    PROP_LISTEN,
    PROP_CONNECT,
    PROP_MCAST,
    PROP_UDP,
    PROP_FD,
    PROP_LOCALADDR,
    N_PROPS,
};

struct _HvnSocketBackend {
    HvnBackend    parent_instance;
    char         *options[N_PROPS]; /* owned; NULL for what was not given */
    HvnSocketSpec spec;             /* of the one of the first five that was given */
    HvnStream    *stream;           /* owned; NULL while stopped, or for datagrams */
    HvnDatagram  *datagram;         /* owned; NULL while stopped, or for streams */
};

G_DEFINE_FINAL_TYPE(HvnSocketBackend, hvn_socket_backend, HVN_TYPE_BACKEND)

static const char *const hvn_socket_backend_names[] = {
    [PROP_LISTEN] = "listen", [PROP_CONNECT] = "connect", [PROP_MCAST] = "mcast",
    [PROP_UDP] = "udp",       [PROP_FD] = "fd",           [PROP_LOCALADDR] = "localaddr",
};

static guint
hvn_socket_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(port);

    if (self->stream != NULL)
        return hvn_stream_push(self->stream, frames, n_frames);
    return self->datagram != NULL ? hvn_datagram_push(self->datagram, frames, n_frames) : n_frames;
}

static void
hvn_socket_backend_resume(HvnPort *port)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(port);

    if (self->stream != NULL)
        hvn_stream_resume(self->stream);
    if (self->datagram != NULL)
        hvn_datagram_resume(self->datagram);
}

/* ---- addresses ---- */

/* "host:port"; the host may be in brackets, as one of IPv6 has to be */
static gboolean
hvn_socket_backend_split(const char *text, HvnSocketSpec *spec, GError **error)
{
    const char *colon = strrchr(text, ':');
    gsize len = colon != NULL ? (gsize)(colon - text) : 0;

    hvn_socket_spec_clear(spec);
    if (colon == NULL)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "host address '%s' doesn't contain ':' separating host from port", text);
    if (len >= 2 && text[0] == '[' && text[len - 1] == ']')
        spec->host = g_strndup(text + 1, len - 2);
    else
        spec->host = g_strndup(text, len);
    spec->type = g_strdup("inet");
    spec->port = g_strdup(colon + 1);
    return TRUE;
}

static HvnSocketAddress *
hvn_socket_backend_resolve(const char *text, const char *name, gboolean passive, guint *n, GError **error)
{
    HvnSocketSpec spec = {0};
    HvnSocketAddress *addresses = NULL;

    if (hvn_socket_backend_split(text, &spec, error))
        addresses = hvn_socket_spec_resolve(&spec, name, passive, n, error);
    hvn_socket_spec_clear(&spec);
    return addresses;
}

/* ---- start ---- */

static gboolean
hvn_socket_backend_start_stream(HvnSocketBackend *self, guint option, GError **error)
{
    HvnBackend *backend = HVN_BACKEND(self);

    if (!hvn_socket_backend_split(self->options[option], &self->spec, error))
        return FALSE;
    if (option == PROP_LISTEN)
        self->stream = hvn_stream_new_server(backend, &self->spec, "listen", error);
    else
        self->stream = hvn_stream_new_client(backend, &self->spec, "connect", RECONNECT_MS, error);
    return self->stream != NULL;
}

static gboolean
hvn_socket_backend_start_multicast(HvnSocketBackend *self, GError **error)
{
    g_autofree HvnSocketAddress *interface = NULL;
    guint n;
    g_autofree HvnSocketAddress *group = hvn_socket_backend_resolve(self->options[PROP_MCAST], "mcast", FALSE, &n, error);

    if (group == NULL)
        return FALSE;
    if (!hvn_socket_address_is_multicast(group))
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "specified mcastaddr %s does not contain a multicast address",
                                self->options[PROP_MCAST]);
    if (self->options[PROP_LOCALADDR] != NULL) {
        HvnSocketSpec spec = {.type = (char *)"inet", .host = self->options[PROP_LOCALADDR], .port = (char *)"0", .numeric = TRUE};

        interface = hvn_socket_spec_resolve(&spec, "localaddr", TRUE, &n, error);
        if (interface == NULL)
            return FALSE;
        if (interface->storage.ss_family != group->storage.ss_family)
            return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                    "localaddr '%s' is not of the family of mcast: expected IPv4 twice or IPv6 twice", spec.host);
    }
    self->datagram = hvn_datagram_new_multicast(HVN_BACKEND(self), group, interface, -1, error);
    return self->datagram != NULL;
}

static gboolean
hvn_socket_backend_start_udp(HvnSocketBackend *self, GError **error)
{
    g_autofree HvnSocketAddress *locals = NULL;
    g_autofree HvnSocketAddress *remote = NULL;
    const HvnSocketAddress *local;
    guint n;

    if (self->options[PROP_LOCALADDR] == NULL)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "localaddr= is mandatory with udp=: expected localaddr=host:port of this end");
    remote = hvn_socket_backend_resolve(self->options[PROP_UDP], "udp", FALSE, &n, error);
    locals = remote != NULL ? hvn_socket_backend_resolve(self->options[PROP_LOCALADDR], "localaddr", TRUE, &n, error) : NULL;
    if (locals == NULL)
        return FALSE;
    local = hvn_socket_address_match(locals, n, remote);
    if (local == NULL)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "localaddr and udp are of different families: expected IPv4 twice or IPv6 twice");
    if (hvn_socket_address_equal(local, remote))
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "udp is the same address as localaddr: expected that of the peer");
    self->datagram = hvn_datagram_new_unicast(HVN_BACKEND(self), local, remote, error);
    return self->datagram != NULL;
}

static gboolean
hvn_socket_backend_start_fd(HvnSocketBackend *self, GError **error)
{
    HvnSocketSpec spec = {.str = self->options[PROP_FD]};
    int sock_type, fd = hvn_socket_spec_take_fd(&spec, "fd", &sock_type, error);

    if (fd < 0)
        return FALSE;
    if (sock_type == SOCK_STREAM)
        self->stream = hvn_stream_new_for_fd(HVN_BACKEND(self), &self->spec, fd, FALSE);
    else
        self->datagram = hvn_datagram_new_for_fd(HVN_BACKEND(self), fd);
    return TRUE;
}

/* which of the five was given; 0 when that is none or several */
static guint
hvn_socket_backend_get_mode(HvnSocketBackend *self)
{
    guint mode = 0, n_given = 0;

    for (guint i = PROP_LISTEN; i <= PROP_FD; i++) {
        if (self->options[i] != NULL) {
            mode = i;
            n_given++;
        }
    }
    return n_given == 1 ? mode : 0;
}

static gboolean
hvn_socket_backend_start(HvnBackend *backend, GError **error)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(backend);
    guint mode = hvn_socket_backend_get_mode(self);

    if (mode == 0)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG,
                                "exactly one of listen=, connect=, mcast=, udp= or fd= is required");
    if (self->options[PROP_LOCALADDR] != NULL && mode != PROP_MCAST && mode != PROP_UDP)
        return hvn_error_refuse(error, HVN_ERROR_INVALID_CONFIG, "localaddr= is only valid with mcast= or udp=");
    switch (mode) {
    case PROP_MCAST:
        return hvn_socket_backend_start_multicast(self, error);
    case PROP_UDP:
        return hvn_socket_backend_start_udp(self, error);
    case PROP_FD:
        return hvn_socket_backend_start_fd(self, error);
    default:
        return hvn_socket_backend_start_stream(self, mode, error);
    }
}

static void
hvn_socket_backend_stop(HvnBackend *backend)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(backend);

    g_clear_pointer(&self->stream, hvn_stream_free);
    g_clear_pointer(&self->datagram, hvn_datagram_free);
    /* a guest that waits for room is told that there is nothing to wait for */
    hvn_port_ready(HVN_PORT(self));
}

/* ---- the object ---- */

static char *
hvn_socket_backend_describe(HvnBackend *backend)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(backend);
    guint mode = hvn_socket_backend_get_mode(self);
    g_autofree char *stream = self->stream != NULL ? hvn_stream_describe(self->stream) : NULL;

    if (mode == PROP_LISTEN && stream != NULL)
        return g_strdup_printf("socket: listen=%s", stream);
    if (mode == PROP_CONNECT)
        return g_strdup_printf("socket: connect to %s", self->options[mode]);
    return mode != 0 ? g_strdup_printf("socket: %s=%s", hvn_socket_backend_names[mode], self->options[mode]) : g_strdup("");
}

static void
hvn_socket_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(object);

    if (prop >= N_PROPS) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
        return;
    }
    g_free(self->options[prop]);
    self->options[prop] = g_value_dup_string(value);
}

static void
hvn_socket_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_socket_backend_parent_class)->dispose(object);
}

static void
hvn_socket_backend_finalize(GObject *object)
{
    HvnSocketBackend *self = HVN_SOCKET_BACKEND(object);

    hvn_socket_spec_clear(&self->spec);
    for (guint i = 0; i < N_PROPS; i++)
        g_free(self->options[i]);
    G_OBJECT_CLASS(hvn_socket_backend_parent_class)->finalize(object);
}

static void
hvn_socket_backend_class_init(HvnSocketBackendClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_socket_backend_set_property;
    object_class->dispose = hvn_socket_backend_dispose;
    object_class->finalize = hvn_socket_backend_finalize;
    port_class->push = hvn_socket_backend_push;
    port_class->resume = hvn_socket_backend_resume;
    backend_class->start = hvn_socket_backend_start;
    backend_class->stop = hvn_socket_backend_stop;
    backend_class->describe = hvn_socket_backend_describe;
    backend_class->carrier_follows = TRUE;
    for (guint i = PROP_LISTEN; i < N_PROPS; i++)
        g_object_class_install_property(object_class, i, g_param_spec_string(hvn_socket_backend_names[i], NULL, NULL, NULL, flags));
}

static void
hvn_socket_backend_init(HvnSocketBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "socket", hvn_socket_backend_get_type);
