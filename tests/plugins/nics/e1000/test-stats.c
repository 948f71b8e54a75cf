/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Statistics: size classes, kinds, octets with the FCS, read-to-clear, pairs, and counters that stick. */
#include "hvn-e1000-guest.h"

static void
receive(Guest *guest, const guint8 *dst, gsize len)
{
    g_autofree guint8 *bytes = g_malloc0(len);

    memcpy(bytes, dst, 6);
    g_assert_true(hvn_fake_port_send_bytes(guest->machine.port, bytes, len));
}

static void
test_receive(void)
{
    static const guint8 us[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56}, group[6] = {1, 0, 0x5e, 0, 0, 1}, other[6] = {2};
    static const guint8 all[6] = {255, 255, 255, 255, 255, 255};
    static const guint lens[] = {60, 61, 123, 124, 251, 252, 507, 508, 1019, 1020, 1514};
    static const guint expected[E1000_N_SIZES] = {1 + 2, 2, 2, 2, 2, 2};
    guint64 octets = 2 * 64;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_MPE);
    for (guint i = 0; i < G_N_ELEMENTS(lens); i++) {
        receive(&guest, us, lens[i]);
        octets += lens[i] + 4;
    }
    receive(&guest, group, 60);
    receive(&guest, all, 42); /* the link pads it */
    receive(&guest, other, 60);
    for (guint i = 0; i < E1000_N_SIZES; i++)
        g_assert_cmpuint(guest_read(&guest, E1000_PRC64 + 4 * i), ==, expected[i]);
    g_assert_cmpuint(guest_read(&guest, E1000_GPRC), ==, 13);
    g_assert_cmpuint(guest_read(&guest, E1000_GPRC), ==, 0); /* a read clears */
    g_assert_cmpuint(guest_read(&guest, E1000_MPRC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_BPRC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_TPR), ==, 14);
    g_assert_cmpuint(guest_read(&guest, E1000_GORCL), ==, octets);
    g_assert_cmpuint(guest_read(&guest, E1000_GORCL), ==, octets); /* only the high half clears, and both */
    g_assert_cmpuint(guest_read(&guest, E1000_GORCH), ==, 0);
    g_assert_cmpuint(guest_read(&guest, E1000_GORCL), ==, 0);
    g_assert_cmpuint(hvn_nic_region_read(guest.machine.nic, 0, E1000_TORL, 8), ==, octets + 64);
    g_assert_cmpuint(hvn_nic_region_read(guest.machine.nic, 0, E1000_TORL, 8), ==, 0);
    guest_teardown(&guest);
}

static void
test_transmit(void)
{
    guint8 bytes[1514] = {0x52};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_queue(&guest, guest_put(&guest, bytes, 1514), LEGACY(SEND) | 1514, 0);
    bytes[0] = 0x01;
    guest_queue(&guest, guest_put(&guest, bytes, 60), LEGACY(SEND) | 60, 0);
    memset(bytes, 0xff, 6);
    guest_queue(&guest, guest_put(&guest, bytes, 42), LEGACY(SEND) | 42, 0);
    guest_ring(&guest);
    g_assert_cmpuint(guest_read(&guest, E1000_PTC64), ==, 2);
    g_assert_cmpuint(guest_read(&guest, E1000_PTC64 + 20), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_GPTC), ==, 3);
    g_assert_cmpuint(guest_read(&guest, E1000_TPT), ==, 3);
    g_assert_cmpuint(guest_read(&guest, E1000_MPTC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_BPTC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_GOTCL), ==, 1518 + 64 + 64);
    g_assert_cmpuint(guest_read(&guest, E1000_TOTL), ==, 1518 + 64 + 64);
    guest_write(&guest, E1000_GPTC, 77);
    g_assert_cmpuint(guest_read(&guest, E1000_GPTC), ==, 0); /* read only */
    guest_teardown(&guest);
}

static void
test_stick(void)
{
    const HvnE1000Totals totals = {.packets = 10, .octets = 1000};
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_e1000_set(guest.e1000, E1000_GPRC, 0xfffffffa);
    hvn_e1000_set(guest.e1000, E1000_GORCL, 0xffffff00);
    hvn_e1000_stats_received(guest.e1000, &totals);
    g_assert_cmphex(guest_read(&guest, E1000_GPRC), ==, 0xffffffff);
    g_assert_cmphex(guest_read(&guest, E1000_GORCL), ==, 0xffffff00u + 1000);
    g_assert_cmphex(guest_read(&guest, E1000_GORCH), ==, 1);
    hvn_e1000_set(guest.e1000, E1000_GORCL, 0xffffff00);
    hvn_e1000_set(guest.e1000, E1000_GORCH, 0xffffffff);
    hvn_e1000_stats_received(guest.e1000, &totals);
    g_assert_cmphex(guest_read(&guest, E1000_GORCL), ==, 0xffffffff);
    g_assert_cmphex(guest_read(&guest, E1000_GORCH), ==, 0xffffffff);
    guest_teardown(&guest);
}

/* PAUSE frames are counted with RFCE, and dropped with DPF */
static void
test_pause(void)
{
    guint8 bytes[60] = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x01, 2, 0, 0, 0, 0, 1, 0x88, 0x08, 0x00, 0x01, 0xff, 0xff};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_MPE);
    guest_write(&guest, E1000_FCAL, 0x00c28001);
    guest_write(&guest, E1000_FCAH, 0x0100);
    guest_write(&guest, E1000_FCT, 0x8808);
    hvn_fake_port_send_bytes(guest.machine.port, bytes, 60);
    g_assert_cmpuint(guest_read(&guest, E1000_XOFFRXC), ==, 0);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_RFCE);
    hvn_fake_port_send_bytes(guest.machine.port, bytes, 60);
    g_assert_cmpuint(guest_read(&guest, E1000_XOFFRXC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 2);
    bytes[16] = bytes[17] = 0;
    guest_write(&guest, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_MPE | E1000_RCTL_DPF);
    hvn_fake_port_send_bytes(guest.machine.port, bytes, 60);
    g_assert_cmpuint(guest_read(&guest, E1000_XONRXC), ==, 1);
    bytes[15] = 2;
    hvn_fake_port_send_bytes(guest.machine.port, bytes, 60);
    g_assert_cmpuint(guest_read(&guest, E1000_FCRUC), ==, 1);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 2);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/stats/receive", test_receive);
    g_test_add_func("/e1000/stats/transmit", test_transmit);
    g_test_add_func("/e1000/stats/stick", test_stick);
    g_test_add_func("/e1000/stats/pause", test_pause);
    return g_test_run();
}
