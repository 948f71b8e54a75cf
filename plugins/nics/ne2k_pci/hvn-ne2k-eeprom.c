/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the station address comes from. An NE2000 has it in a PROM, which drivers read by remote DMA from address 0. The 8029 shows the same, loaded from
 * a serial EEPROM 93C46 behind 9346CR, with CONFIG2 and CONFIG3, which 9346CR also locks. The contents of the EEPROM outlive every reset. */
#include "hvn-bytes.h"
#include "hvn-ne2k-core.h"

#define EEPROM_WORDS  64
#define EEPROM_CONFIG 0 /* CONFIG2, CONFIG3 */
#define EEPROM_MAC    1 /* three words */

void
hvn_ne2k_eeprom_init(HvnNe2kNic *self)
{
    guint16 *words = self->eeprom.words;
    HvnMac mac;

    hvn_eeprom93xx_init(&self->eeprom, EEPROM_WORDS);
    hvn_nic_get_mac(&self->parent, &mac);
    words[EEPROM_CONFIG] = 0;
    for (guint i = 0; i < 3; i++)
        words[EEPROM_MAC + i] = hvn_load_le16(mac.addr + 2 * i);
}

/* at power-on, and when 9346CR tells it to */
void
hvn_ne2k_eeprom_load(HvnNe2kNic *self)
{
    const guint16 *words = self->eeprom.words;
    HvnMac mac;

    for (guint i = 0; i < HVN_MAC_LEN; i++)
        mac.addr[i] = words[EEPROM_MAC + i / 2] >> 8 * (i % 2) & 0xff;
    hvn_ne2k_memory_set_mac(&self->memory, &mac);
    if (!self->is_8029)
        return;
    hvn_ne2k_set(self, NE2K_CONFIG2, words[EEPROM_CONFIG] & NE2K_CONFIG2_ALL);
    hvn_ne2k_set(self, NE2K_CONFIG3, words[EEPROM_CONFIG] >> 8 & NE2K_CONFIG3_ALL);
}

/* ---- page 3 ---- */

guint32
hvn_ne2k_9346cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;
    gboolean high = (value & NE2K_9346CR_EEM) == NE2K_9346CR_EEM_PINS && hvn_eeprom93xx_get_data_out(&self->eeprom);

    return value | (high ? NE2K_9346CR_EEDO : 0);
}

void
hvn_ne2k_9346cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;
    gboolean pins = (value & NE2K_9346CR_EEM) == NE2K_9346CR_EEM_PINS;

    hvn_eeprom93xx_set_lines(&self->eeprom, pins && (value & NE2K_9346CR_EECS), pins && (value & NE2K_9346CR_EESK),
                             pins && (value & NE2K_9346CR_EEDI));
    if ((value & NE2K_9346CR_EEM) != NE2K_9346CR_EEM_LOAD)
        return;
    hvn_ne2k_eeprom_load(self);
    hvn_ne2k_set(self, NE2K_9346CR, 0);
}

/* CONFIG2 and CONFIG3 change in mode 11 only */
void
hvn_ne2k_locked_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnNe2kNic *self = owner;

    if ((hvn_ne2k_get(self, NE2K_9346CR) & NE2K_9346CR_EEM) != NE2K_9346CR_EEM_CONFIG)
        hvn_ne2k_set(self, reg->offset, old);
}

/* the one place where the guest sees the link: without it on the twisted pair, the chip turns to the thin cable */
guint32
hvn_ne2k_config0_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnNe2kNic *self = owner;
    guint8 media = hvn_ne2k_get(self, NE2K_CONFIG2) & NE2K_CONFIG2_PL;
    gboolean thin = media == NE2K_CONFIG2_PL_BNC || (media == NE2K_CONFIG2_PL_AUTO && !hvn_port_get_link_up((HvnPort *)self));

    return thin ? NE2K_CONFIG0_BNC : 0;
}

/* "PC" where the count of remote DMA is written */
guint32
hvn_ne2k_8029id_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    static const guint8 id[] = {0x50, 0x43};

    return ((HvnNe2kNic *)owner)->is_8029 ? id[index] : 0xff;
}

guint32
hvn_ne2k_8029asid_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    static const guint8 id[] = {0x29, 0x80};

    return id[index];
}
