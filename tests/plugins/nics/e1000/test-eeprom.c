/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The EEPROM as drivers read it: bit by bit through EECD, a word at a time through EERD; its sum; what a reset takes
 * from it. */
#include "hvn-e1000-guest.h"

static guint16
eerd(Guest *guest, guint word)
{
    guest_write(guest, E1000_EERD, word << E1000_EERD_ADDR_SHIFT | E1000_EERD_START);
    g_assert_cmphex(guest_read(guest, E1000_EERD) & (E1000_EERD_DONE | E1000_EERD_START), ==, E1000_EERD_DONE);
    return guest_read(guest, E1000_EERD) >> E1000_EERD_DATA_SHIFT;
}

static void
clock_out(Guest *guest, guint32 value, guint n_bits)
{
    guint32 eecd = guest_read(guest, E1000_EECD) & ~(E1000_EECD_DI | E1000_EECD_SK);

    for (guint i = n_bits; i-- > 0;) {
        guint32 bit = value >> i & 1 ? E1000_EECD_DI : 0;

        guest_write(guest, E1000_EECD, eecd | bit);
        guest_write(guest, E1000_EECD, eecd | bit | E1000_EECD_SK);
        guest_write(guest, E1000_EECD, eecd | bit);
    }
    guest_write(guest, E1000_EECD, eecd);
}

static guint16
clock_in(Guest *guest)
{
    guint32 eecd = guest_read(guest, E1000_EECD) & ~(E1000_EECD_DI | E1000_EECD_SK);
    guint16 value = 0;

    for (guint i = 0; i < 16; i++) {
        guest_write(guest, E1000_EECD, eecd | E1000_EECD_SK);
        value = value << 1 | (guest_read(guest, E1000_EECD) & E1000_EECD_DO ? 1 : 0);
        guest_write(guest, E1000_EECD, eecd);
    }
    return value;
}

static void
command(Guest *guest, guint32 value, guint n_bits)
{
    guint32 eecd = guest_read(guest, E1000_EECD) & ~E1000_EECD_CS;

    guest_write(guest, E1000_EECD, eecd);
    guest_write(guest, E1000_EECD, eecd | E1000_EECD_CS);
    clock_out(guest, value, n_bits);
}

static guint16
microwire(Guest *guest, guint word)
{
    command(guest, 6u << 6 | word, 9);
    return clock_in(guest);
}

static void
test_checksum(void)
{
    static const char *const variants[] = {"e1000", "e1000-82540em", "e1000-82544gc", "e1000-82545em"};
    static const guint16 devices[] = {0x100e, 0x100e, 0x100c, 0x100f};

    for (guint v = 0; v < G_N_ELEMENTS(variants); v++) {
        Guest guest;
        guint16 sum = 0;

        guest_setup(&guest, variants[v]);
        for (guint i = 0; i < 64; i++)
            sum += eerd(&guest, i);
        g_assert_cmphex(sum, ==, 0xbaba);
        g_assert_cmphex(eerd(&guest, 0x0d), ==, devices[v]);
        g_assert_cmphex(eerd(&guest, 0x0e), ==, 0x8086);
        g_assert_cmphex(eerd(&guest, 0x0b), ==, 0x1100);
        g_assert_cmphex(eerd(&guest, 0x0c), ==, 0x1af4);
        g_assert_cmphex(eerd(&guest, 0), ==, 0x5452);
        g_assert_cmphex(eerd(&guest, 2), ==, 0x5634);
        g_assert_cmphex(eerd(&guest, 0xff), ==, 0xffff);
        guest_teardown(&guest);
    }
}

static void
test_microwire(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_read(&guest, E1000_EECD) & (E1000_EECD_PRES | E1000_EECD_SIZE), ==, E1000_EECD_PRES);
    guest_write(&guest, E1000_EECD, E1000_EECD_REQ);
    g_assert_cmphex(guest_read(&guest, E1000_EECD) & E1000_EECD_GNT, !=, 0);
    for (guint i = 0; i < 64; i++)
        g_assert_cmphex(microwire(&guest, i), ==, eerd(&guest, i));
    guest_write(&guest, E1000_EECD, 0);
    g_assert_cmphex(guest_read(&guest, E1000_EECD) & E1000_EECD_GNT, ==, 0);
    guest_teardown(&guest);
}

/* what the driver writes stays over a reset, and the first receive address follows it then, or on EE_RST */
static void
test_write_and_reload(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_EECD, E1000_EECD_REQ);
    command(&guest, 4u << 6 | 3u << 4, 9); /* EWEN */
    command(&guest, (5u << 6 | 2) << 16 | 0x7856, 25);
    command(&guest, 4u << 6, 9); /* EWDS */
    g_assert_cmphex(eerd(&guest, 2), ==, 0x7856);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 4), ==, 0x80005634);
    guest_write(&guest, E1000_CTRL_EXT, E1000_CTRL_EXT_EE_RST);
    g_assert_cmphex(guest_read(&guest, E1000_CTRL_EXT), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 4), ==, 0x80007856);
    guest_write(&guest, E1000_RA + 4, 0);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_RST);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 4), ==, 0x80007856);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/eeprom/checksum", test_checksum);
    g_test_add_func("/e1000/eeprom/microwire", test_microwire);
    g_test_add_func("/e1000/eeprom/write-and-reload", test_write_and_reload);
    return g_test_run();
}
