/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the 8390 on either card: a NIC with a fake port at the other end of its link, a clock that stands still, and the few steps that
 * every driver takes, all through the ports. */
#pragma once

#include "hvn-bytes.h"
#include "hvn-ne2k-core.h"
#include "hvn-test-machine.h"

#define GUEST_TX_PAGE 0x40u
#define GUEST_FIRST   0x46u /* of the ring, up to the end of packet memory */
#define GUEST_N_PAGES (NE2K_RAM_END - GUEST_FIRST)

#define START (NE2K_CR_STA | NE2K_CR_RD_ABORT)
#define STOP  (NE2K_CR_STP | NE2K_CR_RD_ABORT)

typedef struct {
    HvnTestMachine machine;
    HvnNe2kNic    *ne2k;
    guint          next; /* page of the packet that the driver takes next */
} Guest;

/* the NIC is attached and stopped, the link is up */
void
guest_setup(Guest *self, GType type);
void
guest_teardown(Guest *self);

guint32
guest_in(Guest *self, guint port, guint size);
void
guest_out(Guest *self, guint port, guint32 value, guint size);

/* a register of another page; leaves page 0 shown, remote DMA ended */
guint8
guest_get(Guest *self, guint32 offset);
void
guest_set(Guest *self, guint32 offset, guint8 value);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* as Linux sets it up: words, a ring up to the end of packet memory, BNRY the page before; @rcr is or'ed to broadcast and multicast */
void
guest_up(Guest *self, guint8 rcr);

/* remote DMA, complete when it returns */
void
guest_read(Guest *self, guint16 address, gpointer bytes, guint16 len);
void
guest_write(Guest *self, guint16 address, gconstpointer bytes, guint16 len);

/* puts bytes into the transmit buffer and says TXP */
void
guest_send(Guest *self, gconstpointer bytes, guint16 len);

/* a broadcast frame of @len bytes of a pattern from the other side; whether it was taken */
gboolean
guest_offer(Guest *self, gsize len);

/* takes the next packet, checks that it is such a frame of @len bytes, and gives its pages back */
void
guest_take(Guest *self, gsize len);

/* whether there is one */
gboolean
guest_has_packet(Guest *self);
