/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the tulip: memory, a NIC with a fake port at the other end of its link, a clock that stands still, and the few steps
 * that every driver takes. */
#pragma once

#include "hvn-test-frames.h"
#include "hvn-test-machine.h"
#include "hvn-tulip-nic.h"

#define GUEST_RAM     (8u << 20)
#define GUEST_TX_RING 0x10000u
#define GUEST_RX_RING 0x20000u
#define GUEST_SETUP   0x30000u
#define GUEST_N_DESCS 32u
#define GUEST_TX_DATA 0x100000u
#define GUEST_RX_DATA 0x400000u
#define GUEST_RX_SIZE 1536u

#define WHOLE (TULIP_TDES1_FS | TULIP_TDES1_LS)
#define OWN   TULIP_DES0_OWN

typedef struct {
    HvnTestMachine machine;
    HvnTulipNic *tulip;
    guint tx;        /* transmit descriptors put so far */
    guint32 tx_data; /* next free byte of the transmit buffers */
} Guest;

/* the NIC is attached, enabled and idle, the link is up */
void
guest_setup(Guest *self);
void
guest_teardown(Guest *self);

guint32
guest_read(Guest *self, guint32 offset);
void
guest_write(Guest *self, guint32 offset, guint32 value);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* rings of 32 in both directions, both switched on, on the MII at 100 Mb/s; @csr6 is or'ed */
void
guest_up(Guest *self, guint32 csr6);

/* one descriptor, anywhere; OWN is stored last */
void
guest_store(Guest *self, guint32 address, guint32 status, guint32 control, guint32 buffer1, guint32 buffer2);
/* the first longword of one */
guint32
guest_status(Guest *self, guint32 address);

/* copies bytes into a transmit buffer of their own; its address */
guint32
guest_put(Guest *self, gconstpointer data, gsize len);

/* one descriptor more on the transmit ring, END where it belongs, without a poll demand; returns its address */
guint32
guest_queue(Guest *self, guint32 control, guint32 buffer1, guint32 buffer2);
/* a poll demand, and runs */
void
guest_demand(Guest *self);
/* sends a frame of one buffer */
guint32
guest_send(Guest *self, gconstpointer data, gsize len, guint32 control);

/* a setup frame of @mode; @addresses are of n stations, or for the hash modes the first is the station and the others are hashed */
void
guest_filter(Guest *self, HvnTulipFilterMode mode, const char *const *addresses);

/* address of receive descriptor @n */
guint32
guest_rx(guint n);
/* gives receive descriptor @n back */
void
guest_give(Guest *self, guint n);

/* a broadcast frame of @len bytes of a pattern from the other side; whether it was taken */
gboolean
guest_offer(Guest *self, gsize len);
/* one to an address; whether it came into receive descriptor @n, which is given back */
gboolean
guest_receives(Guest *self, const char *address, guint *n);
