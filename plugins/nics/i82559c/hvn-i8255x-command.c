/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All commands but transmit (6.4.2): addresses, configuration, diagnosis. What the driver says here holds until a software reset. */
#include "hvn-i8255x-nic.h"

#define MULTICAST_MAX       0x3fffu /* bytes of a list */
#define ADDRESSES_A_COMMAND 8 /* that take as long as a plain command */

/* what the device does before it is configured: the recommended values of 6.4.2.3 */
static const guint8 i8255x_config_reset[I8255X_CONFIG_LEN] = {
    0x16, 0x08, 0x00, 0x00, 0x00, 0x00, 0x32, 0x03, 0x01, 0x00, 0x2e, 0x00, 0x60, 0x00, 0xf2, 0xc8, 0x00, 0x40, 0xf2, 0x80, 0x3f, 0x05,
};

/* at first the address is that of the EEPROM */
void
hvn_i8255x_command_reset(HvnI8255xNic *self)
{
    memcpy(self->config, i8255x_config_reset, sizeof self->config);
    memset(self->hash, 0, sizeof self->hash);
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        self->address.addr[i] = self->eeprom.words[i / 2] >> 8 * (i % 2) & 0xff;
    self->rx.filter_stale = TRUE;
}

/* 6.4.2.2 */
static void
hvn_i8255x_command_set_address(HvnI8255xNic *self, const HvnI8255xCb *cb)
{
    memcpy(self->address.addr, cb->bytes + I8255X_CB_DATA, HVN_MAC_LEN);
    self->rx.filter_stale = TRUE;
}

/* 6.4.2.3: the first byte says how many there are; the others stay as they were. FALSE when they are not in memory */
static gboolean
hvn_i8255x_command_configure(HvnI8255xNic *self, const HvnI8255xCb *cb)
{
    guint n = MIN(cb->bytes[I8255X_CB_DATA] & I8255X_CONFIG_COUNT, I8255X_CONFIG_LEN);
    guint8 config[I8255X_CONFIG_LEN];

    if (n > 0 && !hvn_nic_dma_read(&self->parent, cb->address + I8255X_CB_DATA, config, n))
        return FALSE;
    memcpy(self->config, config, n);
    self->rx.filter_stale = TRUE;
    hvn_i8255x_rx_update(self);
    return TRUE;
}

/* 6.4.2.4: takes the place of the groups before it */
static gboolean
hvn_i8255x_command_set_groups(HvnI8255xNic *self, const HvnI8255xCb *cb)
{
    guint n = (hvn_load_le16(cb->bytes + I8255X_CB_DATA) & MULTICAST_MAX) / HVN_MAC_LEN;
    g_autofree guint8 *list = n > 0 ? g_malloc(n * HVN_MAC_LEN) : NULL;

    if (n > 0 && !hvn_nic_dma_read(&self->parent, cb->address + I8255X_CB_DATA + 2, list, n * HVN_MAC_LEN))
        return FALSE;
    memset(self->hash, 0, sizeof self->hash);
    for (guint i = 0; i < n; i++)
        hvn_i8255x_filter_add_group(self, list + i * HVN_MAC_LEN);
    self->rx.filter_stale = TRUE;
    self->cu.left -= MIN(self->cu.left, n / ADDRESSES_A_COMMAND);
    return TRUE;
}

/* executes it; returns the status word of the block */
guint16
hvn_i8255x_command_run(HvnI8255xNic *self, const HvnI8255xCb *cb)
{
    gboolean ok = TRUE;

    switch (cb->command & I8255X_CB_OPCODE) {
    case I8255X_OPCODE_IA_SETUP:
        hvn_i8255x_command_set_address(self, cb);
        break;
    case I8255X_OPCODE_CONFIGURE:
        ok = hvn_i8255x_command_configure(self, cb);
        break;
    case I8255X_OPCODE_MULTICAST_SETUP:
        ok = hvn_i8255x_command_set_groups(self, cb);
        break;
    case I8255X_OPCODE_DUMP:
        ok = hvn_i8255x_port_dump(self, hvn_load_le32(cb->bytes + I8255X_CB_DATA));
        break;
    default: /* NOP; DIAGNOSE finds nothing wrong; LOAD MICROCODE: there is no machine here that would run it */
        break;
    }
    return I8255X_CB_C | (ok ? I8255X_CB_OK : 0);
}
