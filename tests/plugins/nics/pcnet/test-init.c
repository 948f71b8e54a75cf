/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The initialization block in both sizes, ring lengths, the CSRs that tell of the rings, and blocks that nobody can read. */
#include "hvn-pcnet-guest.h"

static void
test_block(gconstpointer data)
{
    guint style = GPOINTER_TO_UINT(data);
    Guest guest;

    guest_setup(&guest, style);
    guest_write_init(&guest, PCNET_CSR15_PROM | PCNET_CSR15_DRX, 5, 3);
    guest.machine.ram[GUEST_INIT + (style == 0 ? 2 : 4)] = 0x5e;
    guest.machine.ram[GUEST_INIT + (style == 0 ? 8 : 12)] = 0x21;
    guest_set_csr(&guest, PCNET_CSR1, GUEST_INIT);
    guest_set_csr(&guest, PCNET_CSR2, 0);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_INIT);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_INIT); /* memory is read by the work */
    guest_run(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_INIT | PCNET_CSR0_IDON | PCNET_CSR0_INTR);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR15), ==, PCNET_CSR15_PROM | PCNET_CSR15_DRX);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR12), ==, 0x545e);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR8), ==, 0xff21);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR8 + 3), ==, 0xffff);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR24), ==, GUEST_RX_RING & 0xffff);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR24 + 1), ==, GUEST_RX_RING >> 16);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR30 + 1), ==, GUEST_TX_RING >> 16);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR76), ==, 0x10000 - 32);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR78), ==, 0x10000 - 8);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR6), ==, 0x3500);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR26), ==, (GUEST_RX_RING & 0xffff) + (style == 0 ? 8 : 16));
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR26 + 2), ==, GUEST_RX_RING & 0xffff);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR32 + 3), ==, GUEST_TX_RING >> 16);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR16), ==, GUEST_INIT);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & (PCNET_CSR0_RXON | PCNET_CSR0_TXON), ==, PCNET_CSR0_TXON);
    guest_teardown(&guest);
}

/* codes of both sizes; RCON turns them into counters */
static void
test_lengths(void)
{
    Guest guest;

    g_assert_cmpuint(hvn_pcnet_ring_length(0, FALSE), ==, 1);
    g_assert_cmpuint(hvn_pcnet_ring_length(7, FALSE), ==, 128);
    g_assert_cmpuint(hvn_pcnet_ring_length(9, TRUE), ==, 512);
    g_assert_cmpuint(hvn_pcnet_ring_length(15, TRUE), ==, 512);
    guest_setup(&guest, 0);
    guest_set_csr(&guest, PCNET_CSR92, 0x4000);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR92), ==, 0xfff0);
    guest_teardown(&guest);
}

/* with 16 bits the upper byte of IADR belongs to every address */
static void
test_upper_byte(void)
{
    HvnPcnetRing ring;
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_LANCE);
    guest_set_csr(&guest, PCNET_CSR2, 0x7f00);
    guest_set_csr(&guest, PCNET_CSR24, 0x1234);
    guest_set_csr(&guest, PCNET_CSR24 + 1, 0x7f56);
    hvn_pcnet_init_ring(guest.pcnet, &ring, FALSE);
    g_assert_cmphex(ring.base, ==, 0x7f561230);
    g_assert_cmphex(ring.high, ==, 0x7f000000);
    guest_teardown(&guest);
}

/* a block where no memory is, in the device's own registers, and without bus mastering */
static void
test_unreadable(void)
{
    static const guint32 places[] = {GUEST_RAM - 4, 0xfffffff0, HVN_FAKE_BUS_BAR0 + 0x100000};
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_PCI);
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SINT | PCNET_CSR5_SINT >> 1);
        guest_set_csr(&guest, PCNET_CSR1, places[i] & 0xffff);
        guest_set_csr(&guest, PCNET_CSR2, places[i] >> 16);
        guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_INIT | PCNET_CSR0_STRT);
        guest_run(&guest);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR0), ==, PCNET_CSR0_STOP | PCNET_CSR0_INTR);
        g_assert_cmphex(guest_csr(&guest, PCNET_CSR5), ==, PCNET_CSR5_SINT | PCNET_CSR5_SINT >> 1);
        g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus)); /* IENA is not asked */
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 6, 2) & 0x2000, ==, 0x2000);
        hvn_nic_config_write(guest.machine.nic, 6, 0x2000, 2);
        g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 6, 2) & 0x2000, ==, 0);
    }
    guest_set_csr(&guest, PCNET_CSR5, PCNET_CSR5_SINT);
    g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
    hvn_nic_config_write(guest.machine.nic, 4, HVN_PCI_COMMAND_IO | HVN_PCI_COMMAND_MEMORY, 2);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_INIT | PCNET_CSR0_STRT);
    guest_run(&guest);
    g_assert_cmphex(guest_csr(&guest, PCNET_CSR0) & ~PCNET_CSR0_INTR, ==,
                    PCNET_CSR0_ERR | PCNET_CSR0_MERR | PCNET_CSR0_INIT | PCNET_CSR0_STRT);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/pcnet/init/16-bits", GUINT_TO_POINTER(PCNET_STYLE_LANCE), test_block);
    g_test_add_data_func("/pcnet/init/ilacc", GUINT_TO_POINTER(PCNET_STYLE_ILACC), test_block);
    g_test_add_data_func("/pcnet/init/32-bits", GUINT_TO_POINTER(PCNET_STYLE_PCI), test_block);
    g_test_add_data_func("/pcnet/init/reordered", GUINT_TO_POINTER(PCNET_STYLE_REORDER), test_block);
    g_test_add_func("/pcnet/init/lengths", test_lengths);
    g_test_add_func("/pcnet/init/upper-byte", test_upper_byte);
    g_test_add_func("/pcnet/init/unreadable", test_unreadable);
    return g_test_run();
}
