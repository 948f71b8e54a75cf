/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the 8390: plain driver steps, written out. */
#include "hvn-ne2k-guest.h"

void
guest_setup(Guest *self, GType type)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, 1 << 20, type, NULL, NULL);
    self->ne2k = (HvnNe2kNic *)self->machine.nic;
}

void
guest_teardown(Guest *self)
{
    hvn_test_machine_tear_down(&self->machine);
}

guint32
guest_in(Guest *self, guint port, guint size)
{
    return (guint32)hvn_nic_region_read(self->machine.nic, NE2K_REGION, port, size);
}

void
guest_out(Guest *self, guint port, guint32 value, guint size)
{
    hvn_nic_region_write(self->machine.nic, NE2K_REGION, port, value, size);
}

static void
guest_show(Guest *self, guint page)
{
    guint8 state = self->ne2k->started ? NE2K_CR_STA : NE2K_CR_STP;

    guest_out(self, NE2K_CR, page << NE2K_CR_PS_SHIFT | NE2K_CR_RD_ABORT | state, 1);
}

guint8
guest_get(Guest *self, guint32 offset)
{
    guint8 value;

    guest_show(self, offset >> 8);
    value = (guint8)guest_in(self, offset & 0xff, 1);
    guest_show(self, 0);
    return value;
}

void
guest_set(Guest *self, guint32 offset, guint8 value)
{
    guest_show(self, offset >> 8);
    guest_out(self, offset & 0xff, value, 1);
    guest_show(self, 0);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_up(Guest *self, guint8 rcr)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

    guest_out(self, NE2K_CR, STOP, 1);
    guest_out(self, NE2K_DCR, 0x49, 1);
    guest_out(self, NE2K_RCR, NE2K_RCR_AB | NE2K_RCR_AM | rcr, 1);
    guest_out(self, NE2K_TCR, 0, 1);
    guest_out(self, NE2K_TPSR, GUEST_TX_PAGE, 1);
    guest_out(self, NE2K_PSTART, GUEST_FIRST, 1);
    guest_out(self, NE2K_PSTOP, NE2K_RAM_END, 1);
    guest_out(self, NE2K_BNRY, NE2K_RAM_END - 1, 1);
    guest_out(self, NE2K_ISR, 0xff, 1);
    for (guint i = 0; i < 6; i++)
        guest_set(self, NE2K_PAR + i, mac[i]);
    guest_set(self, NE2K_CURR, GUEST_FIRST);
    guest_out(self, NE2K_CR, START, 1);
    self->next = GUEST_FIRST;
}

static void
guest_dma(Guest *self, guint16 address, guint16 len, guint8 command)
{
    guest_out(self, NE2K_RSAR0, address & 0xff, 1);
    guest_out(self, NE2K_RSAR1, address >> 8, 1);
    guest_out(self, NE2K_RBCR0, len & 0xff, 1);
    guest_out(self, NE2K_RBCR1, len >> 8, 1);
    guest_out(self, NE2K_CR, NE2K_CR_STA | command, 1);
}

void
guest_read(Guest *self, guint16 address, gpointer bytes, guint16 len)
{
    guest_dma(self, address, len, NE2K_CR_RD_READ);
    for (guint i = 0; i < len; i += 2) {
        guint16 word = guest_in(self, NE2K_DATA, 2);

        memcpy((guint8 *)bytes + i, &word, MIN(2, len - i));
    }
    g_assert_cmphex(guest_in(self, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
    guest_out(self, NE2K_ISR, NE2K_ISR_RDC, 1);
}

void
guest_write(Guest *self, guint16 address, gconstpointer bytes, guint16 len)
{
    guest_dma(self, address, len, NE2K_CR_RD_WRITE);
    for (guint i = 0; i < len; i += 2) {
        guint16 word = 0;

        memcpy(&word, (const guint8 *)bytes + i, MIN(2, len - i));
        guest_out(self, NE2K_DATA, word, 2);
    }
    g_assert_cmphex(guest_in(self, NE2K_ISR, 1) & NE2K_ISR_RDC, !=, 0);
    guest_out(self, NE2K_ISR, NE2K_ISR_RDC, 1);
}

void
guest_send(Guest *self, gconstpointer bytes, guint16 len)
{
    guest_write(self, GUEST_TX_PAGE << 8, bytes, len);
    guest_out(self, NE2K_TPSR, GUEST_TX_PAGE, 1);
    guest_out(self, NE2K_TBCR0, len & 0xff, 1);
    guest_out(self, NE2K_TBCR1, len >> 8, 1);
    guest_out(self, NE2K_CR, START | NE2K_CR_TXP, 1);
}

static void
guest_fill(guint8 *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++)
        bytes[i] = i < 6 ? 0xff : i * 5 + len;
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
}

gboolean
guest_offer(Guest *self, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);

    guest_fill(bytes, len);
    return hvn_fake_port_send_bytes(self->machine.port, bytes, len);
}

gboolean
guest_has_packet(Guest *self)
{
    return guest_get(self, NE2K_CURR) != self->next;
}

void
guest_take(Guest *self, gsize len)
{
    g_autofree guint8 *expected = g_malloc(len), *bytes = g_malloc(len + 4);
    guint pages = (guint)(len + 8 + 255) / 256;
    guint8 header[4];

    g_assert_true(guest_has_packet(self));
    guest_read(self, self->next << 8, header, sizeof header);
    g_assert_cmphex(header[0], ==, NE2K_RSR_PRX | NE2K_RSR_PHY);
    g_assert_cmphex(header[1], ==, GUEST_FIRST + (self->next - GUEST_FIRST + pages) % GUEST_N_PAGES);
    g_assert_cmpuint(hvn_load_le16(header + 2), ==, len + 4);
    guest_read(self, (self->next << 8) + 4, bytes, len + 4);
    guest_fill(expected, len);
    g_assert_cmpmem(bytes, len, expected, len);
    g_assert_cmphex(hvn_load_le32(bytes + len), ==, hvn_ether_crc32(expected, len));
    self->next = header[1];
    guest_out(self, NE2K_BNRY, self->next - 1, 1);
}
