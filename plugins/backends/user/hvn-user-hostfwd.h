/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The port forwards that a running libslirp holds: adds and removes rules, and knows the ports that the host chose. */
#pragma once

#include <libslirp.h>

#include "hvn-user-forward.h"
#include "hvn-user-net.h"
#include "hvn-user-source.h"

G_BEGIN_DECLS

typedef struct _HvnUserHostfwd HvnUserHostfwd;

/**
 * hvn_user_hostfwd_new:
 * @slirp: (transfer none): outlives it
 * @source: (transfer none): outlives it
 * @net: (transfer none): outlives it
 *
 * Returns: (transfer full): an empty set of rules
 */
HvnUserHostfwd *
hvn_user_hostfwd_new(Slirp *slirp, HvnUserSource *source, const HvnUserNet *net);

/**
 * hvn_user_hostfwd_free:
 * @self: (transfer full) (nullable): the rules; all are removed, and unix sockets with them
 */
void
hvn_user_hostfwd_free(HvnUserHostfwd *self);

/**
 * hvn_user_hostfwd_add:
 * @self: the rules
 * @text: a rule
 * @error: return location
 *
 * Listens on every port of the rule, or on none.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_user_hostfwd_add(HvnUserHostfwd *self, const char *text, GError **error);

/**
 * hvn_user_hostfwd_remove_rule:
 * @self: the rules
 * @text: a rule as it was added
 *
 * Returns: whether it was there
 */
gboolean
hvn_user_hostfwd_remove_rule(HvnUserHostfwd *self, const char *text);

/**
 * hvn_user_hostfwd_remove:
 * @self: the rules
 * @text: a rule as it was added, or its host side ("tcp:127.0.0.1:8080")
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_NOT_FOUND or %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_user_hostfwd_remove(HvnUserHostfwd *self, const char *text, GError **error);

/**
 * hvn_user_hostfwd_list:
 * @self: the rules
 *
 * Returns: (transfer full): a rule for each port or socket that is listened on, with the port that the host chose
 */
GStrv
hvn_user_hostfwd_list(const HvnUserHostfwd *self);

G_END_DECLS
