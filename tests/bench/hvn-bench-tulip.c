/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rings of the tulip as a benchmark drives them: filled once, then OWN is set again and a poll demand written. */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-bytes.h"
#include "hvn-test-frames.h"

enum {
    CSR1 = 0x08,
    CSR2 = 0x10,
    CSR3 = 0x18,
    CSR4 = 0x20,
    CSR5 = 0x28,
    CSR6 = 0x30,
    CSR7 = 0x38,
};

#define BAR    1
#define MODE   0x00042042u /* MII, transmitter, receiver, promiscuous */
#define CAUSES 0x0001fbffu

#define OWN   0x80000000u
#define IC    0x80000000u
#define LS    0x40000000u
#define FS    0x20000000u
#define END   0x02000000u

#define DESCRIPTOR 16
#define N_DESCS    64
#define TX_RING    0x100000
#define RX_RING    0x101000
#define BUFFERS    0x1000000 /* 64 of 2048 bytes */
#define BUFFER     2048
#define SIZE       1536

static const HvnBenchCase tulip_tx_cases[] = {
    {"ring", 60, 1, 64},
    {"ring", 1514, 1, 64},
    {"ring", 1514, 4, 16},
};

static void
tulip_set(HvnBenchNic *self, guint32 reg, guint32 value)
{
    hvn_nic_region_write(self->nic, BAR, reg, value, 4);
}

static guint8 *
tulip_descriptor(HvnBenchNic *self, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(self->bus) + ring + (gsize)n * DESCRIPTOR;
}

/* OWN is set anew for those that the device has given back */
static void
tulip_give(HvnBenchNic *self, guint32 ring)
{
    for (guint i = 0; i < N_DESCS; i++)
        hvn_store_le32(tulip_descriptor(self, ring, i), OWN);
}

static void
tulip_open(HvnBenchNic *self)
{
    for (guint i = 0; i < N_DESCS; i++) {
        guint8 *descriptor = tulip_descriptor(self, RX_RING, i);

        hvn_store_le32(descriptor + 4, SIZE | (i == N_DESCS - 1 ? END : 0));
        hvn_store_le32(descriptor + 8, BUFFERS + i * BUFFER);
    }
    tulip_give(self, RX_RING);
    tulip_set(self, CSR3, RX_RING);
    tulip_set(self, CSR4, TX_RING);
    tulip_set(self, CSR7, CAUSES);
    tulip_set(self, CSR6, MODE);
}

/* the whole ring, each frame over as many descriptors as the case says */
static void
tulip_open_tx(HvnBenchNic *self)
{
    const HvnBenchCase *test_case = self->test_case;
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .payload_len = 1460};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
    gsize part = test_case->frame_size / test_case->descriptors;

    for (guint n = 0; n < N_DESCS; n++) {
        guint8 *descriptor = tulip_descriptor(self, TX_RING, n);
        guint i = n % test_case->descriptors;
        gboolean last = i == test_case->descriptors - 1;
        gsize len = last ? test_case->frame_size - i * part : part;

        memcpy(hvn_fake_bus_get_ram(self->bus) + BUFFERS + n * BUFFER, frame->data, frame->len);
        hvn_store_le32(descriptor + 4, (guint32)len | (i == 0 ? FS : 0) | (last ? LS | IC : 0) | (n == N_DESCS - 1 ? END : 0));
        hvn_store_le32(descriptor + 8, BUFFERS + n * BUFFER);
    }
    tulip_open(self);
}

static void
tulip_ring_tx(HvnBenchNic *self)
{
    tulip_give(self, TX_RING);
    tulip_set(self, CSR1, 0);
}

static void
tulip_done(HvnBenchNic *self)
{
    tulip_set(self, CSR5, CAUSES);
}

static void
tulip_give_rx(HvnBenchNic *self)
{
    tulip_give(self, RX_RING);
    tulip_done(self);
    tulip_set(self, CSR2, 0);
}

const HvnBenchModel hvn_bench_tulip = {
    .name = "tulip",
    .tx_cases = tulip_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(tulip_tx_cases),
    .max_rx = N_DESCS,
    .open_tx = tulip_open_tx,
    .ring_tx = tulip_ring_tx,
    .done_tx = tulip_done,
    .open_rx = tulip_open,
    .give_rx = tulip_give_rx,
};
