/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers written and read; see hvn-l2tpv3-wire.h. The counter of what is received is not looked at: a frame that comes late or twice is a frame, as it
 * is on a cable, and QEMU does the same. */
#include "hvn-l2tpv3-wire.h"

#include <string.h>

#include "hvn-bytes.h"

#define UDP_HEADER      0x00030000 /* RFC 3931, 4.1.2.1: a data message of version 3 */
#define UDP_MASK        0x800f0000 /* T and the version; what is reserved is not looked at */
#define IPV4_HEADER_LEN 20

gsize
hvn_l2tpv3_wire_get_len(const HvnL2tpv3Wire *self)
{
    return (self->udp ? 4 : 0) + 4 + self->cookie_len + (self->has_counter ? 4 : 0) + self->offset;
}

static void
hvn_l2tpv3_wire_store_cookie(guint8 *bytes, guint64 cookie, guint len)
{
    for (guint i = 0; i < len; i += 4)
        hvn_store_be32(bytes + i, cookie >> 8 * (len - 4 - i));
}

static guint64
hvn_l2tpv3_wire_load_cookie(const guint8 *bytes, guint len)
{
    guint64 cookie = 0;

    for (guint i = 0; i < len; i += 4)
        cookie = cookie << 32 | hvn_load_be32(bytes + i);
    return cookie;
}

void
hvn_l2tpv3_wire_write(const HvnL2tpv3Wire *self, guint8 *header, guint ahead)
{
    if (self->udp) {
        hvn_store_be32(header, UDP_HEADER);
        header += 4;
    }
    hvn_store_be32(header, self->tx_session);
    header += 4;
    hvn_l2tpv3_wire_store_cookie(header, self->tx_cookie, self->cookie_len);
    header += self->cookie_len;
    if (self->has_counter) {
        hvn_store_be32(header, self->pin_counter ? 0 : self->counter + 1 + ahead);
        header += 4;
    }
    memset(header, 0, self->offset);
}

void
hvn_l2tpv3_wire_sent(HvnL2tpv3Wire *self, guint n_frames)
{
    self->counter += n_frames;
}

/* where the message begins behind the IP header, whose length the sender chooses; 0 when there is none to be seen */
static gsize
hvn_l2tpv3_wire_skip_ip(const guint8 *bytes, gsize len)
{
    gsize header_len = len > 0 ? (bytes[0] & 0xf) * 4 : 0;

    return header_len >= IPV4_HEADER_LEN && header_len <= len ? header_len : 0;
}

gboolean
hvn_l2tpv3_wire_read(const HvnL2tpv3Wire *self, const guint8 *bytes, gsize len, gsize *frame_at, HvnBackendDrop *reason)
{
    gsize at = 0, header_len = hvn_l2tpv3_wire_get_len(self);

    *reason = HVN_BACKEND_DROP_MALFORMED;
    if (!self->udp && !self->ipv6) {
        at = hvn_l2tpv3_wire_skip_ip(bytes, len);
        if (at == 0)
            return FALSE;
    }
    if (len == at)
        *reason = HVN_BACKEND_DROP_EMPTY;
    if (len - at < header_len)
        return FALSE;
    *frame_at = at + header_len;
    if (self->udp) {
        if ((hvn_load_be32(bytes + at) & UDP_MASK) != UDP_HEADER)
            return FALSE;
        at += 4;
    }
    *reason = HVN_BACKEND_DROP_SESSION;
    if (hvn_load_be32(bytes + at) != self->rx_session)
        return FALSE;
    at += 4;
    *reason = HVN_BACKEND_DROP_COOKIE;
    if (self->cookie_len != 0 && hvn_l2tpv3_wire_load_cookie(bytes + at, self->cookie_len) != self->rx_cookie)
        return FALSE;
    *reason = HVN_BACKEND_DROP_EMPTY;
    return *frame_at < len;
}
