/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-control-dir.c: what runs is listed, what does not is removed, and the directory is private. */
#include "hvn-control-dir.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-error.h"

typedef struct {
    char *runtime; /* $XDG_RUNTIME_DIR */
    char *dir;     /* ours in it */
} Fixture;

static void
set_up(Fixture *self, gconstpointer data)
{
    self->runtime = g_dir_make_tmp("hvnet-test-XXXXXX", NULL);
    self->dir = g_build_filename(self->runtime, "hvnet", NULL);
    g_setenv("XDG_RUNTIME_DIR", self->runtime, TRUE);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    /* nothing is left behind */
    g_assert_cmpint(g_rmdir(self->runtime), ==, 0);
    g_free(self->runtime);
    g_free(self->dir);
}

/* a socket that listens, for the tests to close */
static int
listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    g_assert_cmpint(listen(fd, 8), ==, 0);
    return fd;
}

static char *
names(void)
{
    g_autoptr(GPtrArray) list = hvn_control_dir_list();
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        const HvnControlDirEntry *entry = g_ptr_array_index(list, i);

        g_assert_true(g_file_test(entry->path, G_FILE_TEST_EXISTS));
        g_string_append_printf(text, "%s ", entry->name);
    }
    return g_string_free(text, FALSE);
}

static void
assert_names(const char *expected)
{
    g_autofree char *found = names();

    g_assert_cmpstr(found, ==, expected);
}

static void
test_list(Fixture *self, gconstpointer data)
{
    g_autofree char *path_a = g_build_filename(self->runtime, "a-socket", NULL);
    g_autofree char *path_b = g_build_filename(self->runtime, "b-socket", NULL);
    g_autoptr(GError) error = NULL;
    struct stat st;
    int a = listen_at(path_a), b = listen_at(path_b);

    assert_names("");
    g_assert_cmpint(stat(self->dir, &st), ==, -1);
    g_assert_true(hvn_control_dir_add("web", path_a, &error));
    g_assert_true(hvn_control_dir_add("db 1", path_b, &error));
    g_assert_no_error(error);
    g_assert_cmpint(stat(self->dir, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0700);
    assert_names("db 1 web ");
    /* a name that is taken */
    g_assert_false(hvn_control_dir_add("web", path_b, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    /* gone in order, and killed */
    hvn_control_dir_remove("web");
    assert_names("db 1 ");
    close(b);
    assert_names("");
    /* what was stale left its socket alone: its place is not ours */
    g_assert_cmpint(lstat(path_b, &st), ==, 0);
    close(a);
    g_unlink(path_a);
    g_unlink(path_b);
}

static void
test_stale_name_is_taken_over(Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_build_filename(self->runtime, "socket", NULL);
    g_autofree char *other = g_build_filename(self->runtime, "other", NULL);
    g_autoptr(GError) error = NULL;
    int fd = listen_at(path), second = listen_at(other);

    g_assert_true(hvn_control_dir_add("web", path, &error));
    close(fd);
    g_assert_true(hvn_control_dir_add("web", other, &error));
    g_assert_no_error(error);
    assert_names("web ");
    close(second);
    g_unlink(path);
    assert_names("");
    g_unlink(other);
}

/* what a program that was killed left in a directory made for it */
static void
test_private_directory_is_swept(Fixture *self, gconstpointer data)
{
    g_autofree char *private_dir = g_build_filename(self->runtime, "hvnet-AbC123", NULL);
    g_autofree char *control = g_build_filename(private_dir, "control.sock", NULL);
    g_autofree char *nic = g_build_filename(private_dir, "net0.sock", NULL);
    g_autoptr(GError) error = NULL;
    int fd, nic_fd;

    g_assert_cmpint(g_mkdir(private_dir, 0700), ==, 0);
    fd = listen_at(control);
    nic_fd = listen_at(nic);
    g_assert_true(hvn_control_dir_add("web", control, &error));
    close(fd);
    close(nic_fd);
    assert_names("");
    g_assert_false(g_file_test(private_dir, G_FILE_TEST_EXISTS));
}

static void
test_names(Fixture *self, gconstpointer data)
{
    g_autofree char *longest = g_strnfill(HVN_CONTROL_NAME_MAX, 'n');
    g_autofree char *longer = g_strnfill(HVN_CONTROL_NAME_MAX + 1, 'n');
    const char *wrong[] = {"", ".", "..", ".hidden", "a/b", "/", "a\nb", "\xff", longer};
    g_autofree char *path = g_build_filename(self->runtime, "socket", NULL);
    int fd = listen_at(path);

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_false(hvn_control_dir_add(wrong[i], path, &error));
        g_assert_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG);
    }
    g_assert_true(hvn_control_dir_add(longest, path, NULL));
    hvn_control_dir_remove(longest);
    close(fd);
    g_unlink(path);
}

/* somebody else made it, or left it open to others */
static void
test_directory_that_is_not_private(Fixture *self, gconstpointer data)
{
    g_autofree char *path = g_build_filename(self->runtime, "socket", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpint(g_mkdir(self->dir, 0700), ==, 0);
    g_assert_cmpint(g_chmod(self->dir, 0755), ==, 0);
    g_assert_false(hvn_control_dir_add("web", path, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    g_clear_error(&error);
    assert_names("");
    g_assert_cmpint(g_rmdir(self->dir), ==, 0);
    g_assert_cmpint(symlink(self->runtime, self->dir), ==, 0);
    g_assert_false(hvn_control_dir_add("web", path, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IO);
    g_assert_cmpint(g_unlink(self->dir), ==, 0);
}

#define ADD(name, func) g_test_add("/app/control-dir/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("list", test_list);
    ADD("stale-name-is-taken-over", test_stale_name_is_taken_over);
    ADD("private-directory-is-swept", test_private_directory_is_swept);
    ADD("names", test_names);
    ADD("directory-that-is-not-private", test_directory_that_is_not_private);
    return g_test_run();
}
