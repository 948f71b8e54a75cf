/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command unit (6.5.3): walks the list of command blocks that CU start names, in bounded batches.
 *
 *   start, resume --- mark ---> work: read a block -> transmit? into a batch (-tx) -> sent      -> status -> CX, CNA
 *                                                  -> another one (-command)       -> executed  -> status
 *                                     -> link, up to EL (idle), S (suspended), or 256 blocks: the rest a little later
 *
 * What the peer does not take is where the list goes on when it has room. A list without an end is the guest's to watch: it goes on for
 * ever as in silicon, but leaves time for everything else. */
#include "hvn-i8255x-tx.h"

#define CU_BATCH    256
#define CU_PAUSE_NS (20 * HVN_NS_PER_US)

static void
hvn_i8255x_cu_paused(gpointer data)
{
    hvn_work_schedule(&((HvnI8255xNic *)data)->cu.work);
}

void
hvn_i8255x_cu_init(HvnI8255xNic *self)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher((HvnPort *)self);

    hvn_work_init(&self->cu.work, dispatcher, hvn_i8255x_cu_run, self);
    hvn_timer_init(&self->cu.pause, dispatcher, hvn_i8255x_cu_paused, self);
}

void
hvn_i8255x_cu_reset(HvnI8255xNic *self)
{
    hvn_work_cancel(&self->cu.work);
    hvn_timer_cancel(&self->cu.pause);
    self->cu.state = I8255X_SCB_CUS_IDLE;
    self->cu.resumed = self->cu.held = FALSE;
    self->cu.next = self->cu.suspended = 0;
    self->cu.causes = 0;
}

static void
hvn_i8255x_cu_leave_active(HvnI8255xNic *self, guint state)
{
    self->cu.state = state;
    if (state == I8255X_SCB_CUS_IDLE || !(self->config[6] & I8255X_CONFIG_6_CI))
        self->cu.causes |= I8255X_ACK_CNA;
}

/* @cb was executed, and what it wrote is in memory: tells the driver, and goes to where the list goes on */
void
hvn_i8255x_cu_complete(HvnI8255xNic *self, const HvnI8255xCb *cb, guint16 status)
{
    hvn_i8255x_block_store(self, cb->address, cb->mapped, I8255X_CB_STATUS, status);
    self->cu.next = cb->link;
    if (cb->command & I8255X_CB_I)
        self->cu.causes |= I8255X_ACK_CX;
    if (cb->command & I8255X_CB_EL) {
        hvn_i8255x_cu_leave_active(self, I8255X_SCB_CUS_IDLE);
    } else if (cb->command & I8255X_CB_S) {
        self->cu.suspended = cb->address;
        hvn_i8255x_cu_leave_active(self, I8255X_SCB_CUS_SUSPENDED);
    }
}

static inline gboolean
hvn_i8255x_cu_fetch(HvnI8255xNic *self, HvnI8255xCb *cb)
{
    cb->offset = self->cu.next;
    cb->address = self->cu.base + self->cu.next;
    if (G_UNLIKELY(!hvn_i8255x_block_read(self, cb->address, cb->bytes, sizeof cb->bytes, &cb->mapped))) {
        memset(cb->bytes, 0, sizeof cb->bytes);
        if (!hvn_nic_dma_read(&self->parent, cb->address, cb->bytes, I8255X_TCB_DATA)) /* a short one at the end of memory */
            return FALSE;
    }
    cb->command = hvn_load_le16(cb->bytes + I8255X_CB_COMMAND);
    cb->link = hvn_load_le32(cb->bytes + I8255X_CB_LINK);
    return TRUE;
}

/* one block; FALSE when the unit is to stop here */
static inline gboolean
hvn_i8255x_cu_step(HvnI8255xNic *self, HvnI8255xTxBatch *batch)
{
    HvnI8255xCb *cb = &batch->cbs[batch->n_cbs];

    if (!hvn_i8255x_cu_fetch(self, cb)) {
        if (hvn_i8255x_tx_flush(self, batch))
            hvn_i8255x_cu_leave_active(self, I8255X_SCB_CUS_IDLE);
        return FALSE;
    }
    if ((cb->command & I8255X_CB_OPCODE) == I8255X_OPCODE_TRANSMIT) {
        if (!hvn_i8255x_tx_add(self, batch, cb))
            return hvn_i8255x_tx_flush(self, batch); /* and this one once more */
        self->cu.next = cb->link;
        if (!hvn_i8255x_tx_is_full(batch) && !(cb->command & (I8255X_CB_EL | I8255X_CB_S)))
            return TRUE;
        return hvn_i8255x_tx_flush(self, batch) && self->cu.state == I8255X_SCB_CUS_ACTIVE;
    }
    if (batch->n_cbs > 0)
        return hvn_i8255x_tx_flush(self, batch); /* what came before it goes first; it is read again then */
    hvn_i8255x_cu_complete(self, cb, hvn_i8255x_command_run(self, cb));
    return self->cu.state == I8255X_SCB_CUS_ACTIVE;
}

/* 6.5.3.2: resume reads the S bit again of the block that it stopped behind, and stays there if it is still set: the unit had gone on by
 * itself, as the driver had cleared the bit before */
static gboolean
hvn_i8255x_cu_may_go_on(HvnI8255xNic *self)
{
    guint8 command[2];

    if (!self->cu.resumed)
        return TRUE;
    self->cu.resumed = FALSE;
    if (hvn_nic_dma_read(&self->parent, self->cu.suspended + I8255X_CB_COMMAND, command, sizeof command) &&
        !(hvn_load_le16(command) & I8255X_CB_S))
        return TRUE;
    self->cu.state = I8255X_SCB_CUS_SUSPENDED;
    return FALSE;
}

/* the work that start and resume mark */
gboolean
hvn_i8255x_cu_run(gpointer data)
{
    HvnI8255xNic *self = data;
    HvnI8255xTxBatch batch;

    if (self->cu.state != I8255X_SCB_CUS_ACTIVE || self->cu.held)
        return FALSE;
    self->cu.left = CU_BATCH;
    hvn_i8255x_tx_batch_init(&batch);
    if (hvn_i8255x_cu_may_go_on(self)) {
        while (self->cu.left > 0 && hvn_i8255x_cu_step(self, &batch))
            self->cu.left -= MIN(self->cu.left, 1);
        hvn_i8255x_tx_flush(self, &batch);
    }
    hvn_nic_dma_release(&self->parent);
    if (self->cu.causes != 0) {
        hvn_irq_cause_raise(&self->irq, self->cu.causes);
        self->cu.causes = 0;
    }
    if (self->cu.state == I8255X_SCB_CUS_ACTIVE && !self->cu.held)
        hvn_timer_arm_after(&self->cu.pause, CU_PAUSE_NS);
    return FALSE;
}

/* the peer, or what was looped back, has room again */
void
hvn_i8255x_cu_resume_sending(gpointer data)
{
    HvnI8255xNic *self = data;

    self->cu.held = FALSE;
    hvn_work_schedule(&self->cu.work);
}

static void
hvn_i8255x_cu_go(HvnI8255xNic *self, gboolean reads_s)
{
    self->cu.state = I8255X_SCB_CUS_ACTIVE;
    self->cu.resumed = reads_s;
    hvn_work_schedule(&self->cu.work);
}

/* the high nibble of the SCB command; 6.5.3.3 says what each does in which state */
void
hvn_i8255x_cu_control(HvnI8255xNic *self, guint command)
{
    guint32 pointer = hvn_i8255x_get(self, I8255X_SCB_POINTER);

    switch (command) {
    case I8255X_CUC_NOP:
        break;
    case I8255X_CUC_START:
        self->cu.next = pointer;
        self->cu.held = FALSE;
        hvn_i8255x_cu_go(self, FALSE);
        break;
    case I8255X_CUC_RESUME:
    case I8255X_CUC_STATIC_RESUME: /* its list never clears S */
        if (self->cu.state == I8255X_SCB_CUS_SUSPENDED)
            hvn_i8255x_cu_go(self, command == I8255X_CUC_RESUME);
        break;
    case I8255X_CUC_BASE:
        self->cu.base = pointer;
        break;
    case I8255X_CUC_DUMP_ADDRESS:
        self->stats.address = pointer;
        break;
    case I8255X_CUC_DUMP:
    case I8255X_CUC_DUMP_RESET:
        self->stats.command = command;
        hvn_work_schedule(&self->stats.work);
        break;
    default:
        hvn_guest_error(hvn_nic_get_guest_errors(&self->parent), "no command of the command unit: 0x%02x", command);
    }
}
