/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* L2TPv3 headers (hvn-l2tpv3-wire.c): the bytes of each combination of fields, both ways, and everything that is no frame for this session. */
#include "hvn-l2tpv3-wire.h"

#include <string.h>

static const HvnL2tpv3Wire everything = {
    .udp = TRUE,
    .tx_session = 0x01020304,
    .rx_session = 0x11121314,
    .cookie_len = 8,
    .tx_cookie = G_GUINT64_CONSTANT(0x2122232425262728),
    .rx_cookie = G_GUINT64_CONSTANT(0x3132333435363738),
    .has_counter = TRUE,
    .offset = 3,
};

static void
assert_written(const HvnL2tpv3Wire *wire, guint ahead, const char *expected, gsize len)
{
    guint8 bytes[300];

    memset(bytes, 0xee, sizeof bytes);
    hvn_l2tpv3_wire_write(wire, bytes, ahead);
    g_assert_cmpmem(bytes, hvn_l2tpv3_wire_get_len(wire), expected, len);
    g_assert_cmpuint(bytes[len], ==, 0xee);
}

static void
test_written(void)
{
    HvnL2tpv3Wire wire = {.tx_session = 7};

    assert_written(&wire, 0, "\0\0\0\7", 4);
    wire.udp = TRUE;
    assert_written(&wire, 0, "\0\3\0\0\0\0\0\7", 8);
    wire.cookie_len = 4;
    wire.tx_cookie = 0xfffefdfc;
    assert_written(&wire, 0, "\0\3\0\0\0\0\0\7\xff\xfe\xfd\xfc", 12);
    wire = everything;
    assert_written(&wire, 0, "\0\3\0\0\1\2\3\4!\"#$%&'(\0\0\0\1\0\0\0", 23);
}

/* each frame has the number after that of the one before, also where the rest of a batch is sent later */
static void
test_counter(void)
{
    HvnL2tpv3Wire wire = {.has_counter = TRUE};

    assert_written(&wire, 0, "\0\0\0\0\0\0\0\1", 8);
    assert_written(&wire, 2, "\0\0\0\0\0\0\0\3", 8);
    hvn_l2tpv3_wire_sent(&wire, 2);
    assert_written(&wire, 0, "\0\0\0\0\0\0\0\3", 8);
    wire.counter = G_MAXUINT32;
    assert_written(&wire, 0, "\0\0\0\0\0\0\0\0", 8);
    wire.pin_counter = TRUE;
    assert_written(&wire, 5, "\0\0\0\0\0\0\0\0", 8);
}

static void
assert_dropped(const HvnL2tpv3Wire *wire, const char *bytes, gsize len, HvnBackendDrop expected)
{
    HvnBackendDrop reason = HVN_BACKEND_DROP_NO_PEER;
    /* of this length and no more, so that a sanitizer sees what is read behind it */
    g_autofree guint8 *copy = g_malloc(MAX(len, 1));
    gsize at;

    memcpy(copy, bytes, len);
    g_assert_false(hvn_l2tpv3_wire_read(wire, copy, len, &at, &reason));
    g_assert_cmpint(reason, ==, expected);
}

static void
assert_read(const HvnL2tpv3Wire *wire, const char *bytes, gsize len, gsize expected)
{
    HvnBackendDrop reason;
    gsize at;

    g_assert_true(hvn_l2tpv3_wire_read(wire, (const guint8 *)bytes, len, &at, &reason));
    g_assert_cmpuint(at, ==, expected);
}

static void
test_read_udp(void)
{
    static const char good[] = "\0\3\0\0\x11\x12\x13\x14"
                               "12345678....***frame";
    char bytes[sizeof good];

    assert_read(&everything, good, sizeof good - 1, 23);
    /* what is reserved, the counter and the offset may be anything */
    memcpy(bytes, good, sizeof good);
    bytes[0] = 0x7f;
    bytes[2] = bytes[3] = bytes[16] = bytes[20] = 0x55;
    assert_read(&everything, bytes, sizeof good - 1, 23);
    for (gsize len = 1; len < 23; len++)
        assert_dropped(&everything, good, len, HVN_BACKEND_DROP_MALFORMED);
    assert_dropped(&everything, good, 0, HVN_BACKEND_DROP_EMPTY);
    assert_dropped(&everything, good, 23, HVN_BACKEND_DROP_EMPTY);
    for (gsize i = 0; i < 16; i++) {
        memcpy(bytes, good, sizeof good);
        bytes[i] ^= 0x81;
        if (i < 2)
            assert_dropped(&everything, bytes, sizeof good - 1, HVN_BACKEND_DROP_MALFORMED);
        else if (i >= 4)
            assert_dropped(&everything, bytes, sizeof good - 1, i < 8 ? HVN_BACKEND_DROP_SESSION : HVN_BACKEND_DROP_COOKIE);
    }
}

/* IPv4 comes with its header, whose length the sender chooses; IPv6 without */
static void
test_read_ip(void)
{
    HvnL2tpv3Wire wire = {.rx_session = 7};
    char bytes[100] = "\x45";

    bytes[23] = bytes[27] = 7;
    assert_read(&wire, bytes, 30, 24);
    bytes[0] = 0x46;
    assert_read(&wire, bytes, 30, 28);
    for (gsize len = 0; len < 24; len++)
        assert_dropped(&wire, bytes, len, HVN_BACKEND_DROP_MALFORMED);
    assert_dropped(&wire, bytes, 24, HVN_BACKEND_DROP_EMPTY);
    bytes[0] = 0x4f;
    assert_dropped(&wire, bytes, 59, HVN_BACKEND_DROP_MALFORMED);
    assert_dropped(&wire, bytes, 70, HVN_BACKEND_DROP_SESSION);
    for (guint words = 0; words < 5; words++) {
        bytes[0] = 0x40 + words;
        assert_dropped(&wire, bytes, 70, HVN_BACKEND_DROP_MALFORMED);
    }
    wire.ipv6 = TRUE;
    assert_read(&wire, "\0\0\0\7frame", 9, 4);
    assert_dropped(&wire, "\0\0\0\0frame", 9, HVN_BACKEND_DROP_SESSION);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/l2tpv3/wire/written", test_written);
    g_test_add_func("/l2tpv3/wire/counter", test_counter);
    g_test_add_func("/l2tpv3/wire/read-udp", test_read_udp);
    g_test_add_func("/l2tpv3/wire/read-ip", test_read_ip);
    return g_test_run();
}
