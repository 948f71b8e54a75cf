/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A driver for the 8390, as small as it can be: one frame at a time, polling, everything through the data port. Both cards have the same ports. */
#include "hvn-contract-model.h"

#include <string.h>

#include "hvn-bytes.h"

enum {
    CR = 0x00,
    PSTART = 0x01,
    PSTOP = 0x02,
    BNRY = 0x03,
    TPSR = 0x04,
    TBCR0 = 0x05,
    TBCR1 = 0x06,
    RSAR0 = 0x08,
    RSAR1 = 0x09,
    RBCR0 = 0x0a,
    RBCR1 = 0x0b,
    RCR = 0x0c,
    TCR = 0x0d,
    DCR = 0x0e,
    DATA = 0x10,
    CURR = 0x07, /* page 1 */
    MAR = 0x08,
};

#define START    0x22 /* remote DMA off */
#define STOP     0x21
#define TRANSMIT 0x26
#define READ     0x0a
#define WRITE    0x12
#define PAGE_1   0x40
#define WORDS    0x49
#define RCR_OPEN 0x1c /* all unicast, multicast by its table, broadcast */

#define TX_PAGE 0x40
#define FIRST   0x46
#define END     0x80

#define BUFFER 0x100000

/* the driver's own variables, in guest memory so that there is no state outside the bus */
enum { NEXT = 0x30000, QUEUED = NEXT + 4, COMPLETED = NEXT + 8 };

static void
ne2k_set(HvnNic *nic, guint port, guint value)
{
    hvn_nic_region_write(nic, 0, port, value & 0xff, 1);
}

static guint
ne2k_get(HvnNic *nic, guint port)
{
    return (guint)hvn_nic_region_read(nic, 0, port, 1);
}

static void
ne2k_move(HvnNic *nic, guint address, guint8 *bytes, guint len, guint command)
{
    len = (len + 3) & ~3u;
    ne2k_set(nic, RSAR0, address);
    ne2k_set(nic, RSAR1, address >> 8);
    ne2k_set(nic, RBCR0, len);
    ne2k_set(nic, RBCR1, len >> 8);
    ne2k_set(nic, CR, command);
    for (guint i = 0; i < len; i += 4) {
        if (command == READ)
            hvn_store_le32(bytes + i, (guint32)hvn_nic_region_read(nic, 0, DATA, 4));
        else
            hvn_nic_region_write(nic, 0, DATA, hvn_load_le32(bytes + i), 4);
    }
}

static guint
ne2k_current(HvnNic *nic)
{
    guint current;

    ne2k_set(nic, CR, START | PAGE_1);
    current = ne2k_get(nic, CURR);
    ne2k_set(nic, CR, START);
    return current;
}

static void
ne2k_open(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + NEXT, 0, 12);
    hvn_store_le32(ram + NEXT, FIRST);
    ne2k_set(nic, CR, STOP);
    ne2k_set(nic, DCR, WORDS);
    ne2k_set(nic, RCR, RCR_OPEN);
    ne2k_set(nic, TCR, 0);
    ne2k_set(nic, PSTART, FIRST);
    ne2k_set(nic, PSTOP, END);
    ne2k_set(nic, BNRY, END - 1);
    ne2k_set(nic, TPSR, TX_PAGE);
    ne2k_set(nic, CR, STOP | PAGE_1);
    ne2k_set(nic, CURR, FIRST);
    for (guint i = 0; i < 8; i++)
        ne2k_set(nic, MAR + i, 0xff);
    ne2k_set(nic, CR, START);
}

/* one packet, from where the driver is; 0 when there is none */
static guint
ne2k_take(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus), *bytes = ram + BUFFER;
    guint next = hvn_load_le32(ram + NEXT), len;

    if (next == ne2k_current(nic))
        return 0;
    ne2k_move(nic, next << 8, bytes, 4, READ);
    len = hvn_load_le16(bytes + 2);
    hvn_store_le32(ram + NEXT, bytes[1]);
    ne2k_move(nic, (next << 8) + 4, bytes, len, READ);
    return len - 4;
}

/* up to the packet that the driver takes next; one that has taken none passes over what there is */
static guint
ne2k_give(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors)
{
    const guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint n = 0;

    while (n < n_descriptors && ne2k_take(nic, bus) > 0)
        n++;
    ne2k_set(nic, BNRY, hvn_load_le32(ram + NEXT) - 1);
    return n;
}

static guint
ne2k_collect(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint n_frames = 0, len;

    for (; (len = ne2k_take(nic, bus)) > 0; n_frames++)
        func(hvn_fake_bus_get_ram(bus) + BUFFER, len, user_data);
    return n_frames;
}

static guint
ne2k_completed(HvnNic *nic, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED);

    if (!(ne2k_get(nic, CR) & 4))
        hvn_store_le32(ram + COMPLETED, queued);
    return hvn_load_le32(ram + COMPLETED);
}

static guint
ne2k_queue(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus), *bytes = ram + BUFFER;
    guint queued = hvn_load_le32(ram + QUEUED), len = 60 + first % 1000;

    if (n_frames == 0 || ne2k_completed(nic, bus) != queued)
        return 0;
    memset(bytes, 0xff, 6);
    memcpy(bytes + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
    hvn_store_be32(bytes + 14, first);
    ne2k_move(nic, TX_PAGE << 8, bytes, len, WRITE);
    ne2k_set(nic, TBCR0, len);
    ne2k_set(nic, TBCR1, len >> 8);
    ne2k_set(nic, CR, TRANSMIT);
    hvn_store_le32(ram + QUEUED, queued + 1);
    return 1;
}

const HvnContractModel hvn_contract_ne2k = {
    .kind = "nic",
    .name = "ne2k_pci",
    .other_name = "ne2k_isa",
    .places = 1,
    .is_slave = TRUE,
    .open = ne2k_open,
    .give = ne2k_give,
    .collect = ne2k_collect,
    .queue = ne2k_queue,
    .completed = ne2k_completed,
};
