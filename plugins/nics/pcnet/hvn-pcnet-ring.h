/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The descriptors of a ring that belong to the device, for one batch. The ring has a base and a length, from the initialization block or
 * from registers; a descriptor is the device's while its OWN bit is set. No batch has more than PCNET_RING_BATCH of them, which bounds
 * everything, whatever length the guest has written. */
#pragma once

#include "hvn-pcnet-desc.h"
#include "hvn-ring-view.h"

G_BEGIN_DECLS

#define PCNET_RING_BATCH 256

/**
 * HvnPcnetRing:
 * @nic: whose DMA it is
 * @base: bus address of the first descriptor
 * @length: descriptors in the ring, 1 to 65536
 * @style: software style
 * @high: bits 31 to 24 of addresses in style 0
 * @transmit: whether these are TMDs
 * @start: place in the ring of the first of @descs
 * @n: descriptors loaded, all with OWN
 * @stopped: there are no more: the next one is the driver's, or the first one again
 * @whole: all of the ring is the device's, and loaded
 * @failed: the ring cannot be read
 * @descs: what was loaded
 */
typedef struct {
    HvnNic      *nic;
    guint64      base;
    guint        length;
    guint        style;
    guint32      high;
    gboolean     transmit;
    guint        start;
    guint        n;
    gboolean     stopped;
    gboolean     whole;
    gboolean     failed;
    HvnPcnetDesc descs[PCNET_RING_BATCH];
} HvnPcnetRing;

/* bytes of a descriptor in a software style */
static inline guint
hvn_pcnet_ring_desc_size(guint style)
{
    return style == PCNET_STYLE_LANCE ? PCNET_DESC_SIZE_16 : PCNET_DESC_SIZE;
}

/* forgets what was loaded, and begins at place @start; base, length, style and direction are set */
void
hvn_pcnet_ring_open(HvnPcnetRing *self, HvnNic *nic, guint start);

/* loads until there are @wanted, if there are so many; returns how many there are */
guint
hvn_pcnet_ring_load(HvnPcnetRing *self, guint wanted);

/* whether the descriptor at place @start has OWN; what cannot be read is for the data path to find, and has */
gboolean
hvn_pcnet_ring_peek(const HvnPcnetRing *self);

/* place in the ring behind the first @n */
guint
hvn_pcnet_ring_position(const HvnPcnetRing *self, guint n);

/* a view for writing back descriptors @first to @end - 1 */
void
hvn_pcnet_ring_open_view(const HvnPcnetRing *self, guint first, guint end, HvnRingView *view);

/* gives descriptor @i back: @status without OWN, after @rest; @first is the view's */
void
hvn_pcnet_ring_publish(const HvnPcnetRing *self, HvnRingView *view, guint first, guint i, guint32 status, guint32 rest);

G_END_DECLS
