/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The stream backend: options of QEMU's -netdev stream; HvnStream carries the frames. */
#include "hvn-stream-backend.h"

#include "hvn-error.h"
#include "hvn-plugin-abi.h"
#include "hvn-stream.h"

#include <unistd.h>

enum {
    PROP_0,
    PROP_ADDR,
    PROP_SERVER = PROP_ADDR + HVN_SOCKET_SPEC_STREAM_PROPERTIES,
    PROP_RECONNECT_MS,
};

struct _HvnStreamBackend {
    HvnBackend    parent_instance;
    HvnSocketSpec addr;
    gboolean      server;
    guint         reconnect_ms;
    HvnStream    *stream; /* owned; NULL while stopped */
};

G_DEFINE_FINAL_TYPE(HvnStreamBackend, hvn_stream_backend, HVN_TYPE_BACKEND)

static guint
hvn_stream_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(port);

    return self->stream != NULL ? hvn_stream_push(self->stream, frames, n_frames) : n_frames;
}

static void
hvn_stream_backend_resume(HvnPort *port)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(port);

    if (self->stream != NULL)
        hvn_stream_resume(self->stream);
}

static gboolean
hvn_stream_backend_refuse(GError **error, const char *text)
{
    g_set_error_literal(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, text);
    return FALSE;
}

static gboolean
hvn_stream_backend_start_fd(HvnStreamBackend *self, GError **error)
{
    int sock_type, fd = hvn_socket_spec_take_fd(&self->addr, "addr", &sock_type, error);

    if (fd < 0)
        return FALSE;
    if (sock_type != SOCK_STREAM) {
        close(fd);
        return hvn_stream_backend_refuse(error, "addr.str is the descriptor of a datagram socket: expected that of a stream");
    }
    self->stream = hvn_stream_new_for_fd(HVN_BACKEND(self), &self->addr, fd, self->server);
    return TRUE;
}

static gboolean
hvn_stream_backend_start(HvnBackend *backend, GError **error)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(backend);

    if (self->addr.type == NULL)
        return hvn_stream_backend_refuse(error, "parameter 'addr' is missing: expected addr.type=inet, unix or fd, and the address");
    if (self->server && self->reconnect_ms > 0)
        return hvn_stream_backend_refuse(error, "'reconnect-ms' option is incompatible with socket in server mode");
    if (g_str_equal(self->addr.type, "fd"))
        return hvn_stream_backend_start_fd(self, error);
    if (self->server)
        self->stream = hvn_stream_new_server(backend, &self->addr, "addr", error);
    else
        self->stream = hvn_stream_new_client(backend, &self->addr, "addr", self->reconnect_ms, error);
    return self->stream != NULL;
}

static void
hvn_stream_backend_stop(HvnBackend *backend)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(backend);

    g_clear_pointer(&self->stream, hvn_stream_free);
    /* a guest that waits for room is told that there is nothing to wait for */
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_stream_backend_describe(HvnBackend *backend)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(backend);

    return self->stream != NULL ? hvn_stream_describe(self->stream) : g_strdup("");
}

static void
hvn_stream_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnStreamBackend *self = HVN_STREAM_BACKEND(object);

    if (prop < PROP_SERVER)
        hvn_socket_spec_set(&self->addr, prop - PROP_ADDR, value);
    else if (prop == PROP_SERVER)
        self->server = g_value_get_boolean(value);
    else if (prop == PROP_RECONNECT_MS)
        self->reconnect_ms = g_value_get_uint(value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_stream_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_stream_backend_parent_class)->dispose(object);
}

static void
hvn_stream_backend_finalize(GObject *object)
{
    hvn_socket_spec_clear(&HVN_STREAM_BACKEND(object)->addr);
    G_OBJECT_CLASS(hvn_stream_backend_parent_class)->finalize(object);
}

static void
hvn_stream_backend_class_init(HvnStreamBackendClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_stream_backend_set_property;
    object_class->dispose = hvn_stream_backend_dispose;
    object_class->finalize = hvn_stream_backend_finalize;
    port_class->push = hvn_stream_backend_push;
    port_class->resume = hvn_stream_backend_resume;
    backend_class->start = hvn_stream_backend_start;
    backend_class->stop = hvn_stream_backend_stop;
    backend_class->describe = hvn_stream_backend_describe;
    backend_class->carrier_follows = TRUE;
    hvn_socket_spec_install(object_class, PROP_ADDR, "addr", HVN_SOCKET_SPEC_STREAM_PROPERTIES);
    g_object_class_install_property(object_class, PROP_SERVER, g_param_spec_boolean("server", NULL, NULL, FALSE, flags));
    g_object_class_install_property(object_class, PROP_RECONNECT_MS,
                                    g_param_spec_uint("reconnect-ms", NULL, NULL, 0, G_MAXUINT, 0, flags));
}

static void
hvn_stream_backend_init(HvnStreamBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "stream", hvn_stream_backend_get_type);
