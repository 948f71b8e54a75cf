/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two wires of the MII's management (IEEE 802.3, 22.2.4.5), which drivers move by hand, and the one PHY behind them, at address 1. A read
 * of another address finds nobody who drives the wire: ones. */
#pragma once

#include "hvn-mii-phy.h"

G_BEGIN_DECLS

#define HVN_TULIP_PHY_ADDRESS 1

typedef struct {
    HvnMiiPhy *phy; /* not owned */
    gboolean   clock;
    gboolean   out; /* level that the PHY drives; high when it drives none */
    guint      phase;
    guint      n_bits;
    guint      n_ones; /* in a row: 32 of them begin anew */
    guint32    shift;
    guint16    data; /* being read */
    gboolean   ours; /* addressed to the PHY */
    guint      reg;
} HvnTulipMdio;

void
hvn_tulip_mdio_init(HvnTulipMdio *self, HvnMiiPhy *phy);

/* between frames */
void
hvn_tulip_mdio_reset(HvnTulipMdio *self);

/* levels of MDC and MDIO, and whether the station drives MDIO; bits are taken on the rise of MDC */
void
hvn_tulip_mdio_set_lines(HvnTulipMdio *self, gboolean clock, gboolean data, gboolean driven);

/* level of MDIO as the station reads it */
gboolean
hvn_tulip_mdio_get(const HvnTulipMdio *self);

G_END_DECLS
