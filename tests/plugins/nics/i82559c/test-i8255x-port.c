/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PORT interface: self test and dump; both resets are in test-i8255x-nic.c. */
#include "hvn-i8255x-guest.h"

static void
test_self_test(void)
{
    guint8 *result;
    Guest guest;

    guest_setup(&guest, NULL);
    result = guest.machine.ram + GUEST_DATA;
    hvn_store_le32(result, 0);
    hvn_store_le32(result + 4, 0xffffffff);
    guest_write(&guest, I8255X_PORT, GUEST_DATA | I8255X_PORT_SELF_TEST, 4);
    g_assert_cmphex(hvn_load_le32(result + 4), ==, 0xffffffff); /* not from within the access */
    guest_run(&guest);
    g_assert_cmphex(hvn_load_le32(result), !=, 0);
    g_assert_cmphex(hvn_load_le32(result + 4), ==, 0);
    g_assert_cmphex(guest_read(&guest, I8255X_PORT, 4), ==, 0);
    guest_teardown(&guest);
}

static void
test_dump(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    memset(guest.machine.ram + GUEST_DATA, 0xee, 600);
    guest_write(&guest, I8255X_PORT, GUEST_DATA | I8255X_PORT_DUMP, 4);
    guest_run(&guest);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA, 22, guest.i8255x->config, 22);
    g_assert_cmphex(guest.machine.ram[GUEST_DATA + 595], ==, 0);
    g_assert_cmphex(guest.machine.ram[GUEST_DATA + 596], ==, 0xee);
    guest_teardown(&guest);
}

/* no memory, no function, and a reset that comes before the work */
static void
test_nothing(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint function = 1; function < 16; function += 2) {
        guest_write(&guest, I8255X_PORT, HVN_FAKE_BUS_BAR0 | function, 4);
        guest_run(&guest);
    }
    guest_write(&guest, I8255X_PORT, GUEST_DATA | I8255X_PORT_SELF_TEST, 4);
    guest_write(&guest, I8255X_PORT, I8255X_PORT_SOFTWARE_RESET, 4);
    guest_run(&guest);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + GUEST_DATA), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/port/self-test", test_self_test);
    g_test_add_func("/i8255x/port/dump", test_dump);
    g_test_add_func("/i8255x/port/nothing", test_nothing);
    return g_test_run();
}
