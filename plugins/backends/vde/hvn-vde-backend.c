/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The vde backend: a plug opens the connection, HvnDatagram carries the frames on the socket that it names.
 *
 *   connecting -> the plug is open: up -> the switch goes: connecting -> after a pause: another plug
 *   connecting -> refused: connecting, with the reason -> after a pause that doubles: another plug
 *   connecting -> libvdeplug cannot do it at all: down, with the reason */
#include "hvn-vde-backend.h"

#include <fcntl.h>

#include "hvn-datagram.h"
#include "hvn-error.h"
#include "hvn-plugin-abi.h"
#include "hvn-vde-plug.h"

#define PAUSE_MIN_NS (100 * HVN_NS_PER_MS)
#define PAUSE_MAX_NS (5 * HVN_NS_PER_S)
#define PATIENCE_NS  (2 * HVN_NS_PER_S) /* until it is said that nobody answers */
#define MODE_DEFAULT 0700

enum {
    PROP_0,
    PROP_SOCK,
    PROP_PORT,
    PROP_GROUP,
    PROP_MODE,
};

struct _HvnVdeBackend {
    HvnBackend   parent_instance;
    char        *sock;      /* owned; NULL for the standard ones */
    guint        port;
    char        *group;     /* owned; NULL to leave it as it is */
    char        *mode;      /* owned; NULL for the default */
    HvnVdePlug  *plug;      /* owned; NULL while stopped, and between two attempts */
    HvnDatagram *datagram;  /* owned; NULL unless the plug is open */
    HvnTimer     retry;     /* the pause before the next attempt */
    HvnTimer     patience;  /* while the plug opens */
    gint64       pause_ns;  /* its length */
    gint64       opened_ns; /* when the connection that is open was opened */
};

G_DEFINE_FINAL_TYPE(HvnVdeBackend, hvn_vde_backend, HVN_TYPE_BACKEND)

static guint
hvn_vde_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(port);

    if (self->datagram != NULL)
        return hvn_datagram_push(self->datagram, frames, n_frames);
    hvn_backend_count_drops(HVN_BACKEND(self), HVN_BACKEND_DROP_NO_PEER, n_frames);
    return n_frames;
}

static void
hvn_vde_backend_resume(HvnPort *port)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(port);

    if (self->datagram != NULL)
        hvn_datagram_resume(self->datagram);
}

/* ---- the options ---- */

/* QEMU takes 770 for a decimal number, which is the mode 01402, and 0770 for an octal one; so that nobody gets what he does not mean,
 * only the latter is taken */
static gboolean
hvn_vde_backend_get_mode(HvnVdeBackend *self, guint *mode, GError **error)
{
    guint64 value = 0;
    gsize len;

    *mode = MODE_DEFAULT;
    if (self->mode == NULL)
        return TRUE;
    for (len = 0; self->mode[len] >= '0' && self->mode[len] <= '7' && len < 5; len++)
        value = 8 * value + self->mode[len] - '0';
    if (self->mode[0] == '0' && self->mode[len] == '\0' && value <= 0777) {
        *mode = value;
        return TRUE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                "invalid value '%s' for mode: expected permissions in octal with the zero in front, up to 0777, such as 0770", self->mode);
    return FALSE;
}

/* ---- the connection ---- */

static void
hvn_vde_backend_close(HvnVdeBackend *self, gboolean wait)
{
    g_clear_pointer(&self->datagram, hvn_datagram_free);
    if (self->plug != NULL)
        hvn_vde_plug_free(self->plug, wait);
    self->plug = NULL;
}

static void
hvn_vde_backend_opened(HvnVdeBackend *self, int fd)
{
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    g_return_if_fail(own >= 0);
    self->opened_ns = hvn_dispatcher_now_ns(hvn_port_get_dispatcher(HVN_PORT(self)));
    self->datagram = hvn_datagram_new_for_fd(HVN_BACKEND(self), own);
}

/* there is no connection: a guest that waits for room is told that there is nothing to wait for */
static void
hvn_vde_backend_report(HvnVdeBackend *self, HvnBackendState state, const char *reason)
{
    hvn_backend_set_state(HVN_BACKEND(self), state, reason);
    hvn_port_ready(HVN_PORT(self));
}

/* another attempt, after a pause; a short connection, such as that of a command that fails at once, does not make the pauses short again */
static void
hvn_vde_backend_lost(HvnVdeBackend *self, const char *reason)
{
    if (self->datagram != NULL && hvn_dispatcher_now_ns(hvn_port_get_dispatcher(HVN_PORT(self))) - self->opened_ns >= PAUSE_MAX_NS)
        self->pause_ns = PAUSE_MIN_NS;
    hvn_vde_backend_close(self, FALSE);
    hvn_timer_arm_after(&self->retry, self->pause_ns);
    self->pause_ns = MIN(2 * self->pause_ns, PAUSE_MAX_NS);
    hvn_vde_backend_report(self, HVN_BACKEND_CONNECTING, reason);
}

static void
hvn_vde_backend_told(HvnVdePlugEvent event, int value, const char *text, gpointer data)
{
    HvnVdeBackend *self = data;

    hvn_timer_cancel(&self->patience);
    switch (event) {
    case HVN_VDE_PLUG_OPENED:
        hvn_vde_backend_opened(self, value);
        break;
    case HVN_VDE_PLUG_REFUSED:
    case HVN_VDE_PLUG_ENDED:
        hvn_vde_backend_lost(self, text);
        break;
    case HVN_VDE_PLUG_FAILED:
        g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self)), text);
        hvn_vde_backend_close(self, FALSE);
        hvn_vde_backend_report(self, HVN_BACKEND_DOWN, text);
        break;
    case HVN_VDE_PLUG_NO_PEER:
        hvn_backend_count_drops(HVN_BACKEND(self), HVN_BACKEND_DROP_NO_PEER, value);
        break;
    case HVN_VDE_PLUG_DROPPED:
        hvn_backend_count_drops(HVN_BACKEND(self), HVN_BACKEND_DROP_REFUSED, value);
        break;
    }
}

/* A switch that has stopped says nothing, and vde_switch does so when it has no port of that number. The plug goes on waiting. */
static void
hvn_vde_backend_waits(gpointer data)
{
    HvnVdeBackend *self = data;
    g_autofree char *reason = g_strdup_printf("'%s' does not answer", self->sock != NULL ? self->sock : "");

    hvn_vde_backend_report(self, HVN_BACKEND_CONNECTING, reason);
}

static void
hvn_vde_backend_open(gpointer data)
{
    HvnVdeBackend *self = data;
    HvnVdeAddress address = {.url = self->sock != NULL ? self->sock : "", .port = self->port, .group = self->group};

    hvn_vde_backend_get_mode(self, &address.mode, NULL);
    hvn_timer_arm_after(&self->patience, PATIENCE_NS);
    self->plug = hvn_vde_plug_new(hvn_port_get_dispatcher(HVN_PORT(self)), &address, hvn_port_get_name(HVN_PORT(self)), hvn_vde_backend_told, self);
}

static gboolean
hvn_vde_backend_start(HvnBackend *backend, GError **error)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(backend);
    guint mode;

    if (!hvn_vde_backend_get_mode(self, &mode, error))
        return FALSE;
    hvn_timer_init(&self->retry, hvn_port_get_dispatcher(HVN_PORT(self)), hvn_vde_backend_open, self);
    hvn_timer_init(&self->patience, hvn_port_get_dispatcher(HVN_PORT(self)), hvn_vde_backend_waits, self);
    self->pause_ns = PAUSE_MIN_NS;
    hvn_backend_set_state(backend, HVN_BACKEND_CONNECTING, NULL);
    hvn_vde_backend_open(self);
    return TRUE;
}

static void
hvn_vde_backend_stop(HvnBackend *backend)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(backend);

    hvn_timer_cancel(&self->retry);
    hvn_timer_cancel(&self->patience);
    hvn_vde_backend_close(self, TRUE);
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_vde_backend_describe(HvnBackend *backend)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(backend);

    if (self->port != 0)
        return g_strdup_printf("sock=%s,port=%u", self->sock != NULL ? self->sock : "", self->port);
    return g_strdup_printf("sock=%s", self->sock != NULL ? self->sock : "");
}

/* ---- the object ---- */

static void
hvn_vde_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(object);

    switch (prop) {
    case PROP_SOCK:
        g_free(self->sock);
        self->sock = g_value_dup_string(value);
        break;
    case PROP_PORT:
        self->port = g_value_get_uint(value);
        break;
    case PROP_GROUP:
        g_free(self->group);
        self->group = g_value_dup_string(value);
        break;
    case PROP_MODE:
        g_free(self->mode);
        self->mode = g_value_dup_string(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
    }
}

static void
hvn_vde_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_vde_backend_parent_class)->dispose(object);
}

static void
hvn_vde_backend_finalize(GObject *object)
{
    HvnVdeBackend *self = HVN_VDE_BACKEND(object);

    g_free(self->sock);
    g_free(self->group);
    g_free(self->mode);
    G_OBJECT_CLASS(hvn_vde_backend_parent_class)->finalize(object);
}

static void
hvn_vde_backend_class_init(HvnVdeBackendClass *klass)
{
    const GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_vde_backend_set_property;
    object_class->dispose = hvn_vde_backend_dispose;
    object_class->finalize = hvn_vde_backend_finalize;
    port_class->push = hvn_vde_backend_push;
    port_class->resume = hvn_vde_backend_resume;
    backend_class->start = hvn_vde_backend_start;
    backend_class->stop = hvn_vde_backend_stop;
    backend_class->describe = hvn_vde_backend_describe;
    backend_class->carrier_follows = TRUE;
    g_object_class_install_property(object_class, PROP_SOCK, g_param_spec_string("sock", NULL, NULL, NULL, flags));
    g_object_class_install_property(object_class, PROP_PORT, g_param_spec_uint("port", NULL, NULL, 0, 65535, 0, flags));
    g_object_class_install_property(object_class, PROP_GROUP, g_param_spec_string("group", NULL, NULL, NULL, flags));
    g_object_class_install_property(object_class, PROP_MODE, g_param_spec_string("mode", NULL, NULL, NULL, flags));
}

static void
hvn_vde_backend_init(HvnVdeBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "vde", hvn_vde_backend_get_type);
