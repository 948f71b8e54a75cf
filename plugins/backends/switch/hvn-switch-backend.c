/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The switch backend: a NIC's or another backend's place on a switch. core/net/hvn-switch.h has the switch. Whoever reads the configuration puts
 * the backend that `netdev` names at the other end of the port's link; the port itself has no use for the name. */
#include "hvn-switch-backend.h"

#include "hvn-error.h"
#include "hvn-plugin-abi.h"
#include "hvn-switch.h"

#define DEFAULT_STORM_RATE 10000 /* frames a second: ten times what a busy LAN has, a hundredth of what a loop makes */

enum {
    PROP_0,
    PROP_NETWORK,
    PROP_VLAN,
    PROP_TRUNK,
    PROP_ISOLATED,
    PROP_STORM_RATE,
    PROP_NETDEV,
};

struct _HvnSwitchBackend {
    HvnBackend     parent_instance;
    char          *network; /* owned */
    guint          vlan;
    GStrv          trunk; /* owned; (nullable) */
    gboolean       isolated;
    guint          storm_rate;
    HvnSwitchPort *port; /* owned; NULL while stopped */
};

G_DEFINE_FINAL_TYPE(HvnSwitchBackend, hvn_switch_backend, HVN_TYPE_BACKEND)

static guint
hvn_switch_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(port);

    return self->port != NULL ? hvn_switch_port_push(self->port, frames, n_frames) : n_frames;
}

static void
hvn_switch_backend_resume(HvnPort *port)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(port);

    if (self->port != NULL)
        hvn_switch_port_resume(self->port);
}

/* who was behind a cable that was pulled may be anywhere */
static void
hvn_switch_backend_link_changed(HvnPort *port, gboolean up)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(port);

    if (self->port != NULL && !up)
        hvn_switch_port_forget(self->port);
}

static gboolean
hvn_switch_backend_start(HvnBackend *backend, GError **error)
{
    HvnSwitchBackend  *self = HVN_SWITCH_BACKEND(backend);
    HvnSwitchPortSetup setup = {
        .network = self->network,
        .vlan = self->vlan,
        .trunk = self->trunk != NULL && self->trunk[0] != NULL,
        .isolated = self->isolated,
        .storm_rate = self->storm_rate,
    };

    if (self->network == NULL || self->network[0] == '\0') {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "parameter 'network' is missing: expected the name of a network, such as network=lan");
        return FALSE;
    }
    for (guint i = 0; setup.trunk && self->trunk[i] != NULL; i++) {
        if (!hvn_vlan_set_add(&setup.trunks, self->trunk[i], error)) {
            g_prefix_error(error, "option 'trunk': ");
            return FALSE;
        }
    }
    self->port = hvn_switch_port_new(backend, &setup);
    return TRUE;
}

static void
hvn_switch_backend_stop(HvnBackend *backend)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(backend);

    g_clear_pointer(&self->port, hvn_switch_port_free);
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_switch_backend_describe(HvnBackend *backend)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(backend);
    GString          *text = g_string_new(NULL);

    g_string_append_printf(text, "network=%s", self->network != NULL ? self->network : "");
    if (self->port != NULL)
        g_string_append_printf(text, ",ports=%u,stations=%u", hvn_switch_port_get_n_ports(self->port), hvn_switch_port_get_n_stations(self->port));
    if (self->vlan != 0)
        g_string_append_printf(text, ",vlan=%u", self->vlan);
    for (guint i = 0; self->trunk != NULL && self->trunk[i] != NULL; i++)
        g_string_append_printf(text, ",trunk=%s", self->trunk[i]);
    if (self->isolated)
        g_string_append(text, ",isolated=on");
    return g_string_free(text, FALSE);
}

static void
hvn_switch_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(object);

    switch (prop) {
    case PROP_NETWORK:
        g_free(self->network);
        self->network = g_value_dup_string(value);
        break;
    case PROP_VLAN:
        self->vlan = g_value_get_uint(value);
        break;
    case PROP_TRUNK:
        g_strfreev(self->trunk);
        self->trunk = g_value_dup_boxed(value);
        break;
    case PROP_ISOLATED:
        self->isolated = g_value_get_boolean(value);
        break;
    case PROP_STORM_RATE:
        self->storm_rate = g_value_get_uint(value);
        break;
    case PROP_NETDEV:
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
    }
}

static void
hvn_switch_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_switch_backend_parent_class)->dispose(object);
}

static void
hvn_switch_backend_finalize(GObject *object)
{
    HvnSwitchBackend *self = HVN_SWITCH_BACKEND(object);

    g_free(self->network);
    g_strfreev(self->trunk);
    G_OBJECT_CLASS(hvn_switch_backend_parent_class)->finalize(object);
}

static void
hvn_switch_backend_class_init(HvnSwitchBackendClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    GObjectClass     *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass     *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass  *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_switch_backend_set_property;
    object_class->dispose = hvn_switch_backend_dispose;
    object_class->finalize = hvn_switch_backend_finalize;
    port_class->push = hvn_switch_backend_push;
    port_class->resume = hvn_switch_backend_resume;
    port_class->link_changed = hvn_switch_backend_link_changed;
    backend_class->start = hvn_switch_backend_start;
    backend_class->stop = hvn_switch_backend_stop;
    backend_class->describe = hvn_switch_backend_describe;
    g_object_class_install_property(object_class, PROP_NETWORK, g_param_spec_string("network", NULL, NULL, NULL, flags));
    g_object_class_install_property(object_class, PROP_VLAN, g_param_spec_uint("vlan", NULL, NULL, 0, HVN_VLAN_ID_MAX, 0, flags));
    g_object_class_install_property(object_class, PROP_TRUNK, g_param_spec_boxed("trunk", NULL, NULL, G_TYPE_STRV, flags));
    g_object_class_install_property(object_class, PROP_ISOLATED, g_param_spec_boolean("isolated", NULL, NULL, FALSE, flags));
    g_object_class_install_property(object_class, PROP_STORM_RATE,
                                    g_param_spec_uint("storm-rate", NULL, NULL, 0, G_MAXUINT, DEFAULT_STORM_RATE, flags));
    g_object_class_install_property(object_class, PROP_NETDEV, g_param_spec_string("netdev", NULL, NULL, NULL, flags));
}

static void
hvn_switch_backend_init(HvnSwitchBackend *self)
{
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES);
}

HVN_PLUGIN_DEFINE("backend", "switch", hvn_switch_backend_get_type);
