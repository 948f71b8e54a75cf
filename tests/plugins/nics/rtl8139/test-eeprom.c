/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The EEPROM as drivers read it, bit by bit through 9346CR, and the lock that 9346CR is. */
#include "hvn-rtl8139-guest.h"

#define PINS (RTL8139_9346CR_EEM_PINS | RTL8139_9346CR_EECS)

static void
clock_out(Guest *guest, guint32 value, guint n_bits)
{
    for (guint i = n_bits; i-- > 0;) {
        guint32 bit = value >> i & 1 ? RTL8139_9346CR_EEDI : 0;

        guest_write(guest, RTL8139_9346CR, PINS | bit, 1);
        guest_write(guest, RTL8139_9346CR, PINS | bit | RTL8139_9346CR_EESK, 1);
    }
    guest_write(guest, RTL8139_9346CR, PINS, 1);
}

static guint16
read_word(Guest *guest, guint word, guint address_bits)
{
    guint16 value = 0;

    guest_write(guest, RTL8139_9346CR, RTL8139_9346CR_EEM_PINS, 1);
    guest_write(guest, RTL8139_9346CR, PINS, 1);
    clock_out(guest, 6u << address_bits | word, 3 + address_bits);
    for (guint i = 0; i < 16; i++) {
        guest_write(guest, RTL8139_9346CR, PINS | RTL8139_9346CR_EESK, 1);
        value = value << 1 | (guest_read(guest, RTL8139_9346CR, 1) & RTL8139_9346CR_EEDO);
        guest_write(guest, RTL8139_9346CR, PINS, 1);
    }
    guest_write(guest, RTL8139_9346CR, 0, 1);
    return value;
}

/* Linux asks with 8 address bits first, which a 93C46 does not answer with its signature */
static void
test_contents(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(read_word(&guest, 0, 8), !=, 0x8129);
    g_assert_cmphex(read_word(&guest, 0, 6), ==, 0x8129);
    g_assert_cmphex(read_word(&guest, 1, 6), ==, 0x10ec);
    g_assert_cmphex(read_word(&guest, 2, 6), ==, 0x8139);
    g_assert_cmphex(read_word(&guest, 3, 6), ==, 0x1af4);
    g_assert_cmphex(read_word(&guest, 4, 6), ==, 0x1100);
    g_assert_cmphex(read_word(&guest, 7, 6), ==, 0x5452);
    g_assert_cmphex(read_word(&guest, 8, 6), ==, 0x1200);
    g_assert_cmphex(read_word(&guest, 9, 6), ==, 0x5634);
    g_assert_cmphex(read_word(&guest, 11, 6), ==, 0xf7c2);
    guest_teardown(&guest);
}

/* the pins are only there in mode 10 */
static void
test_pins(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_9346CR, RTL8139_9346CR_EECS | RTL8139_9346CR_EEDO, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_9346CR, 1), ==, RTL8139_9346CR_EECS);
    guest_write(&guest, RTL8139_9346CR, PINS, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_9346CR, 1), ==, PINS | RTL8139_9346CR_EEDO);
    guest_teardown(&guest);
}

/* 6.9: configuration, and the IDs with it, change in mode 11 only */
static void
test_lock(void)
{
    static const guint32 locked[] = {RTL8139_IDR, RTL8139_IDR + 5, RTL8139_CONFIG3, RTL8139_CONFIG4};
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint mode = 0; mode <= 0x80; mode += 0x80) {
        guest_write(&guest, RTL8139_9346CR, mode, 1);
        for (guint i = 0; i < G_N_ELEMENTS(locked); i++) {
            guint32 before = guest_read(&guest, locked[i], 1);

            guest_write(&guest, locked[i], before ^ 0x70, 1);
            g_assert_cmphex(guest_read(&guest, locked[i], 1), ==, before);
        }
    }
    guest_unlock(&guest, TRUE);
    for (guint i = 0; i < G_N_ELEMENTS(locked); i++) {
        guint32 before = guest_read(&guest, locked[i], 1);

        guest_write(&guest, locked[i], before ^ 0x70, 1);
        g_assert_cmphex(guest_read(&guest, locked[i], 1), ==, before ^ 0x70);
    }
    guest_unlock(&guest, FALSE);
    guest_write(&guest, RTL8139_CONFIG5, 0x40, 1); /* this one is free */
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG5, 1), ==, 0x40);
    guest_teardown(&guest);
}

/* mode 01: everything as the EEPROM says, and back to mode 00 */
static void
test_auto_load(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_unlock(&guest, TRUE);
    guest_write(&guest, RTL8139_IDR, 0, 4);
    guest_write(&guest, RTL8139_CONFIG1, 0xff, 1);
    guest_up(&guest, 0);
    guest_write(&guest, RTL8139_9346CR, RTL8139_9346CR_EEM_LOAD, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_9346CR, 1), ==, 0);
    g_assert_cmphex(guest_read(&guest, RTL8139_IDR, 4), ==, 0x12005452);
    g_assert_cmphex(guest_read(&guest, RTL8139_CONFIG1, 1), ==, 0x0d);
    g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1), ==, RTL8139_CR_BUFE);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/eeprom/contents", test_contents);
    g_test_add_func("/rtl8139/eeprom/pins", test_pins);
    g_test_add_func("/rtl8139/eeprom/lock", test_lock);
    g_test_add_func("/rtl8139/eeprom/auto-load", test_auto_load);
    return g_test_run();
}
