/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A serial EEPROM with Microwire interface, 16-bit words: 93C46 (64 words, 6 address bits), 93C56 and 93C66 (128 and 256 words, 8 address
 * bits). Commands READ, EWEN, ERASE, WRITE, ERAL, WRAL, EWDS; a dummy zero bit precedes the data, which drivers use to find the
 * number of address bits. Embedded by value. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_EEPROM93XX_MAX_WORDS 256

/**
 * HvnEeprom93xx:
 * @words: the contents
 *
 * Other fields are private.
 */
typedef struct {
    guint16  words[HVN_EEPROM93XX_MAX_WORDS];
    guint    n_words;      /* 64, 128 or 256 */
    guint    address_bits; /* 6 or 8 */
    gboolean write_enabled;
    gboolean chip_select;
    gboolean clock;
    gboolean data_out;
    guint    phase; /* private */
    guint    n_bits;
    guint32  shift;
    guint16  address;
    guint8   opcode;
} HvnEeprom93xx;

/**
 * hvn_eeprom93xx_init:
 * @self: the EEPROM
 * @n_words: 64, 128 or 256; all are 0xffff at first
 */
void
hvn_eeprom93xx_init(HvnEeprom93xx *self, guint n_words);

/**
 * hvn_eeprom93xx_set_lines:
 * @self: the EEPROM
 * @chip_select: level of CS
 * @clock: level of SK; data is taken on the rise
 * @data_in: level of DI
 *
 * What the driver's write to the control register does to the pins.
 */
void
hvn_eeprom93xx_set_lines(HvnEeprom93xx *self, gboolean chip_select, gboolean clock, gboolean data_in);

/**
 * hvn_eeprom93xx_get_data_out:
 * @self: the EEPROM
 *
 * Returns: level of DO; high while it is not driven
 */
gboolean
hvn_eeprom93xx_get_data_out(const HvnEeprom93xx *self);

/**
 * hvn_eeprom93xx_set_checksum:
 * @self: the EEPROM
 * @word: the word that is set
 * @sum: what words 0 to @word add up to afterwards, modulo 65536 (0xbaba for Intel)
 */
void
hvn_eeprom93xx_set_checksum(HvnEeprom93xx *self, guint word, guint16 sum);

G_END_DECLS
