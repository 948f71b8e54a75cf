/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames that wait in front of a receive ring that has no doorbell: the driver gives descriptors back by memory alone. The sender is held, and
 * the ring is looked at again, soon at first and then less and less often; whatever the driver does with registers may be taken as a hint to
 * look at once. Embedded by value. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

#define HVN_RX_WAIT_MIN_NS (100 * HVN_NS_PER_US)
#define HVN_RX_WAIT_MAX_NS (10 * HVN_NS_PER_MS)

/**
 * HvnRxWaitRoom:
 * @data: what was given to hvn_rx_wait_init()
 *
 * Returns: %FALSE while the receiver is on and has not a single descriptor; a receiver that is off takes and counts
 */
typedef gboolean (*HvnRxWaitRoom)(gpointer data);

/**
 * HvnRxWaitLook:
 * @data: what was given to hvn_rx_wait_init()
 *
 * It is time to look at the ring: ends in hvn_rx_wait_update().
 */
typedef void (*HvnRxWaitLook)(gpointer data);

/**
 * HvnRxWaitFull:
 * @data: what was given to hvn_rx_wait_init()
 *
 * Frames begin to wait, or still wait after a look: what the device says to the driver then.
 */
typedef void (*HvnRxWaitFull)(gpointer data);

/**
 * HvnRxWait:
 * @held: frames wait for room, and the driver was told
 *
 * Other fields are private.
 */
typedef struct {
    gboolean      held;
    HvnPort      *port;  /* not owned */
    HvnWork       ready; /* there may be room again: tells the peer */
    HvnTimer      retry;
    gint64        retry_ns;
    HvnRxWaitRoom room;
    HvnRxWaitLook look;
    HvnRxWaitFull full;
    gpointer      data;
} HvnRxWait;

/**
 * hvn_rx_wait_init:
 * @self: (out caller-allocates): nobody waits
 * @port: (transfer none): the receiver; must outlive @self
 * @room: whether there is room
 * @look: called when it is time to look
 * @full: called when frames begin to wait
 * @data: (nullable): for all of them
 */
void
hvn_rx_wait_init(HvnRxWait *self, HvnPort *port, HvnRxWaitRoom room, HvnRxWaitLook look, HvnRxWaitFull full, gpointer data);

/**
 * hvn_rx_wait_reset:
 * @self: who waits
 *
 * Nothing is held any more; for a reset of the receiver, and before the owner goes away. The debt of ready stays.
 */
void
hvn_rx_wait_reset(HvnRxWait *self);

/**
 * hvn_rx_wait_hold:
 * @self: who waits
 *
 * Not all frames found room.
 */
void
hvn_rx_wait_hold(HvnRxWait *self);

/**
 * hvn_rx_wait_moved:
 * @self: who waits
 *
 * Frames found room.
 */
void
hvn_rx_wait_moved(HvnRxWait *self);

/**
 * hvn_rx_wait_remind:
 * @self: who waits
 *
 * Has the ring looked at in a short while, whether anything waits or not, unless that is to happen anyway.
 */
void
hvn_rx_wait_remind(HvnRxWait *self);

/**
 * hvn_rx_wait_update:
 * @self: who waits
 *
 * Something changed that may let frames in, or close the receiver: whoever waits asks again, soon.
 */
void
hvn_rx_wait_update(HvnRxWait *self);

G_END_DECLS
