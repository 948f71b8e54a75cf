/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tests of core/app/hvn-control-forward.c: a supervisor in front of processes, which are sessions of toys on socket pairs. */
#include "hvn-control-forward.h"

#include "hvn-control-session.h"
#include "hvn-control-test.h"
#include "hvn-error.h"

#define N_PROCESSES 2

/* what a child process of a supervisor has */
typedef struct {
    HvnSession        *session;
    HvnControl        *control;
    HvnControlSession *tie;
    HvnQmpClient      *client; /* the supervisor's */
} Process;

typedef struct {
    HvnDispatcher     *dispatcher;
    HvnRegistry       *registry;
    HvnControl        *control;
    HvnControlForward *forward;
    Process            processes[N_PROCESSES]; /* with interfaces net0 and net1, and with lan */
    Client             client;
    GString           *links; /* what the link function was told */
} Fixture;

static const HvnQmpClientHandlers client_handlers = {0};

static const char *const first[] = {"-netdev", "toy,id=n0", "-device", "toy,netdev=n0", "-netdev", "toy,id=n1", "-device", "toy,netdev=n1", NULL};
static const char *const second[] = {"-netdev", "toy,id=n2", "-device", "toy,netdev=n2,id=lan", NULL};
static const char *const *const configs[N_PROCESSES] = {first, second};
static const char *const interfaces[N_PROCESSES][3] = {{"net0", "net1", NULL}, {"lan", NULL}};

static void
start(Fixture *self, guint n)
{
    Process *process = &self->processes[n];
    g_autoptr(GError) error = NULL;
    g_autoptr(HvnConfig) config = hvn_config_load_qemu(configs[n], self->registry, &error);
    int fds[2];

    g_assert_no_error(error);
    process->session = hvn_session_new(config, self->registry, self->dispatcher, &error);
    g_assert_no_error(error);
    process->control = hvn_control_new(self->dispatcher);
    process->tie = hvn_control_session_new(process->control, process->session);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_control_attach_fd(process->control, fds[1]);
    process->client = hvn_qmp_client_new(self->dispatcher, fds[0], &client_handlers, self);
    for (guint i = 0; interfaces[n][i] != NULL; i++)
        hvn_control_forward_set_client(self->forward, interfaces[n][i], process->client);
}

/* the process is gone, and the supervisor does not know yet */
static void
crash(Fixture *self, guint n)
{
    Process *process = &self->processes[n];

    g_clear_pointer(&process->tie, hvn_control_session_free);
    g_clear_object(&process->control);
    g_clear_object(&process->session);
}

static void
forget(Fixture *self, guint n)
{
    for (guint i = 0; interfaces[n][i] != NULL; i++)
        hvn_control_forward_set_client(self->forward, interfaces[n][i], NULL);
    g_clear_pointer(&self->processes[n].client, hvn_qmp_client_free);
}

static void
on_link(const char *interface, gboolean up, gpointer data)
{
    g_string_append_printf(((Fixture *)data)->links, "%s %s;", interface, up ? "up" : "down");
}

static void
set_up(Fixture *self, gconstpointer data)
{
    static const char *const of_net0[] = {"n0", "52:54:00:12:34:56", NULL};

    self->links = g_string_new(NULL);
    self->registry = hvn_registry_new(NULL);
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    self->control = hvn_control_new(self->dispatcher);
    self->forward = hvn_control_forward_new(self->control, on_link, self);
    hvn_control_forward_add(self->forward, "net0", of_net0, "/run/net0.sock");
    hvn_control_forward_add(self->forward, "net1", NULL, NULL);
    hvn_control_forward_add(self->forward, "lan", NULL, NULL);
    for (guint i = 0; i < N_PROCESSES; i++)
        start(self, i);
    client_connect(&self->client, self->dispatcher, self->control);
    client_negotiate(&self->client);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    client_clear(&self->client);
    for (guint i = 0; i < N_PROCESSES; i++) {
        crash(self, i);
        g_clear_pointer(&self->processes[i].client, hvn_qmp_client_free);
    }
    hvn_control_forward_free(self->forward);
    g_assert_finalize_object(self->control);
    g_assert_finalize_object(self->dispatcher);
    g_assert_finalize_object(self->registry);
    g_string_free(self->links, TRUE);
}

static gboolean
is_up(Fixture *self, guint process, guint n)
{
    return hvn_link_get_up(((HvnInterface *)g_ptr_array_index(hvn_session_get_interfaces(self->processes[process].session), n))->link);
}

static void
test_one(Fixture *self, gconstpointer data)
{
    client_expect(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\",\"up\":false}}\n", "{\"return\":{}}");
    g_assert_true(is_up(self, 0, 0) && is_up(self, 0, 1) && !is_up(self, 1, 0));
    client_expect(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"net1\",\"up\":false},\"id\":3}\n", "{\"return\":{},\"id\":3}");
    g_assert_true(is_up(self, 0, 0) && !is_up(self, 0, 1));
    client_expect(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"n0\",\"up\":false}}\n", "{\"return\":{}}");
    g_assert_false(is_up(self, 0, 0));
    g_assert_cmpstr(self->links->str, ==, "lan down;net1 down;net0 down;");
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"nat\",\"up\":false}}\n", "DeviceNotFound",
                        "there is no interface 'nat' (accepted: net0, net1, lan");
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\"}}\n", "GenericError", "missing");
    g_assert_cmpstr(self->links->str, ==, "lan down;net1 down;net0 down;");
}

static char *
names(Fixture *self)
{
    g_autofree char *line = client_ask(&self->client, "{\"execute\":\"query-interfaces\"}\n");
    g_autoptr(JsonNode) root = json_from_string(line, NULL);
    JsonArray *array = json_object_get_array_member(json_node_get_object(root), "return");
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < json_array_get_length(array); i++)
        g_string_append_printf(text, "%s ", json_object_get_string_member(json_array_get_object_element(array, i), "name"));
    return g_string_free(text, FALSE);
}

static void
assert_names(Fixture *self, const char *expected)
{
    g_autofree char *found = names(self);

    g_assert_cmpstr(found, ==, expected);
}

static void
test_every(Fixture *self, gconstpointer data)
{
    assert_names(self, "net0 net1 lan ");
    crash(self, 0);
    forget(self, 0);
    assert_names(self, "lan ");
    crash(self, 1);
    forget(self, 1);
    assert_names(self, "");
    start(self, 0);
    assert_names(self, "net0 net1 ");
}

static void
test_process_that_is_gone(Fixture *self, gconstpointer data)
{
    crash(self, 1);
    forget(self, 1);
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\",\"up\":false}}\n", "GenericError",
                        "interface 'lan' is being started again: try once more");
}

/* before the supervisor knows, and while it asks */
static void
test_process_that_goes_meanwhile(Fixture *self, gconstpointer data)
{
    crash(self, 1);
    client_expect_error(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"lan\",\"up\":false}}\n", "GenericError", "gone");
    assert_names(self, "net0 net1 ");
    g_assert_cmpstr(self->links->str, ==, "");
}

static void
test_connection_freed_while_it_is_asked(Fixture *self, gconstpointer data)
{
    static const char request[] = "{\"execute\":\"query-interfaces\"}{\"execute\":\"query-interfaces\"}\n";
    g_autofree char *line = NULL;

    g_assert_cmpint(write(self->client.fd, request, strlen(request)), ==, strlen(request));
    hvn_dispatcher_iterate(self->dispatcher, FALSE);
    forget(self, 0);
    forget(self, 1);
    line = client_hear(&self->client);
    g_assert_cmpstr(line, ==, "{\"return\":[]}");
}

/* what the host has plugged out stays out in a process that takes the place of another */
static void
test_link_is_told_again(Fixture *self, gconstpointer data)
{
    client_expect(&self->client, "{\"execute\":\"set_link\",\"arguments\":{\"name\":\"net1\",\"up\":false}}\n", "{\"return\":{}}");
    crash(self, 0);
    forget(self, 0);
    start(self, 0);
    client_iterate(&self->client);
    g_assert_true(is_up(self, 0, 0) && !is_up(self, 0, 1));
    g_assert_cmpstr(self->links->str, ==, "net1 down;");
}

#define ADD(name, func) g_test_add("/app/control-forward/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("one", test_one);
    ADD("every", test_every);
    ADD("process-that-is-gone", test_process_that_is_gone);
    ADD("process-that-goes-meanwhile", test_process_that_goes_meanwhile);
    ADD("connection-freed-while-it-is-asked", test_connection_freed_while_it_is_asked);
    ADD("link-is-told-again", test_link_is_told_again);
    return g_test_run();
}
