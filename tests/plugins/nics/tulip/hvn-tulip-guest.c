/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the tulip: plain driver steps, written out. */
#include "hvn-tulip-guest.h"

void
guest_setup(Guest *self)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, GUEST_RAM, HVN_TYPE_TULIP_NIC, NULL, NULL);
    self->tulip = (HvnTulipNic *)self->machine.nic;
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
    return hvn_nic_region_read(self->machine.nic, TULIP_BAR_MEMORY, offset, 4);
}

void
guest_write(Guest *self, guint32 offset, guint32 value)
{
    hvn_nic_region_write(self->machine.nic, TULIP_BAR_MEMORY, offset, value, 4);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_store(Guest *self, guint32 address, guint32 status, guint32 control, guint32 buffer1, guint32 buffer2)
{
    guint8 *desc = self->machine.ram + address;

    hvn_store_le32(desc + 4, control);
    hvn_store_le32(desc + 8, buffer1);
    hvn_store_le32(desc + 12, buffer2);
    hvn_store_le32(desc, status);
}

guint32
guest_status(Guest *self, guint32 address)
{
    return hvn_load_le32(self->machine.ram + address);
}

guint32
guest_rx(guint n)
{
    return GUEST_RX_RING + n % GUEST_N_DESCS * TULIP_DESC_SIZE;
}

void
guest_give(Guest *self, guint n)
{
    guint i = n % GUEST_N_DESCS;

    guest_store(self, guest_rx(i), OWN, (i == GUEST_N_DESCS - 1 ? TULIP_DES1_END : 0) | GUEST_RX_SIZE, GUEST_RX_DATA + i * GUEST_RX_SIZE, 0);
}

void
guest_up(Guest *self, guint32 csr6)
{
    for (guint i = 0; i < GUEST_N_DESCS; i++)
        guest_give(self, i);
    guest_write(self, TULIP_CSR3, GUEST_RX_RING);
    guest_write(self, TULIP_CSR4, GUEST_TX_RING);
    guest_write(self, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_ST | TULIP_CSR6_SR | csr6);
    guest_run(self);
    guest_write(self, TULIP_CSR5, TULIP_CSR5_CAUSES);
}

guint32
guest_put(Guest *self, gconstpointer data, gsize len)
{
    return hvn_test_machine_put(&self->machine, &self->tx_data, GUEST_RX_DATA, data, len);
}

guint32
guest_queue(Guest *self, guint32 control, guint32 buffer1, guint32 buffer2)
{
    guint i = self->tx++ % GUEST_N_DESCS;
    guint32 address = GUEST_TX_RING + i * TULIP_DESC_SIZE;

    guest_store(self, address, OWN, control | (i == GUEST_N_DESCS - 1 ? TULIP_DES1_END : 0), buffer1, buffer2);
    return address;
}

void
guest_demand(Guest *self)
{
    guest_write(self, TULIP_CSR1, 0);
    guest_run(self);
}

guint32
guest_send(Guest *self, gconstpointer data, gsize len, guint32 control)
{
    guint32 address = guest_queue(self, WHOLE | control | (guint32)len, guest_put(self, data, len), 0);

    guest_demand(self);
    return address;
}

static void
guest_setup_address(Guest *self, guint longword, const guint8 *mac)
{
    for (guint i = 0; i < 3; i++) /* the upper half is noise */
        hvn_store_le32(self->machine.ram + GUEST_SETUP + 4 * (longword + i), 0xabcd0000 | hvn_load_le16(mac + 2 * i));
}

void
guest_filter(Guest *self, HvnTulipFilterMode mode, const char *const *addresses)
{
    static const guint32 bits[] = {0, TULIP_TDES1_FT0, TULIP_TDES1_FT1, TULIP_TDES1_FT0 | TULIP_TDES1_FT1};
    gboolean hash = mode == TULIP_FILTER_HASH || mode == TULIP_FILTER_HASH_ONLY;
    HvnMac mac;

    memset(self->machine.ram + GUEST_SETUP, 0, TULIP_SETUP_LEN);
    for (guint i = 0; i < TULIP_SETUP_ADDRESSES && addresses[i] != NULL; i++) {
        g_assert_true(hvn_mac_parse(addresses[i], &mac, NULL));
        if (!hash) {
            guest_setup_address(self, 3 * i, mac.addr);
        } else if (i == 0) {
            guest_setup_address(self, 39, mac.addr);
        } else {
            guint bit = ~hvn_ether_crc32(mac.addr, 6) & 511;

            self->machine.ram[GUEST_SETUP + bit / 16 * 4 + bit % 16 / 8] |= 1u << bit % 8;
        }
    }
    guest_queue(self, TULIP_TDES1_SET | bits[mode] | TULIP_SETUP_LEN, GUEST_SETUP, 0);
    guest_demand(self);
}

gboolean
guest_offer(Guest *self, gsize len)
{
    g_autofree guint8 *bytes = g_malloc(len);

    for (gsize i = 0; i < len; i++)
        bytes[i] = i < 6 ? 0xff : i * 5 + len;
    if (len >= 14)
        hvn_store_be16(bytes + 12, 0x88b5);
    return hvn_fake_port_send_bytes(self->machine.port, bytes, len);
}

gboolean
guest_receives(Guest *self, const char *address, guint *n)
{
    guint8 bytes[60] = {0};
    HvnMac mac;

    g_assert_true(hvn_mac_parse(address, &mac, NULL));
    memcpy(bytes, mac.addr, sizeof mac.addr);
    g_assert_true(hvn_fake_port_send_bytes(self->machine.port, bytes, sizeof bytes));
    if (guest_status(self, guest_rx(*n)) & OWN)
        return FALSE;
    g_assert_cmpmem(self->machine.ram + GUEST_RX_DATA + *n % GUEST_N_DESCS * GUEST_RX_SIZE, 60, bytes, 60);
    guest_give(self, (*n)++);
    return TRUE;
}
