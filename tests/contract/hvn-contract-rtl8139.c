/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the rtl8139 in C+ mode, as small as it can be: one descriptor a frame, polling. */
#include "hvn-contract-ring.h"

#include "hvn-bytes.h"

enum {
    MAR = 0x08,
    TNPDS = 0x20,
    CR = 0x37,
    ISR = 0x3e,
    RCR = 0x44,
    TPPOLL = 0xd9,
    CPCR = 0xe0,
    RDSAR = 0xe4,
};

#define BAR       1
#define CPCR_BOTH 0x0003 /* C+ mode in both directions */
#define CR_BOTH   0x0c   /* receiver and transmitter on */
#define RCR_OPEN  0x0f   /* all unicast, ours, multicast by its table, broadcast */
#define POLL      0x40   /* the ring of normal priority */
#define OWN       0x80000000u
#define EOR       0x40000000u
#define WHOLE     0x30000000u /* first and last segment */

static void
rtl8139_set(HvnNic *nic, guint32 reg, guint32 value, guint size)
{
    hvn_nic_region_write(nic, BAR, reg, value, size);
}

static void
rtl8139_hand_over(guint8 *descriptor, guint n, guint32 address, gsize len)
{
    hvn_store_le32(descriptor + 4, 0);
    hvn_store_le64(descriptor + 8, address);
    hvn_store_le32(descriptor, OWN | (len > 0 ? WHOLE | (guint32)len : HVN_CONTRACT_BUFFER) | (n == HVN_CONTRACT_RING - 1 ? EOR : 0));
}

static gsize
rtl8139_length(const guint8 *descriptor)
{
    return (hvn_load_le32(descriptor) & 0x1fff) - 4;
}

static const HvnContractRing rtl8139_ring = {.status = 0, .hand_over = rtl8139_hand_over, .length = rtl8139_length};

static void
rtl8139_open(HvnNic *nic, HvnFakeBus *bus)
{
    hvn_contract_ring_open(bus);
    rtl8139_set(nic, CPCR, CPCR_BOTH, 2);
    rtl8139_set(nic, TNPDS, HVN_CONTRACT_TX_RING, 4);
    rtl8139_set(nic, TNPDS + 4, 0, 4);
    rtl8139_set(nic, RDSAR, HVN_CONTRACT_RX_RING, 4);
    rtl8139_set(nic, RDSAR + 4, 0, 4);
    rtl8139_set(nic, MAR, 0xffffffff, 4);
    rtl8139_set(nic, MAR + 4, 0xffffffff, 4);
    rtl8139_set(nic, CR, CR_BOTH, 1);
    rtl8139_set(nic, RCR, RCR_OPEN, 4);
}

static guint
rtl8139_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    n_descriptors = hvn_contract_ring_give(&rtl8139_ring, bus, n_descriptors);
    rtl8139_set(nic, ISR, 0xffff, 2); /* there is no doorbell; this is what a driver does then */
    return n_descriptors;
}

static guint
rtl8139_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    return hvn_contract_ring_collect(&rtl8139_ring, bus, func, user_data);
}

static guint
rtl8139_completed(HvnNic *nic, HvnFakeBus *bus)
{
    return hvn_contract_ring_completed(&rtl8139_ring, bus);
}

static guint
rtl8139_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    n_frames = hvn_contract_ring_queue(&rtl8139_ring, bus, n_frames, first);
    rtl8139_set(nic, TPPOLL, POLL, 1);
    return n_frames;
}

const HvnContractModel hvn_contract_rtl8139 = {
    .kind = "nic",
    .name = "rtl8139",
    .open = rtl8139_open,
    .give = rtl8139_give,
    .collect = rtl8139_collect,
    .queue = rtl8139_queue,
    .completed = rtl8139_completed,
};
