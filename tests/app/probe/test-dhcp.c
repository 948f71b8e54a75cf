/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DHCP messages: what the client sends, what it makes of a server's reply, and of a reply that is broken. */
#include "hvn-bytes.h"
#include "hvn-probe-dhcp.h"

#define XID 0x01020304u

static const HvnMac mac = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}};

static const guint8 options[] = {
    53,  1,  5, 54, 4,    10, 0, 2,   2,    1,   4,   255, 255,  255,  0,   0, 0,   3,   4,   10,  0,   2,  2,   6,   8,
    10,  0,  2, 3,  10,   0,  2, 4,   51,   4,   0,   1,   0x51, 0x80, 12,  5, 'g', 'u', 'e', 's', 't', 15, 3,   'd', 'o',
    'm', 26, 2, 5,  0x78, 66, 4, 'b', 0x1b, 'o', 't', 119, 9,    1,    'a', 2, 'e', 'x', 0,   1,   'b', 0,  255,
};

static gsize
make_reply(guint8 *bytes)
{
    memset(bytes, 0, 240);
    bytes[0] = 2;
    hvn_store_be32(bytes + 4, XID);
    hvn_store_be32(bytes + 16, 0x0a00020f);
    hvn_store_be32(bytes + 20, 0x0a000202);
    memcpy(bytes + 28, mac.addr, 6);
    memset(bytes + 108, 'f', 128); /* a file name without an end */
    hvn_store_be32(bytes + 236, 0x63825363);
    memcpy(bytes + 240, options, sizeof options);
    return 240 + sizeof options;
}

static void
test_build(void)
{
    HvnProbeLease offer = {.address = 0x0a00020f, .server = 0x0a000202};
    guint8 bytes[300];

    g_assert_cmpuint(hvn_probe_dhcp_build(&mac, XID, NULL, bytes, sizeof bytes), ==, 300);
    g_assert_cmpuint(bytes[0], ==, 1);
    g_assert_cmphex(hvn_load_be32(bytes + 4), ==, XID);
    g_assert_cmpmem(bytes + 28, 6, mac.addr, 6);
    g_assert_cmphex(hvn_load_be32(bytes + 236), ==, 0x63825363);
    g_assert_cmpuint(bytes[242], ==, 1);
    g_assert_cmpuint(hvn_probe_dhcp_build(&mac, XID, &offer, bytes, sizeof bytes), ==, 300);
    g_assert_cmpuint(bytes[242], ==, 3);
    g_assert_cmpuint(bytes[243], ==, 50);
    g_assert_cmphex(hvn_load_be32(bytes + 245), ==, 0x0a00020f);
    g_assert_cmpuint(bytes[249], ==, 54);
    g_assert_cmphex(hvn_load_be32(bytes + 251), ==, 0x0a000202);
    g_assert_cmpuint(hvn_probe_dhcp_build(&mac, XID, NULL, bytes, 299), ==, 0);
}

static void
test_parse(void)
{
    guint8 bytes[600];
    gsize len = make_reply(bytes);
    HvnProbeLease lease;

    g_assert_true(hvn_probe_dhcp_parse(bytes, len, &mac, XID, &lease));
    g_assert_cmpuint(lease.type, ==, 5);
    g_assert_cmphex(lease.address, ==, 0x0a00020f);
    g_assert_cmphex(lease.next_server, ==, 0x0a000202);
    g_assert_cmphex(lease.server, ==, 0x0a000202);
    g_assert_cmphex(lease.mask, ==, 0xffffff00);
    g_assert_cmphex(lease.router, ==, 0x0a000202);
    g_assert_cmphex(lease.dns, ==, 0x0a000203);
    g_assert_cmpuint(lease.lease_s, ==, 86400);
    g_assert_cmpuint(lease.mtu, ==, 1400);
    g_assert_cmpstr(lease.hostname, ==, "guest");
    g_assert_cmpstr(lease.domain, ==, "dom");
    g_assert_cmpstr(lease.search, ==, "a.ex,b");
    g_assert_cmpstr(lease.tftp_name, ==, "b?ot");
    g_assert_cmpuint(strlen(lease.bootfile), ==, 128);
}

static void
test_not_ours(void)
{
    const struct {
        guint  at;
        guint8 value;
    } changes[] = {{0, 1}, {4, 9}, {28, 9}, {236, 0}};

    for (guint i = 0; i < G_N_ELEMENTS(changes); i++) {
        guint8 bytes[600];
        gsize len = make_reply(bytes);
        HvnProbeLease lease;

        bytes[changes[i].at] = changes[i].value;
        g_assert_false(hvn_probe_dhcp_parse(bytes, len, &mac, XID, &lease));
    }
}

/* any cut: accepted or not, nothing behind the end is read (the copy ends where the message does) */
static void
test_cut(void)
{
    guint8 whole[600];
    gsize whole_len = make_reply(whole);

    for (gsize len = 0; len < whole_len; len++) {
        g_autofree guint8 *bytes = g_memdup2(whole, len);
        HvnProbeLease lease;

        if (hvn_probe_dhcp_parse(bytes, len, &mac, XID, &lease))
            g_assert_cmpuint(len, >, 242);
    }
    whole[241] = 255; /* the first option claims more than there is */
    {
        HvnProbeLease lease;

        g_assert_false(hvn_probe_dhcp_parse(whole, whole_len, &mac, XID, &lease));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/dhcp/build", test_build);
    g_test_add_func("/app/probe/dhcp/parse", test_parse);
    g_test_add_func("/app/probe/dhcp/not-ours", test_not_ours);
    g_test_add_func("/app/probe/dhcp/cut", test_cut);
    return g_test_run();
}
