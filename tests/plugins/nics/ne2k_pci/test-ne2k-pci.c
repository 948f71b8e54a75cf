/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The RTL8029: its PCI identity, the IDs in its registers, its EEPROM and the lock on CONFIG2 and CONFIG3 (hvn-ne2k-eeprom.c), and the link in CONFIG0. */
#include "hvn-ne2k-guest.h"
#include "hvn-ne2k-pci.h"

static void
test_identity(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x00, 4), ==, 0x802910ec);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x08, 4), ==, 0x02000000);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x2c, 4), ==, 0x11001af4);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x3d, 1), ==, 1);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 1) & 3, ==, 1);
    hvn_nic_config_write(guest.machine.nic, 0x10, 0xffffffff, 4);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x10, 4) & 0xffff, ==, 0xff01);
    g_assert_cmphex(hvn_nic_config_read(guest.machine.nic, 0x14, 4), ==, 0);
    g_assert_cmphex(guest_in(&guest, NE2K_RBCR0, 2), ==, 0x4350);
    g_assert_cmphex(guest_get(&guest, NE2K_8029ASID), ==, 0x29);
    g_assert_cmphex(guest_get(&guest, NE2K_8029ASID + 1), ==, 0x80);
    guest_teardown(&guest);
}

/* Linux's option for full duplex: CONFIG3 takes it between 0xc0 and 0 in 9346CR */
static void
test_lock(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    guest_set(&guest, NE2K_CONFIG3, NE2K_CONFIG3_FUDUP);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG3), ==, 0);
    guest_set(&guest, NE2K_9346CR, 0xc0);
    guest_set(&guest, NE2K_CONFIG3, NE2K_CONFIG3_FUDUP);
    guest_set(&guest, NE2K_9346CR, 0x00);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG3), ==, NE2K_CONFIG3_FUDUP);
    guest_set(&guest, NE2K_9346CR, NE2K_9346CR_EEM_LOAD); /* from the EEPROM again */
    g_assert_cmphex(guest_get(&guest, NE2K_9346CR) & NE2K_9346CR_EEM, ==, 0);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG3), ==, 0);
    guest_teardown(&guest);
}

static void
pins(Guest *guest, guint8 lines)
{
    guest_set(guest, NE2K_9346CR, NE2K_9346CR_EEM_PINS | NE2K_9346CR_EECS | lines);
    guest_set(guest, NE2K_9346CR, NE2K_9346CR_EEM_PINS | NE2K_9346CR_EECS | NE2K_9346CR_EESK | lines);
}

static guint16
read_word(Guest *guest, guint word)
{
    guint32 command = 6u << 6 | word;
    guint16 value = 0;

    for (gint bit = 8; bit >= 0; bit--)
        pins(guest, command >> bit & 1 ? NE2K_9346CR_EEDI : 0);
    for (guint bit = 0; bit < 16; bit++) {
        pins(guest, 0);
        value = value << 1 | (guest_get(guest, NE2K_9346CR) & NE2K_9346CR_EEDO);
    }
    return value;
}

static void
test_eeprom(void)
{
    static const guint16 mac[] = {0x5452, 0x1200, 0x5634};
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint word = 0; word < 3; word++) {
        guest_set(&guest, NE2K_9346CR, NE2K_9346CR_EEM_PINS);
        g_assert_cmphex(read_word(&guest, 1 + word), ==, mac[word]);
    }
    guest_teardown(&guest);
}

/* a reset in the middle of a command ends it, as 9346CR says: its chip select is low afterwards */
static void
test_eeprom_reset(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    for (guint i = 0; i < 5; i++)
        pins(&guest, NE2K_9346CR_EEDI);
    guest_in(&guest, NE2K_RESET, 1);
    g_assert_cmphex(guest_get(&guest, NE2K_9346CR), ==, 0);
    g_assert_cmphex(read_word(&guest, 1), ==, 0x5452);
    guest_teardown(&guest);
}

/* the chip turns to the thin cable while the twisted pair has no link, unless it is told what to use */
static void
test_link(void)
{
    Guest guest;

    guest_setup(&guest, HVN_TYPE_NE2K_PCI);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG0), ==, 0);
    hvn_link_set_up(guest.machine.link, FALSE);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG0), ==, NE2K_CONFIG0_BNC);
    guest_set(&guest, NE2K_9346CR, 0xc0);
    guest_set(&guest, NE2K_CONFIG2, 0x40); /* twisted pair */
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG0), ==, 0);
    guest_set(&guest, NE2K_CONFIG2, NE2K_CONFIG2_PL_BNC);
    hvn_link_set_up(guest.machine.link, TRUE);
    g_assert_cmphex(guest_get(&guest, NE2K_CONFIG0), ==, NE2K_CONFIG0_BNC);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/ne2k/pci/identity", test_identity);
    g_test_add_func("/ne2k/pci/lock", test_lock);
    g_test_add_func("/ne2k/pci/eeprom", test_eeprom);
    g_test_add_func("/ne2k/pci/eeprom-reset", test_eeprom_reset);
    g_test_add_func("/ne2k/pci/link", test_link);
    return g_test_run();
}
