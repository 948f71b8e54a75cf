/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Commands of a control server passed on to the processes that the interfaces are in, for a supervisor. A command that concerns one
 * interface goes to its process; one that concerns every interface goes to all, and their lists are joined.
 *
 *   client -> HvnControl (check) -> router -> HvnQmpClient of a process -> its HvnControl -> back the same way
 *
 * A process may be gone at any time, and another one in its place later: the state of its links is told to that one again. */
#pragma once

#include "hvn-control.h"
#include "hvn-qmp-client.h"

G_BEGIN_DECLS

typedef struct _HvnControlForward HvnControlForward;

/**
 * HvnControlForwardLinkFunc:
 * @interface: its name
 * @up: whether frames pass
 * @data: what was given to hvn_control_forward_new()
 *
 * A client has set the state of a link, and the interface's process has done it: for who has more to do, such as to tell an emulator that has
 * the device itself.
 */
typedef void (*HvnControlForwardLinkFunc)(const char *interface, gboolean up, gpointer data);

/**
 * hvn_control_forward_new:
 * @control: (transfer none): a server; gets the rows of a session's commands, and a router
 * @link_func: (nullable): told when a link's state was set
 * @data: (nullable): for @link_func
 *
 * Returns: (transfer full): without interfaces
 */
HvnControlForward *
hvn_control_forward_new(HvnControl *control, HvnControlForwardLinkFunc link_func, gpointer data);

/**
 * hvn_control_forward_free:
 * @self: (transfer full) (nullable): takes the router away; what waits for an answer gets an error. The connections are to be freed before
 */
void
hvn_control_forward_free(HvnControlForward *self);

/**
 * hvn_control_forward_add:
 * @self: a forward
 * @name: of an interface
 * @others: (nullable) (array zero-terminated=1): what it may be called besides: the id of its backend, its MAC address
 * @path: (nullable): the socket that its NIC is served on, where its process does not know it
 *
 * Adds an interface. Lists have the interfaces in the order in which they were added.
 */
void
hvn_control_forward_add(HvnControlForward *self, const char *name, const char *const *others, const char *path);

/**
 * hvn_control_forward_set_client:
 * @self: a forward
 * @name: of an interface that was added
 * @client: (transfer none) (nullable): the connection to its process, which takes commands; %NULL before that connection is freed
 *
 * Says where an interface is from now on. What waits for an answer of the connection before gets an error.
 */
void
hvn_control_forward_set_client(HvnControlForward *self, const char *name, HvnQmpClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnControlForward, hvn_control_forward_free)

G_END_DECLS
