/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* CSR5 and CSR7 with their two summaries, the process states, the general-purpose timer and both mitigations of CSR11. */
#include "hvn-tulip-guest.h"

static guint8 bytes[60];

/* as set up by guest_up() and the transmitter's first look */
static guint32
causes(Guest *guest)
{
    return guest_read(guest, TULIP_CSR5) & TULIP_CSR5_CAUSES;
}

static void
test_summaries(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_demand(&guest);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TU);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_NIS | TULIP_CSR5_AIS), ==, 0); /* nothing is let through */
    guest_write(&guest, TULIP_CSR7, TULIP_CSR5_TU);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_NIS | TULIP_CSR5_AIS), ==, TULIP_CSR5_NIS);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus)); /* the summary's own bit is closed */
    guest_write(&guest, TULIP_CSR7, TULIP_CSR5_TU | TULIP_CSR7_AIM);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, TULIP_CSR7, TULIP_CSR5_TU | TULIP_CSR7_NIM);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_TU);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(causes(&guest), ==, 0);
    guest_write(&guest, TULIP_CSR7, TULIP_CSR5_TPS | TULIP_CSR7_AIM | TULIP_CSR7_NIM);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_SR);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & (TULIP_CSR5_NIS | TULIP_CSR5_AIS), ==, TULIP_CSR5_AIS);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

static guint
state(Guest *guest, guint32 mask, guint shift)
{
    return (guest_read(guest, TULIP_CSR5) & mask) >> shift;
}

/* drivers wait for both to be 0 */
static void
test_states(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_TS | TULIP_CSR5_RS, 0), ==, 0);
    guest_up(&guest, TULIP_CSR6_PR);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_TS, TULIP_CSR5_TS_SHIFT), ==, 6);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_RS, TULIP_CSR5_RS_SHIFT), ==, 3);
    guest_write(&guest, TULIP_CSR1, 0);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_TS, TULIP_CSR5_TS_SHIFT), ==, 3);
    guest_run(&guest);
    hvn_fake_port_set_capacity(guest.machine.port, 0);
    guest_send(&guest, bytes, sizeof bytes, 0);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_TS, TULIP_CSR5_TS_SHIFT), ==, 2);
    while (guest_offer(&guest, 60))
        ;
    g_assert_cmpuint(state(&guest, TULIP_CSR5_RS, TULIP_CSR5_RS_SHIFT), ==, 4);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_CAUSES);
    guest_write(&guest, TULIP_CSR6, 0);
    g_assert_cmpuint(state(&guest, TULIP_CSR5_TS | TULIP_CSR5_RS, 0), ==, 0);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_TPS | TULIP_CSR5_RPS);
    guest_teardown(&guest);
}

static void
test_timer(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS);
    guest_write(&guest, TULIP_CSR11, 100);
    hvn_dispatcher_advance(guest.machine.dispatcher, 40 * 81920);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR11), ==, 60);
    g_assert_cmphex(causes(&guest), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 60 * 81920);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_GTE);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR11), ==, 0);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_GTE);
    hvn_dispatcher_advance(guest.machine.dispatcher, 200 * 81920);
    g_assert_cmphex(causes(&guest), ==, 0);
    guest_write(&guest, TULIP_CSR11, TULIP_CSR11_CON | 10);
    for (guint i = 0; i < 3; i++) {
        hvn_dispatcher_advance(guest.machine.dispatcher, 10 * 81920);
        g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_GTE);
        guest_write(&guest, TULIP_CSR5, TULIP_CSR5_GTE);
    }
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_TTM); /* ten times as slow at 10 Mb/s */
    guest_write(&guest, TULIP_CSR11, 10);
    hvn_dispatcher_advance(guest.machine.dispatcher, 99 * 81920);
    g_assert_cmphex(causes(&guest), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 81920);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_GTE);
    guest_teardown(&guest);
}

/* what Linux writes under load: so many frames, or so many cycles of 5.12 us after the first */
static void
test_mitigated_receive(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    guest_write(&guest, TULIP_CSR11, TULIP_CSR11_CS | 3u << TULIP_CSR11_NRX_SHIFT | 4u << TULIP_CSR11_RXT_SHIFT);
    for (guint i = 0; i < 2; i++) {
        guest_offer(&guest, 60);
        g_assert_cmphex(causes(&guest), ==, 0);
    }
    guest_offer(&guest, 60);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_RI);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_RI);
    guest_offer(&guest, 60);
    hvn_dispatcher_advance(guest.machine.dispatcher, 4 * 5120 - 1);
    g_assert_cmphex(causes(&guest), ==, 0);
    hvn_dispatcher_advance(guest.machine.dispatcher, 1);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_RI);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_RI);
    guest_offer(&guest, 60);
    guest_write(&guest, TULIP_CSR11, 0); /* told of at once when it is switched off */
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_RI);
    guest_teardown(&guest);
}

static void
test_mitigated_transmit(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, 0);
    guest_write(&guest, TULIP_CSR11, 2u << TULIP_CSR11_NTX_SHIFT | 1u << TULIP_CSR11_TXT_SHIFT);
    guest_send(&guest, bytes, sizeof bytes, TULIP_TDES1_IC);
    g_assert_cmphex(causes(&guest) & TULIP_CSR5_TI, ==, 0);
    guest_send(&guest, bytes, sizeof bytes, TULIP_TDES1_IC);
    g_assert_cmphex(causes(&guest) & TULIP_CSR5_TI, ==, TULIP_CSR5_TI);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_CAUSES);
    guest_send(&guest, bytes, sizeof bytes, TULIP_TDES1_IC);
    hvn_dispatcher_advance(guest.machine.dispatcher, 16 * 81920);
    g_assert_cmphex(causes(&guest) & TULIP_CSR5_TI, ==, TULIP_CSR5_TI);
    guest_teardown(&guest);
}

/* an acknowledgement that is late leaves what came since the read */
static void
test_late_acknowledgement(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    guest_offer(&guest, 60);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_RI);
    guest_offer(&guest, 60); /* the driver has looked at the ring by now, and its write is on its way */
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_RI);
    g_assert_cmphex(causes(&guest), ==, TULIP_CSR5_RI);
    guest_write(&guest, TULIP_CSR5, TULIP_CSR5_RI);
    g_assert_cmphex(causes(&guest), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/irq/summaries", test_summaries);
    g_test_add_func("/tulip/irq/states", test_states);
    g_test_add_func("/tulip/irq/timer", test_timer);
    g_test_add_func("/tulip/irq/mitigated-receive", test_mitigated_receive);
    g_test_add_func("/tulip/irq/mitigated-transmit", test_mitigated_transmit);
    g_test_add_func("/tulip/irq/late-acknowledgement", test_late_acknowledgement);
    return g_test_run();
}
