/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial EEPROM (SDM chapter 5): a 93C46 of 64 words, by its pins through EECD (13.4.3) or a word at a time through
 * EERD (13.4.4). It outlives every reset; what the guest writes stays until the NIC goes away. */
#include "hvn-e1000-nic.h"

#define EEPROM_WORDS 64

/* words of the map in chapter 5, by number */
#define EEPROM_MAC              0x00 /* three words */
#define EEPROM_ID_LED           0x04
#define EEPROM_INIT_CONTROL1    0x0a
#define EEPROM_SUBSYSTEM        0x0b
#define EEPROM_SUBSYSTEM_VENDOR 0x0c
#define EEPROM_DEVICE           0x0d
#define EEPROM_VENDOR           0x0e
#define EEPROM_INIT_CONTROL2    0x0f
#define EEPROM_CHECKSUM         0x3f

#define INIT_CONTROL1_VALUE 0x4403 /* signature 01b in the top bits, full duplex, load both IDs */
#define INIT_CONTROL2_VALUE 0x3000 /* PAUSE capability: symmetric and asymmetric */
#define ID_LED_DEFAULT      0xffff
#define CHECKSUM            0xbaba

void
hvn_e1000_eeprom_init(HvnE1000Nic *self)
{
    guint16 *words = self->eeprom.words;
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);
    HvnMac mac;

    hvn_eeprom93xx_init(&self->eeprom, EEPROM_WORDS);
    memset(words, 0, EEPROM_WORDS * sizeof *words);
    hvn_nic_get_mac(&self->parent, &mac);
    for (guint i = 0; i < 3; i++)
        words[EEPROM_MAC + i] = hvn_load_le16(mac.addr + 2 * i);
    words[EEPROM_ID_LED] = ID_LED_DEFAULT;
    words[EEPROM_INIT_CONTROL1] = INIT_CONTROL1_VALUE;
    words[EEPROM_SUBSYSTEM] = hvn_pci_config_read(pci, 0x2e, 2);
    words[EEPROM_SUBSYSTEM_VENDOR] = hvn_pci_config_read(pci, 0x2c, 2);
    words[EEPROM_DEVICE] = self->variant->device;
    words[EEPROM_VENDOR] = hvn_pci_config_read(pci, 0x00, 2);
    words[EEPROM_INIT_CONTROL2] = INIT_CONTROL2_VALUE;
    hvn_eeprom93xx_set_checksum(&self->eeprom, EEPROM_CHECKSUM, CHECKSUM);
}

/* what the device reads after each reset: the first receive address, which is valid then (13.5.3) */
void
hvn_e1000_eeprom_load(HvnE1000Nic *self)
{
    const guint16 *words = self->eeprom.words + EEPROM_MAC;

    hvn_e1000_set(self, E1000_RA, words[0] | (guint32)words[1] << 16);
    hvn_e1000_set(self, E1000_RA + 4, words[2] | E1000_RAH_AV);
    self->rx.filter_stale = TRUE;
}

guint32
hvn_e1000_eecd_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnE1000Nic *self = owner;

    value |= value & E1000_EECD_REQ ? E1000_EECD_GNT : 0;
    value |= hvn_eeprom93xx_get_data_out(&self->eeprom) ? E1000_EECD_DO : 0;
    return value;
}

void
hvn_e1000_eecd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;

    hvn_eeprom93xx_set_lines(&self->eeprom, (value & E1000_EECD_CS) != 0, (value & E1000_EECD_SK) != 0,
                             (value & E1000_EECD_DI) != 0);
}

/* 5.3.1: the address and START in one write; DONE and the data are there for the first read that follows */
void
hvn_e1000_eerd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;
    guint address = value >> E1000_EERD_ADDR_SHIFT & 0xff;

    if (!(value & E1000_EERD_START))
        return;
    value = (guint32)address << E1000_EERD_ADDR_SHIFT | E1000_EERD_DONE;
    value |= (guint32)(address < EEPROM_WORDS ? self->eeprom.words[address] : 0xffff) << E1000_EERD_DATA_SHIFT;
    hvn_e1000_set(self, reg->offset, value);
}
