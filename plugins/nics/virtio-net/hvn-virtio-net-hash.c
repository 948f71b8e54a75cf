/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hash of a received frame (VIRTIO 1.2, 5.1.6.4.3): Toeplitz over addresses and ports, as far as the driver asked for it. It says which
 * receive queue the frame belongs to (RSS), and goes to the driver in the frame's header (HASH_REPORT). */
#include "hvn-virtio-net-nic.h"

#include "hvn-bytes.h"
#include "hvn-checksum.h"

#define HASH_HEAD      256 /* bytes that are looked at */
#define HASH_INPUT_MAX 36  /* two IPv6 addresses and two ports */
#define EXTENSIONS_MAX 8   /* headers, and options within one */
#define EXTENSION_MIN  8
#define IPV6_LEN       40

#define PROTOCOL_HOP_BY_HOP  0
#define PROTOCOL_TCP         6
#define PROTOCOL_UDP         17
#define PROTOCOL_ROUTING     43
#define PROTOCOL_FRAGMENT    44
#define PROTOCOL_DESTINATION 60

#define ROUTING_TYPE_2      2    /* RFC 6275, 6.4: a home address */
#define OPTION_PAD1         0
#define OPTION_HOME_ADDRESS 0xc9 /* RFC 6275, 6.3 */

/* what a hash is made of */
typedef struct {
    const guint8 *source;
    const guint8 *destination;
    const guint8 *ports; /* NULL when there are none, or not all of the frame's flow would have them */
    guint8        address_len;
    guint8        protocol;
    gboolean      extended;         /* IPv6 with an extension header */
    const guint8 *home_source;      /* as source, where an extension header says otherwise */
    const guint8 *home_destination;
} HashParts;

guint32
hvn_virtio_net_toeplitz(const guint8 *key, const guint8 *input, guint len)
{
    guint32 window = hvn_load_be32(key), result = 0;

    for (guint i = 0; i < len; i++) {
        for (guint bit = 0; bit < 8; bit++) {
            if (input[i] & 0x80 >> bit)
                result ^= window;
            window = window << 1 | (key[i + 4] >> (7 - bit) & 1);
        }
    }
    return result;
}

/* ---- IPv6 extension headers ---- */

/* RFC 8200, 4.2: the home address option among those of a destination header of @len bytes */
static const guint8 *
hvn_virtio_net_hash_find_home(const guint8 *header, gsize len)
{
    gsize at = 2;

    for (guint i = 0; i < EXTENSIONS_MAX && at + 2 <= len; i++) {
        if (header[at] == OPTION_PAD1) {
            at++;
            continue;
        }
        if (header[at] == OPTION_HOME_ADDRESS && header[at + 1] == 16 && at + 18 <= len)
            return header + at + 2;
        at += 2u + header[at + 1];
    }
    return NULL;
}

/* walks to the end of the extension headers; parts stay without ports where it gets lost, or in a fragment. HvnLayers is no help here: it
 * stops at a routing header that has not been through, which is what a home address comes in */
static void
hvn_virtio_net_hash_parse_ipv6(HashParts *parts, const guint8 *head, gsize len, gsize ip)
{
    guint8 next = head[ip + 6];
    gsize at = ip + IPV6_LEN;

    for (guint i = 0; i <= EXTENSIONS_MAX; i++) {
        const guint8 *header = head + at;
        gsize header_len;

        if (next == PROTOCOL_TCP || next == PROTOCOL_UDP) {
            parts->protocol = next;
            parts->ports = at + 4 <= len ? header : NULL;
            return;
        }
        if (next != PROTOCOL_HOP_BY_HOP && next != PROTOCOL_ROUTING && next != PROTOCOL_DESTINATION && next != PROTOCOL_FRAGMENT)
            return;
        parts->extended = TRUE;
        if (at + EXTENSION_MIN > len || next == PROTOCOL_FRAGMENT)
            return;
        header_len = (header[1] + 1u) * 8;
        if (header_len > len - at)
            return;
        if (next == PROTOCOL_ROUTING && header[2] == ROUTING_TYPE_2 && header_len == 24)
            parts->home_destination = header + 8;
        if (next == PROTOCOL_DESTINATION && parts->home_source == NULL)
            parts->home_source = hvn_virtio_net_hash_find_home(header, header_len);
        next = header[0];
        at += header_len;
    }
}

/* ---- parts of a frame ---- */

static void
hvn_virtio_net_hash_parse_ipv4(HashParts *parts, const guint8 *head, gsize len, const HvnLayers *layers)
{
    parts->protocol = layers->protocol;
    if (!layers->fragment && layers->l4_offset != 0 && layers->l4_offset + 4 <= len)
        parts->ports = head + layers->l4_offset;
}

static gboolean
hvn_virtio_net_hash_parse(HashParts *parts, const HvnFrame *frame, guint8 *head)
{
    gsize len = hvn_frame_copy(frame, 0, head, HASH_HEAD);
    gsize addresses;
    HvnLayers layers;

    memset(parts, 0, sizeof *parts);
    if (!hvn_layers_parse(head, len, frame->len, &layers))
        return FALSE;
    parts->address_len = layers.ip_version == 6 ? 16 : 4;
    addresses = layers.ip_offset + (layers.ip_version == 6 ? 8 : 12);
    if (addresses + 2u * parts->address_len > len)
        return FALSE;
    parts->source = head + addresses;
    parts->destination = parts->source + parts->address_len;
    if (layers.ip_version == 6)
        hvn_virtio_net_hash_parse_ipv6(parts, head, len, layers.ip_offset);
    else
        hvn_virtio_net_hash_parse_ipv4(parts, head, len, &layers);
    return TRUE;
}

/* ---- which hash ---- */

/* 5.1.6.4.3.2 to 5.1.6.4.3.4: the first of these that the driver enabled; 0 for none */
static guint32
hvn_virtio_net_hash_choose(const HashParts *parts, guint32 enabled)
{
    gboolean v6 = parts->address_len == 16;
    gboolean tcp = parts->ports != NULL && parts->protocol == PROTOCOL_TCP;
    gboolean udp = parts->ports != NULL && parts->protocol == PROTOCOL_UDP;
    const guint32 order[] = {
        parts->extended && tcp ? HVN_VIRTIO_NET_HASH_TYPE_TCP_EX : 0,
        parts->extended && udp ? HVN_VIRTIO_NET_HASH_TYPE_UDP_EX : 0,
        parts->extended ? HVN_VIRTIO_NET_HASH_TYPE_IP_EX : 0,
        tcp ? (v6 ? HVN_VIRTIO_NET_HASH_TYPE_TCPV6 : HVN_VIRTIO_NET_HASH_TYPE_TCPV4) : 0,
        udp ? (v6 ? HVN_VIRTIO_NET_HASH_TYPE_UDPV6 : HVN_VIRTIO_NET_HASH_TYPE_UDPV4) : 0,
        v6 ? HVN_VIRTIO_NET_HASH_TYPE_IPV6 : HVN_VIRTIO_NET_HASH_TYPE_IPV4,
    };

    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        if (order[i] & enabled)
            return order[i];
    }
    return 0;
}

void
hvn_virtio_net_hash(const HvnVirtioNetRss *rss, const HvnFrame *frame, HvnVirtioNetHash *hash)
{
    guint8 head[HASH_HEAD], input[HASH_INPUT_MAX];
    HashParts parts;
    guint32 type;
    guint len;

    *hash = (HvnVirtioNetHash){0, HVN_VIRTIO_NET_HASH_REPORT_NONE};
    if (!hvn_virtio_net_hash_parse(&parts, frame, head))
        return;
    type = hvn_virtio_net_hash_choose(&parts, rss->hash_types);
    if (type == 0)
        return;
    if (type & HVN_VIRTIO_NET_HASH_TYPES_EX) {
        parts.source = parts.home_source != NULL ? parts.home_source : parts.source;
        parts.destination = parts.home_destination != NULL ? parts.home_destination : parts.destination;
    }
    len = parts.address_len;
    memcpy(input, parts.source, len);
    memcpy(input + len, parts.destination, len);
    len *= 2;
    if (type & HVN_VIRTIO_NET_HASH_TYPES_PORTS) {
        memcpy(input + len, parts.ports, 4);
        len += 4;
    }
    hash->value = hvn_virtio_net_toeplitz(rss->key, input, len);
    hash->report = g_bit_nth_lsf(type, -1) + 1; /* 5.1.6.4.4: in the order of the types */
}
