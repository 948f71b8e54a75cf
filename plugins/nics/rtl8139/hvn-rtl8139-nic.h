/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rtl8139 NIC: its state, by unit, and what the units offer each other. The object and its reset are in hvn-rtl8139-nic.c; each
 * unit has a file of its own: -tx and -rx (C mode, and what both modes share), -cplus-tx, -cplus-rx, -offload, -ring, -irq,
 * -filter, -stats, -eeprom, -phy. */
#pragma once

#include "hvn-eeprom93xx.h"
#include "hvn-fcs.h"
#include "hvn-irq-cause.h"
#include "hvn-loopback.h"
#include "hvn-mac-filter.h"
#include "hvn-mii-phy.h"
#include "hvn-nic.h"
#include "hvn-rx-wait.h"
#include "hvn-rtl8139-desc.h"
#include "hvn-rtl8139-ring.h"

G_BEGIN_DECLS

#define HVN_TYPE_RTL8139_NIC (hvn_rtl8139_nic_get_type())
GType
hvn_rtl8139_nic_get_type(void);

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} HvnRtl8139NicClass;

typedef enum {
    RTL8139_QUEUE_NORMAL,
    RTL8139_QUEUE_HIGH,
    RTL8139_N_QUEUES,
} HvnRtl8139Queue;

typedef struct {
    HvnWork  work;
    guint    next;                        /* C mode: descriptor that is looked at next, 0 to 3 */
    guint    index[RTL8139_N_QUEUES];     /* C+ mode: the same in each ring, 0 to 63 */
    gboolean polled[RTL8139_N_QUEUES];    /* C+ mode: the driver asked to look at the ring */
    gboolean skipping[RTL8139_N_QUEUES];  /* within a frame that is dropped: pass over descriptors up to its end */
    gboolean held;                        /* the peer took fewer than offered: wait for resume */
    guint64  dropped;                     /* frames that could not be sent as the guest asked */
} HvnRtl8139Tx;

typedef struct {
    HvnRxWait    wait;  /* frames wait for room */
    guint        index; /* C+ mode: descriptor that is filled next, 0 to 63 */
    HvnMacFilter filter;
    gboolean     filter_stale; /* registers changed since the filter was filled */
    guint64      closed;       /* frames taken while the receiver was off or the link down */
    guint64      dropped;      /* frames that passed the filter and could not be stored */
} HvnRtl8139Rx;

typedef struct {
    HvnIrqCause cause;
    HvnTimer    timer;    /* when TCTR reaches TimerInt */
    gint64      start_ns; /* when TCTR was 0 */
} HvnRtl8139Irq;

typedef struct {
    HvnNic          parent;
    char           *revision_name; /* owned; as configured */
    gboolean        is_cplus;      /* the chip is the 8139C+ */
    HvnRegs         regs;
    HvnRtl8139Tx    tx;
    HvnRtl8139Rx    rx;
    HvnRtl8139Irq   irq;
    HvnRtl8139Tally tally;
    HvnWork         dump; /* of the tally counters */
    HvnLoopback     loop;
    HvnFcs          fcs;
    HvnEeprom93xx   eeprom;
    HvnMiiPhy       phy;
    gboolean        ready;  /* constructed: works and timers may be used */
} HvnRtl8139Nic;

static inline guint32
hvn_rtl8139_get(const HvnRtl8139Nic *self, guint32 offset)
{
    return hvn_regs_get(&self->regs, offset);
}

static inline void
hvn_rtl8139_set(HvnRtl8139Nic *self, guint32 offset, guint32 value)
{
    hvn_regs_set(&self->regs, offset, value);
}

/* 6.33: each direction is switched to C+ mode by its own bit */
static inline gboolean
hvn_rtl8139_tx_is_cplus(const HvnRtl8139Nic *self)
{
    return (hvn_rtl8139_get(self, RTL8139_CPCR) & RTL8139_CPCR_TX) != 0;
}

static inline gboolean
hvn_rtl8139_rx_is_cplus(const HvnRtl8139Nic *self)
{
    return (hvn_rtl8139_get(self, RTL8139_CPCR) & RTL8139_CPCR_RX) != 0;
}

/* 6.7: both bits of LBK */
static inline gboolean
hvn_rtl8139_in_loopback(const HvnRtl8139Nic *self)
{
    return (hvn_rtl8139_get(self, RTL8139_TCR) & RTL8139_TCR_LBK) == RTL8139_TCR_LBK;
}

/* a pair of registers, low half first */
static inline guint64
hvn_rtl8139_get64(const HvnRtl8139Nic *self, guint32 offset)
{
    return hvn_rtl8139_get(self, offset) | (guint64)hvn_rtl8139_get(self, offset + 4) << 32;
}

/* -nic: registers that concern the whole device; all handlers have the signatures of hvn-regs.h */
guint32
hvn_rtl8139_cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_cpcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_rerid_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -eeprom: 9346CR and what it locks */
void
hvn_rtl8139_eeprom_init(HvnRtl8139Nic *self);
void
hvn_rtl8139_eeprom_load(HvnRtl8139Nic *self);
gboolean
hvn_rtl8139_config_is_open(const HvnRtl8139Nic *self);
guint32
hvn_rtl8139_9346cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_9346cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_locked_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -phy: MII registers, link */
void
hvn_rtl8139_phy_init(HvnRtl8139Nic *self);
guint32
hvn_rtl8139_mii_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_mii_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_msr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_rtl8139_cscr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -irq: IMR, ISR, and the timer */
void
hvn_rtl8139_irq_init(HvnRtl8139Nic *self);
void
hvn_rtl8139_irq_reset(HvnRtl8139Nic *self);
void
hvn_rtl8139_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_tctr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_tctr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_timerint_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -filter */
HvnMacMatch
hvn_rtl8139_filter_match(HvnRtl8139Nic *self, const guint8 *address, gboolean *physical);
void
hvn_rtl8139_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -stats: tally counters and MPC */
gboolean
hvn_rtl8139_stats_dump(gpointer data);
void
hvn_rtl8139_stats_received(HvnRtl8139Nic *self, HvnMacMatch match, gboolean physical);
void
hvn_rtl8139_stats_missed(HvnRtl8139Nic *self);
void
hvn_rtl8139_mpc_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -tx: the work of both modes; C mode */
gboolean
hvn_rtl8139_tx_run(gpointer data);
void
hvn_rtl8139_tx_resume(gpointer data);
guint
hvn_rtl8139_tx_send(HvnRtl8139Nic *self, const HvnFrame *frames, guint n_frames);
guint32
hvn_rtl8139_tsd_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_tsd_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_tsad_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_tsall_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_rtl8139_tcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_tcr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -cplus-tx */
gboolean
hvn_rtl8139_cplus_tx_run(HvnRtl8139Nic *self, HvnRtl8139Queue queue);
void
hvn_rtl8139_tppoll_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_rtl8139_tppoll_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -rx: the way in of both modes; C mode */
#define RTL8139_RX_FRAME_MAX 4096 /* 6.1: longer frames are no frames, FCS included */

guint
hvn_rtl8139_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
guint
hvn_rtl8139_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames);
gboolean
hvn_rtl8139_rx_accept(HvnRtl8139Nic *self, const HvnFrame *frame, const guint8 *head, HvnMacMatch *match, gboolean *physical);
void
hvn_rtl8139_rx_store_fcs(HvnRtl8139Nic *self, const HvnFrame *frame, guint8 *fcs);
void
hvn_rtl8139_rx_full(gpointer data);
gboolean
hvn_rtl8139_rx_has_room(gpointer data);
void
hvn_rtl8139_rx_look(gpointer data);
void
hvn_rtl8139_rx_remind(HvnRtl8139Nic *self);
void
hvn_rtl8139_rx_update(HvnRtl8139Nic *self);
void
hvn_rtl8139_rx_restart(HvnRtl8139Nic *self);
gboolean
hvn_rtl8139_rx_is_empty(const HvnRtl8139Nic *self);
void
hvn_rtl8139_rbstart_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_capr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_rtl8139_rcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -cplus-rx */
guint
hvn_rtl8139_cplus_rx_deliver(HvnRtl8139Nic *self, const HvnFrame *frames, guint n_frames);
gboolean
hvn_rtl8139_cplus_rx_has_room(HvnRtl8139Nic *self);
void
hvn_rtl8139_rdsar_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

G_END_DECLS
