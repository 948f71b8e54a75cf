/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses of a user network, derived as QEMU derives them (network | 0.0.2.2 for the host, .3 for DNS, .4 for servers, .15
 * for the first lease, each cut to the host part), with checks that name the option, the value and what is accepted. */
#include "hvn-user-net.h"

#include <arpa/inet.h>
#include <string.h>

#include "hvn-error.h"

#define NET_DEFAULT    "10.0.2.0/24"
#define PREFIX_DEFAULT "fec0::"

static gboolean
hvn_user_net_bad(GError **error, const char *option, const char *value, const char *expected)
{
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid value '%s' for option '%s': expected %s", value, option,
                expected);
    return FALSE;
}

/* 1 on, 0 off, -1 not said */
static gboolean
hvn_user_net_switch(const char *option, const char *text, int *out, GError **error)
{
    static const char *const on[] = {"on", "yes", "true", "y", NULL};
    static const char *const off[] = {"off", "no", "false", "n", NULL};

    if (text == NULL || g_str_equal(text, "auto"))
        *out = -1;
    else if (g_strv_contains(on, text))
        *out = 1;
    else if (g_strv_contains(off, text))
        *out = 0;
    else
        return hvn_user_net_bad(error, option, text, "one of auto, on, off");
    return TRUE;
}

static gboolean
hvn_user_net_address4(const char *option, const char *text, struct in_addr *out, GError **error)
{
    if (inet_pton(AF_INET, text, out) != 1)
        return hvn_user_net_bad(error, option, text, "an IPv4 address such as 10.0.2.2");
    return TRUE;
}

static gboolean
hvn_user_net_address6(const char *option, const char *text, struct in6_addr *out, GError **error)
{
    if (inet_pton(AF_INET6, text, out) != 1)
        return hvn_user_net_bad(error, option, text, "an IPv6 address such as fec0::2");
    return TRUE;
}

static gboolean
hvn_user_net_in_prefix(const struct in6_addr *prefix, guint len, const struct in6_addr *address)
{
    guint bytes = len / 8, bits = len % 8;

    if (memcmp(prefix->s6_addr, address->s6_addr, bytes) != 0)
        return FALSE;
    return bits == 0 || ((prefix->s6_addr[bytes] ^ address->s6_addr[bytes]) >> (8 - bits)) == 0;
}

/* what an address without a mask means: the private blocks and the old classes, as QEMU; anything else is /28 */
static guint32
hvn_user_net_class_mask(guint32 address)
{
    static const struct {
        guint32 network, bits, mask;
    } classes[] = {
        {0x00000000u, 0x80000000u, 0xff000000u}, /* class A */
        {0xac100000u, 0xfff00000u, 0xfff00000u}, /* 172.16.0.0/12 */
        {0x80000000u, 0xc0000000u, 0xffff0000u}, /* class B */
        {0xc0a80000u, 0xffff0000u, 0xffff0000u}, /* 192.168.0.0/16 */
        {0xc6120000u, 0xfffe0000u, 0xfffe0000u}, /* 198.18.0.0/15 */
        {0xc0000000u, 0xe0000000u, 0xffffff00u}, /* class C */
    };

    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        if ((address & classes[i].bits) == classes[i].network)
            return classes[i].mask;
    }
    return 0xfffffff0u;
}

static gboolean
hvn_user_net_parse_mask(const char *net, const char *text, guint32 *mask, GError **error)
{
    struct in_addr dotted;
    guint64 len;

    if (strchr(text, '.') != NULL) {
        guint32 inverse;

        if (inet_pton(AF_INET, text, &dotted) != 1)
            return hvn_user_net_bad(error, "net", net, "a netmask such as 255.255.255.0 after '/'");
        *mask = ntohl(dotted.s_addr);
        inverse = ~*mask;
        if ((inverse & (inverse + 1)) != 0 || *mask < 0xf0000000u)
            return hvn_user_net_bad(error, "net", net, "a netmask of 4 to 32 leading ones after '/'");
        return TRUE;
    }
    if (!g_ascii_string_to_unsigned(text, 10, 4, 32, &len, NULL) || text[0] == '0')
        return hvn_user_net_bad(error, "net", net, "a length from 4 to 32 or a netmask after '/'");
    *mask = (guint32)(0xffffffffu << (32 - len));
    return TRUE;
}

static gboolean
hvn_user_net_parse_network(HvnUserNet *self, const char *net, GError **error)
{
    g_auto(GStrv) parts = g_strsplit(net, "/", 2);
    struct in_addr address;
    guint32 mask;

    if (parts[0] == NULL || inet_pton(AF_INET, parts[0], &address) != 1)
        return hvn_user_net_bad(error, "net", net, "an IPv4 network such as 10.0.2.0/24");
    mask = hvn_user_net_class_mask(ntohl(address.s_addr));
    if (parts[1] != NULL && !hvn_user_net_parse_mask(net, parts[1], &mask, error))
        return FALSE;
    self->mask.s_addr = htonl(mask);
    self->network.s_addr = address.s_addr & self->mask.s_addr;
    return TRUE;
}

static gboolean
hvn_user_net_one4(HvnUserNet *self, const char *option, const char *text, guint32 derived, struct in_addr *out, GError **error)
{
    if (text == NULL) {
        out->s_addr = self->network.s_addr | (htonl(derived) & ~self->mask.s_addr);
        return TRUE;
    }
    return hvn_user_net_address4(option, text, out, error);
}

static gboolean
hvn_user_net_check4(const HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    char network[INET_ADDRSTRLEN], host[INET_ADDRSTRLEN], dns[INET_ADDRSTRLEN], dhcp[INET_ADDRSTRLEN], smb[INET_ADDRSTRLEN];
    g_autofree char *inside = NULL;
    guint32 broadcast = self->network.s_addr | ~self->mask.s_addr;
    gboolean has_broadcast = ntohl(self->mask.s_addr) <= 0xfffffffcu;

    inet_ntop(AF_INET, &self->network, network, sizeof network);
    inet_ntop(AF_INET, &self->host, host, sizeof host);
    inet_ntop(AF_INET, &self->dns, dns, sizeof dns);
    inet_ntop(AF_INET, &self->dhcpstart, dhcp, sizeof dhcp);
    inet_ntop(AF_INET, &self->smbserver, smb, sizeof smb);
    inside = g_strdup_printf("an address of a station in the network %s/%d", network, __builtin_popcount(self->mask.s_addr));
    if (!hvn_user_net_contains(self, self->host) ||
        (has_broadcast && (self->host.s_addr == self->network.s_addr || self->host.s_addr == broadcast)))
        return hvn_user_net_bad(error, "host", host, inside);
    if (self->dns.s_addr == self->host.s_addr)
        return hvn_user_net_bad(error, "dns", dns, "an address that differs from host");
    if (options->restricted && !hvn_user_net_contains(self, self->dns))
        return hvn_user_net_bad(error, "dns", dns, inside);
    if (!hvn_user_net_contains(self, self->dhcpstart))
        return hvn_user_net_bad(error, "dhcpstart", dhcp, inside);
    if (self->dhcpstart.s_addr == self->host.s_addr || self->dhcpstart.s_addr == self->dns.s_addr)
        return hvn_user_net_bad(error, "dhcpstart", dhcp, "an address that differs from host and dns");
    if (options->smbserver != NULL && !hvn_user_net_serves(self, self->smbserver))
        return hvn_user_net_bad(error, "smbserver", smb, "an address in the network that differs from host and dns");
    return TRUE;
}

static gboolean
hvn_user_net_derive4(HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    if (!hvn_user_net_parse_network(self, options->net != NULL ? options->net : NET_DEFAULT, error) ||
        !hvn_user_net_one4(self, "host", options->host, 0x0202, &self->host, error) ||
        !hvn_user_net_one4(self, "dns", options->dns, 0x0203, &self->dns, error) ||
        !hvn_user_net_one4(self, "smbserver", options->smbserver, 0x0204, &self->smbserver, error) ||
        !hvn_user_net_one4(self, "dhcpstart", options->dhcpstart, 0x020f, &self->dhcpstart, error))
        return FALSE;
    /* 0.0.0.0 asks for the usual place, as QEMU has it */
    if (self->smbserver.s_addr == 0 && !hvn_user_net_one4(self, "smbserver", NULL, 0x0204, &self->smbserver, error))
        return FALSE;
    return hvn_user_net_check4(self, options, error);
}

static gboolean
hvn_user_net_parse_prefix(HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    g_auto(GStrv) parts = NULL;
    guint64 len;

    self->prefix6_len = options->ipv6_prefixlen != 0 ? options->ipv6_prefixlen : 64;
    if (self->prefix6_len > 126)
        return hvn_user_net_bad(error, "ipv6-prefixlen", "above 126", "a number from 0 to 126");
    if (options->ipv6_net == NULL)
        return hvn_user_net_address6("ipv6-prefix", options->ipv6_prefix != NULL ? options->ipv6_prefix : PREFIX_DEFAULT,
                                     &self->prefix6, error);
    if (options->ipv6_prefix != NULL && !g_str_equal(options->ipv6_prefix, PREFIX_DEFAULT))
        return hvn_user_net_bad(error, "ipv6-net", options->ipv6_net, "either ipv6-net or ipv6-prefix, not both");
    parts = g_strsplit(options->ipv6_net, "/", 2);
    if (parts[0] == NULL || inet_pton(AF_INET6, parts[0], &self->prefix6) != 1)
        return hvn_user_net_bad(error, "ipv6-net", options->ipv6_net, "an IPv6 network such as fec0::/64");
    if (parts[1] == NULL)
        return TRUE;
    if (!g_ascii_string_to_unsigned(parts[1], 10, 0, 126, &len, NULL))
        return hvn_user_net_bad(error, "ipv6-net", options->ipv6_net, "a length from 0 to 126 after '/'");
    self->prefix6_len = len != 0 ? (guint)len : 64;
    return TRUE;
}

static gboolean
hvn_user_net_derive6(HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    g_autofree char *inside = NULL;
    char prefix[INET6_ADDRSTRLEN];

    if (!hvn_user_net_parse_prefix(self, options, error))
        return FALSE;
    self->host6 = self->dns6 = self->prefix6;
    self->host6.s6_addr[15] |= 2;
    self->dns6.s6_addr[15] |= 3;
    if (options->ipv6_host != NULL && !hvn_user_net_address6("ipv6-host", options->ipv6_host, &self->host6, error))
        return FALSE;
    if (options->ipv6_dns != NULL && !hvn_user_net_address6("ipv6-dns", options->ipv6_dns, &self->dns6, error))
        return FALSE;
    inet_ntop(AF_INET6, &self->prefix6, prefix, sizeof prefix);
    inside = g_strdup_printf("an address in the network %s/%u", prefix, self->prefix6_len);
    if (!hvn_user_net_in_prefix(&self->prefix6, self->prefix6_len, &self->host6))
        return hvn_user_net_bad(error, "ipv6-host", options->ipv6_host, inside);
    if (options->restricted && !hvn_user_net_in_prefix(&self->prefix6, self->prefix6_len, &self->dns6))
        return hvn_user_net_bad(error, "ipv6-dns", options->ipv6_dns, inside);
    if (memcmp(&self->host6, &self->dns6, sizeof self->host6) == 0)
        return hvn_user_net_bad(error, "ipv6-dns", options->ipv6_dns != NULL ? options->ipv6_dns : prefix,
                                "an address that differs from ipv6-host");
    return TRUE;
}

static gboolean
hvn_user_net_families(HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    const char *const with4[] = {"host", options->host, "dhcpstart", options->dhcpstart,
                                 "dns",  options->dns,  "smbserver", options->smbserver};
    const char *const with6[] = {"ipv6-net", options->ipv6_net, "ipv6-host", options->ipv6_host, "ipv6-dns", options->ipv6_dns};
    int v4, v6;

    if (!hvn_user_net_switch("ipv4", options->ipv4, &v4, error) || !hvn_user_net_switch("ipv6", options->ipv6, &v6, error))
        return FALSE;
    /* one that is asked for alone turns the other off */
    self->ipv4 = v4 >= 0 ? v4 : v6 != 1;
    self->ipv6 = v6 >= 0 ? v6 : v4 != 1;
    if (!self->ipv4 && !self->ipv6)
        return hvn_user_net_bad(error, "ipv6", options->ipv6 != NULL ? options->ipv6 : "auto",
                                "at least one of ipv4 and ipv6 to be on");
    for (guint i = 0; !self->ipv4 && i < G_N_ELEMENTS(with4); i += 2) {
        if (with4[i + 1] != NULL)
            return hvn_user_net_bad(error, with4[i], with4[i + 1], "ipv4=on with it, IPv4 is off");
    }
    if (!self->ipv4 && options->net != NULL && !g_str_equal(options->net, NET_DEFAULT))
        return hvn_user_net_bad(error, "net", options->net, "ipv4=on with it, IPv4 is off");
    for (guint i = 0; !self->ipv6 && i < G_N_ELEMENTS(with6); i += 2) {
        if (with6[i + 1] != NULL)
            return hvn_user_net_bad(error, with6[i], with6[i + 1], "ipv6=on with it, IPv6 is off");
    }
    if (!self->ipv6 && options->ipv6_prefix != NULL && !g_str_equal(options->ipv6_prefix, PREFIX_DEFAULT))
        return hvn_user_net_bad(error, "ipv6-prefix", options->ipv6_prefix, "ipv6=on with it, IPv6 is off");
    return TRUE;
}

static gboolean
hvn_user_net_length(const char *option, const char *text, gsize most, GError **error)
{
    g_autofree char *expected = NULL;

    if (text == NULL || strlen(text) <= most)
        return TRUE;
    expected = g_strdup_printf("at most %" G_GSIZE_FORMAT " bytes, it has %" G_GSIZE_FORMAT, most, strlen(text));
    return hvn_user_net_bad(error, option, text, expected);
}

/* RFC 1035, 2.3.4: labels of 1 to 63 bytes, at most 253 in all as text */
static gboolean
hvn_user_net_check_domain(const char *option, const char *text, GError **error)
{
    g_auto(GStrv) labels = g_strsplit(text, ".", -1);
    guint n_labels = g_strv_length(labels);

    if (n_labels > 1 && labels[n_labels - 1][0] == '\0')
        n_labels--;
    for (guint i = 0; i < MAX(n_labels, 1); i++) {
        if (n_labels == 0 || labels[i][0] == '\0' || strlen(labels[i]) > 63 || strlen(text) > 253)
            return hvn_user_net_bad(error, option, text, "a domain name with labels of 1 to 63 bytes");
    }
    return TRUE;
}

static gboolean
hvn_user_net_check_names(const HvnUserNetOptions *options, GError **error)
{
    const char *const in_reply[] = {options->hostname, options->domainname, options->tftp_server_name};
    gsize used = 4 + 3 + 5 * 6 + 1; /* magic, message type, five addresses and times, end */

    if (!hvn_user_net_length("hostname", options->hostname, HVN_USER_NAME_MAX, error) ||
        !hvn_user_net_length("domainname", options->domainname, HVN_USER_NAME_MAX, error) ||
        !hvn_user_net_length("tftp-server-name", options->tftp_server_name, HVN_USER_NAME_MAX, error) ||
        !hvn_user_net_length("bootfile", options->bootfile, HVN_USER_BOOTFILE_MAX, error))
        return FALSE;
    if (options->domainname != NULL && options->domainname[0] == '\0')
        return hvn_user_net_bad(error, "domainname", "", "a name of 1 to 255 bytes");
    for (guint i = 0; options->dnssearch != NULL && options->dnssearch[i] != NULL; i++) {
        if (!hvn_user_net_check_domain("dnssearch", options->dnssearch[i], error))
            return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(in_reply); i++) {
        if (in_reply[i] != NULL)
            used += 2 + (i == 0 ? MIN(strlen(in_reply[i]), HVN_USER_HOSTNAME_KEPT) : strlen(in_reply[i]));
    }
    if (used >= HVN_USER_DHCP_OPTIONS)
        return hvn_user_net_bad(error, "domainname", options->domainname != NULL ? options->domainname : "",
                                "hostname, domainname and tftp-server-name to fit one DHCP reply, 269 bytes in all");
    return TRUE;
}

gboolean
hvn_user_net_contains(const HvnUserNet *self, struct in_addr address)
{
    return (address.s_addr & self->mask.s_addr) == self->network.s_addr;
}

gboolean
hvn_user_net_serves(const HvnUserNet *self, struct in_addr address)
{
    return self->ipv4 && hvn_user_net_contains(self, address) && address.s_addr != self->host.s_addr &&
           address.s_addr != self->dns.s_addr;
}

gboolean
hvn_user_net_derive(HvnUserNet *self, const HvnUserNetOptions *options, GError **error)
{
    g_autofree char *mtu = g_strdup_printf("%u", options->mtu);

    memset(self, 0, sizeof *self);
    self->mtu = options->mtu != 0 ? options->mtu : HVN_USER_MTU_DEFAULT;
    if (!hvn_user_net_families(self, options, error) || !hvn_user_net_check_names(options, error))
        return FALSE;
    if (self->mtu < HVN_USER_MTU_MIN || self->mtu > 65521)
        return hvn_user_net_bad(error, "mtu", mtu, "0 or a number from 68 to 65521");
    if (self->ipv6 && self->mtu < HVN_USER_MTU_MIN6)
        return hvn_user_net_bad(error, "mtu", mtu, "1280 or more with IPv6, or ipv6=off with it");
    return (!self->ipv4 || hvn_user_net_derive4(self, options, error)) &&
           (!self->ipv6 || hvn_user_net_derive6(self, options, error));
}
