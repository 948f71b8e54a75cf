/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One end of a link: a NIC or a backend. Frames go out by hvn_port_send() and come in by the push() of the class.
 *
 * The contract, which tests/contract runs over every plugin:
 *  1. Frames are lent for the call and const. Keep something? Copy it.
 *  2. Taken means delivered, or dropped and counted by the taker. Not taken stays with the sender, in order.
 *  3. A port that took fewer than offered owes one ready. Reset and link-down pay the debt too.
 *  4. Full is temporary and holds the sender. Closed (receiver off, link down, address not ours) takes and counts.
 *  5. push() never sends: each frame goes one way per dispatch. The link checks it.
 *  6. One dispatch moves a bounded batch and returns to the loop.
 */
#pragma once

#include "hvn-dispatcher.h"
#include "hvn-frame.h"

G_BEGIN_DECLS

typedef struct _HvnLink HvnLink; /* hvn-link.h */

#define HVN_TYPE_PORT (hvn_port_get_type())
G_DECLARE_DERIVABLE_TYPE(HvnPort, hvn_port, HVN, PORT, GObject)

/**
 * HvnPortClass:
 * @push: frames arriving from the link, 1 to %HVN_BATCH_MAX of them, each at least 14 bytes and at most
 *   %HVN_FRAME_LEN_MAX; returns how many were taken, the first ones
 * @resume: the peer is ready again: go on where you stopped. May send, or kick a watch or a work
 * @link_changed: (nullable): the link went up or down
 *
 * A subclass implements @push and @resume.
 */
struct _HvnPortClass {
    GObjectClass parent_class;

    guint (*push)(HvnPort *self, const HvnFrame *frames, guint n_frames);
    void (*resume)(HvnPort *self);
    void (*link_changed)(HvnPort *self, gboolean up);

    gpointer padding[8];
};

/* Properties: "dispatcher" (HvnDispatcher, construct only), "name" (string, construct only; "net0"). */

/**
 * hvn_port_send:
 * @self: the sender
 * @frames: (array length=n_frames): frames lent to the peer
 * @n_frames: how many, 1 to %HVN_BATCH_MAX
 *
 * Lends frames to the other end of the link. Without a link they are taken and lost, as on a cable that is not
 * plugged in. When fewer are taken, the sender keeps the rest and its resume() is called once there is room.
 *
 * Called while the sender's own push() runs, or with more than %HVN_BATCH_MAX frames, this logs a critical message and the
 * frames are taken, lost and counted in dropped_misuse, so that no sender tries for ever.
 *
 * Returns: how many were taken, the first ones
 */
guint
hvn_port_send(HvnPort *self, const HvnFrame *frames, guint n_frames);

/**
 * hvn_port_ready:
 * @self: a port that has room again
 *
 * Pays the debt of a push() that took fewer than offered: calls the peer's resume(). Nothing when nothing is owed, so
 * a port may call it whenever in doubt; not from within its own push().
 */
void
hvn_port_ready(HvnPort *self);

/**
 * hvn_port_owes_ready:
 * @self: a port
 *
 * Returns: whether the port took fewer than offered and has not said ready since
 */
gboolean
hvn_port_owes_ready(HvnPort *self);

/**
 * hvn_port_set_features:
 * @self: a port
 * @features: #HvnPortFeatures that its push() takes from now on
 */
void
hvn_port_set_features(HvnPort *self, guint features);

/**
 * hvn_port_get_features:
 * @self: a port
 *
 * Returns: #HvnPortFeatures that its push() takes
 */
guint
hvn_port_get_features(HvnPort *self);

/**
 * hvn_port_get_peer_features:
 * @self: a port
 *
 * Returns: #HvnPortFeatures of the port at the other end, all of them without a link. A hint for choosing how to build
 *   frames: the link finishes what the peer cannot take.
 */
guint
hvn_port_get_peer_features(HvnPort *self);

/**
 * hvn_port_get_dispatcher:
 * @self: a port
 *
 * Returns: (transfer none): the dispatcher that the port runs on
 */
HvnDispatcher *
hvn_port_get_dispatcher(HvnPort *self);

/**
 * hvn_port_get_name:
 * @self: a port
 *
 * Returns: (transfer none): the name of the interface or backend, for messages
 */
const char *
hvn_port_get_name(HvnPort *self);

/**
 * hvn_port_get_link:
 * @self: a port
 *
 * Returns: (transfer none) (nullable): the link that the port is an end of
 */
HvnLink *
hvn_port_get_link(HvnPort *self);

/**
 * hvn_port_get_link_up:
 * @self: a port
 *
 * Returns: whether the port has a link and the link is up
 */
gboolean
hvn_port_get_link_up(HvnPort *self);

/**
 * hvn_port_set_carrier:
 * @self: a port
 * @carrier: whether there is anything behind it; a new port has it
 *
 * The link of the port is up while it is set up (hvn_link_set_up()) and both its ends have a carrier.
 */
void
hvn_port_set_carrier(HvnPort *self, gboolean carrier);

/**
 * hvn_port_get_in_push:
 * @self: a port
 *
 * Returns: whether the port's push() is running now
 */
gboolean
hvn_port_get_in_push(HvnPort *self);

G_END_DECLS
