/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The EEPROM as drivers read it, bit by bit: the length of its addresses is found by the dummy zero, and the sum is Intel's. */
#include "hvn-i8255x-guest.h"

static void
set(Guest *guest, guint32 lines)
{
    guest_write(guest, I8255X_EEPROM, lines, 2);
}

/* reads a word with Linux's steps: 8 address bits at first; @address_bits is how many it took until the zero came */
static guint16
read_word(Guest *guest, guint word, guint *address_bits)
{
    guint32 command = (6u << *address_bits | word) << 16;
    guint bits = *address_bits;
    guint16 value = 0;

    set(guest, 0);
    set(guest, I8255X_EEPROM_EECS);
    for (gint i = 18 + bits; i >= 0; i--) {
        guint32 lines = I8255X_EEPROM_EECS | (command >> i & 1 ? I8255X_EEPROM_EEDI : 0);
        guint32 control;

        set(guest, lines);
        set(guest, lines | I8255X_EEPROM_EESK);
        control = guest_read(guest, I8255X_EEPROM, 2);
        if (!(control & I8255X_EEPROM_EEDO) && i > 16) {
            *address_bits -= i - 16;
            i = 16;
        }
        value = value << 1 | (control & I8255X_EEPROM_EEDO ? 1 : 0);
    }
    set(guest, 0);
    return value;
}

static void
test_contents(gconstpointer eeprom)
{
    guint n_words = g_str_equal(eeprom, "93c66") ? 256 : 64, bits = 8;
    guint16 sum = 0;
    HvnTestMachine machine;
    Guest guest;

    hvn_test_machine_set_up(&machine, GUEST_RAM, HVN_TYPE_I8255X_NIC, "eeprom", eeprom);
    guest = (Guest){.machine = machine, .i8255x = (HvnI8255xNic *)machine.nic};
    read_word(&guest, 0, &bits);
    g_assert_cmpuint(bits, ==, n_words == 256 ? 8 : 6);
    g_assert_cmphex(read_word(&guest, 0, &bits), ==, 0x5452);
    g_assert_cmphex(read_word(&guest, 1, &bits), ==, 0x1200);
    g_assert_cmphex(read_word(&guest, 2, &bits), ==, 0x5634);
    g_assert_cmphex(read_word(&guest, 6, &bits), ==, 0x4701);
    g_assert_cmphex(read_word(&guest, 10, &bits), ==, 0x4000);
    g_assert_cmphex(read_word(&guest, 11, &bits), ==, 0x0040);
    g_assert_cmphex(read_word(&guest, 12, &bits), ==, 0x8086);
    for (guint i = 0; i < n_words; i++)
        sum += read_word(&guest, i, &bits);
    g_assert_cmphex(sum, ==, 0xbaba);
    guest_teardown(&guest);
}

/* an IA setup does not reach it, and neither reset does */
static void
test_resets(void)
{
    guint bits = 6;
    Guest guest;

    guest_setup(&guest, "i82557a");
    memcpy(guest_put(&guest, 0, EL | I8255X_OPCODE_IA_SETUP) + I8255X_CB_DATA, "\x02\1\2\3\4\5", 6);
    guest_start(&guest, 0);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SELECTIVE_RESET, 4);
    g_assert_cmphex(read_word(&guest, 0, &bits), ==, 0x5452);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SOFTWARE_RESET, 4);
    g_assert_cmphex(read_word(&guest, 0, &bits), ==, 0x5452);
    g_assert_cmphex(read_word(&guest, 5, &bits), ==, 0x0101);
    g_assert_cmphex(read_word(&guest, 10, &bits), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/i8255x/eeprom/contents-93c46", "93c46", test_contents);
    g_test_add_data_func("/i8255x/eeprom/contents-93c66", "93c66", test_contents);
    g_test_add_func("/i8255x/eeprom/resets", test_resets);
    return g_test_run();
}
