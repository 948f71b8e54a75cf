/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a port and a link know of each other. A link is two directions; a port points at the one it sends into and at the one
 * it receives from, so that a frame's way needs no lookup:
 *
 *   hvn_port_send(sender) -> sender.out -> hvn_link_path_send() -> push(receiver)
 *   hvn_port_ready(receiver) -> receiver.in -> hvn_link_path_flush_tail() -> resume(sender)
 */
#pragma once

#include "hvn-link.h"
#include "hvn-pcap.h"
#include "hvn-rate.h"

G_BEGIN_DECLS

typedef struct _HvnLinkDirection HvnLinkDirection;
typedef struct _HvnLinkScratch HvnLinkScratch;
typedef struct _HvnLinkLimit HvnLinkLimit;

typedef struct {
    HvnDispatcher    *dispatcher; /* owned reference */
    char             *name;       /* owned */
    guint             features;   /* HvnPortFeatures of push() */
    gsize             len_min;    /* shortest frame that push() takes: 14 or 60 bytes */
    HvnLinkDirection *out;        /* of the link; NULL without one */
    HvnLinkDirection *in;         /* of the link; NULL without one */
    gboolean          in_push;    /* push() runs now */
    gboolean          no_carrier; /* nothing is behind the port: its link is down */
    gboolean          owes_ready; /* push() took fewer than offered, and ready was not said since */
} HvnPortPrivate;

struct _HvnLinkDirection {
    HvnLink         *link;     /* not owned: the direction is a part of it */
    HvnPort         *sender;   /* the link's reference */
    HvnPort         *receiver; /* the link's reference */
    HvnPortPrivate  *sender_private;
    HvnPortPrivate  *receiver_private;
    guint          (*push)(HvnPort *self, const HvnFrame *frames, guint n_frames); /* the receiver's */
    gboolean         up;
    gboolean         has_tail; /* the receiver took a part of the segments of a frame; scratch keeps the rest */
    HvnPcap         *pcap;     /* not owned; NULL while nothing is captured */
    HvnLinkScratch  *scratch;  /* owned; NULL until a frame needs work */
    HvnLinkLimit    *limit;    /* owned; NULL while any rate is allowed */
    HvnLinkCounters  counters;
};

G_GNUC_INTERNAL HvnPortPrivate *
hvn_port_get_private(HvnPort *self);

/* calls resume() of the sender when the receiver owes it a ready */
G_GNUC_INTERNAL void
hvn_port_pay(HvnLinkDirection *direction);

/* hvn-link-path.c: lends frames to the receiver and does what it cannot; returns how many were taken */
G_GNUC_INTERNAL guint
hvn_link_path_send(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames);

/* the same on a link that is up, without a look at its rate */
G_GNUC_INTERNAL guint
hvn_link_path_pass(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames);

/* hvn-link-limit.c: as hvn_link_path_pass(), as far as the limit allows */
G_GNUC_INTERNAL guint
hvn_link_limit_send(HvnLinkDirection *direction, const HvnFrame *frames, guint n_frames);

/* sets a limit, or none for NULL or no average */
G_GNUC_INTERNAL void
hvn_link_limit_set(HvnLinkDirection *direction, const HvnRateLimit *limit);

/* nobody waits for tokens any more: the debt is paid otherwise */
G_GNUC_INTERNAL void
hvn_link_limit_cancel(HvnLinkDirection *direction);

/* sends what is left of a frame that was cut; TRUE when nothing is left */
G_GNUC_INTERNAL gboolean
hvn_link_path_flush_tail(HvnLinkDirection *direction);

/* drops what is left of a frame that was cut, and counts it */
G_GNUC_INTERNAL void
hvn_link_path_drop_tail(HvnLinkDirection *direction);

/* releases the scratch memory */
G_GNUC_INTERNAL void
hvn_link_path_clear(HvnLinkDirection *direction);

/* hvn-link.c: a port has got or lost its carrier */
G_GNUC_INTERNAL void
hvn_link_update(HvnLink *self);

/* hvn-link.c: does what hvn_link_disconnect() left for the end of a push() */
G_GNUC_INTERNAL void
hvn_link_leave_push(HvnLink *self);

G_END_DECLS
