/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the specifications of vhost-user and vfio-user ask of a program that serves a device, in their sections "Backend program
 * conventions": --socket-path, --fd, --print-capabilities. Installed under names of its own in libexecdir, where the description files
 * for management software point, the program takes these options and nothing else is needed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hvn_run_daemon_words:
 * @argc: (inout): as main()
 * @argv: as main()
 *
 * A program that is called by one of the names in libexecdir is `hvnet run --attach KIND` with the same words.
 *
 * Returns: (transfer container) (array zero-terminated=1): the words, @argv itself's or longer
 */
char **
hvn_run_daemon_words(int *argc, char **argv);

/**
 * hvn_run_daemon_asks_capabilities:
 * @argc: words
 * @argv: (array zero-terminated=1): the words of `run`
 *
 * Returns: whether --print-capabilities is among them; whatever else is has to be ignored then
 */
gboolean
hvn_run_daemon_asks_capabilities(int argc, char **argv);

/**
 * hvn_run_daemon_print_capabilities:
 *
 * Prints the capabilities that the specifications know for a network device, as JSON: there are no features so far.
 */
void
hvn_run_daemon_print_capabilities(void);

/**
 * hvn_run_daemon_take_fd:
 * @text: what --fd says
 * @connected: (out): whether a client is at its other end; otherwise it listens
 * @error: return location
 *
 * Returns: the descriptor, which closes itself on exec from now on, or -1 with %HVN_ERROR_INVALID_CONFIG set when it is no unix stream socket
 *   that listens or is connected
 */
int
hvn_run_daemon_take_fd(const char *text, gboolean *connected, GError **error);

G_END_DECLS
