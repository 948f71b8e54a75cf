/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The control queue: receive modes, address table, VLANs, address, announce, pairs, offloads, receive-side scaling, and commands
 * that are wrong. */
#include "hvn-virtio-guest.h"

#define CONTROL \
    (GUEST_BASIC | HVN_VIRTIO_NET_F_CTRL_VQ | HVN_VIRTIO_NET_F_CTRL_RX | HVN_VIRTIO_NET_F_CTRL_RX_EXTRA | \
     HVN_VIRTIO_NET_F_CTRL_MAC_ADDR | HVN_VIRTIO_NET_F_STATUS | HVN_VIRTIO_NET_F_GUEST_ANNOUNCE)
#define SHORT 2 /* the control queue's number with one pair (5.1.2) */

static const guint8 own[] = {0x52, 0x54, 0, 0x12, 0x34, 0x56}, other[] = {2, 0, 0, 0, 0, 1}, group[] = {1, 0, 0x5e, 0, 0, 1},
                    everyone[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* whether a frame to @dst comes in */
static gboolean
receives(Guest *guest, const guint8 *dst, guint16 vlan)
{
    guint8 data[64] = {0};
    guint cookie;
    guint32 len;

    memcpy(data, dst, 6);
    if (vlan != 0) {
        hvn_store_be16(data + 12, 0x8100);
        hvn_store_be16(data + 14, vlan);
    }
    guest_give(guest, 0, 1, 256, 1);
    g_assert_true(hvn_fake_port_send_bytes(guest->port, data, sizeof data)); /* what is not for us is taken all the same */
    if (hvn_test_virtqueue_get(&guest->queues[0], &cookie, &len))
        return TRUE;
    /* the buffer stays: it is used up here so that each call starts alike */
    return FALSE;
}

static gint
set_mode(Guest *guest, guint8 mode, guint8 on)
{
    return guest_command(guest, SHORT, HVN_VIRTIO_NET_CTRL_RX, mode, &on, 1);
}

static void
test_modes(void)
{
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL, 3);
    g_assert_true(receives(&guest, other, 0)); /* promiscuous until the driver says otherwise */
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_PROMISC, 0), ==, HVN_VIRTIO_NET_OK);
    g_assert_false(receives(&guest, other, 0));
    g_assert_false(receives(&guest, group, 0));
    g_assert_true(receives(&guest, own, 0));
    g_assert_true(receives(&guest, everyone, 0));
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_ALLMULTI, 1), ==, HVN_VIRTIO_NET_OK);
    g_assert_true(receives(&guest, group, 0));
    g_assert_false(receives(&guest, other, 0));
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_ALLUNI, 1), ==, HVN_VIRTIO_NET_OK);
    g_assert_true(receives(&guest, other, 0));
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_NOMULTI, 1), ==, HVN_VIRTIO_NET_OK);
    g_assert_false(receives(&guest, group, 0));
    g_assert_true(receives(&guest, everyone, 0));
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_NOBCAST, 1), ==, HVN_VIRTIO_NET_OK);
    g_assert_false(receives(&guest, everyone, 0));
    g_assert_cmpint(set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_NOUNI, 1), ==, HVN_VIRTIO_NET_OK);
    g_assert_false(receives(&guest, own, 0));
    g_assert_cmpint(set_mode(&guest, 6, 1), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpuint(guest.net->rx_filtered, ==, 6);
    /* a reset forgets it */
    guest_up(&guest, CONTROL, 3);
    g_assert_true(receives(&guest, other, 0));
    guest_teardown(&guest);
}

/* n unicast addresses 02:00:00:00:xx:xx, m group addresses 01:00:5e:00:xx:xx; the bytes of it */
static gsize
make_table(guint8 *at, guint32 n, guint32 m)
{
    guint8 *start = at;

    hvn_store_le32(at, n);
    at += 4;
    for (guint32 i = 0; i < n + m; i++, at += 6) {
        if (i == n) {
            hvn_store_le32(at, m);
            at += 4;
        }
        memcpy(at, i < n ? other : group, 6);
        hvn_store_be16(at + 4, i < n ? i + 1 : i - n + 1);
    }
    if (m == 0) {
        hvn_store_le32(at, 0);
        at += 4;
    }
    return at - start;
}

static gint
set_table(Guest *guest, const guint8 *table, gsize len)
{
    return guest_command(guest, SHORT, HVN_VIRTIO_NET_CTRL_MAC, HVN_VIRTIO_NET_CTRL_MAC_TABLE_SET, table, len);
}

static void
test_table(void)
{
    guint8 stranger[] = {2, 9, 9, 9, 9, 9}, strange_group[] = {1, 9, 9, 9, 9, 9};
    guint8 table[2000];
    Guest guest;
    gsize len;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL, 3);
    set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_PROMISC, 0);
    len = make_table(table, 2, 3);
    g_assert_cmpint(set_table(&guest, table, len), ==, HVN_VIRTIO_NET_OK);
    g_assert_true(receives(&guest, other, 0));
    g_assert_true(receives(&guest, group, 0));
    g_assert_true(receives(&guest, own, 0));
    g_assert_false(receives(&guest, stranger, 0));
    g_assert_false(receives(&guest, strange_group, 0));

    /* wrong ones change nothing (CVE-2014-0150) */
    for (gsize n = 0; n < len; n++)
        g_assert_cmpint(set_table(&guest, table, n), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(set_table(&guest, table, len + 1), ==, HVN_VIRTIO_NET_ERR);
    hvn_store_le32(table, G_MAXUINT32);
    g_assert_cmpint(set_table(&guest, table, len), ==, HVN_VIRTIO_NET_ERR);
    g_assert_true(receives(&guest, other, 0));
    g_assert_false(receives(&guest, stranger, 0));

    /* more than fit: all of that kind */
    len = make_table(table, 70, 1);
    g_assert_cmpint(set_table(&guest, table, len), ==, HVN_VIRTIO_NET_OK);
    g_assert_true(receives(&guest, stranger, 0));
    g_assert_true(receives(&guest, group, 0));
    g_assert_false(receives(&guest, strange_group, 0));
    len = make_table(table, 1, 70);
    g_assert_cmpint(set_table(&guest, table, len), ==, HVN_VIRTIO_NET_OK);
    g_assert_false(receives(&guest, stranger, 0));
    g_assert_true(receives(&guest, strange_group, 0));
    guest_teardown(&guest);
}

static void
test_address(void)
{
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL, 3);
    set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_PROMISC, 0);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_MAC, HVN_VIRTIO_NET_CTRL_MAC_ADDR_SET, other, 6), ==, 0);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_MAC, HVN_VIRTIO_NET_CTRL_MAC_ADDR_SET, other, 5), ==, 1);
    g_assert_true(receives(&guest, other, 0));
    g_assert_false(receives(&guest, own, 0));
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE, 1), ==, 2);
    guest_write(&guest, HVN_VIRTIO_PCI_DEVICE, 0x77, 1); /* not for a modern driver */
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE, 1), ==, 2);
    guest_write(&guest, 0x14, 0, 1);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE, 1), ==, 0x52);
    guest_teardown(&guest);
}

static void
test_vlan(void)
{
    guint8 id[2];
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL | HVN_VIRTIO_NET_F_CTRL_VLAN, 3);
    set_mode(&guest, HVN_VIRTIO_NET_CTRL_RX_PROMISC, 0);
    g_assert_true(receives(&guest, own, 0));
    g_assert_false(receives(&guest, own, 0x6123));
    hvn_store_le16(id, 0x123);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_VLAN, HVN_VIRTIO_NET_CTRL_VLAN_ADD, id, 2), ==, 0);
    g_assert_true(receives(&guest, own, 0x6123)); /* whatever its priority */
    g_assert_false(receives(&guest, own, 0x124));
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_VLAN, HVN_VIRTIO_NET_CTRL_VLAN_DEL, id, 2), ==, 0);
    g_assert_false(receives(&guest, own, 0x123));
    hvn_store_le16(id, 4096);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_VLAN, HVN_VIRTIO_NET_CTRL_VLAN_ADD, id, 2), ==, 1);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_VLAN, 2, id, 2), ==, 1);
    guest_teardown(&guest);
}

static void
test_announce(void)
{
    Guest guest;

    guest_setup(&guest, NULL, 1);
    hvn_virtio_device_announce(HVN_VIRTIO_DEVICE(guest.nic)); /* nobody there */
    guest_up(&guest, CONTROL, 3);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_ANNOUNCE, 0, NULL, 0), ==, HVN_VIRTIO_NET_ERR);
    guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1);
    hvn_virtio_device_announce(HVN_VIRTIO_DEVICE(guest.nic));
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_ISR, 1), ==, 2);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 6, 2), ==, 3);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_ANNOUNCE, 0, NULL, 0), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpuint(guest_read(&guest, HVN_VIRTIO_PCI_DEVICE + 6, 2), ==, 1);
    guest_teardown(&guest);
}

static void
test_offloads(void)
{
    guint64 guest_bits = HVN_VIRTIO_NET_F_GUEST_CSUM | HVN_VIRTIO_NET_F_GUEST_TSO4;
    guint8 data[8] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL | HVN_VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | guest_bits, 3);
    g_assert_cmpuint(hvn_port_get_features(HVN_PORT(guest.nic)), ==, HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_SHORT_FRAMES);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS, 0, data, 8), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpuint(hvn_port_get_features(HVN_PORT(guest.nic)), ==, HVN_PORT_SHORT_FRAMES);
    hvn_store_le64(data, guest_bits);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS, 0, data, 8), ==, HVN_VIRTIO_NET_OK);
    g_assert_cmpuint(hvn_port_get_features(HVN_PORT(guest.nic)), ==, HVN_PORT_CSUM | HVN_PORT_TSO4 | HVN_PORT_SHORT_FRAMES);
    hvn_store_le64(data, guest_bits | HVN_VIRTIO_NET_F_GUEST_TSO6); /* was not negotiated */
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS, 0, data, 8), ==, HVN_VIRTIO_NET_ERR);
    g_assert_cmpint(guest_command(&guest, SHORT, HVN_VIRTIO_NET_CTRL_GUEST_OFFLOADS, 0, data, 7), ==, HVN_VIRTIO_NET_ERR);
    guest_teardown(&guest);
}

/* what was not negotiated is not served, nor what does not exist */
static void
test_not_negotiated(void)
{
    guint8 data[64] = {0};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, GUEST_BASIC | HVN_VIRTIO_NET_F_CTRL_VQ, 3);
    for (guint class = 0; class < 8; class++) {
        for (guint command = 0; command < 8; command++) {
            for (gsize len = 0; len < 20; len++)
                g_assert_cmpint(guest_command(&guest, SHORT, class, command, data, len), ==, HVN_VIRTIO_NET_ERR);
        }
    }
    guest_teardown(&guest);
}

/* no room for the answer, or no whole header: the queue is broken */
static void
test_bad_chains(void)
{
    HvnTestPiece pieces[] = {{GUEST_COMMAND, 2}, {GUEST_COMMAND + 16, 1}, {GUEST_COMMAND, 1}};
    Guest guest;

    guest_setup(&guest, NULL, 1);
    guest_up(&guest, CONTROL, 3);
    g_assert_true(hvn_test_virtqueue_add(&guest.queues[SHORT], pieces, 1, 0, FALSE, 0));
    guest_kick(&guest, SHORT);
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    guest_up(&guest, CONTROL, 3);
    g_assert_true(hvn_test_virtqueue_add(&guest.queues[SHORT], pieces + 1, 0, 1, FALSE, 0));
    guest_kick(&guest, SHORT);
    g_assert_cmpuint(guest_read(&guest, 0x14, 1) & HVN_VIRTIO_STATUS_NEEDS_RESET, !=, 0);
    guest_teardown(&guest);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/virtio-net/control/modes", test_modes);
    g_test_add_func("/virtio-net/control/table", test_table);
    g_test_add_func("/virtio-net/control/address", test_address);
    g_test_add_func("/virtio-net/control/vlan", test_vlan);
    g_test_add_func("/virtio-net/control/announce", test_announce);
    g_test_add_func("/virtio-net/control/offloads", test_offloads);
    g_test_add_func("/virtio-net/control/not-negotiated", test_not_negotiated);
    g_test_add_func("/virtio-net/control/bad-chains", test_bad_chains);
    return g_test_run();
}
