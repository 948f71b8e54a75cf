/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The TFTP client: a state machine that eats datagrams and says what to send next, and a loop that runs it over the stack.
 *
 *   RRQ file octet tsize 0 blksize 1428 -> OACK -> ACK 0 -> DATA 1 -> ACK 1 ... until a block is short */
#include "hvn-probe-tftp.h"

#include "hvn-bytes.h"
#include "hvn-error.h"
#include "hvn-probe-udp.h"

#define BLOCK_WANTED  1428
#define BLOCK_DEFAULT 512
#define FILE_MAX      (64u << 20) /* a larger one is not fetched to the end */
#define REQUEST_MAX   512
#define RETRY_MS      500

#define OP_RRQ   1
#define OP_DATA  3
#define OP_ACK   4
#define OP_ERROR 5
#define OP_OACK  6

struct _HvnProbeTftp {
    guint8             message[REQUEST_MAX]; /* to be sent, or sent last */
    gsize              len;
    guint16            block; /* the last one that arrived */
    gboolean           done;
    HvnProbeTftpResult result;
    GChecksum         *sum;
};

static void
hvn_probe_tftp_append(HvnProbeTftp *self, const char *text)
{
    gsize len = strlen(text) + 1;

    if (len > sizeof self->message - self->len)
        return;
    memcpy(self->message + self->len, text, len);
    self->len += len;
}

HvnProbeTftp *
hvn_probe_tftp_new(const char *file)
{
    HvnProbeTftp *self = g_new0(HvnProbeTftp, 1);
    g_autofree char *name = g_strndup(file, REQUEST_MAX / 2);

    self->result.error_code = -1;
    self->result.block_size = BLOCK_DEFAULT;
    self->sum = g_checksum_new(G_CHECKSUM_SHA256);
    hvn_store_be16(self->message, OP_RRQ);
    self->len = 2;
    hvn_probe_tftp_append(self, name);
    hvn_probe_tftp_append(self, "octet");
    hvn_probe_tftp_append(self, "tsize");
    hvn_probe_tftp_append(self, "0");
    hvn_probe_tftp_append(self, "blksize");
    hvn_probe_tftp_append(self, G_STRINGIFY(BLOCK_WANTED));
    return self;
}

void
hvn_probe_tftp_free(HvnProbeTftp *self)
{
    if (self == NULL)
        return;
    g_checksum_free(self->sum);
    g_free(self);
}

static void
hvn_probe_tftp_acknowledge(HvnProbeTftp *self)
{
    hvn_store_be16(self->message, OP_ACK);
    hvn_store_be16(self->message + 2, self->block);
    self->len = 4;
}

/* the next text of an OACK, ended within the datagram */
static const char *
hvn_probe_tftp_next_text(const guint8 *bytes, gsize len, gsize *at)
{
    const char *text = (const char *)bytes + *at;
    const guint8 *end = *at < len ? memchr(bytes + *at, 0, len - *at) : NULL;

    if (end == NULL)
        return NULL;
    *at = (gsize)(end - bytes) + 1;
    return text;
}

static gboolean
hvn_probe_tftp_options(HvnProbeTftp *self, const guint8 *bytes, gsize len)
{
    gsize at = 2;

    if (self->block != 0)
        return FALSE;
    while (at < len) {
        const char *name = hvn_probe_tftp_next_text(bytes, len, &at);
        const char *value = name != NULL ? hvn_probe_tftp_next_text(bytes, len, &at) : NULL;
        guint64 number;

        if (value == NULL || !g_ascii_string_to_unsigned(value, 10, 0, G_MAXUINT32, &number, NULL))
            return FALSE;
        if (g_ascii_strcasecmp(name, "blksize") == 0 && number >= 8 && number <= BLOCK_WANTED)
            self->result.block_size = (guint)number;
        else if (g_ascii_strcasecmp(name, "tsize") == 0)
            self->result.announced = number;
    }
    hvn_probe_tftp_acknowledge(self);
    return TRUE;
}

static gboolean
hvn_probe_tftp_data(HvnProbeTftp *self, const guint8 *bytes, gsize len)
{
    guint16 block;

    if (len < 4)
        return FALSE;
    block = hvn_load_be16(bytes + 2);
    if (block != (guint16)(self->block + 1) || len - 4 > self->result.block_size)
        return FALSE;
    self->block = block;
    self->result.size += len - 4;
    g_checksum_update(self->sum, bytes + 4, (gssize)(len - 4));
    self->done = len - 4 < self->result.block_size;
    hvn_probe_tftp_acknowledge(self);
    return TRUE;
}

static void
hvn_probe_tftp_error(HvnProbeTftp *self, const guint8 *bytes, gsize len)
{
    gsize n = 0;

    self->done = TRUE;
    self->result.error_code = len >= 4 ? hvn_load_be16(bytes + 2) : 0;
    for (; n + 1 < sizeof self->result.error_text && 4 + n < len && bytes[4 + n] != 0; n++)
        self->result.error_text[n] = g_ascii_isprint(bytes[4 + n]) ? (char)bytes[4 + n] : '?';
}

gboolean
hvn_probe_tftp_input(HvnProbeTftp *self, const guint8 *bytes, gsize len)
{
    guint op = len >= 2 ? hvn_load_be16(bytes) : 0;

    if (self->done)
        return FALSE;
    if (op == OP_OACK)
        return hvn_probe_tftp_options(self, bytes, len);
    if (op == OP_DATA)
        return hvn_probe_tftp_data(self, bytes, len);
    if (op == OP_ERROR)
        hvn_probe_tftp_error(self, bytes, len);
    return FALSE;
}

const guint8 *
hvn_probe_tftp_output(HvnProbeTftp *self, gsize *len)
{
    *len = self->len;
    return self->message;
}

gboolean
hvn_probe_tftp_is_done(HvnProbeTftp *self, HvnProbeTftpResult *result)
{
    if (self->done && result != NULL) {
        *result = self->result;
        result->sha256 = result->error_code < 0 ? g_strdup(g_checksum_get_string(self->sum)) : NULL;
    }
    return self->done;
}

/* ---- over the stack ---- */

typedef struct {
    HvnProbeTftp *tftp;
    ip_addr_t     server;
    guint16       port; /* the server's, from its first datagram on */
    guint         answers;
    guint         seen; /* answers at the last look */
} HvnProbeTftpRun;

static void
hvn_probe_tftp_received(HvnProbeUdp *udp, const ip_addr_t *from, guint16 port, const guint8 *bytes, gsize len, gpointer data)
{
    HvnProbeTftpRun *run = data;
    const guint8 *answer;
    gsize answer_len;

    if (!ip_addr_cmp(from, &run->server) || (run->port != HVN_PROBE_TFTP_PORT && run->port != port))
        return;
    run->port = port;
    run->answers++;
    if (!hvn_probe_tftp_input(run->tftp, bytes, len))
        return;
    answer = hvn_probe_tftp_output(run->tftp, &answer_len);
    hvn_probe_udp_send(udp, &run->server, port, answer, answer_len);
}

static gboolean
hvn_probe_tftp_over(gpointer data)
{
    HvnProbeTftpRun *run = data;

    return hvn_probe_tftp_is_done(run->tftp, NULL) || run->tftp->result.size > FILE_MAX;
}

gboolean
hvn_probe_tftp_run(HvnProbeStack *stack, guint32 server, const char *file, guint timeout_ms, HvnProbeTftpResult *result,
                   GError **error)
{
    g_autoptr(HvnProbeTftp) tftp = hvn_probe_tftp_new(file);
    HvnProbeTftpRun run = {.tftp = tftp, .port = HVN_PROBE_TFTP_PORT};
    g_autoptr(HvnProbeUdp) udp = hvn_probe_udp_new(stack, 0, hvn_probe_tftp_received, &run);
    guint waited;

    ip_addr_set_ip4_u32_val(run.server, g_htonl(server));
    for (waited = 0; udp != NULL && waited < timeout_ms && !hvn_probe_tftp_over(&run); waited += RETRY_MS) {
        gsize len;
        const guint8 *message = hvn_probe_tftp_output(tftp, &len);

        if (run.answers == run.seen)
            hvn_probe_udp_send(udp, &run.server, run.port, message, len);
        run.seen = run.answers;
        hvn_probe_stack_wait(stack, hvn_probe_tftp_over, &run, RETRY_MS);
    }
    if (hvn_probe_tftp_is_done(tftp, result))
        return TRUE;
    if (tftp->result.size > FILE_MAX)
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "the file is larger than %u bytes, the transfer was left", FILE_MAX);
    else if (run.answers == 0)
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "no answer in %u ms", timeout_ms);
    else
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "stopped after %" G_GUINT64_FORMAT " bytes", tftp->result.size);
    return FALSE;
}
