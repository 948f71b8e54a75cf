/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bytes in front of an Ethernet frame in an L2TPv3 data message (RFC 3931, 4.1; the frame is a pseudowire's of RFC 4719):
 *
 *   over UDP                   T=0, version 3   4 bytes   0x00030000 (4.1.2.1)
 *   over IP, when received     the IPv4 header            (4.1.1)
 *   session                                     4 bytes
 *   cookie                                      0, 4 or 8 bytes
 *   counter                                     0 or 4 bytes: the L2-specific sublayer, as QEMU fills it (4.6)
 *   offset                                      as many bytes as both ends have agreed on
 */
#pragma once

#include "hvn-backend.h"

G_BEGIN_DECLS

typedef struct {
    gboolean udp;         /* over UDP; otherwise over IP itself */
    gboolean ipv6;        /* what is received over IP has no IP header in front */
    guint32  tx_session;
    guint32  rx_session;
    guint    cookie_len;  /* bytes: 0, 4 or 8 */
    guint64  tx_cookie;
    guint64  rx_cookie;
    gboolean has_counter;
    gboolean pin_counter; /* it is always 0 */
    guint32  counter;     /* of the frame that was sent last */
    guint    offset;      /* bytes */
} HvnL2tpv3Wire;

/* bytes that hvn_l2tpv3_wire_write() writes */
gsize
hvn_l2tpv3_wire_get_len(const HvnL2tpv3Wire *self);

/* the header of the frame that is sent after so many others that have not gone yet */
void
hvn_l2tpv3_wire_write(const HvnL2tpv3Wire *self, guint8 *header, guint ahead);

/* so many frames have gone */
void
hvn_l2tpv3_wire_sent(HvnL2tpv3Wire *self, guint n_frames);

/* whether what was received holds a frame for this session, and where that begins; otherwise why it is dropped */
gboolean
hvn_l2tpv3_wire_read(const HvnL2tpv3Wire *self, const guint8 *bytes, gsize len, gsize *frame_at, HvnBackendDrop *reason);

G_END_DECLS
