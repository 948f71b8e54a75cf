/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of `hvnet run` for people and programs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hvn_run_sockets_print:
 * @self: (element-type HvnRunSocket): the sockets, which listen
 * @json: whether to print for programs
 *
 * Prints name, protocol and path of each on standard output, at once, and on standard error how to attach them.
 */
void
hvn_run_sockets_print(const GArray *self, gboolean json);

G_END_DECLS
