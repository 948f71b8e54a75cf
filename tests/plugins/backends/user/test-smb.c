/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration of smbd, and shares that cannot be. (smbd itself: test-guestfwd.c.) And the private
 * directory that it stands in: hvn-user-dir.c. */
#include "hvn-user-smb.h"

#include <glib/gstdio.h>
#include <unistd.h>
#include <string.h>

#include "hvn-error.h"
#include "hvn-user-dir.h"

static void
test_format(void)
{
    g_autofree char *text = hvn_user_smb_format("/run/x", "/srv/share one", "me");

    g_assert_nonnull(strstr(text, "\n[qemu]\npath = /srv/share one\nread only = no\nguest ok = yes\nforce user = me\n"));
    g_assert_nonnull(strstr(text, "\nprivate dir = /run/x\n"));
    g_assert_nonnull(strstr(text, "map to guest = Bad User\n"));
    g_assert_null(strstr(text, "/var"));
}

static void
test_bad_shares(void)
{
    static const char *const shares[][2] = {
        {"/nonexistent", "'/nonexistent' of option 'smb'"},
        {"/etc/passwd", "expected a directory"},
        {"/tmp/%U", "without '%'"},
        {"/tmp\npath = /", "without '%'"},
    };
    char *dir = hvn_user_dir_new(NULL);

    for (guint i = 0; i < G_N_ELEMENTS(shares); i++) {
        g_autoptr(GError) error = NULL;
        g_auto(GStrv) argv = hvn_user_smb_prepare(dir, shares[i][0], &error);

        g_assert_null(argv);
        g_assert_nonnull(strstr(error->message, shares[i][1]));
    }
    hvn_user_dir_free(dir);
}

/* what smbd leaves in its directory goes with it; what a link in it points to does not */
static void
test_dir(void)
{
    char *dir = hvn_user_dir_new(NULL);
    g_autofree char *path = g_strdup(dir), *deep = g_build_filename(dir, "a", "b", NULL),
                    *file = g_build_filename(deep, "f", NULL);
    g_autofree char *outside = g_dir_make_tmp("hvnet-test-XXXXXX", NULL), *kept = g_build_filename(outside, "kept", NULL);
    g_autofree char *link = g_build_filename(dir, "link", NULL);

    g_assert_cmpint(g_mkdir_with_parents(deep, 0700), ==, 0);
    g_assert_true(g_file_set_contents(file, "x", 1, NULL));
    g_assert_true(g_file_set_contents(kept, "x", 1, NULL));
    g_assert_cmpint(symlink(outside, link), ==, 0);
    hvn_user_dir_free(dir);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(kept, G_FILE_TEST_EXISTS));
    g_unlink(kept);
    g_rmdir(outside);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/user/smb/format", test_format);
    g_test_add_func("/user/smb/bad-shares", test_bad_shares);
    g_test_add_func("/user/smb/dir", test_dir);
    return g_test_run();
}
