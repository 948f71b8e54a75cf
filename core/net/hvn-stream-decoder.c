/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lengths and frames in a buffer. Only a frame that is cut is ever moved: to the front, before more is read. */
#include "hvn-stream-decoder.h"

#include "hvn-bytes.h"

#define SIZE (128 * 1024)

G_STATIC_ASSERT(SIZE > HVN_STREAM_HEADER_LEN + HVN_STREAM_FRAME_MAX);

void
hvn_stream_decoder_init(HvnStreamDecoder *self)
{
    *self = (HvnStreamDecoder){.memory = g_malloc(SIZE)};
}

void
hvn_stream_decoder_clear(HvnStreamDecoder *self)
{
    g_clear_pointer(&self->memory, g_free);
}

guint8 *
hvn_stream_decoder_get_room(HvnStreamDecoder *self, gsize *len)
{
    memmove(self->memory, self->memory + self->start, self->end - self->start);
    self->end -= self->start;
    self->start = 0;
    *len = SIZE - self->end;
    return self->memory + self->end;
}

void
hvn_stream_decoder_add(HvnStreamDecoder *self, gsize len)
{
    g_return_if_fail(len <= SIZE - self->end);

    self->end += len;
}

HvnStreamResult
hvn_stream_decoder_next(HvnStreamDecoder *self, const guint8 **data, gsize *len)
{
    gsize there = self->end - self->start;

    if (there < HVN_STREAM_HEADER_LEN)
        return HVN_STREAM_MORE;
    *len = hvn_load_be32(self->memory + self->start);
    if (*len > HVN_STREAM_FRAME_MAX)
        return HVN_STREAM_BROKEN;
    if (there - HVN_STREAM_HEADER_LEN < *len)
        return HVN_STREAM_MORE;
    *data = self->memory + self->start + HVN_STREAM_HEADER_LEN;
    self->start += HVN_STREAM_HEADER_LEN + *len;
    return HVN_STREAM_FRAME;
}

gboolean
hvn_stream_decoder_is_between(const HvnStreamDecoder *self)
{
    return self->start == self->end;
}
