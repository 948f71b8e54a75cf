/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Flexible mode of the receive unit: frames over buffers of their own, and lists of buffers that end, run in a circle, or are nowhere. */
#include "hvn-i8255x-guest.h"

#define RBDS 0x80000u

static guint8 *
put_rbd(Guest *guest, guint n, guint32 next, guint size)
{
    guint8 *rbd = guest->machine.ram + RBDS + 16 * n;

    memset(rbd, 0, 16);
    hvn_store_le32(rbd + I8255X_RBD_LINK, next);
    hvn_store_le32(rbd + I8255X_RBD_ADDRESS, GUEST_DATA + 0x1000 * n);
    hvn_store_le16(rbd + I8255X_RBD_SIZE, size);
    return rbd;
}

/* @n buffers of @size in a row, EL at the last one, and descriptors that hold @head bytes themselves */
static void
listen_flexible(Guest *guest, guint n, guint size, guint head)
{
    for (guint i = 0; i < n; i++)
        put_rbd(guest, i, RBDS + 16 * (i + 1), size | (i == n - 1 ? I8255X_RBD_EL : 0));
    for (guint i = 0; i < GUEST_N; i++)
        guest_put_rfd(guest, i, SF, head);
    hvn_store_le32(guest_rfd(guest, 0) + I8255X_RFD_RBD, RBDS);
    guest_order(guest, GUEST_RFDS, I8255X_RUC_START);
}

static void
test_scattered(void)
{
    guint8 bytes[300];
    Guest guest;

    guest_setup(&guest, NULL);
    listen_flexible(&guest, 16, 128, 20);
    guest_fill(bytes, sizeof bytes);
    g_assert_true(guest_offer(&guest, sizeof bytes)); /* 20, 128, 128, 24 */
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0xa022);
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0) + 12), ==, 0xc000 | 20);
    g_assert_cmpmem(guest_rfd(&guest, 0) + 16, 20, bytes, 20);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA, 128, bytes + 20, 128);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA + 0x1000, 128, bytes + 148, 128);
    g_assert_cmpmem(guest.machine.ram + GUEST_DATA + 0x2000, 24, bytes + 276, 24);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + RBDS), ==, 0x4000 | 128);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + RBDS + 32), ==, 0xc000 | 24);
    /* the next descriptor is told where its buffers begin */
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 1) + I8255X_RFD_RBD), ==, RBDS + 48);
    guest_teardown(&guest);
}

/* a frame that needs none leaves them to the next one */
static void
test_within_the_descriptor(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    listen_flexible(&guest, 4, 256, 60);
    g_assert_true(guest_offer(&guest, 60));
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 0) + I8255X_RFD_RBD), ==, I8255X_RBD_NONE);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le32(guest_rfd(&guest, 1) + I8255X_RFD_RBD), ==, RBDS);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + RBDS), ==, 0xc000 | 40);
    guest_teardown(&guest);
}

/* out of buffers the sender is held; resume goes on with those that were linked behind the last one */
static void
test_end_and_resume(void)
{
    guint8 *rbd;
    Guest guest;

    guest_setup(&guest, NULL);
    listen_flexible(&guest, 2, 128, 0);
    g_assert_true(guest_offer(&guest, 200));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0xa022);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 1), ==, I8255X_SCB_RUS_NO_RBDS << 2);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STAT_ACK, 1), ==, I8255X_ACK_FR | I8255X_ACK_RNR);
    g_assert_false(guest_offer(&guest, 100));
    put_rbd(&guest, 7, RBDS, 1024 | I8255X_RBD_EL);
    rbd = guest.machine.ram + RBDS + 16;
    hvn_store_le16(rbd + I8255X_RBD_SIZE, 128);
    hvn_store_le32(rbd + I8255X_RBD_LINK, RBDS + 16 * 7);
    guest_order(&guest, 0, I8255X_RUC_RBD_RESUME);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, 1);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 1)), ==, 0xa022);
    g_assert_cmphex(hvn_load_le16(guest.machine.ram + RBDS + 16 * 7), ==, 0xc000 | 100);
    /* resumed too early */
    guest_order(&guest, 0, I8255X_RUC_RBD_RESUME);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 2)), ==, 0x8222);
    g_assert_cmphex(guest_read(&guest, I8255X_SCB_STATUS, 1), ==, I8255X_SCB_RUS_NO_RBDS << 2);
    guest_teardown(&guest);
}

/* buffers of no size in a circle, too small a list, and memory that is none */
static void
test_hostile_lists(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    listen_flexible(&guest, 2, 128, 0);
    put_rbd(&guest, 0, RBDS, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0x8222);
    listen_flexible(&guest, 1, 10, 0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0x8222);
    listen_flexible(&guest, 2, 128, 0);
    hvn_store_le32(guest.machine.ram + RBDS + I8255X_RBD_ADDRESS, HVN_FAKE_BUS_BAR0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0x8222);
    listen_flexible(&guest, 2, 128, 0);
    hvn_store_le32(guest_rfd(&guest, 0) + I8255X_RFD_RBD, HVN_FAKE_BUS_BAR0);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmphex(hvn_load_le16(guest_rfd(&guest, 0)), ==, 0x8222);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/rbd/scattered", test_scattered);
    g_test_add_func("/i8255x/rbd/within-the-descriptor", test_within_the_descriptor);
    g_test_add_func("/i8255x/rbd/end-and-resume", test_end_and_resume);
    g_test_add_func("/i8255x/rbd/hostile-lists", test_hostile_lists);
    return g_test_run();
}
