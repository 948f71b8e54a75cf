/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's bridge helper: a program with privileges that makes a tap, puts it into a bridge that its rules (/etc/qemu/bridge.conf) allow, and
 * passes the descriptor over a socket. */
#pragma once

#include "hvn-port.h"

G_BEGIN_DECLS

#define HVN_TAP_HELPER_BRIDGE "br0" /* QEMU's default */

/**
 * hvn_tap_helper_run:
 * @port: (transfer none): for whom, in messages
 * @helper: (nullable): the program, or a command of the shell where it has spaces; %NULL for the one that is installed
 * @bridge: the bridge
 * @error: return location
 *
 * Runs it and waits for its end, which is not long in coming: it is set-up. One that takes more than 10 seconds is ended.
 *
 * Returns: the descriptor, which is the caller's, or -1 with %HVN_ERROR set; what the helper said is in the message
 */
int
hvn_tap_helper_run(HvnPort *port, const char *helper, const char *bridge, GError **error);

G_END_DECLS
