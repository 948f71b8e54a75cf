/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest for tests of the i8255x: plain driver steps, written out. */
#include "hvn-i8255x-guest.h"

void
guest_setup(Guest *self, const char *variant)
{
    memset(self, 0, sizeof *self);
    hvn_test_machine_set_up(&self->machine, GUEST_RAM, HVN_TYPE_I8255X_NIC, "variant", variant != NULL ? variant : "i82559c");
    self->i8255x = (HvnI8255xNic *)self->machine.nic;
}

void
guest_teardown(Guest *self)
{
    hvn_test_machine_tear_down(&self->machine);
}

guint32
guest_read(Guest *self, guint32 offset, guint size)
{
    return hvn_nic_region_read(self->machine.nic, I8255X_BAR_MEMORY, offset, size);
}

void
guest_write(Guest *self, guint32 offset, guint32 value, guint size)
{
    hvn_nic_region_write(self->machine.nic, I8255X_BAR_MEMORY, offset, value, size);
}

void
guest_run(Guest *self)
{
    hvn_dispatcher_advance(self->machine.dispatcher, 0);
}

void
guest_order(Guest *self, guint32 pointer, guint command)
{
    guest_write(self, I8255X_SCB_POINTER, pointer, 4);
    guest_write(self, I8255X_SCB_COMMAND, command, 1);
    g_assert_cmphex(guest_read(self, I8255X_SCB_COMMAND, 1), ==, 0);
    guest_run(self);
}

guint32
guest_cb_address(guint n)
{
    return GUEST_CBS + n % GUEST_N * GUEST_SLOT;
}

guint8 *
guest_cb(Guest *self, guint n)
{
    return self->machine.ram + guest_cb_address(n);
}

guint8 *
guest_put(Guest *self, guint n, guint command)
{
    guint8 *cb = guest_cb(self, n);

    memset(cb, 0, I8255X_CB_LEN);
    hvn_store_le16(cb + I8255X_CB_COMMAND, command);
    hvn_store_le32(cb + I8255X_CB_LINK, guest_cb_address(n + 1));
    return cb;
}

void
guest_put_frame(Guest *self, guint n, guint flags, gconstpointer data, gsize len)
{
    guint8 *cb = guest_put(self, n, flags | I8255X_OPCODE_TRANSMIT);

    hvn_store_le32(cb + I8255X_TCB_ARRAY, I8255X_TCB_NO_ARRAY);
    hvn_store_le16(cb + I8255X_TCB_COUNT, len);
    memcpy(cb + I8255X_TCB_DATA, data, len);
}

void
guest_start(Guest *self, guint n)
{
    guest_order(self, guest_cb_address(n), I8255X_CUC_START);
}

guint16
guest_status(Guest *self, guint n)
{
    return hvn_load_le16(guest_cb(self, n) + I8255X_CB_STATUS);
}

void
guest_configure(Guest *self, guint at, guint8 value)
{
    guint8 *cb = guest_put(self, 0, EL | I8255X_OPCODE_CONFIGURE);

    memcpy(cb + I8255X_CB_DATA, self->i8255x->config, 22);
    cb[I8255X_CB_DATA] = 22;
    cb[I8255X_CB_DATA + at] = value;
    guest_start(self, 0);
    g_assert_cmphex(guest_status(self, 0), ==, DONE);
    guest_write(self, I8255X_SCB_STAT_ACK, guest_read(self, I8255X_SCB_STAT_ACK, 1), 1);
}

guint8 *
guest_rfd(Guest *self, guint n)
{
    return self->machine.ram + GUEST_RFDS + n % GUEST_N * GUEST_SLOT;
}

void
guest_put_rfd(Guest *self, guint n, guint command, gsize size)
{
    guint8 *rfd = guest_rfd(self, n);

    memset(rfd, 0, I8255X_RFD_LEN);
    hvn_store_le16(rfd + I8255X_CB_COMMAND, command);
    hvn_store_le32(rfd + I8255X_CB_LINK, GUEST_RFDS + (n + 1) % GUEST_N * GUEST_SLOT);
    hvn_store_le32(rfd + I8255X_RFD_RBD, I8255X_RBD_NONE);
    hvn_store_le16(rfd + I8255X_RFD_SIZE, size);
}

void
guest_listen(Guest *self, guint n, guint flags)
{
    for (guint i = 0; i < n; i++)
        guest_put_rfd(self, i, i == n - 1 ? flags : 0, GUEST_RX_SIZE);
    guest_order(self, GUEST_RFDS, I8255X_RUC_START);
}

void
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
guest_offer_to(Guest *self, const char *address)
{
    guint8 bytes[60];
    HvnMac mac;

    guest_fill(bytes, sizeof bytes);
    g_assert_true(hvn_mac_parse(address, &mac, NULL));
    memcpy(bytes, mac.addr, HVN_MAC_LEN);
    return hvn_fake_port_send_bytes(self->machine.port, bytes, sizeof bytes);
}
