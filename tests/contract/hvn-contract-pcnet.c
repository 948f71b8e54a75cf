/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the pcnet in double word mode with 32-bit structures, as small as it can be: one descriptor a frame, polling. */
#include "hvn-contract-model.h"

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

#define DESCRIPTOR 16
#define BLOCK      0x8000
#define RX_RING    0x10000
#define TX_RING    0x20000
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000
#define BUFFER     2048

/* the driver's own variables, in guest memory so that there is no state outside the bus; free running */
enum { GIVEN = 0x30000, COLLECTED = GIVEN + 4, QUEUED = GIVEN + 8, COMPLETED = GIVEN + 12 };

static void
pcnet_set(HvnNic *nic, guint number, guint32 port, guint32 value)
{
    hvn_nic_region_write(nic, BAR, RAP, number, 4);
    hvn_nic_region_write(nic, BAR, port, value, 4);
}

static guint8 *
pcnet_descriptor(HvnFakeBus *bus, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(bus) + ring + n % HVN_CONTRACT_RING * DESCRIPTOR;
}

/* hands descriptor @n over */
static void
pcnet_hand_over(HvnFakeBus *bus, guint32 ring, guint n, guint32 address, guint32 status, gsize len)
{
    guint8 *descriptor = pcnet_descriptor(bus, ring, n);

    hvn_store_le32(descriptor, address);
    hvn_store_le32(descriptor + 8, 0);
    hvn_store_le32(descriptor + 4, OWN | status | ONES | ((4096 - (guint32)len) & 0xfff));
}

static void
pcnet_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + BLOCK, 0, 28);
    memset(ram + RX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + TX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + GIVEN, 0, 16);
    hvn_store_le32(ram + BLOCK, LENGTHS | PROMISCUOUS);
    hvn_store_le32(ram + BLOCK + 20, RX_RING);
    hvn_store_le32(ram + BLOCK + 24, TX_RING);
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
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN);
    guint n_free = HVN_CONTRACT_RING - (given - hvn_load_le32(ram + COLLECTED));

    n_descriptors = MIN(n_descriptors, n_free);
    for (guint i = 0; i < n_descriptors; i++, given++)
        pcnet_hand_over(bus, RX_RING, given, RX_BUFFERS + given % HVN_CONTRACT_RING * BUFFER, 0, BUFFER);
    hvn_store_le32(ram + GIVEN, given);
    pcnet_set(nic, 0, RDP, ALL_EVENTS); /* there is no doorbell; this is what a driver does then */
    return n_descriptors;
}

static guint
pcnet_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), collected = hvn_load_le32(ram + COLLECTED), n_frames = 0;

    for (; collected != given; collected++, n_frames++) {
        guint8 *descriptor = pcnet_descriptor(bus, RX_RING, collected);

        if (hvn_load_le32(descriptor + 4) & OWN)
            break;
        func(ram + RX_BUFFERS + collected % HVN_CONTRACT_RING * BUFFER, (hvn_load_le32(descriptor + 8) & 0xfff) - 4, user_data);
    }
    hvn_store_le32(ram + COLLECTED, collected);
    return n_frames;
}

static guint
pcnet_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), completed = hvn_load_le32(ram + COMPLETED);

    while (completed != queued && !(hvn_load_le32(pcnet_descriptor(bus, TX_RING, completed) + 4) & OWN))
        completed++;
    hvn_store_le32(ram + COMPLETED, completed);
    return completed;
}

static guint
pcnet_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED);

    n_frames = MIN(n_frames, HVN_CONTRACT_RING - (queued - pcnet_completed(nic, bus)));
    for (guint i = 0; i < n_frames; i++, queued++) {
        guint32 address = TX_BUFFERS + queued % HVN_CONTRACT_RING * BUFFER;

        memset(ram + address, 0xff, 6);
        memcpy(ram + address + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(ram + address + 14, first + i);
        pcnet_hand_over(bus, TX_RING, queued, address, WHOLE, 60 + (first + i) % 1000);
    }
    hvn_store_le32(ram + QUEUED, queued);
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
