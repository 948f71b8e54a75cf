/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The EEPROM as a driver bit-bangs it: probing the address length, reading on, write protection, erasing, broken-off commands. */
#include "hvn-eeprom93xx.h"

static gboolean
clock_bit(HvnEeprom93xx *self, gboolean bit)
{
    gboolean out;

    hvn_eeprom93xx_set_lines(self, TRUE, FALSE, bit);
    hvn_eeprom93xx_set_lines(self, TRUE, TRUE, bit);
    out = hvn_eeprom93xx_get_data_out(self);
    hvn_eeprom93xx_set_lines(self, TRUE, FALSE, bit);
    return out;
}

static void
clock_out(HvnEeprom93xx *self, guint32 bits, guint n)
{
    while (n-- > 0)
        clock_bit(self, bits >> n & 1);
}

static guint16
clock_in(HvnEeprom93xx *self)
{
    guint16 word = 0;

    for (guint i = 0; i < 16; i++)
        word = word << 1 | (clock_bit(self, FALSE) ? 1 : 0);
    return word;
}

static void
deselect(HvnEeprom93xx *self)
{
    hvn_eeprom93xx_set_lines(self, FALSE, FALSE, FALSE);
}

static void
command(HvnEeprom93xx *self, guint opcode, guint address)
{
    clock_out(self, 4 | opcode, 3);
    clock_out(self, address, self->address_bits);
}

static guint16
read_word(HvnEeprom93xx *self, guint address)
{
    guint16 word;

    command(self, 2, address);
    g_assert_false(hvn_eeprom93xx_get_data_out(self)); /* the dummy zero */
    word = clock_in(self);
    deselect(self);
    return word;
}

static void
test_read(void)
{
    HvnEeprom93xx eeprom;

    hvn_eeprom93xx_init(&eeprom, 64);
    eeprom.words[5] = 0x1234;
    eeprom.words[6] = 0xabcd;
    eeprom.words[63] = 0x8001;
    eeprom.words[0] = 0x7ffe;
    g_assert_cmphex(read_word(&eeprom, 5), ==, 0x1234);
    g_assert_cmphex(read_word(&eeprom, 63), ==, 0x8001);
    clock_out(&eeprom, 0, 3); /* leading zeros are no start bit */
    command(&eeprom, 2, 5);
    g_assert_cmphex(clock_in(&eeprom), ==, 0x1234);
    g_assert_cmphex(clock_in(&eeprom), ==, 0xabcd); /* reads on */
    deselect(&eeprom);
    command(&eeprom, 2, 63);
    clock_in(&eeprom);
    g_assert_cmphex(clock_in(&eeprom), ==, 0x7ffe); /* round the end */
    deselect(&eeprom);
    g_assert_true(hvn_eeprom93xx_get_data_out(&eeprom));
    clock_out(&eeprom, 6, 3); /* broken off */
    deselect(&eeprom);
    g_assert_cmphex(read_word(&eeprom, 5), ==, 0x1234);
}

static void
test_address_probe(void)
{
    const guint sizes[] = {64, 128, 256};
    const guint bits[] = {6, 8, 8};

    for (guint i = 0; i < 3; i++) {
        HvnEeprom93xx eeprom;
        guint n = 0;

        hvn_eeprom93xx_init(&eeprom, sizes[i]);
        clock_out(&eeprom, 6, 3);
        while (n < 16) {
            n++;
            if (!clock_bit(&eeprom, FALSE))
                break;
        }
        g_assert_cmpuint(n, ==, bits[i]);
    }
}

static void
write_word(HvnEeprom93xx *self, guint opcode, guint address, guint16 word)
{
    command(self, opcode, address);
    clock_out(self, word, 16);
    deselect(self);
}

static void
test_write(void)
{
    HvnEeprom93xx eeprom;

    hvn_eeprom93xx_init(&eeprom, 128);
    write_word(&eeprom, 1, 3, 0x1111); /* protected */
    g_assert_cmphex(read_word(&eeprom, 3), ==, 0xffff);
    command(&eeprom, 0, 0xc0); /* EWEN */
    deselect(&eeprom);
    write_word(&eeprom, 1, 3, 0x1111);
    write_word(&eeprom, 1, 0x80 | 4, 0x2222); /* the highest address bit does not count */
    g_assert_cmphex(read_word(&eeprom, 3), ==, 0x1111);
    g_assert_cmphex(read_word(&eeprom, 4), ==, 0x2222);
    command(&eeprom, 1, 3);
    clock_out(&eeprom, 0, 15); /* one bit short */
    deselect(&eeprom);
    g_assert_cmphex(read_word(&eeprom, 3), ==, 0x1111);
    command(&eeprom, 3, 3); /* ERASE */
    deselect(&eeprom);
    g_assert_true(clock_bit(&eeprom, FALSE)); /* ready */
    deselect(&eeprom);
    g_assert_cmphex(read_word(&eeprom, 3), ==, 0xffff);
    g_assert_cmphex(read_word(&eeprom, 4), ==, 0x2222);
    write_word(&eeprom, 0, 0x40, 0x3333); /* WRAL */
    g_assert_cmphex(read_word(&eeprom, 0), ==, 0x3333);
    g_assert_cmphex(read_word(&eeprom, 127), ==, 0x3333);
    command(&eeprom, 0, 0x80); /* ERAL */
    deselect(&eeprom);
    g_assert_cmphex(read_word(&eeprom, 77), ==, 0xffff);
    command(&eeprom, 0, 0x00); /* EWDS */
    deselect(&eeprom);
    write_word(&eeprom, 1, 3, 0x1111);
    g_assert_cmphex(read_word(&eeprom, 3), ==, 0xffff);
}

static void
test_checksum(void)
{
    HvnEeprom93xx eeprom;
    guint16 sum = 0;

    hvn_eeprom93xx_init(&eeprom, 64);
    eeprom.words[1] = 0x1234;
    hvn_eeprom93xx_set_checksum(&eeprom, 63, 0xbaba);
    for (guint i = 0; i < 64; i++)
        sum += eeprom.words[i];
    g_assert_cmphex(sum, ==, 0xbaba);
}

static void
test_random_lines(void)
{
    HvnEeprom93xx eeprom;
    guint32 state = 1;

    hvn_eeprom93xx_init(&eeprom, 256);
    for (guint i = 0; i < 200000; i++) {
        state = state * 1664525u + 1013904223u;
        hvn_eeprom93xx_set_lines(&eeprom, (state >> 24) != 0, state >> 20 & 1, state >> 21 & 1);
    }
    deselect(&eeprom);
    read_word(&eeprom, 255);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/eeprom93xx/read", test_read);
    g_test_add_func("/device/eeprom93xx/address-probe", test_address_probe);
    g_test_add_func("/device/eeprom93xx/write", test_write);
    g_test_add_func("/device/eeprom93xx/checksum", test_checksum);
    g_test_add_func("/device/eeprom93xx/random-lines", test_random_lines);
    return g_test_run();
}
