/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PHY inside the chip: the MII registers 0, 1, 4, 5 and 6 as registers of the device (6.18 to 6.22), and what else tells of the link:
 * MSR (6.12), CSCR (6.27), DIS (6.23), and the interrupt that PUN shares. */
#include "hvn-rtl8139-nic.h"

static const HvnMiiPhyIdentity rtl8139_phy = {
    .bmcr = HVN_MII_BMCR_SPEED100 | HVN_MII_BMCR_ANENABLE | HVN_MII_BMCR_FULLDUPLEX,
    .bmsr = 0x7809,   /* 10 and 100 Mbit/s in half and full duplex, auto-negotiation, extended registers */
    .anar = 0x05e1,   /* all of these, and PAUSE */
    .anlpar = 0x45e1, /* the same from the other side, acknowledged */
};

static void
hvn_rtl8139_phy_changed(HvnMiiPhy *phy, gboolean link, gpointer data)
{
    HvnRtl8139Nic *self = data;

    if (!self->ready)
        return;
    hvn_rtl8139_set(self, RTL8139_CSCR, hvn_rtl8139_get(self, RTL8139_CSCR) | RTL8139_CSCR_LINK_CHG);
    if (!link)
        hvn_rtl8139_set(self, RTL8139_DIS, (hvn_rtl8139_get(self, RTL8139_DIS) + 1) & 0xffff);
    hvn_irq_cause_raise(&self->irq.cause, RTL8139_ISR_PUN);
    if (link)
        hvn_work_schedule(&self->tx.work);
    hvn_rtl8139_rx_update(self); /* a closed receiver owes nothing */
}

void
hvn_rtl8139_phy_init(HvnRtl8139Nic *self)
{
    hvn_mii_phy_init(&self->phy, hvn_port_get_dispatcher((HvnPort *)self), &rtl8139_phy, hvn_rtl8139_phy_changed, self);
}

static guint
hvn_rtl8139_phy_number(const HvnReg *reg)
{
    switch (reg->offset) {
    case RTL8139_BMCR:
        return HVN_MII_BMCR;
    case RTL8139_BMSR:
        return HVN_MII_BMSR;
    case RTL8139_ANAR:
        return HVN_MII_ANAR;
    case RTL8139_ANLPAR:
        return HVN_MII_ANLPAR;
    default:
        return HVN_MII_ANER;
    }
}

guint32
hvn_rtl8139_mii_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;

    return hvn_mii_phy_read(&self->phy, hvn_rtl8139_phy_number(reg));
}

/* the PHY keeps the values; 6.9 locks the bits of BMCR that are configuration */
void
hvn_rtl8139_mii_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnRtl8139Nic *self = owner;

    hvn_rtl8139_set(self, reg->offset, 0);
    if (reg->offset == RTL8139_BMCR && !hvn_rtl8139_config_is_open(self))
        value = (value & ~RTL8139_BMCR_LOCKED) | (self->phy.regs[HVN_MII_BMCR] & RTL8139_BMCR_LOCKED);
    hvn_mii_phy_write(&self->phy, hvn_rtl8139_phy_number(reg), value);
}

guint32
hvn_rtl8139_msr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;
    gboolean full_duplex;

    value |= self->phy.link ? 0 : RTL8139_MSR_LINKB;
    value |= hvn_mii_phy_get_speed(&self->phy, &full_duplex) == 10 ? RTL8139_MSR_SPEED_10 : 0;
    return value;
}

guint32
hvn_rtl8139_cscr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnRtl8139Nic *self = owner;

    hvn_rtl8139_set(self, RTL8139_CSCR, value & ~RTL8139_CSCR_LINK_CHG); /* told once */
    return value | (self->phy.link ? RTL8139_CSCR_CON_STATUS | RTL8139_CSCR_LINK_OK : 0);
}
