/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* JSON objects both ways on a connected socket, the framing of QMP: one a line, sent with CR LF. Either end may use it, a server of
 * commands or a client.
 *
 *   socket -> HvnJsonScan (length, nesting) -> parser -> message()        hvn_json_lines_send() -> queue -> socket
 *
 * Received objects may follow each other without a line break, and one may have line breaks within, as QEMU takes them. Both ways are
 * bounded: what is malformed, too long or too deep is told to malformed() and the next line counts again; who does not read what we
 * send is dropped. */
#pragma once

#include <json-glib/json-glib.h>

#include "hvn-dispatcher.h"

G_BEGIN_DECLS

#define HVN_JSON_LINES_QUEUE_MAX (1024 * 1024) /* bytes that wait to be sent when nothing may be added any more */

typedef struct _HvnJsonLines HvnJsonLines;

/**
 * HvnJsonLinesHandlers:
 * @message: an object has arrived; it is lent
 * @malformed: (nullable): what arrived is not one; the error is lent. %NULL to be closed with that error then
 * @closed: the peer is gone and nothing comes any more; the error is lent, and %NULL when it went in order. To be freed, from here or later
 *
 * Who is told. Each may call any function, hvn_json_lines_free() included.
 */
typedef struct {
    void (*message)(HvnJsonLines *lines, JsonObject *message, gpointer data);
    void (*malformed)(HvnJsonLines *lines, const GError *error, gpointer data);
    void (*closed)(HvnJsonLines *lines, const GError *error, gpointer data);
} HvnJsonLinesHandlers;

/**
 * hvn_json_lines_new:
 * @dispatcher: (transfer none): where it runs; must outlive it
 * @fd: (transfer full): a connected stream socket
 * @max_len: the longest object to take, in bytes
 * @handlers: static; who is told
 * @data: (nullable): for @handlers
 *
 * Returns: (transfer full): reads from the next iteration on
 */
HvnJsonLines *
hvn_json_lines_new(HvnDispatcher *dispatcher, int fd, gsize max_len, const HvnJsonLinesHandlers *handlers, gpointer data);

/**
 * hvn_json_lines_free:
 * @self: (transfer full) (nullable): closes the socket; what waits to be sent is lost
 */
void
hvn_json_lines_free(HvnJsonLines *self);

/**
 * hvn_json_lines_send:
 * @self: a connection
 * @message: (transfer none): an object
 *
 * Sends a line, now or when the peer reads. With more than %HVN_JSON_LINES_QUEUE_MAX bytes in the queue already the peer is taken for
 * dead: closed() is told from the next iteration.
 */
void
hvn_json_lines_send(HvnJsonLines *self, JsonNode *message);

/**
 * hvn_json_lines_hold:
 * @self: a connection
 * @hold: whether to tell no more messages for now
 *
 * Holds the peer back while something that it asked for takes time: what arrives waits, in the kernel for the greater part.
 */
void
hvn_json_lines_hold(HvnJsonLines *self, gboolean hold);

/**
 * hvn_json_lines_get_queued:
 * @self: a connection
 *
 * Returns: bytes that wait to be sent
 */
gsize
hvn_json_lines_get_queued(HvnJsonLines *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnJsonLines, hvn_json_lines_free)

G_END_DECLS
