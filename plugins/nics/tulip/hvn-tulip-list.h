/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors of a list that belong to the device, for one batch (4.2). A list has no length: each descriptor says where the next one
 * is, behind it, at its second address, or at the base, and the first without OWN ends it. A batch has 128 at most, which is what bounds every
 * loop. */
#pragma once

#include "hvn-nic.h"
#include "hvn-tulip-desc.h"

G_BEGIN_DECLS

#define TULIP_LIST_MAX 128

typedef struct {
    HvnNic      *nic;
    guint32      base;
    guint32      next;    /* behind the last one loaded */
    guint32      stride;  /* bytes from a descriptor to the one behind it */
    gboolean     swap;    /* descriptors are big-endian */
    guint        n;       /* descriptors loaded, all with OWN */
    gboolean     stopped; /* there are no more: the next one is the driver's, or the first one again */
    gboolean     whole;   /* all of a ring is the device's */
    gboolean     failed;  /* descriptor @next cannot be read */
    HvnTulipDesc descs[TULIP_LIST_MAX];
} HvnTulipList;

/* nothing is loaded yet; @csr0 has the layout, @current is where the first one is */
void
hvn_tulip_list_open(HvnTulipList *self, HvnNic *nic, guint32 csr0, guint32 base, guint32 current);

/* loads until there are @wanted, if there are so many; returns how many there are */
guint
hvn_tulip_list_load(HvnTulipList *self, guint wanted);

/* where descriptor @i is, also the one behind the last */
guint32
hvn_tulip_list_address(const HvnTulipList *self, guint i);

/* descriptors from @from up to @end are the driver's again, each with its status, in order */
void
hvn_tulip_list_publish(const HvnTulipList *self, guint from, guint end, const guint32 *status);

G_END_DECLS
