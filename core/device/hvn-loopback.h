/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback inside a device: what the transmitter sends comes back to the receiver. The transmitter leaves copies in a bounded queue
 * and a work of its own takes them to the receiver later, so that neither ever runs inside the other (CVE-2021-3416). Embedded by
 * value. */
#pragma once

#include "hvn-dispatcher.h"
#include "hvn-frame.h"

G_BEGIN_DECLS

/**
 * HvnLoopbackDeliver:
 * @data: what was given to hvn_loopback_init()
 * @frames: (array length=n_frames): frames for the receiver, as push() gets them
 * @n_frames: 1 to %HVN_BATCH_MAX
 *
 * Returns: how many the receiver took, the first ones
 */
typedef guint (*HvnLoopbackDeliver)(gpointer data, const HvnFrame *frames, guint n_frames);

/**
 * HvnLoopbackRoom:
 * @data: what was given to hvn_loopback_init()
 *
 * There is room again: the transmitter may go on.
 */
typedef void (*HvnLoopbackRoom)(gpointer data);

/**
 * HvnLoopback:
 * @dropped: segments and frames that found no room
 * @min_len: frames are padded with zeros to so many bytes; %HVN_FRAME_MIN at first
 *
 * Other fields are private.
 */
typedef struct {
    GQueue             frames; /* GBytes, copies of frames on the way back */
    gsize              n_bytes;
    gsize              min_len;
    HvnWork            work;
    guint64            dropped;
    HvnLoopbackDeliver deliver;
    HvnLoopbackRoom    room;
    gpointer           data;
} HvnLoopback;

/**
 * hvn_loopback_init:
 * @self: (out caller-allocates): the loopback
 * @dispatcher: (transfer none): where frames are delivered from
 * @deliver: the receiver
 * @room: the transmitter
 * @data: (nullable): for both
 */
void
hvn_loopback_init(HvnLoopback *self, HvnDispatcher *dispatcher, HvnLoopbackDeliver deliver, HvnLoopbackRoom room, gpointer data);

/**
 * hvn_loopback_clear:
 * @self: the loopback
 *
 * Forgets the frames on their way; at reset, and before the owner goes away.
 */
void
hvn_loopback_clear(HvnLoopback *self);

/**
 * hvn_loopback_kick:
 * @self: the loopback
 *
 * The receiver may have room again.
 */
void
hvn_loopback_kick(HvnLoopback *self);

/**
 * hvn_loopback_take:
 * @self: the loopback
 * @frames: (array length=n_frames): frames of the transmitter, lent for the call
 * @n_frames: how many
 *
 * Takes copies while there is room; large frames are cut, checksums finished. What is not taken stays in the transmitter's ring, as
 * with a peer, until room is told.
 *
 * Returns: how many were taken, the first ones
 */
guint
hvn_loopback_take(HvnLoopback *self, const HvnFrame *frames, guint n_frames);

G_END_DECLS
