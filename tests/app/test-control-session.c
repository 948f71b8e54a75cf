/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-control-session.c: the commands and events of a session of toys. */
#include "hvn-control-session.h"

#include <glib/gstdio.h>
#include <sys/un.h>

#include "hvn-control-test.h"
#include "hvn-error.h"
#include "hvn-vfio-user.h"

typedef struct {
    HvnDispatcher     *dispatcher;
    HvnRegistry       *registry;
    HvnSession        *session;
    HvnControl        *control;
    HvnControlSession *tie;
    Client             client;
} Fixture;

static HvnInterface *
get(Fixture *self, guint n)
{
    return g_ptr_array_index(hvn_session_get_interfaces(self->session), n);
}

static void
set_up(Fixture *self, gconstpointer data)
{
    static const char *const options[] = {"-netdev", "toy,id=n0", "-device", "toy,netdev=n0,id=lan", "-netdev", "toy,id=n1", "-device",
                                          "toy-b,netdev=n1,mac=52:54:00:00:00:99", "-device", "toy,id=alone", NULL};
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = NULL;

    self->registry = hvn_registry_new(NULL);
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_test_expect_message("hvn-app", G_LOG_LEVEL_WARNING, "*alone*no backend*");
    config = hvn_config_load_qemu(options, self->registry, &error);
    g_test_assert_expected_messages();
    g_assert_no_error(error);
    self->session = hvn_session_new(config, self->registry, self->dispatcher, &error);
    g_assert_no_error(error);
    self->control = hvn_control_new(self->dispatcher);
    self->tie = hvn_control_session_new(self->control, self->session);
    client_connect(&self->client, self->dispatcher, self->control);
    client_negotiate(&self->client);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    client_clear(&self->client);
    hvn_control_session_free(self->tie);
    g_assert_finalize_object(self->control);
    g_assert_finalize_object(self->session);
    g_assert_finalize_object(self->dispatcher);
    g_assert_finalize_object(self->registry);
}

static void
test_set_link(Fixture *self, gconstpointer data)
{
    /* the names that an interface goes by: its own, the id of its backend, its address */
    static const char *const names[] = {"lan", "n0", "52:54:00:12:34:56"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        for (gint up = 0; up < 2; up++) {
            g_autofree char *text = g_strdup_printf("{\"execute\":\"set_link\",\"arguments\":{\"name\":\"%s\",\"up\":%s}}\n", names[i],
                                                    up ? "true" : "false");
            g_autofree char *event = client_ask(&self->client, text);
            g_autofree char *line = client_hear(&self->client);
            g_autofree char *end = g_strdup_printf("\"event\":\"LINK_CHANGED\",\"data\":{\"name\":\"lan\",\"up\":%s}}", up ? "true" : "false");

            g_assert_true(g_str_has_suffix(event, end));
            g_assert_cmpstr(line, ==, "{\"return\":{}}");
            g_assert_cmpint(hvn_link_get_up(get(self, 0)->link), ==, up);
            g_assert_true(hvn_link_get_up(get(self, 1)->link));
        }
    }
    /* what is so already is no event */
    client_expect(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\",\"up\":true}}\n", "{\"return\":{}}");
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lam\",\"up\":true}}\n", "DeviceNotFound",
                        "there is no interface 'lam' (accepted: lan, net1, alone; did you mean 'lan'?)");
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"alone\",\"up\":true}}\n", "GenericError",
                        "interface 'alone' has no link: it has no backend");
}

static JsonArray *
query(Fixture *self, JsonNode **root)
{
    g_autofree char *line = client_ask(&self->client, "{\"execute\":\"query-interfaces\"}\n");

    *root = json_from_string(line, NULL);
    return json_object_get_array_member(json_node_get_object(*root), "return");
}

static void
test_query_interfaces(Fixture *self, gconstpointer data)
{
    g_autoptr(JsonNode) root = NULL;
    JsonArray *array;
    JsonObject *object;

    g_assert_true(hvn_session_start(self->session, NULL));
    g_free(client_hear(&self->client)); /* BACKEND_CHANGED, twice */
    g_free(client_hear(&self->client));
    hvn_link_set_up(get(self, 1)->link, FALSE);
    array = query(self, &root);
    g_assert_cmpuint(json_array_get_length(array), ==, 3);
    object = json_array_get_object_element(array, 0);
    g_assert_cmpstr(json_object_get_string_member(object, "name"), ==, "lan");
    g_assert_cmpstr(json_object_get_string_member(object, "model"), ==, "toy");
    g_assert_cmpstr(json_object_get_string_member(object, "mac"), ==, "52:54:00:12:34:56");
    g_assert_cmpstr(json_object_get_string_member(object, "backend"), ==, "toy");
    g_assert_cmpstr(json_object_get_string_member(object, "backend-state"), ==, "up");
    g_assert_true(json_object_get_boolean_member(object, "up"));
    g_assert_false(json_object_has_member(object, "protocol"));
    object = json_array_get_object_element(array, 1);
    g_assert_cmpstr(json_object_get_string_member(object, "name"), ==, "net1");
    g_assert_cmpstr(json_object_get_string_member(object, "mac"), ==, "52:54:00:00:00:99");
    g_assert_false(json_object_get_boolean_member(object, "up"));
    object = json_array_get_object_element(array, 2);
    g_assert_cmpstr(json_object_get_string_member(object, "name"), ==, "alone");
    g_assert_false(json_object_has_member(object, "backend"));
    g_assert_false(json_object_has_member(object, "up"));
}

static void
test_counters(Fixture *self, gconstpointer data)
{
    guint8 bytes[100] = {0};
    struct iovec iov = {bytes, sizeof bytes};
    HvnFrame frame = {.iov = &iov, .n_iov = 1, .len = sizeof bytes};
    g_autoptr(JsonNode) root = NULL;
    JsonObject *object;

    for (guint i = 0; i < 3; i++)
        g_assert_cmpuint(hvn_port_send(HVN_PORT(get(self, 0)->nic), &frame, 1), ==, 1);
    hvn_link_set_up(get(self, 0)->link, FALSE);
    for (guint i = 0; i < 2; i++)
        g_assert_cmpuint(hvn_port_send(HVN_PORT(get(self, 0)->backend), &frame, 1), ==, 1);
    object = json_array_get_object_element(query(self, &root), 0);
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(object, "from-guest"), "frames"), ==, 3);
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(object, "from-guest"), "bytes"), ==, 300);
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(object, "from-guest"), "dropped-link-down"), ==, 0);
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(object, "to-guest"), "frames"), ==, 0);
    g_assert_cmpint(json_object_get_int_member(json_object_get_object_member(object, "to-guest"), "dropped-link-down"), ==, 2);
}

static void
test_attached(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnVfioUser) server = hvn_vfio_user_new(get(self, 0)->nic);
    int fds[2];

    hvn_control_session_set_server(self->tie, "lan", "/run/lan.sock", G_OBJECT(server));
    for (guint attached = 0; attached < 2; attached++) {
        g_autoptr(JsonNode) root = NULL;
        JsonObject *object = json_array_get_object_element(query(self, &root), 0);

        g_assert_cmpstr(json_object_get_string_member(object, "protocol"), ==, "vfio-user");
        g_assert_cmpstr(json_object_get_string_member(object, "socket"), ==, "/run/lan.sock");
        g_assert_cmpint(json_object_get_boolean_member(object, "attached"), ==, attached);
        if (attached == 0) {
            g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
            hvn_vfio_user_attach_fd(server, fds[0]);
        }
    }
    close(fds[1]);
    hvn_vfio_user_stop(server);
}

static void
test_backend_event(Fixture *self, gconstpointer data)
{
    g_autofree char *line = NULL;

    hvn_backend_set_state(get(self, 1)->backend, HVN_BACKEND_DOWN, "the cat sleeps on it");
    line = client_hear(&self->client);
    g_assert_true(g_str_has_suffix(
        line, "\"event\":\"BACKEND_CHANGED\",\"data\":{\"name\":\"net1\",\"state\":\"down\",\"reason\":\"the cat sleeps on it\"}}"));
}

/* a supervisor knows the rows, and whom to ask */
static void
test_rows_alone(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnControl) control = hvn_control_new(self->dispatcher);
    Client client;

    hvn_control_session_add_rows(control);
    client_connect(&client, self->dispatcher, control);
    client_negotiate(&client);
    client_expect_error(&client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\",\"up\":\"off\"}}\n", "GenericError",
                        "argument 'up' of set_link is \\\"off\\\": expected true or false");
    client_clear(&client);
}

#define ADD(name, func) g_test_add("/app/control-session/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("set-link", test_set_link);
    ADD("query-interfaces", test_query_interfaces);
    ADD("counters", test_counters);
    ADD("attached", test_attached);
    ADD("backend-event", test_backend_event);
    ADD("rows-alone", test_rows_alone);
    return g_test_run();
}
