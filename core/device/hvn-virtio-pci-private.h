/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The state of virtio over PCI: hvn-virtio-pci.c moves it, hvn-virtio-pci-regs.c shows it to the driver. */
#pragma once

#include "hvn-virtio-face.h"
#include "hvn-virtio-pci.h"

G_BEGIN_DECLS

#define HVN_VIRTIO_PCI_PAGE_SHIFT 12 /* of a legacy queue address */

struct _HvnVirtioPci {
    HvnVirtioFace face;
    HvnWork       work; /* starts queues once the function may be bus master */
    gboolean      transitional;
    guint8        window_cap; /* offset of the capability for access through configuration space */
    guint8        isr;
    guint16       config_vector;
    guint16      *vectors; /* owned; of each queue */
};

/* 4.1.4.8: access to BARs through configuration space */
void
hvn_virtio_pci_window(HvnPciConfig *pci, gboolean write, guint offset, guint size, gpointer data);

/* 4.1.4.5: reading clears it and lowers the line */
guint8
hvn_virtio_pci_take_isr(HvnVirtioPci *self);

G_END_DECLS
