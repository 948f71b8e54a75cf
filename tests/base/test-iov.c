/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/base/hvn-iov.c against one flat buffer. */
#include "hvn-iov.h"

#include <string.h>

#define SIZE     40
#define N_PIECES 8

/* cuts @flat into pieces of random length, some of none */
static void
split(guint8 *flat, struct iovec *iov)
{
    gsize offset = 0;

    for (guint i = 0; i < N_PIECES; i++) {
        gsize len = i == N_PIECES - 1 ? SIZE - offset : (gsize)g_test_rand_int_range(0, SIZE - offset + 1);

        if (g_test_rand_bit() && i < N_PIECES - 1)
            len = MIN(len, 3);
        iov[i] = (struct iovec){flat + offset, len};
        offset += len;
    }
}

static void
test_copies_match_a_flat_buffer(void)
{
    for (guint round = 0; round < 5000; round++) {
        guint8 flat[SIZE], expected[SIZE], out[SIZE + 8];
        struct iovec iov[N_PIECES];
        gsize offset = g_test_rand_int_range(0, SIZE + 4);
        gsize len = g_test_rand_int_range(0, SIZE + 8);
        gsize fits = offset >= SIZE ? 0 : MIN(len, SIZE - offset);

        for (guint i = 0; i < SIZE; i++)
            flat[i] = i;
        split(flat, iov);
        g_assert_cmpuint(hvn_iov_size(iov, N_PIECES), ==, SIZE);

        memset(out, 0xee, sizeof out);
        g_assert_cmpuint(hvn_iov_to_buf(iov, N_PIECES, offset, out, len), ==, fits);
        if (fits > 0)
            g_assert_cmpmem(out, fits, flat + offset, fits);
        for (gsize i = fits; i < sizeof out; i++)
            g_assert_cmpuint(out[i], ==, 0xee);

        memcpy(expected, flat, SIZE);
        memset(out, 0xdd, sizeof out);
        memcpy(expected + MIN(offset, SIZE), out, fits);
        g_assert_cmpuint(hvn_iov_from_buf(iov, N_PIECES, offset, out, len), ==, fits);
        g_assert_cmpmem(flat, SIZE, expected, SIZE);
    }
}

static void
test_slice_is_a_view(void)
{
    for (guint round = 0; round < 5000; round++) {
        guint8 flat[SIZE], out[SIZE];
        struct iovec iov[N_PIECES], part[N_PIECES];
        gsize offset = g_test_rand_int_range(0, SIZE + 2);
        gsize len = g_test_rand_int_range(0, SIZE + 2);
        guint n;

        for (guint i = 0; i < SIZE; i++)
            flat[i] = i;
        split(flat, iov);
        n = hvn_iov_slice(iov, N_PIECES, offset, len, part, N_PIECES);
        if (len == 0 || offset + len > SIZE) {
            g_assert_cmpuint(n, ==, 0);
            continue;
        }
        g_assert_cmpuint(n, >, 0);
        g_assert_cmpuint(hvn_iov_size(part, n), ==, len);
        g_assert_true(part[0].iov_base == flat + offset);
        hvn_iov_to_buf(part, n, 0, out, len);
        g_assert_cmpmem(out, len, flat + offset, len);
        if (n > 1)
            g_assert_cmpuint(hvn_iov_slice(iov, N_PIECES, offset, len, part, n - 1), ==, 0);
    }
}

static void
test_no_pieces(void)
{
    struct iovec part[1];
    guint8 byte = 1;

    g_assert_cmpuint(hvn_iov_size(NULL, 0), ==, 0);
    g_assert_cmpuint(hvn_iov_to_buf(NULL, 0, 0, &byte, 1), ==, 0);
    g_assert_cmpuint(hvn_iov_slice(NULL, 0, 0, 1, part, 1), ==, 0);
    g_assert_cmpuint(hvn_iov_slice(NULL, 0, G_MAXSIZE, G_MAXSIZE, part, 1), ==, 0);
}

/* bytes taken out and bytes that are left are the flat buffer again, wherever the cut is */
static void
test_pull(void)
{
    for (guint cut = 0; cut <= 9; cut++) {
        char text[] = "abcdefghi", head[16], tail[16];
        struct iovec pieces[] = {{text, 2}, {text + 2, 1}, {text + 3, 4}, {text + 7, 2}};
        struct iovec *iov = pieces;
        guint n_iov = 4;

        hvn_iov_pull(&iov, &n_iov, head, cut);
        g_assert_cmpuint(hvn_iov_size(iov, n_iov), ==, 9 - cut);
        g_assert_cmpuint(hvn_iov_to_buf(iov, n_iov, 0, tail, 9), ==, 9 - cut);
        g_assert_cmpmem(head, cut, "abcdefghi", cut);
        g_assert_cmpmem(tail, 9 - cut, &"abcdefghi"[cut], 9 - cut);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/iov/copies-match-a-flat-buffer", test_copies_match_a_flat_buffer);
    g_test_add_func("/base/iov/slice-is-a-view", test_slice_is_a_view);
    g_test_add_func("/base/iov/no-pieces", test_no_pieces);
    g_test_add_func("/base/iov/pull", test_pull);
    return g_test_run();
}
