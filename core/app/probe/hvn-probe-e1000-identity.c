/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the probe's driver for the Intel 8254x reads at start: the EEPROM by both of its interfaces, the receive address that
 * the reset loaded from it, and the PHY over MDIC. They have to agree with each other. */
#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-mii-phy.h"
#include "hvn-probe-e1000.h"

#define PHY_ADDRESS 1

/* 5.3.1: one bit of the microwire interface: data, clock up, clock down */
static guint
hvn_probe_e1000_microwire_bit(HvnProbeE1000 *self, guint32 lines, gboolean bit)
{
    guint32 level = lines | (bit ? E1000_EECD_DI : 0);
    guint32 data;

    hvn_probe_e1000_write(self, E1000_EECD, level);
    hvn_probe_e1000_write(self, E1000_EECD, level | E1000_EECD_SK);
    data = hvn_probe_e1000_read(self, E1000_EECD);
    hvn_probe_e1000_write(self, E1000_EECD, level);
    return (data & E1000_EECD_DO) != 0;
}

/* 5.3.1: start bit, opcode 10 (read), six address bits, then sixteen data bits */
static gboolean
hvn_probe_e1000_microwire_read(HvnProbeE1000 *self, guint word, guint16 *value, GError **error)
{
    guint32 idle = hvn_probe_e1000_read(self, E1000_EECD) & ~(E1000_EECD_SK | E1000_EECD_CS | E1000_EECD_DI);
    guint32 lines = idle | E1000_EECD_REQ, granted;
    guint command = 6u << 6 | word;

    hvn_probe_e1000_write(self, E1000_EECD, lines);
    if (!hvn_probe_e1000_poll(self, E1000_EECD, E1000_EECD_GNT, E1000_EECD_GNT, &granted, error))
        return FALSE;
    lines |= E1000_EECD_CS;
    hvn_probe_e1000_write(self, E1000_EECD, lines);
    for (gint bit = 8; bit >= 0; bit--)
        hvn_probe_e1000_microwire_bit(self, lines, (command >> bit) & 1);
    *value = 0;
    for (guint bit = 0; bit < 16; bit++)
        *value = (guint16)(*value << 1 | hvn_probe_e1000_microwire_bit(self, lines, FALSE));
    hvn_probe_e1000_write(self, E1000_EECD, idle | E1000_EECD_REQ);
    hvn_probe_e1000_write(self, E1000_EECD, idle & ~E1000_EECD_REQ);
    return TRUE;
}

/* 13.4.4 */
static gboolean
hvn_probe_e1000_eerd_read(HvnProbeE1000 *self, guint word, guint16 *value, GError **error)
{
    guint32 eerd;

    hvn_probe_e1000_write(self, E1000_EERD, word << E1000_EERD_ADDR_SHIFT | E1000_EERD_START);
    if (!hvn_probe_e1000_poll(self, E1000_EERD, E1000_EERD_DONE, E1000_EERD_DONE, &eerd, error))
        return FALSE;
    *value = (guint16)(eerd >> E1000_EERD_DATA_SHIFT);
    return TRUE;
}

/* the sum over EERD; the address through the microwire interface as well, which must agree */
static gboolean
hvn_probe_e1000_check_eeprom(HvnProbeE1000 *self, GError **error)
{
    guint16 words[E1000_EEPROM_WORDS], sum = 0;

    for (guint i = 0; i < E1000_EEPROM_WORDS; i++) {
        if (!hvn_probe_e1000_eerd_read(self, i, &words[i], error))
            return FALSE;
        sum = (guint16)(sum + words[i]);
    }
    self->parent.facts.eeprom_sum = sum;
    if (sum != E1000_EEPROM_SUM) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "EEPROM sum is 0x%04x, expected 0x%04x", sum, E1000_EEPROM_SUM);
        return FALSE;
    }
    for (guint i = 0; i < HVN_MAC_LEN / 2; i++) {
        guint16 serial;

        if (!hvn_probe_e1000_microwire_read(self, i, &serial, error))
            return FALSE;
        if (serial != words[i]) {
            g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "EEPROM word %u reads 0x%04x by EERD and 0x%04x by EECD", i, words[i],
                        serial);
            return FALSE;
        }
        hvn_store_le16(self->parent.facts.mac.addr + 2 * i, words[i]);
    }
    return TRUE;
}

/* 13.5.2, 13.5.3: the receive address was loaded from the EEPROM by the reset */
static gboolean
hvn_probe_e1000_check_address(HvnProbeE1000 *self, GError **error)
{
    guint32 low = hvn_probe_e1000_read(self, E1000_RAL0), high = hvn_probe_e1000_read(self, E1000_RAH0);
    const guint8 *mac = self->parent.facts.mac.addr;

    if (low == hvn_load_le32(mac) && (high & 0xffff) == hvn_load_le16(mac + 4) && (high & E1000_RAH_AV) != 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "RAL is 0x%08x and RAH 0x%08x, which is not the address in the EEPROM", low,
                high);
    return FALSE;
}

/* 13.4.7 */
static gboolean
hvn_probe_e1000_phy_read(HvnProbeE1000 *self, guint reg, guint16 *value, GError **error)
{
    guint32 mdic;

    hvn_probe_e1000_write(self, E1000_MDIC,
                          E1000_MDIC_OP_READ | PHY_ADDRESS << E1000_MDIC_PHY_SHIFT | reg << E1000_MDIC_REG_SHIFT);
    if (!hvn_probe_e1000_poll(self, E1000_MDIC, E1000_MDIC_READY, E1000_MDIC_READY, &mdic, error))
        return FALSE;
    if ((mdic & E1000_MDIC_ERROR) != 0) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "MDIC reports an error for PHY %u register %u", PHY_ADDRESS, reg);
        return FALSE;
    }
    *value = (guint16)mdic;
    return TRUE;
}

static gboolean
hvn_probe_e1000_check_phy(HvnProbeE1000 *self, GError **error)
{
    guint16 high, low;

    if (!hvn_probe_e1000_phy_read(self, HVN_MII_PHYID1, &high, error) ||
        !hvn_probe_e1000_phy_read(self, HVN_MII_PHYID2, &low, error))
        return FALSE;
    self->parent.facts.phy_id = (guint32)high << 16 | low;
    if (high != 0 && high != 0xffff)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no PHY at address %u: identifier 0x%08x", PHY_ADDRESS,
                self->parent.facts.phy_id);
    return FALSE;
}

gboolean
hvn_probe_e1000_identify(HvnProbeE1000 *self, GError **error)
{
    return hvn_probe_e1000_check_eeprom(self, error) && hvn_probe_e1000_check_address(self, error) &&
           hvn_probe_e1000_check_phy(self, error);
}
