/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Large TCP frames through libslirp, which knows nothing of offload. The interface of libslirp has an MTU of 11 segments; the MSS that
 * the guest offers in its SYN is raised on the way in and remembered per connection; a segment that is larger than what the guest
 * offered goes out as one frame with gso_size of that.
 *
 *   guest --SYN mss 1460--> [raise, remember] --SYN mss 16060--> libslirp
 *   guest <--one frame of 16060 bytes, gso_size 1460-- [look up] <--segment of 16060 bytes-- libslirp
 */
#pragma once

#include "hvn-checksum.h"
#include "hvn-frame.h"

G_BEGIN_DECLS

/* What libslirp takes for the interface's MTU: 11 segments of 1460 bytes and the headers. libslirp knows no window scaling, so a guest
 * offers it at most 65535 bytes, and Linux rounds that down to 44 segments: four of these fill it to the byte, so that none waits for
 * a window of its size. It must stay below half of 65535: libslirp tells the guest of new room in its own buffer once that is two
 * segments of this size, and it never offers more than 65535 bytes, so a guest that filled the buffer would never hear of it. */
#define HVN_USER_LARGE_SEGMENTS 11
#define HVN_USER_LARGE_MTU      (HVN_USER_LARGE_SEGMENTS * 1460 + 40)

typedef struct _HvnUserLarge HvnUserLarge;

/**
 * hvn_user_large_new:
 * @mtu: MTU of the guest's interface
 * @fixed: whether the guest is never offered more than @mtu gives
 *
 * Returns: (transfer full): an empty table
 */
HvnUserLarge *
hvn_user_large_new(guint mtu, gboolean fixed);

/**
 * hvn_user_large_free:
 * @self: (transfer full) (nullable): a table
 */
void
hvn_user_large_free(HvnUserLarge *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnUserLarge, hvn_user_large_free)

/**
 * hvn_user_tcp_is_syn:
 * @frame: the frame
 * @layers: its layers
 *
 * Returns: whether the frame is a whole TCP header with SYN
 */
gboolean
hvn_user_tcp_is_syn(const guint8 *frame, const HvnLayers *layers);

/**
 * hvn_user_tcp_find_mss:
 * @frame: the frame
 * @layers: its layers
 *
 * Returns: offset of the MSS value in the frame, 0 when there is none
 */
gsize
hvn_user_tcp_find_mss(const guint8 *frame, const HvnLayers *layers);

/**
 * hvn_user_tcp_set_mss:
 * @frame: the frame, written to
 * @layers: its layers
 * @at: offset of the MSS value
 * @mss: the new value
 * @adjust: whether the TCP checksum is whole and has to follow
 */
void
hvn_user_tcp_set_mss(guint8 *frame, const HvnLayers *layers, gsize at, guint16 mss, gboolean adjust);

/**
 * hvn_user_large_from_guest:
 * @self: a table
 * @frame: a SYN of the guest, written to
 * @layers: its layers
 * @adjust: whether the TCP checksum is whole and has to follow
 *
 * Remembers the MSS that the guest offers and raises it.
 */
void
hvn_user_large_from_guest(HvnUserLarge *self, guint8 *frame, const HvnLayers *layers, gboolean adjust);

/**
 * hvn_user_large_syn_to_guest:
 * @self: a table
 * @frame: a SYN for the guest, written to
 * @layers: its layers
 *
 * Lowers the MSS that libslirp offers to what the guest's interface has: a guest that offers more is offered as much.
 */
void
hvn_user_large_syn_to_guest(HvnUserLarge *self, guint8 *frame, const HvnLayers *layers);

/**
 * hvn_user_large_get_mss:
 * @self: a table
 * @frame: a TCP frame for the guest
 * @layers: its layers
 *
 * Returns: payload bytes that one segment of this connection may have
 */
guint
hvn_user_large_get_mss(HvnUserLarge *self, const guint8 *frame, const HvnLayers *layers);

/**
 * hvn_user_large_make_gso:
 * @frame: a TCP frame for the guest, written to
 * @layers: its layers
 * @mss: payload bytes of each segment
 * @offload: (out): work left to do
 *
 * Leaves the pseudo header's sum in place of the checksum.
 */
void
hvn_user_large_make_gso(guint8 *frame, const HvnLayers *layers, guint mss, HvnOffload *offload);

G_END_DECLS
