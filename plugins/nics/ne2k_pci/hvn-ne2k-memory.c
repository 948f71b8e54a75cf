/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is where in the card's memory. An address of the guest's is looked up here and nowhere else, so that none reaches beyond. */
#include "hvn-ne2k-memory.h"

#include <string.h>

#define RAM_BASE (NE2K_RAM_FIRST * NE2K_PAGE_SIZE)
#define WIDE     'W' /* a card with a bus of 16 bits */

void
hvn_ne2k_memory_set_mac(HvnNe2kMemory *self, const HvnMac *mac)
{
    memset(self->prom, 0, sizeof self->prom);
    for (guint i = 0; i < HVN_MAC_LEN; i++)
        self->prom[2 * i] = self->prom[2 * i + 1] = mac->addr[i];
    memset(self->prom + 28, WIDE, 4);
}

guint8
hvn_ne2k_memory_load(const HvnNe2kMemory *self, guint16 address)
{
    if (address < sizeof self->prom)
        return self->prom[address];
    if (address >= RAM_BASE && address < RAM_BASE + sizeof self->ram)
        return self->ram[address - RAM_BASE];
    return 0xff;
}

void
hvn_ne2k_memory_store(HvnNe2kMemory *self, guint16 address, guint8 value)
{
    if (address >= RAM_BASE && address < RAM_BASE + sizeof self->ram)
        self->ram[address - RAM_BASE] = value;
}

guint8 *
hvn_ne2k_memory_range(HvnNe2kMemory *self, guint16 address, gsize len)
{
    if (address < RAM_BASE || address - RAM_BASE > sizeof self->ram || len > sizeof self->ram - (address - RAM_BASE))
        return NULL;
    return self->ram + (address - RAM_BASE);
}
