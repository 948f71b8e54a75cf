/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fuzzes the reader of L2TPv3 headers: whatever comes, nothing behind it is read, what is found is a frame of this session, and it is found whatever its
 * header says in the fields that are not looked at. The first bytes decide the fields. */
#include <stdint.h>
#include <string.h>

#include "hvn-bytes.h"
#include "hvn-l2tpv3-wire.h"

#define FIELDS 3

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static HvnL2tpv3Wire
fuzz_l2tpv3_fields(const uint8_t *data)
{
    return (HvnL2tpv3Wire){
        .udp = data[0] & 1,
        .ipv6 = data[0] & 2,
        .cookie_len = MIN(data[0] >> 2 & 3, 2) * 4,
        .has_counter = data[0] & 16,
        .offset = data[1],
        .rx_session = data[2],
        .rx_cookie = data[2],
    };
}

/* a message that our own writer makes is read */
static void
fuzz_l2tpv3_round(const HvnL2tpv3Wire *wire, const uint8_t *data, size_t size)
{
    HvnL2tpv3Wire writer = *wire;
    gsize ip_len = wire->udp || wire->ipv6 ? 0 : 20, len = hvn_l2tpv3_wire_get_len(wire), at;
    g_autofree guint8 *bytes = g_malloc0(ip_len + len + size);
    HvnBackendDrop reason;

    writer.tx_session = wire->rx_session;
    writer.tx_cookie = wire->rx_cookie;
    bytes[0] = 0x45;
    hvn_l2tpv3_wire_write(&writer, bytes + ip_len, size);
    memcpy(bytes + ip_len + len, data, size);
    g_assert_true(hvn_l2tpv3_wire_read(wire, bytes, ip_len + len + size, &at, &reason) == (size > 0));
    g_assert_true(size == 0 || at == ip_len + len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree guint8 *copy = NULL;
    HvnBackendDrop reason = HVN_BACKEND_DROP_NO_PEER;
    HvnL2tpv3Wire wire;
    gsize at = 0;

    if (size < FIELDS)
        return 0;
    wire = fuzz_l2tpv3_fields(data);
    data += FIELDS;
    size -= FIELDS;
    copy = g_malloc(MAX(size, 1));
    memcpy(copy, data, size);
    if (hvn_l2tpv3_wire_read(&wire, copy, size, &at, &reason)) {
        gsize header_len = hvn_l2tpv3_wire_get_len(&wire), skipped = at - header_len;

        g_assert_true(at >= header_len && at < size);
        g_assert_true(skipped == (wire.udp || wire.ipv6 ? 0u : (copy[0] & 0xfu) * 4));
        g_assert_true(hvn_load_be32(copy + skipped + (wire.udp ? 4 : 0)) == wire.rx_session);
    } else {
        g_assert_true(reason == HVN_BACKEND_DROP_EMPTY || reason == HVN_BACKEND_DROP_MALFORMED || reason == HVN_BACKEND_DROP_SESSION ||
                      reason == HVN_BACKEND_DROP_COOKIE);
    }
    fuzz_l2tpv3_round(&wire, data, size);
    return 0;
}
