/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The register table: values after reset, and the write patterns with which drivers test a card (ethtool -t does all of
 * these). */
#include "hvn-e1000-guest.h"

static void
test_reset_values(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS), ==, 0x283);
    g_assert_cmphex(guest_read(&guest, E1000_VET), ==, 0x8100);
    g_assert_cmphex(guest_read(&guest, E1000_PBA), ==, 0x00100030);
    g_assert_cmphex(guest_read(&guest, E1000_RCTL), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_TCTL), ==, 0);
    g_assert_cmphex(guest_read(&guest, E1000_RA), ==, 0x12005452);
    g_assert_cmphex(guest_read(&guest, E1000_RA + 4), ==, 0x80005634);
    g_assert_cmphex(guest_read(&guest, 0x0003c), ==, 0); /* no register */
    guest_teardown(&guest);
}

typedef struct {
    guint32 offset;
    guint32 mask;
    guint32 write;
} Pattern;

static void
check_pattern(Guest *guest, guint32 offset, guint32 mask, guint32 write)
{
    static const guint32 patterns[] = {0x5a5a5a5a, 0xa5a5a5a5, 0x00000000, 0xffffffff};

    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
        guest_write(guest, offset, patterns[i] & write);
        g_assert_cmphex(guest_read(guest, offset), ==, patterns[i] & write & mask);
    }
}

static void
test_patterns(void)
{
    static const Pattern patterns[] = {
        {E1000_FCAL, 0xffffffff, 0xffffffff},  {E1000_FCAH, 0x0000ffff, 0xffffffff},  {E1000_FCT, 0x0000ffff, 0xffffffff},
        {E1000_VET, 0x0000ffff, 0xffffffff},   {E1000_RDTR, 0x0000ffff, 0xffffffff},  {E1000_RDBAH, 0xffffffff, 0xffffffff},
        {E1000_RDLEN, 0x000fff80, 0x000fffff}, {E1000_RDH, 0x0000ffff, 0x0000ffff},   {E1000_RDT, 0x0000ffff, 0x0000ffff},
        {E1000_FCRTH, 0x0000fff8, 0x0000fff8}, {E1000_FCTTV, 0x0000ffff, 0x0000ffff}, {E1000_TIPG, 0x3fffffff, 0x3fffffff},
        {E1000_TDBAH, 0xffffffff, 0xffffffff}, {E1000_TDLEN, 0x000fff80, 0x000fffff}, {E1000_RDBAL, 0xfffffff0, 0xffffffff},
        {E1000_TXCW, 0xc000ffff, 0x0000ffff},  {E1000_TDBAL, 0xfffffff0, 0xffffffff}, {E1000_TIDV, 0x0000ffff, 0x0000ffff},
    };
    Guest guest;

    guest_setup(&guest, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(patterns); i++)
        check_pattern(&guest, patterns[i].offset, patterns[i].mask, patterns[i].write);
    guest_write(&guest, E1000_RCTL, 0x06dfb3fe & 0x003ffffb);
    g_assert_cmphex(guest_read(&guest, E1000_RCTL), ==, 0x06dfb3fe & 0x003ffffb);
    guest_write(&guest, E1000_RCTL, 0xffffffff);
    g_assert_cmphex(guest_read(&guest, E1000_RCTL), ==, 0x06dfb3fe);
    for (guint i = 0; i < E1000_RA_ENTRIES; i++)
        check_pattern(&guest, E1000_RA + 8 * i + 4, 0x8003ffff, 0xffffffff);
    for (guint i = 0; i < E1000_MTA_WORDS; i++)
        check_pattern(&guest, E1000_MTA + 4 * i, 0xffffffff, 0xffffffff);
    guest_run(&guest);
    guest_teardown(&guest);
}

/* STATUS is read only: the test writes all ones and expects what was there */
static void
test_status_read_only(void)
{
    Guest guest;
    guint32 before;

    guest_setup(&guest, NULL);
    before = guest_read(&guest, E1000_STATUS);
    guest_write(&guest, E1000_STATUS, 0xfffff833);
    g_assert_cmphex(guest_read(&guest, E1000_STATUS), ==, before);
    guest_teardown(&guest);
}

static void
test_packet_buffer_split(void)
{
    Guest guest;

    guest_setup(&guest, NULL);
    guest_write(&guest, E1000_PBA, 0x28);
    g_assert_cmphex(guest_read(&guest, E1000_PBA), ==, 0x00180028);
    guest_teardown(&guest);
}

static void
test_rows(void)
{
    guint n;
    const HvnReg *rows = hvn_e1000_reg_rows(&n);

    g_assert_cmpuint(n, >, 100);
    for (guint i = 0; i < n; i++) {
        g_assert_true(g_str_has_prefix(rows[i].section, "13"));
        g_assert_cmpuint(rows[i].width, ==, 4);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/regs/reset-values", test_reset_values);
    g_test_add_func("/e1000/regs/patterns", test_patterns);
    g_test_add_func("/e1000/regs/status-read-only", test_status_read_only);
    g_test_add_func("/e1000/regs/packet-buffer-split", test_packet_buffer_split);
    g_test_add_func("/e1000/regs/rows", test_rows);
    return g_test_run();
}
