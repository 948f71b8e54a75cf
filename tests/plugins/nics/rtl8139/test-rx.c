/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The receiver in C mode: header, frame and FCS in the ring of bytes, every size of it, WRAP, BUFE, and a ring without room. */
#include "hvn-rtl8139-guest.h"

/* what a driver does with the packet at @read: checks all of it, and says where the next one is */
static guint32
take(Guest *guest, guint32 base, guint32 size, guint32 read, gsize len, gboolean wrap)
{
    guint8 bytes[2048];
    guint32 header;

    for (gsize i = 0; i < len + 8; i++)
        bytes[i] = guest->machine.ram[base + (wrap ? read + i : (read + i) % size)];
    header = hvn_load_le32(bytes);
    g_assert_cmphex(header, ==, (guint32)(len + 4) << 16 | RTL8139_RSR_BAR | RTL8139_RSR_ROK);
    for (gsize i = 6; i < 12; i++)
        g_assert_cmpuint(bytes[4 + i], ==, (i * 5 + len) & 0xff);
    for (gsize i = 14; i < len; i++)
        g_assert_cmpuint(bytes[4 + i], ==, (i * 5 + len) & 0xff);
    g_assert_cmphex(hvn_load_le32(bytes + 4 + len), ==, hvn_ether_crc32(bytes + 4, len));
    read = (read + len + 8 + 3) & ~3u;
    return read % size;
}

static void
test_sizes(void)
{
    for (guint rblen = 0; rblen < 4; rblen++) {
        for (guint wrap = 0; wrap < 2; wrap++) {
            guint32 size = 8192u << rblen, read = 0;
            Guest guest;

            guest_setup(&guest, "0x10");
            guest_up(&guest, 0);
            guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AB | rblen << RTL8139_RCR_RBLEN_SHIFT | (wrap ? RTL8139_RCR_WRAP : 0), 4);
            for (guint i = 0; i < 200; i++) {
                gsize len = 60 + i * 37 % 1455;

                g_assert_true(guest_offer(&guest, len));
                g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1) & RTL8139_CR_BUFE, ==, 0);
                g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
                guest_write(&guest, RTL8139_ISR, RTL8139_ISR_ROK, 2);
                read = take(&guest, GUEST_RX_BYTES, size, read, len, wrap && rblen != RTL8139_RCR_RBLEN_64K);
                g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), ==, read & 0xffff);
                guest_write(&guest, RTL8139_CAPR, (read - 16) & 0xffff, 2);
                g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1) & RTL8139_CR_BUFE, !=, 0);
            }
            guest_teardown(&guest);
        }
    }
}

/* 8139too never reduces its place: CAPR beyond the ring means the place in it */
static void
test_capr_beyond(void)
{
    guint32 read = 0, total = 0;
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    for (guint i = 0; i < 100; i++) {
        g_assert_true(guest_offer(&guest, 1514));
        read = take(&guest, GUEST_RX_BYTES, 8192, read, 1514, TRUE);
        total += 1524;
        guest_write(&guest, RTL8139_CAPR, (total - 16) & 0xffff, 2);
        g_assert_cmphex(guest_read(&guest, RTL8139_CR, 1) & RTL8139_CR_BUFE, !=, 0);
    }
    guest_teardown(&guest);
}

/* a full ring holds the sender, tells it as RXOVW once, and loses nothing */
static void
test_full(void)
{
    guint32 read = 0;
    guint taken = 0;
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    while (guest_offer(&guest, 100))
        taken++;
    g_assert_cmpuint(taken, ==, 8191 / 108); /* never so full that it looks empty */
    g_assert_true(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK | RTL8139_ISR_RXOVW);
    guest_write(&guest, RTL8139_ISR, 0xffff, 2);
    guest_run(&guest);
    g_assert_false(guest_offer(&guest, 100));
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    for (guint i = 0; i < taken; i++)
        read = take(&guest, GUEST_RX_BYTES, 8192, read, 100, TRUE);
    guest_write(&guest, RTL8139_CAPR, (read - 16) & 0xffff, 2);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), >=, 1);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, 0);
    g_assert_cmpuint(guest_read(&guest, RTL8139_MPC, 4), ==, 0);
    guest_teardown(&guest);
}

/* 8139too acknowledges RXOVW while it reads, and reads no further than 64 packets unless ISR tells of more: with frames waiting it does */
static void
test_full_again(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    guest_write(&guest, RTL8139_IMR, RTL8139_ISR_RXOVW, 2);
    while (guest_offer(&guest, 100))
        ;
    for (guint i = 0; i < 10; i++) {
        guest_write(&guest, RTL8139_ISR, 0xffff, 2);
        g_assert_false(hvn_fake_bus_get_irq(guest.machine.bus));
        hvn_dispatcher_advance(guest.machine.dispatcher, 20 * HVN_NS_PER_MS);
        g_assert_cmpuint(hvn_fake_port_get_n_resumed(guest.machine.port), ==, i + 1); /* a real sender offers again then */
        g_assert_false(guest_offer(&guest, 100));
        g_assert_true(hvn_fake_bus_get_irq(guest.machine.bus));
    }
    guest_teardown(&guest);
}

/* packets that are left in the ring when ROK is cleared set it again, as if they had come then; an empty ring does not */
static void
test_left_unread(void)
{
    guint32 read = 0;
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    for (guint i = 0; i < 3; i++)
        g_assert_true(guest_offer(&guest, 100));
    for (guint i = 0; i < 3; i++) {
        g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, RTL8139_ISR_ROK);
        read = take(&guest, GUEST_RX_BYTES, 8192, read, 100, TRUE);
        guest_write(&guest, RTL8139_CAPR, (read - 16) & 0xffff, 2);
        guest_write(&guest, RTL8139_ISR, RTL8139_ISR_ROK, 2);
        g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
        hvn_dispatcher_advance(guest.machine.dispatcher, HVN_NS_PER_MS);
    }
    g_assert_cmphex(guest_read(&guest, RTL8139_ISR, 2), ==, 0);
    guest_teardown(&guest);
}

/* closed takes and counts: the receiver is off, has no memory yet, or has no cable */
static void
test_closed(void)
{
    Guest guest;

    guest_setup(&guest, "0x10");
    g_assert_true(guest_offer(&guest, 100));
    guest_write(&guest, RTL8139_CR, RTL8139_CR_RE, 1);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AB, 4);
    g_assert_true(guest_offer(&guest, 100)); /* 8139too enables it before RBSTART: nothing is written to address 0 */
    g_assert_cmphex(hvn_load_le32(guest.machine.ram), ==, 0);
    g_assert_cmpuint(guest.rtl8139->rx.closed, ==, 2);
    guest_write(&guest, RTL8139_RBSTART, GUEST_RX_BYTES, 4);
    g_assert_true(guest_offer(&guest, 100));
    g_assert_cmpuint(guest.rtl8139->rx.closed, ==, 2);
    /* switched off while the sender is held: the debt is paid */
    while (guest_offer(&guest, 1514))
        ;
    guest_write(&guest, RTL8139_CR, 0, 1);
    guest_run(&guest);
    g_assert_false(hvn_port_owes_ready(HVN_PORT(guest.machine.nic)));
    guest_teardown(&guest);
}

/* a ring where there is no memory costs its frames, and each is counted */
static void
test_bad_ring(void)
{
    static const guint32 bases[] = {0xffffff00, GUEST_RAM - 8, HVN_FAKE_BUS_BAR0 + 0x100000};
    Guest guest;

    guest_setup(&guest, "0x10");
    guest_up(&guest, 0);
    for (guint i = 0; i < G_N_ELEMENTS(bases); i++) {
        guest_write(&guest, RTL8139_RBSTART, bases[i], 4);
        g_assert_true(guest_offer(&guest, 100));
        g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), ==, 0);
        g_assert_cmpuint(guest_read(&guest, RTL8139_MPC, 4), ==, i + 1);
    }
    guest_write(&guest, RTL8139_MPC, 1, 4);
    g_assert_cmpuint(guest_read(&guest, RTL8139_MPC, 4), ==, 0);
    guest_teardown(&guest);
}

/* CVE-2018-17958 and the faults of other models: no length is too odd; what is no frame of Ethernet's is dropped, and the next one arrives */
static void
test_lengths(void)
{
    static const gsize lens[] = {14, 59, 60, 1514, 1518, 1792, 4092, 4093, 8000, 60000};
    Guest guest;

    guest_setup(&guest, "0x10");
    for (guint i = 0; i < G_N_ELEMENTS(lens); i++) {
        guest_up(&guest, 0);
        guest_write(&guest, RTL8139_RBSTART, GUEST_RX_BYTES, 4);
        g_assert_true(guest_offer(&guest, lens[i]));
        if (lens[i] + 4 <= 4096)
            g_assert_cmpuint(hvn_load_le16(guest.machine.ram + GUEST_RX_BYTES + 2), ==, MAX(lens[i], 60) + 4); /* the link pads */
        else
            g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), ==, 0);
        g_assert_true(guest_offer(&guest, 64));
    }
    g_assert_cmpuint(guest.rtl8139->rx.dropped, ==, 3);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/rx/sizes", test_sizes);
    g_test_add_func("/rtl8139/rx/capr-beyond", test_capr_beyond);
    g_test_add_func("/rtl8139/rx/full", test_full);
    g_test_add_func("/rtl8139/rx/full-again", test_full_again);
    g_test_add_func("/rtl8139/rx/left-unread", test_left_unread);
    g_test_add_func("/rtl8139/rx/closed", test_closed);
    g_test_add_func("/rtl8139/rx/bad-ring", test_bad_ring);
    g_test_add_func("/rtl8139/rx/lengths-cve-2018-17958", test_lengths);
    return g_test_run();
}
