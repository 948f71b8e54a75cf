/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pcnet NIC: its state, by unit, and what the units offer each other. The object, its reset and the I/O map are in hvn-pcnet-nic.c; each
 * unit has a file of its own: -csr (what CSRs do, and interrupts), -init, -bcr, -tx, -rx, -filter, -ring. */
#pragma once

#include "hvn-fcs.h"
#include "hvn-irq-cause.h"
#include "hvn-loopback.h"
#include "hvn-mac-filter.h"
#include "hvn-nic.h"
#include "hvn-rx-wait.h"
#include "hvn-pcnet-ring.h"

G_BEGIN_DECLS

#define HVN_TYPE_PCNET_NIC (hvn_pcnet_nic_get_type())
GType
hvn_pcnet_nic_get_type(void);

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *tables[PCNET_N_ROWS]; /* owned, for ever: types are static */
} HvnPcnetNicClass;

typedef struct {
    HvnWork  work;
    HvnTimer poll;     /* the next look at the ring without a demand, or the end of the patience with an unfinished frame */
    gint64   poll_ns;  /* to the next look: longer and longer while there is nothing */
    guint    index;    /* place in the ring that is looked at next */
    gboolean held;     /* the peer took fewer than offered: wait for resume */
    gboolean waiting;  /* a frame without its end was seen, and waits for the rest as long as the wire would */
    gboolean late;     /* it has waited so long */
    gboolean skipping; /* within a frame that is dropped: pass over descriptors up to its end */
    guint64  dropped;  /* frames that could not be sent as the guest asked */
} HvnPcnetTx;

typedef struct {
    HvnRxWait    wait;  /* nothing tells of receive descriptors */
    guint        index; /* place in the ring that is filled next */
    HvnMacFilter filter;
    gboolean     filter_stale; /* registers changed since the filter was filled */
    guint64      closed;       /* frames taken while the receiver was off */
    guint64      dropped;      /* frames that passed the filter and could not be stored */
} HvnPcnetRx;

typedef struct {
    HvnNic      parent;
    HvnRegs     wio;  /* the I/O map in word mode */
    HvnRegs     dwio; /* and in double word mode */
    HvnRegs     csrs; /* register n at PCNET_AT(n) */
    HvnRegs     bcrs;
    guint       rap;
    guint8      aprom[PCNET_APROM_SIZE];
    HvnIrqCause cause; /* events of CSR0, and above them those of CSR4 and CSR5 */
    HvnWork     init;  /* reads the initialization block */
    HvnPcnetTx  tx;
    HvnPcnetRx  rx;
    HvnLoopback loop;
    HvnFcs      fcs;
    gboolean    ready; /* constructed: works and timers may be used */
} HvnPcnetNic;

static inline guint32
hvn_pcnet_csr(const HvnPcnetNic *self, guint n)
{
    return hvn_regs_get(&self->csrs, PCNET_AT(n));
}

static inline void
hvn_pcnet_set_csr(HvnPcnetNic *self, guint n, guint32 value)
{
    hvn_regs_set(&self->csrs, PCNET_AT(n), value);
}

static inline guint32
hvn_pcnet_bcr(const HvnPcnetNic *self, guint n)
{
    return hvn_regs_get(&self->bcrs, PCNET_AT(n));
}

/* a pair of CSRs, low half first */
static inline guint32
hvn_pcnet_csr32(const HvnPcnetNic *self, guint n)
{
    return hvn_pcnet_csr(self, n) | hvn_pcnet_csr(self, n + 1) << 16;
}

/* BCR20: software style; what is not defined is as 0 */
static inline guint
hvn_pcnet_style(const HvnPcnetNic *self)
{
    guint style = hvn_pcnet_bcr(self, PCNET_BCR20) & PCNET_BCR20_STYLE;

    return style <= PCNET_STYLE_REORDER ? style : PCNET_STYLE_LANCE;
}

/* most CSRs may be written only while the device is stopped or suspended */
static inline gboolean
hvn_pcnet_is_idle(const HvnPcnetNic *self)
{
    return (hvn_pcnet_csr(self, PCNET_CSR0) & PCNET_CSR0_STOP) || (hvn_pcnet_csr(self, PCNET_CSR5) & PCNET_CSR5_SPND);
}

static inline gboolean
hvn_pcnet_in_loopback(const HvnPcnetNic *self)
{
    return (hvn_pcnet_csr(self, PCNET_CSR15) & PCNET_CSR15_LOOP) != 0;
}

/* in the link pass state, or told not to look */
static inline gboolean
hvn_pcnet_has_cable(HvnPcnetNic *self)
{
    return hvn_port_get_link_up((HvnPort *)self) || (hvn_pcnet_csr(self, PCNET_CSR15) & PCNET_CSR15_DLNKTST);
}

/* -nic: the I/O map; all handlers have the signatures of hvn-regs.h */
guint32
hvn_pcnet_aprom_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_aprom_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_rdp_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_rdp_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_rap_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_rap_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_bdp_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_bdp_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_reset_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -csr: start, stop, interrupts */
void
hvn_pcnet_csr_stop(HvnPcnetNic *self);
void
hvn_pcnet_csr_start(HvnPcnetNic *self);
void
hvn_pcnet_csr_bus_error(HvnPcnetNic *self);
void
hvn_pcnet_csr_raise(HvnPcnetNic *self, guint32 csr0, guint32 csr4, guint32 csr5);
void
hvn_pcnet_csr_count(HvnPcnetNic *self, guint csr, guint n, guint32 rolled_over);
guint32
hvn_pcnet_csr0_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_csr0_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_pcnet_csr3_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_csr4_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_csr4_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_csr5_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_csr5_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_pcnet_csr15_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_pcnet_csr124_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -init: the initialization block, rings, and the CSRs that tell of them */
gboolean
hvn_pcnet_init_run(gpointer data);
void
hvn_pcnet_init_ring(const HvnPcnetNic *self, HvnPcnetRing *ring, gboolean transmit);
guint32
hvn_pcnet_csr16_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_csr16_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_csr26_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_pcnet_csr32_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_pcnet_csr72_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_pcnet_csr74_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_pcnet_csr92_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -bcr: what BCRs do, the software style, link and chip ID */
guint32
hvn_pcnet_led_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_bcr20_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_csr58_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_pcnet_csr58_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_pcnet_csr88_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/* -filter */
guint32
hvn_pcnet_filter_match(HvnPcnetNic *self, const guint8 *address, gboolean *accept);
void
hvn_pcnet_filter_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -tx */
gboolean
hvn_pcnet_tx_run(gpointer data);
void
hvn_pcnet_tx_resume(gpointer data);
void
hvn_pcnet_tx_polled(gpointer data);
void
hvn_pcnet_tx_restart(HvnPcnetNic *self);

/* -rx */
guint
hvn_pcnet_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
guint
hvn_pcnet_rx_deliver_looped(gpointer data, const HvnFrame *frames, guint n_frames);
gboolean
hvn_pcnet_rx_has_room(gpointer data);
void
hvn_pcnet_rx_full(gpointer data);
void
hvn_pcnet_rx_look(gpointer data);
void
hvn_pcnet_rx_update(HvnPcnetNic *self);
void
hvn_pcnet_rx_restart(HvnPcnetNic *self);

G_END_DECLS
