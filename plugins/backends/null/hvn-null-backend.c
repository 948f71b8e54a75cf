/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network that nobody is on. It needs nothing, is never full, and takes frames as they are: large ones whole, checksums
 * unfinished. So it shows what a NIC and its driver cost without a network behind them. */
#include "hvn-null-backend.h"

#include "hvn-plugin-abi.h"

enum {
    PROP_0,
    PROP_FRAMES,
    PROP_BYTES,
};

struct _HvnNullBackend {
    HvnBackend parent_instance;
    gboolean   started; /* a stopped backend takes frames too, and counts none */
    guint64    frames;
    guint64    bytes;
};

G_DEFINE_FINAL_TYPE(HvnNullBackend, hvn_null_backend, HVN_TYPE_BACKEND)

static guint
hvn_null_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnNullBackend *self = HVN_NULL_BACKEND(port);

    if (!self->started)
        return n_frames;
    self->frames += n_frames;
    for (guint i = 0; i < n_frames; i++)
        self->bytes += frames[i].len;
    return n_frames;
}

static void
hvn_null_backend_resume(HvnPort *port)
{
}

static gboolean
hvn_null_backend_start(HvnBackend *backend, GError **error)
{
    HvnNullBackend *self = HVN_NULL_BACKEND(backend);

    self->started = TRUE;
    self->frames = 0;
    self->bytes = 0;
    return TRUE;
}

static void
hvn_null_backend_stop(HvnBackend *backend)
{
    HVN_NULL_BACKEND(backend)->started = FALSE;
}

static char *
hvn_null_backend_describe(HvnBackend *backend)
{
    HvnNullBackend *self = HVN_NULL_BACKEND(backend);

    return g_strdup_printf("frames=%" G_GUINT64_FORMAT ",bytes=%" G_GUINT64_FORMAT, self->frames, self->bytes);
}

static void
hvn_null_backend_get_property(GObject *object, guint prop, GValue *value, GParamSpec *spec)
{
    HvnNullBackend *self = HVN_NULL_BACKEND(object);

    if (prop == PROP_FRAMES)
        g_value_set_uint64(value, self->frames);
    else if (prop == PROP_BYTES)
        g_value_set_uint64(value, self->bytes);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_null_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_null_backend_parent_class)->dispose(object);
}

static void
hvn_null_backend_class_init(HvnNullBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->get_property = hvn_null_backend_get_property;
    object_class->dispose = hvn_null_backend_dispose;
    port_class->push = hvn_null_backend_push;
    port_class->resume = hvn_null_backend_resume;
    backend_class->start = hvn_null_backend_start;
    backend_class->stop = hvn_null_backend_stop;
    backend_class->describe = hvn_null_backend_describe;
    g_object_class_install_property(object_class, PROP_FRAMES, g_param_spec_uint64("frames", NULL, NULL, 0, G_MAXUINT64, 0, flags));
    g_object_class_install_property(object_class, PROP_BYTES, g_param_spec_uint64("bytes", NULL, NULL, 0, G_MAXUINT64, 0, flags));
}

static void
hvn_null_backend_init(HvnNullBackend *self)
{
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES);
}

HVN_PLUGIN_DEFINE("backend", "null", hvn_null_backend_get_type);
