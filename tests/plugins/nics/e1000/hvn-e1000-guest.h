/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the e1000: memory, a NIC with a fake port at the other end of its link, a clock that stands
 * still, and the few steps that every driver takes. */
#pragma once

#include "hvn-e1000-nic.h"
#include "hvn-test-frames.h"
#include "hvn-test-machine.h"

#define GUEST_RAM     (8u << 20)
#define GUEST_TX_RING 0x10000u
#define GUEST_RX_RING 0x20000u
#define GUEST_N_DESCS 64u
#define GUEST_TX_DATA 0x100000u
#define GUEST_RX_DATA 0x400000u
#define GUEST_RX_SIZE 2048u

typedef struct {
    HvnTestMachine machine;
    HvnE1000Nic *e1000;
    guint32 tdt;
    guint32 tx_data; /* next free byte of the transmit buffers */
} Guest;

/* (nullable) variant; the NIC is attached, enabled and idle, the link is up */
void
guest_setup(Guest *self, const char *variant);
void
guest_teardown(Guest *self);

guint32
guest_read(Guest *self, guint32 offset);
void
guest_write(Guest *self, guint32 offset, guint32 value);

/* rings of 64, buffers of 2048 bytes for the receiver, both units on; @rctl and @tctl are or'ed to EN (and BAM, SECRC) */
void
guest_up(Guest *self, guint32 rctl);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* copies bytes into a transmit buffer of their own; its address */
guint32
guest_put(Guest *self, gconstpointer data, gsize len);

/* puts one descriptor at the tail, without ringing */
void
guest_queue(Guest *self, guint64 address, guint32 lower, guint32 upper);
void
guest_queue_context(Guest *self, const HvnE1000TxContext *context);
/* writes TDT and runs */
void
guest_ring(Guest *self);

guint8 *
guest_tx_desc(Guest *self, guint n);
guint8 *
guest_rx_desc(Guest *self, guint n);

/* MDIC */
guint16
guest_phy_read(Guest *self, guint reg);
void
guest_phy_write(Guest *self, guint reg, guint16 value);

#define LEGACY(cmd) ((guint32)(cmd) << 24)
#define DATA(cmd)   ((guint32)((cmd) | E1000_TXD_CMD_DEXT) << 24 | 1u << 20)
#define SEND        (E1000_TXD_CMD_EOP | E1000_TXD_CMD_IFCS | E1000_TXD_CMD_RS)
