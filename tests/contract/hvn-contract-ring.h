/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver of a card with two rings of descriptors, each of which says by one bit who has it: its bookkeeping, for rows of
 * hvn-contract-model.h. The driver's own variables are in guest memory, so that there is no state outside the bus. */
#pragma once

#include "hvn-contract-model.h"

G_BEGIN_DECLS

#define HVN_CONTRACT_DESCRIPTOR 16 /* bytes of one */
#define HVN_CONTRACT_RX_RING    0x10000
#define HVN_CONTRACT_TX_RING    0x20000
#define HVN_CONTRACT_BUFFER     2048 /* bytes of memory for each descriptor */

/**
 * HvnContractRing:
 * @status: byte of the descriptor's longword whose highest bit says that the device has it
 * @hand_over: gives descriptor @n, 0 to %HVN_CONTRACT_RING - 1, to the device; @len is of a frame, or 0 for a receive buffer
 * @length: of a received frame, without FCS
 *
 * What differs between cards.
 */
typedef struct {
    guint status;
    void (*hand_over)(guint8 *descriptor, guint n, guint32 address, gsize len);
    gsize (*length)(const guint8 *descriptor);
} HvnContractRing;

/* both rings are the driver's */
void
hvn_contract_ring_open(HvnFakeBus *bus);

/* these do what those of HvnContractModel do, without a doorbell */
guint
hvn_contract_ring_give(const HvnContractRing *self, HvnFakeBus *bus, guint n_descriptors);
guint
hvn_contract_ring_collect(const HvnContractRing *self, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data);
guint
hvn_contract_ring_queue(const HvnContractRing *self, HvnFakeBus *bus, guint n_frames, guint first);
guint
hvn_contract_ring_completed(const HvnContractRing *self, HvnFakeBus *bus);

G_END_DECLS
