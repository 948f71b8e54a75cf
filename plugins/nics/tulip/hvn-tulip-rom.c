/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial ROM, a 93C46 with the contents that "Digital Semiconductor 21X4 Serial ROM Format", version 4.05, gives a board with one 21143
 * and an MII PHY; and CSR9 (3.2.2.9), whose bits are the pins of the ROM and of the MII. The contents outlive every reset. */
#include "hvn-tulip-nic.h"

#define ROM_WORDS 64

/* bytes of the ROM */
#define ROM_SUBSYSTEM_VENDOR 0
#define ROM_SUBSYSTEM        2
#define ROM_ID_CRC           16
#define ROM_FORMAT           18
#define ROM_N_CONTROLLERS    19
#define ROM_MAC              20
#define ROM_LEAF_OFFSET      27 /* of the one controller, two bytes */
#define ROM_LEAF             30
#define ROM_CRC              126

/* the info leaf: which connection, how many blocks, and the block of type 3, a PHY on the MII. Drivers watch the link of such a board by the
 * PHY; Linux's never takes the carrier away on a board whose port is the chip's own */
static const guint8 rom_leaf[] = {
    0x00, 0x08,      /* the driver finds out what is connected */
    1,               /* blocks */
    0x80 | 13, 3, 0, /* length behind this byte, type, number of the PHY among those that are there */
    0, 0,            /* no sequence for the general-purpose port, none to reset the PHY */
    0x00, 0x78,      /* it can do 10 and 100 Mbit/s, each in half and full duplex */
    0xe0, 0x01,      /* and advertises them */
    0x00, 0x50,      /* full duplex: which of the four */
    0x00, 0x18,      /* TTM: which of the four are 10 Mbit/s */
    0,               /* no interrupt line */
};

/* CRC-8, x^8 + x^2 + x + 1, from ones, over words with the highest bit first: eight words, and the high byte of the ninth */
static guint8
hvn_tulip_rom_id_crc(const guint16 *words)
{
    guint8 crc = 0xff;

    for (guint i = 0; i < 8 * ROM_ID_CRC + 8; i++) {
        gboolean bit = words[i / 16] >> (15 - i % 16) & 1;

        crc = (guint8)(crc << 1) ^ (bit != crc >> 7 ? 0x07 : 0);
    }
    return crc;
}

void
hvn_tulip_rom_init(HvnTulipNic *self)
{
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);
    guint8 bytes[2 * ROM_WORDS] = {0};
    HvnMac mac;

    hvn_nic_get_mac(&self->parent, &mac);
    hvn_store_le16(bytes + ROM_SUBSYSTEM_VENDOR, hvn_pci_config_read(pci, 0x2c, 2));
    hvn_store_le16(bytes + ROM_SUBSYSTEM, hvn_pci_config_read(pci, 0x2e, 2));
    bytes[ROM_FORMAT] = 4;
    bytes[ROM_N_CONTROLLERS] = 1;
    memcpy(bytes + ROM_MAC, mac.addr, HVN_MAC_LEN);
    hvn_store_le16(bytes + ROM_LEAF_OFFSET, ROM_LEAF);
    memcpy(bytes + ROM_LEAF, rom_leaf, sizeof rom_leaf);
    hvn_eeprom93xx_init(&self->rom, ROM_WORDS);
    for (guint i = 0; i < ROM_WORDS; i++)
        self->rom.words[i] = hvn_load_le16(bytes + 2 * i);
    self->rom.words[ROM_ID_CRC / 2] = bytes[ROM_ID_CRC] = hvn_tulip_rom_id_crc(self->rom.words);
    self->rom.words[ROM_CRC / 2] = hvn_ether_crc32(bytes, ROM_CRC) & 0xffff;
}

guint32
hvn_tulip_csr9_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnTulipNic *self = owner;

    if (value & TULIP_CSR9_SR)
        value = (value & ~TULIP_CSR9_DO) | (hvn_eeprom93xx_get_data_out(&self->rom) ? TULIP_CSR9_DO : 0);
    return value | (hvn_tulip_mdio_get(&self->mdio) ? TULIP_CSR9_MDI : 0);
}

void
hvn_tulip_csr9_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;
    gboolean selected = (value & TULIP_CSR9_SR) != 0;

    hvn_eeprom93xx_set_lines(&self->rom, selected && (value & TULIP_CSR9_CS), selected && (value & TULIP_CSR9_SK),
                             selected && (value & TULIP_CSR9_DI));
    hvn_tulip_mdio_set_lines(&self->mdio, (value & TULIP_CSR9_MDC) != 0, (value & TULIP_CSR9_MII) || (value & TULIP_CSR9_MDO),
                             !(value & TULIP_CSR9_MII));
}
