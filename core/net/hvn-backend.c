/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The abstract backend: started or stopped, the state that people and management are told, and what was dropped and why. */
#include "hvn-backend.h"

typedef struct {
    HvnBackendState state;
    char           *reason; /* owned; NULL when there is none */
    guint64         drops[HVN_BACKEND_N_DROPS];
} HvnBackendPrivate;

static const struct {
    const char *name;
    gboolean    from_guest;
} hvn_backend_drops[] = {
    [HVN_BACKEND_DROP_NO_PEER] = {"no-peer", TRUE},       [HVN_BACKEND_DROP_PEER_FULL] = {"peer-full", TRUE},
    [HVN_BACKEND_DROP_UNSENDABLE] = {"unsendable", TRUE}, [HVN_BACKEND_DROP_REFUSED] = {"refused", TRUE},
    [HVN_BACKEND_DROP_STORM] = {"storm", TRUE},           [HVN_BACKEND_DROP_VLAN] = {"vlan", TRUE},
    [HVN_BACKEND_DROP_FILTERED] = {"filtered", TRUE},     [HVN_BACKEND_DROP_FULL] = {"full", FALSE},
    [HVN_BACKEND_DROP_STRANGER] = {"stranger", FALSE},    [HVN_BACKEND_DROP_EMPTY] = {"empty", FALSE},
    [HVN_BACKEND_DROP_TOO_LONG] = {"too-long", FALSE},    [HVN_BACKEND_DROP_MALFORMED] = {"malformed", FALSE},
    [HVN_BACKEND_DROP_SESSION] = {"wrong-session", FALSE}, [HVN_BACKEND_DROP_COOKIE] = {"wrong-cookie", FALSE},
};

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
    if (HVN_BACKEND_GET_CLASS(self)->carrier_follows)
        hvn_port_set_carrier(HVN_PORT(self), state == HVN_BACKEND_UP || state == HVN_BACKEND_STOPPED);
    g_signal_emit_by_name(self, "state-changed");
}

void
hvn_backend_count_drops(HvnBackend *self, HvnBackendDrop reason, guint n_frames)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_if_fail((guint)reason < HVN_BACKEND_N_DROPS);

    priv->drops[reason] += n_frames;
}

guint64
hvn_backend_get_drops(HvnBackend *self, HvnBackendDrop reason)
{
    HvnBackendPrivate *priv = hvn_backend_get_instance_private(self);

    g_return_val_if_fail(HVN_IS_BACKEND(self), 0);
    g_return_val_if_fail((guint)reason < HVN_BACKEND_N_DROPS, 0);

    return priv->drops[reason];
}

const char *
hvn_backend_drop_to_string(HvnBackendDrop reason)
{
    g_return_val_if_fail((guint)reason < HVN_BACKEND_N_DROPS, NULL);

    return hvn_backend_drops[reason].name;
}

gboolean
hvn_backend_drop_is_from_guest(HvnBackendDrop reason)
{
    g_return_val_if_fail((guint)reason < HVN_BACKEND_N_DROPS, FALSE);

    return hvn_backend_drops[reason].from_guest;
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
