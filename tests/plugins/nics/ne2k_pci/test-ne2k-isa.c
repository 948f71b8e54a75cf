/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The card without PCI: where its options put it, what it has not of the RTL8029, and that frames go. */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-isa.h"

static void
test_jumpers(void)
{
    HvnNicRegion region;
    guint iobase, irq;
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_ISA);
    g_assert_false(hvn_nic_is_pci(guest.machine.nic));
    g_assert_true(hvn_nic_get_region(guest.machine.nic, 0, &region));
    g_assert_true(region.io);
    g_assert_cmphex(region.address, ==, 0x300);
    g_assert_cmpuint(region.size, ==, 32);
    g_object_get(guest.machine.nic, "iobase", &iobase, "irq", &irq, NULL);
    g_assert_cmphex(iobase, ==, 0x300);
    g_assert_cmpuint(irq, ==, 9);
    guest_teardown(&guest);
}

/* a DP8390 has no page 3, and no IDs */
static void
test_no_8029(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_ISA);
    g_assert_cmphex(guest_in(&guest, NE2K_RBCR0, 2), ==, 0xffff);
    for (guint offset = 1; offset < 16; offset++) {
        guest_set(&guest, NE2K_PAGE(3, offset), 0xff);
        g_assert_cmphex(guest_get(&guest, NE2K_PAGE(3, offset)), ==, 0);
    }
    guest_teardown(&guest);
}

static void
test_frames(void)
{
    guint8 bytes[60] = {0x02};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_ISA);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_IMR, 0x7f, 1);
    guest_send(&guest, bytes, sizeof bytes);
    guest_run(&guest);
    hvn_test_machine_assert_frame(&guest.machine, 0, bytes, sizeof bytes);
    g_assert_true(guest_offer(&guest, 999));
    g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    guest_take(&guest, 999);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/isa/jumpers", test_jumpers);
    g_test_add_func("/ne2k/isa/no-8029", test_no_8029);
    g_test_add_func("/ne2k/isa/frames", test_frames);
    return g_test_run();
}
