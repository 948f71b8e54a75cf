/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The i8255x NIC: its state, by unit, and what the units offer each other. The object, its variants and its resets are in
 * hvn-i8255x-nic.c; each unit has a file of its own: -scb (both units' commands, interrupts), -cu (the list of commands), -tx, -command
 * (all the others), -rx, -rbd, -filter, -stats, -port, -eeprom, -phy. */
#pragma once

#include "hvn-eeprom93xx.h"
#include "hvn-fcs.h"
#include "hvn-i8255x-desc.h"
#include "hvn-i8255x-regs.h"
#include "hvn-irq-cause.h"
#include "hvn-loopback.h"
#include "hvn-mac-filter.h"
#include "hvn-mii-phy.h"
#include "hvn-nic.h"
#include "hvn-ring-view.h"

G_BEGIN_DECLS

#define HVN_TYPE_I8255X_NIC (hvn_i8255x_nic_get_type())
GType
hvn_i8255x_nic_get_type(void);

typedef struct {
    HvnNicClass  parent_class;
    HvnRegTable *table; /* owned, for ever: types are static */
} HvnI8255xNicClass;

typedef struct {
    const char *name;
    guint16     device;
    guint8      revision;
    guint16     subsystem_vendor;
    guint16     subsystem;
    guint       stats_max;    /* bytes of the largest block of statistics */
    gboolean    is_82557;     /* standard TCBs only, one mask for all interrupts, no power management */
} HvnI8255xVariant;

typedef struct {
    guint32 offset;  /* from the CU's base */
    guint32 address;
    guint16 command;
    guint32 link;    /* an offset */
    guint8 *mapped;  /* (nullable): in guest memory, where the status goes */
    guint8  bytes[I8255X_CB_LEN];
} HvnI8255xCb;

/* frames of a part of the list, in order; see hvn-i8255x-tx.c */
typedef struct _HvnI8255xTxBatch HvnI8255xTxBatch;

typedef struct {
    HvnWork  work;
    HvnTimer pause;     /* of a list that is longer than a batch */
    guint    left;      /* what this run may still do, in plain commands */
    guint    state;     /* I8255X_SCB_CUS_* */
    guint32  base;
    guint32  next;      /* offset of the command that is executed next */
    guint32  suspended; /* address of the command with S */
    gboolean resumed;   /* S is to be read again first */
    gboolean held;      /* the peer took fewer than offered: wait for resume */
    guint32  causes;    /* of this run */
    guint64  dropped;   /* frames that could not be sent as the guest asked */
} HvnI8255xCu;

typedef struct {
    HvnWork      ready; /* there may be room again: tells the peer */
    guint        state; /* I8255X_SCB_RUS_* */
    guint32      base;
    guint32      next;  /* offset of the RFD that is filled next */
    guint32      started; /* address of the RFD that the last RU start named */
    gboolean     unseen;  /* frames were stored since, or since the driver looked at the status */
    guint32      rbd;   /* offset of the RBD that is filled next */
    gboolean     rbd_from_rfd; /* since RU start: the next RFD says which */
    gboolean     rbd_at_end;   /* rbd is the last one, and full: what is linked behind it is next */
    guint32      causes; /* of this batch */
    HvnMacFilter filter;
    gboolean     filter_stale; /* what it is made of changed since it was filled */
    guint64      closed;       /* frames taken while the receiver was idle or the link down */
    guint64      dropped;      /* frames that passed the filter and could not be stored */
} HvnI8255xRx;

typedef struct {
    HvnWork work;
    guint32 address;
    guint   command; /* I8255X_CUC_DUMP or I8255X_CUC_DUMP_RESET, 0 for none */
    guint32 counters[I8255X_N_COUNTERS];
} HvnI8255xStats;

typedef struct {
    HvnWork work;
    guint32 command; /* a function of PORT that wants memory, with its address; 0 for none */
} HvnI8255xPort;

typedef struct {
    HvnNic                  parent;
    const HvnI8255xVariant *variant;
    char                   *eeprom_name; /* owned; as configured */
    HvnRegs                 regs;
    HvnI8255xCu             cu;
    HvnI8255xRx             rx;
    HvnI8255xStats          stats;
    HvnI8255xPort           port;
    HvnIrqCause             irq;
    guint8                  config[I8255X_CONFIG_LEN];
    HvnMac                  address; /* IA setup */
    guint8                  hash[8]; /* of multicast setup */
    HvnLoopback             loop;
    HvnFcs                  fcs;
    HvnEeprom93xx           eeprom;
    HvnMiiPhy               phy;
    gboolean                ready; /* constructed: works may be used */
} HvnI8255xNic;

static inline guint32
hvn_i8255x_get(const HvnI8255xNic *self, guint32 offset)
{
    return hvn_regs_get(&self->regs, offset);
}

static inline void
hvn_i8255x_set(HvnI8255xNic *self, guint32 offset, guint32 value)
{
    hvn_regs_set(&self->regs, offset, value);
}

/* the first @len bytes of a block or descriptor, read once, and where they are mapped, so that the status is stored without another call of
 * the bus: NULL where memory is not shared, or not in one piece. FALSE when they are not in memory */
static inline gboolean
hvn_i8255x_block_read(HvnI8255xNic *self, guint32 address, guint8 *bytes, gsize len, guint8 **mapped)
{
    *mapped = hvn_ring_view_map(&self->parent, address, len);
    if (G_UNLIKELY(*mapped == NULL))
        return hvn_nic_dma_read(&self->parent, address, bytes, len);
    memcpy(bytes, *mapped, len);
    __atomic_signal_fence(__ATOMIC_ACQ_REL); /* the copy is what is looked at */
    return TRUE;
}

/* a word of the block, behind all that it tells of */
static inline void
hvn_i8255x_block_store(HvnI8255xNic *self, guint32 address, guint8 *mapped, guint offset, guint16 word)
{
    word = GUINT16_TO_LE(word);
    if (G_LIKELY(mapped != NULL && !(GPOINTER_TO_SIZE(mapped + offset) & 1))) {
        __atomic_store_n((guint16 *)(gpointer)(mapped + offset), word, __ATOMIC_RELEASE);
        return;
    }
    __atomic_thread_fence(__ATOMIC_RELEASE);
    hvn_nic_dma_write(&self->parent, address + offset, &word, sizeof word);
}

/* in the controller, or in the PHY */
static inline gboolean
hvn_i8255x_in_loopback(const HvnI8255xNic *self)
{
    return (self->config[10] & I8255X_CONFIG_10_LOOPBACK) != 0 || (self->phy.regs[HVN_MII_BMCR] & HVN_MII_BMCR_LOOPBACK) != 0;
}

/* -nic */
void
hvn_i8255x_nic_selective_reset(HvnI8255xNic *self);

/* -scb; all handlers have the signatures of hvn-regs.h */
void
hvn_i8255x_scb_reset(HvnI8255xNic *self);
guint32
hvn_i8255x_scb_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
guint32
hvn_i8255x_stat_ack_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_i8255x_stat_ack_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_i8255x_scb_command_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
void
hvn_i8255x_scb_mask_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -cu */
gboolean
hvn_i8255x_cu_run(gpointer data);
void
hvn_i8255x_cu_init(HvnI8255xNic *self);
void
hvn_i8255x_cu_reset(HvnI8255xNic *self);
void
hvn_i8255x_cu_resume_sending(gpointer data);
void
hvn_i8255x_cu_control(HvnI8255xNic *self, guint command);
void
hvn_i8255x_cu_complete(HvnI8255xNic *self, const HvnI8255xCb *cb, guint16 status);

/* -tx: transmit commands */
HvnI8255xTxBatch *
hvn_i8255x_tx_batch_init(HvnI8255xTxBatch *batch);
gboolean
hvn_i8255x_tx_add(HvnI8255xNic *self, HvnI8255xTxBatch *batch, const HvnI8255xCb *cb);
gboolean
hvn_i8255x_tx_is_full(const HvnI8255xTxBatch *batch);
gboolean
hvn_i8255x_tx_flush(HvnI8255xNic *self, HvnI8255xTxBatch *batch);

/* -command: all commands but transmit, and the configuration */
guint16
hvn_i8255x_command_run(HvnI8255xNic *self, const HvnI8255xCb *cb);
void
hvn_i8255x_command_reset(HvnI8255xNic *self);

/* -rx: the way in, RU commands, simplified mode */
guint
hvn_i8255x_rx_push(HvnPort *port, const HvnFrame *frames, guint n_frames);
guint
hvn_i8255x_rx_deliver(gpointer data, const HvnFrame *frames, guint n_frames);
gboolean
hvn_i8255x_rx_tell_ready(gpointer data);
void
hvn_i8255x_rx_update(HvnI8255xNic *self);
void
hvn_i8255x_rx_reset(HvnI8255xNic *self);
void
hvn_i8255x_rx_control(HvnI8255xNic *self, guint command);
void
hvn_i8255x_rx_leave_ready(HvnI8255xNic *self, guint state);

/* -rbd: receive buffers of flexible mode */
gboolean
hvn_i8255x_rbd_fill(HvnI8255xNic *self, guint32 rfd, const guint8 *bytes, const struct iovec *iov, guint n_iov, gsize offset, gsize len);

/* -filter */
HvnMacMatch
hvn_i8255x_filter_match(HvnI8255xNic *self, const guint8 *address);
void
hvn_i8255x_filter_add_group(HvnI8255xNic *self, const guint8 *address);

/* -stats */
void
hvn_i8255x_stats_reset(HvnI8255xNic *self);
gboolean
hvn_i8255x_stats_dump(gpointer data);
guint
hvn_i8255x_stats_get_len(const HvnI8255xNic *self);

/* -port */
gboolean
hvn_i8255x_port_run(gpointer data);
gboolean
hvn_i8255x_port_dump(HvnI8255xNic *self, guint32 address);
void
hvn_i8255x_port_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -eeprom */
void
hvn_i8255x_eeprom_init(HvnI8255xNic *self);
guint32
hvn_i8255x_eeprom_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);
void
hvn_i8255x_eeprom_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/* -phy */
void
hvn_i8255x_phy_init(HvnI8255xNic *self);
void
hvn_i8255x_mdi_write(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);
guint32
hvn_i8255x_general_status_read(gpointer owner, const HvnReg *reg, guint index, guint32 value);

G_END_DECLS
