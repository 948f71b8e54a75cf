/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libslirp sends, made fit for the guest's interface: datagrams above the MTU are fragmented, and the MTU is told to the
 * guest in router advertisements and DHCP replies. */
#pragma once

#include "hvn-checksum.h"

G_BEGIN_DECLS

#define HVN_USER_SHAPE_GROWTH 16 /* bytes that hvn_user_shape_advertise_mtu() may add */

/**
 * HvnUserShapeFunc:
 * @frame: a fragment
 * @len: bytes of it
 * @data: as given
 */
typedef void (*HvnUserShapeFunc)(const guint8 *frame, gsize len, gpointer data);

/**
 * hvn_user_shape_fragment:
 * @frame: a frame with an IPv4 or IPv6 packet
 * @layers: its layers
 * @mtu: bytes of IP that the guest takes
 * @id: identification, of IPv6
 * @scratch: (out caller-allocates): room for 14 + @mtu bytes
 * @emit: called for each fragment, in order
 * @data: for @emit
 *
 * Cuts a packet into fragments (RFC 791, 3.2; RFC 8200, 4.5).
 *
 * Returns: %FALSE when the packet must not or cannot be fragmented; nothing was emitted then
 */
gboolean
hvn_user_shape_fragment(const guint8 *frame, const HvnLayers *layers, guint mtu, guint32 id, guint8 *scratch,
                        HvnUserShapeFunc emit, gpointer data);

/**
 * hvn_user_shape_advertises_mtu:
 * @frame: a frame for the guest
 * @len: bytes of it
 * @layers: its layers
 *
 * Returns: whether the frame is a router advertisement or a DHCP offer or acknowledgement
 */
gboolean
hvn_user_shape_advertises_mtu(const guint8 *frame, gsize len, const HvnLayers *layers);

/**
 * hvn_user_shape_advertise_mtu:
 * @frame: a frame that hvn_user_shape_advertises_mtu(), written to, with room for %HVN_USER_SHAPE_GROWTH bytes more
 * @len: bytes of it
 * @layers: its layers
 * @mtu: the MTU to tell
 * @add: whether to add the option where it is missing, or to lower only what is there
 *
 * Returns: bytes of the frame now
 */
gsize
hvn_user_shape_advertise_mtu(guint8 *frame, gsize len, const HvnLayers *layers, guint mtu, gboolean add);

G_END_DECLS
