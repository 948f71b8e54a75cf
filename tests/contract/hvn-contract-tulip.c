/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the tulip, as small as it can be: one descriptor a frame, promiscuous, polling. */
#include "hvn-contract-ring.h"

#include "hvn-bytes.h"

enum {
    CSR1 = 0x08,
    CSR2 = 0x10,
    CSR3 = 0x18,
    CSR4 = 0x20,
    CSR6 = 0x30,
};

#define BAR      1
#define MODE     0x00042042u /* MII, transmitter, receiver, promiscuous */
#define OWN      0x80000000u
#define WHOLE    0x60000000u /* first and last segment */
#define CHAINED  0x01000000u
#define RX_SIZE  1600

static void
tulip_set(HvnNic *nic, guint32 reg, guint32 value)
{
    hvn_nic_region_write(nic, BAR, reg, value, 4);
}

/* with the next one at its second address: the rings are chains */
static void
tulip_hand_over(guint8 *descriptor, guint n, guint32 address, gsize len)
{
    guint32 ring = len > 0 ? HVN_CONTRACT_TX_RING : HVN_CONTRACT_RX_RING;

    hvn_store_le32(descriptor + 4, CHAINED | (len > 0 ? WHOLE | (guint32)len : RX_SIZE));
    hvn_store_le32(descriptor + 8, address);
    hvn_store_le32(descriptor + 12, ring + (n + 1) % HVN_CONTRACT_RING * HVN_CONTRACT_DESCRIPTOR);
    hvn_store_le32(descriptor, OWN);
}

static gsize
tulip_length(const guint8 *descriptor)
{
    return (hvn_load_le32(descriptor) >> 16 & 0x3fff) - 4;
}

static const HvnContractRing tulip_ring = {.status = 0, .hand_over = tulip_hand_over, .length = tulip_length};

static void
tulip_open(HvnNic *nic, HvnFakeBus *bus)
{
    hvn_contract_ring_open(bus);
    tulip_set(nic, CSR3, HVN_CONTRACT_RX_RING);
    tulip_set(nic, CSR4, HVN_CONTRACT_TX_RING);
    tulip_set(nic, CSR6, MODE);
}

static guint
tulip_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    n_descriptors = hvn_contract_ring_give(&tulip_ring, bus, n_descriptors);
    tulip_set(nic, CSR2, 0);
    return n_descriptors;
}

static guint
tulip_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    return hvn_contract_ring_collect(&tulip_ring, bus, func, user_data);
}

static guint
tulip_completed(HvnNic *nic, HvnFakeBus *bus)
{
    return hvn_contract_ring_completed(&tulip_ring, bus);
}

static guint
tulip_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    n_frames = hvn_contract_ring_queue(&tulip_ring, bus, n_frames, first);
    tulip_set(nic, CSR1, 0);
    return n_frames;
}

const HvnContractModel hvn_contract_tulip = {
    .kind = "nic",
    .name = "tulip",
    .open = tulip_open,
    .give = tulip_give,
    .collect = tulip_collect,
    .queue = tulip_queue,
    .completed = tulip_completed,
};
