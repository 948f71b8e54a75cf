/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting for receive descriptors that nothing tells of:
 *
 *   hold -> timer -> look -> update -> ready work -> no descriptor yet: hold again
 *                            ^                    -> hvn_port_ready(): the sender offers its frames again
 *                 a register that the driver wrote
 */
#include "hvn-rx-wait.h"

/* not while there is still no descriptor for him */
static gboolean
hvn_rx_wait_tell_ready(gpointer data)
{
    HvnRxWait *self = data;

    if (self->room(self->data))
        hvn_port_ready(self->port);
    else
        hvn_rx_wait_hold(self);
    return FALSE;
}

static void
hvn_rx_wait_retry(gpointer data)
{
    HvnRxWait *self = data;

    self->look(self->data);
    self->held = FALSE;
}

void
hvn_rx_wait_init(HvnRxWait *self, HvnPort *port, HvnRxWaitRoom room, HvnRxWaitLook look, HvnRxWaitFull full, gpointer data)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(port);

    *self = (HvnRxWait){.port = port, .retry_ns = HVN_RX_WAIT_MIN_NS, .room = room, .look = look, .full = full, .data = data};
    hvn_work_init(&self->ready, dispatcher, hvn_rx_wait_tell_ready, self);
    hvn_timer_init(&self->retry, dispatcher, hvn_rx_wait_retry, self);
}

void
hvn_rx_wait_reset(HvnRxWait *self)
{
    hvn_work_cancel(&self->ready);
    hvn_timer_cancel(&self->retry);
    self->held = FALSE;
    self->retry_ns = HVN_RX_WAIT_MIN_NS;
}

void
hvn_rx_wait_hold(HvnRxWait *self)
{
    if (!self->held)
        self->full(self->data);
    self->held = TRUE;
    if (!hvn_timer_is_armed(&self->retry)) {
        hvn_timer_arm_after(&self->retry, self->retry_ns);
        self->retry_ns = MIN(2 * self->retry_ns, HVN_RX_WAIT_MAX_NS);
    }
}

void
hvn_rx_wait_moved(HvnRxWait *self)
{
    self->held = FALSE;
    self->retry_ns = HVN_RX_WAIT_MIN_NS;
}

void
hvn_rx_wait_remind(HvnRxWait *self)
{
    if (!hvn_timer_is_armed(&self->retry))
        hvn_timer_arm_after(&self->retry, HVN_RX_WAIT_MIN_NS);
}

void
hvn_rx_wait_update(HvnRxWait *self)
{
    if (hvn_port_owes_ready(self->port))
        hvn_work_schedule(&self->ready);
}
