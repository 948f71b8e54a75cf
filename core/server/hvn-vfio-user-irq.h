/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts of one vfio-user client as eventfds: INTx with automask and resample, MSI, MSI-X. Embedded by value in the bus.
 *
 *   level rises -> not masked? mask, signal the trigger -> client serves it -> UNMASK (a message, or the resample eventfd)
 *               -> still high? mask, signal again */
#pragma once

#include "hvn-vfio-user-proto.h"
#include "hvn-watch.h"

G_BEGIN_DECLS

#define HVN_VFIO_USER_MAX_VECTORS 2048 /* of MSI-X (PCI 3.0, 6.8.2.3) */

typedef struct {
    HvnDispatcher *dispatcher;                 /* not owned */
    guint          counts[HVN_VFIO_USER_NUM_IRQS]; /* vectors that the device has */
    GArray        *triggers[HVN_VFIO_USER_NUM_IRQS]; /* int: eventfds by vector, -1 for none */
    int            resample_fd; /* of INTx, -1 for none */
    HvnWatch      *resample;
    gboolean       level;
    gboolean       masked;
} HvnVfioUserIrqs;

/**
 * hvn_vfio_user_irqs_init:
 * @self: the interrupts
 * @dispatcher: (transfer none): watches the resample eventfd
 */
void
hvn_vfio_user_irqs_init(HvnVfioUserIrqs *self, HvnDispatcher *dispatcher);

/**
 * hvn_vfio_user_irqs_clear:
 * @self: the interrupts
 *
 * Closes every eventfd; the level is kept.
 */
void
hvn_vfio_user_irqs_clear(HvnVfioUserIrqs *self);

/**
 * hvn_vfio_user_irqs_set:
 * @self: the interrupts
 * @set: the request
 * @payload_len: bytes behind the request
 * @payload: (nullable): the bytes of a request with BOOL data
 * @fds: (array length=n_fds): descriptors; those that are kept are set to -1
 * @n_fds: how many
 *
 * Serves DEVICE_SET_IRQS.
 *
 * Returns: 0, or a positive errno
 */
int
hvn_vfio_user_irqs_set(HvnVfioUserIrqs *self, const HvnVfioUserIrqSet *set, const guint8 *payload, gsize payload_len, int *fds,
                       guint n_fds);

/**
 * hvn_vfio_user_irqs_set_level:
 * @self: the interrupts
 * @level: of INTx
 */
void
hvn_vfio_user_irqs_set_level(HvnVfioUserIrqs *self, gboolean level);

/**
 * hvn_vfio_user_irqs_send:
 * @self: the interrupts
 * @index: %HVN_VFIO_USER_IRQ_MSI or %HVN_VFIO_USER_IRQ_MSIX
 * @vector: the vector
 *
 * Returns: whether the client has an eventfd for it
 */
gboolean
hvn_vfio_user_irqs_send(HvnVfioUserIrqs *self, HvnVfioUserIrqIndex index, guint vector);

G_END_DECLS
