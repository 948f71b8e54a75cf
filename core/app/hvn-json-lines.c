/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A connection that carries JSON objects: one buffer for what has arrived and was not told yet, one for what waits to be sent.
 * Handlers run from the watch only, never from within hvn_json_lines_send(), so that who sends need not expect to be called. */
#include "hvn-json-lines.h"

#include <errno.h>
#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-json-scan.h"
#include "hvn-watch.h"

#define READ_SIZE        (16 * 1024)
#define MESSAGES_AT_ONCE 16 /* of one dispatch; others have their turn then */
#define QUEUE_BUSY       (64 * 1024) /* with more to send, no more is read: who asks without listening waits */

struct _HvnJsonLines {
    HvnWatch  *watch; /* NULL once freed */
    int        fd;
    const HvnJsonLinesHandlers *handlers;
    gpointer    data;
    HvnJsonScan scan;
    GByteArray *in;      /* arrived: bytes that were told, those of an object that has not ended yet, and those not scanned yet */
    gsize       told;    /* where the second begin */
    gsize       scanned; /* where the third begin */
    GByteArray *out;
    GError     *error; /* owned; why nothing can be sent or read any more */
    gboolean    ended; /* the peer sends no more */
    gboolean    held;
    gboolean    told_closed;
};

static void
hvn_json_lines_clear(HvnJsonLines *self)
{
    g_byte_array_unref(self->in);
    g_byte_array_unref(self->out);
    g_clear_error(&self->error);
}

static gboolean
hvn_json_lines_is_over(HvnJsonLines *self)
{
    return self->watch == NULL || self->told_closed;
}

/* no messages are told for now */
static gboolean
hvn_json_lines_is_busy(HvnJsonLines *self)
{
    return self->held || self->out->len > QUEUE_BUSY;
}

/* closed() is told from the next dispatch, once */
static void
hvn_json_lines_break(HvnJsonLines *self, GError *error)
{
    if (self->error != NULL) {
        g_error_free(error);
        return;
    }
    self->error = error;
    g_byte_array_set_size(self->out, 0);
    hvn_watch_kick(self->watch);
}

static void
hvn_json_lines_update_watch(HvnJsonLines *self)
{
    if (self->watch == NULL)
        return;
    hvn_watch_want(self->watch, G_IO_IN, !self->ended && !hvn_json_lines_is_busy(self) && self->error == NULL);
    hvn_watch_want(self->watch, G_IO_OUT, self->out->len > 0 && self->error == NULL);
}

/* ---- out ---- */

static void
hvn_json_lines_flush(HvnJsonLines *self)
{
    while (self->out->len > 0 && self->error == NULL) {
        gssize sent = send(self->fd, self->out->data, self->out->len, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent > 0)
            g_byte_array_remove_range(self->out, 0, sent);
        else if (sent < 0 && errno != EINTR && errno != EAGAIN)
            hvn_json_lines_break(self, g_error_new(HVN_ERROR, HVN_ERROR_IO, "cannot send: %s", g_strerror(errno)));
        else if (sent == 0 || errno == EAGAIN)
            break;
    }
}

void
hvn_json_lines_send(HvnJsonLines *self, JsonNode *message)
{
    g_autofree char *json = NULL;
    g_autofree char *text = NULL;

    g_return_if_fail(self != NULL);
    g_return_if_fail(JSON_NODE_HOLDS_OBJECT(message));

    if (hvn_json_lines_is_over(self) || self->error != NULL)
        return;
    if (self->out->len > HVN_JSON_LINES_QUEUE_MAX) {
        hvn_json_lines_break(self, g_error_new(HVN_ERROR, HVN_ERROR_PROTOCOL, "the peer does not read: %u bytes wait for it", self->out->len));
        return;
    }
    json = json_to_string(message, FALSE);
    text = g_utf8_make_valid(json, -1); /* a path of ours may be anything */
    g_byte_array_append(self->out, (const guint8 *)text, strlen(text));
    g_byte_array_append(self->out, (const guint8 *)"\r\n", 2);
    hvn_json_lines_flush(self);
    hvn_json_lines_update_watch(self);
}

gsize
hvn_json_lines_get_queued(HvnJsonLines *self)
{
    g_return_val_if_fail(self != NULL, 0);

    return self->out->len;
}

/* ---- in ---- */

static void
hvn_json_lines_tell_malformed(HvnJsonLines *self, const char *problem)
{
    g_autoptr(GError) error = g_error_new(HVN_ERROR, HVN_ERROR_PROTOCOL, "malformed input: %s (expected a JSON object a line, of at most %zu bytes)",
                                          problem, self->scan.max_len);

    if (self->handlers->malformed != NULL)
        self->handlers->malformed(self, error, self->data);
    else
        hvn_json_lines_break(self, g_steal_pointer(&error));
}

/* The parser's own words tell of its tokens ("<data>:1:6: Parse error: unexpected character `}', expected character `}'"): only the place
 * is of use. */
static void
hvn_json_lines_tell_unparsed(HvnJsonLines *self, const GError *error)
{
    g_autofree char *problem = NULL;
    guint line = 1, character = 1;

    sscanf(error->message, "<data>:%u:%u", &line, &character);
    problem = g_strdup_printf("no JSON from line %u, character %u", line, character);
    hvn_json_lines_tell_malformed(self, problem);
}

static void
hvn_json_lines_tell_message(HvnJsonLines *self, const char *text, gsize len)
{
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(GError) error = NULL;
    JsonNode *root;

    if (!g_utf8_validate_len(text, len, NULL)) {
        hvn_json_lines_tell_malformed(self, "text that is not UTF-8");
        return;
    }
    if (!json_parser_load_from_data(parser, text, len, &error)) {
        hvn_json_lines_tell_unparsed(self, error);
        return;
    }
    root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        hvn_json_lines_tell_malformed(self, "what is not a JSON object");
    else
        self->handlers->message(self, json_node_get_object(root), self->data);
}

/* Looks at what has arrived up to the end of a message, and tells it. Returns FALSE when more has to arrive. */
static gboolean
hvn_json_lines_tell_next(HvnJsonLines *self)
{
    const char *bytes = self->in->data != NULL ? (const char *)self->in->data + self->scanned : ""; /* nothing has ever arrived */
    gsize used = 0, len;
    HvnJsonScanResult result = hvn_json_scan(&self->scan, bytes, self->in->len - self->scanned, &used);

    len = self->scan.len;
    self->scanned += used;
    self->told = self->scanned - (result == HVN_JSON_SCAN_MORE ? len : 0);
    if (result == HVN_JSON_SCAN_OBJECT) {
        g_autofree char *text = g_strndup(bytes + used - len, len);

        hvn_json_lines_tell_message(self, text, len);
    } else if (result == HVN_JSON_SCAN_MALFORMED) {
        hvn_json_lines_tell_malformed(self, self->scan.problem);
    }
    return result != HVN_JSON_SCAN_MORE;
}

static void
hvn_json_lines_receive(HvnJsonLines *self)
{
    guint8 bytes[READ_SIZE];
    gssize received = recv(self->fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (received > 0) {
        g_byte_array_remove_range(self->in, 0, self->told);
        self->scanned -= self->told;
        self->told = 0;
        g_byte_array_append(self->in, bytes, received);
    } else if (received == 0) {
        self->ended = TRUE;
    } else if (errno != EAGAIN && errno != EINTR) {
        hvn_json_lines_break(self, g_error_new(HVN_ERROR, HVN_ERROR_IO, "cannot receive: %s", g_strerror(errno)));
    }
}

/* A bounded number of messages. Returns whether all that has arrived was told. */
static gboolean
hvn_json_lines_tell_arrived(HvnJsonLines *self)
{
    for (guint i = 0; i < MESSAGES_AT_ONCE; i++) {
        if (hvn_json_lines_is_over(self) || hvn_json_lines_is_busy(self) || self->error != NULL)
            return TRUE;
        if (!hvn_json_lines_tell_next(self))
            return TRUE;
    }
    return FALSE;
}

static void
hvn_json_lines_tell_closed(HvnJsonLines *self)
{
    gboolean drained = self->ended && !self->held && self->out->len == 0;

    if (hvn_json_lines_is_over(self) || (self->error == NULL && !drained))
        return;
    self->told_closed = TRUE;
    self->handlers->closed(self, self->error, self->data);
}

static void
hvn_json_lines_dispatch(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnJsonLines *self = g_rc_box_acquire((HvnJsonLines *)data); /* a handler may free it */

    if ((condition & G_IO_OUT) != 0)
        hvn_json_lines_flush(self);
    /* what has arrived comes first, so that no more is kept than a message and a read */
    if (self->in->len == self->scanned && (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR)) != 0 &&
        !hvn_json_lines_is_busy(self) && !self->ended)
        hvn_json_lines_receive(self);
    if (hvn_json_lines_tell_arrived(self))
        hvn_json_lines_tell_closed(self);
    else if (self->watch != NULL)
        hvn_watch_kick(self->watch);
    hvn_json_lines_update_watch(self);
    g_rc_box_release_full(self, (GDestroyNotify)hvn_json_lines_clear);
}

void
hvn_json_lines_hold(HvnJsonLines *self, gboolean hold)
{
    g_return_if_fail(self != NULL);

    self->held = hold != FALSE;
    if (self->watch != NULL && !self->held)
        hvn_watch_kick(self->watch);
    hvn_json_lines_update_watch(self);
}

HvnJsonLines *
hvn_json_lines_new(HvnDispatcher *dispatcher, int fd, gsize max_len, const HvnJsonLinesHandlers *handlers, gpointer data)
{
    HvnJsonLines *self;

    g_return_val_if_fail(HVN_IS_DISPATCHER(dispatcher), NULL);
    g_return_val_if_fail(fd >= 0, NULL);
    g_return_val_if_fail(handlers != NULL && handlers->message != NULL && handlers->closed != NULL, NULL);

    self = g_rc_box_new0(HvnJsonLines);
    self->fd = fd;
    self->handlers = handlers;
    self->data = data;
    self->scan.max_len = max_len;
    self->in = g_byte_array_new();
    self->out = g_byte_array_new();
    g_unix_set_fd_nonblocking(fd, TRUE, NULL);
    self->watch = hvn_watch_new(dispatcher, fd, hvn_json_lines_dispatch, self);
    hvn_json_lines_update_watch(self);
    return self;
}

void
hvn_json_lines_free(HvnJsonLines *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    close(self->fd);
    g_rc_box_release_full(self, (GDestroyNotify)hvn_json_lines_clear);
}
