/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of virtio over PCI: hvn-virtio-pci.c moves it, hvn-virtio-pci-regs.c shows it to the driver. */
#pragma once

#include "hvn-virtio-pci.h"

G_BEGIN_DECLS

#define HVN_VIRTIO_PCI_PAGE_SHIFT 12 /* of a legacy queue address */

typedef struct {
    HvnVirtqueue queue;
    guint16      size;
    guint16      vector;
    gboolean     enabled;
    gboolean     set; /* the device has it */
    guint32      state; /* where to go on when it was stopped without a reset */
    guint64      addresses[HVN_VIRTQUEUE_N_AREAS];
} HvnVirtioPciQueue;

struct _HvnVirtioPci {
    HvnNic            *nic;    /* not owned: the owner */
    HvnVirtioDevice   *device; /* the same object */
    HvnVirtqueueOps    ops;
    HvnWork            work; /* starts queues once the function may be bus master */
    gboolean           transitional;
    gboolean           on;
    guint8             window_cap; /* offset of the capability for access through configuration space */
    guint32            device_feature_select;
    guint32            driver_feature_select;
    guint64            driver_features;
    gboolean           features_set; /* the device was told */
    guint8             status;
    guint8             isr;
    guint8             generation;
    guint16            config_vector;
    guint16            queue_select;
    guint              n_queues;
    HvnVirtioPciQueue *queues; /* owned */
};

/* 4.1.4.8: access to BARs through configuration space */
void
hvn_virtio_pci_window(HvnPciConfig *pci, gboolean write, guint offset, guint size, gpointer data);

/* what the transport and the device offer, for a modern or a legacy driver */
guint64
hvn_virtio_pci_get_offered(HvnVirtioPci *self, gboolean legacy);

void
hvn_virtio_pci_set_status(HvnVirtioPci *self, guint8 status, gboolean legacy);

/* starts the queues that are to run and stops the others */
void
hvn_virtio_pci_update(HvnVirtioPci *self);

void
hvn_virtio_pci_set_features(HvnVirtioPci *self, guint64 features);

/* the driver rings the doorbell of a queue */
void
hvn_virtio_pci_kick(HvnVirtioPci *self, guint index, gboolean legacy);

/* 4.1.4.5: reading clears it and lowers the line */
guint8
hvn_virtio_pci_take_isr(HvnVirtioPci *self);

G_END_DECLS
