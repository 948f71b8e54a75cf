/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h on both chips for a million steps each, and rings that refer to themselves. */
#include "hvn-hostile-guest.h"
#include "hvn-rtl8139-guest.h"

static const HvnHostileRegister steering[] = {
    {RTL8139_TSD, 4},     {RTL8139_TSD + 4, 4}, {RTL8139_TSD + 8, 4}, {RTL8139_TSD + 12, 4}, {RTL8139_TSAD, 4},
    {RTL8139_TSAD + 4, 4}, {RTL8139_TSAD + 8, 4}, {RTL8139_TSAD + 12, 4}, {RTL8139_RBSTART, 4}, {RTL8139_CR, 1},
    {RTL8139_CAPR, 2},    {RTL8139_IMR, 2},     {RTL8139_ISR, 2},     {RTL8139_TCR, 4},      {RTL8139_RCR, 4},
    {RTL8139_9346CR, 1},  {RTL8139_TIMERINT, 4}, {RTL8139_TPPOLL, 1}, {RTL8139_TPPOLL, 1},   {RTL8139_CPCR, 2},
    {RTL8139_RDSAR, 4},   {RTL8139_RDSAR + 4, 4}, {RTL8139_TPPOLL, 1},  {RTL8139_CR, 1},
};

static guint32
steered(GRand *rand, guint32 offset)
{
    guint32 value = g_rand_int(rand);
    gboolean wild = g_rand_int_range(rand, 0, 8) == 0;

    switch (offset) {
    case RTL8139_CR:
        return (g_rand_int_range(rand, 0, 50) == 0 ? RTL8139_CR_RST : 0) | RTL8139_CR_RE | RTL8139_CR_TE;
    case RTL8139_CPCR:
        return value | (g_rand_boolean(rand) ? RTL8139_CPCR_TX | RTL8139_CPCR_RX : 0);
    case RTL8139_RCR:
        return value | RTL8139_RCR_AAP | RTL8139_RCR_AB;
    case RTL8139_TCR:
        return g_rand_int_range(rand, 0, 4) == 0 ? value : value & ~RTL8139_TCR_LBK;
    case RTL8139_TSD:
    case RTL8139_TSD + 4:
    case RTL8139_TSD + 8:
    case RTL8139_TSD + 12:
        return wild ? value : value & 0x7ff;
    case RTL8139_TSAD + 4: /* the high halves in C+ mode */
    case RTL8139_TSAD + 12:
    case RTL8139_RDSAR + 4:
        return wild ? value : 0;
    case RTL8139_TSAD:
    case RTL8139_TSAD + 8:
    case RTL8139_RBSTART:
    case RTL8139_RDSAR:
        return wild ? HVN_FAKE_BUS_BAR0 + 0x100000 + (value & 0x1ff) : value & (GUEST_RAM - 1);
    default:
        return value;
    }
}

/* descriptors of noise with a grain of sense: OWN, addresses in memory, small lengths, an end now and then */
static void
scribble(HvnHostileGuest *hostile)
{
    static const guint32 rings[] = {RTL8139_TNPDS, RTL8139_THPDS, RTL8139_RDSAR};
    Guest *guest = hostile->data;
    GRand *rand = hostile->rand;
    guint32 base = hvn_rtl8139_get(guest->rtl8139, rings[g_rand_int_range(rand, 0, 3)]) & ~0xffu;

    hvn_mii_phy_reset(&guest->rtl8139->phy, TRUE); /* noise in BMCR would keep the link down for most of the time */
    for (guint i = 0; i < 64; i++) {
        guint8 *at = guest->machine.ram + ((base + 16 * i) & (GUEST_RAM - 16));
        guint32 command = (g_rand_int(rand) & 0x7fff0000) | (g_rand_int_range(rand, 0, 16) != 0 ? RTL8139_DESC_OWN : 0);

        if (g_rand_boolean(rand))
            command = (command & ~(RTL8139_DESC_EOR | RTL8139_TXD_LGSEN)) | RTL8139_DESC_FS | RTL8139_DESC_LS;
        command |= g_rand_boolean(rand) ? g_rand_int(rand) & 0xffff : (guint32)g_rand_int_range(rand, 0, 300);
        hvn_store_le32(at + 4, g_rand_int(rand));
        hvn_store_le64(at + 8, g_rand_int(rand) & (GUEST_RAM - 1));
        if (g_rand_int_range(rand, 0, 8) == 0)
            hvn_store_le64(at + 8, g_rand_boolean(rand) ? HVN_FAKE_BUS_BAR0 + 0x100000 + (g_rand_int(rand) & 0xff)
                                                        : (guint64)g_rand_int(rand) << 32 | g_rand_int(rand));
        hvn_store_le32(at, command);
    }
}

static void
check(HvnHostileGuest *hostile)
{
    HvnRtl8139Nic *nic = ((Guest *)hostile->data)->rtl8139;

    g_assert_cmpuint(nic->loop.frames.length, <=, 256);
    g_assert_cmpuint(nic->rx.index, <, RTL8139_RING_MAX);
    g_assert_cmpuint(nic->tx.index[0], <, RTL8139_RING_MAX);
    g_assert_cmpuint(nic->tx.next, <, RTL8139_N_TX);
}

static const HvnHostileModel model = {
    .bar = RTL8139_BAR_MEMORY,
    .other_bar = RTL8139_BAR_IO,
    .crowded = 0x7f,
    .steering = steering,
    .n_steering = G_N_ELEMENTS(steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static void
test_random(gconstpointer revision)
{
    Guest guest;

    guest_setup(&guest, revision);
    hvn_hostile_guest_check(&model, &guest.machine, &guest, 0x8139);
    guest_teardown(&guest);
}

/* one ring for both directions in loopback, whose buffers are the ring itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up_cplus(&guest, 0);
    guest_write(&guest, RTL8139_RDSAR, GUEST_TX_RING, 4);
    guest_write(&guest, RTL8139_TCR, RTL8139_TCR_LBK, 4);
    guest_write(&guest, RTL8139_RCR, RTL8139_RCR_AAP | RTL8139_RCR_AB | RTL8139_RCR_AM, 4);
    for (guint round = 0; round < 200; round++) {
        for (guint i = 0; i < GUEST_N_DESCS; i++) {
            hvn_store_le64(guest.machine.ram + GUEST_TX_RING + 16 * i + 8, GUEST_TX_RING + 16 * ((i + round) % GUEST_N_DESCS));
            hvn_store_le32(guest.machine.ram + GUEST_TX_RING + 16 * i, SEND | 256);
        }
        guest_write(&guest, RTL8139_TPPOLL, RTL8139_TPPOLL_NPQ | RTL8139_TPPOLL_HPQ, 1);
        hvn_dispatcher_run_work(guest.machine.dispatcher);
    }
    g_assert_cmpuint(guest.rtl8139->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/rtl8139/hostile/random-cplus", "0x20", test_random);
    g_test_add_data_func("/rtl8139/hostile/random-c", "0x10", test_random);
    g_test_add_func("/rtl8139/hostile/self-reference", test_self_reference);
    return g_test_run();
}
