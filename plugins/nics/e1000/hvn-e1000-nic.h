/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The e1000 NIC: its state, by unit, and what the units offer each other. The object and its reset are in
 * hvn-e1000-nic.c; each unit has a file of its own: -tx, -rx, -irq, -filter, -stats, -eeprom, -phy. */
#pragma once

#include "hvn-e1000-desc.h"
#include "hvn-e1000-regs.h"
#include "hvn-eeprom93xx.h"
#include "hvn-fcs.h"
#include "hvn-irq-cause.h"
#include "hvn-loopback.h"
#include "hvn-mac-filter.h"
#include "hvn-mii-phy.h"
#include "hvn-nic.h"
#include "hvn-ring.h"

G_BEGIN_DECLS

#define HVN_TYPE_E1000_NIC (hvn_e1000_nic_get_type())
GType
hvn_e1000_nic_get_type(void);

/**
 * HvnE1000Variant:
 * @name: what configurations call it; the first of the table is the default
 * @device: PCI device ID
 * @phy: identity of its PHY
 * @has_txd_low: whether it knows the cause TXD_LOW
 */
typedef struct {
    const char *name;
    guint16 device;
    const HvnMiiPhyIdentity *phy;
    gboolean has_txd_low;
} HvnE1000Variant;

typedef struct {
    HvnNicClass parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} HvnE1000NicClass;

typedef struct {
    HvnRing ring;
    HvnWork work;
    HvnE1000TxContext contexts[2]; /* 3.3.5: [0] the normal one, [1] the one for TCP segmentation */
    gboolean held;                 /* the peer took fewer than offered: wait for resume */
    gboolean skipping;             /* within a frame that is dropped: pass over descriptors up to its end */
    guint64 dropped;               /* frames that could not be sent as the guest asked */
} HvnE1000Tx;

typedef struct {
    HvnRing ring;
    HvnWork ready; /* there may be room again: tells the peer */
    HvnMacFilter filter;
    gboolean filter_stale; /* registers changed since the filter was filled */
    guint64 closed;        /* frames taken while the receiver was off or the link down */
    guint64 dropped;       /* frames that passed the filter and could not be stored */
} HvnE1000Rx;

typedef struct {
    HvnIrqCause cause;
    HvnTimer rdtr;
    HvnTimer radv;
    HvnTimer tidv;
    HvnTimer tadv;
} HvnE1000Irq;

typedef struct {
    HvnNic parent;
    const HvnE1000Variant *variant;
    HvnRegs regs;
    guint32 ioaddr; /* 13.2.2.1 */
    HvnE1000Tx tx;
    HvnE1000Rx rx;
    HvnE1000Irq irq;
    HvnLoopback loop;
    HvnFcs crc;
    HvnEeprom93xx eeprom;
    HvnMiiPhy phy;
    gboolean ready;   /* constructed: works and timers may be used */
    gboolean link_up; /* STATUS.LU as the guest saw it last */
} HvnE1000Nic;

static inline guint32
hvn_e1000_get(const HvnE1000Nic *self, guint32 offset)
{
    return hvn_regs_get(&self->regs, offset);
}

static inline void
hvn_e1000_set(HvnE1000Nic *self, guint32 offset, guint32 value)
{
    hvn_regs_set(&self->regs, offset, value);
}

/* -nic: control, status, link */
guint32
hvn_e1000_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_e1000_ctrl_dup_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_e1000_ctrl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_ctrl_ext_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_pba_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_link_update(HvnE1000Nic *self);
gboolean
hvn_e1000_in_loopback(const HvnE1000Nic *self);

/* -eeprom */
void
hvn_e1000_eeprom_init(HvnE1000Nic *self);
void
hvn_e1000_eeprom_load(HvnE1000Nic *self);
guint32
hvn_e1000_eecd_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_e1000_eecd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_eerd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -phy */
extern const HvnMiiPhyIdentity hvn_e1000_phy_m88e1011;
extern const HvnMiiPhyIdentity hvn_e1000_phy_m88e1000;
void
hvn_e1000_phy_init(HvnE1000Nic *self);
void
hvn_e1000_mdic_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -irq */
void
hvn_e1000_irq_init(HvnE1000Nic *self);
void
hvn_e1000_irq_reset(HvnE1000Nic *self);
void
hvn_e1000_irq_received(HvnE1000Nic *self, guint32 causes);
void
hvn_e1000_irq_transmitted(HvnE1000Nic *self, gboolean at_once, gboolean delayed, guint32 causes);
guint32
hvn_e1000_icr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_e1000_icr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_itr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_e1000_ics_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_e1000_ics_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_e1000_ims_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_e1000_ims_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_imc_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_rdtr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -filter */
HvnMacMatch
hvn_e1000_filter_match(HvnE1000Nic *self, const guint8 *head, gsize head_len, gboolean *tagged);
void
hvn_e1000_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -stats */
typedef struct {
    guint32 sizes[E1000_N_SIZES];
    guint32 packets;
    guint32 multicast;
    guint32 broadcast;
    guint64 octets;
} HvnE1000Totals;

void
hvn_e1000_totals_add(HvnE1000Totals *self, gsize len, guint32 n);
void
hvn_e1000_stats_add(HvnE1000Nic *self, guint32 offset, guint32 n);
void
hvn_e1000_stats_received(HvnE1000Nic *self, const HvnE1000Totals *totals);
void
hvn_e1000_stats_transmitted(HvnE1000Nic *self, const HvnE1000Totals *totals);
void
hvn_e1000_stats_arrived(HvnE1000Nic *self, const HvnE1000Totals *totals);
guint32
hvn_e1000_stats_high_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -tx */
gboolean
hvn_e1000_tx_run(gpointer data);
void
hvn_e1000_tx_looped(gpointer data);
void
hvn_e1000_tx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -rx */
guint
hvn_e1000_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
guint
hvn_e1000_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames);
gboolean
hvn_e1000_rx_tell_ready(gpointer data);
void
hvn_e1000_rx_update(HvnE1000Nic *self);
void
hvn_e1000_rctl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_e1000_rx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

G_END_DECLS
