/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The error domain of hvnet, and the way from errno into it. Used at set-up only; the data path does not make errors. */
#include "hvn-error.h"

#include <errno.h>

G_DEFINE_QUARK(hvn-error-quark, hvn_error)

static HvnError
hvn_error_from_errno(int saved_errno)
{
    switch (saved_errno) {
    case EADDRINUSE:
        return HVN_ERROR_IN_USE;
    case ENOENT:
        return HVN_ERROR_NOT_FOUND;
    default:
        return HVN_ERROR_IO;
    }
}

void
hvn_set_error_errno(GError **error, int saved_errno, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, HVN_ERROR, hvn_error_from_errno(saved_errno), "%s: %s", what, g_strerror(saved_errno));
}

gboolean
hvn_error_refuse(GError **error, HvnError code, const char *format, ...)
{
    va_list args;

    if (error == NULL)
        return FALSE;
    va_start(args, format);
    *error = g_error_new_valist(HVN_ERROR, code, format, args);
    va_end(args);
    return FALSE;
}
