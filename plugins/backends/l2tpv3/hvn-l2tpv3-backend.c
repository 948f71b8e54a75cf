/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The l2tpv3 backend: HvnDatagram carries the frames, over UDP or a raw socket, each behind the header of HvnL2tpv3Wire. */
#include "hvn-l2tpv3-backend.h"

#include "hvn-datagram.h"
#include "hvn-l2tpv3-options.h"
#include "hvn-plugin-abi.h"

#define IP_PROTOCOL 115 /* RFC 3931, 4.1.1 */

struct _HvnL2tpv3Backend {
    HvnBackend       parent_instance;
    HvnL2tpv3Options options;
    HvnL2tpv3Wire    wire;
    HvnDatagram     *datagram; /* owned; NULL while stopped */
};

G_DEFINE_FINAL_TYPE(HvnL2tpv3Backend, hvn_l2tpv3_backend, HVN_TYPE_BACKEND)

/* ---- the header ---- */

static void
hvn_l2tpv3_backend_write(gpointer data, guint8 *header, guint ahead)
{
    hvn_l2tpv3_wire_write(data, header, ahead);
}

static void
hvn_l2tpv3_backend_sent(gpointer data, guint n_frames)
{
    hvn_l2tpv3_wire_sent(data, n_frames);
}

static gboolean
hvn_l2tpv3_backend_read(gpointer data, const guint8 *bytes, gsize len, gsize *frame_at, HvnBackendDrop *reason)
{
    return hvn_l2tpv3_wire_read(data, bytes, len, frame_at, reason);
}

/* ---- frames ---- */

static guint
hvn_l2tpv3_backend_push(HvnPort *port, const HvnFrame *frames, guint n_frames)
{
    HvnL2tpv3Backend *self = HVN_L2TPV3_BACKEND(port);

    return self->datagram != NULL ? hvn_datagram_push(self->datagram, frames, n_frames) : n_frames;
}

static void
hvn_l2tpv3_backend_resume(HvnPort *port)
{
    HvnL2tpv3Backend *self = HVN_L2TPV3_BACKEND(port);

    if (self->datagram != NULL)
        hvn_datagram_resume(self->datagram);
}

/* ---- start and stop ---- */

static gboolean
hvn_l2tpv3_backend_start(HvnBackend *backend, GError **error)
{
    HvnL2tpv3Backend *self = HVN_L2TPV3_BACKEND(backend);
    HvnDatagramHeader header = {
        .write = hvn_l2tpv3_backend_write,
        .sent = hvn_l2tpv3_backend_sent,
        .read = hvn_l2tpv3_backend_read,
        .data = &self->wire,
    };
    HvnSocketAddress local, remote;

    if (!hvn_l2tpv3_options_get_wire(&self->options, &self->wire, error) ||
        !hvn_l2tpv3_options_get_addresses(&self->options, &local, &remote, error))
        return FALSE;
    self->datagram = self->wire.udp ? hvn_datagram_new_unicast(backend, &local, &remote, error)
                                    : hvn_datagram_new_raw(backend, IP_PROTOCOL, &local, &remote, error);
    if (self->datagram == NULL)
        return FALSE;
    header.len = hvn_l2tpv3_wire_get_len(&self->wire);
    hvn_datagram_set_header(self->datagram, &header);
    return TRUE;
}

static void
hvn_l2tpv3_backend_stop(HvnBackend *backend)
{
    HvnL2tpv3Backend *self = HVN_L2TPV3_BACKEND(backend);

    g_clear_pointer(&self->datagram, hvn_datagram_free);
    /* a guest that waits for room is told that there is nothing to wait for */
    hvn_port_ready(HVN_PORT(self));
}

static char *
hvn_l2tpv3_backend_describe(HvnBackend *backend)
{
    HvnL2tpv3Backend *self = HVN_L2TPV3_BACKEND(backend);

    if (self->datagram == NULL)
        return g_strdup("");
    return g_strdup_printf("l2tpv3: %s to %s over %s, session %u to %u", self->options.src, self->options.dst, self->wire.udp ? "UDP" : "IP",
                           self->wire.rx_session, self->wire.tx_session);
}

/* ---- the object ---- */

static void
hvn_l2tpv3_backend_set_property(GObject *object, guint prop, const GValue *value, GParamSpec *spec)
{
    if (!hvn_l2tpv3_options_set(&HVN_L2TPV3_BACKEND(object)->options, prop, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, prop, spec);
}

static void
hvn_l2tpv3_backend_dispose(GObject *object)
{
    hvn_backend_stop(HVN_BACKEND(object));
    G_OBJECT_CLASS(hvn_l2tpv3_backend_parent_class)->dispose(object);
}

static void
hvn_l2tpv3_backend_finalize(GObject *object)
{
    hvn_l2tpv3_options_clear(&HVN_L2TPV3_BACKEND(object)->options);
    G_OBJECT_CLASS(hvn_l2tpv3_backend_parent_class)->finalize(object);
}

static void
hvn_l2tpv3_backend_class_init(HvnL2tpv3BackendClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    HvnPortClass *port_class = HVN_PORT_CLASS(klass);
    HvnBackendClass *backend_class = HVN_BACKEND_CLASS(klass);

    object_class->set_property = hvn_l2tpv3_backend_set_property;
    object_class->dispose = hvn_l2tpv3_backend_dispose;
    object_class->finalize = hvn_l2tpv3_backend_finalize;
    port_class->push = hvn_l2tpv3_backend_push;
    port_class->resume = hvn_l2tpv3_backend_resume;
    backend_class->start = hvn_l2tpv3_backend_start;
    backend_class->stop = hvn_l2tpv3_backend_stop;
    backend_class->describe = hvn_l2tpv3_backend_describe;
    hvn_l2tpv3_options_install(object_class);
}

static void
hvn_l2tpv3_backend_init(HvnL2tpv3Backend *self)
{
}

HVN_PLUGIN_DEFINE("backend", "l2tpv3", hvn_l2tpv3_backend_get_type);
