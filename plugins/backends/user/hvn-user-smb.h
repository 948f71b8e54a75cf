/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The share of option smb: a configuration for the real smbd, in a private directory. smbd is started for each connection, as
 * inetd would. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * hvn_user_smb_format:
 * @dir: private directory for smbd's own files
 * @share: (type filename): the directory to share
 * @user: whom smbd acts as
 *
 * Returns: (transfer full): text of the configuration: one share, [qemu], for guests without a password
 */
char *
hvn_user_smb_format(const char *dir, const char *share, const char *user);

/**
 * hvn_user_smb_prepare:
 * @dir: private directory for smbd's own files
 * @share: (type filename): the directory to share
 * @error: return location
 *
 * Finds smbd, checks the share and writes the configuration.
 *
 * Returns: (transfer full) (nullable): the command, or %NULL with %HVN_ERROR set
 */
GStrv
hvn_user_smb_prepare(const char *dir, const char *share, GError **error);

G_END_DECLS
