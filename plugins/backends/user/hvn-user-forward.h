/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rules of hostfwd and guestfwd as text and as data. Knows nothing of libslirp and opens nothing.
 *
 *   hostfwd   [tcp|udp]:[HOST]:PORT[-PORT]-[GUEST]:PORT[-PORT]      unix:/PATH-[GUEST]:PORT
 *   guestfwd  [tcp]:[SERVER]:PORT-TARGET        TARGET is tcp:HOST:PORT, unix:/PATH or cmd:COMMAND
 *
 * Addresses are IPv4 literals or IPv6 literals in brackets. Ports are decimal. In hostfwd a range of host ports goes to guest
 * ports that start at the one given; an end of the guest's range may be written and must give the same length. Host port 0 lets
 * the host choose. */
#pragma once

#include <netinet/in.h>
#include <sys/un.h>
#include <glib.h>

G_BEGIN_DECLS

#define HVN_USER_UNIX_PATH_MAX (sizeof((struct sockaddr_un *)0)->sun_path - 1)

/**
 * HvnUserProtocol:
 * @HVN_USER_TCP: TCP
 * @HVN_USER_UDP: UDP
 * @HVN_USER_UNIX: a unix stream socket
 * @HVN_USER_COMMAND: a command, started for each connection
 */
typedef enum {
    HVN_USER_TCP,
    HVN_USER_UDP,
    HVN_USER_UNIX,
    HVN_USER_COMMAND,
} HvnUserProtocol;

/**
 * HvnUserAddress:
 *
 * An IPv4 or IPv6 address. All zero of a family means any (host) or the default (guest, server).
 */
typedef struct {
    int family; /* AF_INET or AF_INET6 */
    union {
        struct in_addr v4;
        struct in6_addr v6;
    };
} HvnUserAddress;

/**
 * HvnUserHostForward:
 *
 * A rule of hostfwd.
 */
typedef struct {
    HvnUserProtocol protocol;
    HvnUserAddress host;
    guint host_port; /* the first; 0 lets the host choose */
    guint n_ports;   /* 1 or more */
    HvnUserAddress guest;
    guint guest_port; /* the first */
    char *path;       /* owned; of a unix socket */
} HvnUserHostForward;

/**
 * HvnUserGuestForward:
 *
 * A rule of guestfwd.
 */
typedef struct {
    struct in_addr server; /* 0.0.0.0 for the default */
    guint port;
    HvnUserProtocol target; /* TCP, UNIX or COMMAND */
    char *target_host;      /* owned; name or literal, of TCP */
    guint target_port;      /* of TCP */
    char *target_text;      /* owned; the path of UNIX, the command of COMMAND */
} HvnUserGuestForward;

/**
 * hvn_user_host_forward_parse:
 * @self: (out caller-allocates): the rule
 * @text: a rule of hostfwd
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_user_host_forward_parse(HvnUserHostForward *self, const char *text, GError **error);

/**
 * hvn_user_host_forward_parse_host:
 * @self: (out caller-allocates): a rule with its host side only
 * @text: "[tcp|udp]:[HOST]:PORT[-PORT]" or "unix:/PATH", as `hostfwd_remove` takes it
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_user_host_forward_parse_host(HvnUserHostForward *self, const char *text, GError **error);

/**
 * hvn_user_host_forward_clear:
 * @self: a rule
 */
void
hvn_user_host_forward_clear(HvnUserHostForward *self);

/**
 * hvn_user_guest_forward_parse:
 * @self: (out caller-allocates): the rule
 * @text: a rule of guestfwd
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_user_guest_forward_parse(HvnUserGuestForward *self, const char *text, GError **error);

/**
 * hvn_user_guest_forward_clear:
 * @self: a rule
 */
void
hvn_user_guest_forward_clear(HvnUserGuestForward *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnUserHostForward, hvn_user_host_forward_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnUserGuestForward, hvn_user_guest_forward_clear)

/**
 * hvn_user_address_print:
 * @self: an address
 *
 * Returns: (transfer full): as rules write it: "10.0.2.15", "[fec0::15]"
 */
char *
hvn_user_address_print(const HvnUserAddress *self);

/**
 * hvn_user_address_is_any:
 * @self: an address
 *
 * Returns: whether it is all zero
 */
gboolean
hvn_user_address_is_any(const HvnUserAddress *self);

G_END_DECLS
