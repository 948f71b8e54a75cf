/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/net/hvn-stream-decoder.c: bytes in any portions are the same frames. hvn-stream.c and hvn-stream-peer.c are tested with the
 * stream backend, between sockets. */
#include "hvn-stream-decoder.h"

#include "hvn-bytes.h"

static void
append(GByteArray *stream, gsize len, guint8 fill)
{
    guint8 header[4];
    guint at = stream->len + 4;

    hvn_store_be32(header, len);
    g_byte_array_append(stream, header, 4);
    g_byte_array_set_size(stream, at + len);
    memset(stream->data + at, fill, len);
}

static void
test_any_portions(void)
{
    static const gsize lengths[] = {0, 1, 13, 14, 60, 1514, 65553, 69632, 69632, 3, 60};

    for (guint round = 0; round < 40; round++) {
        g_autoptr(GByteArray) stream = g_byte_array_new();
        HvnStreamDecoder decoder;
        guint n = 0;
        gsize done = 0;

        for (guint i = 0; i < G_N_ELEMENTS(lengths); i++)
            append(stream, lengths[i], i);
        hvn_stream_decoder_init(&decoder);
        while (done < stream->len) {
            const guint8 *data;
            gsize room, len;
            guint8 *to = hvn_stream_decoder_get_room(&decoder, &room);
            gsize portion = round == 0 ? stream->len : (gsize)g_test_rand_int_range(1, round * round * 40);

            portion = MIN(MIN(portion, room), stream->len - done);
            memcpy(to, stream->data + done, portion);
            hvn_stream_decoder_add(&decoder, portion);
            done += portion;
            while (hvn_stream_decoder_next(&decoder, &data, &len) == HVN_STREAM_FRAME) {
                g_assert_cmpuint(len, ==, lengths[n]);
                for (gsize i = 0; i < len; i++)
                    g_assert_cmpuint(data[i], ==, n);
                n++;
            }
        }
        g_assert_cmpuint(n, ==, G_N_ELEMENTS(lengths));
        g_assert_true(hvn_stream_decoder_is_between(&decoder));
        hvn_stream_decoder_clear(&decoder);
    }
}

static void
test_broken(void)
{
    static const guint32 lengths[] = {69633, 0x7fffffff, 0x80000000, 0xffffffff};

    for (guint i = 0; i < G_N_ELEMENTS(lengths); i++) {
        HvnStreamDecoder decoder;
        const guint8 *data;
        gsize len;

        hvn_stream_decoder_init(&decoder);
        hvn_store_be32(hvn_stream_decoder_get_room(&decoder, &len), lengths[i]);
        hvn_stream_decoder_add(&decoder, 3);
        g_assert_cmpint(hvn_stream_decoder_next(&decoder, &data, &len), ==, HVN_STREAM_MORE);
        g_assert_false(hvn_stream_decoder_is_between(&decoder));
        hvn_stream_decoder_add(&decoder, 1);
        g_assert_cmpint(hvn_stream_decoder_next(&decoder, &data, &len), ==, HVN_STREAM_BROKEN);
        g_assert_cmpuint(len, ==, lengths[i]);
        hvn_stream_decoder_clear(&decoder);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/net/stream-decoder/any-portions", test_any_portions);
    g_test_add_func("/net/stream-decoder/broken", test_broken);
    return g_test_run();
}
