/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading descriptors some at a time, along their links, up to the first that is the driver's; and writing them back in runs of those that
 * lie behind each other. */
#include "hvn-tulip-list.h"

#include "hvn-ring-view.h"

#define CHUNK      16 /* descriptors that are read at once: a lone frame does not cost the whole ring */
#define STRIDE_MAX (TULIP_DESC_SIZE + 4 * TULIP_CSR0_DSL)

void
hvn_tulip_list_open(HvnTulipList *self, HvnNic *nic, guint32 csr0, guint32 base, guint32 current)
{
    self->nic = nic;
    self->base = base;
    self->next = current;
    self->stride = TULIP_DESC_SIZE + 4 * (csr0 >> TULIP_CSR0_DSL_SHIFT & TULIP_CSR0_DSL);
    self->swap = (csr0 & TULIP_CSR0_DBO) != 0;
    self->n = 0;
    self->stopped = self->whole = self->failed = FALSE;
}

static guint32
hvn_tulip_list_word(const HvnTulipList *self, const guint8 *bytes, guint i)
{
    return self->swap ? hvn_load_be32(bytes + 4 * i) : hvn_load_le32(bytes + 4 * i);
}

/* takes over what was read while it is the device's; FALSE when what lies behind it in memory is not the next one */
static gboolean
hvn_tulip_list_take(HvnTulipList *self, const guint8 *bytes)
{
    HvnTulipDesc *desc = &self->descs[self->n];
    guint32 behind = self->next + self->stride;

    if (!(hvn_tulip_list_word(self, bytes, 0) & TULIP_DES0_OWN)) {
        self->stopped = TRUE;
        return FALSE;
    }
    desc->address = self->next;
    desc->control = hvn_tulip_list_word(self, bytes, 1);
    desc->buffers[0] = hvn_tulip_list_word(self, bytes, 2);
    desc->buffers[1] = hvn_tulip_list_word(self, bytes, 3);
    self->n++;
    if (desc->control & TULIP_DES1_END)
        self->next = self->base;
    else if (desc->control & TULIP_DES1_CHAINED)
        self->next = desc->buffers[1] & ~3u;
    else
        self->next = behind;
    if (self->next == self->descs[0].address)
        self->stopped = self->whole = TRUE;
    return self->next == behind && !self->stopped;
}

/* reads up to @n descriptors; what lies behind the end of a short list need not be memory */
static guint
hvn_tulip_list_read(HvnTulipList *self, guint8 *bytes, guint n)
{
    if (n > 1 && hvn_nic_dma_read(self->nic, self->next, bytes, (n - 1) * self->stride + TULIP_DESC_SIZE))
        return n;
    if (hvn_nic_dma_read(self->nic, self->next, bytes, TULIP_DESC_SIZE))
        return 1;
    self->failed = self->stopped = TRUE;
    return 0;
}

guint
hvn_tulip_list_load(HvnTulipList *self, guint wanted)
{
    guint8 bytes[CHUNK * STRIDE_MAX];
    guint chunk = CHUNK;

    wanted = MIN(wanted, TULIP_LIST_MAX);
    while (self->n < wanted && !self->stopped) {
        guint n = hvn_tulip_list_read(self, bytes, MIN(wanted - self->n, chunk));

        for (guint i = 0; i < n && hvn_tulip_list_take(self, bytes + i * self->stride); i++)
            ;
        if (self->n > 0 && (self->descs[self->n - 1].control & (TULIP_DES1_CHAINED | TULIP_DES1_END)) == TULIP_DES1_CHAINED)
            chunk = 1; /* they lie anywhere */
    }
    return self->n;
}

guint32
hvn_tulip_list_address(const HvnTulipList *self, guint i)
{
    return i < self->n ? self->descs[i].address : self->next;
}

void
hvn_tulip_list_publish(const HvnTulipList *self, guint from, guint end, const guint32 *status)
{
    HvnRingView view;
    guint next;

    for (guint i = from; i < end; i = next) {
        for (next = i + 1; next < end && self->descs[next].address == self->descs[next - 1].address + self->stride; next++)
            ;
        hvn_ring_view_open(&view, self->nic, self->descs[i].address, next - i, 0, 0, self->stride);
        for (guint j = i; j < next; j++)
            hvn_ring_view_store32(&view, j - i, 0, self->swap ? GUINT32_SWAP_LE_BE(status[j]) : status[j]);
    }
}
