/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A descriptor ring in guest memory. All that the guest chose is checked in hvn_ring_set(), so that positions stay inside the ring
 * and addresses do not wrap in what follows. */
#include "hvn-ring.h"

#define HVN_RING_DESCRIPTOR_MAX 64

gboolean
hvn_ring_set(HvnRing *self, guint64 base, guint32 n_descriptors, guint32 head, guint32 tail, guint32 descriptor_size)
{
    guint64 len = (guint64)n_descriptors * descriptor_size;
    gboolean usable;

    g_return_val_if_fail(descriptor_size != 0 && descriptor_size <= HVN_RING_DESCRIPTOR_MAX, FALSE);
    g_return_val_if_fail((descriptor_size & (descriptor_size - 1)) == 0, FALSE);

    usable = len != 0 && head < n_descriptors && tail < n_descriptors && base + (len - 1) >= base;
    *self = (HvnRing){
        .base = base,
        .n_descriptors = usable ? n_descriptors : 0,
        .head = usable ? head : 0,
        .tail = usable ? tail : 0,
        .descriptor_size = descriptor_size,
    };
    return usable;
}

guint32
hvn_ring_available(const HvnRing *self)
{
    if (self->tail >= self->head)
        return self->tail - self->head;
    return self->n_descriptors - self->head + self->tail;
}

/* where the descriptor @skip after head is; @skip is below n_descriptors, which is not 0 */
static guint32
hvn_ring_position(const HvnRing *self, guint32 skip)
{
    guint32 to_end = self->n_descriptors - self->head;

    return skip < to_end ? self->head + skip : skip - to_end;
}

/* Descriptors that are here of a fetch of which some are not: these will do for now, or else a driver that goes on adding would move the
 * goal for ever. */
static guint
hvn_ring_fetch_some(const HvnRing *self, HvnNic *nic, guint32 skip, guint8 *buf, guint n)
{
    guint got = 0;

    while (got < n && hvn_nic_dma_read(nic, hvn_ring_address(self, skip + got), buf + (gsize)got * self->descriptor_size, self->descriptor_size))
        got++;
    return got;
}

guint
hvn_ring_fetch(const HvnRing *self, HvnNic *nic, guint32 skip, gpointer buf, guint max)
{
    guint32 available = hvn_ring_available(self);
    guint32 position;
    guint32 first;
    guint n;

    if (skip >= available || max == 0)
        return 0;
    n = MIN(max, available - skip);
    position = hvn_ring_position(self, skip);
    first = MIN(n, self->n_descriptors - position);
    if (!hvn_nic_dma_read(nic, self->base + (guint64)position * self->descriptor_size, buf, (gsize)first * self->descriptor_size))
        return hvn_nic_dma_is_pending(nic) ? hvn_ring_fetch_some(self, nic, skip, buf, n) : 0;
    if (first < n) {
        guint8 *rest = (guint8 *)buf + (gsize)first * self->descriptor_size;

        if (!hvn_nic_dma_read(nic, self->base, rest, (gsize)(n - first) * self->descriptor_size))
            return hvn_nic_dma_is_pending(nic) ? first : 0;
    }
    return n;
}

gboolean
hvn_ring_write_back(const HvnRing *self, HvnNic *nic, guint32 skip, gconstpointer buf, guint n)
{
    guint32 position;
    guint32 first;

    if (n == 0)
        return TRUE;
    if (n > self->n_descriptors || skip > self->n_descriptors - n)
        return FALSE;
    position = hvn_ring_position(self, skip);
    first = MIN(n, self->n_descriptors - position);
    if (!hvn_nic_dma_write(nic, self->base + (guint64)position * self->descriptor_size, buf, (gsize)first * self->descriptor_size))
        return FALSE;
    if (first < n) {
        const guint8 *rest = (const guint8 *)buf + (gsize)first * self->descriptor_size;

        return hvn_nic_dma_write(nic, self->base, rest, (gsize)(n - first) * self->descriptor_size);
    }
    return TRUE;
}

void
hvn_ring_open_view(const HvnRing *self, HvnNic *nic, guint n, HvnRingView *view)
{
    guint n_first = MIN(n, self->n_descriptors - self->head);

    hvn_ring_view_open(view, nic, self->base + (guint64)self->head * self->descriptor_size, n_first, self->base, n - n_first,
                       self->descriptor_size);
}

guint64
hvn_ring_address(const HvnRing *self, guint32 skip)
{
    if (self->n_descriptors == 0)
        return self->base;
    return self->base + (guint64)hvn_ring_position(self, skip % self->n_descriptors) * self->descriptor_size;
}

void
hvn_ring_advance(HvnRing *self, guint32 n)
{
    g_return_if_fail(n <= hvn_ring_available(self));

    if (n != 0)
        self->head = hvn_ring_position(self, n);
}
