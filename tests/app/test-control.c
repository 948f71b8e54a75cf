/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-control.c and hvn-control-peer.c: negotiation, requests, several clients, a router that answers late, and clients
 * that are hostile, slow or gone. */
#include "hvn-control.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "hvn-control-test.h"
#include "hvn-error.h"

typedef struct {
    HvnDispatcher  *dispatcher;
    HvnControl     *control;
    Client          client;
    HvnControlCall *waiting; /* what the router got last */
    guint           n_quit;
    guint           n_run;
} Fixture;

static JsonNode *
run_echo(gpointer target, JsonObject *arguments, GError **error)
{
    Fixture *self = target;

    self->n_run++;
    return json_node_init_string(json_node_alloc(), json_object_get_string_member(arguments, "text"));
}

static JsonNode *
run_missing(gpointer target, JsonObject *arguments, GError **error)
{
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "there is no such thing");
    return NULL;
}

static JsonNode *
run_large(gpointer target, JsonObject *arguments, GError **error)
{
    g_autofree char *text = g_strnfill(100000, 'x');

    return json_node_init_string(json_node_alloc(), text);
}

static const HvnControlArgument echo_arguments[] = {{"text", HVN_CONTROL_STRING, FALSE, "what to say"}, {0}};

static const HvnControlCommand commands[] = {
    {"echo", HVN_CONTROL_ONE, "says it", echo_arguments, run_echo},
    {"missing", HVN_CONTROL_SELF, "fails", NULL, run_missing},
    {"large", HVN_CONTROL_SELF, "says much", NULL, run_large},
};

static void
on_quit(HvnControl *control, gpointer data)
{
    ((Fixture *)data)->n_quit++;
}

static void
set_up(Fixture *self, gconstpointer data)
{
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->control = hvn_control_new(self->dispatcher);
    g_signal_connect(self->control, "quit", G_CALLBACK(on_quit), self);
    hvn_control_add_commands(self->control, commands, G_N_ELEMENTS(commands), self);
    client_connect(&self->client, self->dispatcher, self->control);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    client_clear(&self->client);
    if (self->control != NULL)
        g_assert_finalize_object(self->control);
    g_assert_finalize_object(self->dispatcher);
}

/* ---- the protocol ---- */

static void
test_greeting(Fixture *self, gconstpointer data)
{
    g_autofree char *line = client_hear(&self->client);

    g_assert_true(g_str_has_prefix(line, "{\"QMP\":{\"version\":{\"hvnet\":{\"major\":"));
    g_assert_true(g_str_has_suffix(line, "\"},\"capabilities\":[]}}"));
    client_expect_error(&self->client, "{\"execute\":\"query-version\"}\n", "CommandNotFound", "qmp_capabilities");
    client_expect_error(&self->client, "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[\"oob\"]}}\n", "GenericError", "enable");
    client_expect(&self->client, "{\"execute\":\"qmp_capabilities\",\"arguments\":{\"enable\":[]},\"id\":7}\n", "{\"return\":{},\"id\":7}");
    client_expect_error(&self->client, "{\"execute\":\"qmp_capabilities\"}\n", "GenericError", "already");
}

static void
test_execute(Fixture *self, gconstpointer data)
{
    client_negotiate(&self->client);
    client_expect(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\\u00e4\"}}\r\n", "{\"return\":\"a\303\244\"}");
    client_expect(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"\"},\"id\":{\"a\":[1,null]}}",
                  "{\"return\":\"\",\"id\":{\"a\":[1,null]}}");
    client_expect_error(&self->client, "{\"execute\":\"missing\"}\n", "DeviceNotFound", "no such thing");
    client_expect_error(&self->client, "{\"execute\":\"echo\"}\n", "GenericError", "argument 'text' of echo is missing");
    client_expect_error(&self->client, "{\"execute\":\"ecko\"}\n", "CommandNotFound", "did you mean 'echo'");
    client_expect_error(&self->client, "{\"execute\":\"frobnicate\"}\n", "CommandNotFound", "accepted: qmp_capabilities, query-version");
    g_assert_cmpuint(self->n_run, ==, 2);
}

static void
test_wrong_requests(Fixture *self, gconstpointer data)
{
    client_negotiate(&self->client);
    client_expect_error(&self->client, "{}\n", "GenericError", "lacks its member 'execute'");
    client_expect_error(&self->client, "{\"execute\":1}\n", "GenericError", "'execute' of a request is no string");
    client_expect_error(&self->client, "{\"execute\":null}\n", "GenericError", "'execute' of a request is no string");
    client_expect_error(&self->client, "{\"execute\":\"echo\",\"arguments\":[]}\n", "GenericError", "'arguments' of a request is no object");
    client_expect_error(&self->client, "{\"execute\":\"echo\",\"arguments\":null}\n", "GenericError", "'arguments' of a request is no object");
    client_expect_error(&self->client, "{\"exec-oob\":\"echo\"}\n", "GenericError", "unknown member 'exec-oob'");
    client_expect_error(&self->client, "quit\n", "GenericError", "expected a JSON object a line");
    client_expect(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"still here\"}}\n", "{\"return\":\"still here\"}");
}

static void
test_queries(Fixture *self, gconstpointer data)
{
    g_autofree char *version = NULL;
    g_autofree char *list = NULL;

    client_negotiate(&self->client);
    version = client_ask(&self->client, "{\"execute\":\"query-version\"}\n");
    g_assert_true(g_str_has_prefix(version, "{\"return\":{\"hvnet\":{\"major\":"));
    list = client_ask(&self->client, "{\"execute\":\"query-commands\"}\n");
    g_assert_nonnull(strstr(list, "{\"name\":\"quit\",\"summary\":\"ends the program\",\"arguments\":[]}"));
    g_assert_nonnull(strstr(list, "{\"name\":\"echo\",\"summary\":\"says it\",\"arguments\":[{\"name\":\"text\""));
}

static void
test_quit(Fixture *self, gconstpointer data)
{
    client_negotiate(&self->client);
    client_expect(&self->client, "{\"execute\":\"quit\"}\n", "{\"return\":{}}");
    g_assert_cmpuint(self->n_quit, ==, 1);
}

static void
test_events(Fixture *self, gconstpointer data)
{
    JsonObject *object = json_object_new();
    g_autofree char *line = NULL;
    g_autofree char *shutdown = NULL;

    g_free(client_hear(&self->client)); /* the greeting */
    /* who has not negotiated hears nothing */
    hvn_control_emit(self->control, "EARLY", NULL);
    client_expect(&self->client, "{\"execute\":\"qmp_capabilities\"}\n", "{\"return\":{}}");
    json_object_set_boolean_member(object, "up", TRUE);
    hvn_control_emit(self->control, "CHANGED", object);
    line = client_hear(&self->client);
    g_assert_true(g_str_has_prefix(line, "{\"timestamp\":{\"seconds\":"));
    g_assert_true(g_str_has_suffix(line, "},\"event\":\"CHANGED\",\"data\":{\"up\":true}}"));
    hvn_control_stop(self->control);
    shutdown = client_hear(&self->client);
    g_assert_nonnull(strstr(shutdown, "\"SHUTDOWN\""));
    g_assert_null(client_hear(&self->client));
    g_assert_cmpint(self->client.fd, ==, -1);
}

static void
test_rows(Fixture *self, gconstpointer data)
{
    static const HvnControlCommand other[] = {{"echo", HVN_CONTROL_SELF, "fails", NULL, run_missing}};
    int target;

    client_negotiate(&self->client);
    hvn_control_add_commands(self->control, other, 1, &target);
    client_expect_error(&self->client, "{\"execute\":\"echo\"}\n", "DeviceNotFound", "no such thing");
    hvn_control_remove_commands(self->control, &target);
    client_expect_error(&self->client, "{\"execute\":\"echo\"}\n", "CommandNotFound", "echo");
}

/* ---- a router ---- */

static void
route(HvnControlCall *call, gpointer data)
{
    Fixture *self = data;

    g_assert_null(self->waiting);
    self->waiting = call;
}

static void
test_router(Fixture *self, gconstpointer data)
{
    g_autoptr(GError) error = g_error_new(HVN_ERROR, HVN_ERROR_FAILED, "too bad");
    g_autofree char *failed = NULL;

    client_negotiate(&self->client);
    hvn_control_set_router(self->control, route, self);
    /* the check comes first, and what concerns no interface is not routed */
    client_expect_error(&self->client, "{\"execute\":\"echo\"}\n", "GenericError", "missing");
    client_expect_error(&self->client, "{\"execute\":\"missing\"}\n", "DeviceNotFound", "no such thing");
    g_assert_null(self->waiting);

    client_say(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\"},\"id\":1}{\"execute\":\"echo\",\"arguments\":{\"text\":\"b\"}}");
    g_assert_cmpstr(hvn_control_call_get_command(self->waiting)->name, ==, "echo");
    g_assert_cmpstr(json_object_get_string_member(hvn_control_call_get_arguments(self->waiting), "text"), ==, "a");
    g_assert_null(client_hear(&self->client));
    hvn_control_call_return(g_steal_pointer(&self->waiting), NULL);
    {
        g_autofree char *line = client_hear(&self->client);

        g_assert_cmpstr(line, ==, "{\"return\":{},\"id\":1}");
    }
    /* the second one waited for the answer to the first */
    g_assert_cmpstr(json_object_get_string_member(hvn_control_call_get_arguments(self->waiting), "text"), ==, "b");
    hvn_control_call_fail(g_steal_pointer(&self->waiting), error);
    failed = client_hear(&self->client);
    g_assert_cmpstr(failed, ==, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"too bad\"}}");
    g_assert_cmpuint(self->n_run, ==, 0);
}

static void
test_client_gone_before_the_answer(Fixture *self, gconstpointer data)
{
    client_negotiate(&self->client);
    hvn_control_set_router(self->control, route, self);
    client_say(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\"}}");
    client_hang_up(&self->client);
    client_iterate(&self->client);
    hvn_control_call_return(g_steal_pointer(&self->waiting), NULL);
    client_iterate(&self->client);
}

static void
test_server_gone_before_the_answer(Fixture *self, gconstpointer data)
{
    client_negotiate(&self->client);
    hvn_control_set_router(self->control, route, self);
    client_say(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\"}}");
    g_assert_finalize_object(self->control);
    self->control = NULL;
    hvn_control_call_return(g_steal_pointer(&self->waiting), NULL);
}

/* ---- clients ---- */

static void
test_many_clients(Fixture *self, gconstpointer data)
{
    Client others[HVN_CONTROL_CLIENTS_MAX + 1];

    client_negotiate(&self->client);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        client_connect(&others[i], self->dispatcher, self->control);
        if (i + 1 < HVN_CONTROL_CLIENTS_MAX) {
            client_negotiate(&others[i]);
        } else {
            g_autofree char *line = NULL;

            g_free(client_hear(&others[i])); /* the greeting */
            line = client_hear(&others[i]);
            g_assert_nonnull(strstr(line, "too many clients"));
            g_assert_null(client_hear(&others[i]));
            g_assert_cmpint(others[i].fd, ==, -1);
        }
    }
    /* one that goes makes room */
    client_clear(&others[0]);
    client_iterate(&self->client);
    client_connect(&others[0], self->dispatcher, self->control);
    client_negotiate(&others[0]);
    client_expect(&self->client, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\"}}\n", "{\"return\":\"a\"}");
    for (guint i = 0; i < G_N_ELEMENTS(others); i++)
        client_clear(&others[i]);
}

/* asks for much and reads nothing: held back, while another is served */
static void
test_client_that_does_not_read(Fixture *self, gconstpointer data)
{
    static const char request[] = "{\"execute\":\"large\"}\n";
    guint asked = 0, heard = 0;
    Client other;

    client_negotiate(&self->client);
    while (asked < 10000 && write(self->client.fd, request, strlen(request)) == (gssize)strlen(request))
        asked++;
    client_iterate(&self->client);
    client_connect(&other, self->dispatcher, self->control);
    client_negotiate(&other);
    client_expect(&other, "{\"execute\":\"echo\",\"arguments\":{\"text\":\"a\"}}\n", "{\"return\":\"a\"}");
    client_clear(&other);
    /* and gets all of it once it reads */
    for (;;) {
        g_autofree char *line = client_hear(&self->client);

        if (line == NULL)
            break;
        g_assert_cmpuint(strlen(line), ==, strlen("{\"return\":\"\"}") + 100000);
        heard++;
    }
    g_assert_cmpuint(asked, >, 50);
    g_assert_cmpuint(heard, ==, asked);
}

/* hears events and reads none of them: dropped at last */
static void
test_client_that_ignores_events(Fixture *self, gconstpointer data)
{
    g_autofree char *text = g_strnfill(10000, 'x');

    client_negotiate(&self->client);
    for (guint i = 0; i < 500; i++) {
        JsonObject *object = json_object_new();

        json_object_set_string_member(object, "text", text);
        hvn_control_emit(self->control, "NOISE", object);
    }
    client_iterate(&self->client);
    while (self->client.fd >= 0) {
        g_autofree char *line = client_hear(&self->client);

        g_assert_true(line != NULL || self->client.fd < 0);
    }
}

static void
test_hostile(Fixture *self, gconstpointer data)
{
    g_autofree char *deep = g_strnfill(60000, '[');
    g_autofree char *huge = g_strnfill(200000, 'x');
    const char *const texts[] = {deep, huge, "{\"execute\":\"", "\xff\xfe", "{\"execute\":{\"execute\":[[[", "{\"\\ud800\":1}"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *line = NULL;
        g_autofree char *request = g_strdup_printf("{\"execute\":%s\n", texts[i]);
        gsize sent = 0;
        Client other;

        client_connect(&other, self->dispatcher, self->control);
        client_negotiate(&other);
        while (sent < strlen(request)) {
            gssize written = write(other.fd, request + sent, strlen(request) - sent);

            g_assert_true(written > 0 || errno == EAGAIN);
            sent += MAX(written, 0);
            client_iterate(&other);
        }
        client_say(&other, "\n\"}\n");
        line = client_hear(&other);
        g_test_message("%.200s", line);
        g_assert_true(line != NULL && g_str_has_prefix(line, "{\"error\":"));
        client_clear(&other);
    }
    client_negotiate(&self->client);
}

/* ---- the socket ---- */

static void
test_listen(Fixture *self, gconstpointer data)
{
    g_autofree char *dir = g_dir_make_tmp("hvnet-test-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(dir, "control.sock", NULL);
    g_autoptr(HvnControl) second = hvn_control_new(self->dispatcher);
    g_autoptr(GError) error = NULL;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat st;
    Client client;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    g_assert_true(hvn_control_listen(self->control, path, &error));
    g_assert_no_error(error);
    g_assert_cmpint(stat(path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 07777, ==, 0600);
    g_assert_false(hvn_control_listen(second, path, &error));
    g_assert_error(error, HVN_ERROR, HVN_ERROR_IN_USE);
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
    client_init(&client, self->dispatcher, fd);
    client_negotiate(&client);
    client_clear(&client);
    hvn_control_stop(self->control);
    g_assert_cmpint(stat(path, &st), ==, -1);
    g_assert_cmpint(g_rmdir(dir), ==, 0);
}

#define ADD(name, func) g_test_add("/app/control/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("greeting", test_greeting);
    ADD("execute", test_execute);
    ADD("wrong-requests", test_wrong_requests);
    ADD("queries", test_queries);
    ADD("quit", test_quit);
    ADD("events", test_events);
    ADD("rows", test_rows);
    ADD("router", test_router);
    ADD("client-gone-before-the-answer", test_client_gone_before_the_answer);
    ADD("server-gone-before-the-answer", test_server_gone_before_the_answer);
    ADD("many-clients", test_many_clients);
    ADD("client-that-does-not-read", test_client_that_does_not_read);
    ADD("client-that-ignores-events", test_client_that_ignores_events);
    ADD("hostile", test_hostile);
    ADD("listen", test_listen);
    return g_test_run();
}
