/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libslirp has no per-path MTU: with large frames its own MTU is HVN_USER_LARGE_MTU, and it never fragments IPv6. Both are put right here, on
 * the way from libslirp to the queue. */
#include "hvn-user-shape.h"

#include <string.h>

#include "hvn-bytes.h"
#include "hvn-frame.h"

#define IP4_DF     0x4000
#define IP4_MF     0x2000
#define IP4_OFFSET 0x1fff

#define IP6_HEADER_LEN   40
#define IP6_FRAGMENT     44
#define IP6_FRAGMENT_LEN 8

#define ICMP6            58
#define ICMP6_RA         134
#define ICMP6_RA_LEN     16
#define NDP_OPTION_MTU   5
#define DHCP_FIXED_LEN   240 /* with the magic cookie */
#define DHCP_OPTION_MTU  26
#define DHCP_OPTION_TYPE 53
#define DHCP_OPTION_PAD  0
#define DHCP_OPTION_END  255

static gboolean
hvn_user_shape_fragment4(const guint8 *frame, const HvnLayers *layers, guint mtu, guint8 *scratch, HvnUserShapeFunc emit,
                         gpointer data)
{
    const guint8 *ip = frame + layers->ip_offset;
    gsize header_len = (gsize)(ip[0] & 15) * 4, total = hvn_load_be16(ip + 2);
    guint16 flags = hvn_load_be16(ip + 6);
    gsize payload_len = total - header_len, most, prefix = layers->ip_offset + header_len;

    if ((flags & IP4_DF) != 0 || total < header_len || mtu < header_len + 8)
        return FALSE;
    most = (mtu - header_len) & ~(gsize)7;
    if ((flags & IP4_OFFSET) + payload_len / 8 > IP4_OFFSET)
        return FALSE;
    for (gsize done = 0; done < payload_len; done += most) {
        gsize part = MIN(most, payload_len - done);
        gboolean more = done + part < payload_len || (flags & IP4_MF) != 0;
        guint8 *out = scratch + layers->ip_offset;

        memcpy(scratch, frame, prefix);
        memcpy(scratch + prefix, ip + header_len + done, part);
        hvn_store_be16(out + 2, (guint16)(header_len + part));
        hvn_store_be16(out + 6, (guint16)((more ? IP4_MF : 0) | ((flags & IP4_OFFSET) + done / 8)));
        hvn_store_be16(out + 10, 0);
        hvn_store_be16(out + 10, (guint16)~hvn_checksum_fold(hvn_checksum_add(0, out, header_len)));
        emit(scratch, prefix + part, data);
    }
    return TRUE;
}

static gboolean
hvn_user_shape_fragment6(const guint8 *frame, const HvnLayers *layers, guint mtu, guint32 id, guint8 *scratch,
                         HvnUserShapeFunc emit, gpointer data)
{
    const guint8 *ip = frame + layers->ip_offset;
    gsize payload_len = hvn_load_be16(ip + 4), prefix = layers->ip_offset + IP6_HEADER_LEN;
    gsize most = (mtu - IP6_HEADER_LEN - IP6_FRAGMENT_LEN) & ~(gsize)7;

    /* what libslirp sends has no extension header; a packet that has one is none of its own */
    if (mtu < IP6_HEADER_LEN + IP6_FRAGMENT_LEN + 8 || (ip[6] != 6 && ip[6] != 17 && ip[6] != ICMP6))
        return FALSE;
    for (gsize done = 0; done < payload_len; done += most) {
        gsize part = MIN(most, payload_len - done);
        guint8 *out = scratch + layers->ip_offset;

        memcpy(scratch, frame, prefix);
        hvn_store_be16(out + 4, (guint16)(IP6_FRAGMENT_LEN + part));
        out[6] = IP6_FRAGMENT;
        out[IP6_HEADER_LEN] = ip[6];
        out[IP6_HEADER_LEN + 1] = 0;
        hvn_store_be16(out + IP6_HEADER_LEN + 2, (guint16)(done | (done + part < payload_len ? 1 : 0)));
        hvn_store_be32(out + IP6_HEADER_LEN + 4, id);
        memcpy(out + IP6_HEADER_LEN + IP6_FRAGMENT_LEN, ip + IP6_HEADER_LEN + done, part);
        emit(scratch, prefix + IP6_FRAGMENT_LEN + part, data);
    }
    return TRUE;
}

gboolean
hvn_user_shape_fragment(const guint8 *frame, const HvnLayers *layers, guint mtu, guint32 id, guint8 *scratch,
                        HvnUserShapeFunc emit, gpointer data)
{
    if (layers->ip_version == 4)
        return hvn_user_shape_fragment4(frame, layers, mtu, scratch, emit, data);
    return layers->ip_version == 6 && hvn_user_shape_fragment6(frame, layers, mtu, id, scratch, emit, data);
}

static gboolean
hvn_user_shape_is_ra(const guint8 *frame, gsize len, const HvnLayers *layers)
{
    const guint8 *ip = frame + layers->ip_offset;

    return layers->ip_version == 6 && ip[6] == ICMP6 && len >= layers->ip_offset + IP6_HEADER_LEN + ICMP6_RA_LEN &&
           hvn_load_be16(ip + 4) >= ICMP6_RA_LEN && ip[IP6_HEADER_LEN] == ICMP6_RA;
}

static gboolean
hvn_user_shape_is_dhcp(const guint8 *frame, gsize len, const HvnLayers *layers)
{
    const guint8 *udp = frame + layers->l4_offset;

    return layers->ip_version == 4 && layers->protocol == 17 && !layers->fragment && layers->l4_offset != 0 &&
           len >= layers->l4_offset + layers->l4_len && layers->l4_len > 8 + DHCP_FIXED_LEN && hvn_load_be16(udp) == 67 &&
           hvn_load_be16(udp + 2) == 68 && hvn_load_be32(udp + 8 + DHCP_FIXED_LEN - 4) == 0x63825363;
}

gboolean
hvn_user_shape_advertises_mtu(const guint8 *frame, gsize len, const HvnLayers *layers)
{
    return hvn_user_shape_is_ra(frame, len, layers) || hvn_user_shape_is_dhcp(frame, len, layers);
}

/* RFC 4861, 4.6.4 */
static gsize
hvn_user_shape_ra_mtu(guint8 *frame, gsize len, const HvnLayers *layers, guint mtu, gboolean add)
{
    guint8 *ip = frame + layers->ip_offset, *icmp = ip + IP6_HEADER_LEN;
    gsize icmp_len = MIN((gsize)hvn_load_be16(ip + 4), len - layers->ip_offset - IP6_HEADER_LEN), at = ICMP6_RA_LEN;
    guint64 sum;

    while (at + 8 <= icmp_len && icmp[at] != NDP_OPTION_MTU && icmp[at + 1] != 0)
        at += (gsize)icmp[at + 1] * 8;
    if (at + 8 <= icmp_len && icmp[at] == NDP_OPTION_MTU && icmp[at + 1] == 1) {
        hvn_store_be32(icmp + at + 4, MIN(mtu, hvn_load_be32(icmp + at + 4)));
    } else if (add && at == icmp_len) {
        const guint8 option[4] = {NDP_OPTION_MTU, 1, 0, 0};

        memcpy(icmp + at, option, sizeof option);
        hvn_store_be32(icmp + at + 4, mtu);
        icmp_len += 8;
        hvn_store_be16(ip + 4, (guint16)icmp_len);
        len = layers->ip_offset + IP6_HEADER_LEN + icmp_len;
    } else {
        return len;
    }
    hvn_store_be16(icmp + 2, 0);
    sum = hvn_checksum_add(hvn_checksum_pseudo(ip, 6, ICMP6, (guint32)icmp_len), icmp, icmp_len);
    hvn_store_be16(icmp + 2, (guint16)~hvn_checksum_fold(sum));
    return len;
}

/* RFC 2132, 5.1; libslirp pads its replies, so the option takes the place of the end and of padding behind it */
static void
hvn_user_shape_dhcp_mtu(guint8 *frame, const HvnLayers *layers, guint mtu, gboolean add)
{
    guint8 *udp = frame + layers->l4_offset, type = 0;
    gsize at = 8 + DHCP_FIXED_LEN;
    guint16 sum;

    while (at + 2 <= layers->l4_len && udp[at] != DHCP_OPTION_END && udp[at] != DHCP_OPTION_MTU) {
        if (udp[at] == DHCP_OPTION_PAD) {
            at++;
            continue;
        }
        if (udp[at] == DHCP_OPTION_TYPE && at + 3 <= layers->l4_len)
            type = udp[at + 2];
        at += 2 + (gsize)udp[at + 1];
    }
    /* 2 is an offer, 5 an acknowledgement */
    if (!add || at + 5 > layers->l4_len || udp[at] != DHCP_OPTION_END || (type != 2 && type != 5))
        return;
    udp[at] = DHCP_OPTION_MTU;
    udp[at + 1] = 2;
    hvn_store_be16(udp + at + 2, (guint16)mtu);
    udp[at + 4] = DHCP_OPTION_END;
    if (hvn_load_be16(udp + 6) == 0)
        return;
    hvn_store_be16(udp + 6, 0);
    sum = (guint16)~hvn_checksum_fold(
        hvn_checksum_add(hvn_checksum_pseudo(frame + layers->ip_offset, 4, 17, (guint32)layers->l4_len), udp, layers->l4_len));
    hvn_store_be16(udp + 6, sum != 0 ? sum : 0xffff);
}

gsize
hvn_user_shape_advertise_mtu(guint8 *frame, gsize len, const HvnLayers *layers, guint mtu, gboolean add)
{
    if (hvn_user_shape_is_ra(frame, len, layers))
        return hvn_user_shape_ra_mtu(frame, len, layers, mtu, add);
    hvn_user_shape_dhcp_mtu(frame, layers, mtu, add);
    return len;
}
