/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors of a C+ ring that belong to the device, for one batch. The ring has no length and no tail: a descriptor is the device's
 * while its OWN bit is set, and the one with EOR is the last. 64 is the most that a ring may have, so that is where one without EOR
 * ends, and what bounds everything. */
#pragma once

#include "hvn-ring-view.h"
#include "hvn-rtl8139-desc.h"

G_BEGIN_DECLS

typedef struct {
    HvnNic  *nic;
    guint64  base;
    guint    start;   /* position of the first of @descs in the ring */
    guint    end;     /* position behind the last one */
    guint    n;       /* descriptors loaded, all with OWN */
    guint    n_first; /* of these, before the end of the ring */
    gboolean wrapped;
    gboolean stopped; /* there are no more: the next one is the driver's, or the first one again */
    gboolean whole;   /* all of the ring is the device's */
    gboolean failed;  /* the ring cannot be read */
    guint8   descs[RTL8139_RING_MAX * RTL8139_DESC_SIZE];
} HvnRtl8139Ring;

/* nothing is loaded yet */
void
hvn_rtl8139_ring_open(HvnRtl8139Ring *self, HvnNic *nic, guint64 base, guint index);

/* loads until there are @wanted, if there are so many; returns how many there are */
guint
hvn_rtl8139_ring_load(HvnRtl8139Ring *self, guint wanted);

/* position in the ring of descriptor @i, also of the one behind the last */
guint
hvn_rtl8139_ring_position(const HvnRtl8139Ring *self, guint i);

/* a view for writing back the first @n */
void
hvn_rtl8139_ring_open_view(const HvnRtl8139Ring *self, guint n, HvnRingView *view);

G_END_DECLS
