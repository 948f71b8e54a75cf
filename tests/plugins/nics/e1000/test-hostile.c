/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h on the e1000 for a million steps, and rings that refer to themselves. */
#include "hvn-e1000-guest.h"
#include "hvn-hostile-guest.h"

/* registers that steer the data path, so that it is not off for most of the time */
static const HvnHostileRegister steering[] = {
    {E1000_CTRL, 4},  {E1000_RCTL, 4},  {E1000_TCTL, 4},   {E1000_TDBAL, 4}, {E1000_TDBAH, 4}, {E1000_TDLEN, 4}, {E1000_TDH, 4},
    {E1000_TDT, 4},   {E1000_RDBAL, 4}, {E1000_RDBAH, 4},  {E1000_RDLEN, 4}, {E1000_RDH, 4},   {E1000_RDT, 4},   {E1000_RXCSUM, 4},
    {E1000_MDIC, 4},  {E1000_IMS, 4},   {E1000_ITR, 4},    {E1000_RDTR, 4},  {E1000_TIDV, 4},  {E1000_TXDCTL, 4},
};

static guint32
steered(GRand *rand, guint32 offset)
{
    guint32 value = g_rand_int(rand);

    switch (offset) {
    case E1000_CTRL:
        return (g_rand_int_range(rand, 0, 50) == 0 ? value : value & (E1000_CTRL_VME | E1000_CTRL_RFCE)) | E1000_CTRL_SLU;
    case E1000_RCTL:
        return (value | E1000_RCTL_EN) & ~(g_rand_boolean(rand) ? E1000_RCTL_LBM_MAC : 0u);
    case E1000_TCTL:
        return value | E1000_TCTL_EN;
    case E1000_TDBAH:
    case E1000_RDBAH:
        return g_rand_int_range(rand, 0, 20) == 0 ? value : 0;
    case E1000_TDBAL:
    case E1000_RDBAL:
        return g_rand_int_range(rand, 0, 8) == 0 ? HVN_FAKE_BUS_BAR0 + (value & 0x1ffff) : value & (GUEST_RAM - 1);
    case E1000_TDLEN:
    case E1000_RDLEN:
        return g_rand_int_range(rand, 0, 8) == 0 ? value : 1u << g_rand_int_range(rand, 0, 14);
    case E1000_MDIC:
        return (value & 0x2fffffff & ~(0x1fu << E1000_MDIC_PHYADD_SHIFT) & ~0x0c00u) | 1u << E1000_MDIC_PHYADD_SHIFT;
    default:
        return g_rand_boolean(rand) ? value : value & 0xff;
    }
}

/* descriptors of noise with a grain of sense: addresses in memory, small lengths, EOP now and then */
static void
scribble(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;
    GRand *rand = hostile->rand;
    guint32 base = hvn_e1000_get(guest->e1000, g_rand_boolean(rand) ? E1000_TDBAL : E1000_RDBAL);

    for (guint i = 0; i < 32; i++) {
        guint32 at = (base + 16 * i) & (GUEST_RAM - 16);
        guint32 cmd = g_rand_int(rand) & (g_rand_boolean(rand) ? 0xff000000 : 0x0b000000);

        hvn_store_le64(guest->machine.ram + at, g_rand_int_range(rand, 0, 8) == 0 ? ((guint64)g_rand_int(rand) << 32 | g_rand_int(rand))
                                                                          : g_rand_int(rand) & (GUEST_RAM - 1));
        if (g_rand_int_range(rand, 0, 4) == 0)
            hvn_store_le64(guest->machine.ram + at, HVN_FAKE_BUS_BAR0 + (g_rand_int(rand) & 0x1ffff));
        hvn_store_le32(guest->machine.ram + at + 8,
                       cmd | (g_rand_boolean(rand) ? g_rand_int(rand) & 0x1fffff : (guint32)g_rand_int_range(rand, 0, 300)));
        hvn_store_le32(guest->machine.ram + at + 12, g_rand_int(rand));
    }
}

static void
check(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;

    g_assert_cmpuint(guest->e1000->loop.frames.length, <=, 256);
}

static const HvnHostileModel model = {
    .bar = E1000_BAR_MEMORY,
    .other_bar = E1000_BAR_IO,
    .crowded = 0x5fff,
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

    guest_setup(&guest, NULL);
    hvn_hostile_guest_check(&model, &guest.machine, &guest, 0x8254);
    guest_teardown(&guest);
}

/* descriptors that point at each other and at the ring itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_up(&guest, E1000_RCTL_LBM_MAC | E1000_RCTL_UPE | E1000_RCTL_MPE);
    guest_write(&guest, E1000_RDBAL, GUEST_TX_RING); /* one ring for both */
    for (guint i = 0; i < GUEST_N_DESCS - 1; i++)
        guest_queue(&guest, GUEST_TX_RING + 16 * ((i + 1) % GUEST_N_DESCS), LEGACY(SEND) | 128, 0);
    guest_ring(&guest);
    for (guint i = 0; i < 50; i++) {
        guest_write(&guest, E1000_TDT, (guest_read(&guest, E1000_TDH) + 40) % GUEST_N_DESCS);
        guest_write(&guest, E1000_RDT, (guest_read(&guest, E1000_RDH) + 40) % GUEST_N_DESCS);
        guest_run(&guest);
    }
    g_assert_cmpuint(guest_read(&guest, E1000_TDH), <, GUEST_N_DESCS);
    g_assert_cmpuint(guest_read(&guest, E1000_RDH), <, GUEST_N_DESCS);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/hostile/random", test_random);
    g_test_add_func("/e1000/hostile/self-reference", test_self_reference);
    return g_test_run();
}
