/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The serial ROM by its pins, as drivers read it: address length, checksums, address, and the leaf with its MII block. */
#include "hvn-tulip-guest.h"

static void
pins(Guest *guest, guint32 value)
{
    guest_write(guest, TULIP_CSR9, TULIP_CSR9_SR | TULIP_CSR9_RD | value);
}

/* as Linux does: all bits that came, also during the command */
static guint32
rom_read(Guest *guest, guint address, guint address_bits)
{
    guint32 command = 6u << address_bits | address, value = 0;

    pins(guest, 0);
    pins(guest, TULIP_CSR9_CS);
    for (gint i = 4 + (gint)address_bits; i >= 0; i--) {
        guint32 data = TULIP_CSR9_CS | (command >> i & 1 ? TULIP_CSR9_DI : 0);

        pins(guest, data);
        pins(guest, data | TULIP_CSR9_SK);
        value = value << 1 | (guest_read(guest, TULIP_CSR9) & TULIP_CSR9_DO ? 1 : 0);
    }
    pins(guest, TULIP_CSR9_CS);
    for (guint i = 0; i < 16; i++) {
        pins(guest, TULIP_CSR9_CS | TULIP_CSR9_SK);
        value = value << 1 | (guest_read(guest, TULIP_CSR9) & TULIP_CSR9_DO ? 1 : 0);
        pins(guest, TULIP_CSR9_CS);
    }
    pins(guest, 0);
    return value;
}

static void
test_address_length(void)
{
    Guest guest;

    guest_setup(&guest);
    g_assert_cmphex(rom_read(&guest, 0xff, 8) & 0x40000, ==, 0); /* 6 bits, not 8 */
    guest_teardown(&guest);
}

static void
test_contents(void)
{
    static const guint8 mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
    guint8 bytes[128], crc = 0xff;
    const guint8 *block;
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < 64; i++)
        hvn_store_le16(bytes + 2 * i, rom_read(&guest, i, 6) & 0xffff);
    g_assert_cmphex(hvn_load_le32(bytes), ==, 0x104f103c);
    g_assert_cmpmem(bytes + 20, 6, mac, 6);
    g_assert_cmpuint(bytes[18], ==, 4);
    g_assert_cmpuint(bytes[19], ==, 1);
    g_assert_cmphex(hvn_load_le16(bytes + 126), ==, hvn_ether_crc32(bytes, 126) & 0xffff);
    /* the CRC of the ID block, a byte at a time: the high byte of each word comes first */
    for (guint i = 0; i < 17; i++) {
        crc ^= bytes[i ^ 1];
        for (guint bit = 0; bit < 8; bit++)
            crc = (guint8)(crc << 1) ^ (crc & 0x80 ? 7 : 0);
    }
    g_assert_cmphex(bytes[16], ==, crc);
    /* the leaf of the only controller: found out, one block of type 3 */
    block = bytes + hvn_load_le16(bytes + 27);
    g_assert_cmphex(hvn_load_le16(block), ==, 0x0800);
    g_assert_cmpuint(block[2], ==, 1);
    g_assert_cmphex(block[3], ==, 0x8d);
    g_assert_cmpuint(block[4], ==, 3);
    g_assert_cmphex(hvn_load_le16(block + 8), ==, 0x7800);
    g_assert_cmphex(hvn_load_le16(block + 10), ==, 0x01e0);
    guest_teardown(&guest);
}

/* without SR the pins do not reach it; a reset in the middle of a command does no harm, and the contents stay */
static void
test_select(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_write(&guest, TULIP_CSR9, TULIP_CSR9_CS | TULIP_CSR9_SK | TULIP_CSR9_DI);
    g_assert_false(guest.tulip->rom.chip_select);
    pins(&guest, TULIP_CSR9_CS);
    pins(&guest, TULIP_CSR9_CS | TULIP_CSR9_DI | TULIP_CSR9_SK);
    guest_write(&guest, TULIP_CSR0, TULIP_CSR0_SWR);
    g_assert_cmphex(rom_read(&guest, 10, 6) & 0xffff, ==, 0x5452);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/rom/address-length", test_address_length);
    g_test_add_func("/tulip/rom/contents", test_contents);
    g_test_add_func("/tulip/rom/select", test_select);
    return g_test_run();
}
