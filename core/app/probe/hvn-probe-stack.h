/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The IP stack of the probe guest: lwIP with one interface over a driver. lwIP keeps its state in globals, so a process has
 * one stack at a time; interfaces are probed one after the other. */
#pragma once

#include <lwip/netif.h>

#include "hvn-probe-driver.h"

G_BEGIN_DECLS

typedef struct _HvnProbeStack HvnProbeStack;

/**
 * HvnProbeClaimFunc:
 * @frame: an arriving frame, lent for the call
 * @len: its bytes
 * @data: what was given with it
 *
 * Sees each frame before the stack does.
 *
 * Returns: whether the stack is not to have it
 */
typedef gboolean (*HvnProbeClaimFunc)(const guint8 *frame, gsize len, gpointer data);

/**
 * hvn_probe_stack_new:
 * @driver: (transfer none): drives the NIC; must outlive the stack
 * @trace: whether each frame is logged at info level
 * @error: return location
 *
 * Starts the driver and puts an interface without addresses on it.
 *
 * Returns: (transfer full) (nullable): the stack, or %NULL with %HVN_ERROR set: what the device did not do
 */
HvnProbeStack *
hvn_probe_stack_new(HvnProbeDriver *driver, gboolean trace, GError **error);

/**
 * hvn_probe_stack_free:
 * @self: (transfer full) (nullable): a stack whose sockets are closed
 */
void
hvn_probe_stack_free(HvnProbeStack *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeStack, hvn_probe_stack_free)

/**
 * hvn_probe_stack_get_netif:
 * @self: a stack
 *
 * Returns: (transfer none): lwIP's interface
 */
struct netif *
hvn_probe_stack_get_netif(HvnProbeStack *self);

/**
 * hvn_probe_stack_wait:
 * @self: a stack
 * @condition: (nullable): what to wait for
 * @data: (nullable): for @condition
 * @timeout_ms: at most this long
 *
 * Runs everything, as hvn_probe_guest_wait().
 *
 * Returns: whether the condition holds
 */
gboolean
hvn_probe_stack_wait(HvnProbeStack *self, HvnProbeCondition condition, gpointer data, guint timeout_ms);

/**
 * hvn_probe_stack_set_claim:
 * @self: a stack
 * @func: (nullable): sees each frame first
 * @data: (nullable): for @func
 */
void
hvn_probe_stack_set_claim(HvnProbeStack *self, HvnProbeClaimFunc func, gpointer data);

/**
 * hvn_probe_stack_set_address:
 * @self: a stack
 * @address: IPv4 address, host order
 * @mask: network mask, host order
 * @router: default router, host order, 0 for none
 */
void
hvn_probe_stack_set_address(HvnProbeStack *self, guint32 address, guint32 mask, guint32 router);

/**
 * hvn_probe_stack_set_mtu:
 * @self: a stack
 * @mtu: what the network says; values that IP or the driver cannot have are ignored
 */
void
hvn_probe_stack_set_mtu(HvnProbeStack *self, guint mtu);

/**
 * hvn_probe_stack_start_ipv6:
 * @self: a stack
 *
 * Gives the interface a link-local address and asks for routers.
 */
void
hvn_probe_stack_start_ipv6(HvnProbeStack *self);

/**
 * hvn_probe_stack_get_ipv6:
 * @self: a stack
 *
 * Returns: (transfer none) (nullable): the address that a router's prefix gave, once it may be used
 */
const ip6_addr_t *
hvn_probe_stack_get_ipv6(HvnProbeStack *self);

/**
 * hvn_probe_stack_get_router6:
 * @self: a stack
 * @router: (out caller-allocates): its link-local address
 *
 * Returns: whether a router has advertised itself
 */
gboolean
hvn_probe_stack_get_router6(HvnProbeStack *self, ip_addr_t *router);

/**
 * hvn_probe_stack_hurry_ipv6:
 * @self: a stack
 *
 * Lets the timers of neighbour discovery run once now: the wire is ours alone, so there is nobody to wait for.
 */
void
hvn_probe_stack_hurry_ipv6(HvnProbeStack *self);

G_END_DECLS
