/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the pcnet in double word mode with 32-bit structures, as small as it can be: one descriptor a frame, polling. */
#include "hvn-contract-ring.h"

#include <string.h>

#include "hvn-bytes.h"

enum {
    RDP = 0x10,
    RAP = 0x14,
    RESET = 0x18,
    BDP = 0x1c,
};

#define BAR         1
#define INIT        0x0001
#define START       0x0002
#define DEMAND      0x0008
#define ALL_EVENTS  0x7f00
#define PROMISCUOUS 0x8000
#define LENGTHS     0x60600000u /* rings of 64 */
#define OWN         0x80000000u
#define WHOLE       0x03000000u /* start and end of packet */
#define ONES        0xf000u
#define BLOCK       0x8000 /* where the init block is */

static void
pcnet_set(HvnNic *nic, guint number, guint32 port, guint32 value)
{
    hvn_nic_region_write(nic, BAR, RAP, number, 4);
    hvn_nic_region_write(nic, BAR, port, value, 4);
}

static void
pcnet_hand_over(guint8 *descriptor, guint n, guint32 address, gsize len)
{
    guint32 count = len > 0 ? (guint32)len : HVN_CONTRACT_BUFFER;

    hvn_store_le32(descriptor, address);
    hvn_store_le32(descriptor + 8, 0);
    hvn_store_le32(descriptor + 4, OWN | (len > 0 ? WHOLE : 0) | ONES | ((4096 - count) & 0xfff));
}

static gsize
pcnet_length(const guint8 *descriptor)
{
    return (hvn_load_le32(descriptor + 8) & 0xfff) - 4;
}

static const HvnContractRing pcnet_ring = {.status = 4, .hand_over = pcnet_hand_over, .length = pcnet_length};

static void
pcnet_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + BLOCK, 0, 28);
    hvn_contract_ring_open(bus);
    hvn_store_le32(ram + BLOCK, LENGTHS | PROMISCUOUS);
    hvn_store_le32(ram + BLOCK + 20, HVN_CONTRACT_RX_RING);
    hvn_store_le32(ram + BLOCK + 24, HVN_CONTRACT_TX_RING);
    hvn_nic_region_write(nic, BAR, RDP, 0, 4); /* into double word mode */
    hvn_nic_region_read(nic, BAR, RESET, 4);
    pcnet_set(nic, 20, BDP, 2);
    pcnet_set(nic, 1, RDP, BLOCK & 0xffff);
    pcnet_set(nic, 2, RDP, BLOCK >> 16);
    pcnet_set(nic, 0, RDP, INIT | START);
    while (hvn_dispatcher_run_work(hvn_port_get_dispatcher(HVN_PORT(nic))))
        ;
}

static guint
pcnet_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    n_descriptors = hvn_contract_ring_give(&pcnet_ring, bus, n_descriptors);
    pcnet_set(nic, 0, RDP, ALL_EVENTS); /* there is no doorbell; this is what a driver does then */
    return n_descriptors;
}

static guint
pcnet_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    return hvn_contract_ring_collect(&pcnet_ring, bus, func, user_data);
}

static guint
pcnet_completed(HvnNic *nic, HvnFakeBus *bus)
{
    return hvn_contract_ring_completed(&pcnet_ring, bus);
}

static guint
pcnet_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    n_frames = hvn_contract_ring_queue(&pcnet_ring, bus, n_frames, first);
    pcnet_set(nic, 0, RDP, DEMAND);
    return n_frames;
}

const HvnContractModel hvn_contract_pcnet = {
    .kind = "nic",
    .name = "pcnet",
    .open = pcnet_open,
    .give = pcnet_give,
    .collect = pcnet_collect,
    .queue = pcnet_queue,
    .completed = pcnet_completed,
};
