/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two rings of a card; see hvn-contract-ring.h. Counters run freely; a place is a counter modulo the ring. */
#include "hvn-contract-ring.h"

#include <string.h>

#include "hvn-bytes.h"

#define OWN        0x80000000u
#define RX_BUFFERS 0x100000
#define TX_BUFFERS 0x200000

/* the driver's own variables */
enum { GIVEN = 0x30000, COLLECTED = GIVEN + 4, QUEUED = GIVEN + 8, COMPLETED = GIVEN + 12 };

static guint8 *
contract_ring_descriptor(HvnFakeBus *bus, guint32 ring, guint count)
{
    return hvn_fake_bus_get_ram(bus) + ring + count % HVN_CONTRACT_RING * HVN_CONTRACT_DESCRIPTOR;
}

static gboolean
contract_ring_is_ours(const HvnContractRing *self, HvnFakeBus *bus, guint32 ring, guint count)
{
    return !(hvn_load_le32(contract_ring_descriptor(bus, ring, count) + self->status) & OWN);
}

static void
contract_ring_hand_over(const HvnContractRing *self, HvnFakeBus *bus, guint32 ring, guint count, guint32 buffers, gsize len)
{
    guint n = count % HVN_CONTRACT_RING;

    self->hand_over(contract_ring_descriptor(bus, ring, n), n, buffers + n * HVN_CONTRACT_BUFFER, len);
}

void
hvn_contract_ring_open(HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);

    memset(ram + HVN_CONTRACT_RX_RING, 0, HVN_CONTRACT_RING * HVN_CONTRACT_DESCRIPTOR);
    memset(ram + HVN_CONTRACT_TX_RING, 0, HVN_CONTRACT_RING * HVN_CONTRACT_DESCRIPTOR);
    memset(ram + GIVEN, 0, 16);
}

guint
hvn_contract_ring_give(const HvnContractRing *self, HvnFakeBus *bus, guint n_descriptors)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN);

    n_descriptors = MIN(n_descriptors, HVN_CONTRACT_RING - (given - hvn_load_le32(ram + COLLECTED)));
    for (guint i = 0; i < n_descriptors; i++, given++)
        contract_ring_hand_over(self, bus, HVN_CONTRACT_RX_RING, given, RX_BUFFERS, 0);
    hvn_store_le32(ram + GIVEN, given);
    return n_descriptors;
}

guint
hvn_contract_ring_collect(const HvnContractRing *self, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint given = hvn_load_le32(ram + GIVEN), collected = hvn_load_le32(ram + COLLECTED), n_frames = 0;

    for (; collected != given && contract_ring_is_ours(self, bus, HVN_CONTRACT_RX_RING, collected); collected++, n_frames++)
        func(ram + RX_BUFFERS + collected % HVN_CONTRACT_RING * HVN_CONTRACT_BUFFER,
             self->length(contract_ring_descriptor(bus, HVN_CONTRACT_RX_RING, collected)), user_data);
    hvn_store_le32(ram + COLLECTED, collected);
    return n_frames;
}

guint
hvn_contract_ring_completed(const HvnContractRing *self, HvnFakeBus *bus)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED), completed = hvn_load_le32(ram + COMPLETED);

    while (completed != queued && contract_ring_is_ours(self, bus, HVN_CONTRACT_TX_RING, completed))
        completed++;
    hvn_store_le32(ram + COMPLETED, completed);
    return completed;
}

guint
hvn_contract_ring_queue(const HvnContractRing *self, HvnFakeBus *bus, guint n_frames, guint first)
{
    guint8 *ram = hvn_fake_bus_get_ram(bus);
    guint queued = hvn_load_le32(ram + QUEUED);

    n_frames = MIN(n_frames, HVN_CONTRACT_RING - (queued - hvn_contract_ring_completed(self, bus)));
    for (guint i = 0; i < n_frames; i++, queued++) {
        guint8 *frame = ram + TX_BUFFERS + queued % HVN_CONTRACT_RING * HVN_CONTRACT_BUFFER;

        memset(frame, 0xff, 6);
        memcpy(frame + 6, "\x52\x54\x00\x12\x34\x56\x88\xb5", 8);
        hvn_store_be32(frame + 14, first + i);
        contract_ring_hand_over(self, bus, HVN_CONTRACT_TX_RING, queued, TX_BUFFERS, 60 + (first + i) % 1000);
    }
    hvn_store_le32(ram + QUEUED, queued);
    return n_frames;
}
