/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HvnBus of a vfio-user client: its memory and its interrupts. */
#pragma once

#include "hvn-bus.h"
#include "hvn-shared-memory.h"
#include "hvn-vfio-user-irq.h"

G_BEGIN_DECLS

#define HVN_TYPE_VFIO_USER_BUS (hvn_vfio_user_bus_get_type())
G_DECLARE_FINAL_TYPE(HvnVfioUserBus, hvn_vfio_user_bus, HVN, VFIO_USER_BUS, GObject)

struct _HvnVfioUserBus {
    GObject parent_instance;

    HvnSharedMemory *memory;
    HvnVfioUserIrqs  irqs;
    gboolean         msix; /* messages go to MSI-X, not MSI */
};

/**
 * hvn_vfio_user_bus_new:
 * @dispatcher: (transfer none): where the NIC runs
 *
 * Returns: (transfer full): a bus without memory and eventfds
 */
HvnVfioUserBus *
hvn_vfio_user_bus_new(HvnDispatcher *dispatcher);

G_END_DECLS
