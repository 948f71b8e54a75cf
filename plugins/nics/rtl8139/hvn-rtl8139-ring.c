/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading the descriptors of a C+ ring: some at a time, up to the first that is the driver's, round EOR, never a descriptor twice. */
#include "hvn-rtl8139-ring.h"

#define CHUNK 16 /* descriptors that are read at once: a lone frame does not cost the whole ring */

void
hvn_rtl8139_ring_open(HvnRtl8139Ring *self, HvnNic *nic, guint64 base, guint index)
{
    self->nic = nic;
    self->base = base;
    self->start = self->end = index;
    self->n = self->n_first = 0;
    self->wrapped = self->stopped = self->whole = self->failed = FALSE;
}

/* reads up to @n descriptors behind the last one; what lies behind the end of a short ring need not be memory */
static guint
hvn_rtl8139_ring_read(HvnRtl8139Ring *self, guint n)
{
    guint64 address = self->base + self->end * RTL8139_DESC_SIZE;
    guint8 *to = self->descs + self->n * RTL8139_DESC_SIZE;

    if (hvn_nic_dma_read(self->nic, address, to, n * RTL8139_DESC_SIZE))
        return n;
    if (n > 1 && hvn_nic_dma_read(self->nic, address, to, RTL8139_DESC_SIZE))
        return 1;
    self->failed = TRUE;
    return 0;
}

/* takes over what was read while it is the device's; FALSE at the end of the ring and when it is not */
static gboolean
hvn_rtl8139_ring_take(HvnRtl8139Ring *self)
{
    guint32 command = hvn_load_le32(self->descs + self->n * RTL8139_DESC_SIZE);

    if (!(command & RTL8139_DESC_OWN)) {
        self->stopped = TRUE;
        return FALSE;
    }
    self->n++;
    self->end++;
    if (!self->wrapped)
        self->n_first = self->n;
    if (!(command & RTL8139_DESC_EOR) && self->end < RTL8139_RING_MAX)
        return TRUE;
    if (self->wrapped || self->start == 0)
        self->stopped = self->whole = TRUE;
    self->wrapped = TRUE;
    self->end = 0;
    return FALSE;
}

guint
hvn_rtl8139_ring_load(HvnRtl8139Ring *self, guint wanted)
{
    while (self->n < wanted && !self->stopped) {
        guint limit = self->wrapped ? self->start : RTL8139_RING_MAX;
        guint n = hvn_rtl8139_ring_read(self, MIN(MIN(wanted - self->n, limit - self->end), CHUNK));

        if (n == 0)
            self->stopped = TRUE;
        for (guint i = 0; i < n; i++) {
            if (!hvn_rtl8139_ring_take(self))
                break;
        }
        if (self->wrapped && self->end == self->start)
            self->stopped = self->whole = TRUE;
    }
    return self->n;
}

guint
hvn_rtl8139_ring_position(const HvnRtl8139Ring *self, guint i)
{
    if (i == self->n)
        return self->end;
    return i < self->n_first ? self->start + i : i - self->n_first;
}

void
hvn_rtl8139_ring_open_view(const HvnRtl8139Ring *self, guint n, HvnRingView *view)
{
    guint n_first = MIN(n, self->n_first);

    hvn_ring_view_open(view, self->nic, self->base + self->start * RTL8139_DESC_SIZE, n_first, self->base, n - n_first,
                       RTL8139_DESC_SIZE);
}
