/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames out of a stream of bytes in which each stands behind its length: four bytes, big-endian, as QEMU's socket and stream have it. The
 * frames are lent from the buffer that the bytes were read into. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_STREAM_FRAME_MAX  69632 /* bytes that a length may say: QEMU's NET_BUFSIZE */
#define HVN_STREAM_HEADER_LEN 4

/**
 * HvnStreamDecoder:
 *
 * A buffer of bytes on their way to be frames. Embedded by value in its owner; the fields belong to the decoder.
 */
typedef struct {
    guint8 *memory; /* owned */
    gsize   start;  /* first byte that was not given out */
    gsize   end;    /* behind the last byte */
} HvnStreamDecoder;

/**
 * HvnStreamResult:
 * @HVN_STREAM_FRAME: a frame
 * @HVN_STREAM_MORE: bytes are missing
 * @HVN_STREAM_BROKEN: a length that cannot be: nothing behind it is to be trusted
 */
typedef enum {
    HVN_STREAM_FRAME,
    HVN_STREAM_MORE,
    HVN_STREAM_BROKEN,
} HvnStreamResult;

/**
 * hvn_stream_decoder_init: (skip)
 * @self: the decoder
 */
void
hvn_stream_decoder_init(HvnStreamDecoder *self);

/**
 * hvn_stream_decoder_clear: (skip)
 * @self: the decoder
 */
void
hvn_stream_decoder_clear(HvnStreamDecoder *self);

/**
 * hvn_stream_decoder_get_room: (skip)
 * @self: a decoder that has said %HVN_STREAM_MORE
 * @len: (out): bytes of room, 1 or more
 *
 * Frames that were given out are invalid from here on.
 *
 * Returns: (transfer none): where bytes may be read to
 */
guint8 *
hvn_stream_decoder_get_room(HvnStreamDecoder *self, gsize *len);

/**
 * hvn_stream_decoder_add: (skip)
 * @self: the decoder
 * @len: bytes that were read to where hvn_stream_decoder_get_room() said, at most as many as there was room for
 */
void
hvn_stream_decoder_add(HvnStreamDecoder *self, gsize len);

/**
 * hvn_stream_decoder_next: (skip)
 * @self: the decoder
 * @data: (out): the frame's bytes, in the decoder's buffer
 * @len: (out): how many, 0 to %HVN_STREAM_FRAME_MAX; the length that cannot be when the stream is broken
 *
 * Returns: what came
 */
HvnStreamResult
hvn_stream_decoder_next(HvnStreamDecoder *self, const guint8 **data, gsize *len);

/**
 * hvn_stream_decoder_is_between: (skip)
 * @self: the decoder
 *
 * Returns: whether the bytes so far end with a whole frame
 */
gboolean
hvn_stream_decoder_is_between(const HvnStreamDecoder *self);

G_END_DECLS
