/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of hostfwd and guestfwd as far as a check needs them: where to connect to, and where that should end. The rules were
 * checked by the backend before; what is not understood here is left out of the checks with that reason. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnProbeForward:
 * @udp: UDP rather than TCP
 * @host: address to connect to on the host, or the path of a unix socket
 * @host_port: first port on the host, 0 when the host chooses or for a unix socket
 * @n_ports: ports in the rule
 * @guest: (nullable): address of the guest, %NULL for the first that DHCP gives
 * @guest_port: first port in the guest
 */
typedef struct {
    gboolean udp;
    char    *host;
    guint16  host_port;
    guint    n_ports;
    char    *guest;
    guint16  guest_port;
} HvnProbeForward;

/**
 * hvn_probe_forward_parse:
 * @self: (out caller-allocates): the rule
 * @text: a rule of hostfwd
 *
 * Returns: whether it was understood
 */
gboolean
hvn_probe_forward_parse(HvnProbeForward *self, const char *text);

/**
 * hvn_probe_forward_clear:
 * @self: a rule
 */
void
hvn_probe_forward_clear(HvnProbeForward *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnProbeForward, hvn_probe_forward_clear)

/**
 * hvn_probe_forward_parse_guest:
 * @text: a rule of guestfwd
 * @server: (out) (transfer full): address that the guest connects to, empty for the default
 * @port: (out): its port
 *
 * Returns: whether it was understood
 */
gboolean
hvn_probe_forward_parse_guest(const char *text, char **server, guint16 *port);

G_END_DECLS
