/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The system control block: interrupts, their masks, and a status that the guest cannot write. */
#include "hvn-i8255x-guest.h"

static void
test_masks(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, I8255X_SCB_MASK, I8255X_MASK_SI, 1);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_SWI);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_MASK, 1), ==, 0);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, I8255X_SCB_MASK, I8255X_MASK_M, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, I8255X_SCB_MASK, 0, 1);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, I8255X_SCB_STAT_ACK, I8255X_ACK_SWI, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* an 82558 masks causes one by one, an 82557 does not */
static void
test_single_masks(void)
{
    for (guint i = 0; i < 2; i++) {
        Guest guest;

        guest_setup(&guest, i == 0 ? "i82558a" : "i82557a");
        guest_write(&guest, I8255X_SCB_MASK, I8255X_ACK_CNA | I8255X_ACK_CX, 1);
        guest_put(&guest, 0, I8255X_OPCODE_NOP | EL | I);
        guest_start(&guest, 0);
        g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_CNA | I8255X_ACK_CX);
        g_assert_cmpint(hvn_fake_bus_get_irq(guest.machine.bus), ==, i == 1);
        guest_write(&guest, I8255X_SCB_MASK, I8255X_ACK_CX, 1);
        g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
        guest_teardown(&guest);
    }
}

/* the fault of a model where a write of 4 bytes to offset 0 sets the states of both units */
static void
test_status_is_read_only(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, I8255X_SCB_STATUS, 0x90, 4);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 4), ==, 0);
    guest_write(&guest, I8255X_SCB_STATUS, 0xff, 1);
    guest_write(&guest, I8255X_SCB_STATUS, 0x00fc, 2);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 2), ==, 0);
    guest_teardown(&guest);
}

/* 16 bits: a command and the mask at once */
static void
test_command_word(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_put(&guest, 0, I8255X_OPCODE_NOP | EL);
    guest_write(&guest, I8255X_SCB_POINTER, guest_cb_address(0), 4);
    guest_write(&guest, I8255X_SCB_COMMAND, I8255X_MASK_M << 8 | I8255X_CUC_START, 2);
    guest_run(&guest);
    g_assert_cmphex(guest_status(&guest, 0), ==, DONE);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 4), ==, 0x01002000);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* an acknowledgement that comes late does not take a frame's interrupt with it */
static void
test_late_acknowledgement(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_listen(&guest, 8, 0);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR);
    g_assert_true(guest_offer(&guest, 60));
    guest_write(&guest, I8255X_SCB_STAT_ACK, I8255X_ACK_FR, 1);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR);
    guest_write(&guest, I8255X_SCB_STAT_ACK, I8255X_ACK_FR, 1);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/scb/masks", test_masks);
    g_test_add_func("/i8255x/scb/single-masks", test_single_masks);
    g_test_add_func("/i8255x/scb/status-is-read-only", test_status_is_read_only);
    g_test_add_func("/i8255x/scb/command-word", test_command_word);
    g_test_add_func("/i8255x/scb/late-acknowledgement", test_late_acknowledgement);
    return g_test_run();
}
