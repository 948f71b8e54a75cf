/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface as the supervisor of `hvnet run` has it. */
#pragma once

#include "hvn-run-group.h"

G_BEGIN_DECLS

/**
 * HvnRunInterface:
 * @config: what the configuration says of it, not owned
 * @vhost_user: whether its NIC is served over vhost-user, and not vfio-user
 * @path: (nullable): of the NIC's socket, or "fd:N" for one that was given; %NULL without a NIC
 * @own_path: whether the socket is ours to remove
 * @listen_fd: of that socket, -1 without
 * @group: whose process serves it
 *
 * An interface.
 */
typedef struct {
    const HvnInterfaceConfig *config;
    gboolean                  vhost_user;
    char                     *path;
    gboolean                  own_path;
    int                       listen_fd;
    HvnRunGroup              *group;
} HvnRunInterface;

G_END_DECLS
