/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bridge backend: a helper makes a tap in a bridge and passes it on, and HvnTapFlow carries the frames. Which bridges a user may
 * have the helper decides, by its own rules. */
#include "hvn-bridge-backend.h"

#include <unistd.h>

#include "hvn-plugin-abi.h"
#include "hvn-tap-flow.h"
#include "hvn-tap-helper.h"

enum {
    PROP_0,
    PROP_BR,
    PROP_HELPER,
    PROP_INTERFACE,
    PROP_SENT,
};

struct _HvnBridgeBackend {
    HvnBackend parent_instance;
    char      *bridge; /* owned */
    char      *helper; /* owned; NULL for the one that is installed */
    HvnTapFlow flow;
};

G_DEFINE_FINAL_TYPE(HvnBridgeBackend, hvn_bridge_backend, HVN_TYPE_BACKEND)

static guint
hvn_bridge_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return hvn_tap_flow_push(&HVN_BRIDGE_BACKEND(port)->flow, frames, n_frames);
}

static void
hvn_bridge_backend_resume(HvnPort *port)
{
    hvn_tap_flow_resume(&HVN_BRIDGE_BACKEND(port)->flow);
}

static void
hvn_bridge_backend_link_changed(HvnPort *port, gboolean up)
{
    hvn_tap_flow_link_changed(&HVN_BRIDGE_BACKEND(port)->flow, up);
}

static gboolean
hvn_bridge_backend_start(HvnBackend *backend, GError **error)
{
    HvnBridgeBackend *self = HVN_BRIDGE_BACKEND(backend);
    int fd = hvn_tap_helper_run(HVN_PORT(self), self->helper, self->bridge, error);
    gboolean adopted;

    if (fd < 0)
        return FALSE;
    adopted = hvn_tap_device_adopt(&self->flow.device, fd, error);
    close(fd);
    if (adopted)
        hvn_tap_flow_begin(&self->flow);
    return adopted;
}

static void
hvn_bridge_backend_stop(HvnBackend *backend)
{
    hvn_tap_flow_close(&HVN_BRIDGE_BACKEND(backend)->flow);
}

static char *
hvn_bridge_backend_describe(HvnBackend *backend)
{
    HvnBridgeBackend *self = HVN_BRIDGE_BACKEND(backend);

    return g_strdup_printf("ifname=%s,br=%s%s%s", self->flow.device.fd >= 0 ? self->flow.device.name : "", self->bridge,
                           self->helper != NULL ? ",helper=" : "", self->helper != NULL ? self->helper : "");
}

static void
hvn_bridge_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnBridgeBackend *self = HVN_BRIDGE_BACKEND(object);
    char **slot = prop == PROP_BR ? &self->bridge : prop == PROP_HELPER ? &self->helper : NULL;

    if (slot == NULL) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
        return;
    }
    g_free(*slot);
    *slot = g_value_dup_string(value);
}

static void
hvn_bridge_backend_get_property(GObject *object, guint prop, GValue *value, GParamSpec *spec)
{
    const HvnTapFlow *flow = &HVN_BRIDGE_BACKEND(object)->flow;

    if (prop == PROP_INTERFACE)
        g_value_set_string(value, flow->device.fd >= 0 ? flow->device.name : NULL);
    else if (prop == PROP_SENT)
        g_value_set_uint64(value, flow->n_sent);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_bridge_backend_constructed(GObject *object)
{
    G_OBJECT_CLASS(hvn_bridge_backend_parent_class)->constructed(object);
    hvn_tap_flow_init(&HVN_BRIDGE_BACKEND(object)->flow, HVN_BACKEND(object));
}

static void
hvn_bridge_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_bridge_backend_parent_class)->dispose(object);
}

static void
hvn_bridge_backend_finalize(GObject *object)
{
    g_free(HVN_BRIDGE_BACKEND(object)->bridge);
    g_free(HVN_BRIDGE_BACKEND(object)->helper);
    G_OBJECT_CLASS(hvn_bridge_backend_parent_class)->finalize(object);
}

static void
hvn_bridge_backend_class_init(HvnBridgeBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);
    const GParamFlags option = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    const GParamFlags state = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    object_class->set_property = hvn_bridge_backend_set_property;
    object_class->get_property = hvn_bridge_backend_get_property;
    object_class->constructed = hvn_bridge_backend_constructed;
    object_class->dispose = hvn_bridge_backend_dispose;
    object_class->finalize = hvn_bridge_backend_finalize;
    port_class->push = hvn_bridge_backend_push;
    port_class->resume = hvn_bridge_backend_resume;
    port_class->link_changed = hvn_bridge_backend_link_changed;
    backend_class->start = hvn_bridge_backend_start;
    backend_class->stop = hvn_bridge_backend_stop;
    backend_class->describe = hvn_bridge_backend_describe;
    backend_class->carrier_follows = TRUE;
    g_object_class_install_property(object_class, PROP_BR, g_param_spec_string("br", NULL, NULL, HVN_TAP_HELPER_BRIDGE, option));
    g_object_class_install_property(object_class, PROP_HELPER, g_param_spec_string("helper", NULL, NULL, NULL, option));
    g_object_class_install_property(object_class, PROP_INTERFACE, g_param_spec_string("interface", NULL, NULL, NULL, state));
    g_object_class_install_property(object_class, PROP_SENT, g_param_spec_uint64("sent", NULL, NULL, 0, G_MAXUINT64, 0, state));
}

static void
hvn_bridge_backend_init(HvnBridgeBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "bridge", hvn_bridge_backend_get_type);
