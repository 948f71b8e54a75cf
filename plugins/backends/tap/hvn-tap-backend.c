/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tap backend: opens the interface as its options say, runs the scripts for it, and leaves the frames to HvnTapFlow.
 *
 *   stopped -> start: interface opened, script running: connecting -> script ends: up, or down with what it said
 *   up -> interface deleted: down -> stop: downscript, interface closed */
#include "hvn-tap-backend.h"

#include <unistd.h>

#include "hvn-error.h"
#include "hvn-plugin-abi.h"
#include "hvn-command.h"
#include "hvn-tap-flow.h"
#include "hvn-tap-helper.h"
#include "hvn-tap-options.h"

#define DOWNSCRIPT_MS 10000 /* how long stop waits for it */

struct _HvnTapBackend {
    HvnBackend     parent_instance;
    HvnTapOptions  options;
    HvnTapFlow     flow;
    HvnCommand *script; /* owned; NULL unless it runs */
    gboolean       opened; /* the interface was opened by its name, so that the scripts are for it */
};

G_DEFINE_FINAL_TYPE(HvnTapBackend, hvn_tap_backend, HVN_TYPE_BACKEND)

static guint
hvn_tap_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    return hvn_tap_flow_push(&HVN_TAP_BACKEND(port)->flow, frames, n_frames);
}

static void
hvn_tap_backend_resume(HvnPort *port)
{
    hvn_tap_flow_resume(&HVN_TAP_BACKEND(port)->flow);
}

static void
hvn_tap_backend_link_changed(HvnPort *port, gboolean up)
{
    hvn_tap_flow_link_changed(&HVN_TAP_BACKEND(port)->flow, up);
}

/* ---- scripts ---- */

static HvnCommand *
hvn_tap_backend_run_script(HvnTapBackend *self, const char *path, HvnCommandFunc done, GError **error)
{
    g_autofree char *what = g_strdup_printf("script '%s'", path);
    const char *const argv[] = {path, self->flow.device.name, NULL};

    return hvn_command_new(HVN_PORT(self), what, argv, -1, TRUE, done, self, error);
}

static void
hvn_tap_backend_script_ended(HvnCommand *script, gpointer data)
{
    HvnTapBackend *self = data;
    g_autoptr(GError) error = NULL;
    gboolean succeeded = hvn_command_check(script, &error);

    g_clear_pointer(&self->script, hvn_command_free);
    /* the interface may have gone meanwhile, which was told */
    if (hvn_backend_get_state(HVN_BACKEND(self)) != HVN_BACKEND_CONNECTING)
        return;
    if (succeeded) {
        hvn_backend_set_state(HVN_BACKEND(self), HVN_BACKEND_UP, NULL);
        return;
    }
    g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self)), error->message);
    hvn_tap_flow_close(&self->flow);
    self->opened = FALSE;
    hvn_backend_set_state(HVN_BACKEND(self), HVN_BACKEND_DOWN, error->message);
}

/* the interface is there until the script has ended, so stop waits for it */
static void
hvn_tap_backend_run_downscript(HvnTapBackend *self)
{
    const char *path = hvn_tap_options_get_script(&self->options, TRUE);
    g_autoptr(HvnCommand) script = NULL;
    g_autoptr(GError) error = NULL;

    if (path == NULL || !self->opened || self->flow.device.fd < 0)
        return;
    script = hvn_tap_backend_run_script(self, path, NULL, &error);
    if (script != NULL && !hvn_command_wait(script, DOWNSCRIPT_MS))
        g_warning("%s: script '%s' has not ended after %d seconds", hvn_port_get_name(HVN_PORT(self)), path, DOWNSCRIPT_MS / 1000);
    else if (script == NULL || !hvn_command_check(script, &error))
        g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self)), error->message);
}

/* ---- start and stop ---- */

static gboolean
hvn_tap_backend_open(HvnTapBackend *self, GError **error)
{
    const HvnTapOptions *options = &self->options;
    int fd;
    gboolean adopted;

    if (options->helper == NULL) {
        fd = hvn_tap_options_get_fd(options, error);
        if (fd == -2)
            return FALSE;
        self->opened = fd == -1;
        return self->opened ? hvn_tap_device_open(&self->flow.device, options->ifname, hvn_tap_options_get_vnet_hdr(options), error)
                            : hvn_tap_device_adopt(&self->flow.device, fd, error);
    }
    fd = hvn_tap_helper_run(HVN_PORT(self), options->helper, options->br != NULL ? options->br : HVN_TAP_HELPER_BRIDGE, error);
    if (fd < 0)
        return FALSE;
    self->opened = FALSE;
    adopted = hvn_tap_device_adopt(&self->flow.device, fd, error);
    close(fd);
    return adopted;
}

/* a persistent interface may have what an earlier program set, so that no limit is said too */
static gboolean
hvn_tap_backend_tune(HvnTapBackend *self, GError **error)
{
    guint sndbuf = self->options.sndbuf != 0 ? (guint)self->options.sndbuf : G_MAXINT;

    return hvn_tap_device_set_sndbuf(&self->flow.device, sndbuf, error) &&
           (self->options.mtu == 0 || hvn_tap_device_set_mtu(&self->flow.device, self->options.mtu, error));
}

static void
hvn_tap_backend_stop(HvnBackend *backend)
{
    HvnTapBackend *self = HVN_TAP_BACKEND(backend);

    g_clear_pointer(&self->script, hvn_command_free);
    hvn_tap_flow_end(&self->flow);
    hvn_tap_backend_run_downscript(self);
    hvn_tap_flow_close(&self->flow);
    self->opened = FALSE;
}

static gboolean
hvn_tap_backend_start(HvnBackend *backend, GError **error)
{
    HvnTapBackend *self = HVN_TAP_BACKEND(backend);
    const char *script = hvn_tap_options_get_script(&self->options, FALSE);

    if (!hvn_tap_options_check(&self->options, error))
        return FALSE;
    if (!hvn_tap_backend_open(self, error) || !hvn_tap_backend_tune(self, error)) {
        hvn_tap_device_close(&self->flow.device);
        return FALSE;
    }
    if (self->opened && script != NULL) {
        self->script = hvn_tap_backend_run_script(self, script, hvn_tap_backend_script_ended, error);
        if (self->script == NULL) {
            hvn_tap_device_close(&self->flow.device);
            return FALSE;
        }
        hvn_backend_set_state(backend, HVN_BACKEND_CONNECTING, "its script is running");
    }
    hvn_tap_flow_begin(&self->flow);
    return TRUE;
}

static char *
hvn_tap_backend_describe(HvnBackend *backend)
{
    HvnTapBackend *self = HVN_TAP_BACKEND(backend);
    const HvnTapOptions *options = &self->options;
    const char *script = hvn_tap_options_get_script(options, FALSE);
    const char *downscript = hvn_tap_options_get_script(options, TRUE);
    const char *ifname = self->flow.device.fd >= 0 ? self->flow.device.name : options->ifname != NULL ? options->ifname : "";

    if (options->helper != NULL)
        return g_strdup_printf("ifname=%s,helper=%s,br=%s", ifname, options->helper, options->br != NULL ? options->br : HVN_TAP_HELPER_BRIDGE);
    if (options->fd != NULL || options->fds != NULL)
        return g_strdup_printf("ifname=%s,fd=%s", ifname, options->fd != NULL ? options->fd : options->fds);
    return g_strdup_printf("ifname=%s,script=%s,downscript=%s", ifname, script != NULL ? script : "no", downscript != NULL ? downscript : "no");
}

/* ---- the object ---- */

static void
hvn_tap_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    if (!hvn_tap_options_set(&HVN_TAP_BACKEND(object)->options, prop, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_tap_backend_get_property(GObject *object, guint prop, GValue *value, GParamSpec *spec)
{
    const HvnTapFlow *flow = &HVN_TAP_BACKEND(object)->flow;

    if (g_str_equal(spec->name, "interface"))
        g_value_set_string(value, flow->device.fd >= 0 ? flow->device.name : NULL);
    else if (g_str_equal(spec->name, "sent"))
        g_value_set_uint64(value, flow->n_sent);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_tap_backend_constructed(GObject *object)
{
    G_OBJECT_CLASS(hvn_tap_backend_parent_class)->constructed(object);
    hvn_tap_flow_init(&HVN_TAP_BACKEND(object)->flow, HVN_BACKEND(object));
}

static void
hvn_tap_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_tap_backend_parent_class)->dispose(object);
}

static void
hvn_tap_backend_finalize(GObject *object)
{
    hvn_tap_options_clear(&HVN_TAP_BACKEND(object)->options);
    G_OBJECT_CLASS(hvn_tap_backend_parent_class)->finalize(object);
}

static void
hvn_tap_backend_class_init(HvnTapBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);
    const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
    guint next;

    object_class->set_property = hvn_tap_backend_set_property;
    object_class->get_property = hvn_tap_backend_get_property;
    object_class->constructed = hvn_tap_backend_constructed;
    object_class->dispose = hvn_tap_backend_dispose;
    object_class->finalize = hvn_tap_backend_finalize;
    port_class->push = hvn_tap_backend_push;
    port_class->resume = hvn_tap_backend_resume;
    port_class->link_changed = hvn_tap_backend_link_changed;
    backend_class->start = hvn_tap_backend_start;
    backend_class->stop = hvn_tap_backend_stop;
    backend_class->describe = hvn_tap_backend_describe;
    backend_class->carrier_follows = TRUE;
    next = hvn_tap_options_install(object_class);
    g_object_class_install_property(object_class, next, g_param_spec_string("interface", NULL, NULL, NULL, flags));
    g_object_class_install_property(object_class, next + 1, g_param_spec_uint64("sent", NULL, NULL, 0, G_MAXUINT64, 0, flags));
}

static void
hvn_tap_backend_init(HvnTapBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "tap", hvn_tap_backend_get_type);
