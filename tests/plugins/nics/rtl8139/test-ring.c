/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading descriptors of a C+ ring from every place of rings of every length: each once, up to the first that is the driver's. */
#include "hvn-rtl8139-guest.h"

#define BASE 0x50000u

static void
lay_out(Guest *guest, guint length, guint first, guint n_owned)
{
    memset(guest->machine.ram + BASE, 0, 128 * RTL8139_DESC_SIZE);
    for (guint i = 0; i < length; i++)
        hvn_store_le32(guest->machine.ram + BASE + 16 * i, i == length - 1 ? RTL8139_DESC_EOR : 0);
    for (guint i = 0; i < n_owned; i++) {
        guint8 *desc = guest->machine.ram + BASE + 16 * ((first + i) % length);

        hvn_store_le32(desc, hvn_load_le32(desc) | RTL8139_DESC_OWN);
        hvn_store_le32(desc + 4, i + 1);
    }
}

static void
test_every_place(void)
{
    static HvnRtl8139Ring ring;
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint length = 1; length <= RTL8139_RING_MAX; length += length < 5 ? 1 : 59 / 4) {
        for (guint first = 0; first < length; first++) {
            for (guint n = 0; n <= length; n++) {
                lay_out(&guest, length, first, n);
                hvn_rtl8139_ring_open(&ring, guest.machine.nic, BASE, first);
                g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, 2), ==, MIN(n, 2));
                g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, RTL8139_RING_MAX), ==, n);
                g_assert_cmpint(ring.whole, ==, n == length);
                for (guint i = 0; i < n; i++) {
                    g_assert_cmpuint(hvn_load_le32(ring.descs + 16 * i + 4), ==, i + 1);
                    g_assert_cmpuint(hvn_rtl8139_ring_position(&ring, i), ==, (first + i) % length);
                }
                g_assert_cmpuint(hvn_rtl8139_ring_position(&ring, n), ==, (first + n) % length);
            }
        }
    }
    guest_teardown(&guest);
}

static void
test_view(void)
{
    static HvnRtl8139Ring ring;
    HvnRingView view;
    Guest guest;

    guest_setup(&guest, NULL);
    lay_out(&guest, 10, 7, 6);
    hvn_rtl8139_ring_open(&ring, guest.machine.nic, BASE, 7);
    g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, RTL8139_RING_MAX), ==, 6);
    hvn_rtl8139_ring_open_view(&ring, 5, &view);
    for (guint i = 0; i < 5; i++)
        hvn_ring_view_store32(&view, i, 0, 0x100 + i);
    for (guint i = 0; i < 5; i++)
        g_assert_cmphex(hvn_load_le32(guest.machine.ram + BASE + 16 * ((7 + i) % 10)), ==, 0x100 + i);
    g_assert_cmphex(hvn_load_le32(guest.machine.ram + BASE + 16 * 2), ==, RTL8139_DESC_OWN);
    guest_teardown(&guest);
}

/* rings that cannot be read, or only in part */
static void
test_unreadable(void)
{
    static HvnRtl8139Ring ring;
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_rtl8139_ring_open(&ring, guest.machine.nic, GUEST_RAM, 0);
    g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, 64), ==, 0);
    g_assert_true(ring.failed);
    hvn_rtl8139_ring_open(&ring, guest.machine.nic, GUEST_RAM - 48, 0);
    for (guint i = 0; i < 3; i++)
        hvn_store_le32(guest.machine.ram + GUEST_RAM - 48 + 16 * i, RTL8139_DESC_OWN);
    g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, 64), ==, 3);
    g_assert_true(ring.failed);
    hvn_rtl8139_ring_open(&ring, guest.machine.nic, G_MAXUINT64 - 255, 63);
    g_assert_cmpuint(hvn_rtl8139_ring_load(&ring, 64), ==, 0);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/ring/every-place", test_every_place);
    g_test_add_func("/rtl8139/ring/view", test_view);
    g_test_add_func("/rtl8139/ring/unreadable", test_unreadable);
    return g_test_run();
}
