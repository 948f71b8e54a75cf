/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 8390 with an NE2000 around it: its state, by unit, and what the units offer each other. The two cards, hvn-ne2k-pci.c and
 * hvn-ne2k-isa.c, are objects that begin with it. Each unit has a file of its own: -core (registers that concern the whole device, pages, reset),
 * -memory, -dma, -tx, -rx, -irq, -filter, -stats, -eeprom. */
#pragma once

#include "hvn-eeprom93xx.h"
#include "hvn-fcs.h"
#include "hvn-irq-cause.h"
#include "hvn-mac-filter.h"
#include "hvn-ne2k-memory.h"
#include "hvn-ne2k-regs.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

#define NE2K_FIFO_SIZE 8
#define NE2K_N_TALLIES 3

/* remote DMA, 10.7; the values of RD in CR */
typedef enum {
    NE2K_DMA_NONE = 0,
    NE2K_DMA_READ = NE2K_CR_RD_READ,
    NE2K_DMA_WRITE = NE2K_CR_RD_WRITE,
    NE2K_DMA_SEND = NE2K_CR_RD_SEND,
} HvnNe2kDmaMode;

typedef struct {
    HvnNe2kDmaMode mode;
    guint16        address; /* CRDA */
    guint16        left;    /* bytes until it is complete */
    guint8         next;    /* page of the packet behind the one that the send command takes */
} HvnNe2kDma;

typedef struct {
    HvnWork  work;
    gboolean held;    /* the peer did not take the frame: wait for resume */
    guint8   status;  /* TSR */
    guint64  dropped; /* frames that were none, or lay outside of packet memory */
    guint64  lost;    /* frames sent without a cable */
    guint8   fifo[NE2K_FIFO_SIZE]; /* the end of what was looped back, 12 */
    guint    fifo_next;            /* byte that FIFO reads next */
} HvnNe2kTx;

typedef struct {
    HvnWork      ready;  /* there may be room again: tells the peer */
    HvnTimer     remind; /* sets PRX again while packets are unread */
    guint8       status; /* RSR */
    gboolean     overflowed; /* 10.3, RST: until packets are removed */
    HvnMacFilter filter;
    gboolean     filter_stale; /* registers changed since the filter was filled */
    guint64      closed;       /* frames taken while the receiver was off, looped back, or the link down */
    guint64      dropped;      /* frames that passed the filter and could never be stored */
} HvnNe2kRx;

/* what a card's object begins with */
typedef struct {
    HvnNic        parent;
    gboolean      is_8029; /* has page 3, and its IDs */
    HvnRegs       regs;
    gboolean      started; /* STA was written since STP */
    guint16       local;   /* CLDA */
    HvnNe2kMemory memory;
    HvnNe2kDma    dma;
    HvnNe2kTx     tx;
    HvnNe2kRx     rx;
    HvnIrqCause   irq;
    guint8        tallies[NE2K_N_TALLIES]; /* alignment errors, CRC errors, missed packets */
    HvnFcs        fcs;
    HvnEeprom93xx eeprom; /* of the 8029 */
    gboolean      made;   /* constructed: works and timers may be used */
} HvnNe2kNic;

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} HvnNe2kNicClass;

static inline guint8
hvn_ne2k_get(const HvnNe2kNic *self, guint32 offset)
{
    return (guint8)hvn_regs_get(&self->regs, offset);
}

static inline void
hvn_ne2k_set(HvnNe2kNic *self, guint32 offset, guint32 value)
{
    hvn_regs_set(&self->regs, offset, value);
}

/* a pair of registers, low half first */
static inline guint16
hvn_ne2k_get16(const HvnNe2kNic *self, guint32 offset)
{
    return hvn_ne2k_get(self, offset) | hvn_ne2k_get(self, offset + 1) << 8;
}

/* 10.3, TCR: any of the three loopback modes */
static inline gboolean
hvn_ne2k_in_loopback(const HvnNe2kNic *self)
{
    return (hvn_ne2k_get(self, NE2K_TCR) & NE2K_TCR_LB) != 0;
}

/* -core: for the cards */
void
hvn_ne2k_class_init(HvnNe2kNicClass *klass, gboolean is_8029);
void
hvn_ne2k_init(HvnNe2kNic *self, gboolean is_8029);
void
hvn_ne2k_dispose(HvnNe2kNic *self);
void
hvn_ne2k_finalize(HvnNe2kNic *self);

/* -core: registers that concern the whole device; all handlers have the signatures of hvn-regs.h */
void
hvn_ne2k_cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_ne2k_tcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_ne2k_clda_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_reset_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_written_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -dma: remote DMA and the data port */
void
hvn_ne2k_dma_start(HvnNe2kNic *self, guint8 mode);
guint32
hvn_ne2k_dma_read(HvnNe2kNic *self, guint size);
void
hvn_ne2k_dma_write(HvnNe2kNic *self, guint32 value, guint size);
guint32
hvn_ne2k_crda_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_ne2k_rsar_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_ne2k_rbcr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -tx */
gboolean
hvn_ne2k_tx_run(gpointer data);
void
hvn_ne2k_tx_start(HvnNe2kNic *self);
void
hvn_ne2k_tx_resume(HvnPort *port);
guint32
hvn_ne2k_tsr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_ncr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_fifo_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -rx */
guint
hvn_ne2k_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
gboolean
hvn_ne2k_rx_tell_ready(gpointer data);
void
hvn_ne2k_rx_reminded(gpointer data);
void
hvn_ne2k_rx_remind(HvnNe2kNic *self);
void
hvn_ne2k_rx_update(HvnNe2kNic *self);
void
hvn_ne2k_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_ne2k_bnry_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_ne2k_rsr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -irq: ISR and IMR */
guint32
hvn_ne2k_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_ne2k_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_ne2k_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -filter */
HvnMacMatch
hvn_ne2k_filter_match(HvnNe2kNic *self, const guint8 *address);
void
hvn_ne2k_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -stats: tally counters */
void
hvn_ne2k_stats_missed(HvnNe2kNic *self);
guint32
hvn_ne2k_cntr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -eeprom: the address PROM of both cards; 9346CR and what it locks, and the IDs, of the 8029 */
void
hvn_ne2k_eeprom_init(HvnNe2kNic *self);
void
hvn_ne2k_eeprom_load(HvnNe2kNic *self);
guint32
hvn_ne2k_9346cr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_ne2k_9346cr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_ne2k_locked_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_ne2k_config0_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_8029id_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_ne2k_8029asid_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

G_END_DECLS
