/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The block of statistics: its size on each chip as the configuration says, where the word behind it is, and what a dump clears. */
#include "hvn-i8255x-guest.h"

/* where a dump writes its word; nothing beyond is touched */
static guint
dump(Guest *guest, guint command, guint32 word)
{
    guint8 *block = guest->machine.ram + GUEST_STATS;
    guint at = 0;

    memset(block, 0xee, 128);
    guest_order(guest, GUEST_STATS, I8255X_CUC_DUMP_ADDRESS);
    guest_order(guest, 0, command);
    for (guint i = 0; i < 128 && at == 0; i += 4)
        at = hvn_load_le32(block + i) == word ? i : 0;
    g_assert_cmpuint(at, !=, 0);
    for (guint i = at + 4; i < 128; i++)
        g_assert_cmphex(block[i], ==, 0xee);
    return at;
}

/* the fault of a model whose block has 64 bytes for ever: Linux waits for the word at 76 on an 82558 and at 80 on an 82559 */
static void
test_sizes(void)
{
    static const struct {
        const char *chip;
        guint8 config;
        guint len;
    } cases[] = {
        {"i82557b", 0x32, 64}, {"i82557b", 0x12, 64}, {"i82557b", 0x36, 64}, {"i82558a", 0x32, 64}, {"i82558a", 0x12, 76},
        {"i82558a", 0x36, 64}, {"i82559c", 0x32, 64}, {"i82559c", 0x12, 76}, {"i82559c", 0x36, 80}, {"i82559c", 0x16, 80},
        {"i82550", 0x36, 80},  {"i82801", 0x36, 80},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Guest guest;

        guest_setup(&guest, cases[i].chip);
        guest_configure(&guest, 6, cases[i].config);
        g_assert_cmpuint(dump(&guest, I8255X_CUC_DUMP, I8255X_DUMPED), ==, cases[i].len);
        g_assert_cmpuint(dump(&guest, I8255X_CUC_DUMP_RESET, I8255X_DUMPED_RESET), ==, cases[i].len);
        guest_teardown(&guest);
    }
}

static void
test_counters(void)
{
    guint8 frame[60];
    Guest guest;

    guest_setup(&guest, NULL);
    guest_fill(frame, sizeof frame);
    guest_put_frame(&guest, 0, 0, frame, sizeof frame);
    guest_put_frame(&guest, 1, EL, frame, sizeof frame);
    guest_start(&guest, 0);
    guest_listen(&guest, 4, EL);
    for (guint i = 0; i < 3; i++)
        g_assert_true(guest_offer(&guest, 100));
    dump(&guest, I8255X_CUC_DUMP, I8255X_DUMPED);
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + GUEST_STATS), ==, 2);
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + GUEST_STATS + 36), ==, 3);
    dump(&guest, I8255X_CUC_DUMP_RESET, I8255X_DUMPED_RESET);
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + GUEST_STATS + 36), ==, 3);
    dump(&guest, I8255X_CUC_DUMP, I8255X_DUMPED);
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + GUEST_STATS), ==, 0);
    g_assert_cmpuint(hvn_load_le32(guest.machine.ram + GUEST_STATS + 36), ==, 0);
    guest_teardown(&guest);
}

/* a block nowhere, or in the device's own registers */
static void
test_nowhere(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_order(&guest, HVN_FAKE_BUS_BAR0, I8255X_CUC_DUMP_ADDRESS);
    guest_order(&guest, 0, I8255X_CUC_DUMP);
    guest_order(&guest, GUEST_RAM - 64, I8255X_CUC_DUMP_ADDRESS); /* the word behind it has no place */
    guest_order(&guest, 0, I8255X_CUC_DUMP_RESET);
    g_assert_cmpuint(hvn_nic_get_dma_errors(guest.machine.nic), ==, 2);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/i8255x/stats/sizes", test_sizes);
    g_test_add_func("/i8255x/stats/counters", test_counters);
    g_test_add_func("/i8255x/stats/nowhere", test_nowhere);
    return g_test_run();
}
