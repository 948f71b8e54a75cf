/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PHY behind MDIC (13.4.7): an M88E1011 (M88E1000 in the 82544GC), which is an HvnMiiPhy with the vendor registers
 * 16 to 30 that drivers set up and read: specific control and status, extended control, error counter, LED control, and
 * the paged pair 29 and 30. An access is over by the time the write to MDIC returns. */
#include "hvn-e1000-nic.h"

#define M88_PSCON  16 /* PHY specific control */
#define M88_PSSTAT 17 /* PHY specific status */
#define M88_EPSCON 20 /* extended PHY specific control */

#define M88_PSCON_RESET  0x0068 /* automatic MDI crossover */
#define M88_EPSCON_RESET 0x0d60
#define M88_LED_RESET    0x4100

#define M88_PSSTAT_SPEED_100  0x4000
#define M88_PSSTAT_SPEED_1000 0x8000
#define M88_PSSTAT_DUPLEX     0x2000
#define M88_PSSTAT_RESOLVED   0x0800
#define M88_PSSTAT_LINK       0x0400

#define PHY_BMCR  (HVN_MII_BMCR_ANENABLE | HVN_MII_BMCR_FULLDUPLEX | HVN_MII_BMCR_SPEED1000)
#define PHY_BMSR  0x7949 /* 10 and 100 in both duplexes, extended status, preamble suppression, negotiation, extended registers */
#define PHY_ANAR  0x0de1 /* 10 and 100 in both duplexes, PAUSE in both directions */
#define PHY_OFFER 0x41e1 /* acknowledged; 10 and 100 in both duplexes, no PAUSE */

const HvnMiiPhyIdentity hvn_e1000_phy_m88e1011 = {
    .id1 = 0x0141,
    .id2 = 0x0c20,
    .bmcr = PHY_BMCR,
    .bmsr = PHY_BMSR,
    .anar = PHY_ANAR,
    .anlpar = PHY_OFFER,
    .gigabit = TRUE,
};

const HvnMiiPhyIdentity hvn_e1000_phy_m88e1000 = {
    .id1 = 0x0141,
    .id2 = 0x0c30,
    .bmcr = PHY_BMCR,
    .bmsr = PHY_BMSR,
    .anar = PHY_ANAR,
    .anlpar = PHY_OFFER,
    .gigabit = TRUE,
};

static void
hvn_e1000_phy_changed(HvnMiiPhy *phy, gboolean link, gpointer data)
{
    HvnE1000Nic *self = data;

    if (self->ready)
        hvn_e1000_link_update(self);
}

void
hvn_e1000_phy_init(HvnE1000Nic *self)
{
    static const guint8 stored[] = {M88_PSCON, 18, M88_EPSCON, 22, 24, 25, 26, 27, 28, 29, 30};

    hvn_mii_phy_init(&self->phy, hvn_port_get_dispatcher((HvnPort *)self), self->variant->phy, hvn_e1000_phy_changed, self);
    for (guint i = 0; i < G_N_ELEMENTS(stored); i++)
        self->phy.vendor_mask[stored[i]] = 0xffff;
    self->phy.vendor_reset[M88_PSCON] = M88_PSCON_RESET;
    self->phy.vendor_reset[M88_EPSCON] = M88_EPSCON_RESET;
    self->phy.vendor_reset[24] = M88_LED_RESET;
}

static guint16
hvn_e1000_phy_status(const HvnE1000Nic *self)
{
    gboolean full_duplex;
    guint speed = hvn_mii_phy_get_speed(&self->phy, &full_duplex);
    guint16 value = full_duplex ? M88_PSSTAT_DUPLEX : 0;

    if (!self->phy.link)
        return 0;
    if (speed != 10)
        value |= speed == 1000 ? M88_PSSTAT_SPEED_1000 : M88_PSSTAT_SPEED_100;
    return value | M88_PSSTAT_RESOLVED | M88_PSSTAT_LINK;
}

void
hvn_e1000_mdic_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnE1000Nic *self = owner;
    guint phy = value >> E1000_MDIC_PHYADD_SHIFT & 0x1f;
    guint address = value >> E1000_MDIC_REGADD_SHIFT & 0x1f;
    guint32 op = value & (E1000_MDIC_OP_READ | E1000_MDIC_OP_WRITE);

    value &= ~(E1000_MDIC_R | E1000_MDIC_E);
    if (phy != E1000_MDIC_PHY || (op != E1000_MDIC_OP_READ && op != E1000_MDIC_OP_WRITE)) {
        value |= E1000_MDIC_E;
    } else if (op == E1000_MDIC_OP_WRITE) {
        hvn_mii_phy_write(&self->phy, address, value & E1000_MDIC_DATA);
        hvn_e1000_link_update(self); /* loopback and forced modes count at once */
    } else {
        guint16 data = hvn_mii_phy_read(&self->phy, address);

        value = (value & ~E1000_MDIC_DATA) | (address == M88_PSSTAT ? hvn_e1000_phy_status(self) : data);
    }
    hvn_e1000_set(self, E1000_MDIC, value | E1000_MDIC_R);
    if (value & E1000_MDIC_I)
        hvn_irq_cause_raise(&self->irq.cause, E1000_ICR_MDAC);
}
