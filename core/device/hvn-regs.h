/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register engine: a NIC model is a table of one row per register in datasheet order, and the engine does the rest: byte
 * lanes, write masks, read-to-clear, write-1-to-clear, reset values, tracing, the printed register list.
 *
 * Accesses of any size (1, 2, 4, 8) at any offset are cut into whole registers. A read of part of a register reads the whole (with
 * its side effects) and returns the lanes; a write of part of a register merges the lanes into the stored value first, except in
 * write-1-to-clear registers and those flagged HVN_REG_NO_MERGE, where the other lanes are 0. Offsets without a row read 0 and
 * ignore writes, and are reported through the unknown hook. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnRegFlags:
 * @HVN_REG_RO: writes are ignored
 * @HVN_REG_WO: reads give 0
 * @HVN_REG_RC: cleared by a read (after the read handler)
 * @HVN_REG_W1C: writing 1 clears the bit, within the write mask
 * @HVN_REG_NO_MERGE: a partial write has zeros in the other lanes
 * @HVN_REG_STORED: the value is stored and has no effect in this model
 * @HVN_REG_IGNORED: writes are ignored in this model though the datasheet has an effect
 * @HVN_REG_KEEP: kept by a software reset; set anew by a hardware reset only
 */
typedef enum {
    HVN_REG_RO = 1 << 0,
    HVN_REG_WO = 1 << 1,
    HVN_REG_RC = 1 << 2,
    HVN_REG_W1C = 1 << 3,
    HVN_REG_NO_MERGE = 1 << 4,
    HVN_REG_STORED = 1 << 5,
    HVN_REG_IGNORED = 1 << 6,
    HVN_REG_KEEP = 1 << 7,
} HvnRegFlags;

typedef struct _HvnReg HvnReg;

/**
 * HvnRegReadFunc:
 * @owner: the NIC
 * @reg: the row
 * @index: 0 to count - 1
 * @value: the stored value
 *
 * Returns: what the guest reads
 */
typedef guint32 (*HvnRegReadFunc)(gpointer owner, const HvnReg *reg, guint index, guint32 value);

/**
 * HvnRegWriteFunc:
 * @owner: the NIC
 * @reg: the row
 * @index: 0 to count - 1
 * @value: what was written, lanes merged, write mask applied (bits outside it as stored); already stored
 * @old: what was stored before
 */
typedef void (*HvnRegWriteFunc)(gpointer owner, const HvnReg *reg, guint index, guint32 value, guint32 old);

/**
 * HvnReg:
 * @offset: bytes from the start of the region
 * @width: bytes of one register: 1, 2 or 4
 * @count: registers in this row, 1 or more, @stride bytes apart
 * @flags: #HvnRegFlags
 * @reset: value after reset
 * @write_mask: bits that a write changes
 * @name: as the datasheet spells it
 * @section: section of the datasheet
 * @read: (nullable): on read
 * @write: (nullable): on write
 * @stride: bytes from one register of the row to the next, 0 for @width
 */
struct _HvnReg {
    guint32         offset;
    guint8          width;
    guint16         count;
    guint16         flags;
    guint32         reset;
    guint32         write_mask;
    const char     *name;
    const char     *section;
    HvnRegReadFunc  read;
    HvnRegWriteFunc write;
    guint8          stride;
};

typedef struct _HvnRegTable HvnRegTable;

/**
 * hvn_reg_table_new:
 * @rows: (array length=n_rows): the registers, offsets ascending; static storage
 * @n_rows: how many
 * @region_size: bytes of the region
 *
 * Builds the index of a table; a class does this once, in class_init. A table whose offsets do not ascend or whose rows overlap is a
 * programming error.
 *
 * Returns: (transfer full): the table
 */
HvnRegTable *
hvn_reg_table_new(const HvnReg *rows, guint n_rows, guint32 region_size);

/**
 * hvn_reg_table_free:
 * @self: (transfer full) (nullable): the table
 */
void
hvn_reg_table_free(HvnRegTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnRegTable, hvn_reg_table_free)

/**
 * hvn_reg_table_get_rows:
 * @self: the table
 * @n_rows: (out): how many
 *
 * Returns: (transfer none) (array length=n_rows): the rows
 */
const HvnReg *
hvn_reg_table_get_rows(const HvnRegTable *self, guint *n_rows);

/**
 * hvn_reg_table_find:
 * @self: the table
 * @offset: bytes from the start of the region
 * @index: (out) (optional): which of the row's registers
 *
 * Returns: (transfer none) (nullable): the row of the register that covers @offset
 */
const HvnReg *
hvn_reg_table_find(const HvnRegTable *self, guint32 offset, guint *index);

/**
 * HvnRegTraceFunc:
 * @owner: the NIC
 * @write: whether it was written
 * @reg: (nullable): the row, %NULL for an offset without a row
 * @offset: bytes from the start of the region
 * @value: what was read or written
 */
typedef void (*HvnRegTraceFunc)(gpointer owner, gboolean write, const HvnReg *reg, guint32 offset, guint32 value);

/**
 * HvnRegs:
 *
 * The values of one region of one NIC. Embedded by value; the fields are private but for the inline functions below.
 */
typedef struct {
    const HvnRegTable *table;
    const guint16     *slots;  /* of the table: value slot + 1 by offset / 1, 2 or 4, see shift; 0 = no row */
    guint              shift;  /* of the table */
    guint32           *values; /* owned; slot 0 is a spare */
    gpointer           owner;
    HvnRegTraceFunc    trace;   /* (nullable) every access */
    HvnRegTraceFunc    unknown; /* (nullable) accesses to offsets without a row */
} HvnRegs;

/**
 * hvn_regs_init:
 * @self: the values
 * @table: (transfer none): the table, which must outlive @self
 * @owner: given to the handlers
 *
 * All values are at reset afterwards.
 */
void
hvn_regs_init(HvnRegs *self, const HvnRegTable *table, gpointer owner);

/**
 * hvn_regs_clear:
 * @self: the values
 */
void
hvn_regs_clear(HvnRegs *self);

/**
 * hvn_regs_reset:
 * @self: the values
 * @hardware: also those flagged %HVN_REG_KEEP
 *
 * Sets the values at reset, without calling a handler.
 */
void
hvn_regs_reset(HvnRegs *self, gboolean hardware);

/**
 * hvn_regs_read:
 * @self: the values
 * @offset: bytes from the start of the region
 * @size: 1, 2, 4 or 8
 *
 * A guest's read. Bytes beyond the region read 0.
 *
 * Returns: the value
 */
guint64
hvn_regs_read(HvnRegs *self, guint64 offset, guint size);

/**
 * hvn_regs_write:
 * @self: the values
 * @offset: bytes from the start of the region
 * @value: what to write
 * @size: 1, 2, 4 or 8
 *
 * A guest's write. Bytes beyond the region are ignored.
 */
void
hvn_regs_write(HvnRegs *self, guint64 offset, guint64 value, guint size);

/**
 * hvn_regs_get:
 * @self: the values
 * @offset: first byte of a register that has a row
 *
 * Returns: the stored value, without side effects
 */
static inline guint32
hvn_regs_get(const HvnRegs *self, guint32 offset)
{
    return self->values[self->slots[offset >> self->shift]];
}

/**
 * hvn_regs_set:
 * @self: the values
 * @offset: first byte of a register that has a row
 * @value: what to store
 *
 * Stores without masks and without handlers: what the hardware itself does.
 */
static inline void
hvn_regs_set(HvnRegs *self, guint32 offset, guint32 value)
{
    self->values[self->slots[offset >> self->shift]] = value;
}

G_END_DECLS
