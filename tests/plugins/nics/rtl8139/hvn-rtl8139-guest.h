/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the rtl8139: memory, a NIC with a fake port at the other end of its link, a clock that stands still, and the few
 * steps that every driver takes, in C mode and in C+ mode. */
#pragma once

#include "hvn-rtl8139-nic.h"
#include "hvn-test-frames.h"
#include "hvn-test-machine.h"

#define GUEST_RAM      (8u << 20)
#define GUEST_TX_RING  0x10000u
#define GUEST_TX_HIGH  0x11000u
#define GUEST_RX_RING  0x20000u
#define GUEST_N_DESCS  64u
#define GUEST_RX_BYTES 0x40000u /* the ring of C mode */
#define GUEST_TX_DATA  0x100000u
#define GUEST_RX_DATA  0x400000u
#define GUEST_RX_SIZE  1536u

/* what a driver writes to send one frame of one descriptor in C+ mode */
#define SEND (RTL8139_DESC_OWN | RTL8139_DESC_FS | RTL8139_DESC_LS)
#define FIRST (RTL8139_DESC_OWN | RTL8139_DESC_FS)
#define LAST (RTL8139_DESC_OWN | RTL8139_DESC_LS)

typedef struct {
    HvnTestMachine machine;
    HvnRtl8139Nic *rtl8139;
    guint tx;        /* C+ descriptors put so far */
    guint32 tx_data; /* next free byte of the transmit buffers */
} Guest;

/* (nullable) revision; the NIC is attached, enabled and idle, the link is up */
void
guest_setup(Guest *self, const char *revision);
void
guest_teardown(Guest *self);

guint32
guest_read(Guest *self, guint32 offset, guint size);
void
guest_write(Guest *self, guint32 offset, guint32 value, guint size);

/* 9346CR: opens or closes the configuration registers */
void
guest_unlock(Guest *self, gboolean open);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* C mode, with a ring of 8 KiB; @rcr is or'ed to APM, AM, AB and WRAP */
void
guest_up(Guest *self, guint32 rcr);
/* C+ mode, with rings of 64; @cpcr is or'ed to both enable bits */
void
guest_up_cplus(Guest *self, guint32 cpcr);

/* copies bytes into a transmit buffer of their own; its address */
guint32
guest_put(Guest *self, gconstpointer data, gsize len);

/* C mode: descriptor @slot sends bytes */
void
guest_send(Guest *self, guint slot, gconstpointer data, gsize len);

/* C+ mode: one descriptor more on the normal ring, EOR where it belongs, without a poll */
void
guest_queue(Guest *self, guint64 address, guint32 command, guint32 vlan);
/* polls the normal ring, and runs */
void
guest_poll(Guest *self);

guint8 *
guest_tx_desc(Guest *self, guint n);
guint8 *
guest_rx_desc(Guest *self, guint n);
/* gives receive descriptor @n back */
void
guest_give(Guest *self, guint n);

/* a broadcast frame of @len bytes of a pattern from the other side; whether it was taken */
gboolean
guest_offer(Guest *self, gsize len);
