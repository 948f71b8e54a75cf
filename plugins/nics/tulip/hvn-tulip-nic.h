/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tulip NIC: its state, by unit, and what the units offer each other. The object and its reset are in hvn-tulip-nic.c; each unit has a
 * file of its own: -tx, -rx, -list, -filter, -irq, -rom, -mdio. */
#pragma once

#include "hvn-eeprom93xx.h"
#include "hvn-fcs.h"
#include "hvn-irq-cause.h"
#include "hvn-loopback.h"
#include "hvn-mac-filter.h"
#include "hvn-nic.h"
#include "hvn-rx-wait.h"
#include "hvn-tulip-list.h"
#include "hvn-tulip-mdio.h"

G_BEGIN_DECLS

#define HVN_TYPE_TULIP_NIC (hvn_tulip_nic_get_type())
GType
hvn_tulip_nic_get_type(void);

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} HvnTulipNicClass;

typedef struct {
    HvnWork  work;
    HvnTimer poll;     /* automatic polling, CSR0.TAP */
    guint32  current;  /* bus address of the descriptor that is looked at next */
    gboolean active;   /* looks at descriptors; otherwise suspended until a poll demand */
    gboolean quiet;    /* looks by itself: nothing is told when there is nothing */
    gboolean stopped;  /* by the jabber timer, until ST is set anew */
    gboolean held;     /* the peer took fewer than offered: wait for resume */
    guint64  dropped;  /* frames that could not be sent as the guest asked */
} HvnTulipTx;

typedef struct {
    HvnRxWait    wait;      /* frames wait for descriptors */
    guint32      current;   /* bus address of the descriptor that is filled next */
    gboolean     suspended; /* RU was told, and nothing stored since */
    HvnMacFilter filter;
    gboolean     inverse;      /* the list says what is not taken */
    gboolean     hash_only;    /* single addresses are hashed too */
    gboolean     filter_stale; /* CSR6 changed since the filter was filled */
    guint8       setup[TULIP_SETUP_LEN]; /* the last setup frame */
    guint64      closed;       /* frames taken while the receiver was off or the link down */
    guint64      dropped;      /* frames that passed the filter and could not be stored whole */
} HvnTulipRx;

/* interrupt mitigation in one direction */
typedef struct {
    HvnTimer timer;
    guint    n_frames; /* not told of yet */
} HvnTulipMitigation;

typedef struct {
    HvnIrqCause        cause;
    HvnTimer           timer; /* general-purpose, CSR11 */
    HvnTulipMitigation rx;
    HvnTulipMitigation tx;
} HvnTulipIrq;

typedef struct {
    HvnNic        parent;
    HvnRegs       regs;
    HvnTulipTx    tx;
    HvnTulipRx    rx;
    HvnTulipIrq   irq;
    gboolean      failed; /* a fatal bus error: no DMA until a reset */
    HvnLoopback   loop;
    HvnFcs        fcs;
    HvnEeprom93xx rom;
    HvnTulipMdio  mdio;
    HvnMiiPhy     phy;
    gboolean      ready; /* constructed: works and timers may be used */
} HvnTulipNic;

static inline guint32
hvn_tulip_get(const HvnTulipNic *self, guint32 offset)
{
    return hvn_regs_get(&self->regs, offset);
}

static inline void
hvn_tulip_set(HvnTulipNic *self, guint32 offset, guint32 value)
{
    hvn_regs_set(&self->regs, offset, value);
}

static inline gboolean
hvn_tulip_in_loopback(const HvnTulipNic *self)
{
    return (hvn_tulip_get(self, TULIP_CSR6) & TULIP_CSR6_OM) != 0;
}

/* -nic: registers that concern the whole device; all handlers have the signatures of hvn-regs.h */
gboolean
hvn_tulip_is_asleep(HvnTulipNic *self);
void
hvn_tulip_bus_error(HvnTulipNic *self, const char *what, guint32 address);
void
hvn_tulip_csr0_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_tulip_csr6_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -rom: the serial ROM, and CSR9, which has its pins and those of the MII */
void
hvn_tulip_rom_init(HvnTulipNic *self);
guint32
hvn_tulip_csr9_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_tulip_csr9_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -irq: CSR5, CSR7, CSR11 */
void
hvn_tulip_irq_init(HvnTulipNic *self);
void
hvn_tulip_irq_reset(HvnTulipNic *self);
void
hvn_tulip_irq_received(HvnTulipNic *self, guint n_frames);
void
hvn_tulip_irq_sent(HvnTulipNic *self, guint n_frames);
guint32
hvn_tulip_csr5_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_tulip_csr5_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_tulip_csr7_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_tulip_csr11_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_tulip_csr11_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -filter: setup frames, and which frames they let in */
typedef enum {
    TULIP_FILTER_PERFECT,
    TULIP_FILTER_HASH,
    TULIP_FILTER_INVERSE,
    TULIP_FILTER_HASH_ONLY,
} HvnTulipFilterMode;

void
hvn_tulip_filter_setup(HvnTulipNic *self, const guint8 *frame, HvnTulipFilterMode mode);
void
hvn_tulip_filter_reset(HvnTulipNic *self);
gboolean
hvn_tulip_filter_match(HvnTulipNic *self, const guint8 *address);

/* -tx */
gboolean
hvn_tulip_tx_run(gpointer data);
void
hvn_tulip_tx_resume(gpointer data);
void
hvn_tulip_tx_poll(gpointer data);
void
hvn_tulip_tx_arm(HvnTulipNic *self);
void
hvn_tulip_tx_demand(HvnTulipNic *self);
void
hvn_tulip_tx_reset(HvnTulipNic *self);
void
hvn_tulip_csr1_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_tulip_csr4_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -rx */
guint
hvn_tulip_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
guint
hvn_tulip_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames);
gboolean
hvn_tulip_rx_has_room(gpointer data);
void
hvn_tulip_rx_update(gpointer data);
void
hvn_tulip_rx_full(gpointer data);
void
hvn_tulip_rx_reset(HvnTulipNic *self);
void
hvn_tulip_csr2_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_tulip_csr3_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_tulip_csr8_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

G_END_DECLS
