/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rings of the pcnet as a benchmark drives them: filled once, then OWN is set again and TDMD written. */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-bytes.h"

enum {
    RDP = 0x10,
    RAP = 0x14,
    BDP = 0x1c,
};

#define BAR        1
#define START      0x0043 /* INIT, STRT, IENA */
#define DEMAND     0x0048
#define EVENTS     0x7f40
#define PROM       0x8000
#define LENGTH_64  0x60600000u /* both rings */
#define LENGTH_256 0x80800000u

#define OWN   0x80000000u
#define STP   0x02000000u
#define ENP   0x01000000u
#define ONES  0xf000u
#define BCNT  0x0fffu

#define DESCRIPTOR 16
#define BLOCK      0xff000
#define N_RX       256
#define TX_RING    0x100000
#define RX_RING    0x110000
#define BUFFERS    0x1000000 /* 256 of 4096 bytes */
#define BUFFER     4096

static const HvnBenchCase pcnet_tx_cases[] = {
    {"style-2", 60, 1, 64},
    {"style-2", 1514, 1, 64},
    {"style-2", 1514, 4, 16},
};

static void
pcnet_set(HvnBenchNic *self, guint number, guint32 port, guint32 value)
{
    hvn_nic_region_write(self->nic, BAR, RAP, number, 4);
    hvn_nic_region_write(self->nic, BAR, port, value, 4);
}

static guint8 *
pcnet_descriptor(HvnBenchNic *self, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(self->bus) + ring + (gsize)n * DESCRIPTOR;
}

static void
pcnet_describe(HvnBenchNic *self, guint32 ring, guint n, guint32 status, gsize len)
{
    guint8 *descriptor = pcnet_descriptor(self, ring, n);

    hvn_store_le32(descriptor, BUFFERS + n * BUFFER);
    hvn_store_le32(descriptor + 4, status | ONES | ((4096 - (guint32)len) & BCNT));
    hvn_store_le32(descriptor + 8, 0);
}

static void
pcnet_open(HvnBenchNic *self, guint32 lengths)
{
    guint8 *block = hvn_fake_bus_get_ram(self->bus) + BLOCK;

    memset(block, 0, 28);
    hvn_store_le32(block, lengths | PROM);
    hvn_store_le32(block + 20, RX_RING);
    hvn_store_le32(block + 24, TX_RING);
    hvn_nic_region_write(self->nic, BAR, RDP, 0, 4); /* double word mode */
    pcnet_set(self, 20, BDP, 2);
    pcnet_set(self, 1, RDP, BLOCK & 0xffff);
    pcnet_set(self, 2, RDP, BLOCK >> 16);
    pcnet_set(self, 0, RDP, START);
    hvn_bench_nic_run(self);
}

/* the whole ring, each frame over as many descriptors as the case says */
static void
pcnet_open_tx(HvnBenchNic *self)
{
    const HvnBenchCase *test_case = self->test_case;
    gsize part = test_case->frame_size / test_case->descriptors;

    for (guint n = 0; n < test_case->batch * test_case->descriptors; n++) {
        guint place = n % test_case->descriptors;
        gboolean last = place == test_case->descriptors - 1;

        memset(hvn_fake_bus_get_ram(self->bus) + BUFFERS + n * BUFFER, 0x5a, BUFFER);
        pcnet_describe(self, TX_RING, n, (place == 0 ? STP : 0) | (last ? ENP : 0), last ? test_case->frame_size - place * part : part);
    }
    pcnet_open(self, LENGTH_64);
}

static void
pcnet_ring_tx(HvnBenchNic *self)
{
    for (guint i = 0; i < self->test_case->batch * self->test_case->descriptors; i++) {
        guint8 *status = pcnet_descriptor(self, TX_RING, i) + 4;

        hvn_store_le32(status, hvn_load_le32(status) | OWN);
    }
    pcnet_set(self, 0, RDP, DEMAND);
}

static void
pcnet_done(HvnBenchNic *self)
{
    pcnet_set(self, 0, RDP, EVENTS);
}

static void
pcnet_give_rx(HvnBenchNic *self)
{
    for (guint i = 0; i < N_RX; i++) {
        if (!(hvn_load_le32(pcnet_descriptor(self, RX_RING, i) + 4) & OWN))
            pcnet_describe(self, RX_RING, i, OWN, BUFFER);
    }
    pcnet_done(self);
}

static void
pcnet_open_rx(HvnBenchNic *self)
{
    for (guint i = 0; i < N_RX; i++)
        pcnet_describe(self, RX_RING, i, OWN, BUFFER);
    pcnet_open(self, LENGTH_256);
}

const HvnBenchModel hvn_bench_pcnet = {
    .name = "pcnet",
    .tx_cases = pcnet_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(pcnet_tx_cases),
    .max_rx = N_RX,
    .open_tx = pcnet_open_tx,
    .ring_tx = pcnet_ring_tx,
    .done_tx = pcnet_done,
    .open_rx = pcnet_open_rx,
    .give_rx = pcnet_give_rx,
};
