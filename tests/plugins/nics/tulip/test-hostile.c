/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h for a million steps, the faults that other models of this chip had, by number, and lists that refer to
 * themselves. */
#include "hvn-hostile-guest.h"
#include "hvn-tulip-guest.h"

#define OWN_BAR (HVN_FAKE_BUS_BAR0 + 0x100000) /* where the registers are in memory */

static const HvnHostileRegister steering[] = {
    {TULIP_CSR0, 4}, {TULIP_CSR1, 4}, {TULIP_CSR1, 4}, {TULIP_CSR2, 4},  {TULIP_CSR3, 4},  {TULIP_CSR4, 4}, {TULIP_CSR5, 4},
    {TULIP_CSR6, 4}, {TULIP_CSR6, 4}, {TULIP_CSR7, 4}, {TULIP_CSR11, 4}, {TULIP_CSR15, 4}, {TULIP_CSR9, 4},
};

static guint32
steered(GRand *rand, guint32 offset)
{
    guint32 value = g_rand_int(rand);
    gboolean wild = g_rand_int_range(rand, 0, 8) == 0;

    switch (offset) {
    case TULIP_CSR0: /* a reset now and then, seldom the other byte order */
        return (value & 0x00efff7c & (wild ? G_MAXUINT32 : ~0x7cu)) | (g_rand_int_range(rand, 0, 50) == 0 ? TULIP_CSR0_SWR : 0) |
               (g_rand_int_range(rand, 0, 30) == 0 ? TULIP_CSR0_DBO : 0);
    case TULIP_CSR3:
    case TULIP_CSR4:
        return wild ? OWN_BAR + (value & 0x7c) : value & (GUEST_RAM - 1);
    case TULIP_CSR6:
        return (g_rand_int_range(rand, 0, 4) == 0 ? value : value & ~TULIP_CSR6_OM) | TULIP_CSR6_PR | TULIP_CSR6_SR | TULIP_CSR6_ST;
    default:
        return value;
    }
}

/* descriptors of noise with a grain of sense: OWN, addresses in memory, small lengths, an end now and then */
static void
scribble(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;
    GRand *rand = hostile->rand;
    guint32 base = hvn_tulip_get(guest->tulip, g_rand_boolean(rand) ? TULIP_CSR3 : TULIP_CSR4);

    hvn_mii_phy_reset(&guest->tulip->phy, TRUE); /* noise in BMCR would keep the link down for most of the time */
    guest->tulip->failed = FALSE;
    guest->tulip->tx.stopped = FALSE;
    for (guint i = 0; i < 64; i++) {
        guint32 at = (base + 16 * i) & (GUEST_RAM - 16);
        guint32 control = g_rand_int(rand) & ~(g_rand_int_range(rand, 0, 8) != 0 ? TULIP_TDES1_SET | TULIP_DES1_CHAINED | TULIP_DES1_END : 0);
        guint32 buffer = g_rand_int(rand) & (GUEST_RAM - 1);

        if (g_rand_boolean(rand))
            control = (control & 0x87c00000) | WHOLE | (guint32)g_rand_int_range(rand, 0, 300);
        if (g_rand_int_range(rand, 0, 32) == 0)
            buffer = g_rand_boolean(rand) ? OWN_BAR + (g_rand_int(rand) & 0x7f) : g_rand_int(rand);
        guest_store(guest, at, g_rand_int_range(rand, 0, 16) != 0 ? OWN : 0, control, buffer, g_rand_int(rand) & (GUEST_RAM - 1));
    }
}

static void
check(HvnHostileGuest *hostile)
{
    HvnTulipNic *nic = ((Guest *)hostile->data)->tulip;

    g_assert_cmpuint(nic->loop.frames.length, <=, 256);
    g_assert_cmpuint(nic->irq.rx.n_frames, <, 1 << 20);
}

static const HvnHostileModel model = {
    .bar = TULIP_BAR_MEMORY,
    .other_bar = TULIP_BAR_IO,
    .crowded = 0x7f,
    .steering = steering,
    .n_steering = G_N_ELEMENTS(steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static void
test_random(void)
{
    Guest guest;

    guest_setup(&guest);
    hvn_hostile_guest_check(&model, &guest.machine, &guest, 0x21143);
    guest_teardown(&guest);
}

/* CVE-2020-11102: frames whose buffers add up to more than a frame's room, of one descriptor, of many, and without end, wrote behind a buffer of the
 * device; received ones whose buffers are larger than that, too. What is sent: 40 descriptors of 2 x 2047 bytes as one frame, then 1000 without LS.
 * Nothing is written anywhere, the transmitter says jabber, and goes on when it is told to */
static void
test_cve_2020_11102(void)
{
    const guint32 sizes = 2047u << TULIP_DES1_SIZE_SHIFT | 2047;
    guint8 bytes[60] = {0};
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    memset(guest.machine.ram + GUEST_TX_DATA, 0x5a, 8192);
    guest_write(&guest, TULIP_CSR4, 0x50000);
    for (guint i = 0; i < 40; i++)
        guest_store(&guest, 0x50000 + 16 * i, OWN, sizes | (i == 0 ? TULIP_TDES1_FS : 0) | (i == 39 ? TULIP_TDES1_LS : 0), GUEST_TX_DATA, GUEST_TX_DATA + 2047);
    guest_demand(&guest);
    g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_TJT, ==, TULIP_CSR5_TJT);
    g_assert_cmphex(guest_status(&guest, 0x50000 + 16 * 39), ==, TULIP_TDES0_ES | TULIP_TDES0_TO);
    for (guint i = 0; i < 1000; i++)
        guest_store(&guest, 0x50000 + 16 * i, OWN, sizes | TULIP_TDES1_FS * (i == 0), GUEST_TX_DATA, GUEST_TX_DATA);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_SR);
    guest_write(&guest, TULIP_CSR4, 0x50000);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_SR | TULIP_CSR6_ST | TULIP_CSR6_PR);
    guest_run(&guest);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 0);
    for (guint i = 0; i < 8192; i++)
        g_assert_cmphex(guest.machine.ram[GUEST_TX_DATA + i], ==, 0x5a);
    /* a received frame fills no more than itself */
    guest_store(&guest, guest_rx(0), OWN, sizes, GUEST_RX_DATA, GUEST_RX_DATA + 0x1000);
    memset(guest.machine.ram + GUEST_RX_DATA, 0x77, 0x2000);
    g_assert_true(guest_offer(&guest, 60));
    for (guint i = 64; i < 0x2000; i++)
        g_assert_cmphex(guest.machine.ram[GUEST_RX_DATA + i], ==, 0x77);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS);
    guest_write(&guest, TULIP_CSR4, GUEST_TX_RING);
    guest_write(&guest, TULIP_CSR6, TULIP_CSR6_PS | TULIP_CSR6_ST);
    guest_send(&guest, bytes, sizeof bytes, 0);
    g_assert_cmpuint(hvn_fake_port_get_n_frames(guest.machine.port), ==, 1);
    guest_teardown(&guest);
}

/* CVE-2022-2962: lists, buffers and setup frames in the device's own registers made it enter itself until the stack was used up. What is sent: each of
 * them there, with a receiver and loopback on. Each ends in one fatal bus error, and no register changes */
static void
test_cve_2022_2962(void)
{
    for (guint i = 0; i < 6; i++) {
        guint32 csr6 = TULIP_CSR6_PR | (i % 2 == 0 ? TULIP_CSR6_OM_INT : 0);
        Guest guest;

        guest_setup(&guest);
        guest_up(&guest, csr6);
        guest_write(&guest, TULIP_CSR15, 0x1234);
        if (i == 0)
            guest_write(&guest, TULIP_CSR4, OWN_BAR + TULIP_CSR1);
        else if (i == 1)
            guest_write(&guest, TULIP_CSR3, OWN_BAR + TULIP_CSR0);
        else if (i == 2)
            guest_store(&guest, guest_rx(0), OWN, 1500, OWN_BAR + TULIP_CSR1, 0);
        else if (i == 3)
            guest_store(&guest, guest_rx(0), OWN, 20u << TULIP_DES1_SIZE_SHIFT | 10, GUEST_RX_DATA, OWN_BAR + TULIP_CSR15);
        if (i == 4)
            guest_queue(&guest, TULIP_TDES1_SET | TULIP_SETUP_LEN, OWN_BAR, 0);
        else
            guest_queue(&guest, WHOLE | 100, i == 5 ? OWN_BAR + TULIP_CSR4 : GUEST_TX_DATA, 0);
        guest_demand(&guest);
        guest_run(&guest);
        if (i == 1 || i == 3)
            g_assert_true(guest_offer(&guest, 100));
        g_assert_cmphex(guest_read(&guest, TULIP_CSR5) & TULIP_CSR5_FBE, ==, TULIP_CSR5_FBE);
        g_assert_cmphex(guest_read(&guest, TULIP_CSR15), ==, 0x80000000 | 0x1234);
        g_assert_cmphex(guest_read(&guest, TULIP_CSR6) & csr6, ==, csr6);
        g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), >, 0);
        g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), <, 10);
        guest_teardown(&guest);
    }
}

/* one ring for both directions in loopback, whose buffers are the ring itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR | TULIP_CSR6_PB | TULIP_CSR6_OM_INT);
    guest_write(&guest, TULIP_CSR3, GUEST_TX_RING);
    for (guint round = 0; round < 200; round++) {
        for (guint i = 0; i < GUEST_N_DESCS; i++)
            guest_store(&guest, GUEST_TX_RING + 16 * i, OWN, WHOLE | TULIP_DES1_CHAINED | 256, GUEST_TX_RING + 16 * ((i + round) % GUEST_N_DESCS),
                        GUEST_TX_RING + 16 * ((i * 5 + round) % GUEST_N_DESCS));
        guest_write(&guest, TULIP_CSR1, 0);
        hvn_dispatcher_run_work(guest.machine.dispatcher);
    }
    g_assert_cmpuint(guest.tulip->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

/* lists of descriptors without buffers: each look is bounded, and the dispatcher goes on to other things */
static void
test_endless(void)
{
    Guest guest;

    guest_setup(&guest);
    guest_up(&guest, TULIP_CSR6_PR);
    guest_store(&guest, 0x50000, OWN, TULIP_DES1_CHAINED, 0, 0x50010);
    guest_store(&guest, 0x50010, OWN, TULIP_DES1_CHAINED, 0, 0x50010);
    guest_write(&guest, TULIP_CSR3, 0x50000);
    g_assert_true(guest_offer(&guest, 60)); /* cut off at once */
    g_assert_cmphex(guest_read(&guest, TULIP_CSR8) & TULIP_CSR8_MFC, ==, 1);
    guest_store(&guest, 0x50000, OWN, TULIP_TDES1_FS | TULIP_DES1_CHAINED, 0, 0x50010);
    guest_store(&guest, 0x50010, OWN, TULIP_DES1_CHAINED, 0, 0x50010);
    guest_write(&guest, TULIP_CSR4, 0x50000);
    guest_demand(&guest);
    g_assert_cmphex(guest_status(&guest, 0x50010) & OWN, ==, 0);
    g_assert_cmpuint(guest.tulip->tx.dropped, ==, 1);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/hostile/random", test_random);
    g_test_add_func("/tulip/hostile/cve-2020-11102", test_cve_2020_11102);
    g_test_add_func("/tulip/hostile/cve-2022-2962", test_cve_2022_2962);
    g_test_add_func("/tulip/hostile/self-reference", test_self_reference);
    g_test_add_func("/tulip/hostile/endless", test_endless);
    return g_test_run();
}
