/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register engine. A table gives each register a slot; one index by offset leads to the slot, and the slot to its row:
 *
 *   offset >> shift -> slots[] -> values[slot], rows[slot_row[slot]]
 *
 * Slot 0 is no register. An access is cut into pieces, each within one register or within a hole between registers. */
#include "hvn-regs.h"

struct _HvnRegTable {
    const HvnReg *rows; /* static storage */
    guint         n_rows;
    guint32       region_size;
    guint         shift;     /* granule of the index: 1, 2 or 4 bytes */
    guint         n_slots;   /* with the spare slot 0 */
    guint16      *slots;     /* owned; slot by offset >> shift */
    guint16      *slot_row;  /* owned; row of a slot */
    guint16      *row_slot;  /* owned; first slot of a row */
};

static guint
hvn_reg_stride(const HvnReg *row)
{
    return row->stride != 0 ? row->stride : row->width;
}

static guint32
hvn_reg_all_ones(guint width)
{
    return width == 4 ? G_MAXUINT32 : (1u << width * 8) - 1;
}

/* the largest granule that neither cuts a register nor covers bytes beside one */
static guint
hvn_reg_table_choose_shift(const HvnReg *rows, guint n_rows)
{
    guint32 all = 4;

    for (guint i = 0; i < n_rows; i++) {
        all |= rows[i].offset | rows[i].width;
        if (rows[i].count > 1)
            all |= hvn_reg_stride(&rows[i]);
    }
    return (all & 1) != 0 ? 0 : (all & 2) != 0 ? 1 : 2;
}

static void
hvn_reg_table_check_row(const HvnReg *rows, guint i, guint32 region_size)
{
    const HvnReg *row = &rows[i];

    g_assert(row->width == 1 || row->width == 2 || row->width == 4);
    g_assert(row->count >= 1);
    g_assert(hvn_reg_stride(row) >= row->width);
    g_assert(row->name != NULL);
    g_assert((row->reset & ~hvn_reg_all_ones(row->width)) == 0);
    g_assert((row->write_mask & ~hvn_reg_all_ones(row->width)) == 0);
    g_assert(row->offset + (guint64)(row->count - 1) * hvn_reg_stride(row) + row->width <= region_size);
    g_assert(i == 0 || rows[i - 1].offset < row->offset);
}

static void
hvn_reg_table_fill_row(HvnRegTable *self, guint i, guint slot)
{
    const HvnReg *row = &self->rows[i];

    self->row_slot[i] = slot;
    for (guint index = 0; index < row->count; index++, slot++) {
        guint32 start = row->offset + index * hvn_reg_stride(row);

        self->slot_row[slot] = i;
        for (guint32 at = start >> self->shift; at <= (start + row->width - 1) >> self->shift; at++) {
            g_assert(self->slots[at] == 0); /* otherwise two rows overlap */
            self->slots[at] = slot;
        }
    }
}

HvnRegTable *
hvn_reg_table_new(const HvnReg *rows, guint n_rows, guint32 region_size)
{
    HvnRegTable *self = g_new0(HvnRegTable, 1);
    guint slot = 1;

    self->rows = rows;
    self->n_rows = n_rows;
    self->region_size = region_size;
    self->shift = hvn_reg_table_choose_shift(rows, n_rows);
    self->n_slots = 1;
    for (guint i = 0; i < n_rows; i++) {
        hvn_reg_table_check_row(rows, i, region_size);
        self->n_slots += rows[i].count;
    }
    g_assert(self->n_slots <= G_MAXUINT16 && n_rows <= G_MAXUINT16);
    self->slots = g_new0(guint16, (region_size >> self->shift) + 1);
    self->slot_row = g_new0(guint16, self->n_slots);
    self->row_slot = g_new0(guint16, n_rows + 1);
    for (guint i = 0; i < n_rows; i++) {
        hvn_reg_table_fill_row(self, i, slot);
        slot += rows[i].count;
    }
    return self;
}

void
hvn_reg_table_free(HvnRegTable *self)
{
    if (self == NULL)
        return;
    g_free(self->slots);
    g_free(self->slot_row);
    g_free(self->row_slot);
    g_free(self);
}

const HvnReg *
hvn_reg_table_get_rows(const HvnRegTable *self, guint *n_rows)
{
    g_return_val_if_fail(self != NULL, NULL);

    *n_rows = self->n_rows;
    return self->rows;
}

const HvnReg *
hvn_reg_table_find(const HvnRegTable *self, guint32 offset, guint *index)
{
    guint slot;
    guint row;

    g_return_val_if_fail(self != NULL, NULL);

    if (offset >= self->region_size)
        return NULL;
    slot = self->slots[offset >> self->shift];
    if (slot == 0)
        return NULL;
    row = self->slot_row[slot];
    if (index != NULL)
        *index = slot - self->row_slot[row];
    return &self->rows[row];
}

void
hvn_regs_init(HvnRegs *self, const HvnRegTable *table, gpointer owner)
{
    g_return_if_fail(table != NULL);

    *self = (HvnRegs){
        .table = table,
        .slots = table->slots,
        .shift = table->shift,
        .values = g_new0(guint32, table->n_slots),
        .owner = owner,
    };
    hvn_regs_reset(self, TRUE);
}

void
hvn_regs_clear(HvnRegs *self)
{
    g_clear_pointer(&self->values, g_free);
}

void
hvn_regs_reset(HvnRegs *self, gboolean hardware)
{
    const HvnRegTable *table = self->table;

    self->values[0] = 0;
    for (guint i = 0; i < table->n_rows; i++) {
        const HvnReg *row = &table->rows[i];

        if ((row->flags & HVN_REG_KEEP) != 0 && !hardware)
            continue;
        for (guint index = 0; index < row->count; index++)
            self->values[table->row_slot[i] + index] = row->reset;
    }
}

/* a piece of an access: bytes within one register, or of one hole */
typedef struct {
    guint         slot;   /* 0 in a hole */
    const HvnReg *row;    /* NULL in a hole */
    guint         index;  /* of the register in its row */
    guint32       offset; /* of the register; of the first byte in a hole */
    guint         lane;   /* bits of the register below the piece */
    guint         n_bytes;
} HvnRegPiece;

static void
hvn_regs_cut(const HvnRegs *self, guint32 at, guint32 end, HvnRegPiece *piece)
{
    const HvnRegTable *table = self->table;
    guint slot = self->slots[at >> self->shift];
    guint32 next = at;

    *piece = (HvnRegPiece){.slot = slot, .offset = at};
    if (slot == 0) {
        while (next < end && self->slots[next >> self->shift] == 0)
            next++;
        piece->n_bytes = next - at;
        return;
    }
    piece->row = &table->rows[table->slot_row[slot]];
    piece->index = slot - table->row_slot[table->slot_row[slot]];
    piece->offset = piece->row->offset + piece->index * hvn_reg_stride(piece->row);
    piece->lane = (at - piece->offset) * 8;
    piece->n_bytes = MIN(end, piece->offset + piece->row->width) - at;
}

static void
hvn_regs_tell(const HvnRegs *self, gboolean write, const HvnRegPiece *piece, guint32 value)
{
    if (G_UNLIKELY(self->trace != NULL))
        self->trace(self->owner, write, piece->row, piece->offset, value);
    if (G_UNLIKELY(piece->row == NULL && self->unknown != NULL))
        self->unknown(self->owner, write, NULL, piece->offset, value);
}

/* reads the whole register */
static guint32
hvn_regs_read_piece(HvnRegs *self, const HvnRegPiece *piece)
{
    const HvnReg *row = piece->row;
    guint32 value = 0;

    if (row != NULL && (row->flags & HVN_REG_WO) == 0) {
        value = self->values[piece->slot];
        if (row->read != NULL)
            value = row->read(self->owner, row, piece->index, value) & hvn_reg_all_ones(row->width);
        if ((row->flags & HVN_REG_RC) != 0)
            self->values[piece->slot] = 0;
    }
    hvn_regs_tell(self, FALSE, piece, value);
    return value;
}

/* @value holds the bytes of the piece */
static void
hvn_regs_write_piece(HvnRegs *self, const HvnRegPiece *piece, guint32 value)
{
    const HvnReg *row = piece->row;
    guint32 lanes;
    guint32 old;
    guint32 new;

    if (row == NULL) {
        hvn_regs_tell(self, TRUE, piece, value);
        return;
    }
    lanes = hvn_reg_all_ones(piece->n_bytes) << piece->lane;
    value <<= piece->lane;
    old = self->values[piece->slot];
    if ((row->flags & (HVN_REG_W1C | HVN_REG_NO_MERGE)) == 0)
        value |= old & ~lanes;
    value &= hvn_reg_all_ones(row->width);
    hvn_regs_tell(self, TRUE, piece, value);
    if ((row->flags & (HVN_REG_RO | HVN_REG_IGNORED)) != 0)
        return;
    if ((row->flags & HVN_REG_W1C) != 0)
        new = old & ~(value & row->write_mask);
    else
        new = (old & ~row->write_mask) | (value & row->write_mask);
    self->values[piece->slot] = new;
    if (row->write != NULL)
        row->write(self->owner, row, piece->index, new, old);
}

static guint32
hvn_regs_end(const HvnRegs *self, guint64 offset, guint size)
{
    return MIN(offset + size, self->table->region_size);
}

guint64
hvn_regs_read(HvnRegs *self, guint64 offset, guint size)
{
    guint64 result = 0;
    guint32 end;

    if (offset >= self->table->region_size || size > sizeof result)
        return 0;
    end = hvn_regs_end(self, offset, size);
    for (guint32 at = offset; at < end;) {
        HvnRegPiece piece;
        guint64 value;

        hvn_regs_cut(self, at, end, &piece);
        value = hvn_regs_read_piece(self, &piece);
        if (piece.row != NULL)
            result |= (value >> piece.lane & hvn_reg_all_ones(piece.n_bytes)) << (at - offset) * 8;
        at += piece.n_bytes;
    }
    return result;
}

void
hvn_regs_write(HvnRegs *self, guint64 offset, guint64 value, guint size)
{
    guint32 end;

    if (offset >= self->table->region_size || size > sizeof value)
        return;
    end = hvn_regs_end(self, offset, size);
    for (guint32 at = offset; at < end;) {
        HvnRegPiece piece;
        guint64 bytes = value >> (at - offset) * 8;

        hvn_regs_cut(self, at, end, &piece);
        if (piece.n_bytes < 4)
            bytes &= hvn_reg_all_ones(piece.n_bytes);
        hvn_regs_write_piece(self, &piece, bytes);
        at += piece.n_bytes;
    }
}
