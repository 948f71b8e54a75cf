/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rings of the e1000 family as a benchmark drives them: filled once, then only the doorbells are moved, so that what is measured is the model
 * and not a driver (Intel 317453, 3.2.3, 3.3.3, 3.3.6, 3.3.7). */
#include <string.h>

#include "hvn-bench-nic.h"
#include "hvn-bytes.h"
#include "hvn-checksum.h"
#include "hvn-test-frames.h"

enum {
    CTRL = 0x0000,
    ICR = 0x00c0,
    IMS = 0x00d0,
    RCTL = 0x0100,
    TCTL = 0x0400,
    RDBAL = 0x2800,
    RDLEN = 0x2808,
    RDH = 0x2810,
    RDT = 0x2818,
    TDBAL = 0x3800,
    TDLEN = 0x3808,
    TDH = 0x3810,
    TDT = 0x3818,
    RXCSUM = 0x5000,
};

#define CTRL_FD_SLU  0x00000041u
#define RCTL_OPEN    0x0000801au /* enabled, unicast and multicast promiscuous, broadcast, buffers of 2048 bytes */
#define TCTL_ENABLED 0x0000000au /* enabled, pad short packets */
#define CAUSES       0x00000091u /* TXDW, RXDMT0, RXT0 */

#define DESCRIPTOR 16
#define RING       0x100000  /* up to 65536 descriptors */
#define BUFFERS    0x1000000 /* 512 of 4096 bytes, used in turn */
#define N_BUFFERS  512
#define BUFFER     4096

#define DCMD_EOP  0x01
#define DCMD_IFCS 0x02
#define DCMD_TSE  0x04
#define DCMD_RS   0x08
#define DCMD_DEXT 0x20
#define HEADER    54 /* Ethernet, IPv4, TCP */
#define MSS       1460

static const HvnBenchCase e1000_tx_cases[] = {
    {"legacy", 60, 1, 256},
    {"legacy", 1514, 1, 256},
    {"legacy", 1514, 4, 256},
    {"tso", HEADER + 44 * MSS, 18, 256},
};

static void
e1000_set(HvnBenchNic *self, guint32 reg, guint32 value)
{
    hvn_nic_region_write(self->nic, 0, reg, value, 4);
}

static guint8 *
e1000_descriptor(HvnBenchNic *self, guint n)
{
    return hvn_fake_bus_get_ram(self->bus) + RING + (gsize)n * DESCRIPTOR;
}

static guint64
e1000_buffer(guint n)
{
    return BUFFERS + (guint64)(n % N_BUFFERS) * BUFFER;
}

static void
e1000_put(guint8 *descriptor, guint64 addr, guint32 len_and_type, guint8 command, guint8 options)
{
    memset(descriptor, 0, DESCRIPTOR);
    hvn_store_le64(descriptor, addr);
    hvn_store_le32(descriptor + 8, len_and_type);
    descriptor[11] = command;
    descriptor[13] = options;
}

/* one frame over legacy descriptors of equal parts */
static void
e1000_put_legacy(HvnBenchNic *self, guint first)
{
    const HvnBenchCase *test_case = self->test_case;
    gsize part = test_case->frame_size / test_case->descriptors, done = 0;

    for (guint i = 0; i < test_case->descriptors; i++) {
        gboolean last = i == test_case->descriptors - 1;
        gsize len = last ? test_case->frame_size - done : part;

        e1000_put(e1000_descriptor(self, first + i), e1000_buffer(first + i), (guint32)len,
                  last ? DCMD_EOP | DCMD_IFCS | DCMD_RS : DCMD_IFCS, 0);
        done += len;
    }
}

/* one frame as a driver gives a large send: context, headers, pages of payload */
static void
e1000_put_tso(HvnBenchNic *self, guint first)
{
    guint8 *context = e1000_descriptor(self, first);
    gsize payload = self->test_case->frame_size - HEADER, done = 0;

    memset(context, 0, DESCRIPTOR);
    memcpy(context, (const guint8[]){14, 24, 33, 0, 34, 50, 0, 0}, 8);
    hvn_store_le32(context + 8, (guint32)payload);
    context[11] = 0x01 | 0x02 | DCMD_TSE | DCMD_DEXT; /* TCP over IPv4 */
    context[13] = HEADER;
    hvn_store_le16(context + 14, MSS);
    e1000_put(e1000_descriptor(self, first + 1), e1000_buffer(0), HEADER | 1u << 20, DCMD_IFCS | DCMD_TSE | DCMD_DEXT, 3);
    for (guint i = 2; i < self->test_case->descriptors; i++) {
        gsize len = MIN(payload - done, BUFFER);
        gboolean last = i == self->test_case->descriptors - 1;

        done += len;
        e1000_put(e1000_descriptor(self, first + i), e1000_buffer(first + i), (guint32)len | 1u << 20,
                  DCMD_IFCS | DCMD_TSE | DCMD_DEXT | (last ? DCMD_EOP | DCMD_RS : 0), 3);
    }
    g_assert(done == payload);
}

/* the first bytes of every buffer: a TCP packet as a driver leaves it for checksum and segmentation offload */
static void
e1000_fill_buffers(HvnBenchNic *self)
{
    HvnTestFrame spec = {.ip_version = 4, .protocol = 6, .tcp_flags = 0x10, .payload_len = MSS};
    g_autoptr(GByteArray) frame = hvn_test_frame_build(&spec);

    hvn_store_be16(frame->data + 16, 0);
    hvn_store_be16(frame->data + 24, 0);
    hvn_store_be16(frame->data + 50, hvn_checksum_fold(hvn_checksum_pseudo(frame->data + 14, 4, 6, 0)));
    for (guint i = 0; i < N_BUFFERS; i++)
        memcpy(hvn_fake_bus_get_ram(self->bus) + e1000_buffer(i), frame->data, frame->len);
}

static void
e1000_open_tx(HvnBenchNic *self)
{
    const HvnBenchCase *test_case = self->test_case;
    guint per_batch = test_case->batch * test_case->descriptors;

    self->ring = 2 * per_batch;
    self->tail = 0;
    e1000_fill_buffers(self);
    for (guint i = 0; i < 2 * test_case->batch; i++) {
        if (g_str_equal(test_case->mode, "tso"))
            e1000_put_tso(self, i * test_case->descriptors);
        else
            e1000_put_legacy(self, i * test_case->descriptors);
    }
    e1000_set(self, CTRL, CTRL_FD_SLU);
    e1000_set(self, TDBAL, RING);
    e1000_set(self, TDLEN, self->ring * DESCRIPTOR);
    e1000_set(self, TDH, 0);
    e1000_set(self, TDT, 0);
    e1000_set(self, TCTL, TCTL_ENABLED);
    e1000_set(self, IMS, CAUSES);
}

static void
e1000_ring_tx(HvnBenchNic *self)
{
    self->tail = (self->tail + self->test_case->batch * self->test_case->descriptors) % self->ring;
    e1000_set(self, TDT, self->tail);
}

static void
e1000_done_tx(HvnBenchNic *self)
{
    hvn_nic_region_read(self->nic, 0, ICR, 4);
}

static void
e1000_open_rx(HvnBenchNic *self)
{
    self->ring = 16384;
    for (guint i = 0; i < self->ring; i++)
        e1000_put(e1000_descriptor(self, i), e1000_buffer(i), 0, 0, 0);
    e1000_set(self, CTRL, CTRL_FD_SLU);
    e1000_set(self, RDBAL, RING);
    e1000_set(self, RDLEN, self->ring * DESCRIPTOR);
    e1000_set(self, RDH, 0);
    e1000_set(self, RDT, self->ring - 1);
    e1000_set(self, RXCSUM, 0x300); /* verify IP, TCP and UDP checksums */
    e1000_set(self, RCTL, RCTL_OPEN);
    e1000_set(self, IMS, CAUSES);
}

static void
e1000_give_rx(HvnBenchNic *self)
{
    guint head = (guint)hvn_nic_region_read(self->nic, 0, RDH, 4);

    e1000_set(self, RDT, (head + self->ring - 1) % self->ring);
    hvn_nic_region_read(self->nic, 0, ICR, 4);
}

const HvnBenchModel hvn_bench_e1000 = {
    .name = "e1000",
    .tx_cases = e1000_tx_cases,
    .n_tx_cases = G_N_ELEMENTS(e1000_tx_cases),
    .open_tx = e1000_open_tx,
    .ring_tx = e1000_ring_tx,
    .done_tx = e1000_done_tx,
    .open_rx = e1000_open_rx,
    .give_rx = e1000_give_rx,
};
