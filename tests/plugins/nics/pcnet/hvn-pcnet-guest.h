/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the pcnet: memory, a NIC with a fake port at the other end of its link, a clock that stands still, and the few
 * steps that every driver takes, in each software style. */
#pragma once

#include "hvn-pcnet-nic.h"
#include "hvn-test-frames.h"
#include "hvn-test-machine.h"

#define GUEST_RAM     (8u << 20)
#define GUEST_INIT    0x8000u
#define GUEST_TX_RING 0x10000u
#define GUEST_RX_RING 0x20000u
#define GUEST_N_DESCS 16u /* in each ring */
#define GUEST_TX_DATA 0x100000u
#define GUEST_RX_DATA 0x400000u
#define GUEST_RX_SIZE 1536u

/* what a driver writes to send one frame of one descriptor */
#define SEND (PCNET_DESC_OWN | PCNET_DESC_STP | PCNET_DESC_ENP)

#define RUNNING (PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_TXON | PCNET_CSR0_RXON)

typedef struct {
    HvnTestMachine machine;
    HvnPcnetNic *pcnet;
    guint style;
    guint tx;        /* descriptors put so far */
    guint32 tx_data; /* next free byte of the transmit buffers */
} Guest;

/* the NIC is attached, enabled and idle, the link is up; @style goes to BCR20 */
void
guest_setup(Guest *self, guint style);
void
guest_teardown(Guest *self);

/* word mode, as long as nothing has switched the NIC to the other */
guint32
guest_csr(Guest *self, guint n);
void
guest_set_csr(Guest *self, guint n, guint32 value);
guint32
guest_bcr(Guest *self, guint n);
void
guest_set_bcr(Guest *self, guint n, guint32 value);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* writes an initialization block with rings of @rlen and @tlen (powers of two), and everything in LADRF */
void
guest_write_init(Guest *self, guint16 mode, guint rlen, guint tlen);
/* rings of 16, receive descriptors given, INIT and STRT; afterwards CSR0's events are clear */
void
guest_up(Guest *self, guint16 mode);

/* writes descriptor @n of the ring at @ring in the layout of the style; all fields as style 2 has them */
void
guest_put_desc(Guest *self, guint32 ring, guint n, guint32 address, guint32 status, guint32 rest, gsize len);
guint32
guest_status(Guest *self, guint32 ring, guint n);
guint32
guest_rest(Guest *self, guint32 ring, guint n, gboolean transmit);

/* gives receive descriptor @n */
void
guest_give(Guest *self, guint n);

/* copies bytes into a transmit buffer of their own; its address */
guint32
guest_put(Guest *self, gconstpointer data, gsize len);
/* one descriptor more on the transmit ring, without TDMD */
void
guest_queue(Guest *self, gconstpointer data, gsize len, guint32 status);
/* TDMD, and runs */
void
guest_demand(Guest *self);

/* a broadcast frame of @len bytes of a pattern from the other side; whether it was taken */
gboolean
guest_offer(Guest *self, gsize len);
