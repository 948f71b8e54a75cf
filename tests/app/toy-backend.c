/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A backend for the tests of the session: it starts, unless its option says that it shall not. */
#include "hvn-backend.h"
#include "hvn-error.h"
#include "hvn-plugin-abi.h"

typedef struct {
    HvnBackend parent_instance;
    gboolean fail;
} ToyBackend;

typedef HvnBackendClass ToyBackendClass;

enum { PROP_FAIL = 1 };

GType
toy_backend_get_type(void);

G_DEFINE_FINAL_TYPE(ToyBackend, toy_backend, HVN_TYPE_BACKEND)

static guint
toy_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return n_frames;
}

static void
toy_backend_resume(HvnPort *port)
{
}

static gboolean
toy_backend_start(HvnBackend *backend, GError **error)
{
    if (!((ToyBackend *)backend)->fail)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "cannot start: told not to");
    return FALSE;
}

static void
toy_backend_stop(HvnBackend *backend)
{
}

static void
toy_backend_set_property(GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    ((ToyBackend *)object)->fail = g_value_get_boolean(value);
}

static void
toy_backend_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    g_value_set_boolean(value, ((ToyBackend *)object)->fail);
}

static void
toy_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(toy_backend_parent_class)->dispose(object);
}

static void
toy_backend_class_init(ToyBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->set_property = toy_backend_set_property;
    object_class->get_property = toy_backend_get_property;
    object_class->dispose = toy_backend_dispose;
    HVN_PORT_CLASS(klass)->push = toy_backend_push;
    HVN_PORT_CLASS(klass)->resume = toy_backend_resume;
    klass->start = toy_backend_start;
    klass->stop = toy_backend_stop;
    g_object_class_install_property(object_class, PROP_FAIL, g_param_spec_boolean("fail", NULL, NULL, FALSE, G_PARAM_READWRITE));
}

static void
toy_backend_init(ToyBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "toy", toy_backend_get_type);
