/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The addresses of a user network: what the options say, what follows from them when they say nothing, and every check. Knows
 * nothing of libslirp and opens nothing. */
#pragma once

#include <netinet/in.h>
#include <glib.h>

G_BEGIN_DECLS

#define HVN_USER_BOOTFILE_MAX  127 /* bytes; the BOOTP field has 128 with its NUL */
#define HVN_USER_NAME_MAX      255 /* bytes of one DHCP option */
#define HVN_USER_HOSTNAME_KEPT 32  /* bytes of the host name that libslirp keeps */
#define HVN_USER_DHCP_OPTIONS  312 /* bytes of options in one DHCP reply of libslirp */
#define HVN_USER_MTU_DEFAULT   1500
#define HVN_USER_MTU_MIN       68   /* RFC 791 */
#define HVN_USER_MTU_MIN6      1280 /* RFC 8200, 5 */

/**
 * HvnUserNetOptions:
 *
 * The options as text; %NULL where nothing was said. The strings are not owned.
 */
typedef struct {
    const char *ipv4; /* "auto", "on", "off" and their synonyms */
    const char *ipv6;
    const char *net; /* address, address/length or address/netmask */
    const char *host;
    const char *dhcpstart;
    const char *dns;
    const char *smbserver;
    const char *ipv6_net;
    const char *ipv6_prefix;
    guint ipv6_prefixlen; /* 0 means 64 */
    const char *ipv6_host;
    const char *ipv6_dns;
    const char *hostname;
    const char *domainname;
    const char *bootfile;
    const char *tftp_server_name;
    const char *const *dnssearch; /* nullable */
    guint mtu;                    /* 0 means 1500 */
    gboolean restricted;
} HvnUserNetOptions;

/**
 * HvnUserNet:
 *
 * The addresses that hold, in network byte order.
 */
typedef struct {
    gboolean ipv4;
    gboolean ipv6;
    struct in_addr network;
    struct in_addr mask;
    struct in_addr host;
    struct in_addr dhcpstart;
    struct in_addr dns;
    struct in_addr smbserver;
    struct in6_addr prefix6;
    guint prefix6_len;
    struct in6_addr host6;
    struct in6_addr dns6;
    guint mtu; /* of the guest's interface, never 0 */
} HvnUserNet;

/**
 * hvn_user_net_derive:
 * @self: (out caller-allocates): the addresses
 * @options: what was said
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set: option, value and what is accepted
 */
gboolean
hvn_user_net_derive(HvnUserNet *self, const HvnUserNetOptions *options, GError **error);

/**
 * hvn_user_net_contains:
 * @self: the addresses
 * @address: an IPv4 address
 *
 * Returns: whether @address lies in the network
 */
gboolean
hvn_user_net_contains(const HvnUserNet *self, struct in_addr address);

/**
 * hvn_user_net_serves:
 * @self: the addresses
 * @address: an IPv4 address
 *
 * Returns: whether a server for the guest may stand at @address: in the network, and neither its host nor its DNS
 */
gboolean
hvn_user_net_serves(const HvnUserNet *self, struct in_addr address);

G_END_DECLS
