/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial EEPROM 93C46 behind 9346CR (6.9), what the device loads from it, and the lock that 9346CR is for the registers that come
 * from there: IDR, CONFIG1, CONFIG3, CONFIG4 and three bits of BMCR change in mode 11 only. The contents outlive every reset. */
#include "hvn-bytes.h"
#include "hvn-rtl8139-nic.h"

#define EEPROM_WORDS 64

/* words of the map in chapter 7, by number */
#define EEPROM_ID               0x00
#define EEPROM_VENDOR           0x01
#define EEPROM_DEVICE           0x02
#define EEPROM_SUBSYSTEM_VENDOR 0x03
#define EEPROM_SUBSYSTEM        0x04
#define EEPROM_GNT_LAT          0x05 /* MNGNT, MXLAT */
#define EEPROM_MSRBMCR_CONFIG3  0x06
#define EEPROM_MAC              0x07 /* three words */
#define EEPROM_CONFIG0_CONFIG1  0x0a
#define EEPROM_PMC              0x0b
#define EEPROM_CONFIG4          0x0c /* high byte */
#define EEPROM_CONFIG5          0x0f /* high byte */
#define EEPROM_CHECKSUM         0x19

#define ID_VALUE      0x8129
#define MSRBMCR_VALUE 0x10 /* auto-negotiation */

#define PCI_STATUS            0x06
#define PCI_STATUS_CAPABILITY 0x10

void
hvn_rtl8139_eeprom_init(HvnRtl8139Nic *self)
{
    guint16 *words = self->eeprom.words;
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);
    HvnMac mac;

    hvn_eeprom93xx_init(&self->eeprom, EEPROM_WORDS);
    memset(words, 0, EEPROM_WORDS * sizeof *words);
    hvn_nic_get_mac(&self->parent, &mac);
    words[EEPROM_ID] = ID_VALUE;
    words[EEPROM_VENDOR] = hvn_pci_config_read(pci, 0x00, 2);
    words[EEPROM_DEVICE] = hvn_pci_config_read(pci, 0x02, 2);
    words[EEPROM_SUBSYSTEM_VENDOR] = hvn_pci_config_read(pci, 0x2c, 2);
    words[EEPROM_SUBSYSTEM] = hvn_pci_config_read(pci, 0x2e, 2);
    words[EEPROM_GNT_LAT] = hvn_pci_config_read(pci, 0x3e, 2);
    words[EEPROM_MSRBMCR_CONFIG3] = MSRBMCR_VALUE;
    for (guint i = 0; i < 3; i++)
        words[EEPROM_MAC + i] = hvn_load_le16(mac.addr + 2 * i);
    words[EEPROM_CONFIG0_CONFIG1] = (RTL8139_CONFIG1_MEMMAP | RTL8139_CONFIG1_IOMAP | RTL8139_CONFIG1_PMEN) << 8;
    words[EEPROM_PMC] = hvn_pci_config_read(pci, pci->pm_cap + 2u, 2);
    hvn_eeprom93xx_set_checksum(&self->eeprom, EEPROM_CHECKSUM, 0);
}

/* 6.11, PMEn: without it the capability list is not shown */
static void
hvn_rtl8139_eeprom_show_pm(HvnRtl8139Nic *self)
{
    HvnPciConfig *pci = hvn_nic_get_pci(&self->parent);

    if (hvn_rtl8139_get(self, RTL8139_CONFIG1) & RTL8139_CONFIG1_PMEN)
        pci->bytes[PCI_STATUS] |= PCI_STATUS_CAPABILITY;
    else
        pci->bytes[PCI_STATUS] &= ~PCI_STATUS_CAPABILITY;
}

/* what the device loads at power-on, and when 9346CR tells it to */
void
hvn_rtl8139_eeprom_load(HvnRtl8139Nic *self)
{
    const guint16 *words = self->eeprom.words;

    for (guint i = 0; i < HVN_MAC_LEN; i++)
        hvn_rtl8139_set(self, RTL8139_IDR + i, words[EEPROM_MAC + i / 2] >> 8 * (i % 2) & 0xff);
    hvn_rtl8139_set(self, RTL8139_CONFIG1,
                    words[EEPROM_CONFIG0_CONFIG1] >> 8 | RTL8139_CONFIG1_MEMMAP | RTL8139_CONFIG1_IOMAP);
    hvn_rtl8139_set(self, RTL8139_CONFIG3, words[EEPROM_MSRBMCR_CONFIG3] >> 8 & 0x70);
    hvn_rtl8139_set(self, RTL8139_CONFIG4, words[EEPROM_CONFIG4] >> 8 & 0xfd);
    hvn_rtl8139_set(self, RTL8139_CONFIG5, words[EEPROM_CONFIG5] >> 8 & 0x7f);
    hvn_rtl8139_eeprom_show_pm(self);
    self->rx.filter_stale = TRUE;
}

gboolean
hvn_rtl8139_config_is_open(const HvnRtl8139Nic *self)
{
    return (hvn_rtl8139_get(self, RTL8139_9346CR) & RTL8139_9346CR_EEM) == RTL8139_9346CR_EEM_CONFIG;
}

guint32
hvn_rtl8139_9346cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;

    if ((value & RTL8139_9346CR_EEM) == RTL8139_9346CR_EEM_PINS && hvn_eeprom93xx_get_data_out(&self->eeprom))
        value |= RTL8139_9346CR_EEDO;
    return value;
}

void
hvn_rtl8139_9346cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;
    gboolean pins = (value & RTL8139_9346CR_EEM) == RTL8139_9346CR_EEM_PINS;

    if ((value & RTL8139_9346CR_EEM) == RTL8139_9346CR_EEM_LOAD) {
        hvn_nic_reset(&self->parent, HVN_NIC_RESET_SOFTWARE); /* and back to mode 00 */
        hvn_rtl8139_eeprom_load(self);
        return;
    }
    hvn_eeprom93xx_set_lines(&self->eeprom, pins && (value & RTL8139_9346CR_EECS), pins && (value & RTL8139_9346CR_EESK),
                             pins && (value & RTL8139_9346CR_EEDI));
}

/* IDR and the CONFIG registers */
void
hvn_rtl8139_locked_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    if (!hvn_rtl8139_config_is_open(self))
        hvn_rtl8139_set(self, reg->offset + index, old);
    else if (reg->offset == RTL8139_IDR)
        self->rx.filter_stale = TRUE;
    else if (reg->offset == RTL8139_CONFIG1)
        hvn_rtl8139_eeprom_show_pm(self);
}
