/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Frames for tests: Ethernet, VLAN, IPv4, IPv6, TCP, UDP, built byte by byte with right checksums, and a slow, obvious checksum to hold
 * the fast one against. */
#pragma once

#include "hvn-frame.h"

G_BEGIN_DECLS

/**
 * HvnTestFrame:
 *
 * What to build. Zero means a plain default: addresses 52:54:00:12:34:56 to 52:55:0a:00:02:02, 10.0.2.15 to 10.0.2.2 (fec0::15 to fec0::2),
 * ports 1000 to 2000.
 */
typedef struct {
    guint8  dst[6];
    guint8  src[6];
    guint16 vlan;          /* tag control information; 0 for no tag */
    guint   ip_version;    /* 4, 6; 0 for a raw frame of type ether_type */
    guint16 ether_type;    /* when ip_version is 0 */
    guint8  protocol;      /* 6 or 17 */
    guint16 src_port;
    guint16 dst_port;
    guint32 tcp_seq;
    guint8  tcp_flags;
    guint   ip_options;    /* bytes of IPv4 options, a multiple of 4, up to 40 */
    gsize   payload_len;   /* bytes of a counting pattern */
    gboolean bad_ip_csum;
    gboolean bad_l4_csum;
    gboolean partial_csum; /* leave the pseudo header's sum, as for HVN_OFFLOAD_NEEDS_CSUM */
} HvnTestFrame;

/* (transfer full): the frame's bytes */
GByteArray *
hvn_test_frame_build(const HvnTestFrame *spec);

/* sum of 16-bit big-endian words, folded and complemented, the slow way */
guint16
hvn_test_checksum(gconstpointer data, gsize len, guint32 initial);

G_END_DECLS
