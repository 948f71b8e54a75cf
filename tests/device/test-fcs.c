/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence against the known value and against the plain CRC of core, in pieces of every length, with the
 * tables of hvn-fcs.c alone and with hvn-fcs-fold.c where the processor can. */
#include "hvn-fcs.h"
#include "hvn-mac.h"

static void
test_known(void)
{
    HvnFcs crc;

    hvn_fcs_init(&crc);
    g_assert_cmphex(hvn_fcs_add(&crc, 0, (const guint8 *)"123456789", 9), ==, 0xcbf43926);
    g_assert_cmphex(hvn_fcs_add(&crc, 0, (const guint8 *)"", 0), ==, 0);
}

static void
test_pieces(void)
{
    HvnFcs crc;
    guint8 bytes[97];

    hvn_fcs_init(&crc);
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i * 37 + 11;
    for (guint len = 0; len <= sizeof bytes; len++) {
        guint32 whole = hvn_ether_crc32(bytes, len);

        for (guint cut = 0; cut <= len; cut++) {
            guint32 part = hvn_fcs_add(&crc, 0, bytes, cut);

            g_assert_cmphex(hvn_fcs_add(&crc, part, bytes + cut, len - cut), ==, whole);
        }
    }
}

/* a frame in pieces, empty ones with them, and the first bytes of it */
static void
test_iov(void)
{
    guint8 bytes[300];
    struct iovec iov[] = {{bytes, 7}, {bytes + 7, 0}, {bytes + 7, 200}, {bytes + 207, 93}};
    HvnFcs crc;

    hvn_fcs_init(&crc);
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = i * 29 + 3;
    g_assert_cmphex(hvn_fcs_of_iov(&crc, iov, G_N_ELEMENTS(iov), G_MAXSIZE), ==, hvn_ether_crc32(bytes, sizeof bytes));
    for (guint len = 0; len <= sizeof bytes; len++)
        g_assert_cmphex(hvn_fcs_of_iov(&crc, iov, G_N_ELEMENTS(iov), len), ==, hvn_ether_crc32(bytes, len));
    g_assert_cmphex(hvn_fcs_of_iov(&crc, iov, 0, G_MAXSIZE), ==, 0);
}

/* long enough for every loop of the folding, at every alignment */
static void
test_fold(void)
{
    HvnFcs crc;
    guint8 bytes[2048];

    hvn_fcs_init(&crc);
    if (!crc.fold) {
        g_test_skip("this processor does not multiply without carries");
        return;
    }
    for (guint i = 0; i < sizeof bytes; i++)
        bytes[i] = g_test_rand_int();
    for (guint len = 0; len <= sizeof bytes - 16; len += 1 + len / 100) {
        const guint8 *start = bytes + len % 16;
        guint32 state = g_test_rand_int(), folded = hvn_fcs_add(&crc, state, start, len);

        crc.fold = FALSE;
        g_assert_cmphex(hvn_fcs_add(&crc, state, start, len), ==, folded);
        crc.fold = TRUE;
        g_assert_cmphex(hvn_fcs_add(&crc, 0, start, len), ==, hvn_ether_crc32(start, len));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/fcs/known", test_known);
    g_test_add_func("/device/fcs/pieces", test_pieces);
    g_test_add_func("/device/fcs/iov", test_iov);
    g_test_add_func("/device/fcs/fold", test_fold);
    return g_test_run();
}
