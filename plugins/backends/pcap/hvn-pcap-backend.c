/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcap backend: two files, and nothing else of the host. What the guest sends is always taken; what goes to the guest waits in the
 * file until the guest has room.
 *
 *   file -> capture (chunks) -> replay (pace) -> guest
 *   guest -> push -> output, written 64 KiB at a time and at least once a second
 */
#include "hvn-pcap-backend.h"

#include "hvn-error.h"
#include "hvn-pcap-replay.h"
#include "hvn-pcap.h"
#include "hvn-plugin-abi.h"

#define FLUSH_NS  HVN_NS_PER_S
#define PACE_FULL "full"
#define FEATURES  (HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_TSO6 | HVN_PORT_USO | HVN_PORT_SHORT_FRAMES)

enum {
    PROP_0,
    PROP_FILE,
    PROP_PACE,
    PROP_LOOP,
    PROP_WAIT,
    PROP_OUTPUT,
    PROP_SENT,
    PROP_RECEIVED,
    PROP_SKIPPED,
};

struct _HvnPcapBackend {
    HvnBackend     parent_instance;
    char          *file;   /* owned; NULL to send nothing */
    char          *pace;   /* owned */
    guint          loop;   /* passes, 0 for ever */
    gboolean       wait;   /* the option */
    char          *output; /* owned; NULL to keep nothing */
    gboolean       started;
    gboolean       waiting; /* for the guest's first frame */
    HvnPcapReplay  replay;
    HvnPcap       *writer; /* owned; NULL without output */
    HvnTimer       flush;  /* of writer; armed while it has something */
    guint64        n_received;
};

G_DEFINE_FINAL_TYPE(HvnPcapBackend, hvn_pcap_backend, HVN_TYPE_BACKEND)

static guint
hvn_pcap_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(port);

    if (!self->started)
        return n_frames;
    self->n_received += n_frames;
    if (self->writer != NULL) {
        hvn_pcap_write(self->writer, frames, n_frames);
        if (!hvn_timer_is_armed(&self->flush))
            hvn_timer_arm_after(&self->flush, FLUSH_NS);
    }
    if (self->waiting) {
        self->waiting = FALSE;
        hvn_pcap_replay_begin(&self->replay);
    }
    return n_frames;
}

static void
hvn_pcap_backend_resume(HvnPort *port)
{
    hvn_pcap_replay_resume(&HVN_PCAP_BACKEND(port)->replay);
}

static void
hvn_pcap_backend_flush(gpointer data)
{
    hvn_pcap_flush(((HvnPcapBackend *)data)->writer);
}

static void
hvn_pcap_backend_ended(HvnPort *port, const GError *error)
{
    if (error == NULL)
        return;
    g_warning("%s: %s", hvn_port_get_name(port), error->message);
    hvn_backend_set_state(HVN_BACKEND(port), HVN_BACKEND_DOWN, error->message);
}

static gboolean
hvn_pcap_backend_open_file(HvnPcapBackend *self, GError **error)
{
    HvnPcapSkipped skipped;

    if (!hvn_pcap_replay_open(&self->replay, self->file, g_strcmp0(self->pace, PACE_FULL) == 0, self->loop, error))
        return FALSE;
    skipped = hvn_pcap_replay_get_skipped(&self->replay);
    if (skipped.cut + skipped.runt + skipped.oversize > 0)
        g_warning("%s: '%s' has records that are no frames to send: %" G_GUINT64_FORMAT " cut short, %" G_GUINT64_FORMAT
                  " too short, %" G_GUINT64_FORMAT " too long; they are left out",
                  hvn_port_get_name(HVN_PORT(self)), self->file, skipped.cut, skipped.runt, skipped.oversize);
    return TRUE;
}

static gboolean
hvn_pcap_backend_open_output(HvnPcapBackend *self, GError **error)
{
    if (self->replay.capture != NULL && hvn_pcap_capture_is_file(self->replay.capture, self->output)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "output '%s' is the capture that is replayed: expected another file",
                    self->output);
        return FALSE;
    }
    self->writer = hvn_pcap_new(self->output, HVN_FRAME_LEN_MAX, error);
    return self->writer != NULL;
}

static void
hvn_pcap_backend_stop(HvnBackend *backend)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(backend);

    self->started = FALSE;
    self->waiting = FALSE;
    hvn_timer_cancel(&self->flush);
    hvn_pcap_replay_close(&self->replay);
    g_clear_pointer(&self->writer, hvn_pcap_free);
}

static gboolean
hvn_pcap_backend_start(HvnBackend *backend, GError **error)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(backend);

    if (self->file == NULL && self->output == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG,
                    "pcap has neither file nor output: expected file=CAPTURE to replay, output=CAPTURE to write, or both");
        return FALSE;
    }
    if ((self->file != NULL && !hvn_pcap_backend_open_file(self, error)) ||
        (self->output != NULL && !hvn_pcap_backend_open_output(self, error))) {
        hvn_pcap_backend_stop(backend);
        return FALSE;
    }
    self->started = TRUE;
    self->n_received = 0;
    self->waiting = self->wait && self->file != NULL;
    if (self->file != NULL && !self->waiting)
        hvn_pcap_replay_begin(&self->replay);
    /* a file is to hold what a cable would carry: without these features the link cuts, sums up and pads */
    hvn_port_set_features(HVN_PORT(self), self->output != NULL ? 0 : FEATURES);
    return TRUE;
}

static char *
hvn_pcap_backend_describe(HvnBackend *backend)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(backend);

    return g_strdup_printf("file=%s,output=%s,sent=%" G_GUINT64_FORMAT ",received=%" G_GUINT64_FORMAT, self->file != NULL ? self->file : "",
                           self->output != NULL ? self->output : "", self->replay.n_sent, self->n_received);
}

static void
hvn_pcap_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(object);
    char **slot = prop == PROP_FILE ? &self->file : prop == PROP_OUTPUT ? &self->output : &self->pace;

    switch (prop) {
    case PROP_FILE:
    case PROP_OUTPUT:
    case PROP_PACE:
        g_free(*slot);
        *slot = g_value_dup_string(value);
        break;
    case PROP_LOOP:
        self->loop = g_value_get_uint(value);
        break;
    case PROP_WAIT:
        self->wait = g_value_get_boolean(value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
    }
}

static void
hvn_pcap_backend_get_property(GObject *object, guint prop, GValue *value, GParamSpec *spec)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(object);
    HvnPcapSkipped skipped = hvn_pcap_replay_get_skipped(&self->replay);

    if (prop == PROP_SENT)
        g_value_set_uint64(value, self->replay.n_sent);
    else if (prop == PROP_RECEIVED)
        g_value_set_uint64(value, self->n_received);
    else if (prop == PROP_SKIPPED)
        g_value_set_uint64(value, skipped.cut + skipped.runt + skipped.oversize);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_pcap_backend_constructed(GObject *object)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(object);

    G_OBJECT_CLASS(hvn_pcap_backend_parent_class)->constructed(object);
    hvn_pcap_replay_init(&self->replay, HVN_PORT(self), hvn_pcap_backend_ended);
    hvn_timer_init(&self->flush, hvn_port_get_dispatcher(HVN_PORT(self)), hvn_pcap_backend_flush, self);
    hvn_port_set_features(HVN_PORT(self), FEATURES);
}

static void
hvn_pcap_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_pcap_backend_parent_class)->dispose(object);
}

static void
hvn_pcap_backend_finalize(GObject *object)
{
    HvnPcapBackend *self = HVN_PCAP_BACKEND(object);

    g_free(self->file);
    g_free(self->pace);
    g_free(self->output);
    G_OBJECT_CLASS(hvn_pcap_backend_parent_class)->finalize(object);
}

static void
hvn_pcap_backend_install_properties(GObjectClass *klass)
{
    const GParamFlags option = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;
    const GParamFlags counter = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

    g_object_class_install_property(klass, PROP_FILE, g_param_spec_string("file", NULL, NULL, NULL, option));
    g_object_class_install_property(klass, PROP_PACE, g_param_spec_string("pace", NULL, NULL, "original", option));
    g_object_class_install_property(klass, PROP_LOOP, g_param_spec_uint("loop", NULL, NULL, 0, G_MAXUINT, 1, option));
    g_object_class_install_property(klass, PROP_WAIT, g_param_spec_boolean("wait", NULL, NULL, FALSE, option));
    g_object_class_install_property(klass, PROP_OUTPUT, g_param_spec_string("output", NULL, NULL, NULL, option));
    g_object_class_install_property(klass, PROP_SENT, g_param_spec_uint64("sent", NULL, NULL, 0, G_MAXUINT64, 0, counter));
    g_object_class_install_property(klass, PROP_RECEIVED, g_param_spec_uint64("received", NULL, NULL, 0, G_MAXUINT64, 0, counter));
    g_object_class_install_property(klass, PROP_SKIPPED, g_param_spec_uint64("skipped", NULL, NULL, 0, G_MAXUINT64, 0, counter));
}

static void
hvn_pcap_backend_class_init(HvnPcapBackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_pcap_backend_set_property;
    object_class->get_property = hvn_pcap_backend_get_property;
    object_class->constructed = hvn_pcap_backend_constructed;
    object_class->dispose = hvn_pcap_backend_dispose;
    object_class->finalize = hvn_pcap_backend_finalize;
    port_class->push = hvn_pcap_backend_push;
    port_class->resume = hvn_pcap_backend_resume;
    backend_class->start = hvn_pcap_backend_start;
    backend_class->stop = hvn_pcap_backend_stop;
    backend_class->describe = hvn_pcap_backend_describe;
    hvn_pcap_backend_install_properties(object_class);
}

static void
hvn_pcap_backend_init(HvnPcapBackend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "pcap", hvn_pcap_backend_get_type);
