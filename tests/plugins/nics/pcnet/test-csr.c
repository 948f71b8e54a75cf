/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Start, stop and suspend; interrupts, their masks and acknowledgements, late ones with them; counters that roll over. */
#include "hvn-pcnet-guest.h"

static gboolean
irq(Guest *guest)
{
    return hvn_fake_bus_get_irq(guest->machine.bus);
}

/* INIT and STRT at once and apart; STOP goes before both, and clears everything */
static void
test_start_stop(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING | PCNET_CSR0_IENA);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_STOP);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP | PCNET_CSR0_IENA);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_INIT);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT); /* before memory was read */
    guest_run(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING | PCNET_CSR0_IDON | PCNET_CSR0_INTR);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR15, PCNET_CSR15_DTX);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT); /* without INIT: what the CSRs say */
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STRT | PCNET_CSR0_RXON);
    guest_teardown(&guest);
}

/* a restart begins at the bases of the rings, as on this chip and not as on the LANCE */
static void
test_restart(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    for (guint i = 0; i < 3; i++)
        g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR72), ==, 0x10000 - 13);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    for (guint i = 0; i < 3; i++)
        guest_give(&guest, i);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 0) & PCNET_DESC_OWN, ==, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 3) & PCNET_DESC_OWN, !=, 0);
    g_assert_cmphex(guest_status(&guest, GUEST_RX_RING, 1) & PCNET_DESC_OWN, !=, 0);
    guest_teardown(&guest);
}

static void
test_masks(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_false(irq(&guest));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, RUNNING | PCNET_CSR0_RINT | PCNET_CSR0_INTR);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA);
    g_assert_true(irq(&guest));
    guest_set_csr(&guest, PCNET_CSR3, PCNET_CSR0_RINT);
    g_assert_false(irq(&guest));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_INTR, ==, 0);
    guest_set_csr(&guest, PCNET_CSR3, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA | PCNET_CSR0_RINT);
    g_assert_false(irq(&guest));
    /* UINTCMD, and events of CSR4 behind their masks, which reset sets */
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_UINTCMD);
    g_assert_true(irq(&guest));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4), ==, PCNET_CSR4_RESET | PCNET_CSR4_UINT);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_UINT);
    g_assert_false(irq(&guest));
    hvn_pcnet_csr_raise(guest.pcnet, 0, PCNET_CSR4_TXSTRT | PCNET_CSR4_MFCO | PCNET_CSR4_RCVCCO | PCNET_CSR4_JAB, 0);
    g_assert_false(irq(&guest));
    for (guint bit = 0; bit < 10; bit++) {
        guint32 mask = PCNET_CSR4_RESET & BIT(bit);

        if (mask == 0)
            continue;
        guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET & ~mask);
        g_assert_true(irq(&guest));
        guest_set_csr(&guest, PCNET_CSR4, (PCNET_CSR4_RESET & ~mask) | mask << 1);
        g_assert_false(irq(&guest));
    }
    guest_teardown(&guest);
}

/* an acknowledgement that comes behind the next event does not take it away */
static void
test_late_acknowledgement(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_RINT, !=, 0);
    g_assert_true(guest_offer(&guest, 60));
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA | PCNET_CSR0_RINT);
    g_assert_true(irq(&guest));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & PCNET_CSR0_RINT, !=, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_IENA | PCNET_CSR0_RINT);
    g_assert_false(irq(&guest));
    guest_teardown(&guest);
}

/* frames wait while the device is suspended, in both directions, and places in the rings stay */
static void
test_suspend(void)
{
    guint8 bytes[60] = {0};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_up(&guest, 0);
    g_assert_true(guest_offer(&guest, 60));
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, PCNET_CSR5_SPND);
    g_assert_false(guest_offer(&guest, 61));
    guest_queue(&guest, bytes, sizeof bytes, SEND);
    guest_demand(&guest);
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_set_csr(&guest, PCNET_CSR5, 0);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_true(guest_offer(&guest, 61));
    g_assert_cmpuint(guest_rest(&guest, GUEST_RX_RING, 1, FALSE), ==, 65);
    /* STOP ends it, and lets go of whoever waits */
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SPND);
    g_assert_false(guest_offer(&guest, 61));
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_run(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, 0);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

/* MFC and RCC roll over into CSR4, but not in the ILACC's style */
static void
test_counters(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    guest_set_csr(&guest, PCNET_CSR112, 0xfffe);
    guest_set_csr(&guest, PCNET_CSR114, 0xfff8);
    hvn_pcnet_csr_count(guest.pcnet, PCNET_CSR112, 1, PCNET_CSR4_MFCO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4), ==, PCNET_CSR4_RESET);
    hvn_pcnet_csr_count(guest.pcnet, PCNET_CSR112, 1, PCNET_CSR4_MFCO);
    hvn_pcnet_csr_count(guest.pcnet, PCNET_CSR114, 16, PCNET_CSR4_RCVCCO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4), ==, PCNET_CSR4_RESET | PCNET_CSR4_MFCO | PCNET_CSR4_RCVCCO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR112), ==, 0);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR114), ==, 8);
    guest_set_csr(&guest, PCNET_CSR4, PCNET_CSR4_RESET | PCNET_CSR4_MFCO | PCNET_CSR4_RCVCCO);
    guest_set_bcr(&guest, PCNET_BCR20, PCNET_STYLE_ILACC);
    hvn_pcnet_csr_count(guest.pcnet, PCNET_CSR112, 0x10000, PCNET_CSR4_MFCO);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR4), ==, PCNET_CSR4_RESET);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pcnet/csr/start-stop", test_start_stop);
    g_test_add_func("/pcnet/csr/restart", test_restart);
    g_test_add_func("/pcnet/csr/masks", test_masks);
    g_test_add_func("/pcnet/csr/late-acknowledgement", test_late_acknowledgement);
    g_test_add_func("/pcnet/csr/suspend", test_suspend);
    g_test_add_func("/pcnet/csr/counters", test_counters);
    return g_test_run();
}
