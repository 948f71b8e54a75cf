/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The private directory stands in the user's runtime directory, or in the temporary one when that is missing or its path is long.
 */
#include "hvn-user-dir.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "hvn-error.h"

#define DIR_NAME     "hvnet-user-XXXXXX"
#define DIR_PATH_MAX 90 /* leaves room for a name in the 107 bytes of a unix socket's path */
#define OPEN_FDS_MAX 16

char *
hvn_user_dir_new(GError **error)
{
    const char *const parents[] = {g_get_user_runtime_dir(), g_get_tmp_dir(), "/tmp"};
    int saved_errno = ENAMETOOLONG;

    for (guint i = 0; i < G_N_ELEMENTS(parents); i++) {
        g_autofree char *path = g_build_filename(parents[i], DIR_NAME, NULL);

        if (strlen(path) > DIR_PATH_MAX)
            continue;
        if (g_mkdtemp_full(path, 0700) != NULL)
            return g_steal_pointer(&path);
        saved_errno = errno;
    }
    hvn_set_error_errno(error, saved_errno, "cannot make a private directory in %s or %s", parents[0], parents[1]);
    return NULL;
}

static int
hvn_user_dir_remove_one(const char *path, const struct stat *info, int type, struct FTW *place)
{
    if (remove(path) != 0)
        g_warning("cannot remove %s: %s", path, g_strerror(errno));
    return 0;
}

void
hvn_user_dir_free(char *path)
{
    if (path == NULL)
        return;
    nftw(path, hvn_user_dir_remove_one, OPEN_FDS_MAX, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
    g_free(path);
}
