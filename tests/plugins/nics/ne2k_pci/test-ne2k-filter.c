/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames come in: own address, broadcast, multicast by its hash, promiscuous; and PHY in the status of each. */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

enum { OWN, OTHER, GROUP, BROADCAST, N_ADDRESSES };

static const guint8 addresses[N_ADDRESSES][6] = {
    [OWN] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56},
    [OTHER] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57},
    [GROUP] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01},
    [BROADCAST] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
};

/* a bit for each address whose frame came in */
static guint
accepted(guint8 rcr, gboolean hashed)
{
    guint bit = hvn_mac_filter_hash_crc6(addresses[GROUP], NULL), mask = 0;
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    guest_out(&guest, NE2K_RCR, rcr, 1);
    guest_set(&guest, NE2K_MAR + bit / 8, hashed ? 1 << bit % 8 : 0);
    for (guint i = 0; i < N_ADDRESSES; i++) {
        guint8 bytes[60] = {0}, header[4];

        memcpy(bytes, addresses[i], 6);
        g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
        if (!guest_has_packet(&guest))
            continue;
        guest_read(&guest, guest.next << 8, header, sizeof header);
        g_assert_cmphex(header[0], ==, NE2K_RSR_PRX | (i >= GROUP ? NE2K_RSR_PHY : 0));
        guest.next = header[1];
        mask |= 1u << i;
    }
    guest_teardown(&guest);
    return mask;
}

static void
test_filter(void)
{
    g_assert_cmphex(accepted(0, TRUE), ==, 1 << OWN);
    g_assert_cmphex(accepted(NE2K_RCR_AB, TRUE), ==, 1 << OWN | 1 << BROADCAST);
    g_assert_cmphex(accepted(NE2K_RCR_AM, FALSE), ==, 1 << OWN);
    g_assert_cmphex(accepted(NE2K_RCR_AM, TRUE), ==, 1 << OWN | 1 << GROUP);
    g_assert_cmphex(accepted(NE2K_RCR_PRO, FALSE), ==, 1 << OWN | 1 << OTHER);
    g_assert_cmphex(accepted(NE2K_RCR_PRO | NE2K_RCR_AM | NE2K_RCR_AB, TRUE), ==, 0xf);
    g_assert_cmphex(accepted(NE2K_RCR_SEP | NE2K_RCR_AR, TRUE), ==, 1 << OWN);
}

/* the address is what the driver wrote to PAR, not the PROM's */
static void
test_own_address(void)
{
    guint8 bytes[60] = {0x02, 1, 2, 3, 4, 5};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_up(&guest, 0);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_false(guest_has_packet(&guest));
    for (guint i = 0; i < 6; i++)
        guest_set(&guest, NE2K_PAR + i, bytes[i]);
    g_assert_true(hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes));
    g_assert_true(guest_has_packet(&guest));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/filter/filter", test_filter);
    g_test_add_func("/ne2k/filter/own-address", test_own_address);
    return g_test_run();
}
