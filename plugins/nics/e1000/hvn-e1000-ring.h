/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A view of the descriptors of one batch in guest memory, mapped once, through which the device publishes what the
 * driver polls: the status byte of transmit descriptors and the second half of receive descriptors. Only these bytes are
 * written, each once: the driver may use a descriptor anew as soon as it sees DD. */
#pragma once

#include "hvn-e1000-desc.h"
#include "hvn-ring.h"

G_BEGIN_DECLS

typedef struct {
    HvnNic *nic;
    const HvnRing *ring;
    guint8 *parts[2]; /* the descriptors up to the end of the ring, and those from its start; NULL when not in one piece */
    guint n_first;
} HvnE1000RingView;

/* @n descriptors from the ring's head on; valid until hvn_nic_dma_release() */
static inline void
hvn_e1000_ring_view_open(HvnE1000RingView *self, HvnNic *nic, const HvnRing *ring, guint n)
{
    struct iovec iov[16]; /* a ring across several pieces of memory is written a descriptor at a time */

    self->nic = nic;
    self->ring = ring;
    self->n_first = MIN(n, ring->n_descriptors - ring->head);
    self->parts[0] = self->parts[1] = NULL;
    if (hvn_nic_dma_map(nic, hvn_ring_address(ring, 0), (gsize)self->n_first * E1000_DESC_SIZE, TRUE, iov, G_N_ELEMENTS(iov)) ==
        1)
        self->parts[0] = iov[0].iov_base;
    if (n > self->n_first &&
        hvn_nic_dma_map(nic, ring->base, (gsize)(n - self->n_first) * E1000_DESC_SIZE, TRUE, iov, G_N_ELEMENTS(iov)) == 1)
        self->parts[1] = iov[0].iov_base;
}

static inline guint8 *
hvn_e1000_ring_view_at(const HvnE1000RingView *self, guint i)
{
    if (i < self->n_first)
        return self->parts[0] == NULL ? NULL : self->parts[0] + (gsize)i * E1000_DESC_SIZE;
    return self->parts[1] == NULL ? NULL : self->parts[1] + (gsize)(i - self->n_first) * E1000_DESC_SIZE;
}

static inline void
hvn_e1000_ring_view_store_status(const HvnE1000RingView *self, guint i, guint8 status)
{
    guint8 *bytes = hvn_e1000_ring_view_at(self, i);

    if (bytes != NULL)
        __atomic_store_n(bytes + E1000_DESC_STATUS, status, __ATOMIC_RELEASE);
    else
        hvn_nic_dma_write(self->nic, hvn_ring_address(self->ring, i) + E1000_DESC_STATUS, &status, 1);
}

/* the second half in one store where the mapping is aligned, or else the status byte after the rest */
static inline void
hvn_e1000_ring_view_store_tail(const HvnE1000RingView *self, guint i, guint64 tail)
{
    guint8 *bytes = hvn_e1000_ring_view_at(self, i);
    guint8 le[8];

    tail = GUINT64_TO_LE(tail);
    if (bytes != NULL && (GPOINTER_TO_SIZE(bytes) & 7) == 0) {
        __atomic_store_n((guint64 *)(gpointer)(bytes + 8), tail, __ATOMIC_RELEASE);
        return;
    }
    memcpy(le, &tail, sizeof le);
    if (bytes != NULL) {
        memcpy(bytes + 8, le, 4);
        memcpy(bytes + 13, le + 5, 3);
        __atomic_store_n(bytes + E1000_DESC_STATUS, le[4], __ATOMIC_RELEASE);
        return;
    }
    if (hvn_nic_dma_write(self->nic, hvn_ring_address(self->ring, i) + 8, le, 4) &&
        hvn_nic_dma_write(self->nic, hvn_ring_address(self->ring, i) + 13, le + 5, 3))
        hvn_nic_dma_write(self->nic, hvn_ring_address(self->ring, i) + E1000_DESC_STATUS, le + 4, 1);
}

G_END_DECLS
