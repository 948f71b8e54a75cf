/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which frames are received: the address, groups by hash, broadcast, and the modes of the configuration. */
#include "hvn-i8255x-guest.h"

/* status of the descriptor that a frame to @address went to; 0 when it was not received */
static guint16
receive(Guest *guest, const char *address)
{
    guest_listen(guest, 1, 0);
    g_assert_true(guest_offer_to(guest, address));
    return hvn_load_le16(guest_rfd(guest, 0));
}

static void
test_modes(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:56"), ==, 0xa020);
    g_assert_cmphex(receive(&guest, "ff:ff:ff:ff:ff:ff"), ==, 0xa022);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:57"), ==, 0);
    g_assert_cmphex(receive(&guest, "01:00:5e:00:00:01"), ==, 0);
    guest_configure(&guest, 21, 0x05 | I8255X_CONFIG_21_MULTICAST_ALL);
    g_assert_cmphex(receive(&guest, "01:00:5e:00:00:01") & DONE, ==, DONE);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:57"), ==, 0);
    guest_configure(&guest, 21, 0x05);
    guest_configure(&guest, 15, 0xc8 | I8255X_CONFIG_15_NO_BROADCAST);
    g_assert_cmphex(receive(&guest, "ff:ff:ff:ff:ff:ff"), ==, 0);
    guest_configure(&guest, 15, 0xc8 | I8255X_CONFIG_15_PROMISCUOUS | I8255X_CONFIG_15_NO_BROADCAST);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:57"), ==, 0xa026);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:56"), ==, 0xa020);
    g_assert_cmphex(receive(&guest, "01:00:5e:00:00:01") & DONE, ==, DONE);
    g_assert_cmphex(receive(&guest, "ff:ff:ff:ff:ff:ff") & DONE, ==, DONE);
    guest_teardown(&guest);
}

/* the bit is that of the CRC, bits 2 to 7: two groups that share it pass together */
static void
test_groups(void)
{
    guint8 *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    cb = guest_put(&guest, 0, I8255X_OPCODE_MULTICAST_SETUP | EL);
    hvn_store_le16(cb + I8255X_CB_DATA, 6);
    memcpy(cb + I8255X_CB_DATA + 2, "\1\0\x5e\0\0\1", 6);
    guest_start(&guest, 0);
    g_assert_cmphex(receive(&guest, "01:00:5e:00:00:01"), ==, 0xa022);
    g_assert_cmphex(receive(&guest, "01:00:5e:00:00:02"), ==, 0);
    g_assert_cmphex(receive(&guest, "52:54:00:12:34:57"), ==, 0);
    { /* computed apart, a bit at a time */
        guint32 crc = G_MAXUINT32;

        for (guint bit = 0; bit < 48; bit++)
            crc = crc << 1 ^ ((crc >> 31 ^ ("\1\0\x5e\0\0\1"[bit / 8] >> bit % 8 & 1)) ? 0x04c11db7 : 0);
        g_assert_true(guest.i8255x->hash[(crc >> 2 & 63) / 8] & 1u << (crc >> 2 & 7));
    }
    guest_teardown(&guest);
}

static void
test_multiple_addresses(void)
{
    guint8 *cb;
    Guest guest;

    guest_setup(&guest, NULL);
    cb = guest_put(&guest, 0, I8255X_OPCODE_MULTICAST_SETUP | EL);
    hvn_store_le16(cb + I8255X_CB_DATA, 6);
    memcpy(cb + I8255X_CB_DATA + 2, "\2\0\0\0\0\7", 6);
    guest_start(&guest, 0);
    g_assert_cmphex(receive(&guest, "02:00:00:00:00:07"), ==, 0);
    guest_configure(&guest, 20, 0x3f | I8255X_CONFIG_20_MULTIPLE_IA);
    g_assert_cmphex(receive(&guest, "02:00:00:00:00:07"), ==, 0xa022);
    g_assert_cmphex(receive(&guest, "02:00:00:00:00:08"), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/filter/modes", test_modes);
    g_test_add_func("/i8255x/filter/groups", test_groups);
    g_test_add_func("/i8255x/filter/multiple-addresses", test_multiple_addresses);
    return g_test_run();
}
