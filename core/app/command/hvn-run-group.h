/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A group of interfaces whose NICs are served by one process, and its supervision: a process that ends is started again, at once the first
 * time, then later and later. A group is one interface, or all those that share something within a session, such as a network. */
#pragma once

#include "hvn-cli.h"
#include "hvn-dispatcher.h"
#include "hvn-qmp-client.h"

G_BEGIN_DECLS

typedef struct _HvnRunGroup HvnRunGroup;

/**
 * HvnRunGroupHandlers:
 * @ready: its NICs are served, and hvn_run_group_get_client() takes commands; again after each @ended
 * @ended: its process has ended, and the client goes after this call; it is started again unless @refused follows
 * @refused: its process has ended by itself before it was ever ready, having said why, or crashes on; it is not started again
 * @event: an event of the process's control connection, lent
 *
 * Who is told.
 */
typedef struct {
    void (*ready)(HvnRunGroup *group, gpointer data);
    void (*ended)(HvnRunGroup *group, gpointer data);
    void (*refused)(HvnRunGroup *group, gpointer data);
    void (*event)(HvnRunGroup *group, const char *name, JsonObject *event, gpointer data);
} HvnRunGroupHandlers;

/**
 * HvnRunGroupSetup:
 * @cli: the command, for its common options
 * @config: (array zero-terminated=1): the words of the configuration
 * @text_fd: the text of the configuration's file, or -1
 * @poll_us: microseconds to keep awake after a message
 *
 * What all groups have in common; it outlives them.
 */
typedef struct {
    const HvnCli *cli;
    char        **config;
    int           text_fd;
    guint         poll_us;
} HvnRunGroupSetup;

/**
 * hvn_run_group_new:
 * @dispatcher: (transfer none): where it is supervised; must outlive it
 * @setup: what all groups have in common
 * @handlers: static; who is told
 * @data: (nullable): for @handlers
 *
 * Returns: (transfer full): a group without interfaces
 */
HvnRunGroup *
hvn_run_group_new(HvnDispatcher *dispatcher, const HvnRunGroupSetup *setup, const HvnRunGroupHandlers *handlers, gpointer data);

/**
 * hvn_run_group_add:
 * @self: a group that has not started
 * @name: of an interface of the configuration
 * @vhost_user: whether it is served over vhost-user, and not vfio-user
 * @listen_fd: (transfer none): a socket that listens; it stays open as long as the group is. -1 for an interface without a NIC
 * @capture: (nullable): a file that hvn_pcap_new() began, for what passes the interface's link
 */
void
hvn_run_group_add(HvnRunGroup *self, const char *name, gboolean vhost_user, int listen_fd, const char *capture);

/**
 * hvn_run_group_start:
 * @self: a group
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set when no process can be started
 */
gboolean
hvn_run_group_start(HvnRunGroup *self, GError **error);

/**
 * hvn_run_group_get_client:
 * @self: a group
 *
 * Returns: (transfer none) (nullable): the control connection to its process, while it is ready
 */
HvnQmpClient *
hvn_run_group_get_client(HvnRunGroup *self);

/**
 * hvn_run_group_stop:
 * @self: a group
 *
 * Lets its process end in order, without waiting for it. It is not started again.
 */
void
hvn_run_group_stop(HvnRunGroup *self);

/**
 * hvn_run_group_free:
 * @self: (transfer full) (nullable): a group; its process has some seconds to end and is killed then
 */
void
hvn_run_group_free(HvnRunGroup *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnRunGroup, hvn_run_group_free)

G_END_DECLS
