/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver: headers, FCS and pages all round the ring, by both habits of drivers; a full ring that holds the sender; the reminder; a frame that no
 * room is enough for, and what Linux does then; monitor mode, and the tally counters (hvn-ne2k-stats.c). */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

static void
test_sizes(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < 400; i++) {
        gsize len = 60 + i * 37 % 1455;

        g_assert_true(guest_offer(&guest, len));
        g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX);
        g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_PRX | NE2K_RSR_PHY);
        guest_out(&guest, NE2K_ISR, NE2K_ISR_PRX, 1);
        guest_take(&guest, len);
        g_assert_false(guest_has_packet(&guest));
    }
    guest_teardown(&guest);
}

/* header, frame and FCS of 248 bytes of data fill one page; one byte more takes another */
static void
test_page_edges(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < 60; i++) {
        g_assert_true(guest_offer(&guest, 248 + i % 2));
        guest_take(&guest, 248 + i % 2);
    }
    guest_teardown(&guest);
}

/* a full ring holds the sender, and loses and overwrites nothing */
static void
test_full(void)
{
    guint given = 0, taken = 0;
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    for (guint round = 0; round < 30; round++) {
        for (; guest_offer(&guest, 60 + given % 1400); given++)
            ;
        g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
        g_assert_cmpuint(given, >, taken);
        g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & (NE2K_ISR_OVW | NE2K_ISR_RST), ==, 0);
        guest_take(&guest, 60 + taken++ % 1400);
        guest_run(&guest);
        g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    }
    while (taken < given)
        guest_take(&guest, 60 + taken++ % 1400);
    g_assert_false(guest_has_packet(&guest));
    g_assert_cmpuint(guest.ne2k->rx.dropped, ==, 0);
    guest_teardown(&guest);
}

/* the other habit: BNRY at the packet that is read next, equal to CURR while the ring is empty */
static void
test_boundary_at_next(void)
{
    guint n = 0;
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_BNRY, GUEST_FIRST, 1);
    for (; guest_offer(&guest, 1514); n++)
        ;
    g_assert_cmpuint(n, ==, (GUEST_N_PAGES - 1) / 6);
    for (guint i = 0; i < n; i++) {
        guest_take(&guest, 1514);
        guest_out(&guest, NE2K_BNRY, guest.next, 1);
    }
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 1514));
    guest_teardown(&guest);
}

/* Linux reads ten packets, clears PRX, and waits for the next: those that are left set it again */
static void
test_reminder(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_IMR, NE2K_ISR_PRX, 1);
    for (guint i = 0; i < 12; i++)
        g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX);
    for (guint i = 0; i < 10; i++)
        guest_take(&guest, 60);
    guest_out(&guest, NE2K_ISR, NE2K_ISR_PRX, 1);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX);
    guest_take(&guest, 60);
    guest_take(&guest, 60);
    guest_out(&guest, NE2K_ISR, NE2K_ISR_PRX, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_teardown(&guest);
}

/* no room will ever be enough: lost, counted, OVW; the driver stops the chip, takes what there is, and starts it, and all is well */
static void
test_overflow(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_true(guest_offer(&guest, 15000));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_PRX | NE2K_ISR_OVW | NE2K_ISR_RST);
    g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_MPA | NE2K_RSR_PHY);
    g_assert_cmphex(guest_in(&guest, NE2K_CNTR + 2, 1), ==, 1);
    g_assert_cmpuint(guest.ne2k->rx.dropped, ==, 1);
    guest_out(&guest, NE2K_CR, STOP, 1);
    hvn_dispatcher_advance(guest.machine.dispatcher, 10 * HVN_NS_PER_MS);
    guest_out(&guest, NE2K_RBCR0, 0, 2);
    guest_out(&guest, NE2K_TCR, 0x02, 1);
    guest_out(&guest, NE2K_CR, START, 1);
    guest_take(&guest, 100);
    guest_out(&guest, NE2K_ISR, NE2K_ISR_OVW | NE2K_ISR_PRX, 1);
    guest_out(&guest, NE2K_TCR, 0, 1);
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1) & ~NE2K_ISR_RDC, ==, 0);
    g_assert_true(guest_offer(&guest, 200));
    guest_take(&guest, 200);
    guest_teardown(&guest);
}

/* closed: stopped, in loopback, no cable: takes and counts, and owes nothing */
static void
test_closed(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_out(&guest, NE2K_CR, STOP, 1);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 60));
    guest_out(&guest, NE2K_TCR, 0x02, 1);
    guest_out(&guest, NE2K_CR, START, 1);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest.ne2k->rx.closed, ==, 2);
    guest_teardown(&guest);
}

/* MON: addresses are looked at, packets are counted, none is stored; CNT when the highest bit of a counter is set, which stops at 192 */
static void
test_monitor(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, NE2K_RCR_MON);
    for (guint i = 0; i < 127; i++)
        g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, 0);
    g_assert_cmphex(guest_in(&guest, NE2K_RSR, 1), ==, NE2K_RSR_MPA | NE2K_RSR_DIS | NE2K_RSR_PHY);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_in(&guest, NE2K_ISR, 1), ==, NE2K_ISR_CNT);
    for (guint i = 0; i < 100; i++)
        g_assert_true(guest_offer(&guest, 60));
    g_assert_cmpuint(guest_in(&guest, NE2K_CNTR + 2, 1), ==, 192);
    g_assert_cmpuint(guest_in(&guest, NE2K_CNTR + 2, 1), ==, 0);
    g_assert_cmpuint(guest_in(&guest, NE2K_CNTR, 1), ==, 0);
    g_assert_false(guest_has_packet(&guest));
    guest_teardown(&guest);
}

static const struct {
    const char *name;
    guint32 offset;
    guint8 value;
} modes[] = {
    {"monitor", NE2K_RCR, NE2K_RCR_AB | NE2K_RCR_MON}, {"no-broadcast", NE2K_RCR, 0},      {"no-ring", NE2K_PSTOP, 0xff},
    {"small-ring", NE2K_PSTOP, GUEST_FIRST + 2},       {"no-start", NE2K_PSTART, 0}, {"loopback", NE2K_TCR, 1 << NE2K_TCR_LB_SHIFT},
};

/* a full ring holds the sender, and then the receiver changes so that it would not hold the frame: the sender is told */
static void
test_mode_changes(gconstpointer data)
{
    guint i = GPOINTER_TO_UINT(data);
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_out(&guest, modes[i].offset, modes[i].value, 1);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 1514));
    guest_teardown(&guest);
}

/* a reset pays the debt of ready */
static void
test_reset_pays(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    while (guest_offer(&guest, 1514))
        ;
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_in(&guest, 0x1f, 1);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/rx/sizes", test_sizes);
    g_test_add_func("/ne2k/rx/page-edges", test_page_edges);
    g_test_add_func("/ne2k/rx/full", test_full);
    g_test_add_func("/ne2k/rx/boundary-at-next", test_boundary_at_next);
    g_test_add_func("/ne2k/rx/reminder", test_reminder);
    g_test_add_func("/ne2k/rx/overflow", test_overflow);
    g_test_add_func("/ne2k/rx/closed", test_closed);
    g_test_add_func("/ne2k/rx/monitor", test_monitor);
    g_test_add_func("/ne2k/rx/reset-pays", test_reset_pays);
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *path = g_strdup_printf("/ne2k/rx/mode-changes/%s", modes[i].name);

        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_mode_changes);
    }
    return g_test_run();
}
