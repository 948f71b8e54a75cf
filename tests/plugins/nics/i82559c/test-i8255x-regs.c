/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register table of hvn-i8255x-regs.c as drivers meet it: values after reset, through both BARs, in every width. */
#include "hvn-i8255x-guest.h"

static void
test_reset_values(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint32 offset = 0; offset < I8255X_CSR_SIZE; offset += 4) {
        guint32 expected = offset == I8255X_MDI ? I8255X_MDI_READY : 0;

        expected = offset == 0x0c ? (guint32)I8255X_EEPROM_EEDO << 16 : expected;
        expected = offset == 0x1c ? 0x0700 : expected;
        g_assert_cmphex(guest_read(&guest, offset, 4), ==, expected);
        g_assert_cmphex(hvn_nic_region_read(guest.machine.nic, I8255X_BAR_IO, offset, 4), ==, expected);
    }
    guest_teardown(&guest);
}

/* the pointer a byte at a time; the lines of the EEPROM in a byte, as some drivers do */
static void
test_widths(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < 4; i++)
        guest_write(&guest, I8255X_SCB_POINTER + i, 0x11 * (i + 1), 1);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_POINTER, 4), ==, 0x44332211);
    hvn_nic_region_write(guest.machine.nic, I8255X_BAR_IO, I8255X_SCB_POINTER + 2, 0xabcd, 2);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_POINTER, 4), ==, 0xabcd2211);
    guest_write(&guest, I8255X_EEPROM, I8255X_EEPROM_EECS | I8255X_EEPROM_EESK, 1);
    g_assert_cmphex(guest_read(&guest, I8255X_EEPROM, 1), ==, I8255X_EEPROM_EECS | I8255X_EEPROM_EESK | I8255X_EEPROM_EEDO);
    guest_write(&guest, I8255X_FLASH, 0xffff, 2);
    g_assert_cmphex(guest_read(&guest, I8255X_FLASH, 2), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/regs/reset-values", test_reset_values);
    g_test_add_func("/i8255x/regs/widths", test_widths);
    return g_test_run();
}
