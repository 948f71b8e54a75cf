/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames of the guest on their way into libslirp, which wants one piece of memory and whole checksums. */
#pragma once

#include <libslirp.h>

#include "hvn-frame.h"
#include "hvn-user-fragments.h"
#include "hvn-user-large.h"

G_BEGIN_DECLS

/**
 * HvnUserInput:
 *
 * Embedded by value in the backend.
 */
typedef struct {
    Slirp *slirp;        /* not owned */
    HvnUserLarge *large; /* not owned; NULL without large frames */
    HvnUserFragments *fragments;
    guint8 *scratch;     /* room for one frame; touched as it is used */
    gboolean saw_syn;    /* a SYN went in since the owner cleared this */
    gboolean saw_neighbour; /* ARP or ICMPv6 went in since the owner cleared this: packets may have waited for it */
    guint64 dropped;     /* frames whose offload did not fit their bytes */
} HvnUserInput;

/**
 * hvn_user_input_init:
 * @self: (out caller-allocates): the way in
 * @slirp: (transfer none): outlives it
 * @large: (transfer none) (nullable): table of connections
 */
void
hvn_user_input_init(HvnUserInput *self, Slirp *slirp, HvnUserLarge *large);

/**
 * hvn_user_input_clear:
 * @self: the way in
 */
void
hvn_user_input_clear(HvnUserInput *self);

/**
 * hvn_user_input_frame:
 * @self: the way in
 * @frame: a frame of the guest
 *
 * Copies the frame only when it is in several pieces or something in it has to change.
 */
void
hvn_user_input_frame(HvnUserInput *self, const HvnFrame *frame);

G_END_DECLS
