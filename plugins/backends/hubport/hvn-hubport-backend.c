/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hubport backend: a NIC's or another backend's place on a hub. core/net/hvn-switch.h has the hub. Whoever reads the configuration puts the
 * backend that `netdev` names at the other end of the port's link; the port itself has no use for the name. */
#include "hvn-hubport-backend.h"

#include "hvn-plugin-abi.h"
#include "hvn-switch.h"

enum {
    PROP_0,
    PROP_HUBID,
    PROP_NETDEV,
};

struct _HvnHubportBackend {
    HvnBackend     parent_instance;
    gint           hubid;
    HvnSwitchPort *port; /* owned; NULL while stopped */
};

G_DEFINE_FINAL_TYPE(HvnHubportBackend, hvn_hubport_backend, HVN_TYPE_BACKEND)

static guint
hvn_hubport_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(port);

    return self->port != NULL ? hvn_switch_port_push(self->port, frames, n_frames) : n_frames;
}

static void
hvn_hubport_backend_resume(HvnPort *port)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(port);

    if (self->port != NULL)
        hvn_switch_port_resume(self->port);
}

static gboolean
hvn_hubport_backend_start(HvnBackend *backend, GError **error)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(backend);
    g_autofree char   *network = g_strdup_printf("%d", self->hubid);
    HvnSwitchPortSetup setup = {.network = network, .hub = TRUE};

    self->port = hvn_switch_port_new(backend, &setup);
    return TRUE;
}

static void
hvn_hubport_backend_stop(HvnBackend *backend)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(backend);

    g_clear_pointer(&self->port, hvn_switch_port_free);
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_hubport_backend_describe(HvnBackend *backend)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(backend);

    return g_strdup_printf("hubid=%d,ports=%u", self->hubid, self->port != NULL ? hvn_switch_port_get_n_ports(self->port) : 0);
}

static void
hvn_hubport_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnHubportBackend *self = HVN_HUBPORT_BACKEND(object);

    if (prop == PROP_HUBID)
        self->hubid = g_value_get_int(value);
    else if (prop != PROP_NETDEV)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_hubport_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_hubport_backend_parent_class)->dispose(object);
}

static void
hvn_hubport_backend_class_init(HvnHubportBackendClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    GObjectClass     *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass     *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass  *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_hubport_backend_set_property;
    object_class->dispose = hvn_hubport_backend_dispose;
    port_class->push = hvn_hubport_backend_push;
    port_class->resume = hvn_hubport_backend_resume;
    backend_class->start = hvn_hubport_backend_start;
    backend_class->stop = hvn_hubport_backend_stop;
    backend_class->describe = hvn_hubport_backend_describe;
    g_object_class_install_property(object_class, PROP_HUBID, g_param_spec_int("hubid", NULL, NULL, G_MININT, G_MAXINT, 0, flags));
    g_object_class_install_property(object_class, PROP_NETDEV, g_param_spec_string("netdev", NULL, NULL, NULL, flags));
}

static void
hvn_hubport_backend_init(HvnHubportBackend *self)
{
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES);
}

HVN_PLUGIN_DEFINE("backend", "hubport", hvn_hubport_backend_get_type);
