/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one error domain of hvnet. A message is one line in lower case without a full stop; it names the
 * file and line (or the option), the value that was given and what would have been accepted. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_ERROR (hvn_error_quark())

/**
 * HvnError:
 * @HVN_ERROR_FAILED: what was asked for failed, for a reason that is not below
 * @HVN_ERROR_INVALID_CONFIG: a file, an option or a value is wrong
 * @HVN_ERROR_NOT_FOUND: a plugin, file, interface or address does not exist
 * @HVN_ERROR_ABI: a module does not agree with its descriptor or with this library
 * @HVN_ERROR_NOT_SUPPORTED: valid, and not served by this build, library version or host
 * @HVN_ERROR_IN_USE: a port, address, name or socket is taken
 * @HVN_ERROR_IO: a system call failed
 * @HVN_ERROR_PROTOCOL: a peer broke the protocol
 *
 * Codes of %HVN_ERROR.
 */
typedef enum {
    HVN_ERROR_FAILED,
    HVN_ERROR_INVALID_CONFIG,
    HVN_ERROR_NOT_FOUND,
    HVN_ERROR_ABI,
    HVN_ERROR_NOT_SUPPORTED,
    HVN_ERROR_IN_USE,
    HVN_ERROR_IO,
    HVN_ERROR_PROTOCOL,
} HvnError;

/**
 * hvn_error_quark:
 *
 * Returns: the quark of %HVN_ERROR
 */
GQuark
hvn_error_quark(void);

/**
 * hvn_set_error_errno:
 * @error: (out) (optional): return location
 * @saved_errno: the value of errno right after the call that failed
 * @format: printf format of what was being done, e.g. "cannot listen on tcp 127.0.0.1:%u"
 *
 * Sets @error to "@format: strerror", with %HVN_ERROR_IN_USE for EADDRINUSE, %HVN_ERROR_NOT_FOUND for
 * ENOENT and %HVN_ERROR_IO for the rest.
 */
void
hvn_set_error_errno(GError **error, int saved_errno, const char *format, ...) G_GNUC_PRINTF(3, 4);

/**
 * hvn_error_refuse:
 * @error: (out) (optional): return location
 * @code: what kind of trouble it is
 * @format: printf format of the message
 *
 * Sets @error, for a check that ends with it.
 *
 * Returns: %FALSE
 */
gboolean
hvn_error_refuse(GError **error, HvnError code, const char *format, ...) G_GNUC_PRINTF(3, 4);

G_END_DECLS
