/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A DHCP client (RFC 2131) of the probe guest: one lease, and everything that the server said with it. */
#pragma once

#include "hvn-probe-stack.h"

G_BEGIN_DECLS

#define HVN_PROBE_DHCP_TEXT 256

/**
 * HvnProbeLease:
 * @type: message type (RFC 2132, 9.6): 2 offer, 5 ack, 6 nak
 * @address: ours
 * @mask: network mask, 0 when not said
 * @server: server identifier
 * @next_server: where to boot from
 * @router: default router, 0 when not said
 * @dns: first DNS server, 0 when not said
 * @lease_s: lease time in seconds
 * @mtu: option 26, 0 when not said
 * @hostname: option 12, empty when not said
 * @domain: option 15
 * @search: option 119, joined by commas
 * @bootfile: the file field, or option 67
 * @tftp_name: option 66
 * @message: option 56, the reason of a nak
 *
 * One message of the server. Addresses in host order.
 */
typedef struct {
    guint8  type;
    guint32 address;
    guint32 mask;
    guint32 server;
    guint32 next_server;
    guint32 router;
    guint32 dns;
    guint32 lease_s;
    guint16 mtu;
    char    hostname[HVN_PROBE_DHCP_TEXT];
    char    domain[HVN_PROBE_DHCP_TEXT];
    char    search[HVN_PROBE_DHCP_TEXT];
    char    bootfile[HVN_PROBE_DHCP_TEXT];
    char    tftp_name[HVN_PROBE_DHCP_TEXT];
    char    message[HVN_PROBE_DHCP_TEXT];
} HvnProbeLease;

/**
 * hvn_probe_dhcp_build:
 * @mac: ours
 * @xid: transaction
 * @offer: (nullable): the offer to accept, or %NULL to discover
 * @bytes: (out caller-allocates): room
 * @room: bytes of it
 *
 * Returns: bytes of the message, 0 when the room is too small
 */
gsize
hvn_probe_dhcp_build(const HvnMac *mac, guint32 xid, const HvnProbeLease *offer, guint8 *bytes, gsize room);

/**
 * hvn_probe_dhcp_parse:
 * @bytes: a message, from the op field on
 * @len: its bytes
 * @mac: ours
 * @xid: our transaction
 * @lease: (out caller-allocates): what it says
 *
 * Returns: whether it is a whole reply to us
 */
gboolean
hvn_probe_dhcp_parse(const guint8 *bytes, gsize len, const HvnMac *mac, guint32 xid, HvnProbeLease *lease);

/**
 * hvn_probe_dhcp_run:
 * @stack: a stack without an address
 * @mac: ours
 * @timeout_ms: at most this long
 * @lease: (out caller-allocates): what was granted
 * @error: return location
 *
 * Discovers, requests, and repeats what is not answered.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_probe_dhcp_run(HvnProbeStack *stack, const HvnMac *mac, guint timeout_ms, HvnProbeLease *lease, GError **error);

G_END_DECLS
