/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user network. It needs libslirp and nothing of the host's administrator. push() hands frames to libslirp at once and never
 * blocks; libslirp's answers wait in a bounded queue, and while that is half full libslirp reads nothing from the host.
 *
 *   guest -> push -> input (checksum, MSS) -> slirp_input -> host's sockets
 *   guest <- work or source <- queue <- output (MSS, fragments) <- libslirp <- host's sockets (source)
 */
#include "hvn-user-backend.h"

#include <arpa/inet.h>
#include <libslirp.h>

#include "hvn-error.h"
#include "hvn-log.h"
#include "hvn-plugin-abi.h"
#include "hvn-user-guestfwd.h"
#include "hvn-user-hostfwd.h"
#include "hvn-user-input.h"
#include "hvn-user-net.h"
#include "hvn-user-output.h"
#include "hvn-user-props.h"
#include "hvn-user-source.h"

#define CONFIG_VERSION    4 /* of SlirpConfig, libslirp 4.7: timer_new_opaque */
#define BATCHES_PER_FLUSH 4
#define NS_PER_MS         1000000

struct _HvnUserBackend {
    HvnBackend parent_instance;

    HvnUserProps props;
    HvnGuestErrors errors;
    HvnUserNet net;       /* what holds since the start */
    Slirp *slirp;         /* NULL while stopped */
    HvnFrameQueue *queue; /* frames for the guest */
    HvnUserLarge *large;  /* NULL without large frames */
    HvnUserInput input;
    HvnUserOutput output;
    HvnUserSource *source;
    HvnUserHostfwd *hostfwd;
    HvnUserGuestfwd *guestfwd;
    HvnWork flush;        /* sends what waits in the queue */
    gboolean needs_guard; /* against SIGPIPE */
    gboolean congested;   /* the queue was half full when libslirp was asked last */
};

G_DEFINE_FINAL_TYPE(HvnUserBackend, hvn_user_backend, HVN_TYPE_BACKEND)

/* a timer of libslirp */
typedef struct {
    HvnTimer timer;
    HvnUserBackend *backend;
    SlirpTimerId id;
    void *opaque;
} Timer;

/* what waits goes to the guest; TRUE when more is left and the peer takes it */
static gboolean
hvn_user_backend_flush(gpointer data)
{
    HvnUserBackend *self = data;
    gboolean taken = hvn_frame_queue_flush(self->queue, HVN_PORT(self), BATCHES_PER_FLUSH);

    if (self->source != NULL && self->congested && !hvn_user_output_is_congested(&self->output))
        hvn_user_source_changed(self->source);
    return taken && hvn_frame_queue_get_bytes(self->queue) > 0;
}

static gboolean
hvn_user_backend_congested(gpointer data)
{
    HvnUserBackend *self = data;

    self->congested = hvn_user_output_is_congested(&self->output);
    return self->congested;
}

static void
hvn_user_backend_dispatched(gpointer data)
{
    HvnUserBackend *self = data;

    if (hvn_frame_queue_get_bytes(self->queue) > 0 && hvn_user_backend_flush(self))
        hvn_work_schedule(&self->flush);
}

static const HvnUserSourceFuncs hvn_user_backend_source_funcs = {
    .congested = hvn_user_backend_congested,
    .dispatched = hvn_user_backend_dispatched,
};

/* frames of the guest: libslirp takes every one */
static guint
hvn_user_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnUserBackend *self = HVN_USER_BACKEND(port);
    HvnUserSigpipe guard;

    if (self->slirp == NULL)
        return n_frames;
    self->input.saw_syn = FALSE;
    self->input.saw_neighbour = FALSE;
    hvn_user_sigpipe_enter(&guard, self->needs_guard);
    for (guint i = 0; i < n_frames; i++)
        hvn_user_input_frame(&self->input, &frames[i]);
    hvn_user_sigpipe_leave(&guard);
    hvn_user_source_changed(self->source);
    if (self->input.saw_neighbour)
        hvn_user_source_hurry(self->source);
    if (self->input.saw_syn)
        hvn_user_guestfwd_accept(self->guestfwd);
    if (hvn_frame_queue_get_bytes(self->queue) > 0)
        hvn_work_schedule(&self->flush);
    return n_frames;
}

static void
hvn_user_backend_resume(HvnPort *port)
{
    HvnUserBackend *self = HVN_USER_BACKEND(port);

    if (self->slirp != NULL)
        hvn_work_schedule(&self->flush);
}

static ssize_t
hvn_user_backend_send_packet(const void *data, size_t len, void *opaque)
{
    HvnUserBackend *self = opaque;

    hvn_user_output_frame(&self->output, data, len);
    hvn_work_schedule(&self->flush);
    return (ssize_t)len;
}

static void
hvn_user_backend_guest_error(const char *message, void *opaque)
{
    HvnUserBackend *self = opaque;

    hvn_guest_error(&self->errors, "%s", message);
}

static int64_t
hvn_user_backend_now(void *opaque)
{
    return hvn_dispatcher_now_ns(hvn_port_get_dispatcher(HVN_PORT(opaque)));
}

static void
hvn_user_backend_timer_run(gpointer data)
{
    Timer *timer = data;

    slirp_handle_timer(timer->backend->slirp, timer->id, timer->opaque);
    hvn_user_source_changed(timer->backend->source);
}

static void *
hvn_user_backend_timer_new(SlirpTimerId id, void *timer_opaque, void *opaque)
{
    Timer *timer = g_new0(Timer, 1);

    timer->backend = opaque;
    timer->id = id;
    timer->opaque = timer_opaque;
    hvn_timer_init(&timer->timer, hvn_port_get_dispatcher(HVN_PORT(opaque)), hvn_user_backend_timer_run, timer);
    return timer;
}

static void
hvn_user_backend_timer_free(void *data, void *opaque)
{
    Timer *timer = data;

    hvn_timer_cancel(&timer->timer);
    g_free(timer);
}

static void
hvn_user_backend_timer_mod(void *data, int64_t expire_ms, void *opaque)
{
    Timer *timer = data;

    hvn_timer_arm(&timer->timer, expire_ms * NS_PER_MS);
}

/* the poll set is read whole when libslirp was called, so single fds are no news */
static void
hvn_user_backend_poll_fd(int fd, void *opaque)
{
}

static void
hvn_user_backend_notify(void *opaque)
{
    HvnUserBackend *self = opaque;

    if (self->source != NULL)
        hvn_user_source_changed(self->source);
}

static const SlirpCb hvn_user_backend_callbacks = {
    .send_packet = hvn_user_backend_send_packet,
    .guest_error = hvn_user_backend_guest_error,
    .clock_get_ns = hvn_user_backend_now,
    .timer_new_opaque = hvn_user_backend_timer_new,
    .timer_free = hvn_user_backend_timer_free,
    .timer_mod = hvn_user_backend_timer_mod,
    .register_poll_fd = hvn_user_backend_poll_fd,
    .unregister_poll_fd = hvn_user_backend_poll_fd,
    .notify = hvn_user_backend_notify,
};

static gboolean
hvn_user_backend_open_slirp(HvnUserBackend *self, GError **error)
{
    guint mtu = self->large != NULL ? HVN_USER_LARGE_MTU : self->net.mtu;
    const char *tftp = hvn_user_props_string(&self->props, HVN_USER_PROP_TFTP);
    SlirpConfig config = {.version = CONFIG_VERSION};

    if (tftp != NULL && !g_file_test(tftp, G_FILE_TEST_IS_DIR)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "invalid value '%s' for option 'tftp': expected an existing directory",
                    tftp);
        return FALSE;
    }
    config.restricted = hvn_user_props_boolean(&self->props, HVN_USER_PROP_RESTRICT);
    config.in_enabled = self->net.ipv4;
    config.vnetwork = self->net.network;
    config.vnetmask = self->net.mask;
    config.vhost = self->net.host;
    config.vdhcp_start = self->net.dhcpstart;
    config.vnameserver = self->net.dns;
    config.in6_enabled = self->net.ipv6;
    config.vprefix_addr6 = self->net.prefix6;
    config.vprefix_len = (uint8_t)self->net.prefix6_len;
    config.vhost6 = self->net.host6;
    config.vnameserver6 = self->net.dns6;
    config.vhostname = hvn_user_props_string(&self->props, HVN_USER_PROP_HOSTNAME);
    config.vdomainname = hvn_user_props_string(&self->props, HVN_USER_PROP_DOMAINNAME);
    config.vdnssearch = (const char **)hvn_user_props_strv(&self->props, HVN_USER_PROP_DNSSEARCH);
    config.tftp_path = tftp;
    config.tftp_server_name = hvn_user_props_string(&self->props, HVN_USER_PROP_TFTP_SERVER_NAME);
    config.bootfile = hvn_user_props_string(&self->props, HVN_USER_PROP_BOOTFILE);
    config.if_mtu = config.if_mru = mtu;
    self->slirp = slirp_new(&config, &hvn_user_backend_callbacks, self);
    if (self->slirp == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "libslirp %s refuses this network", slirp_version_string());
        return FALSE;
    }
    return TRUE;
}

static gboolean
hvn_user_backend_open_rules(HvnUserBackend *self, GError **error)
{
    const char *const *hostfwd = hvn_user_props_strv(&self->props, HVN_USER_PROP_HOSTFWD);
    const char *const *guestfwd = hvn_user_props_strv(&self->props, HVN_USER_PROP_GUESTFWD);
    const char *smb = hvn_user_props_string(&self->props, HVN_USER_PROP_SMB);

    for (guint i = 0; hostfwd != NULL && hostfwd[i] != NULL; i++) {
        if (!hvn_user_hostfwd_add(self->hostfwd, hostfwd[i], error))
            return FALSE;
    }
    for (guint i = 0; guestfwd != NULL && guestfwd[i] != NULL; i++) {
        if (!hvn_user_guestfwd_add(self->guestfwd, guestfwd[i], error))
            return FALSE;
    }
    return smb == NULL || smb[0] == '\0' || hvn_user_guestfwd_add_smb(self->guestfwd, smb, error);
}

static void
hvn_user_backend_close(HvnUserBackend *self)
{
    hvn_work_cancel(&self->flush);
    g_clear_pointer(&self->guestfwd, hvn_user_guestfwd_free);
    g_clear_pointer(&self->hostfwd, hvn_user_hostfwd_free);
    g_clear_pointer(&self->source, hvn_user_source_free);
    g_clear_pointer(&self->slirp, slirp_cleanup);
    hvn_work_cancel(&self->flush);
    hvn_user_input_clear(&self->input);
    hvn_user_output_clear(&self->output);
    g_clear_pointer(&self->large, hvn_user_large_free);
    g_clear_pointer(&self->queue, hvn_frame_queue_free);
}

static gboolean
hvn_user_backend_start(HvnBackend *backend, GError **error)
{
    HvnUserBackend *self = HVN_USER_BACKEND(backend);
    gboolean large = hvn_user_props_boolean(&self->props, HVN_USER_PROP_LARGE_FRAMES);
    HvnUserNetOptions options = {0};
    HvnUserSigpipe guard;
    gboolean started;

    hvn_user_props_net_options(&self->props, &options);
    if (!hvn_user_net_derive(&self->net, &options, error))
        return FALSE;
    if (options.hostname != NULL && strlen(options.hostname) > HVN_USER_HOSTNAME_KEPT)
        g_message("%s: hostname is cut to its first %d bytes by libslirp", hvn_port_get_name(HVN_PORT(self)),
                  HVN_USER_HOSTNAME_KEPT);
    self->queue = hvn_frame_queue_new(HVN_USER_QUEUE_BYTES);
    self->large = large ? hvn_user_large_new(self->net.mtu, options.mtu != 0) : NULL;
    hvn_user_output_init(&self->output, self->queue, self->large, self->net.mtu, options.mtu != 0);
    self->needs_guard = hvn_user_sigpipe_needed();
    hvn_user_sigpipe_enter(&guard, self->needs_guard);
    started = hvn_user_backend_open_slirp(self, error);
    if (started) {
        hvn_user_input_init(&self->input, self->slirp, self->large);
        self->source =
            hvn_user_source_new(hvn_port_get_dispatcher(HVN_PORT(self)), self->slirp, &hvn_user_backend_source_funcs, self);
        self->hostfwd = hvn_user_hostfwd_new(self->slirp, self->source, &self->net);
        self->guestfwd = hvn_user_guestfwd_new(hvn_port_get_dispatcher(HVN_PORT(self)), self->slirp, &self->net);
        started = hvn_user_backend_open_rules(self, error);
    }
    if (!started)
        hvn_user_backend_close(self);
    hvn_user_sigpipe_leave(&guard);
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_SHORT_FRAMES | (large ? HVN_PORT_TSO4 | HVN_PORT_TSO6 : 0));
    return started;
}

static void
hvn_user_backend_stop(HvnBackend *backend)
{
    HvnUserBackend *self = HVN_USER_BACKEND(backend);
    HvnUserSigpipe guard;

    hvn_user_sigpipe_enter(&guard, self->needs_guard);
    hvn_user_backend_close(self);
    hvn_user_sigpipe_leave(&guard);
}

static char *
hvn_user_backend_describe(HvnBackend *backend)
{
    HvnUserBackend *self = HVN_USER_BACKEND(backend);
    HvnUserNetOptions options = {0};
    HvnUserNet net;
    char address[INET6_ADDRSTRLEN];

    hvn_user_props_net_options(&self->props, &options);
    if (!hvn_user_net_derive(&net, &options, NULL))
        return g_strdup("");
    if (net.ipv4)
        inet_ntop(AF_INET, &net.network, address, sizeof address);
    else
        inet_ntop(AF_INET6, &net.prefix6, address, sizeof address);
    return g_strdup_printf("net=%s,restrict=%s", address, options.restricted ? "on" : "off");
}

gboolean
hvn_user_backend_add_hostfwd(HvnUserBackend *self, const char *rule, GError **error)
{
    if (self->hostfwd == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "%s does not run", hvn_port_get_name(HVN_PORT(self)));
        return FALSE;
    }
    return hvn_user_hostfwd_add(self->hostfwd, rule, error);
}

gboolean
hvn_user_backend_remove_hostfwd(HvnUserBackend *self, const char *rule, GError **error)
{
    if (self->hostfwd == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "%s does not run", hvn_port_get_name(HVN_PORT(self)));
        return FALSE;
    }
    return hvn_user_hostfwd_remove(self->hostfwd, rule, error);
}

/* rules that are only in the old list go, rules that are only in the new one come */
static void
hvn_user_backend_change_hostfwd(HvnUserBackend *self, const char *const *old, const char *const *new)
{
    static const char *const none[] = {NULL};

    old = old != NULL ? old : none;
    new = new != NULL ? new : none;
    for (guint i = 0; old[i] != NULL; i++) {
        /* it may have been removed by its host side already */
        if (!g_strv_contains(new, old[i]))
            hvn_user_hostfwd_remove_rule(self->hostfwd, old[i]);
    }
    for (guint i = 0; new[i] != NULL; i++) {
        g_autoptr(GError) error = NULL;

        if (!g_strv_contains(old, new[i]) && !hvn_user_hostfwd_add(self->hostfwd, new[i], &error))
            g_warning("%s: %s", hvn_port_get_name(HVN_PORT(self)), error->message);
    }
}

static void
hvn_user_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnUserBackend *self = HVN_USER_BACKEND(object);

    if (prop == HVN_USER_PROP_0 || prop >= HVN_USER_PROP_N_STORED) {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
        return;
    }
    if (prop == HVN_USER_PROP_HOSTFWD && self->hostfwd != NULL)
        hvn_user_backend_change_hostfwd(self, hvn_user_props_strv(&self->props, HVN_USER_PROP_HOSTFWD), g_value_get_boxed(value));
    g_value_copy(value, &self->props.values[prop]);
}

static void
hvn_user_backend_get_property(GObject *object, guint prop, GValue *value, GParamSpec *spec)
{
    HvnUserBackend *self = HVN_USER_BACKEND(object);

    if (prop == HVN_USER_PROP_FORWARDS)
        g_value_take_boxed(value, self->hostfwd != NULL ? hvn_user_hostfwd_list(self->hostfwd) : g_new0(char *, 1));
    else if (prop != HVN_USER_PROP_0 && prop < HVN_USER_PROP_N_STORED)
        g_value_copy(&self->props.values[prop], value);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_user_backend_constructed(GObject *object)
{
    HvnUserBackend *self = HVN_USER_BACKEND(object);
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(HVN_PORT(self));

    G_OBJECT_CLASS(hvn_user_backend_parent_class)->constructed(object);
    hvn_guest_errors_init(&self->errors, G_LOG_DOMAIN, hvn_port_get_name(HVN_PORT(self)), hvn_dispatcher_get_clock(dispatcher));
    hvn_work_init(&self->flush, dispatcher, hvn_user_backend_flush, self);
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_SHORT_FRAMES);
}

static void
hvn_user_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_user_backend_parent_class)->dispose(object);
}

static void
hvn_user_backend_finalize(GObject *object)
{
    HvnUserBackend *self = HVN_USER_BACKEND(object);

    hvn_guest_errors_clear(&self->errors);
    hvn_user_props_clear(&self->props);
    G_OBJECT_CLASS(hvn_user_backend_parent_class)->finalize(object);
}

static void
hvn_user_backend_class_init(HvnUserBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_user_backend_set_property;
    object_class->get_property = hvn_user_backend_get_property;
    object_class->constructed = hvn_user_backend_constructed;
    object_class->dispose = hvn_user_backend_dispose;
    object_class->finalize = hvn_user_backend_finalize;
    port_class->push = hvn_user_backend_push;
    port_class->resume = hvn_user_backend_resume;
    backend_class->start = hvn_user_backend_start;
    backend_class->stop = hvn_user_backend_stop;
    backend_class->describe = hvn_user_backend_describe;
    hvn_user_props_install(object_class);
}

static void
hvn_user_backend_init(HvnUserBackend *self)
{
    hvn_user_props_init(&self->props, G_OBJECT_GET_CLASS(self));
}

HVN_PLUGIN_DEFINE("backend", "user", hvn_user_backend_get_type);
