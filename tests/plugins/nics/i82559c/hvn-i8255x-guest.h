/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest for tests of the i8255x: memory, a NIC with a fake port at the other end of its link, a clock that stands still, and the few steps
 * that every driver takes: command blocks and receive frame descriptors at known places, each linked to the next. */
#pragma once

#include "hvn-i8255x-nic.h"
#include "hvn-test-frames.h"
#include "hvn-test-machine.h"

#define GUEST_RAM     (8u << 20)
#define GUEST_CBS     0x10000u /* 64 of 2 KiB */
#define GUEST_RFDS    0x100000u
#define GUEST_SLOT    0x800u
#define GUEST_N       64u
#define GUEST_RX_SIZE 1536u
#define GUEST_DATA    0x200000u
#define GUEST_STATS   0x300000u

#define EL I8255X_CB_EL
#define S I8255X_CB_S
#define I I8255X_CB_I
#define SF I8255X_CB_SF
#define DONE (I8255X_CB_C | I8255X_CB_OK)

typedef struct {
    HvnTestMachine machine;
    HvnI8255xNic *i8255x;
} Guest;

/* (nullable) variant; the NIC is attached, enabled and idle, the link is up */
void
guest_setup(Guest *self, const char *variant);
void
guest_teardown(Guest *self);

guint32
guest_read(Guest *self, guint32 offset, guint size);
void
guest_write(Guest *self, guint32 offset, guint32 value, guint size);

/* lets the dispatcher do what is marked, without time passing */
void
guest_run(Guest *self);

/* writes the general pointer and then a command of either unit, and runs */
void
guest_order(Guest *self, guint32 pointer, guint command);

guint32
guest_cb_address(guint n);
guint8 *
guest_cb(Guest *self, guint n);
/* command block @n, which is linked to the next one; its data is zero */
guint8 *
guest_put(Guest *self, guint n, guint command);
/* a block that sends bytes in simplified mode */
void
guest_put_frame(Guest *self, guint n, guint flags, gconstpointer data, gsize len);
/* the CU starts at block @n */
void
guest_start(Guest *self, guint n);
guint16
guest_status(Guest *self, guint n);

/* CONFIGURE with byte @at set to @value, the others as after a reset */
void
guest_configure(Guest *self, guint at, guint8 value);

/* @n descriptors of GUEST_RX_SIZE, the last one with @flags, and RU start */
void
guest_listen(Guest *self, guint n, guint flags);
guint8 *
guest_rfd(Guest *self, guint n);
void
guest_put_rfd(Guest *self, guint n, guint command, gsize size);

/* a broadcast frame of @len bytes of a pattern from the other side; whether it was taken */
gboolean
guest_offer(Guest *self, gsize len);
/* a frame of 60 bytes to an address; whether it was taken */
gboolean
guest_offer_to(Guest *self, const char *address);

/* the pattern of guest_offer() */
void
guest_fill(guint8 *bytes, gsize len);
