/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses of sockets: as a user writes them (QEMU's SocketAddress, qapi/sockets.json), as the kernel takes them, and the sockets that
 * are bound to them. Shared by the backends that are sockets. */
#pragma once

#include <glib-object.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/**
 * HvnSocketAddress:
 * @storage: the address as the kernel takes it
 * @len: bytes of it that count; 0 for none
 */
typedef struct {
    struct sockaddr_storage storage;
    socklen_t               len;
} HvnSocketAddress;

/**
 * HvnSocketSpec:
 * @type: (nullable): "inet", "unix" or "fd"; %NULL when nothing was said
 * @host: (nullable): of inet: a name or an address; empty for all addresses of the host
 * @port: (nullable): of inet: a number or the name of a service
 * @path: (nullable): of unix
 * @str: (nullable): of fd: its number
 * @ipv4: of inet: "on", "off", "auto" or another spelling of these
 * @ipv6: of inet: the same
 * @numeric: of inet: the host is not looked up
 * @to: of inet: highest port to listen on, 0 for @port only
 * @abstract: of unix: the name is no file
 * @tight: of unix: an abstract name ends where its text does
 * @keep_alive: of inet, TCP: probe a peer that is silent
 * @keep_alive_count: probes without an answer until the peer is given up, 0 for the host's own
 * @keep_alive_idle: seconds of silence until the first one, 0 for the host's own
 * @keep_alive_interval: seconds between two, 0 for the host's own
 *
 * An address as it was written. Embedded by value in an object whose properties fill it; strings are owned.
 */
typedef struct {
    char    *type;
    char    *host;
    char    *port;
    char    *path;
    char    *str;
    char    *ipv4;
    char    *ipv6;
    gboolean numeric;
    guint    to;
    gboolean abstract;
    gboolean tight;
    gboolean keep_alive;
    guint    keep_alive_count;
    guint    keep_alive_idle;
    guint    keep_alive_interval;
} HvnSocketSpec;

#define HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES 10 /* those of an address that datagrams are sent to or from */
#define HVN_SOCKET_SPEC_STREAM_PROPERTIES   15 /* and those of one that is connected to */

/**
 * hvn_socket_spec_install: (skip)
 * @klass: the class of the object that has the address
 * @first: id of the first property
 * @prefix: what their names begin with: "local" for "local-host" and the others
 * @n_properties: %HVN_SOCKET_SPEC_DATAGRAM_PROPERTIES or %HVN_SOCKET_SPEC_STREAM_PROPERTIES
 *
 * Installs the properties of one address, with ids from @first on.
 */
void
hvn_socket_spec_install(GObjectClass *klass, guint first, const char *prefix, guint n_properties);

/**
 * hvn_socket_spec_set: (skip)
 * @self: the address
 * @n: which property, from 0
 * @value: its value
 */
void
hvn_socket_spec_set(HvnSocketSpec *self, guint n, const GValue *value);

/**
 * hvn_socket_spec_clear: (skip)
 * @self: the address
 *
 * Releases what it holds.
 */
void
hvn_socket_spec_clear(HvnSocketSpec *self);

/**
 * hvn_socket_spec_resolve: (skip)
 * @self: an address of type inet or unix
 * @name: what its options are called: "local"
 * @passive: whether it is to be bound to
 * @n_addresses: (out): how many were found, 1 or more
 * @error: return location
 *
 * Looks the address up; a host name may lead to several.
 *
 * Returns: (transfer full) (array length=n_addresses) (nullable): the addresses, or %NULL with %HVN_ERROR set
 */
HvnSocketAddress *
hvn_socket_spec_resolve(const HvnSocketSpec *self, const char *name, gboolean passive, guint *n_addresses, GError **error);

/**
 * hvn_socket_spec_take_fd: (skip)
 * @self: an address of type fd
 * @name: what its options are called
 * @sock_type: (out): %SOCK_STREAM or %SOCK_DGRAM
 * @error: return location
 *
 * Returns: a descriptor of our own for the socket, non-blocking, or -1 with %HVN_ERROR set; the given one stays open
 */
int
hvn_socket_spec_take_fd(const HvnSocketSpec *self, const char *name, int *sock_type, GError **error);

/**
 * hvn_socket_address_print: (skip)
 * @self: an address
 *
 * Returns: (transfer full): as people write it: "127.0.0.1:5555", "[::1]:5555", "/run/net.sock", "@abstract"
 */
char *
hvn_socket_address_print(const HvnSocketAddress *self);

/**
 * hvn_socket_address_equal: (skip)
 * @self: an address
 * @other: another
 *
 * Returns: whether both are the same
 */
gboolean
hvn_socket_address_equal(const HvnSocketAddress *self, const HvnSocketAddress *other);

/**
 * hvn_socket_address_match: (skip)
 * @list: (array length=n): addresses, as a name leads to them
 * @n: how many
 * @other: an address
 *
 * Returns: (transfer none) (nullable): the first of @list that is of the family of @other
 */
const HvnSocketAddress *
hvn_socket_address_match(const HvnSocketAddress *list, guint n, const HvnSocketAddress *other);

/**
 * hvn_socket_address_is_multicast: (skip)
 * @self: an address
 *
 * Returns: whether it is a group
 */
gboolean
hvn_socket_address_is_multicast(const HvnSocketAddress *self);

/**
 * hvn_socket_open: (skip)
 * @family: the address family
 * @type: %SOCK_STREAM or %SOCK_DGRAM
 * @error: return location
 *
 * Returns: a socket, non-blocking and closed on exec, or -1 with %HVN_ERROR set
 */
int
hvn_socket_open(int family, int type, GError **error);

/**
 * hvn_socket_bind: (skip)
 * @self: an address of this host
 * @type: %SOCK_STREAM or %SOCK_DGRAM
 * @file: (out) (transfer full) (nullable): the socket's file, to be given to hvn_socket_remove_file()
 * @error: return location
 *
 * Makes a socket and binds it. A file that a process left behind, so that nobody is at its other end, is replaced.
 *
 * Returns: the socket, or -1 with %HVN_ERROR set
 */
int
hvn_socket_bind(const HvnSocketAddress *self, int type, char **file, GError **error);

/**
 * hvn_socket_remove_file: (skip)
 * @file: (transfer full) (nullable): what hvn_socket_bind() made
 *
 * Removes a socket's file, where it is still a socket.
 */
void
hvn_socket_remove_file(char *file);

G_END_DECLS
