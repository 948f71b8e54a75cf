/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The frame check sequence by carry-less multiplication, for processors that have it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_FCS_FOLD_MIN  64 /* bytes that it is worth and that it needs */
#define HVN_FCS_FOLD_REST 16

/**
 * hvn_fcs_fold_available:
 *
 * Returns: whether this processor can
 */
gboolean
hvn_fcs_fold_available(void);

/**
 * hvn_fcs_fold:
 * @state: the CRC register before @data, not complemented
 * @data: bytes
 * @len: how many, %HVN_FCS_FOLD_MIN or more
 * @rest: (out caller-allocates): %HVN_FCS_FOLD_REST bytes that leave the register, from 0, as the bytes that were folded do
 *
 * Returns: bytes that were folded: all but the last @len modulo 16
 */
gsize
hvn_fcs_fold(guint32 state, const guint8 *data, gsize len, guint8 *rest);

G_END_DECLS
