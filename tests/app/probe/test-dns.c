/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* DNS messages: a question as it goes out, answers that are right, and answers that nobody should send. */
#include "hvn-probe-dns.h"

#include <string.h>

static const guint8 answer[] = {
    0x12, 0x34, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0,                   /* header: response, two answers */
    4, 'h', 'o', 's', 't', 2, 'e', 'x', 0, 0, 1, 0, 1,                /* host.ex, A, IN */
    0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, 'a', 0xc0, 17,         /* CNAME a.ex */
    1, 'a', 0xc0, 17, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 7,     /* A 192.0.2.7 */
};

static void
test_query(void)
{
    static const guint8 want[] = {0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4, 'h', 'o', 's', 't', 2, 'e', 'x', 0, 0, 1, 0, 1};
    g_autofree char *label = g_strnfill(64, 'x');
    guint8 bytes[300];

    g_assert_cmpuint(hvn_probe_dns_build_query(0xabcd, "host.ex", bytes, sizeof bytes), ==, sizeof want);
    g_assert_cmpmem(bytes, sizeof want, want, sizeof want);
    g_assert_cmpuint(hvn_probe_dns_build_query(1, "host.ex", bytes, sizeof want - 1), ==, 0);
    g_assert_cmpuint(hvn_probe_dns_build_query(1, "", bytes, sizeof bytes), ==, 0);
    g_assert_cmpuint(hvn_probe_dns_build_query(1, "a..b", bytes, sizeof bytes), ==, 0);
    g_assert_cmpuint(hvn_probe_dns_build_query(1, label, bytes, sizeof bytes), ==, 0);
}

static void
test_answer(void)
{
    HvnProbeDnsAnswer got;
    guint8 bytes[sizeof answer];

    g_assert_true(hvn_probe_dns_parse(answer, sizeof answer, 0x1234, &got));
    g_assert_cmpuint(got.rcode, ==, 0);
    g_assert_cmpuint(got.n_answers, ==, 2);
    g_assert_cmphex(got.address, ==, 0xc0000207);
    g_assert_false(hvn_probe_dns_parse(answer, sizeof answer, 0x1235, &got));
    memcpy(bytes, answer, sizeof bytes);
    bytes[2] = 0x01; /* a question is no answer */
    g_assert_false(hvn_probe_dns_parse(bytes, sizeof bytes, 0x1234, &got));
    bytes[2] = 0x81;
    bytes[3] = 0x83;
    g_assert_true(hvn_probe_dns_parse(bytes, sizeof bytes, 0x1234, &got));
    g_assert_cmpstr(hvn_probe_dns_rcode_to_string(got.rcode), ==, "no such name");
}

/* every cut is refused and nothing behind the end is read (the copy ends where the message does) */
static void
test_cut(void)
{
    for (gsize len = 0; len < sizeof answer; len++) {
        g_autofree guint8 *bytes = g_memdup2(answer, len);
        HvnProbeDnsAnswer got;

        g_assert_false(hvn_probe_dns_parse(bytes, len, 0x1234, &got));
    }
}

static void
test_pointer_loop(void)
{
    static const guint8 self[] = {0xc0, 0};
    static const guint8 pair[] = {1, 'a', 0xc0, 4, 0xc0, 2};
    char name[HVN_PROBE_DNS_NAME_MAX];
    gsize at = 0;

    g_assert_false(hvn_probe_dns_read_name(self, sizeof self, &at, name));
    at = 0;
    g_assert_false(hvn_probe_dns_read_name(pair, sizeof pair, &at, name));
}

static void
test_long_name(void)
{
    g_autofree guint8 *bytes = g_malloc(6 * 64 + 1);
    char name[HVN_PROBE_DNS_NAME_MAX];
    gsize at = 0;

    for (guint i = 0; i < 6; i++) {
        bytes[i * 64] = 63;
        memset(bytes + i * 64 + 1, 'a', 63);
    }
    bytes[6 * 64] = 0;
    g_assert_false(hvn_probe_dns_read_name(bytes, 6 * 64 + 1, &at, name));
    bytes[3 * 64] = 0;
    g_assert_true(hvn_probe_dns_read_name(bytes, 6 * 64 + 1, &at, name));
    g_assert_cmpuint(strlen(name), ==, 3 * 64 - 1);
    g_assert_cmpuint(at, ==, 3 * 64 + 1);
}

static void
test_odd_bytes(void)
{
    static const guint8 bytes[] = {3, 'a', 0x1b, '\n', 0};
    char name[HVN_PROBE_DNS_NAME_MAX];
    gsize at = 0;

    g_assert_true(hvn_probe_dns_read_name(bytes, sizeof bytes, &at, name));
    g_assert_cmpstr(name, ==, "a??");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/app/probe/dns/query", test_query);
    g_test_add_func("/app/probe/dns/answer", test_answer);
    g_test_add_func("/app/probe/dns/cut", test_cut);
    g_test_add_func("/app/probe/dns/pointer-loop", test_pointer_loop);
    g_test_add_func("/app/probe/dns/long-name", test_long_name);
    g_test_add_func("/app/probe/dns/odd-bytes", test_odd_bytes);
    return g_test_run();
}
