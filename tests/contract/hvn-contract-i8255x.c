/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the i8255x, as small as it can be: a TCB a frame in simplified mode, each list ended by S, polling. */
#include "hvn-contract-model.h"

#include <string.h>

#include "hvn-bytes.h"

enum {
    STATUS = 0x00,
    COMMAND = 0x02,
    POINTER = 0x04,
};

#define BAR        0
#define CU_START   0x10
#define CU_RESUME  0x20
#define RU_START   0x01
#define RU_STATE   0x3c
#define RU_READY   0x10
#define TRANSMIT   0x0004
#define CONFIGURE  0x0002
#define SUSPEND    0x4000
#define LAST       0x8000
#define COMPLETE   0x8000

#define SLOT     2048
#define RFDS     0x100000
#define TCBS     0x200000
#define CONFIG   0x40000
#define HEADER   16
#define RX_BYTES 1536

/* the driver's own variables, in guest memory so that there is no state outside the bus; free running */
enum { GIVEN = 0x30000, COLLECTED = GIVEN + 4, QUEUED = GIVEN + 8, COMPLETED = GIVEN + 12 };

static void
i8255x_order(HvnNic *nic, guint32 pointer, guint command)
{
    hvn_nic_region_write(nic, BAR, POINTER, pointer, 4);
    hvn_nic_region_write(nic, BAR, COMMAND, command, 1);
}

static guint32
i8255x_slot(guint32 list, guint n)
{
    return list + n % HVN_CONTRACT_RING * SLOT;
}

/* every address is received */
static void
i8255x_open(HvnNic *nic, HvnFakeBus *bus)
{
    static const guint8 config[] = {0x16, 0x08, 0, 0, 0, 0, 0x32, 0x03, 0x01, 0,    0x2e,
                                    0,    0x60, 0, 0xf2, 0xc9, 0, 0x40, 0xfa, 0x80, 0x3f, 0x05};
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + GIVEN, 0, 16);
    hvn_store_le32(ram + CONFIG, (guint32)(LAST | CONFIGURE) << 16);
    memcpy(ram + CONFIG + 8, config, sizeof config);
    i8255x_order(nic, CONFIG, CU_START);
    for (guint i = 0; i < 10 && !(hvn_load_le16(ram + CONFIG) & COMPLETE); i++) /* not at all before bus mastering */
        hvn_dispatcher_run_work(hvn_port_get_dispatcher(HVN_PORT(nic)));
    /* a receiver without a descriptor: it waits at the first one */
    hvn_store_le32(ram + RFDS, (guint32)LAST << 16);
    hvn_store_le32(ram + RFDS + 12, 0);
    i8255x_order(nic, RFDS, RU_START);
}

/* the list ends with an empty descriptor, which is the next one to be given */
static guint
i8255x_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), first = given;
    guint n_free = HVN_CONTRACT_RING - 1 - (given - hvn_load_le32(ram + COLLECTED));

    n_descriptors = MIN(n_descriptors, n_free);
    for (guint i = 0; i < n_descriptors; i++, given++) {
        guint8 *next = ram + i8255x_slot(RFDS, given + 1), *rfd = ram + i8255x_slot(RFDS, given);

        hvn_store_le32(next, (guint32)LAST << 16);
        hvn_store_le32(next + 12, 0);
        hvn_store_le32(rfd + 4, i8255x_slot(RFDS, given + 1));
        hvn_store_le32(rfd + 12, RX_BYTES << 16);
        hvn_store_le32(rfd, 0);
    }
    hvn_store_le32(ram + GIVEN, given);
    if (n_descriptors > 0 && (hvn_nic_region_read(nic, BAR, STATUS, 1) & RU_STATE) != RU_READY)
        i8255x_order(nic, i8255x_slot(RFDS, first), RU_START);
    return n_descriptors;
}

static guint
i8255x_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), collected = hvn_load_le32(ram + COLLECTED), n_frames = 0;

    for (; collected != given; collected++, n_frames++) {
        const guint8 *rfd = ram + i8255x_slot(RFDS, collected);

        if (!(hvn_load_le16(rfd) & COMPLETE))
            break;
        func(rfd + HEADER, hvn_load_le16(rfd + 12) & 0x3fff, user_data);
    }
    hvn_store_le32(ram + COLLECTED, collected);
    return n_frames;
}

static guint
i8255x_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), completed = hvn_load_le32(ram + COMPLETED);

    while (completed != queued && (hvn_load_le16(ram + i8255x_slot(TCBS, completed)) & COMPLETE))
        completed++;
    hvn_store_le32(ram + COMPLETED, completed);
    return completed;
}

/* the last one suspends; then the S before is cleared, and the unit resumed */
static guint
i8255x_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), before = queued;

    n_frames = MIN(n_frames, HVN_CONTRACT_RING - 1 - (queued - i8255x_completed(nic, bus)));
    for (guint i = 0; i < n_frames; i++, queued++) {
        guint8 *tcb = ram + i8255x_slot(TCBS, queued);

        memset(tcb, 0, SLOT);
        memset(tcb + HEADER, 0xff, 6);
        memcpy(tcb + HEADER + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(tcb + HEADER + 14, first + i);
        hvn_store_le32(tcb, (guint32)(TRANSMIT | (i == n_frames - 1 ? SUSPEND : 0)) << 16);
        hvn_store_le32(tcb + 4, i8255x_slot(TCBS, queued + 1));
        hvn_store_le32(tcb + 8, 0xffffffff);
        hvn_store_le32(tcb + 12, 60 + (first + i) % 1000);
    }
    hvn_store_le32(ram + QUEUED, queued);
    if (n_frames == 0)
        return 0;
    if (before == 0) {
        i8255x_order(nic, TCBS, CU_START);
        return n_frames;
    }
    hvn_store_le16(ram + i8255x_slot(TCBS, before - 1) + 2, TRANSMIT);
    i8255x_order(nic, 0, CU_RESUME);
    return n_frames;
}

const HvnContractModel hvn_contract_i82559c = {
    .kind = "nic",
    .name = "i82559c",
    .open = i8255x_open,
    .give = i8255x_give,
    .collect = i8255x_collect,
    .queue = i8255x_queue,
    .completed = i8255x_completed,
};
