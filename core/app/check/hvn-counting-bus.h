/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A bus that counts what a NIC does on it, in front of a fake bus that does it. */
#pragma once

#include "hvn-fake-bus.h"

G_BEGIN_DECLS

#define HVN_TYPE_COUNTING_BUS (hvn_counting_bus_get_type())
G_DECLARE_FINAL_TYPE(HvnCountingBus, hvn_counting_bus, HVN, COUNTING_BUS, GObject)

/* (transfer full): a bus in front of another */
HvnCountingBus *
hvn_counting_bus_new(HvnFakeBus *behind);

/* reads, writes and maps since the start */
guint
hvn_counting_bus_get_n_accesses(HvnCountingBus *self);

/* rises of INTx and messages since the start */
guint
hvn_counting_bus_get_n_interrupts(HvnCountingBus *self);

G_END_DECLS
