/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands of the control interface that concern a session: set_link, query-interfaces; and its events. */
#pragma once

#include "hvn-control.h"
#include "hvn-session.h"

G_BEGIN_DECLS

typedef struct _HvnControlSession HvnControlSession;

/**
 * hvn_control_session_new:
 * @control: (transfer none): a server on the session's dispatcher; gets the commands
 * @session: (transfer none): what they concern
 *
 * Returns: (transfer full): what ties one to the other; takes a reference on both
 */
HvnControlSession *
hvn_control_session_new(HvnControl *control, HvnSession *session);

/**
 * hvn_control_session_free:
 * @self: (transfer full) (nullable): takes the commands away again
 */
void
hvn_control_session_free(HvnControlSession *self);

/**
 * hvn_control_session_set_server:
 * @self: what ties a session to a server of commands
 * @interface: name of an interface
 * @path: (nullable): the socket that its NIC is served on
 * @server: (transfer none): a #HvnVfioUser or #HvnVhostUser
 *
 * Says how an interface is attached, for query-interfaces.
 */
void
hvn_control_session_set_server(HvnControlSession *self, const char *interface, const char *path, GObject *server);

/**
 * hvn_control_session_add_rows:
 * @control: a server whose session is in other processes, behind hvn_control_set_router()
 *
 * Adds the rows of the commands alone: what is accepted, and the help.
 */
void
hvn_control_session_add_rows(HvnControl *control);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnControlSession, hvn_control_session_free)

G_END_DECLS
