/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The interface between a NIC and its hypervisor; nothing but the type is here: HvnNic keeps the table of functions, and calls them
 * itself. */
#include "hvn-bus.h"

G_DEFINE_INTERFACE(HvnBus, hvn_bus, G_TYPE_OBJECT)

static void
hvn_bus_default_init(HvnBusInterface *iface)
{
}
