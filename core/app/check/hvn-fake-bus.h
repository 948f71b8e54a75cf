/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hypervisor for tests: flat guest memory at address 0, and a record of what the NIC did to its interrupts. */
#pragma once

#include "hvn-bus.h"
#include "hvn-nic.h"

G_BEGIN_DECLS

#define HVN_TYPE_FAKE_BUS (hvn_fake_bus_get_type())
G_DECLARE_FINAL_TYPE(HvnFakeBus, hvn_fake_bus, HVN, FAKE_BUS, GObject)

#define HVN_FAKE_BUS_BAR0 0xfe000000u /* where hvn_fake_bus_enable_nic() puts BAR 0; BAR n is n * 1 MiB above, I/O BARs at 0xc000 + n * 0x100 */

/**
 * hvn_fake_bus_new:
 * @ram_size: bytes of guest memory from address 0; pages are touched as they are used
 *
 * Returns: (transfer full): a bus
 */
HvnFakeBus *
hvn_fake_bus_new(gsize ram_size);

/* enables memory, I/O and bus mastering and places the BARs, as firmware does */
void
hvn_fake_bus_enable_nic(HvnFakeBus *self, HvnNic *nic);

/* guest memory, from address 0 */
guint8 *
hvn_fake_bus_get_ram(HvnFakeBus *self);

/* level of INTx */
gboolean
hvn_fake_bus_get_irq(HvnFakeBus *self);

/* times that INTx rose */
guint
hvn_fake_bus_get_irq_rises(HvnFakeBus *self);

/* messages sent on a vector, 0 to 31 */
guint
hvn_fake_bus_get_msi_count(HvnFakeBus *self, guint vector);

/* every map and read splits at each multiple of @bytes, as memory of several regions does; 0 for never */
void
hvn_fake_bus_set_split(HvnFakeBus *self, gsize bytes);

/* guest memory from @from up to @to cannot be written, as a ROM; both the same for none */
void
hvn_fake_bus_set_read_only(HvnFakeBus *self, guint64 from, guint64 to);

G_END_DECLS
