/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where control sockets of running programs are found by name: a private directory of the user's, $XDG_RUNTIME_DIR/hvnet or else
 * hvnet-UID in the directory for temporary files. It holds a link NAME.sock to each socket, wherever that is. A link whose program is gone is
 * recognised by its socket that refuses, and removed. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_CONTROL_NAME_MAX 64 /* bytes of a name */

/**
 * HvnControlDirEntry:
 * @name: of the program
 * @path: (type filename): of the link to its socket
 *
 * A program that runs.
 */
typedef struct {
    char *name;
    char *path;
} HvnControlDirEntry;

/**
 * hvn_control_dir_add:
 * @name: 1 to %HVN_CONTROL_NAME_MAX bytes of UTF-8 without '/' and control characters, not beginning with '.'
 * @path: (type filename): absolute, of a socket that accepts already
 * @error: return location
 *
 * Lets a control socket be found. The directory is made where there is none.
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG for a wrong name, %HVN_ERROR_IN_USE when a program that runs has it, or %HVN_ERROR_IO set
 */
gboolean
hvn_control_dir_add(const char *name, const char *path, GError **error);

/**
 * hvn_control_dir_remove:
 * @name: what was given to hvn_control_dir_add()
 *
 * Takes the link away, and the directory with the last one.
 */
void
hvn_control_dir_remove(const char *name);

/**
 * hvn_control_dir_list:
 *
 * Removes what is stale.
 *
 * Returns: (transfer full) (element-type HvnControlDirEntry): the programs that run, by name
 */
GPtrArray *
hvn_control_dir_list(void);

G_END_DECLS
