/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A view of the descriptors of one batch in guest memory, mapped once, through which the device publishes what the driver polls. Only
 * these bytes are written, each once and after everything else: the driver may use a descriptor anew as soon as it sees that it is
 * done. Embedded by value, inline: it stands in every data path. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

/**
 * HvnRingView:
 *
 * Descriptors up to the end of a ring, and those from its start. Fields are private.
 */
typedef struct {
    HvnNic  *nic;
    guint64  addrs[2]; /* bus addresses of the two parts */
    guint8  *parts[2]; /* where they are mapped; NULL when not in one piece */
    guint    n_first;  /* descriptors in the first part */
    guint    size;     /* bytes of a descriptor */
    gboolean failed;   /* a store, since the view was opened */
} HvnRingView;

/**
 * hvn_ring_view_map:
 * @nic: whose DMA it is
 * @addr: bus address
 * @len: bytes
 *
 * For hvn_ring_view_open().
 *
 * Returns: (nullable): the bytes, %NULL when they are not in one piece
 */
static inline guint8 *
hvn_ring_view_map(HvnNic *nic, guint64 addr, gsize len)
{
    struct iovec iov[16]; /* a ring across several pieces of memory is written a descriptor at a time */

    /* with copies a whole piece would be written back, and only what is stored is the device's to write */
    if (len == 0 || hvn_nic_dma_needs_release(nic))
        return NULL;
    return hvn_nic_dma_map(nic, addr, len, TRUE, iov, G_N_ELEMENTS(iov)) == 1 ? iov[0].iov_base : NULL;
}

/**
 * hvn_ring_view_open:
 * @self: (out caller-allocates): the view, valid until hvn_nic_dma_release()
 * @nic: whose DMA it is
 * @first: bus address of the first descriptor
 * @n_first: descriptors from there to the end of the ring
 * @start: bus address of the ring's start
 * @n_rest: descriptors from there on
 * @size: bytes of a descriptor
 */
static inline void
hvn_ring_view_open(HvnRingView *self, HvnNic *nic, guint64 first, guint n_first, guint64 start, guint n_rest, guint size)
{
    self->nic = nic;
    self->addrs[0] = first;
    self->addrs[1] = start;
    self->n_first = n_first;
    self->size = size;
    self->failed = FALSE;
    self->parts[0] = hvn_ring_view_map(nic, first, (gsize)n_first * size);
    self->parts[1] = hvn_ring_view_map(nic, start, (gsize)n_rest * size);
}

/**
 * hvn_ring_view_at:
 * @self: the view
 * @i: descriptor of the batch
 * @offset: byte of the descriptor
 * @addr: (out): its bus address
 *
 * For the stores below.
 *
 * Returns: (nullable): the byte, %NULL when it is not mapped
 */
static inline guint8 *
hvn_ring_view_at(const HvnRingView *self, guint i, guint offset, guint64 *addr)
{
    guint part = i < self->n_first ? 0 : 1;
    gsize at = (gsize)(part == 0 ? i : i - self->n_first) * self->size + offset;

    *addr = self->addrs[part] + at;
    return self->parts[part] != NULL ? self->parts[part] + at : NULL;
}

/**
 * hvn_ring_view_store8:
 * @self: the view
 * @i: descriptor of the batch
 * @offset: byte of the descriptor
 * @value: what the driver polls
 */
static inline void
hvn_ring_view_store8(HvnRingView *self, guint i, guint offset, guint8 value)
{
    guint64 addr;
    guint8 *bytes = hvn_ring_view_at(self, i, offset, &addr);

    if (bytes != NULL)
        __atomic_store_n(bytes, value, __ATOMIC_RELEASE);
    else if (!hvn_nic_dma_write(self->nic, addr, &value, sizeof value))
        self->failed = TRUE;
}

/**
 * hvn_ring_view_store32:
 * @self: the view
 * @i: descriptor of the batch
 * @offset: first byte of the word in the descriptor, a multiple of 4
 * @value: what the driver polls, stored little-endian
 */
static inline void
hvn_ring_view_store32(HvnRingView *self, guint i, guint offset, guint32 value)
{
    guint64 addr;
    guint8 *bytes = hvn_ring_view_at(self, i, offset, &addr);

    value = GUINT32_TO_LE(value);
    if (bytes != NULL && (GPOINTER_TO_SIZE(bytes) & 3) == 0)
        __atomic_store_n((guint32 *)(gpointer)bytes, value, __ATOMIC_RELEASE);
    else if (!hvn_nic_dma_write(self->nic, addr, &value, sizeof value))
        self->failed = TRUE;
}

/**
 * hvn_ring_view_store64:
 * @self: the view
 * @i: descriptor of the batch
 * @offset: first byte of both words in the descriptor, a multiple of 4
 * @value: two words, the lower one first, stored little-endian
 * @polled: 0 or 1: the word that the driver polls; it never becomes visible before the other
 */
static inline void
hvn_ring_view_store64(HvnRingView *self, guint i, guint offset, guint64 value, guint polled)
{
    guint64 addr;
    guint8 *bytes = hvn_ring_view_at(self, i, offset, &addr);
    guint other = 1 - polled;

    if (bytes != NULL && (GPOINTER_TO_SIZE(bytes) & 7) == 0) {
        __atomic_store_n((guint64 *)(gpointer)bytes, GUINT64_TO_LE(value), __ATOMIC_RELEASE);
        return;
    }
    hvn_ring_view_store32(self, i, offset + 4 * other, (guint32)(value >> 32 * other));
    hvn_ring_view_store32(self, i, offset + 4 * polled, (guint32)(value >> 32 * polled));
}

/**
 * hvn_ring_view_failed:
 * @self: the view
 *
 * Memory that cannot be written keeps the descriptor as it was: where a bit in it says whose it is, it stays the device's, and a device
 * that goes on would find the same frame again for ever.
 *
 * Returns: whether a store since hvn_ring_view_open() did not reach the driver
 */
static inline gboolean
hvn_ring_view_failed(const HvnRingView *self)
{
    return self->failed;
}

G_END_DECLS
