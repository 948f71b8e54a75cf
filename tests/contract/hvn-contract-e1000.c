/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the e1000 family, as small as it can be: legacy descriptors (Intel 317453, 3.2.3 and 3.3.3), polling. */
#include "hvn-contract-model.h"

#include <string.h>

#include "hvn-bytes.h"

enum {
    CTRL = 0x0000,
    RCTL = 0x0100,
    TCTL = 0x0400,
    RDBAL = 0x2800,
    RDBAH = 0x2804,
    RDLEN = 0x2808,
    RDH = 0x2810,
    RDT = 0x2818,
    TDBAL = 0x3800,
    TDBAH = 0x3804,
    TDLEN = 0x3808,
    TDH = 0x3810,
    TDT = 0x3818,
};

#define CTRL_FD_SLU    0x00000041u
#define RCTL_OPEN      0x0000801au /* enabled, unicast and multicast promiscuous, broadcast, buffers of 2048 bytes */
#define TCTL_ENABLED   0x0000000au /* enabled, pad short packets */
#define COMMAND_EOP_RS 0x0b        /* end of packet, insert FCS, report status */
#define STATUS_DONE    0x01

#define DESCRIPTOR 16
#define RX_RING    0x10000
#define TX_RING    0x20000
#define NEXT       0x30000 /* the driver's own variables, in guest memory so that there is no state outside the bus */
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000
#define BUFFER     2048

/* the driver's variables */
enum { NEXT_COLLECT = NEXT, COMPLETED = NEXT + 4, NEXT_COMPLETED = NEXT + 8 };

static guint32
e1000_get(HvnNic *nic, guint32 reg)
{
    return (guint32)hvn_nic_region_read(nic, 0, reg, 4);
}

static void
e1000_set(HvnNic *nic, guint32 reg, guint32 value)
{
    hvn_nic_region_write(nic, 0, reg, value, 4);
}

static void
e1000_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    for (guint i = 0; i < HVN_CONTRACT_RING; i++)
        hvn_store_le64(ram + RX_RING + i * DESCRIPTOR, RX_BUFFERS + i * BUFFER);
    e1000_set(nic, CTRL, CTRL_FD_SLU);
    e1000_set(nic, RDBAL, RX_RING);
    e1000_set(nic, RDBAH, 0);
    e1000_set(nic, RDLEN, HVN_CONTRACT_RING * DESCRIPTOR);
    e1000_set(nic, RDH, 0);
    e1000_set(nic, RDT, 0);
    e1000_set(nic, RCTL, RCTL_OPEN);
    e1000_set(nic, TDBAL, TX_RING);
    e1000_set(nic, TDBAH, 0);
    e1000_set(nic, TDLEN, HVN_CONTRACT_RING * DESCRIPTOR);
    e1000_set(nic, TDH, 0);
    e1000_set(nic, TDT, 0);
    e1000_set(nic, TCTL, TCTL_ENABLED);
}

/* everything was collected: the slots from the tail to the slot before the head are the driver's to give */
static guint
e1000_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    guint tail = e1000_get(nic, RDT);
    guint head = e1000_get(nic, RDH);
    guint n_free = (head + HVN_CONTRACT_RING - tail - 1) % HVN_CONTRACT_RING;

    n_descriptors = MIN(n_descriptors, n_free);
    e1000_set(nic, RDT, (tail + n_descriptors) % HVN_CONTRACT_RING);
    return n_descriptors;
}

static guint
e1000_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint next = hvn_load_le32(ram + NEXT_COLLECT);
    guint n_frames = 0;

    for (guint i = 0; i < HVN_CONTRACT_RING; i++) {
        guint8 *descriptor = ram + RX_RING + next * DESCRIPTOR;

        if (!(descriptor[12] & STATUS_DONE))
            break;
        func(ram + RX_BUFFERS + next * BUFFER, hvn_load_le16(descriptor + 8), user_data);
        descriptor[12] = 0;
        next = (next + 1) % HVN_CONTRACT_RING;
        n_frames++;
    }
    hvn_store_le32(ram + NEXT_COLLECT, next);
    return n_frames;
}

static guint
e1000_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint next = hvn_load_le32(ram + NEXT_COMPLETED);
    guint total = hvn_load_le32(ram + COMPLETED);

    for (guint i = 0; i < HVN_CONTRACT_RING; i++) {
        guint8 *descriptor = ram + TX_RING + next * DESCRIPTOR;

        if (!(descriptor[12] & STATUS_DONE))
            break;
        descriptor[12] = 0;
        next = (next + 1) % HVN_CONTRACT_RING;
        total++;
    }
    hvn_store_le32(ram + NEXT_COMPLETED, next);
    hvn_store_le32(ram + COMPLETED, total);
    return total;
}

static guint
e1000_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint tail = e1000_get(nic, TDT);
    guint n_free;

    e1000_completed(nic, bus); /* reaps, so that a slot used again carries no old status */
    n_free = (hvn_load_le32(ram + NEXT_COMPLETED) + HVN_CONTRACT_RING - tail - 1) % HVN_CONTRACT_RING;
    n_frames = MIN(n_frames, n_free);
    for (guint i = 0; i < n_frames; i++) {
        guint slot = (tail + i) % HVN_CONTRACT_RING;
        guint8 *descriptor = ram + TX_RING + slot * DESCRIPTOR;
        guint8 *data = ram + TX_BUFFERS + slot * BUFFER;

        memset(data, 0xff, 6);
        memcpy(data + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(data + 14, first + i);
        memset(descriptor, 0, DESCRIPTOR);
        hvn_store_le64(descriptor, TX_BUFFERS + slot * BUFFER);
        hvn_store_le16(descriptor + 8, 60 + (first + i) % 1000);
        descriptor[11] = COMMAND_EOP_RS;
    }
    e1000_set(nic, TDT, (tail + n_frames) % HVN_CONTRACT_RING);
    return n_frames;
}

const HvnContractModel hvn_contract_e1000 = {
    .kind = "nic",
    .name = "e1000",
    .open = e1000_open,
    .give = e1000_give,
    .collect = e1000_collect,
    .queue = e1000_queue,
    .completed = e1000_completed,
};
