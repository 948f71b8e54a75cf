/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A guest that does anything: every register with every width at every offset at random, rings that point everywhere, descriptors made of
 * noise, frames from the other side, links that come and go, and time that passes. What is checked is that nothing crashes, hangs, leaks
 * or logs without bound, and that the receiver's promise to its sender is kept. A model says which registers steer its data path, so that
 * it is not off for most of the time. */
#pragma once

#include "hvn-test-machine.h"

G_BEGIN_DECLS

typedef struct _HvnHostileGuest HvnHostileGuest;

/* a register that steers the data path, and the width that drivers write it with */
typedef struct {
    guint32 offset;
    guint   size;
} HvnHostileRegister;

typedef struct {
    guint bar; /* the one that drivers use */
    guint other_bar;
    guint32 crowded; /* mask of the offsets where registers are dense */
    const HvnHostileRegister *steering;
    guint n_steering;
    guint32 (*steer)(GRand *rand, guint32 offset);           /* a value with a grain of sense */
    void (*scribble)(HvnHostileGuest *self);                 /* descriptors of noise where the rings are */
    void (*check)(HvnHostileGuest *self);                    /* (nullable) what must hold after each step */
} HvnHostileModel;

/* all but @rand are the test's */
struct _HvnHostileGuest {
    const HvnHostileModel *model;
    HvnTestMachine *machine;
    gpointer data;
    GRand *rand;
};

/* @n_steps steps from @seed; the NIC is reset at the end. Returns the frames that it sent */
guint64
hvn_hostile_guest_run(HvnHostileGuest *self, guint32 seed, guint n_steps);

/* a million steps on the machine of a test; more than a thousand frames have to be sent, for the data path is what this is about */
void
hvn_hostile_guest_check(const HvnHostileModel *model, HvnTestMachine *machine, gpointer data, guint32 seed);

G_END_DECLS
