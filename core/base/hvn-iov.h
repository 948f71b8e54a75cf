/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Scatter lists: size, copy in and out at an offset, and a view of a part. */
#pragma once

#include <glib.h>
#include <sys/uio.h>

G_BEGIN_DECLS

/**
 * hvn_iov_room:
 * @size: pieces that there is room for
 * @used: pieces that are used or kept for something, which may be more
 *
 * Returns: pieces that are left, 0 when more are used than there is room for
 */
static inline guint
hvn_iov_room(guint size, guint used)
{
    return used < size ? size - used : 0;
}

/**
 * hvn_iov_size:
 * @iov: (array length=n_iov): the pieces
 * @n_iov: how many
 *
 * Returns: bytes in all pieces
 */
gsize
hvn_iov_size(const struct iovec *iov, guint n_iov);

/**
 * hvn_iov_to_buf:
 * @iov: (array length=n_iov): the pieces
 * @n_iov: how many
 * @offset: bytes to pass over first
 * @buf: (out caller-allocates): room for @len bytes
 * @len: bytes wanted
 *
 * Returns: bytes copied, fewer than @len where the pieces end first
 */
gsize
hvn_iov_to_buf(const struct iovec *iov, guint n_iov, gsize offset, gpointer buf, gsize len);

/**
 * hvn_iov_from_buf:
 * @iov: (array length=n_iov): the pieces, written to
 * @n_iov: how many
 * @offset: bytes to pass over first
 * @buf: what to write
 * @len: bytes of @buf
 *
 * Returns: bytes copied, fewer than @len where the pieces end first
 */
gsize
hvn_iov_from_buf(const struct iovec *iov, guint n_iov, gsize offset, gconstpointer buf, gsize len);

/**
 * hvn_iov_slice:
 * @iov: (array length=n_iov): the pieces
 * @n_iov: how many
 * @offset: first byte of the part
 * @len: bytes of the part
 * @out: (out caller-allocates) (array length=n_out): pieces of the part; they point into the same memory
 * @n_out: room in @out
 *
 * Returns: pieces written to @out, or 0 when the part is empty, lies outside the pieces or needs more than @n_out
 */
guint
hvn_iov_slice(const struct iovec *iov, guint n_iov, gsize offset, gsize len, struct iovec *out, guint n_out);

/**
 * hvn_iov_pull:
 * @iov: (inout): the pieces, moved on and edited
 * @n_iov: (inout): how many
 * @buf: (out caller-allocates): room for @len bytes
 * @len: bytes to take out, at most those in the pieces
 *
 * Takes the first bytes out of the pieces: they are copied, and the pieces begin behind them.
 */
void
hvn_iov_pull(struct iovec **iov, guint *n_iov, gpointer buf, gsize len);

G_END_DECLS
