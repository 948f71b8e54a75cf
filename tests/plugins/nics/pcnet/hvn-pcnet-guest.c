/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the pcnet: plain driver steps, written out. */
#include "hvn-pcnet-guest.h"

void
guest_setup(Guest *self, guint style)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, GUEST_RAM, HVN_TYPE_PCNET_NIC, NULL, NULL);
    self->pcnet = (HvnPcnetNic *)self->machine.nic;
    self->tx_data = GUEST_TX_DATA;
    self->style = style;
    guest_set_bcr(self, PCNET_BCR20, style);
}

void
guest_teardown(Guest *self)
{
    hvn_test_machine_tear_down(&self->machine);
}

guint32
guest_csr(Guest *self, guint n)
{
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_RAP, n, 2);
    return hvn_nic_region_read(self->machine.nic, PCNET_BAR_IO, PCNET_RDP, 2);
}

void
guest_set_csr(Guest *self, guint n, guint32 value)
{
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_RAP, n, 2);
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_RDP, value, 2);
}

guint32
guest_bcr(Guest *self, guint n)
{
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_RAP, n, 2);
    return hvn_nic_region_read(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_BDP, 2);
}

void
guest_set_bcr(Guest *self, guint n, guint32 value)
{
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_RAP, n, 2);
    hvn_nic_region_write(self->machine.nic, PCNET_BAR_IO, PCNET_WIO_BDP, value, 2);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_write_init(Guest *self, guint16 mode, guint rlen, guint tlen)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    guint8 *block = self->machine.ram + GUEST_INIT;

    memset(block, 0, PCNET_INIT_SIZE);
    hvn_store_le16(block, mode);
    if (self->style == PCNET_STYLE_LANCE) {
        memcpy(block + 2, mac, sizeof mac);
        memset(block + 8, 0xff, 8);
        hvn_store_le32(block + 16, GUEST_RX_RING | rlen << 29);
        hvn_store_le32(block + 20, GUEST_TX_RING | tlen << 29);
        return;
    }
    block[2] = rlen << 4;
    block[3] = tlen << 4;
    memcpy(block + 4, mac, sizeof mac);
    memset(block + 12, 0xff, 8);
    hvn_store_le32(block + 20, GUEST_RX_RING);
    hvn_store_le32(block + 24, GUEST_TX_RING);
}

void
guest_up(Guest *self, guint16 mode)
{
    guest_write_init(self, mode, 4, 4);
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_give(self, i);
    guest_set_csr(self, PCNET_CSR1, GUEST_INIT & 0xffff);
    guest_set_csr(self, PCNET_CSR2, GUEST_INIT >> 16);
    guest_set_csr(self, PCNET_CSR0, PCNET_CSR0_INIT | PCNET_CSR0_STRT);
    guest_run(self);
    g_assert_cmphex(guest_csr(self, PCNET_CSR0) & PCNET_CSR0_IDON, !=, 0);
    guest_set_csr(self, PCNET_CSR0, PCNET_CSR0_EVENTS);
}

static guint8 *
guest_desc(Guest *self, guint32 ring, guint n)
{
    return self->machine.ram + ring + n % GUEST_N_DESCS * hvn_pcnet_ring_desc_size(self->style);
}

void
guest_put_desc(Guest *self, guint32 ring, guint n, guint32 address, guint32 status, guint32 rest, gsize len)
{
    guint8 *desc = guest_desc(self, ring, n);

    status |= (4096 - len) & PCNET_DESC_BCNT;
    status |= PCNET_DESC_ONES;
    if (self->style == PCNET_STYLE_LANCE) {
        hvn_store_le32(desc + 4, (status & 0xffff) | rest << 16);
        hvn_store_le32(desc, (address & 0x00ffffff) | (status & 0xff000000));
        return;
    }
    hvn_store_le32(desc + (self->style == PCNET_STYLE_REORDER ? 8 : 0), address);
    hvn_store_le32(desc + (self->style == PCNET_STYLE_REORDER ? 0 : 8), rest);
    hvn_store_le32(desc + 4, status);
}

/* the upper byte in style 0, as the rest of the word is the address there */
guint32
guest_status(Guest *self, guint32 ring, guint n)
{
    guint8 *desc = guest_desc(self, ring, n);

    return self->style == PCNET_STYLE_LANCE ? hvn_load_le32(desc) & 0xff000000 : hvn_load_le32(desc + 4);
}

guint32
guest_rest(Guest *self, guint32 ring, guint n, gboolean transmit)
{
    guint8 *desc = guest_desc(self, ring, n);

    if (self->style == PCNET_STYLE_LANCE)
        return transmit ? hvn_load_le32(desc + 4) & 0xffff0000 : hvn_load_le16(desc + 6);
    return hvn_load_le32(desc + (self->style == PCNET_STYLE_REORDER ? 0 : 8));
}

void
guest_give(Guest *self, guint n)
{
    guest_put_desc(self, GUEST_RX_RING, n, GUEST_RX_DATA + n % GUEST_N_DESCS * GUEST_RX_SIZE, PCNET_DESC_OWN, 0, GUEST_RX_SIZE);
}

guint32
guest_put(Guest *self, gconstpointer data, gsize len)
{
    return hvn_test_machine_put(&self->machine, &self->tx_data, GUEST_RX_DATA, data, len);
}

void
guest_queue(Guest *self, gconstpointer data, gsize len, guint32 status)
{
    guest_put_desc(self, GUEST_TX_RING, self->tx++, guest_put(self, data, len), status, 0, len);
}

void
guest_demand(Guest *self)
{
    guest_set_csr(self, PCNET_CSR0, PCNET_CSR0_TDMD | PCNET_CSR0_IENA);
    guest_run(self);
}

gboolean
guest_offer(Guest *self, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);

    for (gsize i = 0; i < len; i++)
        bytes[i] = i < 6 ? 0xff : i * 5 + len;
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    return hvn_fake_port_send_bytes(self->machine.port, bytes, len);
}
