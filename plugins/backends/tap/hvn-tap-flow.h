/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The traffic between a tap's descriptor and the guest: what the backends tap and bridge have in common. */
#pragma once

#include "hvn-backend.h"
#include "hvn-batch.h"
#include "hvn-tap-device.h"
#include "hvn-watch.h"

G_BEGIN_DECLS

/**
 * HvnTapFlow:
 *
 * A part of its backend, by value. The fields are read by the backend and by tests, and written here.
 */
typedef struct {
    HvnBackend  *backend; /* not owned: the flow is a part of it */
    HvnTapDevice device;
    HvnWatch    *watch;   /* owned; NULL while nothing is carried */
    HvnBatch    *batch;   /* owned; of frames to the guest, while there is a watch */
    HvnWork      lost;    /* tells that the interface has gone, outside of a push */
    int          lost_errno; /* of the read that failed, 0 for none */
    guint64      n_sent;     /* frames from the guest that the kernel took, since the last start */
} HvnTapFlow;

/**
 * hvn_tap_flow_init: (skip)
 * @self: (out caller-allocates): the flow, closed
 * @backend: (transfer none): whose part it is
 */
void
hvn_tap_flow_init(HvnTapFlow *self, HvnBackend *backend);

/**
 * hvn_tap_flow_begin:
 * @self: a flow whose device was opened just now
 *
 * Carries frames from now on, both ways.
 */
void
hvn_tap_flow_begin(HvnTapFlow *self);

/**
 * hvn_tap_flow_end:
 * @self: a flow
 *
 * Carries nothing any more; the device stays open. Who waits for room is resumed.
 */
void
hvn_tap_flow_end(HvnTapFlow *self);

/**
 * hvn_tap_flow_close:
 * @self: a flow
 *
 * Ends it and closes the device.
 */
void
hvn_tap_flow_close(HvnTapFlow *self);

/**
 * hvn_tap_flow_push:
 * @self: a flow
 * @frames: (array length=n_frames): frames from the guest
 * @n_frames: how many
 *
 * Returns: how many were taken, as push() of #HvnPortClass
 */
guint
hvn_tap_flow_push(HvnTapFlow *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_tap_flow_resume:
 * @self: a flow
 *
 * The guest has room again.
 */
void
hvn_tap_flow_resume(HvnTapFlow *self);

/**
 * hvn_tap_flow_link_changed:
 * @self: a flow
 * @up: whether the link is up; the interface's carrier follows
 */
void
hvn_tap_flow_link_changed(HvnTapFlow *self, gboolean up);

G_END_DECLS
