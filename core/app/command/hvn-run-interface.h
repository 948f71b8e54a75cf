/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface as the supervisor of `hvnet run` has it. */
#pragma once

#include "hvn-pcap.h"
#include "hvn-run-group.h"
#include "hvn-run-options.h"

G_BEGIN_DECLS

/**
 * HvnRunInterface:
 * @config: what the configuration says of it, not owned
 * @vhost_user: whether its NIC is served over vhost-user, and not vfio-user
 * @path: (nullable): of the NIC's socket, or "fd:N" for one that was given; %NULL without a NIC
 * @own_path: whether the socket is ours to remove
 * @listen_fd: of that socket, -1 without
 * @capture: (nullable): the file that its link is captured to, which its processes write to
 * @capture_path: (nullable): of that file
 * @group: whose process serves it, not owned
 * @descriptor: (nullable): of the NIC's plugin, not owned
 * @device: the emulator's, by its number for hvn_run_replug_lost(), where @plugged
 * @plugged: whether the emulator has a device that is to be replugged
 * @attached: whether a client is connected
 * @link_up: what its link is, as far as the supervisor knows
 *
 * An interface.
 */
typedef struct {
    const HvnInterfaceConfig *config;
    gboolean                  vhost_user;
    char                     *path;
    gboolean                  own_path;
    int                       listen_fd;
    HvnPcap                  *capture;
    char                     *capture_path;
    HvnRunGroup              *group;
    HvnDescriptor            *descriptor;
    guint                     device;
    gboolean                  plugged;
    gboolean                  attached;
    gboolean                  link_up;
} HvnRunInterface;

/**
 * hvn_run_interface_new:
 * @config: what the configuration says of it
 *
 * Returns: (transfer full): an interface that is nowhere yet
 */
HvnRunInterface *
hvn_run_interface_new(const HvnInterfaceConfig *config);

/**
 * hvn_run_interface_begin_capture:
 * @self: an interface
 * @pcap: (nullable): --pcap
 * @alone: whether there is no other interface; otherwise its name is part of the file's
 * @error: return location
 *
 * Begins the file to which its processes, one after the other, write what passes its link. It stays open here, so that who reads from a
 * pipe goes on when one of them crashes.
 *
 * Returns: %FALSE with %HVN_ERROR set when the file cannot be written
 */
gboolean
hvn_run_interface_begin_capture(HvnRunInterface *self, const char *pcap, gboolean alone, GError **error);

/**
 * hvn_run_interface_free:
 * @self: (transfer full): an interface; its socket goes
 */
void
hvn_run_interface_free(HvnRunInterface *self);

/**
 * hvn_run_interface_choose_protocol:
 * @self: an interface with a NIC
 * @registry: (transfer none): the plugins
 * @attach: what the command line says
 * @error: return location
 *
 * How it is attached: what the model can, unless the command line says otherwise.
 *
 * Returns: %FALSE with %HVN_ERROR set when the model cannot be attached so
 */
gboolean
hvn_run_interface_choose_protocol(HvnRunInterface *self, HvnRegistry *registry, HvnRunAttach attach, GError **error);

/**
 * hvn_run_interface_listen:
 * @self: an interface with a NIC
 * @options: the command line
 * @error: return location
 *
 * Where its clients come from: a socket of ours, or one that we were given.
 *
 * Returns: %FALSE with %HVN_ERROR set
 */
gboolean
hvn_run_interface_listen(HvnRunInterface *self, const HvnRunOptions *options, GError **error);

/**
 * hvn_run_interface_find:
 * @interfaces: (element-type HvnRunInterface): where to look
 * @group: whose process serves it
 * @name: (nullable): its name
 *
 * Returns: (transfer none) (nullable): the interface
 */
HvnRunInterface *
hvn_run_interface_find(GPtrArray *interfaces, HvnRunGroup *group, const char *name);

G_END_DECLS
