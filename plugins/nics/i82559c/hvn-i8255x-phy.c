/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 82555 PHY, or the one inside the chip, at address 1 behind MDI control (6.3.5), and what else tells of the link: general status, and
 * PMDR on chips with power management. None of them interrupts: drivers look. */
#include "hvn-i8255x-nic.h"

#define PHY_ADDRESS     1
#define PHY_STATUS      16 /* of the 82555: speed and duplex */
#define PHY_STATUS_FULL 0x0001
#define PHY_STATUS_100  0x0002

static const HvnMiiPhyIdentity i8255x_phy = {
    .id1 = 0x02a8,
    .id2 = 0x0154,
    .bmcr = HVN_MII_BMCR_SPEED100 | HVN_MII_BMCR_ANENABLE | HVN_MII_BMCR_FULLDUPLEX,
    .bmsr = 0x7809,   /* 10 and 100 Mbit/s in half and full duplex, auto-negotiation, extended registers */
    .anar = 0x05e1,   /* all of these, and PAUSE */
    .anlpar = 0x45e1, /* the same from the other side, acknowledged */
};

static void
hvn_i8255x_phy_changed(HvnMiiPhy *phy, gboolean link, gpointer data)
{
    HvnI8255xNic *self = data;

    if (!self->ready)
        return;
    if (!self->variant->is_82557)
        hvn_i8255x_set(self, I8255X_PMDR, hvn_i8255x_get(self, I8255X_PMDR) | I8255X_PMDR_LINK);
    if (link)
        hvn_work_schedule(&self->cu.work);
    hvn_i8255x_rx_update(self); /* a closed receiver owes nothing */
}

void
hvn_i8255x_phy_init(HvnI8255xNic *self)
{
    hvn_mii_phy_init(&self->phy, hvn_port_get_dispatcher((HvnPort *)self), &i8255x_phy, hvn_i8255x_phy_changed, self);
}

static guint16
hvn_i8255x_phy_read(HvnI8255xNic *self, guint reg)
{
    gboolean full_duplex;
    guint speed;

    if (reg != PHY_STATUS)
        return hvn_mii_phy_read(&self->phy, reg);
    speed = hvn_mii_phy_get_speed(&self->phy, &full_duplex);
    return (full_duplex ? PHY_STATUS_FULL : 0) | (speed == 100 ? PHY_STATUS_100 : 0);
}

/* done at once, so READY is always set; nobody drives the lines for another address */
void
hvn_i8255x_mdi_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnI8255xNic *self = owner;
    guint number = value >> I8255X_MDI_REG_SHIFT & 0x1f;
    gboolean here = (value >> I8255X_MDI_PHY_SHIFT & 0x1f) == PHY_ADDRESS;

    if (value & I8255X_MDI_READ) {
        value |= I8255X_MDI_DATA;
        if (here)
            value = (value & ~I8255X_MDI_DATA) | hvn_i8255x_phy_read(self, number);
    } else if ((value & I8255X_MDI_WRITE) && here) {
        hvn_mii_phy_write(&self->phy, number, value & I8255X_MDI_DATA);
        hvn_i8255x_rx_update(self); /* of loopback there is no other word */
    }
    hvn_i8255x_set(self, I8255X_MDI, value | I8255X_MDI_READY);
    if (value & I8255X_MDI_INTERRUPT)
        hvn_irq_cause_raise(&self->irq, I8255X_ACK_MDI);
}

guint32
hvn_i8255x_general_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnI8255xNic *self = owner;
    gboolean full_duplex;

    value = self->phy.link ? I8255X_STATUS_LINK : 0;
    value |= hvn_mii_phy_get_speed(&self->phy, &full_duplex) == 100 ? I8255X_STATUS_100 : 0;
    return value | (full_duplex ? I8255X_STATUS_FULL : 0);
}
