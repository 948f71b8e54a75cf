/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A private directory for what has to have a name in the file system: unix sockets towards libslirp and smbd's files. Mode 0700,
 * removed with all that is in it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hvn_user_dir_new:
 * @error: return location
 *
 * Returns: (transfer full) (nullable): path of a new, empty directory, short enough for unix sockets in it
 */
char *
hvn_user_dir_new(GError **error);

/**
 * hvn_user_dir_free:
 * @path: (transfer full) (nullable): the directory; removed with all that is in it, no symbolic link followed
 */
void
hvn_user_dir_free(char *path);

G_END_DECLS
