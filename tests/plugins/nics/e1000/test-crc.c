/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence against the known value and against the plain CRC of core, in pieces of every length. */
#include "hvn-e1000-guest.h"

static void
test_known(void)
{
    HvnE1000Crc crc;

    hvn_e1000_crc_init(&crc);
    g_assert_cmphex(hvn_e1000_crc_add(&crc, 0, (const guint8 *)"123456789", 9), ==, 0xcbf43926);
    g_assert_cmphex(hvn_e1000_crc_add(&crc, 0, (const guint8 *)"", 0), ==, 0);
}

static void
test_pieces(void)
{
    HvnE1000Crc crc;
    guint8 bytes[97];

    hvn_e1000_crc_init(&crc);
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i * 37 + 11;
    for (guint len = 0; len <= sizeof bytes; len++) {
        guint32 whole = hvn_ether_crc32(bytes, len);

        for (guint cut = 0; cut <= len; cut++) {
            guint32 part = hvn_e1000_crc_add(&crc, 0, bytes, cut);

            g_assert_cmphex(hvn_e1000_crc_add(&crc, part, bytes + cut, len - cut), ==, whole);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/e1000/crc/known", test_known);
    g_test_add_func("/e1000/crc/pieces", test_pieces);
    return g_test_run();
}
