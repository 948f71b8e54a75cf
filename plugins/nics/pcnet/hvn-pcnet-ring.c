/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading the descriptors of a ring: some at a time, up to the first that is the driver's, round the end, never a descriptor twice; and
 * giving them back in the layout of the software style. */
#include "hvn-pcnet-ring.h"

#define CHUNK 16 /* descriptors that are read at once: a lone frame does not cost the whole ring */

void
hvn_pcnet_ring_open(HvnPcnetRing *self, HvnNic *nic, guint start)
{
    self->nic = nic;
    self->start = start;
    self->n = 0;
    self->stopped = self->whole = self->failed = FALSE;
}

guint
hvn_pcnet_ring_position(const HvnPcnetRing *self, guint n)
{
    return (self->start + n) % self->length;
}

static guint64
hvn_pcnet_ring_address(const HvnPcnetRing *self, guint n)
{
    return self->base + (guint64)hvn_pcnet_ring_position(self, n) * hvn_pcnet_ring_desc_size(self->style);
}

/* reads a run of descriptors; takes over those that are the device's */
static void
hvn_pcnet_ring_load_run(HvnPcnetRing *self, guint n)
{
    guint size = hvn_pcnet_ring_desc_size(self->style);
    guint8 bytes[CHUNK * PCNET_DESC_SIZE];

    if (!hvn_nic_dma_read(self->nic, hvn_pcnet_ring_address(self, self->n), bytes, (gsize)n * size)) {
        self->failed = self->stopped = TRUE;
        return;
    }
    for (guint i = 0; i < n; i++) {
        HvnPcnetDesc *desc = &self->descs[self->n];

        hvn_pcnet_desc_load(desc, bytes + (gsize)i * size, self->style, self->high, self->transmit);
        if (!(desc->status & PCNET_DESC_OWN)) {
            self->stopped = TRUE;
            return;
        }
        self->n++;
    }
}

guint
hvn_pcnet_ring_load(HvnPcnetRing *self, guint wanted)
{
    wanted = MIN(wanted, PCNET_RING_BATCH);
    while (self->n < wanted && !self->stopped) {
        guint to_end = self->length - hvn_pcnet_ring_position(self, self->n);

        hvn_pcnet_ring_load_run(self, MIN(MIN(MIN(wanted, self->length) - self->n, to_end), CHUNK));
        if (self->n == self->length)
            self->stopped = self->whole = TRUE;
    }
    return self->n;
}

gboolean
hvn_pcnet_ring_peek(const HvnPcnetRing *self)
{
    guint8 bytes[4];
    guint offset = self->style == PCNET_STYLE_LANCE ? 0 : 4;

    if (!hvn_nic_dma_read(self->nic, hvn_pcnet_ring_address(self, 0) + offset, bytes, sizeof bytes))
        return TRUE;
    return (hvn_load_le32(bytes) & PCNET_DESC_OWN) != 0;
}

void
hvn_pcnet_ring_open_view(const HvnPcnetRing *self, guint first, guint end, HvnRingView *view)
{
    guint n_first = MIN(end - first, self->length - hvn_pcnet_ring_position(self, first));

    hvn_ring_view_open(view, self->nic, hvn_pcnet_ring_address(self, first), n_first, self->base, end - first - n_first,
                       hvn_pcnet_ring_desc_size(self->style));
}

void
hvn_pcnet_ring_publish(const HvnPcnetRing *self, HvnRingView *view, guint first, guint i, guint32 status, guint32 rest)
{
    const HvnPcnetDesc *desc = &self->descs[i];
    guint64 low, high;

    switch (self->style) {
    case PCNET_STYLE_LANCE:
        low = (desc->address & 0x00ffffff) | (status & 0xff000000);
        high = (status & 0xffff) | (self->transmit ? rest & 0xffff0000 : rest << 16);
        hvn_ring_view_store64(view, i - first, 0, low | high << 32, 0);
        break;
    case PCNET_STYLE_REORDER:
        hvn_ring_view_store64(view, i - first, 0, rest | (guint64)status << 32, 1);
        break;
    default:
        hvn_ring_view_store64(view, i - first, 4, status | (guint64)rest << 32, 0);
        break;
    }
}
