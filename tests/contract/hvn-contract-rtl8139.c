/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the rtl8139 in C+ mode, as small as it can be: one descriptor a frame, polling. */
#include "hvn-contract-model.h"

#include <string.h>

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

#define DESCRIPTOR 16
#define RX_RING    0x10000
#define TX_RING    0x20000
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000
#define BUFFER     2048

/* the driver's own variables, in guest memory so that there is no state outside the bus; free running */
enum { GIVEN = 0x30000, COLLECTED = GIVEN + 4, QUEUED = GIVEN + 8, COMPLETED = GIVEN + 12 };

static void
rtl8139_set(HvnNic *nic, guint32 reg, guint32 value, guint size)
{
    hvn_nic_region_write(nic, BAR, reg, value, size);
}

static guint8 *
rtl8139_descriptor(HvnFakeBus *bus, guint32 ring, guint n)
{
    return hvn_fake_bus_get_ram(bus) + ring + n % HVN_CONTRACT_RING * DESCRIPTOR;
}

/* hands descriptor @n over */
static void
rtl8139_hand_over(HvnFakeBus *bus, guint32 ring, guint n, guint64 address, guint32 command)
{
    guint8 *descriptor = rtl8139_descriptor(bus, ring, n);

    hvn_store_le32(descriptor + 4, 0);
    hvn_store_le64(descriptor + 8, address);
    hvn_store_le32(descriptor, OWN | command | (n % HVN_CONTRACT_RING == HVN_CONTRACT_RING - 1 ? EOR : 0));
}

static void
rtl8139_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + RX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + TX_RING, 0, HVN_CONTRACT_RING * DESCRIPTOR);
    memset(ram + GIVEN, 0, 16);
    rtl8139_set(nic, CPCR, CPCR_BOTH, 2);
    rtl8139_set(nic, TNPDS, TX_RING, 4);
    rtl8139_set(nic, TNPDS + 4, 0, 4);
    rtl8139_set(nic, RDSAR, RX_RING, 4);
    rtl8139_set(nic, RDSAR + 4, 0, 4);
    rtl8139_set(nic, MAR, 0xffffffff, 4);
    rtl8139_set(nic, MAR + 4, 0xffffffff, 4);
    rtl8139_set(nic, CR, CR_BOTH, 1);
    rtl8139_set(nic, RCR, RCR_OPEN, 4);
}

static guint
rtl8139_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN);
    guint n_free = HVN_CONTRACT_RING - (given - hvn_load_le32(ram + COLLECTED));

    n_descriptors = MIN(n_descriptors, n_free);
    for (guint i = 0; i < n_descriptors; i++, given++)
        rtl8139_hand_over(bus, RX_RING, given, RX_BUFFERS + given % HVN_CONTRACT_RING * BUFFER, BUFFER);
    hvn_store_le32(ram + GIVEN, given);
    rtl8139_set(nic, ISR, 0xffff, 2); /* there is no doorbell; this is what a driver does then */
    return n_descriptors;
}

static guint
rtl8139_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), collected = hvn_load_le32(ram + COLLECTED), n_frames = 0;

    for (; collected != given; collected++, n_frames++) {
        guint32 status = hvn_load_le32(rtl8139_descriptor(bus, RX_RING, collected));

        if (status & OWN)
            break;
        func(ram + RX_BUFFERS + collected % HVN_CONTRACT_RING * BUFFER, (status & 0x1fff) - 4, user_data);
    }
    hvn_store_le32(ram + COLLECTED, collected);
    return n_frames;
}

static guint
rtl8139_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), completed = hvn_load_le32(ram + COMPLETED);

    while (completed != queued && !(hvn_load_le32(rtl8139_descriptor(bus, TX_RING, completed)) & OWN))
        completed++;
    hvn_store_le32(ram + COMPLETED, completed);
    return completed;
}

static guint
rtl8139_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED);

    n_frames = MIN(n_frames, HVN_CONTRACT_RING - (queued - rtl8139_completed(nic, bus)));
    for (guint i = 0; i < n_frames; i++, queued++) {
        guint32 address = TX_BUFFERS + queued % HVN_CONTRACT_RING * BUFFER;

        memset(ram + address, 0xff, 6);
        memcpy(ram + address + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(ram + address + 14, first + i);
        rtl8139_hand_over(bus, TX_RING, queued, address, WHOLE | (60 + (first + i) % 1000));
    }
    hvn_store_le32(ram + QUEUED, queued);
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
