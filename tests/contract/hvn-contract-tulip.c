/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the tulip, as small as it can be: one descriptor a frame, promiscuous, polling. */
#include "hvn-contract-model.h"

#include <string.h>

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

#define DESCRIPTOR 16
#define RX_RING    0x10000
#define TX_RING    0x20000
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000
#define BUFFER     2048
#define RX_SIZE    1600

/* the driver's own variables, in guest memory so that there is no state outside the bus; free running */
enum { GIVEN = 0x30000, COLLECTED = GIVEN + 4, QUEUED = GIVEN + 8, COMPLETED = GIVEN + 12 };

static void
tulip_set(HvnNic *nic, guint32 reg, guint32 value)
{
    hvn_nic_region_write(nic, BAR, reg, value, 4);
}

static guint8 *
tulip_descriptor(HvnFakeBus *bus, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(bus) + ring + n % HVN_CONTRACT_RING * DESCRIPTOR;
}

/* hands descriptor @n over, with the next one at its second address */
static void
tulip_hand_over(HvnFakeBus *bus, guint32 ring, guint n, guint32 address, guint32 control)
{
    guint8 *descriptor = tulip_descriptor(bus, ring, n);

    hvn_store_le32(descriptor + 4, control | CHAINED);
    hvn_store_le32(descriptor + 8, address);
    hvn_store_le32(descriptor + 12, ring + (n + 1) % HVN_CONTRACT_RING * DESCRIPTOR);
    hvn_store_le32(descriptor, OWN);
}

static void
tulip_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + RX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + TX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + GIVEN, 0, 16);
    tulip_set(nic, CSR3, RX_RING);
    tulip_set(nic, CSR4, TX_RING);
    tulip_set(nic, CSR6, MODE);
}

static guint
tulip_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN);

    n_descriptors = MIN(n_descriptors, HVN_CONTRACT_RING - (given - hvn_load_le32(ram + COLLECTED)));
    for (guint i = 0; i < n_descriptors; i++, given++)
        tulip_hand_over(bus, RX_RING, given, RX_BUFFERS + given % HVN_CONTRACT_RING * BUFFER, RX_SIZE);
    hvn_store_le32(ram + GIVEN, given);
    tulip_set(nic, CSR2, 0);
    return n_descriptors;
}

static guint
tulip_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), collected = hvn_load_le32(ram + COLLECTED), n_frames = 0;

    for (; collected != given; collected++, n_frames++) {
        guint32 status = hvn_load_le32(tulip_descriptor(bus, RX_RING, collected));

        if (status & OWN)
            break;
        func(ram + RX_BUFFERS + collected % HVN_CONTRACT_RING * BUFFER, (status >> 16 & 0x3fff) - 4, user_data);
    }
    hvn_store_le32(ram + COLLECTED, collected);
    return n_frames;
}

static guint
tulip_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), completed = hvn_load_le32(ram + COMPLETED);

    while (completed != queued && !(hvn_load_le32(tulip_descriptor(bus, TX_RING, completed)) & OWN))
        completed++;
    hvn_store_le32(ram + COMPLETED, completed);
    return completed;
}

static guint
tulip_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED);

    n_frames = MIN(n_frames, HVN_CONTRACT_RING - (queued - tulip_completed(nic, bus)));
    for (guint i = 0; i < n_frames; i++, queued++) {
        guint32 address = TX_BUFFERS + queued % HVN_CONTRACT_RING * BUFFER;

        memset(ram + address, 0xff, 6);
        memcpy(ram + address + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(ram + address + 14, first + i);
        tulip_hand_over(bus, TX_RING, queued, address, WHOLE | (60 + (first + i) % 1000));
    }
    hvn_store_le32(ram + QUEUED, queued);
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
