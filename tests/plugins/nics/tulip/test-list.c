/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of descriptors in memory: rings, chains, gaps between descriptors, the other byte order, ends that are missing, and how they are
 * written back. */
#include "hvn-tulip-guest.h"

static HvnTulipList list;
static guint32 statuses[TULIP_LIST_MAX];

static void
open_list(Guest *guest, guint32 csr0, guint32 base, guint32 current)
{
    hvn_tulip_list_open(&list, guest->machine.nic, csr0, base, current);
}

static void
test_ring(void)
{
    const guint32 base = 0x1000;
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < 8; i++)
        guest_store(&guest, base + 16 * i, OWN, i == 7 ? TULIP_DES1_END | i : i, 0x100 * i, 0);
    open_list(&guest, 0, base, base + 16 * 5);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 2), ==, 2); /* no more than is wanted */
    g_assert_false(list.stopped);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 8);
    g_assert_true(list.whole && list.stopped && !list.failed);
    for (guint i = 0; i < 8; i++) {
        g_assert_cmpuint(hvn_tulip_desc_size(&list.descs[i], 0), ==, (5 + i) % 8);
        g_assert_cmphex(hvn_tulip_list_address(&list, i), ==, base + (5 + i) % 8 * 16);
        statuses[i] = i;
    }
    g_assert_cmphex(hvn_tulip_list_address(&list, 8), ==, base + 16 * 5);
    hvn_tulip_list_publish(&list, 0, 6, statuses); /* round the end */
    for (guint i = 0; i < 8; i++)
        g_assert_cmphex(guest_status(&guest, base + (5 + i) % 8 * 16), ==, i < 6 ? i : OWN);
    open_list(&guest, 0, base, base);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 0);
    g_assert_true(list.stopped && !list.whole);
    guest_teardown(&guest);
}

/* from place to place, and a second buffer that is none */
static void
test_chain(void)
{
    static const guint32 places[] = {0x1000, 0x8000, 0x2040, 0x2050, 0x0};
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < 4; i++)
        guest_store(&guest, places[i], OWN, TULIP_DES1_CHAINED | 7u << TULIP_DES1_SIZE_SHIFT | 100, 0x100 * i, places[i + 1]);
    open_list(&guest, 0, places[0], places[0]);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 4);
    for (guint i = 0; i < 4; i++) {
        g_assert_cmphex(list.descs[i].address, ==, places[i]);
        g_assert_cmpuint(hvn_tulip_desc_size(&list.descs[i], 1), ==, 0);
        statuses[i] = 0x42;
    }
    hvn_tulip_list_publish(&list, 1, 4, statuses);
    g_assert_cmphex(guest_status(&guest, places[0]), ==, OWN);
    for (guint i = 1; i < 4; i++)
        g_assert_cmphex(guest_status(&guest, places[i]), ==, 0x42);
    /* END takes precedence over the link */
    guest_store(&guest, 0x3000, OWN, TULIP_DES1_CHAINED | TULIP_DES1_END | 7u << TULIP_DES1_SIZE_SHIFT, 0, 0x8000);
    open_list(&guest, 0, 0x3000, 0x3000);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 1);
    g_assert_true(list.whole);
    g_assert_cmpuint(hvn_tulip_desc_size(&list.descs[0], 1), ==, 7);
    guest_teardown(&guest);
}

/* CSR0: DSL leaves longwords between descriptors, DBO turns their bytes */
static void
test_layout(void)
{
    const guint32 csr0 = 5u << TULIP_CSR0_DSL_SHIFT | TULIP_CSR0_DBO;
    const guint32 base = 0x1000, stride = 16 + 4 * 5;
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < 40; i++) {
        hvn_store_be32(guest.machine.ram + base + i * stride, OWN);
        hvn_store_be32(guest.machine.ram + base + i * stride + 4, i);
        hvn_store_be32(guest.machine.ram + base + i * stride + 8, 0x12345678);
        statuses[i] = 0x11223344;
    }
    open_list(&guest, csr0, base, base);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 40);
    g_assert_cmphex(list.descs[39].buffers[0], ==, 0x12345678);
    g_assert_cmpuint(hvn_tulip_desc_size(&list.descs[39], 0), ==, 39);
    hvn_tulip_list_publish(&list, 0, 40, statuses);
    for (guint i = 0; i < 40; i++)
        g_assert_cmphex(hvn_load_be32(guest.machine.ram + base + i * stride), ==, 0x11223344);
    guest_teardown(&guest);
}

/* a list without an end, one that turns into itself, one at the end of memory, and one that is nowhere */
static void
test_bounds(void)
{
    Guest guest;

    guest_setup(&guest);
    for (guint i = 0; i < 1000; i++)
        guest_store(&guest, 0x1000 + 16 * i, OWN, 0, 0, 0);
    open_list(&guest, 0, 0x1000, 0x1000);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 5000), ==, TULIP_LIST_MAX);
    guest_store(&guest, 0x8000, OWN, TULIP_DES1_CHAINED, 0, 0x8010);
    guest_store(&guest, 0x8010, OWN, TULIP_DES1_CHAINED, 0, 0x8010); /* itself, but not the first */
    open_list(&guest, 0, 0x8000, 0x8000);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 5000), ==, TULIP_LIST_MAX);
    guest_store(&guest, GUEST_RAM - 16, OWN, TULIP_DES1_END, 0, 0);
    open_list(&guest, 0, GUEST_RAM - 16, GUEST_RAM - 16);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 1);
    g_assert_false(list.failed);
    open_list(&guest, 0, GUEST_RAM, GUEST_RAM);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 0);
    g_assert_true(list.failed);
    open_list(&guest, 0x7c, 0xfffffff0, 0xfffffff0);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 0);
    g_assert_true(list.failed);
    guest_teardown(&guest);
}

/* memory of several pieces */
static void
test_split(void)
{
    Guest guest;

    guest_setup(&guest);
    hvn_fake_bus_set_split(guest.machine.bus, 24);
    for (guint i = 0; i < 32; i++) {
        guest_store(&guest, 0x1000 + 16 * i, OWN, i, 0, 0);
        statuses[i] = i;
    }
    open_list(&guest, 0, 0x1000, 0x1000);
    g_assert_cmpuint(hvn_tulip_list_load(&list, 100), ==, 32);
    hvn_tulip_list_publish(&list, 0, 32, statuses);
    for (guint i = 0; i < 32; i++)
        g_assert_cmphex(guest_status(&guest, 0x1000 + 16 * i), ==, i);
    guest_teardown(&guest);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tulip/list/ring", test_ring);
    g_test_add_func("/tulip/list/chain", test_chain);
    g_test_add_func("/tulip/list/layout", test_layout);
    g_test_add_func("/tulip/list/bounds", test_bounds);
    g_test_add_func("/tulip/list/split", test_split);
    return g_test_run();
}
