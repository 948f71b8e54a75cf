/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sends the frames of a capture from a port, each when its time has come. Embedded by value in the port. */
#pragma once

#include "hvn-pcap-capture.h"
#include "hvn-port.h"

G_BEGIN_DECLS

/**
 * HvnPcapReplayFunc:
 * @port: the port
 * @error: (nullable): why the replay ended early; %NULL at its end
 *
 * There is nothing more to send.
 */
typedef void (*HvnPcapReplayFunc)(HvnPort *port, const GError *error);

/**
 * HvnPcapReplay:
 *
 * The fields belong to the replay.
 */
typedef struct {
    HvnPort          *port;    /* not owned: the replay is a part of it */
    HvnPcapReplayFunc ended;
    HvnPcapCapture   *capture; /* owned; NULL before open and after close */
    gboolean          full;    /* frames do not wait for their time */
    guint             loops;   /* passes in all, 0 for ever */
    guint             n_loops; /* passes that are done */
    guint             next;    /* of the chunk: the first record that was not taken */
    gint64            base_ns; /* on the dispatcher's clock: when the capture's first frame is due in this pass */
    gboolean          held;    /* the peer is full; resume goes on */
    gint64            held_ns; /* since when */
    guint64           n_sent;
    HvnPcapSkipped    skipped; /* of the capture that was closed */
    HvnWork           work;
    HvnTimer          timer; /* of the next frame */
} HvnPcapReplay;

/**
 * hvn_pcap_replay_init:
 * @self: (out caller-allocates): the replay, closed
 * @port: (transfer none): the sender, with its dispatcher
 * @ended: told once, from the dispatcher
 */
void
hvn_pcap_replay_init(HvnPcapReplay *self, HvnPort *port, HvnPcapReplayFunc ended);

/**
 * hvn_pcap_replay_open:
 * @self: a closed replay
 * @path: (type filename): the capture
 * @full: whether frames are sent as fast as they are taken
 * @loops: passes in all, 0 for ever
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set; the replay is closed then
 */
gboolean
hvn_pcap_replay_open(HvnPcapReplay *self, const char *path, gboolean full, guint loops, GError **error);

/**
 * hvn_pcap_replay_begin:
 * @self: an open replay
 *
 * The first frame is due now. May be called from within a push: nothing is sent before the dispatcher runs.
 */
void
hvn_pcap_replay_begin(HvnPcapReplay *self);

/**
 * hvn_pcap_replay_resume:
 * @self: a replay
 *
 * The peer has room again. The time that it had none does not count: what is left keeps its pace.
 */
void
hvn_pcap_replay_resume(HvnPcapReplay *self);

/**
 * hvn_pcap_replay_get_skipped:
 * @self: a replay
 *
 * Returns: what was passed over since the capture was opened the last time
 */
HvnPcapSkipped
hvn_pcap_replay_get_skipped(const HvnPcapReplay *self);

/**
 * hvn_pcap_replay_close:
 * @self: a replay
 *
 * Ends it and closes its file.
 */
void
hvn_pcap_replay_close(HvnPcapReplay *self);

G_END_DECLS
