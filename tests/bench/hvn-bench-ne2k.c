/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 8390 as a benchmark drives it: the frame stays in packet memory and TXP is set again; the ring is emptied by BNRY. What the guest's data port costs is
 * not in it. Batches are as large as the card allows: one frame to send, and what the ring holds. */
#include <string.h>

#include "hvn-bench-nic.h"

enum {
    CR = 0x00,
    PSTART = 0x01,
    PSTOP = 0x02,
    BNRY = 0x03,
    TPSR = 0x04,
    TBCR0 = 0x05,
    ISR = 0x07,
    RSAR0 = 0x08,
    RBCR0 = 0x0a,
    RCR = 0x0c,
    DCR = 0x0e,
    IMR = 0x0f,
    DATA = 0x10,
    CURR = 0x07, /* page 1 */
    MAR = 0x08,
};

#define STOP     0x21
#define START    0x22
#define TRANSMIT 0x26
#define WRITE    0x12
#define PAGE_1   0x40
#define WORDS    0x49
#define RCR_OPEN 0x1c
#define CAUSES   0x03

#define TX_PAGE 0x40
#define FIRST   0x46
#define END     0x80
#define MAX_RX  9 /* frames of 1514 bytes, six pages each */

static const HvnBenchCase ne2k_tx_cases[] = {
    {"port", 60, 1, 1},
    {"port", 1514, 1, 1},
};

static void
ne2k_set(HvnBenchNic *self, guint port, guint value, guint size)
{
    hvn_nic_region_write(self->nic, 0, port, value, size);
}

static void
ne2k_open(HvnBenchNic *self)
{
    ne2k_set(self, CR, STOP, 1);
    ne2k_set(self, DCR, WORDS, 1);
    ne2k_set(self, RCR, RCR_OPEN, 1);
    ne2k_set(self, PSTART, FIRST, 1);
    ne2k_set(self, PSTOP, END, 1);
    ne2k_set(self, BNRY, END - 1, 1);
    ne2k_set(self, CR, STOP | PAGE_1, 1);
    ne2k_set(self, CURR, FIRST, 1);
    ne2k_set(self, MAR, 0xffffffff, 4);
    ne2k_set(self, MAR + 4, 0xffffffff, 4);
    ne2k_set(self, CR, START, 1);
    ne2k_set(self, IMR, CAUSES, 1);
}

static void
ne2k_open_tx(HvnBenchNic *self)
{
    gsize len = self->test_case->frame_size;

    ne2k_open(self);
    ne2k_set(self, RSAR0, TX_PAGE << 8, 2);
    ne2k_set(self, RBCR0, (guint)(len + 3) & ~3u, 2);
    ne2k_set(self, CR, WRITE, 1);
    for (gsize i = 0; i < len; i += 4)
        ne2k_set(self, DATA, i < 8 ? 0xffffffff : 0, 4);
    ne2k_set(self, TPSR, TX_PAGE, 1);
    ne2k_set(self, TBCR0, (guint)len, 2);
}

static void
ne2k_ring_tx(HvnBenchNic *self)
{
    ne2k_set(self, CR, TRANSMIT, 1);
}

static void
ne2k_done(HvnBenchNic *self)
{
    ne2k_set(self, ISR, 0xff, 1);
}

static void
ne2k_give_rx(HvnBenchNic *self)
{
    guint current;

    ne2k_set(self, CR, START | PAGE_1, 1);
    current = (guint)hvn_nic_region_read(self->nic, 0, CURR, 1);
    ne2k_set(self, CR, START, 1);
    ne2k_set(self, BNRY, current - 1, 1);
    ne2k_done(self);
}

const HvnBenchModel hvn_bench_ne2k_pci = {
    .name = "ne2k_pci",
    .plugin = "ne2k_pci",
    .tx_cases = ne2k_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(ne2k_tx_cases),
    .max_rx = MAX_RX,
    .open_tx = ne2k_open_tx,
    .ring_tx = ne2k_ring_tx,
    .done_tx = ne2k_done,
    .open_rx = ne2k_open,
    .give_rx = ne2k_give_rx,
};
