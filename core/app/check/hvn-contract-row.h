/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests must know about one plugin to bring it to life: how a guest opens a NIC's receiver and queues frames on it, what
 * makes a backend answer. A plugin without a row is exercised all the same, closed: a NIC nobody has programmed, a backend
 * nobody asks. */
#pragma once

#include "hvn-backend.h"
#include "hvn-fake-bus.h"
#include "hvn-fake-port.h"
#include "hvn-nic.h"
#include "hvn-options.h"

G_BEGIN_DECLS

#define HVN_CONTRACT_RAM_SIZE (8 * 1024 * 1024)
#define HVN_CONTRACT_RING     64 /* descriptors of each ring that a row sets up */

typedef void (*HvnContractFrameFunc)(const guint8 *data, gsize len, gpointer user_data);

/**
 * HvnContractModel:
 * @kind: "nic" or "backend"
 * @name: the plugin's name
 * @configure: (nullable): gives options, where a plugin does not start without
 * @other_name: (nullable): of a plugin that is driven in the same way
 * @places: frames that the transmitter holds at once, 0 for %HVN_CONTRACT_RING - 1
 * @is_slave: never reads or writes guest memory: bus mastering is nothing to it
 * @open: a driver's set-up: rings, receiver without filters, transmitter; interrupts stay masked
 * @give: gives up to that many receive descriptors to the device, after @collect; returns how many there were to give
 * @collect: takes the frames that the device received, in order
 * @queue: queues frames on the transmit ring and rings the doorbell; returns how many found a place
 * @completed: frames that the device says it has sent, since @open
 * @question: (transfer full) (nullable): a frame that the backend answers with one frame; at most 256 in a row are asked. %NULL for one
 *   that sends 200 answers by itself
 * @answer: whether a frame is the answer to a question, and to which
 * @silent: the backend answers nothing, whatever it is sent; it needs neither @question nor @answer
 *
 * A row. From @open to @completed it is for NICs, the last three are for backends.
 */
typedef struct {
    const char *kind;
    const char *name;
    const char *other_name;
    guint places;
    gboolean is_slave;
    void (*configure)(HvnOptions *options);
    void (*open)(HvnNic *nic, HvnFakeBus *bus);
    guint (*give)(HvnNic *nic, HvnFakeBus *bus, guint n_descriptors);
    guint (*collect)(HvnNic *nic, HvnFakeBus *bus, HvnContractFrameFunc func, gpointer user_data);
    guint (*queue)(HvnNic *nic, HvnFakeBus *bus, guint n_frames, guint first);
    guint (*completed)(HvnNic *nic, HvnFakeBus *bus);
    GByteArray *(*question)(guint16 number);
    gboolean (*answer)(const guint8 *data, gsize len, guint16 *number);
    gboolean silent;
} HvnContractModel;

/* (transfer none) (nullable): the row of a plugin */
typedef const HvnContractModel *(*HvnContractModelFunc)(const char *kind, const char *name);

G_END_DECLS
