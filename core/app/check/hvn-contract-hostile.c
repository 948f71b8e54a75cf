/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A million random steps of a guest against any NIC. Nothing is known of the model but its register table, so every register steers, with
 * numbers of which one in a few is a good one: an address in memory, a small count, a bit. Memory is full of words of the same kind, so that
 * what a register points at is now and then a descriptor that makes sense. */
#include "hvn-contract-fixture.h"

#include "hvn-bytes.h"
#include "hvn-hostile-guest.h"

#define N_STEPS        1000000
#define NOISE_SIZE     (1024 * 1024)
#define MAX_STEERING   256
#define SCRIBBLE_WORDS 256

/* what a driver might write into a register, or a descriptor hold */
static guint32
hostile_word(GRand *rand)
{
    switch (g_rand_int_range(rand, 0, 8)) {
    case 0:
        return g_rand_int(rand);
    case 1:
        return G_MAXUINT32;
    case 2:
        return HVN_FAKE_BUS_BAR0 + (guint32)g_rand_int_range(rand, 0, 0x1000);
    case 3:
        return 1u << g_rand_int_range(rand, 0, 32);
    case 4:
        return (guint32)g_rand_int_range(rand, 0, 64);
    case 5:
        return (guint32)g_rand_int_range(rand, 0, 2048);
    default:
        return (guint32)g_rand_int_range(rand, 0, NOISE_SIZE) & ~0xfu;
    }
}

static guint32
hostile_steer(GRand *rand, guint32 offset)
{
    return hostile_word(rand);
}

static void
hostile_scribble(HvnHostileGuest *self)
{
    guint8 *at = self->machine->ram + (g_rand_int_range(self->rand, 0, NOISE_SIZE - 4 * SCRIBBLE_WORDS) & ~3);

    for (guint i = 0; i < SCRIBBLE_WORDS; i++)
        hvn_store_le32(at + 4 * i, hostile_word(self->rand));
}

static void
hostile_fill_memory(guint8 *ram, guint32 seed)
{
    GRand *rand = g_rand_new_with_seed(seed);

    for (gsize at = 0; at < NOISE_SIZE; at += 4)
        hvn_store_le32(ram + at, hostile_word(rand));
    g_rand_free(rand);
}

/* every register of a region, at most so many */
static guint
hostile_list_registers(HvnNic *nic, guint bar, HvnHostileRegister *steering, guint32 *crowded)
{
    HvnRegs *regs = hvn_nic_get_regs(nic, bar);
    guint n_rows = 0, n = 0;
    const HvnReg *rows = regs != NULL ? hvn_reg_table_get_rows(regs->table, &n_rows) : NULL;

    *crowded = 0xff;
    for (guint i = 0; i < n_rows; i++) {
        guint stride = rows[i].stride != 0 ? rows[i].stride : rows[i].width;

        while (*crowded < rows[i].offset)
            *crowded = *crowded << 1 | 1;
        for (guint j = 0; j < rows[i].count && j < 8 && n < MAX_STEERING; j++)
            steering[n++] = (HvnHostileRegister){rows[i].offset + j * stride, rows[i].width};
    }
    return n;
}

/* the region that drivers use, which is the first one with a register table, and the last other one there is */
static gboolean
hostile_choose_regions(HvnNic *nic, guint *bar, guint *other_bar)
{
    guint first = G_MAXUINT, last = G_MAXUINT, with_table = G_MAXUINT;

    for (guint i = 0; i < HVN_PCI_N_BARS; i++) {
        HvnNicRegion region;

        hvn_nic_get_region(nic, i, &region);
        if (region.size == 0)
            continue;
        first = MIN(first, i);
        last = i;
        if (with_table == G_MAXUINT && hvn_nic_get_regs(nic, i) != NULL)
            with_table = i;
    }
    *bar = with_table != G_MAXUINT ? with_table : first;
    *other_bar = last;
    return first != G_MAXUINT;
}

static void
test_million_steps(gconstpointer data)
{
    g_autoptr(HvnContractFixture) fixture = hvn_contract_fixture_new_for(data);
    HvnNic *nic = hvn_contract_fixture_get_nic(fixture);
    HvnTestMachine machine = {
        .clock = fixture->clock,
        .dispatcher = fixture->dispatcher,
        .bus = fixture->bus,
        .nic = nic,
        .port = fixture->peer,
        .link = fixture->link,
        .ram = hvn_fake_bus_get_ram(fixture->bus),
    };
    HvnHostileRegister steering[MAX_STEERING];
    HvnHostileModel model = {.steering = steering, .steer = hostile_steer, .scribble = hostile_scribble};
    HvnHostileGuest guest = {.model = &model, .machine = &machine};
    guint32 seed = (guint32)g_test_rand_int();

    if (!hostile_choose_regions(nic, &model.bar, &model.other_bar)) {
        g_test_skip("the NIC has no registers");
        return;
    }
    model.n_steering = hostile_list_registers(nic, model.bar, steering, &model.crowded);
    hvn_fake_port_set_push_func(fixture->peer, NULL, NULL); /* frames are counted, not kept */
    hostile_fill_memory(machine.ram, seed);
    hvn_hostile_guest_run(&guest, seed, N_STEPS);
    g_test_message("%" G_GUINT64_FORMAT " mistakes counted, %" G_GUINT64_FORMAT " DMA accesses refused",
                   hvn_nic_get_guest_errors(nic)->total, hvn_nic_get_dma_errors(nic));
}

const HvnContractTest hvn_contract_hostile_tests[] = {
    {"nic", "/contract/hostile/million-steps", "a million random register steps, with noise in memory and frames from outside", test_million_steps},
    {NULL, NULL, NULL, NULL},
};
