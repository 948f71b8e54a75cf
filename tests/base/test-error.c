/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/base/hvn-error.c. */
#include "hvn-error.h"

#include <errno.h>

static void
test_errno_becomes_code_and_text(void)
{
    static const struct {
        int      saved_errno;
        HvnError code;
    } rows[] = {
        {EADDRINUSE, HVN_ERROR_IN_USE},
        {ENOENT, HVN_ERROR_NOT_FOUND},
        {EACCES, HVN_ERROR_IO},
        {EIO, HVN_ERROR_IO},
    };

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *expected = g_strdup_printf("cannot listen on tcp port 5555: %s", g_strerror(rows[i].saved_errno));

        hvn_set_error_errno(&error, rows[i].saved_errno, "cannot listen on %s port %d", "tcp", 5555);
        g_assert_error(error, HVN_ERROR, (int)rows[i].code);
        g_assert_cmpstr(error->message, ==, expected);
    }
}

static void
test_nobody_wants_the_error(void)
{
    hvn_set_error_errno(NULL, EIO, "cannot %s", "care less");
}

static void
test_percent_in_a_value_stays(void)
{
    g_autoptr(GError) error = NULL;

    hvn_set_error_errno(&error, ENOENT, "cannot open '%s'", "100%s");
    g_assert_true(g_str_has_prefix(error->message, "cannot open '100%s': "));
}

static void
test_refuse(void)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(hvn_error_refuse(&error, HVN_ERROR_NOT_SUPPORTED, "no %s of %d", "queue", 7));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_NOT_SUPPORTED);
    g_assert_cmpstr(error->message, ==, "no queue of 7");
    g_assert_false(hvn_error_refuse(NULL, HVN_ERROR_FAILED, "nobody asks"));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/error/errno-becomes-code-and-text", test_errno_becomes_code_and_text);
    g_test_add_func("/base/error/nobody-wants-the-error", test_nobody_wants_the_error);
    g_test_add_func("/base/error/percent-in-a-value-stays", test_percent_in_a_value_stays);
    g_test_add_func("/base/error/refuse", test_refuse);
    return g_test_run();
}
