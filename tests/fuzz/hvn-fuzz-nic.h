/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What fuzzers of NIC models share: the input is a program of register accesses, writes to guest memory, frames from the other side and
 * time.
 *
 *   op (1 byte), operands -> 0 write, 1 read, 2 memory, 3 frame, 4 time, 5 peer's capacity, 6 link, 7 run */
#pragma once

#include "hvn-fake-bus.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_FUZZ_NIC_RAM (1u << 20)

/* a register write */
typedef struct {
    guint32 offset;
    guint32 value;
    guint size;
} HvnFuzzWrite;

typedef struct {
    guint bar; /* the one that drivers use */
    guint other_bar;
    void (*lay_out)(guint8 *ram);    /* descriptors for rings that work, so that the input need not find them */
    const HvnFuzzWrite *writes;      /* what starts them */
    guint n_writes;
} HvnFuzzNicModel;

/* runs the program on @nic, which was made for @dispatcher and stays the caller's; @dispatcher has a manual clock */
void
hvn_fuzz_nic_run(const HvnFuzzNicModel *model, HvnDispatcher *dispatcher, HvnNic *nic, const guint8 *data, gsize size);

G_END_DECLS
