/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loopback as the driver's self-test does it, in the PHY and in the MAC; bounded, and never from inside the transmitter. */
#include "hvn-e1000-guest.h"

static guint8 pattern[1024];

static void
check_test_frames(Guest *guest)
{
    for (guint i = 0; i < 40; i++)
        guest_queue(guest, guest_put(guest, pattern, sizeof pattern), LEGACY(SEND) | sizeof pattern, 0);
    guest_ring(guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest->machine.port), ==, 0);
    for (guint i = 0; i < 40; i++) {
        g_assert_cmphex(guest_rx_desc(guest, i)[12] & 3, ==, 3);
        g_assert_cmpmem(guest->machine.ram + GUEST_RX_DATA + i * GUEST_RX_SIZE, 1024, pattern, 1024);
    }
    g_assert_true(hvn_fake_port_send_bytes(guest->machine.port, pattern, 1024)); /* the wire is not listened to */
    g_assert_cmpuint(guest_read(guest, E1000_RDH), ==, 40);
}

static void
test_phy(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_phy_write(&guest, 16, 0x0808);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x9140);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x8140);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x4140);
    guest_write(&guest, E1000_CTRL,
                E1000_CTRL_SLU | E1000_CTRL_FRCSPD | E1000_CTRL_FRCDPLX | E1000_CTRL_SPEED_1000 | E1000_CTRL_FD |
                    E1000_CTRL_ILOS);
    guest_phy_write(&guest, 29, 0x001f);
    guest_phy_write(&guest, 30, 0x8ffc);
    guest_up(&guest, 0);
    check_test_frames(&guest);
    guest_phy_write(&guest, HVN_MII_BMCR, 0x9140); /* out of loopback, and back to the wire in time */
    hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_S);
    guest_queue(&guest, guest_put(&guest, pattern, 64), LEGACY(SEND) | 64, 0);
    guest_ring(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

static void
test_mac(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    hvn_link_set_up(guest.machine.link, FALSE); /* no cable is needed */
    guest_up(&guest, E1000_RCTL_LBM_MAC);
    hvn_link_set_up(guest.machine.link, TRUE);
    check_test_frames(&guest);
    guest_teardown(&guest);
}

/* CVE-2021-3416 and its like: frames go round only as fast as the receiver has descriptors, in work of their own */
static void
test_bounded(void)
{
    const guint n = 4096, base = 0x200000;
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_LBM_MAC);
    for (guint i = 0; i < n; i++) {
        hvn_store_le64(guest.machine.ram + base + 16 * i, GUEST_TX_DATA);
        hvn_store_le32(guest.machine.ram + base + 16 * i + 8, LEGACY(SEND) | 1024);
    }
    memcpy(guest.machine.ram + GUEST_TX_DATA, pattern, sizeof pattern);
    guest_write(&guest, E1000_TDBAL, base);
    guest_write(&guest, E1000_TDLEN, n * 16);
    guest_write(&guest, E1000_TDT, n - 1);
    guest_run(&guest);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, GUEST_N_DESCS - 1);
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), <, 512);
    g_assert_cmpuint(guest.e1000->loop.frames.length, <=, 256);
    for (guint i = 0; i < 200 && guest_read(&guest, E1000_TDH) != n - 1; i++) {
        guest_write(&guest, E1000_RDT, (guest_read(&guest, E1000_RDH) + GUEST_N_DESCS - 1) % GUEST_N_DESCS);
        guest_run(&guest);
    }
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), ==, n - 1);
    guest_teardown(&guest);
}

/* CVE-2025-12464: frames too short for a tag, and segmentation that comes back as segments */
static void
test_short_and_segmented(void)
{
    g_autoptr(GByteArray) frame = hvn_test_frame_build(
        &(HvnTestFrame){.ip_version = 4, .protocol = 6, .payload_len = 3000, .dst = {255, 255, 255, 255, 255, 255}});
    const HvnE1000TxContext context = {.ipcss = 14,
                                       .ipcso = 24,
                                       .ipcse = 33,
                                       .tucss = 34,
                                       .tucso = 50,
                                       .paylen = 3000,
                                       .tucmd = E1000_TXD_TUCMD_TCP | E1000_TXD_TUCMD_IP | E1000_TXD_CMD_TSE,
                                       .hdrlen = 54,
                                       .mss = 1000};
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_CTRL, E1000_CTRL_SLU | E1000_CTRL_VME);
    guest_up(&guest, E1000_RCTL_LBM_MAC | E1000_RCTL_VFE);
    guest_queue(&guest, guest_put(&guest, "\377\377\377\377\377\377abcdef\201\000", 14), LEGACY(SEND) | 14, 0);
    guest_queue_context(&guest, &context);
    guest_queue(&guest, guest_put(&guest, frame->data, frame->len), DATA(SEND | E1000_TXD_CMD_TSE) | frame->len, 0x300);
    guest_write(&guest, E1000_VFTA, 1); /* the pad reads as VLAN 0 */
    guest_write(&guest, E1000_RXCSUM, E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL);
    guest_ring(&guest);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), ==, 4);
    g_assert_cmpuint(hvn_load_le16(guest_rx_desc(&guest, 0) + 8), ==, 56);
    for (guint i = 1; i < 4; i++) {
        g_assert_cmpuint(hvn_load_le16(guest_rx_desc(&guest, i) + 8), ==, 1054);
        g_assert_cmphex(guest_rx_desc(&guest, i)[12], ==, 0x63);
        g_assert_cmphex(guest_rx_desc(&guest, i)[13], ==, 0);
    }
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    memset(pattern, 0xff, sizeof pattern);
    memset(pattern + 512, 0xaa, 512);
    pattern[522] = 0xbe;
    pattern[524] = 0xaf;
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/loop/phy", test_phy);
    g_test_add_func("/e1000/loop/mac", test_mac);
    g_test_add_func("/e1000/loop/bounded", test_bounded);
    g_test_add_func("/e1000/loop/short-and-segmented", test_short_and_segmented);
    return g_test_run();
}
