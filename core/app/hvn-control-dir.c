/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory of links to control sockets. Links, because a socket's own place may be anywhere and its path may be long, while a client
 * connects through the short path here. Only links are ever removed here, and what a program left behind in a directory of its own. */
#include "hvn-control-dir.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-text.h"

#define SUFFIX   ".sock"
#define ATTEMPTS 5 /* other sessions come and go meanwhile */

/* where run-time files of the user go: the directory, and what ours is called there */
static char *
hvn_control_dir_path(void)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *name = NULL;

    if (runtime != NULL && g_access(runtime, W_OK) == 0)
        return g_build_filename(runtime, "hvnet", NULL);
    name = g_strdup_printf("hvnet-%u", (guint)geteuid());
    return g_build_filename(g_get_tmp_dir(), name, NULL);
}

/* In a directory for temporary files anybody may have made it before us. */
static gboolean
hvn_control_dir_make(const char *path, GError **error)
{
    struct stat st;

    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        hvn_set_error_errno(error, errno, "cannot create directory '%s'", path);
        return FALSE;
    }
    if (lstat(path, &st) != 0) {
        hvn_set_error_errno(error, errno, "cannot look at '%s'", path);
        return FALSE;
    }
    if (S_ISDIR(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 077) == 0)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_IO, "'%s' is not private: expected a directory of this user's with mode 0700", path);
    return FALSE;
}

static gboolean
hvn_control_dir_check_name(const char *name, GError **error)
{
    gsize len = strlen(name);
    gboolean right = len > 0 && len <= HVN_CONTROL_NAME_MAX && name[0] != '.' && g_utf8_validate(name, -1, NULL);
    g_autofree char *printable = NULL;

    for (gsize i = 0; right && i < len; i++)
        right = name[i] != '/' && !g_ascii_iscntrl(name[i]);
    if (right)
        return TRUE;
    printable = hvn_text_printable(name);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid name of a session '%s': expected 1 to %d bytes without '/', not beginning with '.'",
                printable, HVN_CONTROL_NAME_MAX);
    return FALSE;
}

static char *
hvn_control_dir_link(const char *dir, const char *name)
{
    g_autofree char *file = g_strconcat(name, SUFFIX, NULL);

    return g_build_filename(dir, file, NULL);
}

/* whether nobody accepts behind a link; what cannot be told counts as in use */
static gboolean
hvn_control_dir_is_stale(const char *link)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    gboolean stale;
    int fd;

    if (strlen(link) >= sizeof address.sun_path)
        return FALSE;
    g_strlcpy(address.sun_path, link, sizeof address.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return FALSE;
    stale = connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 && (errno == ECONNREFUSED || errno == ENOENT);
    close(fd);
    return stale;
}

/* A program that was killed left its sockets behind. In a directory that was made for them alone, one beside ours with our prefix, they go too. */
static void
hvn_control_dir_sweep(const char *dir, const char *socket_path)
{
    g_autofree char *parent = g_path_get_dirname(socket_path);
    g_autofree char *name = g_path_get_basename(parent);
    g_autofree char *above = g_path_get_dirname(parent);
    g_autofree char *ours = g_path_get_dirname(dir);
    g_autoptr(GDir) files = NULL;
    const char *file;

    if (strcmp(above, ours) != 0 || !g_str_has_prefix(name, "hvnet-"))
        return;
    files = g_dir_open(parent, 0, NULL);
    while (files != NULL && (file = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_build_filename(parent, file, NULL);
        struct stat st;

        if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
            g_unlink(path);
    }
    g_rmdir(parent);
}

static void
hvn_control_dir_remove_stale(const char *dir, const char *link)
{
    g_autofree char *target = g_file_read_link(link, NULL);

    if (target == NULL || g_unlink(link) != 0)
        return;
    hvn_control_dir_sweep(dir, target);
    g_rmdir(dir);
}

/* One attempt. Returns TRUE when it is decided, with @error set or not. */
static gboolean
hvn_control_dir_try(const char *dir, const char *link, const char *name, const char *path, GError **error)
{
    if (!hvn_control_dir_make(dir, error) || symlink(path, link) == 0)
        return TRUE;
    if (errno == EEXIST && hvn_control_dir_is_stale(link)) {
        hvn_control_dir_remove_stale(dir, link);
        return FALSE;
    }
    if (errno == EEXIST)
        g_set_error(error, HVN_ERROR, HVN_ERROR_IN_USE, "a session '%s' runs already: give this one another name with --name", name);
    else if (errno == ENOENT)
        return FALSE; /* another session ended and took the directory away */
    else
        hvn_set_error_errno(error, errno, "cannot create link '%s'", link);
    return TRUE;
}

gboolean
hvn_control_dir_add(const char *name, const char *path, GError **error)
{
    g_autofree char *dir = hvn_control_dir_path();
    g_autofree char *link = NULL;
    g_autoptr(GError) local = NULL;

    g_return_val_if_fail(name != NULL, FALSE);
    g_return_val_if_fail(path != NULL && g_path_is_absolute(path), FALSE);

    if (!hvn_control_dir_check_name(name, error))
        return FALSE;
    link = hvn_control_dir_link(dir, name);
    if (strlen(link) >= sizeof((struct sockaddr_un *)NULL)->sun_path) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "path '%s' is too long for a socket: expected a shorter XDG_RUNTIME_DIR or TMPDIR",
                    link);
        return FALSE;
    }
    for (guint i = 0; i < ATTEMPTS; i++) {
        if (!hvn_control_dir_try(dir, link, name, path, &local))
            continue;
        if (local == NULL)
            return TRUE;
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
    }
    g_set_error(error, HVN_ERROR, HVN_ERROR_IO, "cannot create link '%s': it comes and goes", link);
    return FALSE;
}

void
hvn_control_dir_remove(const char *name)
{
    g_autofree char *dir = hvn_control_dir_path();
    g_autofree char *link = hvn_control_dir_link(dir, name);

    g_unlink(link);
    g_rmdir(dir); /* the last one takes it away */
}

/* ---- list ---- */

static void
hvn_control_dir_entry_free(gpointer data)
{
    HvnControlDirEntry *self = data;

    g_free(self->name);
    g_free(self->path);
    g_free(self);
}

static int
hvn_control_dir_entry_compare(gconstpointer a, gconstpointer b)
{
    const HvnControlDirEntry *const *entries[] = {a, b};

    return strcmp((*entries[0])->name, (*entries[1])->name);
}

GPtrArray *
hvn_control_dir_list(void)
{
    GPtrArray *list = g_ptr_array_new_with_free_func(hvn_control_dir_entry_free);
    g_autofree char *dir = hvn_control_dir_path();
    g_autoptr(GDir) files = NULL;
    const char *file;

    /* one that is not private is not ours */
    if (g_file_test(dir, G_FILE_TEST_EXISTS) && hvn_control_dir_make(dir, NULL))
        files = g_dir_open(dir, 0, NULL);
    while (files != NULL && (file = g_dir_read_name(files)) != NULL) {
        g_autofree char *path = g_build_filename(dir, file, NULL);
        HvnControlDirEntry *entry;

        if (!g_str_has_suffix(file, SUFFIX))
            continue;
        if (hvn_control_dir_is_stale(path)) {
            hvn_control_dir_remove_stale(dir, path);
            continue;
        }
        entry = g_new0(HvnControlDirEntry, 1);
        entry->name = g_strndup(file, strlen(file) - strlen(SUFFIX));
        entry->path = g_steal_pointer(&path);
        g_ptr_array_add(list, entry);
    }
    g_ptr_array_sort(list, hvn_control_dir_entry_compare);
    return list;
}
