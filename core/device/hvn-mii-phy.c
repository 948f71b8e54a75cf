/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A clause 22 PHY. Whatever changes carrier or control ends in hvn_mii_phy_update(), which decides what the link is, and starts or
 * ends auto-negotiation:
 *
 *   carrier, BMCR -> update: no carrier, powered down or isolated -> down
 *                            not negotiating                      -> up at once
 *                            negotiating                          -> timer -> partner's abilities, ANCOMPLETE, up
 */
#include "hvn-mii-phy.h"

#define HVN_MII_ESR 15 /* 22.2.4.4 extended status */

#define HVN_MII_BMCR_STORED   0x7dc0 /* all but the bits that clear themselves, the gigabit bit included */
#define HVN_MII_ANAR_STORED   0xbfff
#define HVN_MII_GBCR_STORED   0xff00
#define HVN_MII_GBCR_RESET    0x0300 /* offers 1000BASE-T, full and half duplex */
#define HVN_MII_GBCR_FULL     0x0200
#define HVN_MII_GBSR_RECEIVER 0x3000 /* local and remote receiver status */
#define HVN_MII_GBSR_PARTNER  0x0c00 /* the partner can do full and half duplex */
#define HVN_MII_ESR_VALUE     0x3000 /* 1000BASE-T, full and half duplex */
#define HVN_MII_ANER_PAGE_RX  0x0002 /* cleared by a read */
#define HVN_MII_ANER_LP_AN    0x0001
#define HVN_MII_FIRST_VENDOR  16

/* 28.2.4.1.3, in ANAR and ANLPAR alike */
#define HVN_MII_10_FULL  0x0040
#define HVN_MII_100      0x0180 /* half and full duplex */
#define HVN_MII_100_FULL 0x0100

static void
hvn_mii_phy_set_link(HvnMiiPhy *self, gboolean link)
{
    guint16 gbsr = HVN_MII_GBSR_RECEIVER;

    if (self->link && !link)
        self->link_latch_low = TRUE;
    self->link = link;
    if (self->regs[HVN_MII_BMSR] & HVN_MII_BMSR_ANCOMPLETE)
        gbsr |= HVN_MII_GBSR_PARTNER;
    self->regs[HVN_MII_GBSR] = link && self->identity->gigabit ? gbsr : 0;
}

static void
hvn_mii_phy_complete(HvnMiiPhy *self)
{
    self->regs[HVN_MII_BMSR] |= HVN_MII_BMSR_ANCOMPLETE;
    self->regs[HVN_MII_ANLPAR] = self->identity->anlpar;
    self->regs[HVN_MII_ANER] = HVN_MII_ANER_PAGE_RX | HVN_MII_ANER_LP_AN;
    hvn_mii_phy_set_link(self, TRUE);
}

/* forgets what was negotiated */
static void
hvn_mii_phy_forget(HvnMiiPhy *self)
{
    hvn_timer_cancel(&self->autoneg);
    self->regs[HVN_MII_BMSR] &= ~HVN_MII_BMSR_ANCOMPLETE;
    self->regs[HVN_MII_ANLPAR] = 0;
    self->regs[HVN_MII_ANER] = 0;
}

static void
hvn_mii_phy_update(HvnMiiPhy *self)
{
    guint16 bmcr = self->regs[HVN_MII_BMCR];

    if (!self->carrier || (bmcr & (HVN_MII_BMCR_POWERDOWN | HVN_MII_BMCR_ISOLATE)) != 0) {
        hvn_mii_phy_forget(self);
        hvn_mii_phy_set_link(self, FALSE);
    } else if ((bmcr & HVN_MII_BMCR_ANENABLE) == 0) {
        hvn_mii_phy_forget(self);
        hvn_mii_phy_set_link(self, TRUE);
    } else if ((self->regs[HVN_MII_BMSR] & HVN_MII_BMSR_ANCOMPLETE) == 0) {
        hvn_mii_phy_set_link(self, FALSE);
        if (!hvn_timer_is_armed(&self->autoneg))
            hvn_timer_arm_after(&self->autoneg, HVN_MII_AUTONEG_NS);
    }
}

/* tells of a change since @link and @status were read */
static void
hvn_mii_phy_tell(HvnMiiPhy *self, gboolean link, guint16 status)
{
    gboolean negotiated_too = ((self->regs[HVN_MII_BMSR] ^ status) & HVN_MII_BMSR_ANCOMPLETE) != 0;

    if (self->changed != NULL && (link != self->link || negotiated_too))
        self->changed(self, self->link, self->data);
}

static void
hvn_mii_phy_autoneg_ended(gpointer data)
{
    HvnMiiPhy *self = data;
    guint16 status = self->regs[HVN_MII_BMSR];
    gboolean link = self->link;

    hvn_mii_phy_complete(self);
    hvn_mii_phy_tell(self, link, status);
}

void
hvn_mii_phy_init(HvnMiiPhy *self, HvnDispatcher *dispatcher, const HvnMiiPhyIdentity *identity, HvnMiiPhyChanged changed, gpointer data)
{
    *self = (HvnMiiPhy){.identity = identity, .changed = changed, .data = data};
    hvn_timer_init(&self->autoneg, dispatcher, hvn_mii_phy_autoneg_ended, self);
    hvn_mii_phy_reset(self, FALSE);
}

void
hvn_mii_phy_clear(HvnMiiPhy *self)
{
    if (self->autoneg.dispatcher != NULL)
        hvn_timer_cancel(&self->autoneg);
}

static void
hvn_mii_phy_reset_registers(HvnMiiPhy *self)
{
    const HvnMiiPhyIdentity *identity = self->identity;

    for (guint i = 0; i < G_N_ELEMENTS(self->regs); i++)
        self->regs[i] = i < HVN_MII_FIRST_VENDOR ? 0 : self->vendor_reset[i];
    self->regs[HVN_MII_BMCR] = identity->bmcr & ~(HVN_MII_BMCR_RESET | HVN_MII_BMCR_ANRESTART);
    self->regs[HVN_MII_BMSR] = identity->bmsr & ~(HVN_MII_BMSR_LINK | HVN_MII_BMSR_ANCOMPLETE);
    self->regs[HVN_MII_PHYID1] = identity->id1;
    self->regs[HVN_MII_PHYID2] = identity->id2;
    self->regs[HVN_MII_ANAR] = identity->anar;
    if (identity->gigabit) {
        self->regs[HVN_MII_GBCR] = HVN_MII_GBCR_RESET;
        self->regs[HVN_MII_ESR] = HVN_MII_ESR_VALUE;
    }
}

void
hvn_mii_phy_reset(HvnMiiPhy *self, gboolean negotiated)
{
    guint16 status = self->regs[HVN_MII_BMSR];
    gboolean link = self->link;

    hvn_timer_cancel(&self->autoneg);
    hvn_mii_phy_reset_registers(self);
    if (negotiated && self->carrier && (self->regs[HVN_MII_BMCR] & HVN_MII_BMCR_ANENABLE) != 0)
        hvn_mii_phy_complete(self);
    hvn_mii_phy_update(self);
    if (negotiated)
        self->link_latch_low = FALSE;
    hvn_mii_phy_tell(self, link, status);
}

void
hvn_mii_phy_set_carrier(HvnMiiPhy *self, gboolean carrier)
{
    guint16 status = self->regs[HVN_MII_BMSR];
    gboolean link = self->link;

    if (self->carrier == carrier)
        return;
    self->carrier = carrier;
    hvn_mii_phy_update(self);
    hvn_mii_phy_tell(self, link, status);
}

void
hvn_mii_phy_power_on(HvnMiiPhy *self, gboolean carrier)
{
    self->cabled |= carrier;
    hvn_mii_phy_set_carrier(self, carrier);
    hvn_mii_phy_reset(self, TRUE);
}

void
hvn_mii_phy_plug(HvnMiiPhy *self, gboolean carrier)
{
    const guint16 control = HVN_MII_BMCR_ANENABLE | HVN_MII_BMCR_POWERDOWN | HVN_MII_BMCR_ISOLATE;
    guint16 status = self->regs[HVN_MII_BMSR];
    gboolean link = self->link;

    if (carrier && !self->cabled && (self->regs[HVN_MII_BMCR] & control) == HVN_MII_BMCR_ANENABLE) {
        self->carrier = TRUE;
        hvn_mii_phy_complete(self);
        hvn_mii_phy_tell(self, link, status);
    }
    self->cabled |= carrier;
    hvn_mii_phy_set_carrier(self, carrier);
}

guint16
hvn_mii_phy_read(HvnMiiPhy *self, guint reg)
{
    guint16 value;

    if (reg >= G_N_ELEMENTS(self->regs))
        return 0xffff;
    value = self->regs[reg];
    if (reg == HVN_MII_BMSR) {
        if (self->link && !self->link_latch_low)
            value |= HVN_MII_BMSR_LINK;
        self->link_latch_low = FALSE;
    } else if (reg == HVN_MII_ANER) {
        self->regs[HVN_MII_ANER] &= ~HVN_MII_ANER_PAGE_RX;
    }
    return value;
}

static void
hvn_mii_phy_write_control(HvnMiiPhy *self, guint16 value)
{
    guint16 status = self->regs[HVN_MII_BMSR];
    guint16 stored = HVN_MII_BMCR_STORED;
    gboolean link = self->link;

    if (value & HVN_MII_BMCR_RESET) {
        hvn_mii_phy_reset(self, FALSE);
        return;
    }
    if (!self->identity->gigabit)
        stored &= ~HVN_MII_BMCR_SPEED1000;
    self->regs[HVN_MII_BMCR] = value & stored;
    if (value & HVN_MII_BMCR_ANRESTART && value & HVN_MII_BMCR_ANENABLE)
        hvn_mii_phy_forget(self);
    hvn_mii_phy_update(self);
    hvn_mii_phy_tell(self, link, status);
}

void
hvn_mii_phy_write(HvnMiiPhy *self, guint reg, guint16 value)
{
    if (reg == HVN_MII_BMCR)
        hvn_mii_phy_write_control(self, value);
    else if (reg == HVN_MII_ANAR)
        self->regs[reg] = value & HVN_MII_ANAR_STORED;
    else if (reg == HVN_MII_GBCR && self->identity->gigabit)
        self->regs[reg] = value & HVN_MII_GBCR_STORED;
    else if (reg >= HVN_MII_FIRST_VENDOR && reg < G_N_ELEMENTS(self->regs))
        self->regs[reg] = (self->regs[reg] & ~self->vendor_mask[reg]) | (value & self->vendor_mask[reg]);
}

guint
hvn_mii_phy_get_speed(const HvnMiiPhy *self, gboolean *full_duplex)
{
    guint16 bmcr = self->regs[HVN_MII_BMCR], gbcr = self->regs[HVN_MII_GBCR];
    guint16 common = self->regs[HVN_MII_ANAR] & self->identity->anlpar;

    if (!(bmcr & HVN_MII_BMCR_ANENABLE)) {
        *full_duplex = (bmcr & HVN_MII_BMCR_FULLDUPLEX) != 0;
        if (bmcr & HVN_MII_BMCR_SPEED1000)
            return 1000;
        return bmcr & HVN_MII_BMCR_SPEED100 ? 100 : 10;
    }
    if (gbcr & HVN_MII_GBCR_RESET) {
        *full_duplex = (gbcr & HVN_MII_GBCR_FULL) != 0;
        return 1000;
    }
    *full_duplex = (common & (common & HVN_MII_100 ? HVN_MII_100_FULL : HVN_MII_10_FULL)) != 0;
    return common & HVN_MII_100 ? 100 : 10;
}
