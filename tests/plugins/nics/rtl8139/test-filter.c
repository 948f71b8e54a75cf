/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every bit of the receive filter, alone, against every kind of address. */
#include "hvn-rtl8139-guest.h"

enum {
    OWN,
    OTHER,
    GROUP,
    HASHED,
    BROADCAST,
    N_KINDS,
};

/* the second group address is in MAR below */
static const guint8 addresses[N_KINDS][6] = {
    [OWN] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56},   [OTHER] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x57},
    [GROUP] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x02}, [HASHED] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01},
    [BROADCAST] = {255, 255, 255, 255, 255, 255},
};

/* as ether_crc() of Linux, a bit at a time */
static guint
hash(const guint8 *address)
{
    guint32 crc = 0xffffffff;

    for (guint i = 0; i < 6; i++) {
        for (guint bit = 0; bit < 8; bit++) {
            guint feedback = crc >> 31 ^ (address[i] >> bit & 1);

            crc = crc << 1 ^ (feedback ? 0x04c11db7 : 0);
        }
    }
    return crc >> 26;
}

static gboolean
arrives(Guest *guest, guint kind)
{
    guint before = guest_read(guest, RTL8139_CBR, 2);
    guint8 bytes[60] = {0};

    memcpy(bytes, addresses[kind], 6);
    bytes[12] = 0x88;
    bytes[13] = 0xb5;
    g_assert_true(hvn_fake_port_send_bytes(guest->machine.port, bytes, sizeof bytes));
    return guest_read(guest, RTL8139_CBR, 2) != before;
}

static void
test_bits(void)
{
    static const struct {
        guint32 rcr;
        guint kinds;
    } cases[] = {
        {0, 0},
        {RTL8139_RCR_AAP, BIT(OWN) | BIT(OTHER)},
        {RTL8139_RCR_APM, BIT(OWN)},
        {RTL8139_RCR_AM, BIT(HASHED)},
        {RTL8139_RCR_AB, BIT(BROADCAST)},
        {RTL8139_RCR_AR | RTL8139_RCR_AER, 0},
        {RTL8139_RCR_AAP | RTL8139_RCR_APM | RTL8139_RCR_AM | RTL8139_RCR_AB, BIT(OWN) | BIT(OTHER) | BIT(HASHED) | BIT(BROADCAST)},
    };
    guint bit = hash(addresses[HASHED]);
    Guest guest;

    g_assert_cmpuint(bit, !=, hash(addresses[GROUP]));
    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, RTL8139_MAR + 4 * (bit / 32), 1u << bit % 32, 4);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        guest_write(&guest, RTL8139_RCR, cases[i].rcr | 2u << RTL8139_RCR_RBLEN_SHIFT, 4);
        for (guint kind = 0; kind < N_KINDS; kind++)
            g_assert_cmpint(arrives(&guest, kind), ==, cases[i].kinds >> kind & 1);
    }
    guest_teardown(&guest);
}

/* every bit of MAR lets its addresses in, and no others */
static void
test_hash(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AM, 4);
    for (guint i = 0; i < 500; i++) {
        guint8 bytes[60] = {0x01, 0x00, 0x5e, 0x00, i >> 8, i & 0xff};
        guint bit = hash(bytes);

        guest_write(&guest, RTL8139_RBSTART, GUEST_RX_BYTES, 4);
        for (guint word = 0; word < 2; word++)
            guest_write(&guest, RTL8139_MAR + 4 * word, word == bit / 32 ? ~(1u << bit % 32) : 0xffffffff, 4);
        hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes);
        g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), ==, 0);
        for (guint word = 0; word < 2; word++)
            guest_write(&guest, RTL8139_MAR + 4 * word, word == bit / 32 ? 1u << bit % 32 : 0, 4);
        hvn_fake_port_send_bytes(guest.machine.port, bytes, sizeof bytes);
        g_assert_cmpuint(guest_read(&guest, RTL8139_CBR, 2), !=, 0);
        g_assert_cmphex(hvn_load_le16(guest.machine.ram + GUEST_RX_BYTES), ==, RTL8139_RSR_MAR | RTL8139_RSR_ROK);
    }
    guest_teardown(&guest);
}

/* the address can be changed while the receiver runs */
static void
test_address(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, 0);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_APM, 4);
    g_assert_false(arrives(&guest, OTHER));
    guest_unlock(&guest, TRUE);
    guest_write(&guest, RTL8139_IDR + 5, 0x57, 1);
    g_assert_true(arrives(&guest, OTHER));
    g_assert_false(arrives(&guest, OWN));
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtl8139/filter/bits", test_bits);
    g_test_add_func("/rtl8139/filter/hash", test_hash);
    g_test_add_func("/rtl8139/filter/address", test_address);
    return g_test_run();
}
