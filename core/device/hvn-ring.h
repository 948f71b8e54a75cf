/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A descriptor ring with a head that the device moves and a tail that the driver moves: descriptors from head up to, not
 * including, tail belong to the device; head equal to tail is empty. Embedded by value. */
#pragma once

#include "hvn-ring-view.h"

G_BEGIN_DECLS

/**
 * HvnRing:
 * @base: bus address of the first descriptor
 * @n_descriptors: descriptors in the ring; 0 means that the ring is not usable
 * @head: next descriptor of the device, always below @n_descriptors when that is not 0
 * @tail: first descriptor of the driver, always below @n_descriptors when that is not 0
 * @descriptor_size: bytes of one, a power of two up to 64
 */
typedef struct {
    guint64 base;
    guint32 n_descriptors;
    guint32 head;
    guint32 tail;
    guint32 descriptor_size;
} HvnRing;

/**
 * hvn_ring_set:
 * @self: the ring
 * @base: bus address of the first descriptor
 * @n_descriptors: how many the registers say
 * @head: head register
 * @tail: tail register
 * @descriptor_size: bytes of one descriptor, a power of two up to 64
 *
 * Takes over what the registers say. A head or tail at or beyond the end makes the ring unusable.
 *
 * Returns: whether the ring is usable
 */
gboolean
hvn_ring_set(HvnRing *self, guint64 base, guint32 n_descriptors, guint32 head, guint32 tail, guint32 descriptor_size);

/**
 * hvn_ring_is_at:
 * @self: the ring
 * @before: what it was when it was used last
 *
 * Returns: whether it is where it was, with the head where it was: what was read of it is still of use
 */
static inline gboolean
hvn_ring_is_at(const HvnRing *self, const HvnRing *before)
{
    return self->base == before->base && self->n_descriptors == before->n_descriptors && self->head == before->head;
}

/**
 * hvn_ring_available:
 * @self: the ring
 *
 * Returns: descriptors from head to tail
 */
guint32
hvn_ring_available(const HvnRing *self);

/**
 * hvn_ring_fetch:
 * @self: the ring
 * @nic: whose DMA it is
 * @skip: descriptors after head to pass over
 * @buf: (out caller-allocates): room for @max descriptors
 * @max: most wanted
 *
 * Copies descriptors from head on, in at most two reads. Head stays. Where memory is not shared and only some are here yet, those; the rest
 * is on its way, and hvn_nic_dma_is_pending() says so.
 *
 * Returns: descriptors copied, 0 when there are none, the read failed, or none is here yet: hvn_nic_dma_is_pending() then
 */
guint
hvn_ring_fetch(const HvnRing *self, HvnNic *nic, guint32 skip, gpointer buf, guint max);

/**
 * hvn_ring_write_back:
 * @self: the ring
 * @nic: whose DMA it is
 * @skip: descriptors after head to pass over
 * @buf: @n descriptors
 * @n: how many
 *
 * Writes descriptors back at head + @skip, in at most two writes. Head stays.
 *
 * Returns: whether the writes succeeded
 */
gboolean
hvn_ring_write_back(const HvnRing *self, HvnNic *nic, guint32 skip, gconstpointer buf, guint n);

/**
 * hvn_ring_open_view:
 * @self: the ring
 * @nic: whose DMA it is
 * @n: descriptors from head on, at most the ring's
 * @view: (out caller-allocates): a view of them
 */
void
hvn_ring_open_view(const HvnRing *self, HvnNic *nic, guint n, HvnRingView *view);

/**
 * hvn_ring_address:
 * @self: the ring
 * @skip: descriptors after head
 *
 * Returns: bus address of that descriptor
 */
guint64
hvn_ring_address(const HvnRing *self, guint32 skip);

/**
 * hvn_ring_advance:
 * @self: the ring
 * @n: descriptors, at most hvn_ring_available()
 *
 * Moves head.
 */
void
hvn_ring_advance(HvnRing *self, guint32 n);

G_END_DECLS
