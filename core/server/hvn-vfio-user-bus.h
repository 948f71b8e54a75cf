/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The HvnBus of a vfio-user client: its memory and its interrupts. Memory that the client shares is used where it is. What it does not share
 * is reached by messages (hvn-vfio-user-dma.h), from the first access to it on; interrupts then wait for the writes before them. */
#pragma once

#include "hvn-nic.h"
#include "hvn-shared-memory.h"
#include "hvn-vfio-user-dma.h"
#include "hvn-vfio-user-irq.h"

G_BEGIN_DECLS

#define HVN_TYPE_VFIO_USER_BUS (hvn_vfio_user_bus_get_type())
G_DECLARE_FINAL_TYPE(HvnVfioUserBus, hvn_vfio_user_bus, HVN, VFIO_USER_BUS, GObject)

/**
 * HvnVfioUserSend:
 * @data: what was given with it
 * @bytes: of messages for the client
 * @len: how many
 *
 * Queues bytes that are to leave soon.
 */
typedef void (*HvnVfioUserSend)(gpointer data, gconstpointer bytes, gsize len);

struct _HvnVfioUserBus {
    GObject parent_instance;

    HvnNic          *nic; /* not owned: it has the bus */
    HvnDispatcher   *dispatcher; /* not owned */
    HvnSharedMemory *memory;
    HvnVfioUserIrqs  irqs;
    gboolean         msix; /* messages go to MSI-X, not MSI */
    HvnVfioUserDma  *dma;  /* NULL until memory is met that is not shared */
    gboolean         warned;       /* about that */
    guint32          max_transfer; /* bytes of a DMA message that the client takes */
    HvnVfioUserSend  send;         /* NULL once the client is gone */
    gpointer         send_data;
    gboolean         level_held; /* INTx is to rise when writes up to level_fence are seen */
    guint64          level_fence;
    GArray          *held; /* messages that wait for writes */
};

/**
 * hvn_vfio_user_bus_new:
 * @nic: (transfer none): whose bus it will be
 * @send: takes messages for the client
 * @data: for @send
 *
 * Returns: (transfer full): a bus without memory and eventfds
 */
HvnVfioUserBus *
hvn_vfio_user_bus_new(HvnNic *nic, HvnVfioUserSend send, gpointer data);

/**
 * hvn_vfio_user_bus_hang_up:
 * @self: a bus
 *
 * The client is gone: nothing is sent any more, and nothing waits.
 */
void
hvn_vfio_user_bus_hang_up(HvnVfioUserBus *self);

/**
 * hvn_vfio_user_bus_unmapped:
 * @self: a bus
 * @addr: start of a region that is gone
 * @size: its bytes; 0 for all memory
 */
void
hvn_vfio_user_bus_unmapped(HvnVfioUserBus *self, guint64 addr, guint64 size);

G_END_DECLS
