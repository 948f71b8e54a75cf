/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-qmp-client.c on socket pairs: what a QMP server may say, in and out of order. */
#include "hvn-qmp-client.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-error.h"

#define GREETING "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}}, \"capabilities\": [\"oob\"]}}\r\n"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnQmpClient  *client;
    int            peer; /* -1 once closed */
    GString       *told; /* a word for each call of a handler */
    const char    *free_in; /* the word that the client is freed with */
} Fixture;

static void
tell(Fixture *self, const char *word)
{
    g_string_append_printf(self->told, "%s ", word);
    if (g_strcmp0(self->free_in, word) == 0)
        g_clear_pointer(&self->client, hvn_qmp_client_free);
}

static void
on_ready(HvnQmpClient *client, gpointer data)
{
    tell(data, "ready");
}

static void
on_event(HvnQmpClient *client, const char *name, JsonObject *event, gpointer data)
{
    g_autofree char *word = g_strdup_printf("%s:%s", name, event != NULL ? json_object_get_string_member(event, "device") : "-");

    tell(data, word);
}

static void
on_closed(HvnQmpClient *client, const GError *error, gpointer data)
{
    if (error != NULL)
        g_test_message("%s", error->message);
    tell(data, error == NULL ? "closed" : error->code == HVN_ERROR_PROTOCOL ? "broken" : "failed");
}

static const HvnQmpClientHandlers handlers = {on_ready, on_event, on_closed};

static void
on_reply(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    g_autofree char *text = result != NULL ? json_to_string(result, FALSE) : NULL;
    g_autofree char *word = NULL;

    if (error != NULL) {
        g_assert_true(error->domain == HVN_ERROR);
        g_assert_null(strchr(error->message, '\n'));
    }
    word = error != NULL ? g_strdup_printf("error%d(%s)", error->code, error->message) : g_strdup_printf("reply%s", text);
    tell(data, word);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    int fds[2];

    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    self->client = hvn_qmp_client_new(self->dispatcher, fds[0], &handlers, self);
    self->peer = fds[1];
    self->told = g_string_new(NULL);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_qmp_client_free(self->client);
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

/* having read everything, so that it is no reset */
static void
hang_up(Fixture *self)
{
    char text[4096];

    while (read(self->peer, text, sizeof text) > 0)
        continue;
    close(self->peer);
    self->peer = -1;
    iterate(self);
}

/* what the client has sent */
static void
assert_sent(Fixture *self, const char *expected)
{
    char    text[65536];
    gssize  len = read(self->peer, text, sizeof text - 1);

    text[MAX(len, 0)] = '\0';
    g_assert_cmpstr(text, ==, expected);
}

static void
negotiate(Fixture *self)
{
    give(self, GREETING);
    assert_sent(self, "{\"execute\":\"qmp_capabilities\",\"id\":0}\r\n");
    give(self, "{\"return\": {}, \"id\": 0}\r\n");
    g_assert_cmpstr(self->told->str, ==, "ready ");
    g_string_truncate(self->told, 0);
}

static void
test_negotiates(Fixture *self, gconstpointer data)
{
    assert_sent(self, "");
    negotiate(self);
}

static void
test_executes(Fixture *self, gconstpointer data)
{
    JsonObject *arguments = json_object_new();

    negotiate(self);
    json_object_set_string_member(arguments, "id", "hvnet-net0");
    hvn_qmp_client_execute(self->client, "device_del", arguments, on_reply, self);
    hvn_qmp_client_execute(self->client, "query-status", NULL, on_reply, self);
    hvn_qmp_client_execute(self->client, "stop", NULL, NULL, NULL);
    assert_sent(self, "{\"execute\":\"device_del\",\"arguments\":{\"id\":\"hvnet-net0\"},\"id\":1}\r\n"
                      "{\"execute\":\"query-status\",\"id\":2}\r\n{\"execute\":\"stop\",\"id\":3}\r\n");
    give(self, "{\"return\": {}, \"id\": 1}\r\n{\"return\": {\"running\": true}, \"id\": 2}\r\n{\"return\": {}, \"id\": 3}\r\n");
    g_assert_cmpstr(self->told->str, ==, "reply{} reply{\"running\":true} ");
}

/* before the server is ready they wait */
static void
test_keeps_order(Fixture *self, gconstpointer data)
{
    hvn_qmp_client_execute(self->client, "one", NULL, on_reply, self);
    hvn_qmp_client_execute(self->client, "two", NULL, on_reply, self);
    assert_sent(self, "");
    give(self, GREETING);
    assert_sent(self, "{\"execute\":\"qmp_capabilities\",\"id\":0}\r\n");
    give(self, "{\"return\": {}}\r\n");
    assert_sent(self, "{\"execute\":\"one\",\"id\":1}\r\n{\"execute\":\"two\",\"id\":2}\r\n");
}

static void
test_errors(Fixture *self, gconstpointer data)
{
    negotiate(self);
    for (guint i = 0; i < 4; i++)
        hvn_qmp_client_execute(self->client, "device_del", NULL, on_reply, self);
    give(self, "{\"id\": 1, \"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Device 'x' not found\"}}\r\n"
               "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"no\\nway\"}}\r\n"
               "{\"id\": 3, \"error\": 7}\r\n{\"id\": 4, \"error\": {\"class\": 1, \"desc\": []}}\r\n");
    g_assert_cmpstr(self->told->str, ==,
                    "error2(Device 'x' not found) error0(no\\nway) error0(no reason given) error0(no reason given) ");
}

static void
test_events(Fixture *self, gconstpointer data)
{
    give(self, GREETING);
    /* QEMU has some to tell before it has answered */
    give(self, "{\"timestamp\": {}, \"event\": \"RESUME\"}\r\n{\"return\": {}, \"id\": 0}\r\n");
    hvn_qmp_client_execute(self->client, "one", NULL, on_reply, self);
    give(self, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"n0\"}}\r\n{\"return\": 1, \"id\": 1}\r\n{\"event\": \"STOP\", \"data\": 1}\r\n");
    g_assert_cmpstr(self->told->str, ==, "RESUME:- ready DEVICE_DELETED:n0 reply1 STOP:- ");
}

static void
test_hangs_up(Fixture *self, gconstpointer data)
{
    negotiate(self);
    hvn_qmp_client_execute(self->client, "quit", NULL, on_reply, self);
    hang_up(self);
    g_assert_nonnull(strstr(self->told->str, "closed "));
    g_assert_nonnull(strstr(self->told->str, "error6(the QMP server is gone) "));
    g_string_truncate(self->told, 0);
    /* and so does what is asked later, but not from within the call */
    hvn_qmp_client_execute(self->client, "quit", NULL, on_reply, self);
    g_assert_cmpstr(self->told->str, ==, "");
    iterate(self);
    g_assert_cmpstr(self->told->str, ==, "error6(the QMP server is gone) ");
}

static void
test_breaks_protocol(void)
{
    static const char *const lines[] = {
        "{\"return\": {}}",                                    /* no greeting */
        "{\"QM\": {}}",
        GREETING "{\"error\": {\"desc\": \"no\"}, \"id\": 0}", /* refuses to negotiate */
        GREETING "{\"hello\": 1}",
        GREETING "{\"return\": {}}{\"return\": {}, \"id\": 1}", /* a reply that nobody asked for */
        GREETING "{\"return\": {}}{\"event\": {}}",
        GREETING "{\"return\": {}}{\"event\": 1}",
        "[]",
        "{]",
    };

    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *line = g_strconcat(lines[i], "\r\n", NULL);
        Fixture self = {0};

        set_up(&self, NULL);
        give(&self, line);
        g_assert_true(g_str_has_suffix(self.told->str, "broken "));
        tear_down(&self, NULL);
    }
}

/* an answer that is not the next one's */
static void
test_wrong_id(Fixture *self, gconstpointer data)
{
    negotiate(self);
    hvn_qmp_client_execute(self->client, "one", NULL, on_reply, self);
    hvn_qmp_client_execute(self->client, "two", NULL, on_reply, self);
    give(self, "{\"return\": {}, \"id\": 2}\r\n");
    g_assert_cmpstr(self->told->str, ==, "broken error6(the QMP server is gone) error6(the QMP server is gone) ");
}

static void
test_too_long(Fixture *self, gconstpointer data)
{
    g_autofree char *filler = g_strnfill(60000, 'x');

    negotiate(self);
    give(self, "{\"event\": \"");
    for (guint i = 0; i < 18 && self->told->len == 0; i++)
        give(self, filler);
    g_assert_cmpstr(self->told->str, ==, "broken ");
}

/* any handler may be the last */
static void
test_freed_within(void)
{
    static const char *const words[] = {"ready", "STOP:-", "reply{}", "closed"};

    for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
        Fixture self = {.free_in = words[i]};

        set_up(&self, NULL);
        give(&self, GREETING);
        hvn_qmp_client_execute(self.client, "one", NULL, on_reply, &self);
        hvn_qmp_client_execute(self.client, "two", NULL, on_reply, &self);
        give(&self, "{\"return\": {}}{\"return\": {}, \"id\": 1}{\"event\": \"STOP\"}{\"return\": 2, \"id\": 2}\r\n");
        hang_up(&self);
        g_assert_null(self.client);
        g_assert_true(g_str_has_suffix(self.told->str, " ") && strstr(self.told->str, words[i]) != NULL);
        tear_down(&self, NULL);
    }
}

/* freed by a reply that only tells that the server is gone */
static void
test_freed_by_failure(Fixture *self, gconstpointer data)
{
    negotiate(self);
    self->free_in = "error6(the QMP server is gone)";
    for (guint i = 0; i < 3; i++)
        hvn_qmp_client_execute(self->client, "one", NULL, on_reply, self);
    hang_up(self);
    g_assert_cmpstr(self->told->str, ==, "closed error6(the QMP server is gone) ");
    g_assert_null(self->client);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/app/qmp-client/negotiates", Fixture, NULL, set_up, test_negotiates, tear_down);
    g_test_add("/app/qmp-client/executes", Fixture, NULL, set_up, test_executes, tear_down);
    g_test_add("/app/qmp-client/keeps-order", Fixture, NULL, set_up, test_keeps_order, tear_down);
    g_test_add("/app/qmp-client/errors", Fixture, NULL, set_up, test_errors, tear_down);
    g_test_add("/app/qmp-client/events", Fixture, NULL, set_up, test_events, tear_down);
    g_test_add("/app/qmp-client/hangs-up", Fixture, NULL, set_up, test_hangs_up, tear_down);
    g_test_add_func("/app/qmp-client/breaks-protocol", test_breaks_protocol);
    g_test_add("/app/qmp-client/wrong-id", Fixture, NULL, set_up, test_wrong_id, tear_down);
    g_test_add("/app/qmp-client/too-long", Fixture, NULL, set_up, test_too_long, tear_down);
    g_test_add_func("/app/qmp-client/freed-within", test_freed_within);
    g_test_add("/app/qmp-client/freed-by-failure", Fixture, NULL, set_up, test_freed_by_failure, tear_down);
    return g_test_run();
}
