/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h for a million steps in word mode, and as many in double word mode; and rings that refer to themselves. */
#include "hvn-hostile-guest.h"
#include "hvn-pcnet-guest.h"

/* RAP and data in one step would be two registers: a driver's write to a CSR is one of RAP, then one of RDP, at random */
static const HvnHostileRegister wio_steering[] = {
    {PCNET_WIO_RAP, 2}, {PCNET_RDP, 2}, {PCNET_WIO_RAP, 2}, {PCNET_RDP, 2}, {PCNET_WIO_BDP, 2}, {PCNET_RDP, 2},
};

static const HvnHostileRegister dwio_steering[] = {
    {PCNET_DWIO_RAP, 4}, {PCNET_RDP, 4}, {PCNET_DWIO_RAP, 4}, {PCNET_RDP, 4}, {PCNET_DWIO_BDP, 4}, {PCNET_RDP, 4},
};

/* RAP is one that matters, most of the time CSR0, and data means something to several of these */
static guint32
steered(GRand *rand, guint32 offset)
{
    static const guint raps[] = {0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 8, 12, 15, 15, 20, 24, 25, 30, 31, 47, 58, 76, 78, 112, 114, 124};
    static const guint32 commands[] = {PCNET_CSR0_INIT | PCNET_CSR0_STRT | PCNET_CSR0_IENA, PCNET_CSR0_TDMD | PCNET_CSR0_IENA,
                                       PCNET_CSR0_TDMD, PCNET_CSR0_EVENTS | PCNET_CSR0_IENA, PCNET_CSR0_STOP, 0x0002, 0x0003, 0xfff0};

    if (offset == PCNET_WIO_RAP || offset == PCNET_DWIO_RAP)
        return raps[g_rand_int_range(rand, 0, G_N_ELEMENTS(raps))];
    if (g_rand_int_range(rand, 0, 8) == 0)
        return g_rand_int(rand) & 0xffff;
    return commands[g_rand_int_range(rand, 0, G_N_ELEMENTS(commands))];
}

/* a style, an initialization block that points at rings of noise with a grain of sense, and INIT */
static void
scribble(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;
    GRand *rand = hostile->rand;
    HvnPcnetNic *nic = guest->pcnet;
    guint32 mode = g_rand_boolean(rand) ? PCNET_CSR15_PROM : (guint32)g_rand_int(rand) & 0xffff;

    hvn_fake_bus_enable_nic(guest->machine.bus, guest->machine.nic);
    hvn_pcnet_csr_stop(nic);
    hvn_regs_write(&nic->bcrs, PCNET_AT(PCNET_BCR20), g_rand_int_range(rand, 0, 5), 2);
    guest->style = hvn_pcnet_style(nic);
    guest_write_init(guest, mode & ~(PCNET_CSR15_DTX | PCNET_CSR15_DRX), g_rand_int_range(rand, 0, 10), g_rand_int_range(rand, 0, 5));
    for (guint i = 0; i < 2 * GUEST_N_DESCS; i++) {
        guint32 ring = i % 2 ? GUEST_TX_RING : GUEST_RX_RING;
        guint32 status = g_rand_int(rand) & 0x7f000000, address = g_rand_int(rand) & (GUEST_RAM - 1);

        status |= g_rand_int_range(rand, 0, 16) != 0 ? PCNET_DESC_OWN : 0;
        status |= g_rand_boolean(rand) ? PCNET_DESC_STP | PCNET_DESC_ENP : 0;
        if (g_rand_int_range(rand, 0, 20) == 0)
            address = g_rand_boolean(rand) ? HVN_FAKE_BUS_BAR0 + 0x100000 + (g_rand_int(rand) & 0x1f) : g_rand_int(rand);
        if (g_rand_int_range(rand, 0, 20) == 0)
            address = ring;
        guest_put_desc(guest, ring, i / 2, address, status, g_rand_int(rand),
                       g_rand_boolean(rand) ? g_rand_int_range(rand, 1, 4097) : g_rand_int_range(rand, 1, 300));
    }
    hvn_pcnet_set_csr(nic, PCNET_CSR1, GUEST_INIT);
    hvn_pcnet_set_csr(nic, PCNET_CSR2, 0);
    hvn_regs_write(&nic->csrs, 0, PCNET_CSR0_INIT | PCNET_CSR0_STRT, 2);
    hvn_dispatcher_run_work(guest->machine.dispatcher);
}

static void
check(HvnHostileGuest *hostile)
{
    HvnPcnetNic *nic = ((Guest *)hostile->data)->pcnet;

    g_assert_cmpuint(nic->loop.frames.length, <=, 256);
    g_assert_cmpuint(nic->rx.index, <=, 0xffff);
    g_assert_cmpuint(nic->tx.index, <=, 0xffff);
    g_assert_cmpuint(nic->rap, <, PCNET_N_CSRS);
}

static const HvnHostileModel wio_model = {
    .bar = PCNET_BAR_IO,
    .other_bar = PCNET_BAR_MEMORY,
    .crowded = 0x1f,
    .steering = wio_steering,
    .n_steering = G_N_ELEMENTS(wio_steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static const HvnHostileModel dwio_model = {
    .bar = PCNET_BAR_MEMORY,
    .other_bar = PCNET_BAR_IO,
    .crowded = 0x1f,
    .steering = dwio_steering,
    .n_steering = G_N_ELEMENTS(dwio_steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static void
test_random(gconstpointer data)
{
    Guest guest;

    guest_setup(&guest, 0);
    hvn_hostile_guest_check(data, &guest.machine, &guest, 0x79c970a);
    guest_teardown(&guest);
}

/* one ring for both directions in loopback, whose buffers are the ring itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest, PCNET_STYLE_REORDER);
    guest_up(&guest, PCNET_CSR15_LOOP | PCNET_CSR15_PROM);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STOP);
    guest_set_csr(&guest, PCNET_CSR24 + 1, GUEST_TX_RING >> 16);
    guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_STRT);
    for (guint round = 0; round < 200; round++) {
        for (guint i = 0; i < GUEST_N_DESCS; i++)
            guest_put_desc(&guest, GUEST_TX_RING, i, GUEST_TX_RING + 16 * ((i + round) % GUEST_N_DESCS), SEND, 0, 256);
        guest_set_csr(&guest, PCNET_CSR0, PCNET_CSR0_TDMD);
        hvn_dispatcher_run_work(guest.machine.dispatcher);
    }
    g_assert_cmpuint(guest.pcnet->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/pcnet/hostile/random-wio", &wio_model, test_random);
    g_test_add_data_func("/pcnet/hostile/random-dwio", &dwio_model, test_random);
    g_test_add_func("/pcnet/hostile/self-reference", test_self_reference);
    return g_test_run();
}
