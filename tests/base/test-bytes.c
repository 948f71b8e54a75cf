/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/base/hvn-bytes.h, at every alignment. */
#include "hvn-bytes.h"

static void
test_loads(void)
{
    for (guint shift = 0; shift < 8; shift++) {
        guint8 memory[16];
        guint8 *bytes = memory + shift;

        for (guint i = 0; i < 8; i++)
            bytes[i] = 0x81 + i;
        g_assert_cmphex(hvn_load_le16(bytes), ==, 0x8281);
        g_assert_cmphex(hvn_load_be16(bytes), ==, 0x8182);
        g_assert_cmphex(hvn_load_le32(bytes), ==, 0x84838281);
        g_assert_cmphex(hvn_load_be32(bytes), ==, 0x81828384);
        g_assert_cmphex(hvn_load_le64(bytes), ==, G_GUINT64_CONSTANT(0x8887868584838281));
    }
}

static void
test_stores_touch_their_bytes_only(void)
{
    for (guint shift = 1; shift < 8; shift++) {
        guint8 memory[24] = {0};

        hvn_store_le16(memory + shift, 0x8182);
        g_assert_cmpmem(memory + shift - 1, 4, "\0\x82\x81\0", 4);
        hvn_store_be16(memory + shift, 0x8182);
        g_assert_cmpmem(memory + shift - 1, 4, "\0\x81\x82\0", 4);
        hvn_store_le32(memory + shift, 0x81828384);
        g_assert_cmpmem(memory + shift - 1, 6, "\0\x84\x83\x82\x81\0", 6);
        hvn_store_be32(memory + shift, 0x81828384);
        g_assert_cmpmem(memory + shift - 1, 6, "\0\x81\x82\x83\x84\0", 6);
        hvn_store_le64(memory + shift, G_GUINT64_CONSTANT(0x8182838485868788));
        g_assert_cmpmem(memory + shift - 1, 10, "\0\x88\x87\x86\x85\x84\x83\x82\x81\0", 10);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/bytes/loads", test_loads);
    g_test_add_func("/base/bytes/stores-touch-their-bytes-only", test_stores_touch_their_bytes_only);
    return g_test_run();
}
