/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A PHY with the register set of IEEE 802.3 clause 22: control, status, identifiers, advertisement, link partner, expansion, and the
 * 1000BASE-T pair 9 and 10; more are added by the model as plain rows. Auto-negotiation takes its time on the dispatcher's
 * clock. Embedded by value. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

#define HVN_MII_BMCR   0  /* 22.2.4.1 control */
#define HVN_MII_BMSR   1  /* 22.2.4.2 status */
#define HVN_MII_PHYID1 2  /* 22.2.4.3.1 */
#define HVN_MII_PHYID2 3  /* 22.2.4.3.1 */
#define HVN_MII_ANAR   4  /* 28.2.4.1.3 advertisement */
#define HVN_MII_ANLPAR 5  /* 28.2.4.1.4 link partner ability */
#define HVN_MII_ANER   6  /* 28.2.4.1.5 expansion */
#define HVN_MII_GBCR   9  /* 40.5.1 1000BASE-T control */
#define HVN_MII_GBSR   10 /* 40.5.1 1000BASE-T status */

#define HVN_MII_BMCR_RESET      0x8000
#define HVN_MII_BMCR_LOOPBACK   0x4000
#define HVN_MII_BMCR_SPEED100   0x2000
#define HVN_MII_BMCR_ANENABLE   0x1000
#define HVN_MII_BMCR_POWERDOWN  0x0800
#define HVN_MII_BMCR_ISOLATE    0x0400
#define HVN_MII_BMCR_ANRESTART  0x0200
#define HVN_MII_BMCR_FULLDUPLEX 0x0100
#define HVN_MII_BMCR_SPEED1000  0x0040

#define HVN_MII_BMSR_LINK       0x0004 /* latches low until it is read */
#define HVN_MII_BMSR_ANCAPABLE  0x0008
#define HVN_MII_BMSR_ANCOMPLETE 0x0020

#define HVN_MII_AUTONEG_NS (500 * HVN_NS_PER_MS)

typedef struct _HvnMiiPhy HvnMiiPhy;

/**
 * HvnMiiPhyChanged:
 * @self: the PHY
 * @link: whether the link is established now
 * @data: what was given to hvn_mii_phy_init()
 *
 * Link or auto-negotiation state changed.
 */
typedef void (*HvnMiiPhyChanged)(HvnMiiPhy *self, gboolean link, gpointer data);

/**
 * HvnMiiPhyIdentity:
 * @id1: register 2
 * @id2: register 3
 * @bmcr: control register after reset
 * @bmsr: abilities in the status register
 * @anar: advertisement after reset
 * @anlpar: what the link partner offers once negotiated
 * @gigabit: whether registers 9, 10 and 15 are there
 */
typedef struct {
    guint16  id1;
    guint16  id2;
    guint16  bmcr;
    guint16  bmsr;
    guint16  anar;
    guint16  anlpar;
    gboolean gigabit;
} HvnMiiPhyIdentity;

struct _HvnMiiPhy {
    guint16                  regs[32];
    guint16                  vendor_mask[32]; /* bits that a write stores in registers 16 to 31, set by the model */
    guint16                  vendor_reset[32];
    const HvnMiiPhyIdentity *identity;
    HvnTimer                 autoneg;
    gboolean                 carrier; /* a cable is plugged in: the link is up */
    gboolean                 cabled;  /* there was a cable once */
    gboolean                 link;    /* carrier, and negotiated or forced */
    gboolean                 link_latch_low;
    HvnMiiPhyChanged         changed;
    gpointer                 data;
};

/**
 * hvn_mii_phy_init:
 * @self: the PHY
 * @dispatcher: (transfer none): time of auto-negotiation
 * @identity: (transfer none): static storage
 * @changed: (nullable): told of changes
 * @data: (nullable): for @changed
 */
void
hvn_mii_phy_init(HvnMiiPhy *self, HvnDispatcher *dispatcher, const HvnMiiPhyIdentity *identity, HvnMiiPhyChanged changed, gpointer data);

/**
 * hvn_mii_phy_clear:
 * @self: the PHY
 */
void
hvn_mii_phy_clear(HvnMiiPhy *self);

/**
 * hvn_mii_phy_reset:
 * @self: the PHY
 * @negotiated: whether the link counts as negotiated already (as after power-on long ago); otherwise negotiation starts
 */
void
hvn_mii_phy_reset(HvnMiiPhy *self, gboolean negotiated);

/**
 * hvn_mii_phy_set_carrier:
 * @self: the PHY
 * @carrier: whether the cable is plugged in
 *
 * The link falls at once; it comes back after auto-negotiation, or at once when that is off.
 */
void
hvn_mii_phy_set_carrier(HvnMiiPhy *self, gboolean carrier);

/**
 * hvn_mii_phy_power_on:
 * @self: the PHY
 * @carrier: whether a cable is plugged in
 *
 * What RST# does: registers as after a reset, and the link, if there is a cable, negotiated long ago.
 */
void
hvn_mii_phy_power_on(HvnMiiPhy *self, gboolean carrier);

/**
 * hvn_mii_phy_plug:
 * @self: the PHY
 * @carrier: whether the cable is plugged in now
 *
 * As hvn_mii_phy_set_carrier(), but the first cable of all belongs to power-on: nobody watches a negotiation. What a driver has written
 * before it stays, and so does a PHY that it powered down or isolated.
 */
void
hvn_mii_phy_plug(HvnMiiPhy *self, gboolean carrier);

/**
 * hvn_mii_phy_read:
 * @self: the PHY
 * @reg: 0 to 31
 *
 * Returns: the value, with the side effects of a read
 */
guint16
hvn_mii_phy_read(HvnMiiPhy *self, guint reg);

/**
 * hvn_mii_phy_write:
 * @self: the PHY
 * @reg: 0 to 31
 * @value: what to write
 */
void
hvn_mii_phy_write(HvnMiiPhy *self, guint reg, guint16 value);

/**
 * hvn_mii_phy_get_speed:
 * @self: the PHY
 * @full_duplex: (out): whether both ends may send at once
 *
 * What the two ends agree on, or what the control register forces; whether there is a link or not.
 *
 * Returns: 10, 100 or 1000 Mbit/s
 */
guint
hvn_mii_phy_get_speed(const HvnMiiPhy *self, gboolean *full_duplex);

G_END_DECLS
