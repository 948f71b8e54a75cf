/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The passt backend: HvnCommand runs the program, HvnStream carries the frames over a socketpair whose other end is the program's.
 *
 *   up -> passt ends: connecting, with how it ended and what it said -> after a pause that doubles: another one */
#include "hvn-passt-backend.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-command.h"
#include "hvn-error.h"
#include "hvn-passt-options.h"
#include "hvn-plugin-abi.h"
#include "hvn-stream.h"

#define PAUSE_MIN_NS (100 * HVN_NS_PER_MS)
#define PAUSE_MAX_NS (5 * HVN_NS_PER_S)

struct _HvnPasstBackend {
    HvnBackend      parent_instance;
    HvnPasstOptions options;
    HvnSocketSpec   spec;       /* says nothing */
    HvnCommand     *command;    /* owned; NULL while none runs */
    HvnStream      *stream;     /* owned; NULL as well */
    HvnTimer        retry;      /* the pause before it is started again */
    gint64          pause_ns;   /* its length */
    gint64          started_ns; /* when the one that runs was started */
};

G_DEFINE_FINAL_TYPE(HvnPasstBackend, hvn_passt_backend, HVN_TYPE_BACKEND)

static guint
hvn_passt_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnPasstBackend *self = HVN_PASST_BACKEND(port);

    if (self->stream != NULL)
        return hvn_stream_push(self->stream, frames, n_frames);
    hvn_backend_count_drops(HVN_BACKEND(self), HVN_BACKEND_DROP_NO_PEER, n_frames);
    return n_frames;
}

static void
hvn_passt_backend_resume(HvnPort *port)
{
    HvnPasstBackend *self = HVN_PASST_BACKEND(port);

    if (self->stream != NULL)
        hvn_stream_resume(self->stream);
}

/* ---- the program ---- */

static gint64
hvn_passt_backend_now_ns(HvnPasstBackend *self)
{
    return hvn_dispatcher_now_ns(hvn_port_get_dispatcher(HVN_PORT(self)));
}

/* one that runs for a while and ends is started again at once, one that cannot run is not started over and over */
static void
hvn_passt_backend_lost(HvnPasstBackend *self, const char *reason)
{
    if (hvn_passt_backend_now_ns(self) - self->started_ns >= PAUSE_MAX_NS)
        self->pause_ns = PAUSE_MIN_NS;
    g_clear_pointer(&self->stream, hvn_stream_free);
    g_clear_pointer(&self->command, hvn_command_free);
    hvn_timer_arm_after(&self->retry, self->pause_ns);
    self->pause_ns = MIN(2 * self->pause_ns, PAUSE_MAX_NS);
    hvn_backend_set_state(HVN_BACKEND(self), HVN_BACKEND_CONNECTING, reason);
    /* a guest that waits for room is told that there is nothing to wait for */
    hvn_port_ready(HVN_PORT(self));
}

static void
hvn_passt_backend_ended(HvnCommand *command, gpointer data)
{
    HvnPasstBackend *self = data;
    g_autoptr(GError) error = NULL;

    if (hvn_command_check(command, &error))
        hvn_passt_backend_lost(self, "passt has ended");
    else
        hvn_passt_backend_lost(self, error->message);
}

static gboolean
hvn_passt_backend_run(HvnPasstBackend *self, GError **error)
{
    g_auto(GStrv) argv = NULL;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        hvn_set_error_errno(error, errno, "cannot make a socketpair for passt");
        return FALSE;
    }
    argv = hvn_passt_options_get_argv(&self->options, pair[1]);
    self->started_ns = hvn_passt_backend_now_ns(self);
    self->command = hvn_command_new(HVN_PORT(self), "passt", (const char *const *)argv, pair[1], FALSE, hvn_passt_backend_ended, self, error);
    close(pair[1]);
    if (self->command == NULL) {
        close(pair[0]);
        return FALSE;
    }
    fcntl(pair[0], F_SETFL, O_NONBLOCK | fcntl(pair[0], F_GETFL));
    self->stream = hvn_stream_new_for_fd(HVN_BACKEND(self), &self->spec, pair[0], FALSE);
    return TRUE;
}

static void
hvn_passt_backend_again(gpointer data)
{
    g_autoptr(GError) error = NULL;

    if (!hvn_passt_backend_run(data, &error))
        hvn_passt_backend_lost(data, error->message);
}

/* ---- start and stop ---- */

static gboolean
hvn_passt_backend_start(HvnBackend *backend, GError **error)
{
    HvnPasstBackend *self = HVN_PASST_BACKEND(backend);

    hvn_timer_init(&self->retry, hvn_port_get_dispatcher(HVN_PORT(self)), hvn_passt_backend_again, self);
    self->pause_ns = PAUSE_MIN_NS;
    return hvn_passt_options_check(&self->options, error) && hvn_passt_backend_run(self, error);
}

static void
hvn_passt_backend_stop(HvnBackend *backend)
{
    HvnPasstBackend *self = HVN_PASST_BACKEND(backend);

    hvn_timer_cancel(&self->retry);
    g_clear_pointer(&self->stream, hvn_stream_free);
    g_clear_pointer(&self->command, hvn_command_free);
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_passt_backend_describe(HvnBackend *backend)
{
    return g_strdup_printf("path=%s", hvn_passt_options_get_path(&HVN_PASST_BACKEND(backend)->options));
}

/* ---- the object ---- */

static void
hvn_passt_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    if (!hvn_passt_options_set(&HVN_PASST_BACKEND(object)->options, prop, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_passt_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_passt_backend_parent_class)->dispose(object);
}

static void
hvn_passt_backend_finalize(GObject *object)
{
    hvn_passt_options_clear(&HVN_PASST_BACKEND(object)->options);
    G_OBJECT_CLASS(hvn_passt_backend_parent_class)->finalize(object);
}

static void
hvn_passt_backend_class_init(HvnPasstBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_passt_backend_set_property;
    object_class->dispose = hvn_passt_backend_dispose;
    object_class->finalize = hvn_passt_backend_finalize;
    port_class->push = hvn_passt_backend_push;
    port_class->resume = hvn_passt_backend_resume;
    backend_class->start = hvn_passt_backend_start;
    backend_class->stop = hvn_passt_backend_stop;
    backend_class->describe = hvn_passt_backend_describe;
    backend_class->carrier_follows = TRUE;
    hvn_passt_options_install(object_class);
}

static void
hvn_passt_backend_init(HvnPasstBackend *self)
{
    /* passt of 2023 passes over an acknowledgement that is padded to the length of a frame */
    hvn_port_set_features(HVN_PORT(self), HVN_PORT_SHORT_FRAMES);
}

HVN_PLUGIN_DEFINE("backend", "passt", hvn_passt_backend_get_type);
