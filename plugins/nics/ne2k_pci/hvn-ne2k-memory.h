/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The memory of the card, as the 8390 addresses it with 16 bits: the station address PROM at 0, 16 KiB of packet memory at 0x4000, and nothing
 * elsewhere. Embedded by value. */
#pragma once

#include "hvn-mac.h"
#include "hvn-ne2k-regs.h"

G_BEGIN_DECLS

typedef struct {
    guint8 prom[NE2K_PROM_SIZE];
    guint8 ram[NE2K_RAM_SIZE];
} HvnNe2kMemory;

/* each byte of the PROM twice, as it sits on half of a bus of 16 bits; behind the address, at 14 and 15, the W that says so */
void
hvn_ne2k_memory_set_mac(HvnNe2kMemory *self, const HvnMac *mac);

/* all ones where there is nothing */
guint8
hvn_ne2k_memory_load(const HvnNe2kMemory *self, guint16 address);

/* packet memory only */
void
hvn_ne2k_memory_store(HvnNe2kMemory *self, guint16 address, guint8 value);

/* (nullable): @len bytes of packet memory, none when they do not all lie there */
guint8 *
hvn_ne2k_memory_range(HvnNe2kMemory *self, guint16 address, gsize len);

G_END_DECLS
