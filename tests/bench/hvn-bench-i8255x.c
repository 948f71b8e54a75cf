/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lists of the i8255x as a benchmark drives them: command blocks that suspend behind each batch and are resumed, as Linux does it, and
 * receive frame descriptors in a circle whose status is cleared. */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-bytes.h"
#include "hvn-test-frames.h"

enum {
    STAT_ACK = 0x01,
    COMMAND = 0x02,
    POINTER = 0x04,
};

#define BAR       0
#define CU_START  0x10
#define CU_RESUME 0xa0 /* static: S stays where it is */
#define RU_START  0x01
#define TRANSMIT  0x000c /* flexible mode */
#define CONFIGURE 0x0002
#define SUSPEND   0x4000
#define LAST      0x8000

#define N       64
#define SLOT    2048
#define TCBS    0x100000
#define RFDS    0x200000
#define CONFIG  0x40000
#define BUFFERS 0x1000000
#define HEADER  16
#define RX_SIZE 1536
#define MSS     1460

static const HvnBenchCase i8255x_tx_cases[] = {
    {"flexible", 60, 1, 64},
    {"flexible", 1514, 1, 64},
};

static void
i8255x_order(HvnBenchNic *self, guint32 pointer, guint command)
{
    hvn_nic_region_write(self->nic, BAR, POINTER, pointer, 4);
    hvn_nic_region_write(self->nic, BAR, COMMAND, command, 1);
}

/* every address, frames of any length, extended TCBs */
static void
i8255x_configure(HvnBenchNic *self)
{
    static const guint8 config[] = {0x16, 0x08, 0, 0, 0, 0, 0x22, 0x03, 0x01, 0, 0x2e, 0, 0x60, 0, 0xf2, 0xc9, 0, 0x40, 0xfa, 0x80, 0x3f, 0x05};
    guint8 *ram = hvn_fake_bus_get_ram(self->bus);

    hvn_store_le32(ram + CONFIG, (guint32)(LAST | CONFIGURE) << 16);
    memcpy(ram + CONFIG + 8, config, sizeof config);
    i8255x_order(self, CONFIG, CU_START);
    hvn_bench_nic_run(self);
}

static void
i8255x_open_tx(HvnBenchNic *self)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .payload_len = MSS};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);
    guint8 *ram = hvn_fake_bus_get_ram(self->bus);

    i8255x_configure(self);
    for (guint i = 0; i < N; i++) {
        guint8 *tcb = ram + TCBS + i * SLOT;

        memcpy(ram + BUFFERS + i * SLOT, frame->data, frame->len);
        hvn_store_le32(tcb, (guint32)(TRANSMIT | (i == N - 1 ? SUSPEND : 0)) << 16);
        hvn_store_le32(tcb + 4, TCBS + (i + 1) % N * SLOT);
        hvn_store_le32(tcb + 8, TCBS + i * SLOT + HEADER);
        hvn_store_le32(tcb + 12, 1u << 24);
        hvn_store_le32(tcb + HEADER, BUFFERS + i * SLOT);
        hvn_store_le32(tcb + HEADER + 4, self->test_case->frame_size);
    }
    self->tail = 0;
}

static void
i8255x_ring_tx(HvnBenchNic *self)
{
    i8255x_order(self, TCBS, self->tail++ == 0 ? CU_START : CU_RESUME);
}

static void
i8255x_done(HvnBenchNic *self)
{
    hvn_nic_region_write(self->nic, BAR, STAT_ACK, hvn_nic_region_read(self->nic, BAR, STAT_ACK, 1), 1);
}

static void
i8255x_give_rx(HvnBenchNic *self)
{
    for (guint i = 0; i < N; i++)
        hvn_store_le16(hvn_fake_bus_get_ram(self->bus) + RFDS + i * SLOT, 0);
    i8255x_done(self);
}

static void
i8255x_open_rx(HvnBenchNic *self)
{
    guint8 *ram = hvn_fake_bus_get_ram(self->bus);

    i8255x_configure(self);
    for (guint i = 0; i < N; i++) {
        hvn_store_le32(ram + RFDS + i * SLOT + 4, RFDS + (i + 1) % N * SLOT);
        hvn_store_le32(ram + RFDS + i * SLOT + 12, RX_SIZE << 16);
    }
    i8255x_order(self, RFDS, RU_START);
}

const HvnBenchModel hvn_bench_i82559c = {
    .name = "i82559c",
    .plugin = "i82559c",
    .tx_cases = i8255x_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(i8255x_tx_cases),
    .max_rx = N,
    .open_tx = i8255x_open_tx,
    .ring_tx = i8255x_ring_tx,
    .done_tx = i8255x_done,
    .open_rx = i8255x_open_rx,
    .give_rx = i8255x_give_rx,
};
