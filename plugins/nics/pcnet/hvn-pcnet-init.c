/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The initialization block, which INIT has the device read into its CSRs, in both sizes; and the rings as these CSRs describe them, which a
 * driver may write itself instead. */
#include "hvn-pcnet-nic.h"

static void
hvn_pcnet_init_set32(HvnPcnetNic *self, guint csr, guint32 value)
{
    hvn_pcnet_set_csr(self, csr, value & 0xffff);
    hvn_pcnet_set_csr(self, csr + 1, value >> 16);
}

/* PADR and LADRF, which are bytes in their order in both sizes */
static void
hvn_pcnet_init_load_addresses(HvnPcnetNic *self, const guint8 *padr, const guint8 *ladrf)
{
    for (guint i = 0; i < 3; i++)
        hvn_pcnet_set_csr(self, PCNET_CSR12 + i, hvn_load_le16(padr + 2 * i));
    for (guint i = 0; i < 4; i++)
        hvn_pcnet_set_csr(self, PCNET_CSR8 + i, hvn_load_le16(ladrf + 2 * i));
    self->rx.filter_stale = TRUE;
}

static void
hvn_pcnet_init_load_rings(HvnPcnetNic *self, guint rlen, guint tlen, gboolean wide)
{
    hvn_pcnet_set_csr(self, PCNET_CSR6, tlen << 12 | rlen << 8);
    hvn_pcnet_set_csr(self, PCNET_CSR76, -hvn_pcnet_ring_length(rlen, wide) & 0xffff);
    hvn_pcnet_set_csr(self, PCNET_CSR78, -hvn_pcnet_ring_length(tlen, wide) & 0xffff);
    hvn_pcnet_set_csr(self, PCNET_CSR47, 0);
}

/* the work that INIT marks */
gboolean
hvn_pcnet_init_run(gpointer data)
{
    HvnPcnetNic *self = data;
    gboolean wide = hvn_pcnet_style(self) != PCNET_STYLE_LANCE;
    guint32 address = hvn_pcnet_csr32(self, PCNET_CSR1);
    guint32 high = address & 0xff000000;
    guint8 block[PCNET_INIT_SIZE];
    gboolean got = hvn_nic_dma_read(&self->parent, address & (wide ? ~3u : ~1u), block, wide ? PCNET_INIT_SIZE : PCNET_INIT_SIZE_16);

    hvn_nic_dma_release(&self->parent);
    if (!got) {
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "cannot read the initialization block at 0x%x", address);
        hvn_pcnet_csr_bus_error(self);
        return FALSE;
    }
    hvn_pcnet_set_csr(self, PCNET_CSR15, hvn_load_le16(block));
    if (wide) {
        hvn_pcnet_init_load_addresses(self, block + 4, block + 12);
        hvn_pcnet_init_set32(self, PCNET_CSR24, hvn_load_le32(block + 20));
        hvn_pcnet_init_set32(self, PCNET_CSR30, hvn_load_le32(block + 24));
        hvn_pcnet_init_load_rings(self, block[2] >> 4, block[3] >> 4, wide);
    } else {
        hvn_pcnet_init_load_addresses(self, block + 2, block + 8);
        hvn_pcnet_init_set32(self, PCNET_CSR24, (hvn_load_le32(block + 16) & 0x00ffffff) | high);
        hvn_pcnet_init_set32(self, PCNET_CSR30, (hvn_load_le32(block + 20) & 0x00ffffff) | high);
        hvn_pcnet_init_load_rings(self, block[19] >> 5, block[23] >> 5, wide);
    }
    hvn_pcnet_csr_raise(self, PCNET_CSR0_IDON, 0, 0);
    if (hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_STRT)
        hvn_pcnet_csr_start(self);
    return FALSE;
}

/* the ring of one direction, opened where the device is. CSR76 and CSR78 hold the length in two's complement, so that 0 is 65536 */
void
hvn_pcnet_init_ring(const HvnPcnetNic *self, HvnPcnetRing *ring, gboolean transmit)
{
    guint32 base = hvn_pcnet_csr32(self, transmit ? PCNET_CSR30 : PCNET_CSR24);

    ring->style = hvn_pcnet_style(self);
    ring->base = base & ~(hvn_pcnet_ring_desc_size(ring->style) - 1);
    ring->length = 65536 - hvn_pcnet_csr(self, transmit ? PCNET_CSR78 : PCNET_CSR76);
    ring->high = (hvn_pcnet_csr(self, PCNET_CSR2) & 0xff00) << 16;
    ring->transmit = transmit;
    hvn_pcnet_ring_open(ring, (HvnNic *)&self->parent, (transmit ? self->tx.index : self->rx.index) % ring->length);
}

/* ---- registers ---- */

/* one half of the address of descriptor @index + @ahead */
static guint32
hvn_pcnet_init_place(const HvnPcnetNic *self, gboolean transmit, guint ahead, guint half)
{
    guint style = hvn_pcnet_style(self), size = hvn_pcnet_ring_desc_size(style);
    guint length = 65536 - hvn_pcnet_csr(self, transmit ? PCNET_CSR78 : PCNET_CSR76);
    guint place = ((transmit ? self->tx.index : self->rx.index) + ahead) % length;
    guint32 address = (hvn_pcnet_csr32(self, transmit ? PCNET_CSR30 : PCNET_CSR24) & ~(size - 1)) + place * size;

    return half ? address >> 16 : address & 0xffff;
}

/* IADR, by its other name */
guint32
hvn_pcnet_csr16_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_pcnet_csr(owner, PCNET_CSR1 + index);
}

void
hvn_pcnet_csr16_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    hvn_pcnet_set_csr(owner, PCNET_CSR1 + index, value);
}

/* NRDA, then CRDA */
guint32
hvn_pcnet_csr26_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_pcnet_init_place(owner, FALSE, index < 2 ? 1 : 0, index % 2);
}

/* NXDA, then CXDA */
guint32
hvn_pcnet_csr32_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return hvn_pcnet_init_place(owner, TRUE, index < 2 ? 1 : 0, index % 2);
}

/* the counters begin at the length in two's complement */
guint32
hvn_pcnet_csr72_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return (hvn_pcnet_csr(owner, PCNET_CSR76) + ((HvnPcnetNic *)owner)->rx.index) & 0xffff;
}

guint32
hvn_pcnet_csr74_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return (hvn_pcnet_csr(owner, PCNET_CSR78) + ((HvnPcnetNic *)owner)->tx.index) & 0xffff;
}

/* RCON: an encoded length goes in at bits 15 to 12, what the counters use comes out */
guint32
hvn_pcnet_csr92_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return -hvn_pcnet_ring_length(value >> 12, TRUE) & 0xffff;
}
