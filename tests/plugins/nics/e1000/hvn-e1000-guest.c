/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the e1000: plain driver steps, written out. */
#include "hvn-e1000-guest.h"

void
guest_setup(Guest *self, const char *variant)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, GUEST_RAM, HVN_TYPE_E1000_NIC, "variant", variant);
    self->e1000 = (HvnE1000Nic *)self->machine.nic;
    self->tx_data = GUEST_TX_DATA;
}

void
guest_teardown(Guest *self)
{
    hvn_test_machine_tear_down(&self->machine);
}

guint32
guest_read(Guest *self, guint32 offset)
{
    return hvn_nic_region_read(self->machine.nic, E1000_BAR_MEMORY, offset, 4);
}

void
guest_write(Guest *self, guint32 offset, guint32 value)
{
    hvn_nic_region_write(self->machine.nic, E1000_BAR_MEMORY, offset, value, 4);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_up(Guest *self, guint32 rctl)
{
    for (guint i = 0; i < GUEST_N_DESCS; i++) {
        memset(guest_rx_desc(self, i), 0, E1000_DESC_SIZE);
        hvn_store_le64(guest_rx_desc(self, i), GUEST_RX_DATA + i * GUEST_RX_SIZE);
    }
    guest_write(self, E1000_TDBAL, GUEST_TX_RING);
    guest_write(self, E1000_TDLEN, GUEST_N_DESCS * E1000_DESC_SIZE);
    guest_write(self, E1000_RDBAL, GUEST_RX_RING);
    guest_write(self, E1000_RDLEN, GUEST_N_DESCS * E1000_DESC_SIZE);
    guest_write(self, E1000_RDT, GUEST_N_DESCS - 1);
    guest_write(self, E1000_TCTL, E1000_TCTL_EN | E1000_TCTL_PSP);
    guest_write(self, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_BAM | E1000_RCTL_SECRC | rctl);
    guest_run(self);
}

guint32
guest_put(Guest *self, gconstpointer data, gsize len)
{
    return hvn_test_machine_put(&self->machine, &self->tx_data, GUEST_RX_DATA, data, len);
}

guint8 *
guest_tx_desc(Guest *self, guint n)
{
    return self->machine.ram + GUEST_TX_RING + n % GUEST_N_DESCS * E1000_DESC_SIZE;
}

guint8 *
guest_rx_desc(Guest *self, guint n)
{
    return self->machine.ram + GUEST_RX_RING + n % GUEST_N_DESCS * E1000_DESC_SIZE;
}

void
guest_queue(Guest *self, guint64 address, guint32 lower, guint32 upper)
{
    guint8 *desc = guest_tx_desc(self, self->tdt);

    hvn_store_le64(desc, address);
    hvn_store_le32(desc + 8, lower);
    hvn_store_le32(desc + 12, upper);
    self->tdt = (self->tdt + 1) % GUEST_N_DESCS;
}

void
guest_queue_context(Guest *self, const HvnE1000TxContext *c)
{
    guint64 first = c->ipcss | (guint64)c->ipcso << 8 | (guint64)c->ipcse << 16 | (guint64)c->tucss << 32 |
                    (guint64)c->tucso << 40 | (guint64)c->tucse << 48;

    guest_queue(self, first, c->paylen | (guint32)(c->tucmd | E1000_TXD_CMD_DEXT) << 24,
                (guint32)c->hdrlen << 8 | (guint32)c->mss << 16);
}

void
guest_ring(Guest *self)
{
    guest_write(self, E1000_TDT, self->tdt);
    guest_run(self);
}

guint16
guest_phy_read(Guest *self, guint reg)
{
    guint32 mdic;

    guest_write(self, E1000_MDIC, E1000_MDIC_OP_READ | 1u << E1000_MDIC_PHYADD_SHIFT | reg << E1000_MDIC_REGADD_SHIFT);
    mdic = guest_read(self, E1000_MDIC);
    g_assert_cmphex(mdic & (E1000_MDIC_R | E1000_MDIC_E), ==, E1000_MDIC_R);
    return mdic & E1000_MDIC_DATA;
}

void
guest_phy_write(Guest *self, guint reg, guint16 value)
{
    guest_write(self, E1000_MDIC, E1000_MDIC_OP_WRITE | 1u << E1000_MDIC_PHYADD_SHIFT | reg << E1000_MDIC_REGADD_SHIFT | value);
    g_assert_cmphex(guest_read(self, E1000_MDIC) & (E1000_MDIC_R | E1000_MDIC_E), ==, E1000_MDIC_R);
}
