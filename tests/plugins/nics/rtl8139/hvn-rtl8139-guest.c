/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the rtl8139: plain driver steps, written out. */
#include "hvn-rtl8139-guest.h"

void
guest_setup(Guest *self, const char *revision)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, GUEST_RAM, HVN_TYPE_RTL8139_NIC, "revision", revision != NULL ? revision : "0x20");
    self->rtl8139 = (HvnRtl8139Nic *)self->machine.nic;
    self->tx_data = GUEST_TX_DATA;
}

void
guest_teardown(Guest *self)
{
    hvn_test_machine_tear_down(&self->machine);
}

guint32
guest_read(Guest *self, guint32 offset, guint size)
{
    return hvn_nic_region_read(self->machine.nic, RTL8139_BAR_MEMORY, offset, size);
}

void
guest_write(Guest *self, guint32 offset, guint32 value, guint size)
{
    hvn_nic_region_write(self->machine.nic, RTL8139_BAR_MEMORY, offset, value, size);
}

void
guest_unlock(Guest *self, gboolean open)
{
    guest_write(self, RTL8139_9346CR, open ? RTL8139_9346CR_EEM_CONFIG : 0, 1);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_up(Guest *self, guint32 rcr)
{
    guest_write(self, RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1);
    guest_write(self, RTL8139_RBSTART, GUEST_RX_BYTES, 4);
    guest_write(self, RTL8139_RCR, RTL8139_RCR_APM | RTL8139_RCR_AM | RTL8139_RCR_AB | RTL8139_RCR_WRAP | rcr, 4);
    guest_run(self);
}

void
guest_give(Guest *self, guint n)
{
    guint8 *desc = guest_rx_desc(self, n);

    n %= GUEST_N_DESCS;
    hvn_store_le32(desc + 4, 0);
    hvn_store_le64(desc + 8, GUEST_RX_DATA + n * GUEST_RX_SIZE);
    hvn_store_le32(desc, RTL8139_DESC_OWN | (n == GUEST_N_DESCS - 1 ? RTL8139_DESC_EOR : 0) | GUEST_RX_SIZE);
}

void
guest_up_cplus(Guest *self, guint32 cpcr)
{
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_give(self, i);
    guest_write(self, RTL8139_CPCR, RTL8139_CPCR_TX | RTL8139_CPCR_RX | cpcr, 2);
    guest_write(self, RTL8139_THPDS, GUEST_TX_HIGH, 4);
    guest_write(self, RTL8139_THPDS + 4, 0, 4);
    guest_write(self, RTL8139_RDSAR, GUEST_RX_RING, 4);
    guest_write(self, RTL8139_RDSAR + 4, 0, 4);
    guest_write(self, RTL8139_TNPDS, GUEST_TX_RING, 4);
    guest_write(self, RTL8139_TNPDS + 4, 0, 4);
    guest_write(self, RTL8139_CR, RTL8139_CR_RE | RTL8139_CR_TE, 1);
    guest_write(self, RTL8139_RCR, RTL8139_RCR_APM | RTL8139_RCR_AM | RTL8139_RCR_AB, 4);
    guest_run(self);
}

guint32
guest_put(Guest *self, gconstpointer data, gsize len)
{
    return hvn_test_machine_put(&self->machine, &self->tx_data, GUEST_RX_DATA, data, len);
}

void
guest_send(Guest *self, guint slot, gconstpointer data, gsize len)
{
    guest_write(self, RTL8139_TSAD + 4 * slot, guest_put(self, data, len), 4);
    guest_write(self, RTL8139_TSD + 4 * slot, len, 4);
}

guint8 *
guest_tx_desc(Guest *self, guint n)
{
    return self->machine.ram + GUEST_TX_RING + n % GUEST_N_DESCS * RTL8139_DESC_SIZE;
}

guint8 *
guest_rx_desc(Guest *self, guint n)
{
    return self->machine.ram + GUEST_RX_RING + n % GUEST_N_DESCS * RTL8139_DESC_SIZE;
}

void
guest_queue(Guest *self, guint64 address, guint32 command, guint32 vlan)
{
    guint8 *desc = guest_tx_desc(self, self->tx);

    hvn_store_le32(desc + 4, vlan);
    hvn_store_le64(desc + 8, address);
    hvn_store_le32(desc, command | (self->tx % GUEST_N_DESCS == GUEST_N_DESCS - 1 ? RTL8139_DESC_EOR : 0));
    self->tx++;
}

void
guest_poll(Guest *self)
{
    guest_write(self, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ, 1);
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
