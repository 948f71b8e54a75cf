/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command line of `hvnet run`. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * HvnRunAttach:
 * @HVN_RUN_ATTACH_DEFAULT: virtio models over vhost-user, all others over vfio-user
 * @HVN_RUN_ATTACH_VFIO_USER: all over vfio-user
 * @HVN_RUN_ATTACH_VHOST_USER: all over vhost-user, which is an error for those that cannot
 *
 * What --attach says.
 */
typedef enum {
    HVN_RUN_ATTACH_DEFAULT,
    HVN_RUN_ATTACH_VFIO_USER,
    HVN_RUN_ATTACH_VHOST_USER,
} HvnRunAttach;

/**
 * HvnRunOptions:
 * @socket_dir: (nullable): absolute, --socket-dir
 * @config: (element-type utf8): a FILE or QEMU's options, not owned; %NULL at the end once parsed
 * @emulator: (nullable) (array zero-terminated=1): the words behind "--", not owned
 * @poll_us: --poll-us
 * @attach: --attach
 * @name: (nullable): --name, not owned
 * @socket_path: (nullable): absolute, --socket-path
 * @fd: --fd, or -1
 * @fd_connected: whether a client is at its other end
 *
 * What the command line says.
 */
typedef struct {
    char        *socket_dir;
    GPtrArray   *config;
    char       **emulator;
    guint        poll_us;
    HvnRunAttach attach;
    const char  *name;
    char        *socket_path;
    int          fd;
    gboolean     fd_connected;
} HvnRunOptions;

/**
 * hvn_run_options_parse:
 * @self: (out caller-allocates): what it says
 * @argc: words
 * @argv: (array zero-terminated=1): the words
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set; to be cleared in any case
 */
gboolean
hvn_run_options_parse(HvnRunOptions *self, int argc, char **argv, GError **error);

/**
 * hvn_run_options_clear:
 * @self: options
 */
void
hvn_run_options_clear(HvnRunOptions *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HvnRunOptions, hvn_run_options_clear)

G_END_DECLS
