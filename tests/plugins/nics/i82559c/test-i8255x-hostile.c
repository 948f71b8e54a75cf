/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest of hvn-hostile-guest.h on a chip of each generation for a million steps each, and lists that are each other's data. */
#include "hvn-hostile-guest.h"
#include "hvn-i8255x-guest.h"

static const HvnHostileRegister steering[] = {
    {I8255X_SCB_STAT_ACK, 1}, {I8255X_SCB_COMMAND, 1}, {I8255X_SCB_COMMAND, 1}, {I8255X_SCB_COMMAND, 1}, {I8255X_SCB_MASK, 1},
    {I8255X_SCB_POINTER, 4},  {I8255X_SCB_POINTER, 4}, {I8255X_PORT, 4},        {I8255X_EEPROM, 2},      {I8255X_MDI, 4},
};

static guint32
steered(GRand *rand, guint32 offset)
{
    static const guint8 commands[] = {I8255X_CUC_START, I8255X_CUC_START, I8255X_CUC_RESUME, I8255X_CUC_STATIC_RESUME, I8255X_CUC_DUMP,
                                      I8255X_CUC_DUMP_ADDRESS, I8255X_CUC_BASE, I8255X_RUC_START, I8255X_RUC_START, I8255X_RUC_RESUME,
                                      I8255X_RUC_RBD_RESUME, I8255X_RUC_BASE};
    guint32 value = g_rand_int(rand);
    gboolean wild = g_rand_int_range(rand, 0, 8) == 0;

    switch (offset) {
    case I8255X_SCB_COMMAND:
        return wild ? value : commands[value % G_N_ELEMENTS(commands)];
    case I8255X_SCB_POINTER:
        return wild ? HVN_FAKE_BUS_BAR0 + (value & 0xff) : value & 0xff0;
    case I8255X_PORT:
        return g_rand_int_range(rand, 0, 20) == 0 ? value & 3 : (value & ~0xfu) | 1 | (value & 2);
    case I8255X_MDI:
        return wild ? value : (value & ~(0x1fu << 16 | (guint32)HVN_MII_BMCR_LOOPBACK)) | I8255X_MDI_READ;
    default:
        return value;
    }
}

/* blocks and descriptors of noise with a grain of sense: known commands, addresses near each other, small lengths, an end now and then */
static void
scribble(HvnHostileGuest *hostile)
{
    Guest *guest = hostile->data;
    GRand *rand = hostile->rand;
    guint8 *ram = guest->machine.ram;

    hvn_mii_phy_reset(&guest->i8255x->phy, TRUE); /* noise in BMCR would keep the link down for most of the time */
    if (g_rand_int_range(rand, 0, 4) == 0)
        guest->i8255x->cu.base = guest->i8255x->rx.base = 0; /* and noise in the bases the lists nowhere */
    for (guint i = 0; i < 256; i++) {
        guint8 *at = ram + 16 * i;

        hvn_store_le16(at, 0);
        hvn_store_le16(at + 2, g_rand_int(rand) & (g_rand_boolean(rand) ? 0x200f : 0xffff));
        if (g_rand_boolean(rand))
            hvn_store_le16(at + 2, I8255X_OPCODE_TRANSMIT | (g_rand_boolean(rand) ? SF : 0));
        hvn_store_le32(at + 4, g_rand_int_range(rand, 0, 16) == 0 ? g_rand_int(rand) : g_rand_int(rand) & 0xff0);
        hvn_store_le32(at + 8, g_rand_int_range(rand, 0, 8) == 0 ? HVN_FAKE_BUS_BAR0 + (g_rand_int(rand) & 0xff)
                                                                 : g_rand_int(rand) & 0xfff);
        hvn_store_le32(at + 12, g_rand_int(rand) & (g_rand_boolean(rand) ? 0x030001ff : 0xffffffff));
    }
}

static void
check(HvnHostileGuest *hostile)
{
    HvnI8255xNic *nic = ((Guest *)hostile->data)->i8255x;

    g_assert_cmpuint(nic->loop.frames.length, <=, 256);
    g_assert_cmpuint(nic->cu.state, <=, I8255X_SCB_CUS_ACTIVE);
    g_assert_cmpuint(nic->rx.state, <=, I8255X_SCB_RUS_NO_RBDS);
}

static const HvnHostileModel model = {
    .bar = I8255X_BAR_MEMORY,
    .other_bar = I8255X_BAR_IO,
    .crowded = 0x3f,
    .steering = steering,
    .n_steering = G_N_ELEMENTS(steering),
    .steer = steered,
    .scribble = scribble,
    .check = check,
};

static void
test_random(gconstpointer variant)
{
    Guest guest;

    guest_setup(&guest, variant);
    hvn_hostile_guest_check(&model, &guest.machine, &guest, 0x8255);
    guest_teardown(&guest);
}

/* one block for both units in loopback, whose data is the block itself */
static void
test_self_reference(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_configure(&guest, 10, 0x6e);
    for (guint round = 0; round < 200; round++) {
        guint8 *cb = guest_put(&guest, 0, I8255X_OPCODE_TRANSMIT | SF);

        hvn_store_le32(cb + I8255X_CB_LINK, guest_cb_address(0));
        hvn_store_le32(cb + I8255X_TCB_ARRAY, guest_cb_address(0));
        hvn_store_le32(cb + I8255X_RFD_COUNT, 0x02000040);
        guest_write(&guest, I8255X_SCB_POINTER, guest_cb_address(0), 4);
        guest_write(&guest, I8255X_SCB_COMMAND, I8255X_CUC_START | I8255X_RUC_START, 1);
        hvn_dispatcher_run_work(guest.machine.dispatcher);
    }
    g_assert_cmpuint(guest.i8255x->loop.frames.length, <=, 256);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/i8255x/hostile/random-82559", "i82559c", test_random);
    g_test_add_data_func("/i8255x/hostile/random-82557", "i82557b", test_random);
    g_test_add_func("/i8255x/hostile/self-reference", test_self_reference);
    return g_test_run();
}
