/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card: its state, by unit, and what the units offer each other. The object and its reset are in example-nic.c; the transmitter and the
 * receiver have files of their own. */
#pragma once

#include <hvn-irq-cause.h>
#include <hvn-nic.h>
#include <hvn-ring.h>

#include "example-nic-regs.h"

G_BEGIN_DECLS

#define EXAMPLE_NIC_TYPE (example_nic_get_type())
GType
example_nic_get_type(void);

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} ExampleNicClass;

typedef struct {
    HvnWork work;
    HvnRing ring;
    gboolean held; /* the peer took fewer than offered: wait for resume */
} ExampleNicTx;

typedef struct {
    HvnWork ready; /* there may be room again: tells the peer */
    HvnRing ring;
    guint64 dropped; /* frames that were ours and could not be stored */
} ExampleNicRx;

typedef struct {
    HvnNic       parent;
    HvnRegs      regs;
    HvnIrqCause  irq;
    ExampleNicTx tx;
    ExampleNicRx rx;
    HvnMac       mac;
} ExampleNic;

static inline gboolean
example_nic_is_on(const ExampleNic *self, guint32 bit)
{
    return (hvn_regs_get(&self->regs, EXAMPLE_NIC_CTRL) & bit) != 0;
}

/* takes over what the registers of a ring say; the head is the card's own. FALSE when there is no ring */
gboolean
example_nic_load_ring(ExampleNic *self, HvnRing *ring, guint32 registers);

/* moves the head behind so many descriptors, and shows it */
void
example_nic_advance_ring(ExampleNic *self, HvnRing *ring, guint32 registers, guint n);

/* -nic: registers that concern the whole card; all handlers have the signatures of hvn-regs.h */
void
example_nic_ctrl_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
example_nic_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
example_nic_isr_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
example_nic_isr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
example_nic_imr_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -tx */
gboolean
example_nic_tx_run(gpointer data);
void
example_nic_tx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
example_nic_tx_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -rx */
guint
example_nic_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
gboolean
example_nic_rx_say_ready(gpointer data);
void
example_nic_rx_doorbell(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
example_nic_rx_ring_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

G_END_DECLS
