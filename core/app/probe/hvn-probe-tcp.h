/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP connections of the probe guest: one that sends a pattern and sums up what it sends and receives, and a server that
 * echoes. */
#pragma once

#include <lwip/tcp.h>

#include "hvn-probe-stack.h"

G_BEGIN_DECLS

#define HVN_PROBE_TCP_HEAD 256

/**
 * HvnProbeTcp:
 * @pcb: lwIP's connection, %NULL once it is gone
 * @connected: whether the handshake was completed
 * @peer_closed: whether the other side has sent its last byte
 * @error: why lwIP gave the connection up, %ERR_OK otherwise
 * @to_send: bytes of the pattern to send in all
 * @queued: of these, given to lwIP
 * @acked: of these, acknowledged by the peer
 * @received: bytes received
 * @sent_sum: (nullable): SHA-256 of what was queued
 * @received_sum: (nullable): SHA-256 of what was received
 * @head: the first bytes received
 *
 * One connection; a check reads the fields while it waits.
 */
typedef struct {
    struct tcp_pcb *pcb;
    gboolean        connected;
    gboolean        peer_closed;
    err_t           error;
    guint64         to_send;
    guint64         queued;
    guint64         acked;
    guint64         received;
    GChecksum      *sent_sum;
    GChecksum      *received_sum;
    guint8          head[HVN_PROBE_TCP_HEAD];
} HvnProbeTcp;

/**
 * hvn_probe_tcp_connect:
 * @to: server
 * @port: its port
 * @to_send: bytes of the pattern to send once connected
 * @sums: whether to sum up both directions
 *
 * Returns: (transfer full) (nullable): a connection that is being made, or %NULL when the stack cannot
 */
HvnProbeTcp *
hvn_probe_tcp_connect(const ip_addr_t *to, guint16 port, guint64 to_send, gboolean sums);

/**
 * hvn_probe_tcp_write:
 * @self: a connection
 * @bytes: what to send, which must fit the send buffer
 * @len: how many
 *
 * Returns: whether the stack took them
 */
gboolean
hvn_probe_tcp_write(HvnProbeTcp *self, gconstpointer bytes, guint16 len);

/**
 * hvn_probe_tcp_free:
 * @self: (transfer full) (nullable): a connection; it is closed, or aborted when it is not idle
 */
void
hvn_probe_tcp_free(HvnProbeTcp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeTcp, hvn_probe_tcp_free)

typedef struct _HvnProbeTcpServer HvnProbeTcpServer;

/**
 * hvn_probe_tcp_server_new:
 * @port: to listen on
 *
 * Returns: (transfer full) (nullable): a server in the guest that sends back what it gets, or %NULL when the port is taken
 */
HvnProbeTcpServer *
hvn_probe_tcp_server_new(guint16 port);

/**
 * hvn_probe_tcp_server_free:
 * @self: (transfer full) (nullable): a server; its connections are aborted
 */
void
hvn_probe_tcp_server_free(HvnProbeTcpServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeTcpServer, hvn_probe_tcp_server_free)

G_END_DECLS
