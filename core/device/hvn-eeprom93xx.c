/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The Microwire side of a serial EEPROM. A command is a start bit, two bits of opcode and an address; bits are taken on the rise of
 * the clock while chip select is high:
 *
 *   START -> COMMAND -> READ (dummy zero, then words one after the other)
 *                    -> DATA (16 bits in) -> PROGRAM (stored when chip select falls)
 *                    -> PROGRAM (erase)
 *                    -> DONE
 *
 * Programming takes no time here, so the ready state that drivers poll for is always there. */
#include "hvn-eeprom93xx.h"

enum {
    PHASE_START,
    PHASE_COMMAND,
    PHASE_READ,
    PHASE_DATA,
    PHASE_PROGRAM,
    PHASE_DONE,
};

#define OPCODE_EXTENDED 0 /* told apart by the two highest address bits */
#define OPCODE_WRITE    1
#define OPCODE_READ     2
#define OPCODE_ERASE    3

#define EXTENDED_WRITE_DISABLE 0
#define EXTENDED_WRITE_ALL     1
#define EXTENDED_ERASE_ALL     2
#define EXTENDED_WRITE_ENABLE  3

#define WORD_BITS 16

void
hvn_eeprom93xx_init(HvnEeprom93xx *self, guint n_words)
{
    g_return_if_fail(n_words == 64 || n_words == 128 || n_words == 256);

    *self = (HvnEeprom93xx){
        .n_words = n_words,
        .address_bits = n_words == 64 ? 6 : 8,
        .data_out = TRUE,
        .phase = PHASE_START,
    };
    for (guint i = 0; i < HVN_EEPROM93XX_MAX_WORDS; i++)
        self->words[i] = 0xffff;
}

static guint
hvn_eeprom93xx_get_extended(const HvnEeprom93xx *self)
{
    return (self->address >> (self->address_bits - 2)) & 3;
}

static void
hvn_eeprom93xx_start_extended(HvnEeprom93xx *self)
{
    switch (hvn_eeprom93xx_get_extended(self)) {
    case EXTENDED_WRITE_ENABLE:
        self->write_enabled = TRUE;
        self->phase = PHASE_DONE;
        break;
    case EXTENDED_WRITE_DISABLE:
        self->write_enabled = FALSE;
        self->phase = PHASE_DONE;
        break;
    case EXTENDED_WRITE_ALL:
        self->phase = PHASE_DATA;
        break;
    default:
        self->phase = PHASE_PROGRAM;
    }
}

/* the last bit of opcode and address is in */
static void
hvn_eeprom93xx_start_command(HvnEeprom93xx *self)
{
    self->opcode = (self->shift >> self->address_bits) & 3;
    self->address = self->shift & ((1u << self->address_bits) - 1);
    self->n_bits = 0;
    self->shift = 0;
    switch (self->opcode) {
    case OPCODE_READ:
        self->phase = PHASE_READ;
        self->data_out = FALSE; /* the dummy zero */
        break;
    case OPCODE_WRITE:
        self->phase = PHASE_DATA;
        break;
    case OPCODE_ERASE:
        self->phase = PHASE_PROGRAM;
        break;
    default:
        hvn_eeprom93xx_start_extended(self);
    }
}

static void
hvn_eeprom93xx_shift_out(HvnEeprom93xx *self)
{
    guint16 word = self->words[self->address % self->n_words];

    self->data_out = (word >> (WORD_BITS - 1 - self->n_bits)) & 1;
    if (++self->n_bits == WORD_BITS) {
        self->n_bits = 0;
        self->address++;
    }
}

static void
hvn_eeprom93xx_clock_rise(HvnEeprom93xx *self, gboolean data_in)
{
    switch (self->phase) {
    case PHASE_START:
        if (data_in) {
            self->phase = PHASE_COMMAND;
            self->n_bits = 0;
            self->shift = 0;
        }
        break;
    case PHASE_COMMAND:
        self->shift = self->shift << 1 | (data_in ? 1 : 0);
        if (++self->n_bits == 2 + self->address_bits)
            hvn_eeprom93xx_start_command(self);
        break;
    case PHASE_READ:
        hvn_eeprom93xx_shift_out(self);
        break;
    case PHASE_DATA:
        self->shift = self->shift << 1 | (data_in ? 1 : 0);
        if (++self->n_bits == WORD_BITS)
            self->phase = PHASE_PROGRAM;
        break;
    default: /* more clocks change nothing */
        break;
    }
}

/* chip select fell behind a whole write or erase command */
static void
hvn_eeprom93xx_program(HvnEeprom93xx *self)
{
    gboolean all = self->opcode == OPCODE_EXTENDED;
    gboolean erase = self->opcode == OPCODE_ERASE || (all && hvn_eeprom93xx_get_extended(self) == EXTENDED_ERASE_ALL);
    guint16 word = erase ? 0xffff : self->shift & 0xffff;

    if (!self->write_enabled)
        return;
    if (!all) {
        self->words[self->address % self->n_words] = word;
        return;
    }
    for (guint i = 0; i < self->n_words; i++)
        self->words[i] = word;
}

void
hvn_eeprom93xx_set_lines(HvnEeprom93xx *self, gboolean chip_select, gboolean clock, gboolean data_in)
{
    gboolean rise = clock && !self->clock;

    if (self->chip_select && !chip_select) {
        if (self->phase == PHASE_PROGRAM)
            hvn_eeprom93xx_program(self);
        self->phase = PHASE_START;
        self->data_out = TRUE;
    }
    self->chip_select = chip_select;
    self->clock = clock;
    if (chip_select && rise)
        hvn_eeprom93xx_clock_rise(self, data_in);
}

gboolean
hvn_eeprom93xx_get_data_out(const HvnEeprom93xx *self)
{
    return self->data_out;
}

void
hvn_eeprom93xx_set_checksum(HvnEeprom93xx *self, guint word, guint16 sum)
{
    g_return_if_fail(word < self->n_words);

    for (guint i = 0; i < word; i++)
        sum -= self->words[i];
    self->words[word] = sum;
}
