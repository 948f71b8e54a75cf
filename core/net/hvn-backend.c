/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The abstract backend: started or stopped, and the state that people and management are told. */
#include "hvn-backend.h"

typedef struct {
    HvnBackendState state;
    char           *reason; /* owned; NULL when there is none */
} HvnBackendPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(HvnBackend, hvn_backend, HVN_TYPE_PORT)

gboolean
hvn_backend_start(HvnBackend *self, GError **error)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_BACKEND(self), FALSE);
    g_return_val_if_fail(priv->state == HVN_BACKEND_STOPPED, FALSE);

    if (!HVN_BACKEND_GET_CLASS(self)->start(self, error)) {
        hvn_backend_set_state(self, HVN_BACKEND_STOPPED, NULL);
        return FALSE;
    }
    if (priv->state == HVN_BACKEND_STOPPED)
        hvn_backend_set_state(self, HVN_BACKEND_UP, NULL);
    return TRUE;
}

void
hvn_backend_stop(HvnBackend *self)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_if_fail(HVN_IS_BACKEND(self));

    if (priv->state == HVN_BACKEND_STOPPED)
        return;
    HVN_BACKEND_GET_CLASS(self)->stop(self);
    hvn_backend_set_state(self, HVN_BACKEND_STOPPED, NULL);
}

HvnBackendState
hvn_backend_get_state(HvnBackend *self)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_BACKEND(self), HVN_BACKEND_STOPPED);

    return priv->state;
}

const char *
hvn_backend_get_reason(HvnBackend *self)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_BACKEND(self), NULL);

    return priv->reason;
}

void
hvn_backend_set_state(HvnBackend *self, HvnBackendState state, const char *reason)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_if_fail(HVN_IS_BACKEND(self));

    if (priv->state == state && g_strcmp0(priv->reason, reason) == 0)
        return;
    priv->state = state;
    g_free(priv->reason);
    priv->reason = g_strdup(reason);
    g_signal_emit_by_name(self, "state-changed");
}

char *
hvn_backend_describe(HvnBackend *self)
{
    HvnBackendClass *klass;

    g_return_val_if_fail(HVN_IS_BACKEND(self), NULL);

    klass = HVN_BACKEND_GET_CLASS(self);
    return klass->describe != NULL ? klass->describe(self) : g_strdup("");
}

static void
hvn_backend_finalize(GObject *object)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(HVN_BACKEND(object));

    if (priv->state != HVN_BACKEND_STOPPED)
        g_critical("%s: goes away without being stopped", hvn_port_get_name(HVN_PORT(object)));
    g_clear_pointer(&priv->reason, g_free);

    G_OBJECT_CLASS(hvn_backend_parent_class)->finalize(object);
}

static void
hvn_backend_class_init(HvnBackendClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = hvn_backend_finalize;

    /**
     * HvnBackend::state-changed:
     * @self: the backend
     *
     * The state or its reason has changed.
     */
    g_signal_new("state-changed", HVN_TYPE_BACKEND, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
hvn_backend_init(HvnBackend *self)
{
}
