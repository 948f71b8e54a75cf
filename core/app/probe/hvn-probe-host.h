/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's side of the checks: real servers on loopback that the guest reaches through its network, and a client that comes
 * in through a port forward. All of it runs on the dispatcher that the guest runs on. */
#pragma once

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

/**
 * HvnProbeService:
 * @HVN_PROBE_ECHO: TCP, sends back what it gets
 * @HVN_PROBE_SINK: TCP, takes all and counts
 * @HVN_PROBE_SOURCE: TCP, sends until it has sent enough, then closes
 * @HVN_PROBE_UDP_ECHO: UDP, sends back what it gets
 */
typedef enum {
    HVN_PROBE_ECHO,
    HVN_PROBE_SINK,
    HVN_PROBE_SOURCE,
    HVN_PROBE_UDP_ECHO,
} HvnProbeService;

#define HVN_PROBE_N_SERVICES 4

/**
 * HvnProbeHostCounters:
 * @accepted: connections, or datagrams of UDP
 * @received: bytes
 * @sent: bytes
 */
typedef struct {
    guint64 accepted;
    guint64 received;
    guint64 sent;
} HvnProbeHostCounters;

typedef struct _HvnProbeHost HvnProbeHost;

/**
 * hvn_probe_host_new:
 * @dispatcher: (transfer none): runs the servers; must outlive them
 * @source_limit: bytes that a connection to the source gets
 * @error: return location
 *
 * Returns: (transfer full) (nullable): one server for each service on a free port of 127.0.0.1, or %NULL with %HVN_ERROR set
 */
HvnProbeHost *
hvn_probe_host_new(HvnDispatcher *dispatcher, guint64 source_limit, GError **error);

/**
 * hvn_probe_host_free:
 * @self: (transfer full) (nullable): the servers; every connection is closed
 */
void
hvn_probe_host_free(HvnProbeHost *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeHost, hvn_probe_host_free)

/**
 * hvn_probe_host_get_port:
 * @self: the servers
 * @service: which
 *
 * Returns: its port
 */
guint16
hvn_probe_host_get_port(HvnProbeHost *self, HvnProbeService service);

/**
 * hvn_probe_host_get_counters:
 * @self: the servers
 * @service: which
 *
 * Returns: (transfer none): what it has seen
 */
const HvnProbeHostCounters *
hvn_probe_host_get_counters(HvnProbeHost *self, HvnProbeService service);

/**
 * hvn_probe_host_find_free_port:
 * @address: IPv4 address, as text
 * @error: return location
 *
 * Returns: a TCP port that nobody listens on at this moment, 0 with %HVN_ERROR set
 */
guint16
hvn_probe_host_find_free_port(const char *address, GError **error);

/**
 * hvn_probe_host_has_smbd:
 *
 * Returns: whether the host has Samba's server
 */
gboolean
hvn_probe_host_has_smbd(void);

/**
 * HvnProbeClient:
 * @connected: whether the connection was made
 * @closed: whether the other side has closed it
 * @problem: errno of what went wrong, 0 otherwise
 * @received: (element-type guint8): bytes that came back, up to a limit
 *
 * A connection from the host; a check reads the fields while it waits.
 */
typedef struct {
    gboolean    connected;
    gboolean    closed;
    int         problem;
    GByteArray *received;
} HvnProbeClient;

/**
 * hvn_probe_client_new:
 * @dispatcher: (transfer none): runs it; must outlive it
 * @udp: whether it is UDP rather than TCP
 * @address: IPv4 or IPv6 address, or the absolute path of a unix stream socket
 * @port: port, ignored for a unix socket
 * @bytes: what to send, of which at most 64 KiB
 * @len: how many
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a client that connects and sends, or %NULL with %HVN_ERROR set
 */
HvnProbeClient *
hvn_probe_client_new(HvnDispatcher *dispatcher, gboolean udp, const char *address, guint16 port, gconstpointer bytes, gsize len,
                     GError **error);

/**
 * hvn_probe_client_send_again:
 * @self: a UDP client
 *
 * Sends the datagram once more.
 */
void
hvn_probe_client_send_again(HvnProbeClient *self);

/**
 * hvn_probe_client_free:
 * @self: (transfer full) (nullable): a client
 */
void
hvn_probe_client_free(HvnProbeClient *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeClient, hvn_probe_client_free)

G_END_DECLS
