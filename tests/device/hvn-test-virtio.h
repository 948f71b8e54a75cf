/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A virtio device of one queue that only records what it is told, for tests of the transports; "variant" says which: "pci", "mmio" or
 * "mmio-legacy". */
#pragma once

#include "hvn-bytes.h"
#include "hvn-virtio-mmio.h"
#include "hvn-virtio-pci.h"

G_BEGIN_DECLS

#define TEST_DEVICE_FEATURES (HVN_VIRTIO_F_VERSION_1 | HVN_VIRTIO_F_EVENT_IDX | HVN_VIRTIO_F_RING_RESET | 5)

#define TEST_TYPE_DEVICE (test_device_get_type())
G_DECLARE_FINAL_TYPE(TestDevice, test_device, TEST, DEVICE, HvnNic)

struct _TestDevice {
    HvnNic         parent_instance;
    HvnVirtioPci  *pci;  /* owned; NULL for the other */
    HvnVirtioMmio *mmio; /* owned; NULL for the other */
    HvnVirtqueue  *queue;
    guint64        features;
    guint          n_kicks;
    guint          n_resets;
    guint8         config[8];
};

G_END_DECLS
