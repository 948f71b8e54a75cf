/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-json-lines.c on socket pairs: what is told and when, and a peer that is hostile, slow or gone. */
#include "hvn-json-lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"

#define MAX_LEN 1000

typedef struct {
    HvnDispatcher *dispatcher;
    HvnJsonLines  *lines;
    int            peer; /* -1 once closed */
    GString       *told; /* one word for each call of a handler */
    gboolean       hold_in_message;
    gboolean       free_in_message;
    gboolean       free_in_closed;
} Fixture;

static void
on_message(HvnJsonLines *lines, JsonObject *message, gpointer data)
{
    Fixture *self = data;

    g_string_append_printf(self->told, "%" G_GINT64_FORMAT " ", json_object_get_int_member_with_default(message, "n", -1));
    if (self->hold_in_message)
        hvn_json_lines_hold(lines, TRUE);
    if (self->free_in_message)
        g_clear_pointer(&self->lines, hvn_json_lines_free);
}

static void
on_malformed(HvnJsonLines *lines, const GError *error, gpointer data)
{
    Fixture *self = data;

    g_test_message("%s", error->message);
    g_assert_true(g_error_matches(error, HVN_ERROR, HVN_ERROR_PROTOCOL));
    g_assert_null(strchr(error->message, '\n'));
    g_string_append(self->told, "bad ");
}

static void
on_closed(HvnJsonLines *lines, const GError *error, gpointer data)
{
    Fixture *self = data;

    g_string_append(self->told, error != NULL ? "broken " : "closed ");
    if (self->free_in_closed)
        g_clear_pointer(&self->lines, hvn_json_lines_free);
}

static const HvnJsonLinesHandlers handlers = {on_message, on_malformed, on_closed};
static const HvnJsonLinesHandlers strict_handlers = {on_message, NULL, on_closed};

static void
set_up(Fixture *self, gconstpointer data)
{
    int fds[2];

    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    self->lines = hvn_json_lines_new(self->dispatcher, fds[0], MAX_LEN, data != NULL ? data : &handlers, self);
    self->peer = fds[1];
    self->told = g_string_new(NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_json_lines_free(self->lines);
    if (self->peer >= 0)
        close(self->peer);
    g_string_free(self->told, TRUE);
    g_object_unref(self->dispatcher);
}

static void
iterate(Fixture *self)
{
    for (guint i = 0; i < 100; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
}

static void
give(Fixture *self, const char *text)
{
    g_assert_cmpint(write(self->peer, text, strlen(text)), ==, strlen(text));
    iterate(self);
}

static void
send_n(Fixture *self, int n)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    g_autoptr(JsonObject) object = json_object_new();

    json_object_set_int_member(object, "n", n);
    json_node_init_object(node, object);
    hvn_json_lines_send(self->lines, node);
}

static char *
take(Fixture *self)
{
    char text[65536];
    gssize len = read(self->peer, text, sizeof text);

    return len > 0 ? g_strndup(text, len) : NULL;
}

static void
test_messages(Fixture *self, gconstpointer data)
{
    give(self, "{\"n\":1}\r\n{\"n\":");
    g_assert_cmpstr(self->told->str, ==, "1 ");
    give(self, "2}{\"n\":3}\n\n{\n\"n\":4\n}\n");
    g_assert_cmpstr(self->told->str, ==, "1 2 3 4 ");
}

static void
test_many_in_one_read(Fixture *self, gconstpointer data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GString) wanted = g_string_new(NULL);

    for (guint i = 0; i < 500; i++) {
        g_string_append_printf(text, "{\"n\":%u}", i);
        g_string_append_printf(wanted, "%u ", i);
    }
    give(self, text->str);
    g_assert_cmpstr(self->told->str, ==, wanted->str);
}

/* what names a file need not be UTF-8, a message is */
static void
test_send_path(Fixture *self, gconstpointer data)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    g_autoptr(JsonObject) object = json_object_new();
    g_autofree char *text = NULL;

    json_object_set_string_member(object, "path", "/\xff");
    json_node_init_object(node, object);
    hvn_json_lines_send(self->lines, node);
    text = take(self);
    g_assert_cmpstr(text, ==, "{\"path\":\"/\xef\xbf\xbd\"}\r\n");
}

static void
test_send(Fixture *self, gconstpointer data)
{
    g_autofree char *text = NULL;

    send_n(self, 1);
    send_n(self, 2);
    text = take(self);
    g_assert_cmpstr(text, ==, "{\"n\":1}\r\n{\"n\":2}\r\n");
}

static void
test_malformed(Fixture *self, gconstpointer data)
{
    static const char *const texts[] = {
        "\xff\n", "{\"\xff\":1}\n", "{\"a\":}\n", "{\"a\":1,}\n", "{\"a\" 1}\n", "{a:1}\n", "[]\n", "{\"a\":[}\n", "{\"a\":nul}\n", "\n\"\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_string_truncate(self->told, 0);
        give(self, texts[i]);
        g_assert_cmpstr(self->told->str, ==, "bad ");
        give(self, "{\"n\":1}\n");
        g_assert_cmpstr(self->told->str, ==, "bad 1 ");
    }
}

static void
test_malformed_closes_without_a_handler(Fixture *self, gconstpointer data)
{
    give(self, "rubbish\n{\"n\":1}\n");
    g_assert_cmpstr(self->told->str, ==, "broken ");
}

static void
test_too_long(Fixture *self, gconstpointer data)
{
    g_autofree char *blank = g_strnfill(MAX_LEN, ' ');
    g_autofree char *text = g_strdup_printf("{%s}", blank);

    give(self, text);
    for (guint i = 0; i < 50; i++)
        give(self, text);
    g_assert_cmpstr(self->told->str, ==, "bad ");
    give(self, "\n{\"n\":1}\n");
    g_assert_cmpstr(self->told->str, ==, "bad 1 ");
}

static void
test_hold(Fixture *self, gconstpointer data)
{
    self->hold_in_message = TRUE;
    give(self, "{\"n\":1}{\"n\":2}\n");
    give(self, "{\"n\":3}\n");
    g_assert_cmpstr(self->told->str, ==, "1 ");
    hvn_json_lines_hold(self->lines, FALSE);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "1 2 ");
    self->hold_in_message = FALSE;
    hvn_json_lines_hold(self->lines, FALSE);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "1 2 3 ");
}

static void
test_half_closed(Fixture *self, gconstpointer data)
{
    g_autofree char *text = NULL;

    /* who sends no more still gets the answer to what was asked */
    self->hold_in_message = TRUE;
    g_assert_cmpint(write(self->peer, "{\"n\":1}\n", 8), ==, 8);
    g_assert_cmpint(shutdown(self->peer, SHUT_WR), ==, 0);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "1 ");
    send_n(self, 7);
    hvn_json_lines_hold(self->lines, FALSE);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "1 closed ");
    text = take(self);
    g_assert_cmpstr(text, ==, "{\"n\":7}\r\n");
}

static void
test_closed_in_mid_message(Fixture *self, gconstpointer data)
{
    give(self, "{\"n\":1");
    close(self->peer);
    self->peer = -1;
    self->free_in_closed = TRUE;
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "closed ");
    g_assert_null(self->lines);
}

static void
test_send_to_nobody(Fixture *self, gconstpointer data)
{
    close(self->peer);
    self->peer = -1;
    send_n(self, 1);
    send_n(self, 2);
    g_assert_cmpstr(self->told->str, ==, "");
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "broken ");
    send_n(self, 3);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "broken ");
}

static void
test_free_in_message(Fixture *self, gconstpointer data)
{
    self->free_in_message = TRUE;
    give(self, "{\"n\":1}{\"n\":2}\n");
    g_assert_cmpstr(self->told->str, ==, "1 ");
}

static void
test_peer_that_does_not_read(Fixture *self, gconstpointer data)
{
    guint sent = 0;
    gsize received = 0;

    while (hvn_json_lines_get_queued(self->lines) < HVN_JSON_LINES_QUEUE_MAX / 2) {
        send_n(self, 1);
        sent++;
    }
    g_assert_cmpstr(self->told->str, ==, "");
    /* it reads again, and has missed nothing */
    for (g_autofree char *text = take(self); text != NULL; g_free(text), text = take(self)) {
        received += strlen(text);
        iterate(self);
    }
    g_assert_cmpuint(received, ==, sent * strlen("{\"n\":1}\r\n"));
    g_assert_cmpuint(hvn_json_lines_get_queued(self->lines), ==, 0);

    for (guint i = 0; i < 1000000 && hvn_json_lines_get_queued(self->lines) <= HVN_JSON_LINES_QUEUE_MAX; i++)
        send_n(self, 1);
    send_n(self, 1);
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "broken ");
    g_assert_cmpuint(hvn_json_lines_get_queued(self->lines), ==, 0);
}

static void
test_idle(Fixture *self, gconstpointer data)
{
    /* nothing to do is nothing done, also while a half closed peer is waited for */
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
    self->hold_in_message = TRUE;
    g_assert_cmpint(write(self->peer, "{\"n\":1}\n", 8), ==, 8);
    close(self->peer);
    self->peer = -1;
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "1 ");
    g_assert_false(hvn_dispatcher_iterate(self->dispatcher, FALSE));
}

#define ADD(name, data, func) g_test_add("/app/json-lines/" name, Fixture, data, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("messages", NULL, test_messages);
    ADD("many-in-one-read", NULL, test_many_in_one_read);
    ADD("send", NULL, test_send);
    ADD("send-path", NULL, test_send_path);
    ADD("malformed", NULL, test_malformed);
    ADD("malformed-closes-without-a-handler", &strict_handlers, test_malformed_closes_without_a_handler);
    ADD("too-long", NULL, test_too_long);
    ADD("hold", NULL, test_hold);
    ADD("half-closed", NULL, test_half_closed);
    ADD("closed-in-mid-message", NULL, test_closed_in_mid_message);
    ADD("send-to-nobody", NULL, test_send_to_nobody);
    ADD("free-in-message", NULL, test_free_in_message);
    ADD("peer-that-does-not-read", NULL, test_peer_that_does_not_read);
    ADD("idle", NULL, test_idle);
    return g_test_run();
}
