/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IPv4 datagrams that the guest sends in fragments, put together before libslirp sees them (RFC 791, 3.2).
 *
 * libslirp puts them together too, but not when the last fragment comes first: 4.7 as GCC optimizes it then reads its list before the
 * fragment is in it, and writes over the list. Nor does it bound how many it keeps. */
#pragma once

#include "hvn-checksum.h"

G_BEGIN_DECLS

#define HVN_USER_DATAGRAMS_MAX   16       /* on their way at once; the oldest one makes room */
#define HVN_USER_DATAGRAM_AGE_MAX 30000000 /* microseconds until its other fragments are given up */

typedef struct _HvnUserFragments HvnUserFragments;

/**
 * hvn_user_fragments_new:
 *
 * Returns: (transfer full): nothing kept yet
 */
HvnUserFragments *
hvn_user_fragments_new(void);

/**
 * hvn_user_fragments_free:
 * @self: the fragments
 */
void
hvn_user_fragments_free(HvnUserFragments *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnUserFragments, hvn_user_fragments_free)

/**
 * hvn_user_fragments_is_one:
 * @layers: layers of a frame
 *
 * Returns: whether it is one for hvn_user_fragments_add(): libslirp looks at no frame with a VLAN tag
 */
gboolean
hvn_user_fragments_is_one(const HvnLayers *layers);

/**
 * hvn_user_fragments_add:
 * @self: the fragments
 * @frame: an Ethernet frame with a fragment, in memory that the guest cannot write
 * @frame_len: bytes of it
 * @now: microseconds of a clock that only goes on
 * @len: (out): bytes of what is returned
 *
 * A fragment with a wrong header, of a length that cannot be, or that is only partly there already is dropped, the last with all of its
 * datagram: no sender in its senses makes two that overlap (RFC 5722 says so for IPv6).
 *
 * Returns: (transfer none) (nullable): the frame of the datagram that is complete with this fragment, until the next call
 */
const guint8 *
hvn_user_fragments_add(HvnUserFragments *self, const guint8 *frame, gsize frame_len, gint64 now, gsize *len);

/**
 * hvn_user_fragments_get_dropped:
 * @self: the fragments
 *
 * Returns: fragments that were wrong, and datagrams that were given up
 */
guint64
hvn_user_fragments_get_dropped(const HvnUserFragments *self);

G_END_DECLS
