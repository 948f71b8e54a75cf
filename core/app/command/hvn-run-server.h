/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The process of a group of interfaces under `hvnet run`: their session, and a server for each NIC. It is the same program again, with a
 * subcommand that is nobody else's to use. */
#pragma once

#include "hvn-cli.h"

G_BEGIN_DECLS

#define HVN_RUN_SERVER_COMMAND "run-server"

/* its events on the control connection, with the interface as "name" */
#define HVN_RUN_SERVER_ATTACHED "HVNET_CLIENT_ATTACHED"
#define HVN_RUN_SERVER_DETACHED "HVNET_CLIENT_DETACHED"
#define HVN_RUN_SERVER_HEARD    "HVNET_CLIENT_HEARD" /* over vhost-user: it negotiates, and waits for our answer */

#define HVN_RUN_SNAP_LEN 65536 /* bytes of a frame in a capture */

/**
 * hvn_run_server_words:
 * @control_fd: the process's end of a control connection; it greets there once the NICs are served
 * @life_fd: a pipe that ends when the supervisor does
 * @text_fd: the text of the configuration's file, or -1
 * @poll_us: microseconds to keep awake after a message
 *
 * Returns: (transfer full) (element-type utf8): the subcommand and what follows, to be completed by hvn_run_server_add() and, behind
 *   "--", by the configuration
 */
GPtrArray *
hvn_run_server_words(int control_fd, int life_fd, int text_fd, guint poll_us);

/**
 * hvn_run_server_add:
 * @words: (element-type utf8): words so far
 * @name: of an interface of the configuration
 * @vhost_user: whether it is served over vhost-user, and not vfio-user
 * @listen_fd: a socket that listens, -1 for an interface without a NIC
 * @state_fd: for hvn_vhost_user_set_state_fd(), -1 for none
 * @capture: (nullable): a file that hvn_pcap_new() began, for what passes the interface's link
 */
void
hvn_run_server_add(GPtrArray *words, const char *name, gboolean vhost_user, int listen_fd, int state_fd, const char *capture);

G_END_DECLS
