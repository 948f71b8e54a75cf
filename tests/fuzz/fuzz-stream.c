/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the decoder of streams: whatever the bytes are, and in whatever portions they come, the frames are those that a plain reading of
 * the whole finds, and after a length that cannot be there are none. The first byte decides the portions. */
#include <stdint.h>
#include <string.h>

#include "hvn-bytes.h"
#include "hvn-stream-decoder.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* takes what is there to take, and holds it against the whole; FALSE when the stream is broken */
static gboolean
fuzz_stream_take(HvnStreamDecoder *decoder, const uint8_t *data, size_t done, size_t *at)
{
    const guint8 *frame;
    gsize len;

    for (;;) {
        switch (hvn_stream_decoder_next(decoder, &frame, &len)) {
        case HVN_STREAM_FRAME:
            g_assert_true(len <= HVN_STREAM_FRAME_MAX && *at + 4 + len <= done);
            g_assert_true(hvn_load_be32(data + *at) == len && memcmp(data + *at + 4, frame, len) == 0);
            *at += 4 + len;
            break;
        case HVN_STREAM_MORE:
            g_assert_true(done - *at < 4 || done - *at - 4 < hvn_load_be32(data + *at));
            g_assert_true(hvn_stream_decoder_is_between(decoder) == (*at == done));
            return TRUE;
        default:
            g_assert_true(done - *at >= 4 && hvn_load_be32(data + *at) > HVN_STREAM_FRAME_MAX);
            return FALSE;
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t portion = size > 0 ? 1 + data[0] * data[0] : 1, done = 0, at = 0;
    HvnStreamDecoder decoder;
    gboolean whole = TRUE;

    if (size == 0)
        return 0;
    data++;
    size--;
    hvn_stream_decoder_init(&decoder);
    while (whole && done < size) {
        gsize room;
        guint8 *to = hvn_stream_decoder_get_room(&decoder, &room);
        gsize len = MIN(MIN(portion, room), size - done);

        g_assert_true(room > 0);
        memcpy(to, data + done, len);
        hvn_stream_decoder_add(&decoder, len);
        done += len;
        whole = fuzz_stream_take(&decoder, data, done, &at);
    }
    hvn_stream_decoder_clear(&decoder);
    return 0;
}
