/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts: CSR5 and CSR7 (3.2.2.5, 3.2.2.7) over an HvnIrqCause, and CSR11 (3.2.2.11): the general-purpose timer, and mitigation, which
 * puts RI and TI off until so many frames came, or so much time went by since the first of them. */
#include "hvn-tulip-nic.h"

/* the cycle of the general-purpose timer, and of mitigation without CS: 8192 bits at 100 Mb/s on the MII, which is ten times as long at 10;
 * with CS the cycle of mitigation is a 16th of it */
#define CYCLE_NS         81920
#define CYCLE_SHORT_NS   5120
#define TX_TIMER_CYCLES  16
#define TS_STOPPED       0u
#define TS_WAITING       2u /* for the end of transmission */
#define TS_READING       3u
#define TS_SUSPENDED     6u
#define RS_STOPPED       0u
#define RS_WAITING       3u
#define RS_SUSPENDED     4u

static gint64
hvn_tulip_irq_cycle_ns(const HvnTulipNic *self, gint64 ns)
{
    gboolean fast = (hvn_tulip_get(self, TULIP_CSR6) & (TULIP_CSR6_PS | TULIP_CSR6_TTM)) == TULIP_CSR6_PS;

    return fast ? ns : 10 * ns;
}

/* ---- CSR5, CSR7 ---- */

static void
hvn_tulip_irq_update_mask(HvnTulipNic *self)
{
    guint32 mask = hvn_tulip_get(self, TULIP_CSR7);
    guint32 open = (mask & TULIP_CSR7_NIM ? TULIP_CSR5_NORMAL : 0) | (mask & TULIP_CSR7_AIM ? TULIP_CSR5_ABNORMAL : 0);

    hvn_irq_cause_set_mask(&self->irq.cause, mask & open);
}

static guint32
hvn_tulip_irq_receive_state(const HvnTulipNic *self)
{
    if (!(hvn_tulip_get(self, TULIP_CSR6) & TULIP_CSR6_SR) || self->failed)
        return RS_STOPPED;
    return self->rx.suspended ? RS_SUSPENDED : RS_WAITING;
}

static guint32
hvn_tulip_irq_transmit_state(const HvnTulipNic *self)
{
    if (!(hvn_tulip_get(self, TULIP_CSR6) & TULIP_CSR6_ST) || self->failed || self->tx.stopped)
        return TS_STOPPED;
    if (self->tx.held)
        return TS_WAITING;
    return self->tx.active ? TS_READING : TS_SUSPENDED;
}

/* the summaries are of what CSR7 lets through */
guint32
hvn_tulip_csr5_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnTulipNic *self = owner;
    guint32 told;

    value = hvn_irq_cause_read(&self->irq.cause);
    told = value & hvn_tulip_get(self, TULIP_CSR7);
    value |= TULIP_CSR5_ONES | hvn_tulip_irq_receive_state(self) << TULIP_CSR5_RS_SHIFT |
             hvn_tulip_irq_transmit_state(self) << TULIP_CSR5_TS_SHIFT;
    value |= told & TULIP_CSR5_NORMAL ? TULIP_CSR5_NIS : 0;
    value |= told & TULIP_CSR5_ABNORMAL ? TULIP_CSR5_AIS : 0;
    value |= self->failed ? TULIP_CSR5_EB_ABORT : 0;
    return value;
}

/* also tells that a driver is at work and may have given descriptors back */
void
hvn_tulip_csr5_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;

    hvn_tulip_set(self, TULIP_CSR5, 0); /* the bits are in the cause */
    hvn_irq_cause_acknowledge(&self->irq.cause, value & TULIP_CSR5_CAUSES);
    hvn_tulip_rx_update(self);
}

void
hvn_tulip_csr7_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;

    hvn_tulip_irq_update_mask(self);
    hvn_tulip_rx_update(self);
}

/* ---- CSR11 ---- */

static void
hvn_tulip_irq_arm_timer(HvnTulipNic *self)
{
    guint32 ticks = hvn_tulip_get(self, TULIP_CSR11) & TULIP_CSR11_TIM;

    if (ticks == 0)
        hvn_timer_cancel(&self->irq.timer);
    else
        hvn_timer_arm_after(&self->irq.timer, ticks * hvn_tulip_irq_cycle_ns(self, CYCLE_NS));
}

static void
hvn_tulip_irq_timed_out(gpointer data)
{
    HvnTulipNic *self = data;

    if (hvn_tulip_get(self, TULIP_CSR11) & TULIP_CSR11_CON)
        hvn_tulip_irq_arm_timer(self);
    hvn_irq_cause_raise(&self->irq.cause, TULIP_CSR5_GTE);
}

static void
hvn_tulip_irq_tell(HvnTulipNic *self, HvnTulipMitigation *mitigation)
{
    hvn_timer_cancel(&mitigation->timer);
    if (mitigation->n_frames == 0)
        return;
    mitigation->n_frames = 0;
    hvn_irq_cause_raise(&self->irq.cause, mitigation == &self->irq.rx ? TULIP_CSR5_RI : TULIP_CSR5_TI);
}

/* @limit frames or @ns; 0 for what is not to be waited for */
static void
hvn_tulip_irq_mitigate(HvnTulipNic *self, HvnTulipMitigation *mitigation, guint n_frames, guint limit, gint64 ns)
{
    mitigation->n_frames += n_frames;
    if ((limit == 0 && ns == 0) || (limit != 0 && mitigation->n_frames >= limit))
        hvn_tulip_irq_tell(self, mitigation);
    else if (ns != 0 && mitigation->n_frames > 0 && !hvn_timer_is_armed(&mitigation->timer))
        hvn_timer_arm_after(&mitigation->timer, ns);
}

static gint64
hvn_tulip_irq_mitigation_cycle_ns(const HvnTulipNic *self)
{
    return hvn_tulip_irq_cycle_ns(self, hvn_tulip_get(self, TULIP_CSR11) & TULIP_CSR11_CS ? CYCLE_SHORT_NS : CYCLE_NS);
}

/* frames are in memory */
void
hvn_tulip_irq_received(HvnTulipNic *self, guint n_frames)
{
    guint32 csr11 = hvn_tulip_get(self, TULIP_CSR11);

    hvn_tulip_irq_mitigate(self, &self->irq.rx, n_frames, csr11 >> TULIP_CSR11_NRX_SHIFT & 7,
                           (csr11 >> TULIP_CSR11_RXT_SHIFT & 15) * hvn_tulip_irq_mitigation_cycle_ns(self));
}

/* frames that asked for an interrupt are gone */
void
hvn_tulip_irq_sent(HvnTulipNic *self, guint n_frames)
{
    guint32 csr11 = hvn_tulip_get(self, TULIP_CSR11);

    hvn_tulip_irq_mitigate(self, &self->irq.tx, n_frames, csr11 >> TULIP_CSR11_NTX_SHIFT & 7,
                           (csr11 >> TULIP_CSR11_TXT_SHIFT & 15) * TX_TIMER_CYCLES * hvn_tulip_irq_mitigation_cycle_ns(self));
}

static void
hvn_tulip_irq_rx_timed_out(gpointer data)
{
    HvnTulipNic *self = data;

    hvn_tulip_irq_tell(self, &self->irq.rx);
}

static void
hvn_tulip_irq_tx_timed_out(gpointer data)
{
    HvnTulipNic *self = data;

    hvn_tulip_irq_tell(self, &self->irq.tx);
}

/* what is left of the timer */
guint32
hvn_tulip_csr11_read(gpointer owner, const HvnReg *reg, guint index, guint32 value)
{
    HvnTulipNic *self = owner;
    gint64 left = 0, cycle = hvn_tulip_irq_cycle_ns(self, CYCLE_NS);

    if (hvn_timer_is_armed(&self->irq.timer))
        left = MAX(self->irq.timer.deadline_ns - hvn_dispatcher_now_ns(self->irq.timer.dispatcher), 0);
    return (value & ~TULIP_CSR11_TIM) | (guint32)MIN((left + cycle - 1) / cycle, TULIP_CSR11_TIM);
}

/* what was put off under other numbers is told of now */
void
hvn_tulip_csr11_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old)
{
    HvnTulipNic *self = owner;

    hvn_tulip_irq_arm_timer(self);
    hvn_tulip_irq_tell(self, &self->irq.rx);
    hvn_tulip_irq_tell(self, &self->irq.tx);
}

void
hvn_tulip_irq_init(HvnTulipNic *self)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher((HvnPort *)self);

    hvn_irq_cause_init(&self->irq.cause, &self->parent);
    hvn_timer_init(&self->irq.timer, dispatcher, hvn_tulip_irq_timed_out, self);
    hvn_timer_init(&self->irq.rx.timer, dispatcher, hvn_tulip_irq_rx_timed_out, self);
    hvn_timer_init(&self->irq.tx.timer, dispatcher, hvn_tulip_irq_tx_timed_out, self);
}

void
hvn_tulip_irq_reset(HvnTulipNic *self)
{
    hvn_timer_cancel(&self->irq.timer);
    hvn_timer_cancel(&self->irq.rx.timer);
    hvn_timer_cancel(&self->irq.tx.timer);
    self->irq.rx.n_frames = self->irq.tx.n_frames = 0;
    hvn_irq_cause_reset(&self->irq.cause);
}
