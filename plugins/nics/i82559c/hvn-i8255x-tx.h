/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Transmit commands that are sent together. */
#pragma once

#include "hvn-i8255x-nic.h"

G_BEGIN_DECLS

#define I8255X_TX_IOVS 512

struct _HvnI8255xTxBatch {
    guint        n_cbs;
    guint        n_frames; /* of those that can be sent */
    guint        n_iov;
    HvnI8255xCb  cbs[HVN_BATCH_MAX];
    gboolean     sendable[HVN_BATCH_MAX];
    HvnFrame     frames[HVN_BATCH_MAX];
    guint8       sources[HVN_BATCH_MAX][2 * HVN_MAC_LEN]; /* addresses, where the device inserts its own */
    struct iovec iov[I8255X_TX_IOVS];
};

G_END_DECLS
