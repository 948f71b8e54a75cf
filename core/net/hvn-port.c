/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The abstract port: identity, features, and the two calls that start at a port. The way of a frame is in hvn-link-path.c. */
#include "hvn-port.h"

#include "hvn-port-private.h"

enum {
    PROP_0,
    PROP_DISPATCHER,
    PROP_NAME,
};

#define HVN_PORT_ALL_FEATURES (HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES)

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(HvnPort, hvn_port, G_TYPE_OBJECT)

HvnPortPrivate *
hvn_port_get_private(HvnPort *self)
{
    return hvn_port_get_instance_private(self);
}

guint
hvn_port_send(HvnPort *self, const HvnFrame *frames, guint n_frames)
{
    HvnPortPrivate *priv = hvn_port_get_instance_private(self);

    if (G_UNLIKELY(priv->out == NULL))
        return n_frames;
    return hvn_link_path_send(priv->out, frames, n_frames);
}

void
hvn_port_pay(HvnLinkDirection *direction)
{
    if (!direction->receiver_private->owes_ready)
        return;
    direction->receiver_private->owes_ready = FALSE;
    HVN_PORT_GET_CLASS(direction->sender)->resume(direction->sender);
}

void
hvn_port_ready(HvnPort *self)
{
    HvnPortPrivate *priv = hvn_port_get_instance_private(self);

    if (G_UNLIKELY(priv->in_push)) {
        g_critical("%s: ready was said from within push", priv->name);
        return;
    }
    if (!priv->owes_ready || priv->in == NULL)
        return;
    if (priv->in->has_tail && !hvn_link_path_flush_tail(priv->in))
        return; /* still owed */
    /* flushing called push(), which may have taken the link away and paid */
    if (priv->in != NULL)
        hvn_port_pay(priv->in);
}

gboolean
hvn_port_owes_ready(HvnPort *self)
{
    g_return_val_if_fail(HVN_IS_PORT(self), FALSE);

    return hvn_port_get_private(self)->owes_ready;
}

void
hvn_port_set_features(HvnPort *self, guint features)
{
    HvnPortPrivate *priv;

    g_return_if_fail(HVN_IS_PORT(self));

    priv = hvn_port_get_instance_private(self);
    priv->features = features;
    priv->len_min = features & HVN_PORT_SHORT_FRAMES ? HVN_ETHER_HEADER_LEN : HVN_FRAME_MIN;
}

guint
hvn_port_get_features(HvnPort *self)
{
    g_return_val_if_fail(HVN_IS_PORT(self), 0);

    return hvn_port_get_private(self)->features;
}

guint
hvn_port_get_peer_features(HvnPort *self)
{
    HvnPortPrivate *priv;

    g_return_val_if_fail(HVN_IS_PORT(self), 0);

    priv = hvn_port_get_instance_private(self);
    return priv->out != NULL ? priv->out->receiver_private->features : HVN_PORT_ALL_FEATURES;
}

HvnDispatcher *
hvn_port_get_dispatcher(HvnPort *self)
{
    g_return_val_if_fail(HVN_IS_PORT(self), NULL);

    return hvn_port_get_private(self)->dispatcher;
}

const char *
hvn_port_get_name(HvnPort *self)
{
    g_return_val_if_fail(HVN_IS_PORT(self), NULL);

    return hvn_port_get_private(self)->name;
}

HvnLink *
hvn_port_get_link(HvnPort *self)
{
    HvnPortPrivate *priv;

    g_return_val_if_fail(HVN_IS_PORT(self), NULL);

    priv = hvn_port_get_instance_private(self);
    return priv->out != NULL ? priv->out->link : NULL;
}

gboolean
hvn_port_get_link_up(HvnPort *self)
{
    HvnPortPrivate *priv;

    g_return_val_if_fail(HVN_IS_PORT(self), FALSE);

    priv = hvn_port_get_instance_private(self);
    return priv->out != NULL && priv->out->up;
}

void
hvn_port_set_carrier(HvnPort *self, gboolean carrier)
{
    HvnPortPrivate *priv;

    g_return_if_fail(HVN_IS_PORT(self));

    priv = hvn_port_get_instance_private(self);
    priv->no_carrier = !carrier;
    if (priv->out != NULL)
        hvn_link_update(priv->out->link);
}

gboolean
hvn_port_get_in_push(HvnPort *self)
{
    g_return_val_if_fail(HVN_IS_PORT(self), FALSE);

    return hvn_port_get_private(self)->in_push;
}

static void
hvn_port_set_property(GObject *object, guint prop_id, const GValue *value, GParamSpec *pspec)
{
    HvnPortPrivate *priv = hvn_port_get_private(HVN_PORT(object));

    switch (prop_id) {
    case PROP_DISPATCHER:
        priv->dispatcher = g_value_dup_object(value);
        break;
    case PROP_NAME:
        priv->name = g_value_dup_string(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_port_get_property(GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
    HvnPortPrivate *priv = hvn_port_get_private(HVN_PORT(object));

    switch (prop_id) {
    case PROP_DISPATCHER:
        g_value_set_object(value, priv->dispatcher);
        break;
    case PROP_NAME:
        g_value_set_string(value, priv->name);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop_id, pspec);
    }
}

static void
hvn_port_constructed(GObject *object)
{
    HvnPortPrivate *priv = hvn_port_get_private(HVN_PORT(object));

    if (priv->name == NULL)
        priv->name = g_strdup(G_OBJECT_TYPE_NAME(object));

    G_OBJECT_CLASS(hvn_port_parent_class)->constructed(object);
}

static void
hvn_port_finalize(GObject *object)
{
    HvnPortPrivate *priv = hvn_port_get_private(HVN_PORT(object));

    g_clear_object(&priv->dispatcher);
    g_clear_pointer(&priv->name, g_free);

    G_OBJECT_CLASS(hvn_port_parent_class)->finalize(object);
}

static void
hvn_port_class_init(HvnPortClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

    object_class->set_property = hvn_port_set_property;
    object_class->get_property = hvn_port_get_property;
    object_class->constructed = hvn_port_constructed;
    object_class->finalize = hvn_port_finalize;

    g_object_class_install_property(object_class, PROP_DISPATCHER,
        g_param_spec_object("dispatcher", NULL, NULL, HVN_TYPE_DISPATCHER, flags));
    g_object_class_install_property(object_class, PROP_NAME, g_param_spec_string("name", NULL, NULL, NULL, flags));
}

static void
hvn_port_init(HvnPort *self)
{
    hvn_port_set_features(self, 0);
}
