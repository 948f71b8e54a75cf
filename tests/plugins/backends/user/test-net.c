/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of a user network: what follows from what is said, and what is refused with which words. */
#include "hvn-user-net.h"

#include <arpa/inet.h>
#include <string.h>

#include "hvn-error.h"

typedef struct {
    const char *net;
    const char *network, *host, *dhcp, *dns, *smb;
    guint len;
} Derived;

/* as QEMU derives them */
static const Derived derived[] = {
    {NULL, "10.0.2.0", "10.0.2.2", "10.0.2.15", "10.0.2.3", "10.0.2.4", 24},
    {"10.0.2.0/24", "10.0.2.0", "10.0.2.2", "10.0.2.15", "10.0.2.3", "10.0.2.4", 24},
    {"192.168.76.0/24", "192.168.76.0", "192.168.76.2", "192.168.76.15", "192.168.76.3", "192.168.76.4", 24},
    {"192.168.76.9/255.255.255.0", "192.168.76.0", "192.168.76.2", "192.168.76.15", "192.168.76.3", "192.168.76.4", 24},
    {"10.0.0.0", "10.0.0.0", "10.0.2.2", "10.0.2.15", "10.0.2.3", "10.0.2.4", 8},
    {"172.16.0.0", "172.16.0.0", "172.16.2.2", "172.16.2.15", "172.16.2.3", "172.16.2.4", 12},
    {"130.1.0.0", "130.1.0.0", "130.1.2.2", "130.1.2.15", "130.1.2.3", "130.1.2.4", 16},
    {"192.168.0.0", "192.168.0.0", "192.168.2.2", "192.168.2.15", "192.168.2.3", "192.168.2.4", 16},
    {"198.18.0.0", "198.18.0.0", "198.18.2.2", "198.18.2.15", "198.18.2.3", "198.18.2.4", 15},
    {"200.1.2.0", "200.1.2.0", "200.1.2.2", "200.1.2.15", "200.1.2.3", "200.1.2.4", 24},
    {"240.1.2.0", "240.1.2.0", "240.1.2.2", "240.1.2.15", "240.1.2.3", "240.1.2.4", 28},
    {"10.1.2.64/27", "10.1.2.64", "10.1.2.66", "10.1.2.79", "10.1.2.67", "10.1.2.68", 27},
    {"10.0.0.0/4", "0.0.0.0", "0.0.2.2", "0.0.2.15", "0.0.2.3", "0.0.2.4", 4},
};

static void
check_address(struct in_addr address, const char *expected)
{
    char text[INET_ADDRSTRLEN];

    g_assert_cmpstr(inet_ntop(AF_INET, &address, text, sizeof text), ==, expected);
}

static void
test_derived(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(derived); i++) {
        HvnUserNetOptions options = {.net = derived[i].net};
        g_autoptr(GError) error = NULL;
        HvnUserNet net;

        g_assert_true(hvn_user_net_derive(&net, &options, &error));
        g_assert_no_error(error);
        check_address(net.network, derived[i].network);
        check_address(net.host, derived[i].host);
        check_address(net.dhcpstart, derived[i].dhcp);
        check_address(net.dns, derived[i].dns);
        check_address(net.smbserver, derived[i].smb);
        g_assert_cmpint(__builtin_popcount(net.mask.s_addr), ==, (int)derived[i].len);
    }
}

static void
test_derived6(void)
{
    static const struct {
        const char *net, *prefix;
        guint prefixlen;
        const char *host, *dns;
        guint len;
    } cases[] = {
        {NULL, NULL, 0, "fec0::2", "fec0::3", 64},
        {NULL, "fec0::", 64, "fec0::2", "fec0::3", 64},
        {"fd00:1::/48", NULL, 0, "fd00:1::2", "fd00:1::3", 48},
        {"fd00:1::", NULL, 56, "fd00:1::2", "fd00:1::3", 56},
        {"fd00:1::/0", "fec0::", 0, "fd00:1::2", "fd00:1::3", 64},
        {NULL, "fd00:2::", 126, "fd00:2::2", "fd00:2::3", 126},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        HvnUserNetOptions options = {
            .ipv6_net = cases[i].net, .ipv6_prefix = cases[i].prefix, .ipv6_prefixlen = cases[i].prefixlen};
        g_autoptr(GError) error = NULL;
        char text[INET6_ADDRSTRLEN];
        HvnUserNet net;

        g_assert_true(hvn_user_net_derive(&net, &options, &error));
        g_assert_cmpstr(inet_ntop(AF_INET6, &net.host6, text, sizeof text), ==, cases[i].host);
        g_assert_cmpstr(inet_ntop(AF_INET6, &net.dns6, text, sizeof text), ==, cases[i].dns);
        g_assert_cmpuint(net.prefix6_len, ==, cases[i].len);
    }
}

static void
test_families(void)
{
    static const struct {
        const char *ipv4, *ipv6;
        gboolean ok, v4, v6;
    } cases[] = {
        {NULL, NULL, TRUE, TRUE, TRUE},       {"auto", "auto", TRUE, TRUE, TRUE}, {"on", NULL, TRUE, TRUE, FALSE},
        {"yes", "auto", TRUE, TRUE, FALSE},   {NULL, "on", TRUE, FALSE, TRUE},    {"on", "on", TRUE, TRUE, TRUE},
        {"off", NULL, TRUE, FALSE, TRUE},     {NULL, "no", TRUE, TRUE, FALSE},    {"off", "off", FALSE, FALSE, FALSE},
        {"maybe", NULL, FALSE, FALSE, FALSE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        HvnUserNetOptions options = {.ipv4 = cases[i].ipv4, .ipv6 = cases[i].ipv6};
        HvnUserNet net;

        g_assert_cmpint(hvn_user_net_derive(&net, &options, NULL), ==, cases[i].ok);
        if (cases[i].ok) {
            g_assert_cmpint(net.ipv4, ==, cases[i].v4);
            g_assert_cmpint(net.ipv6, ==, cases[i].v6);
        }
    }
}

#define LONG_LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" /* 64 */

static void
test_refused(void)
{
    static const char *const bad_search[] = {"ok.example", "a..b", NULL}, *const long_search[] = {LONG_LABEL, NULL},
                             *const no_search[] = {"", NULL};
    static const struct {
        HvnUserNetOptions options;
        const char *message;
    } cases[] = {
        {{.net = "10.0.2"}, "*'10.0.2' for option 'net': expected an IPv4 network*"},
        {{.net = "10.0.2.0/33"}, "*'10.0.2.0/33'*from 4 to 32*"},
        {{.net = "10.0.2.0/3"}, "*from 4 to 32*"},
        {{.net = "10.0.2.0/24x"}, "*from 4 to 32*"},
        {{.net = "10.0.2.0/024"}, "*from 4 to 32*"},
        {{.net = "10.0.2.0/"}, "*from 4 to 32*"},
        {{.net = "10.0.2.0/255.255.0"}, "*a netmask such as*"},
        {{.net = "10.0.2.0/255.0.255.0"}, "*leading ones*"},
        {{.host = "x"}, "*'x' for option 'host': expected an IPv4 address*"},
        {{.host = "10.0.3.2"}, "*'10.0.3.2' for option 'host'*in the network 10.0.2.0/24*"},
        {{.host = "10.0.2.0"}, "*option 'host'*"},
        {{.host = "10.0.2.255"}, "*option 'host'*"},
        {{.dns = "10.0.2.2"}, "*option 'dns'*differs from host*"},
        {{.dns = "8.8.8.8", .restricted = TRUE}, "*'8.8.8.8' for option 'dns'*in the network*"},
        {{.dhcpstart = "10.0.3.9"}, "*option 'dhcpstart'*in the network*"},
        {{.dhcpstart = "10.0.2.2"}, "*option 'dhcpstart'*differs from host and dns*"},
        {{.dhcpstart = "10.0.2.3"}, "*option 'dhcpstart'*differs from host and dns*"},
        {{.net = "10.0.2.0/32"}, "*option*"},
        {{.smbserver = "10.0.2.2"}, "*option 'smbserver'*"},
        {{.smbserver = "1.2.3.4"}, "*option 'smbserver'*"},
        {{.ipv6_prefix = "fec0"}, "*'fec0' for option 'ipv6-prefix'*"},
        {{.ipv6_net = "fec0::/127"}, "*from 0 to 126*"},
        {{.ipv6_net = "fec0::/x"}, "*from 0 to 126*"},
        {{.ipv6_net = "fec0::/64", .ipv6_prefix = "fd00::"}, "*not both*"},
        {{.ipv6_prefixlen = 127}, "*from 0 to 126*"},
        {{.ipv6_host = "fd00::1"}, "*'fd00::1' for option 'ipv6-host'*network fec0::/64*"},
        {{.ipv6_dns = "fd00::1", .restricted = TRUE}, "*option 'ipv6-dns'*"},
        {{.ipv6_dns = "fec0::2"}, "*differs from ipv6-host*"},
        {{.ipv6 = "off", .ipv6_host = "fec0::2"}, "*option 'ipv6-host'*IPv6 is off*"},
        {{.ipv6 = "off", .ipv6_prefix = "fd00::"}, "*option 'ipv6-prefix'*IPv6 is off*"},
        {{.ipv4 = "off", .host = "10.0.2.2"}, "*option 'host'*IPv4 is off*"},
        {{.ipv4 = "off", .net = "10.0.3.0/24"}, "*option 'net'*IPv4 is off*"},
        {{.domainname = ""}, "*option 'domainname'*1 to 255*"},
        {{.dnssearch = bad_search}, "*'a..b' for option 'dnssearch'*"},
        {{.dnssearch = long_search}, "*option 'dnssearch'*63*"},
        {{.dnssearch = no_search}, "*option 'dnssearch'*"},
        {{.mtu = 67}, "*'67' for option 'mtu'*"},
        {{.mtu = 65522}, "*'65522' for option 'mtu'*"},
        {{.mtu = 1000}, "*'1000' for option 'mtu'*ipv6=off*"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        HvnUserNet net;

        g_assert_false(hvn_user_net_derive(&net, &cases[i].options, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
        if (!g_pattern_match_simple(cases[i].message, error->message))
            g_error("'%s' is not '%s'", error->message, cases[i].message);
        g_assert_null(strchr(error->message, '\n'));
    }
}

static void
test_lengths(void)
{
    g_autofree char *name256 = g_strnfill(256, 'x'), *name255 = g_strnfill(255, 'x'), *name128 = g_strnfill(128, 'x');
    g_autofree char *name127 = g_strnfill(127, 'x');
    const HvnUserNetOptions bad[] = {
        {.hostname = name256},
        {.domainname = name256},
        {.tftp_server_name = name256},
        {.bootfile = name128},
        {.domainname = name255, .tftp_server_name = name255},
    };
    const HvnUserNetOptions good[] = {
        {.hostname = name255}, {.domainname = name255}, {.tftp_server_name = name255}, {.bootfile = name127}};
    HvnUserNet net;

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(hvn_user_net_derive(&net, &bad[i], NULL));
    for (guint i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(hvn_user_net_derive(&net, &good[i], NULL));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/net/derived", test_derived);
    g_test_add_func("/user/net/derived-ipv6", test_derived6);
    g_test_add_func("/user/net/families", test_families);
    g_test_add_func("/user/net/refused", test_refused);
    g_test_add_func("/user/net/lengths", test_lengths);
    return g_test_run();
}
