/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP and echo requests of the probe guest: what DHCP, DNS, TFTP, ping and the echo checks send and take. */
#pragma once

#include <lwip/ip_addr.h>

#include "hvn-probe-stack.h"

G_BEGIN_DECLS

typedef struct _HvnProbeUdp HvnProbeUdp;

/**
 * HvnProbeUdpFunc:
 * @self: the socket
 * @from: sender
 * @port: sender's port
 * @bytes: the datagram, lent for the call
 * @len: its bytes
 * @data: what was given to hvn_probe_udp_new()
 */
typedef void (*HvnProbeUdpFunc)(HvnProbeUdp *self, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len,
                                gpointer data);

/**
 * hvn_probe_udp_new:
 * @stack: (transfer none): the stack; must outlive the socket
 * @port: local port, 0 for any
 * @func: takes datagrams
 * @data: (nullable): for @func
 *
 * Returns: (transfer full) (nullable): a socket, %NULL when the port is taken
 */
HvnProbeUdp *
hvn_probe_udp_new(HvnProbeStack *stack, guint16 port, HvnProbeUdpFunc func, gpointer data);

/**
 * hvn_probe_udp_free:
 * @self: (transfer full) (nullable): a socket
 */
void
hvn_probe_udp_free(HvnProbeUdp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeUdp, hvn_probe_udp_free)

/**
 * hvn_probe_udp_send:
 * @self: a socket
 * @to: receiver; broadcast leaves from the interface's address, or from 0.0.0.0 when it has none
 * @port: receiver's port
 * @bytes: the datagram
 * @len: its bytes
 *
 * Returns: whether the stack took it
 */
gboolean
hvn_probe_udp_send(HvnProbeUdp *self, const ip_addr_t *to, guint16 port, gconstpointer bytes, gsize len);

/**
 * hvn_probe_ping:
 * @stack: a stack
 * @to: IPv4 or IPv6 address
 * @size: bytes behind the echo header
 * @timeout_ms: how long to wait for the answer
 * @rtt_us: (out) (optional): the time it took
 *
 * Sends one echo request and waits for its reply, whose bytes must be those that were sent.
 *
 * Returns: whether it came
 */
gboolean
hvn_probe_ping(HvnProbeStack *stack, const ip_addr_t *to, gsize size, guint timeout_ms, double *rtt_us);

G_END_DECLS
