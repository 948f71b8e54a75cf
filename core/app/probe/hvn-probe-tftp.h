/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TFTP client (RFC 1350, with the block size of RFC 2348 and the size of RFC 2349) of the probe guest: fetches one file, as
 * firmware does when it boots from the network. */
#pragma once

#include "hvn-probe-stack.h"

G_BEGIN_DECLS

#define HVN_PROBE_TFTP_PORT 69

/**
 * HvnProbeTftpResult:
 * @error_code: code of the server's error message, -1 for none
 * @error_text: its text
 * @size: bytes of the file
 * @announced: size that the server announced, 0 when it did not
 * @block_size: bytes of a block
 * @sha256: (nullable): sum of the file; to be freed with g_free()
 */
typedef struct {
    int     error_code;
    char    error_text[128];
    guint64 size;
    guint64 announced;
    guint   block_size;
    char   *sha256;
} HvnProbeTftpResult;

typedef struct _HvnProbeTftp HvnProbeTftp;

/**
 * hvn_probe_tftp_new:
 * @file: the file to ask for
 *
 * Returns: (transfer full): the state of a transfer, without a network
 */
HvnProbeTftp *
hvn_probe_tftp_new(const char *file);

/**
 * hvn_probe_tftp_free:
 * @self: (transfer full) (nullable): a transfer
 */
void
hvn_probe_tftp_free(HvnProbeTftp *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnProbeTftp, hvn_probe_tftp_free)

/**
 * hvn_probe_tftp_input:
 * @self: a transfer
 * @bytes: a datagram of the server
 * @len: its bytes
 *
 * Returns: whether there is an answer to send: hvn_probe_tftp_output()
 */
gboolean
hvn_probe_tftp_input(HvnProbeTftp *self, const guint8 *bytes, gsize len);

/**
 * hvn_probe_tftp_output:
 * @self: a transfer
 * @len: (out): its bytes
 *
 * Returns: (transfer none): what is to be sent now, or again after a timeout: the request, or an acknowledgement
 */
const guint8 *
hvn_probe_tftp_output(HvnProbeTftp *self, gsize *len);

/**
 * hvn_probe_tftp_is_done:
 * @self: a transfer
 * @result: (out caller-allocates) (optional): how it went
 *
 * Returns: whether the file has arrived or the server has given up
 */
gboolean
hvn_probe_tftp_is_done(HvnProbeTftp *self, HvnProbeTftpResult *result);

/**
 * hvn_probe_tftp_run:
 * @stack: a stack
 * @server: where the server is, host order
 * @file: the file to ask for
 * @timeout_ms: at most this long
 * @result: (out caller-allocates): how it went
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR set when the server did not answer or stopped; an error that the server sends is a result
 */
gboolean
hvn_probe_tftp_run(HvnProbeStack *stack, guint32 server, const char *file, guint timeout_ms, HvnProbeTftpResult *result,
                   GError **error);

G_END_DECLS
