/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of a NIC: hvn-nic.c gates and forwards, hvn-nic-irq.c interrupts. */
#pragma once

#include "hvn-nic.h"

G_BEGIN_DECLS

/* addresses that DMA must not touch: a memory BAR of our own */
typedef struct {
    guint64 first;
    guint64 last;
} HvnNicRange;

typedef struct {
    HvnBus                *bus;          /* (nullable) owned reference */
    const HvnBusInterface *bus_iface;    /* of bus */
    gboolean               can_master;   /* a bus, bus mastering enabled, state D0 */
    guint                  n_own;
    HvnNicRange            own[HVN_PCI_N_BARS];
    guint64                open[HVN_PCI_N_BARS]; /* bytes of each BAR that the guest reaches now */
    guint64                dma_errors;   /* accesses that failed */
    gboolean               no_pci;       /* regions and a line: what PCI would gate is always on */
    HvnNicRegion           regions[HVN_PCI_N_BARS]; /* of a NIC that is no PCI function */
    gboolean               irq;          /* what the model requests */
    gboolean               pin;          /* level that the bus was told */
    gboolean               message_sent; /* for this rise, by MSI */
    HvnPciConfig           pci;
    HvnGuestErrors         guest_errors;
    HvnMac                 mac;
    char                  *variant;      /* (nullable) owned */
} HvnNicPrivate;

HvnNicPrivate *
hvn_nic_get_private(HvnNic *self);

/* tells the bus of the pin's level, or sends a message, after anything changed that decides on it */
void
hvn_nic_update_irq(HvnNicPrivate *priv);

/* sends the messages that waited for a mask */
void
hvn_nic_update_pending(HvnNicPrivate *priv);

G_END_DECLS
