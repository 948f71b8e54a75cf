/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the layers of a frame (HvnLayers, declared beside the checksums that need them). The bytes come from a guest or from
 * a peer: each length is checked against the bytes at hand before it is used, and each loop has a fixed end. */
#include "hvn-checksum.h"

#include "hvn-bytes.h"

#define HVN_LAYERS_HEAD_MAX     256
#define HVN_LAYERS_VLAN_MAX     2
#define HVN_LAYERS_IPV6_EXT_MAX 8

#define HVN_ETHER_TYPE_IPV4 0x0800
#define HVN_ETHER_TYPE_IPV6 0x86dd
#define HVN_ETHER_TYPE_VLAN 0x8100 /* IEEE 802.1Q, customer tag */
#define HVN_ETHER_TYPE_QINQ 0x88a8 /* IEEE 802.1ad, service tag */

#define HVN_PROTOCOL_HOP_BY_HOP   0
#define HVN_PROTOCOL_TCP          6
#define HVN_PROTOCOL_UDP          17
#define HVN_PROTOCOL_ROUTING      43
#define HVN_PROTOCOL_FRAGMENT     44
#define HVN_PROTOCOL_AUTH         51
#define HVN_PROTOCOL_DESTINATION  60
#define HVN_PROTOCOL_MOBILITY     135

/* TCP and UDP: the header must lie in the bytes at hand to have a payload behind it */
static void
hvn_layers_parse_l4(const guint8 *head, gsize head_len, HvnLayers *layers, gsize offset, gsize len)
{
    gsize header_len;

    if (layers->protocol != HVN_PROTOCOL_TCP && layers->protocol != HVN_PROTOCOL_UDP)
        return;
    if (len == 0 || offset >= head_len)
        return;
    layers->l4_offset = offset;
    layers->l4_len = len;

    if (layers->protocol == HVN_PROTOCOL_UDP) {
        header_len = 8;
    } else {
        if (head_len - offset < 20)
            return;
        header_len = (head[offset + 12] >> 4) * 4u;
        if (header_len < 20)
            return;
    }
    if (header_len <= len && header_len <= head_len - offset)
        layers->payload_offset = offset + header_len;
}

static gboolean
hvn_layers_parse_ipv4(const guint8 *head, gsize head_len, gsize frame_len, HvnLayers *layers)
{
    gsize offset = layers->ip_offset;
    gsize header_len, total_len;
    guint16 fragment;

    if (head_len - offset < 20)
        return FALSE;
    header_len = (head[offset] & 15) * 4u;
    total_len = hvn_load_be16(head + offset + 2);
    fragment = hvn_load_be16(head + offset + 6);
    if (head[offset] >> 4 != 4 || header_len < 20 || header_len > head_len - offset)
        return FALSE;
    if (total_len < header_len || total_len > frame_len - offset)
        return FALSE;

    layers->ip_version = 4;
    layers->protocol = head[offset + 9];
    layers->fragment = (fragment & 0x3fff) != 0; /* more fragments, or an offset */
    if ((fragment & 0x1fff) == 0)
        hvn_layers_parse_l4(head, head_len, layers, offset + header_len, total_len - header_len);
    return TRUE;
}

/* length of the extension header at @ext, or 0 when @next is none (RFC 8200, 4; RFC 4302, 2.2 for AH) */
static gsize
hvn_layers_ipv6_ext_len(guint8 next, const guint8 *ext)
{
    switch (next) {
    case HVN_PROTOCOL_HOP_BY_HOP:
    case HVN_PROTOCOL_ROUTING:
    case HVN_PROTOCOL_DESTINATION:
    case HVN_PROTOCOL_MOBILITY:
        return (ext[1] + 1u) * 8;
    case HVN_PROTOCOL_FRAGMENT:
        return 8;
    case HVN_PROTOCOL_AUTH:
        return (ext[1] + 2u) * 4;
    default:
        return 0;
    }
}

/* walks the extension headers between @offset and @end; leaves the protocol 0 where it gets lost */
static void
hvn_layers_parse_ipv6_ext(const guint8 *head, gsize head_len, HvnLayers *layers, guint8 next, gsize offset, gsize end)
{
    for (guint i = 0; i <= HVN_LAYERS_IPV6_EXT_MAX; i++) {
        static const guint8 none[8];
        gboolean at_hand = offset + 8 <= head_len && offset + 8 <= end;
        gsize len = hvn_layers_ipv6_ext_len(next, at_hand ? head + offset : none);

        if (len == 0) {
            layers->protocol = next;
            hvn_layers_parse_l4(head, head_len, layers, offset, end - offset);
            return;
        }
        if (!at_hand || len > end - offset || len > head_len - offset)
            return;
        if (next == HVN_PROTOCOL_FRAGMENT && (hvn_load_be16(head + offset + 2) & 0xfff9) != 0) {
            layers->fragment = TRUE;
            if ((hvn_load_be16(head + offset + 2) & 0xfff8) != 0) {
                layers->protocol = head[offset];
                return;
            }
        }
        /* on its way through routers the header's destination is not the one that the checksum covers */
        if (next == HVN_PROTOCOL_ROUTING && head[offset + 3] != 0)
            return;
        next = head[offset];
        offset += len;
    }
}

static gboolean
hvn_layers_parse_ipv6(const guint8 *head, gsize head_len, gsize frame_len, HvnLayers *layers)
{
    gsize offset = layers->ip_offset;
    gsize payload_len;

    if (head_len - offset < 40 || head[offset] >> 4 != 6)
        return FALSE;
    payload_len = hvn_load_be16(head + offset + 4);
    if (payload_len > frame_len - offset - 40)
        return FALSE;

    layers->ip_version = 6;
    hvn_layers_parse_ipv6_ext(head, head_len, layers, head[offset + 6], offset + 40, offset + 40 + payload_len);
    return TRUE;
}

gboolean
hvn_layers_parse(const guint8 *head, gsize head_len, gsize frame_len, HvnLayers *layers)
{
    gsize offset = 12;
    guint16 ether_type;

    *layers = (HvnLayers){0};
    head_len = MIN(MIN(head_len, frame_len), HVN_LAYERS_HEAD_MAX);
    if (head_len < HVN_ETHER_HEADER_LEN)
        return FALSE;

    ether_type = hvn_load_be16(head + offset);
    while ((ether_type == HVN_ETHER_TYPE_VLAN || ether_type == HVN_ETHER_TYPE_QINQ) && layers->n_vlan < HVN_LAYERS_VLAN_MAX) {
        offset += 4;
        if (head_len < offset + 2)
            return FALSE;
        layers->n_vlan++;
        ether_type = hvn_load_be16(head + offset);
    }
    layers->ip_offset = offset + 2;
    if (ether_type == HVN_ETHER_TYPE_IPV4 && hvn_layers_parse_ipv4(head, head_len, frame_len, layers))
        return TRUE;
    if (ether_type == HVN_ETHER_TYPE_IPV6 && hvn_layers_parse_ipv6(head, head_len, frame_len, layers))
        return TRUE;
    layers->ip_offset = 0;
    return FALSE;
}
