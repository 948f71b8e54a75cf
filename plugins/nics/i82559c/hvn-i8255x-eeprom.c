/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial EEPROM behind EEPROM control (6.3.4): a 93C46, or a 93C66 as the larger boards have it; drivers find out which by the dummy
 * zero behind the address. The contents outlive every reset. */
#include "hvn-i8255x-nic.h"

/* words of the map in chapter 5, by number */
#define EEPROM_MAC              0x00 /* three words */
#define EEPROM_CONNECTORS       0x05
#define EEPROM_PHY              0x06
#define EEPROM_ID               0x0a
#define EEPROM_SUBSYSTEM        0x0b
#define EEPROM_SUBSYSTEM_VENDOR 0x0c

#define CONNECTORS_VALUE 0x0201 /* the controller is an 82558 or later, one RJ-45 */
#define CONNECTORS_82557 0x0101
#define PHY_VALUE        0x4701 /* an 82555 or compatible at address 1 */
#define ID_VALUE         0x4000 /* the signature; no wake-up */
#define INTEL_SUM        0xbaba

void
hvn_i8255x_eeprom_init(HvnI8255xNic *self)
{
    guint n_words = g_strcmp0(self->eeprom_name, "93c66") == 0 ? 256 : 64;
    guint16 *words = self->eeprom.words;
    HvnMac mac;

    hvn_eeprom93xx_init(&self->eeprom, n_words);
    memset(words, 0, n_words * sizeof *words);
    hvn_nic_get_mac(&self->parent, &mac);
    for (guint i = 0; i < 3; i++)
        words[EEPROM_MAC + i] = hvn_load_le16(mac.addr + 2 * i);
    words[EEPROM_CONNECTORS] = self->variant->is_82557 ? CONNECTORS_82557 : CONNECTORS_VALUE;
    words[EEPROM_PHY] = PHY_VALUE;
    if (!self->variant->is_82557) {
        words[EEPROM_ID] = ID_VALUE;
        words[EEPROM_SUBSYSTEM] = self->variant->subsystem;
        words[EEPROM_SUBSYSTEM_VENDOR] = self->variant->subsystem_vendor;
    }
    hvn_eeprom93xx_set_checksum(&self->eeprom, n_words - 1, INTEL_SUM);
}

guint32
hvn_i8255x_eeprom_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    return value | (hvn_eeprom93xx_get_data_out(&((HvnI8255xNic *)owner)->eeprom) ? I8255X_EEPROM_EEDO : 0);
}

void
hvn_i8255x_eeprom_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;

    hvn_eeprom93xx_set_lines(&self->eeprom, (value & I8255X_EEPROM_EECS) != 0, (value & I8255X_EEPROM_EESK) != 0,
                             (value & I8255X_EEPROM_EEDI) != 0);
}
