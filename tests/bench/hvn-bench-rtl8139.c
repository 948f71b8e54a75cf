/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rings of the rtl8139 as a benchmark drives them: in C+ mode filled once, then OWN is set again and the ring polled; in C mode the
 * four descriptors started again, and CAPR moved. Batches are as large as the card allows. */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-bytes.h"
#include "hvn-test-frames.h"

enum {
    TSD = 0x10,
    TSAD = 0x20,
    TNPDS = 0x20,
    RBSTART = 0x30,
    CR = 0x37,
    CAPR = 0x38,
    CBR = 0x3a,
    IMR = 0x3c,
    ISR = 0x3e,
    RCR = 0x44,
    TPPOLL = 0xd9,
    CPCR = 0xe0,
    RDSAR = 0xe4,
};

#define BAR       1
#define CR_BOTH   0x0c
#define CPCR_BOTH 0x23   /* C+ mode in both directions, checksums are verified */
#define RCR_OPEN  0x188f /* a ring of 64 KiB, WRAP, every address */
#define CAUSES    0x009f
#define POLL      0x40

#define OWN   0x80000000u
#define EOR   0x40000000u
#define FS    0x20000000u
#define LS    0x10000000u
#define LGSEN 0x08000000u

#define DESCRIPTOR 16
#define N_DESCS    64
#define TX_RING    0x100000
#define RX_RING    0x101000
#define RX_BYTES   0x200000
#define BUFFERS    0x1000000 /* 64 of 4096 bytes */
#define BUFFER     4096
#define HEADER     54
#define MSS        1460

static const HvnBenchCase rtl8139_tx_cases[] = {
    {"c+", 60, 1, 64},
    {"c+", 1514, 1, 64},
    {"c+", 1514, 4, 16},
    {"tso", HEADER + 44 * MSS, 16, 4},
};

static const HvnBenchCase rtl8139_c_tx_cases[] = {
    {"c", 60, 1, 4},
    {"c", 1514, 1, 4},
};

static void
rtl8139_set(HvnBenchNic *self, guint32 reg, guint32 value, guint size)
{
    hvn_nic_region_write(self->nic, BAR, reg, value, size);
}

static guint8 *
rtl8139_descriptor(HvnBenchNic *self, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(self->bus) + ring + (gsize)n * DESCRIPTOR;
}

static void
rtl8139_fill_buffers(HvnBenchNic *self)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .payload_len = MSS};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);

    for (guint i = 0; i < N_DESCS; i++)
        memcpy(hvn_fake_bus_get_ram(self->bus) + BUFFERS + i * BUFFER, frame->data, frame->len);
}

/* the whole ring, each frame over as many descriptors as the case says */
static void
rtl8139_open_tx(HvnBenchNic *self)
{
    const HvnBenchCase *test_case = self->test_case;
    gboolean tso = g_str_equal(test_case->mode, "tso");
    gsize part = tso ? BUFFER : test_case->frame_size / test_case->descriptors;
    guint n = 0;

    rtl8139_fill_buffers(self);
    for (guint i = 0; i < test_case->batch; i++) {
        gsize left = test_case->frame_size;

        for (guint j = 0; j < test_case->descriptors; j++, n++) {
            gboolean last = j == test_case->descriptors - 1;
            gsize len = last ? left : MIN(part, left);
            guint8 *descriptor = rtl8139_descriptor(self, TX_RING, n);

            hvn_store_le64(descriptor + 8, BUFFERS + (guint64)n * BUFFER);
            hvn_store_le32(descriptor, (guint32)len | (j == 0 ? FS : 0) | (last ? LS : 0) | (n == N_DESCS - 1 ? EOR : 0));
            left -= len;
        }
    }
    g_assert(n == N_DESCS);
    rtl8139_set(self, CPCR, CPCR_BOTH, 2);
    rtl8139_set(self, TNPDS, TX_RING, 4);
    rtl8139_set(self, TNPDS + 4, 0, 4);
    rtl8139_set(self, CR, CR_BOTH, 1);
    rtl8139_set(self, IMR, CAUSES, 2);
}

static void
rtl8139_ring_tx(HvnBenchNic *self)
{
    guint32 command = OWN | (g_str_equal(self->test_case->mode, "tso") ? LGSEN | MSS << 16 : 0);

    for (guint i = 0; i < N_DESCS; i++) {
        guint8 *descriptor = rtl8139_descriptor(self, TX_RING, i);

        hvn_store_le32(descriptor, hvn_load_le32(descriptor) | command);
    }
    rtl8139_set(self, TPPOLL, POLL, 1);
}

static void
rtl8139_done(HvnBenchNic *self)
{
    rtl8139_set(self, ISR, 0xffff, 2);
}

static void
rtl8139_give_rx(HvnBenchNic *self)
{
    for (guint i = 0; i < N_DESCS; i++) {
        guint8 *descriptor = rtl8139_descriptor(self, RX_RING, i);

        if (!(hvn_load_le32(descriptor) & OWN))
            hvn_store_le32(descriptor, OWN | (i == N_DESCS - 1 ? EOR : 0) | BUFFER);
    }
    rtl8139_done(self);
}

static void
rtl8139_open_rx(HvnBenchNic *self)
{
    for (guint i = 0; i < N_DESCS; i++)
        hvn_store_le64(rtl8139_descriptor(self, RX_RING, i) + 8, BUFFERS + (guint64)i * BUFFER);
    rtl8139_set(self, CPCR, CPCR_BOTH, 2);
    rtl8139_set(self, RDSAR, RX_RING, 4);
    rtl8139_set(self, RDSAR + 4, 0, 4);
    rtl8139_set(self, CR, CR_BOTH, 1);
    rtl8139_set(self, RCR, RCR_OPEN, 4);
    rtl8139_set(self, IMR, CAUSES, 2);
    rtl8139_give_rx(self);
}

static void
rtl8139_open_c(HvnBenchNic *self)
{
    rtl8139_fill_buffers(self);
    for (guint i = 0; i < 4; i++)
        rtl8139_set(self, TSAD + 4 * i, BUFFERS + i * BUFFER, 4);
    rtl8139_set(self, CR, CR_BOTH, 1);
    rtl8139_set(self, RBSTART, RX_BYTES, 4);
    rtl8139_set(self, RCR, RCR_OPEN, 4);
    rtl8139_set(self, IMR, CAUSES, 2);
}

static void
rtl8139_ring_c(HvnBenchNic *self)
{
    for (guint i = 0; i < 4; i++)
        rtl8139_set(self, TSD + 4 * i, self->test_case->frame_size, 4);
}

static void
rtl8139_give_c(HvnBenchNic *self)
{
    rtl8139_set(self, CAPR, hvn_nic_region_read(self->nic, BAR, CBR, 2) - 16, 2);
    rtl8139_done(self);
}

const HvnBenchModel hvn_bench_rtl8139 = {
    .name = "rtl8139",
    .plugin = "rtl8139",
    .tx_cases = rtl8139_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(rtl8139_tx_cases),
    .max_rx = N_DESCS,
    .open_tx = rtl8139_open_tx,
    .ring_tx = rtl8139_ring_tx,
    .done_tx = rtl8139_done,
    .open_rx = rtl8139_open_rx,
    .give_rx = rtl8139_give_rx,
};

const HvnBenchModel hvn_bench_rtl8139_c = {
    .name = "rtl8139-c",
    .plugin = "rtl8139",
    .tx_cases = rtl8139_c_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(rtl8139_c_tx_cases),
    .max_rx = 42, /* frames of 1514 bytes in 64 KiB */
    .open_tx = rtl8139_open_c,
    .ring_tx = rtl8139_ring_c,
    .done_tx = rtl8139_done,
    .open_rx = rtl8139_open_c,
    .give_rx = rtl8139_give_c,
};
