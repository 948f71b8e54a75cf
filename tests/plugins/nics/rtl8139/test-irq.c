/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Interrupts and the timer of 33 MHz. */
#include "hvn-rtl8139-guest.h"

static void
test_mask(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_FSWINT, 1);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_SWINT);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_SWINT); /* reading clears nothing */
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, RTL8139_IMR, RTL8139_ISR_SWINT, 2);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, RTL8139_ISR, (guint16)~RTL8139_ISR_SWINT, 2);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_SWINT, 2);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_read(&guest, RTL8139_IMR, 2), ==, RTL8139_ISR_SWINT);
    guest_teardown(&guest);
}

/* iPXE reads ISR, posts its acknowledgement, looks at its ring, and waits for ROK: a frame that comes before the acknowledgement does is
 * not lost with it; one that it has read of is acknowledged for good */
static void
test_late_acknowledgement(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_ROK, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
    g_assert_true(guest_offer(&guest, 100));
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_ROK, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_ROK, 2);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    guest_teardown(&guest);
}

static void
test_counter(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_TCTR, 0x12345678, 4); /* any value */
    g_assert_cmpuint(guest_read(&guest, RTL8139_TCTR, 4), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 30 * 1000);
    g_assert_cmpuint(guest_read(&guest, RTL8139_TCTR, 4), ==, 1000);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(guest_read(&guest, RTL8139_TCTR, 4), ==, 33334333); /* 33 MHz */
    hvn_dispatcher_advance(guest.machine.dispatcher, 128 * HVN_NS_PER_S); /* 32 bits are enough for 128 seconds */
    g_assert_cmpuint(guest_read(&guest, RTL8139_TCTR, 4), <, 33334333);
    guest_teardown(&guest);
}

static void
test_timeout(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, RTL8139_IMR, RTL8139_ISR_TIMEOUT, 2);
    guest_write(&guest, RTL8139_TCTR, 0, 4);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0); /* TimerInt 0 never fires */
    guest_write(&guest, RTL8139_TIMERINT, 1000, 4);
    guest_write(&guest, RTL8139_TCTR, 0, 4);
    hvn_dispatcher_advance(guest.machine.dispatcher, 999 * 30);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 30);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TIMEOUT);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_TIMEOUT, 2);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S); /* once each time round */
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 128 * HVN_NS_PER_S);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_TIMEOUT);
    /* from now on at another time; a place that has passed is met the next time round */
    guest_write(&guest, RTL8139_TIMERINT, 0, 4);
    guest_write(&guest, RTL8139_ISR, RTL8139_ISR_TIMEOUT, 2);
    guest_write(&guest, RTL8139_TCTR, 0, 4);
    hvn_dispatcher_advance(guest.machine.dispatcher, 30 * 5000);
    guest_write(&guest, RTL8139_TIMERINT, 4000, 4);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/irq/mask", test_mask);
    g_test_add_func("/rtl8139/irq/late-acknowledgement", test_late_acknowledgement);
    g_test_add_func("/rtl8139/irq/counter", test_counter);
    g_test_add_func("/rtl8139/irq/timeout", test_timeout);
    return g_test_run();
}
