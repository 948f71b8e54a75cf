/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of the probe. A check is a function that tries one thing, bounded in time, and adds one row or more. It reads what
 * earlier checks found from the probe that it is given. */
#pragma once

#include <lwip/ip_addr.h>

#include "hvn-probe-dhcp.h"
#include "hvn-probe-host.h"
#include "hvn-probe-report.h"
#include "hvn-probe-server.h"
#include "hvn-probe-stack.h"
#include "hvn-session.h"

G_BEGIN_DECLS

#define HVN_PROBE_FORWARD_PORT 7 /* echo, of the forward that the probe adds */

/**
 * HvnProbe:
 * @described: what is probed, as it is configured
 * @interface: (nullable): its objects; %NULL when another process has them
 * @server: (nullable): the thread that has @interface; %NULL when it is ours
 * @options: options of its backend
 * @section: gets the rows
 * @host: the servers on the host
 * @dispatcher: what all of it runs on
 * @guest: the machine
 * @driver: the guest's driver
 * @stack: the guest's IP stack
 * @ipv4: whether the configuration has IPv4
 * @ipv6: whether the configuration has IPv6
 * @restricted: whether the guest is to be kept from the host
 * @forward_added: whether the port forward is the probe's own
 * @smb_dropped: whether a share was configured and left out, because the host has no smbd
 * @has_lease: whether @lease is one
 * @lease: what DHCP gave
 * @gateway: the router, or the DHCP server where no router is offered
 *
 * One interface while it is probed.
 */
typedef struct {
    const HvnInterfaceConfig *described;
    const HvnInterface *interface;
    HvnProbeServer     *server;
    const HvnOptions   *options;
    HvnProbeSection    *section;
    HvnProbeHost       *host;
    HvnDispatcher      *dispatcher;
    HvnProbeGuest      *guest;
    HvnProbeDriver     *driver;
    HvnProbeStack      *stack;
    gboolean            ipv4;
    gboolean            ipv6;
    gboolean            restricted;
    gboolean            forward_added;
    gboolean            smb_dropped;
    gboolean            has_lease;
    HvnProbeLease       lease;
    ip_addr_t           gateway;
} HvnProbe;

/**
 * HvnProbeCheck:
 * @name: of its rows
 * @needs_lease: skipped without an IPv4 address
 * @run: tries it
 */
typedef struct {
    const char *name;
    gboolean    needs_lease;
    void (*run)(HvnProbe *self);
} HvnProbeCheck;

/**
 * hvn_probe_checks:
 *
 * Every check but the device's own, in order, ended by a %NULL name.
 */
extern const HvnProbeCheck hvn_probe_checks[];

/**
 * hvn_probe_get_text:
 * @self: the probe
 * @option: an option of the backend
 *
 * Returns: (transfer none) (nullable): its value as it was written, %NULL when it was not given
 */
const char *
hvn_probe_get_text(HvnProbe *self, const char *option);

/**
 * hvn_probe_get_flag:
 * @self: the probe
 * @option: a boolean option of the backend
 * @fallback: its default
 *
 * Returns: its value
 */
gboolean
hvn_probe_get_flag(HvnProbe *self, const char *option, gboolean fallback);

/**
 * hvn_probe_ip4_to_text:
 * @address: host order
 *
 * Returns: (transfer full): as text
 */
char *
hvn_probe_ip4_to_text(guint32 address);

/**
 * hvn_probe_why:
 * @self: the probe
 *
 * Returns: (transfer full): what the driver noticed, to be added to a detail: "" or "; the device: ..."
 */
char *
hvn_probe_why(HvnProbe *self);

/* hvn-probe-checks-address.c */
void
hvn_probe_check_dhcp(HvnProbe *self);
void
hvn_probe_check_arp(HvnProbe *self);
void
hvn_probe_check_ping(HvnProbe *self);
void
hvn_probe_check_ipv6(HvnProbe *self);

/* hvn-probe-checks-service.c */
void
hvn_probe_check_dns(HvnProbe *self);
void
hvn_probe_check_tftp(HvnProbe *self);
void
hvn_probe_check_smb(HvnProbe *self);

/* hvn-probe-checks-transfer.c */
void
hvn_probe_check_tcp(HvnProbe *self);
void
hvn_probe_check_udp(HvnProbe *self);
void
hvn_probe_check_restrict(HvnProbe *self);
void
hvn_probe_check_latency(HvnProbe *self);
void
hvn_probe_check_throughput(HvnProbe *self);

/* hvn-probe-checks-forward.c */
void
hvn_probe_check_forward_in(HvnProbe *self);
void
hvn_probe_check_forward_out(HvnProbe *self);

G_END_DECLS
