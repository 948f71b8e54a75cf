/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Replugging against an emulator's monitor that a test speaks for: the order of commands, and what may come between. */
#include "hvn-run-replug.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING "{\"QMP\": {}}\r\n{\"return\": {}}\r\n{\"return\": {\"running\": true}, \"id\": 1}\r\n"
#define GUARD    "set-action:shutdown "
#define RELEASE  "set-action:reset "    /* the first step */
#define RELEASED "set-action:poweroff " /* the second, behind the answer to the first */
#define RESET    "{\"event\": \"RESET\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}\r\n"

typedef struct {
    HvnDispatcher *dispatcher;
    HvnRunReplug  *replug;
    int            peer;
    guint          device;
    gint64         last_id; /* of a command that the monitor got */
    gboolean       served;
    GString       *told;
} Fixture;

static void
on_message(const char *text, gpointer data)
{
    g_string_append_printf(((Fixture *)data)->told, "%s\n", text);
}

static gboolean
on_is_served(guint device, gpointer data)
{
    return ((Fixture *)data)->served;
}

static const HvnRunReplugFuncs funcs = {on_message, on_is_served};

static void
set_up(Fixture *self, gconstpointer data)
{
    g_autoptr(HvnClock) clock = hvn_clock_new_manual();
    g_autoptr(JsonObject) arguments = json_object_new();
    int fds[2];

    self->dispatcher = hvn_dispatcher_new(NULL, clock);
    self->told = g_string_new(NULL);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    self->peer = fds[1];
    self->replug = hvn_run_replug_new(self->dispatcher, fds[0], data == NULL, &funcs, self);
    json_object_set_string_member(arguments, "id", "d0");
    self->device = hvn_run_replug_add(self->replug, "net0", arguments);
}

static void
tear_down(Fixture *self, gconstpointer data)
{
    hvn_run_replug_free(self->replug);
    close(self->peer);
    g_string_free(self->told, TRUE);
    g_object_unref(self->dispatcher);
}

static void
give(Fixture *self, const char *text)
{
    g_assert_cmpint(write(self->peer, text, strlen(text)), ==, strlen(text));
    for (guint i = 0; i < 50; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
}

/* the commands that came, a word each: "device_del", "set-action:reset" */
static void
assert_commands(Fixture *self, const char *expected)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_auto(GStrv)      lines = NULL;
    char               text[65536];
    gssize             len = read(self->peer, text, sizeof text - 1);

    text[MAX(len, 0)] = '\0';
    lines = g_strsplit(text, "\r\n", -1);
    for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);
        JsonObject         *object = json_node_get_object(node);
        JsonObject *arguments = json_object_has_member(object, "arguments") ? json_object_get_object_member(object, "arguments") : NULL;

        self->last_id = json_object_get_int_member(object, "id");
        g_string_append(got, json_object_get_string_member(object, "execute"));
        if (arguments != NULL && json_object_has_member(arguments, "reboot"))
            g_string_append_printf(got, ":%s", json_object_get_string_member(arguments, "reboot"));
        else if (arguments != NULL && json_object_has_member(arguments, "shutdown"))
            g_string_append_printf(got, ":%s", json_object_get_string_member(arguments, "shutdown"));
        g_string_append_c(got, ' ');
    }
    g_assert_cmpstr(got->str, ==, expected);
}

/* the answers to the last commands that came */
static void
answer(Fixture *self, guint n_commands, const char *last)
{
    for (guint i = 0; i < n_commands; i++) {
        g_autofree char *text = g_strdup_printf("{%s, \"id\": %" G_GINT64_FORMAT "}\r\n", i + 1 == n_commands ? last : "\"return\": {}",
                                                self->last_id - n_commands + 1 + i);

        give(self, text);
    }
}

static void
start(Fixture *self)
{
    give(self, GREETING);
    assert_commands(self, "qmp_capabilities query-status ");
}

static void
lose(Fixture *self)
{
    hvn_run_replug_lost(self->replug, self->device);
    assert_commands(self, GUARD "device_del ");
    answer(self, 2, "\"return\": {}");
}

#define DELETED "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"d0\", \"path\": \"/x\"}}\r\n"

static void
test_replugs(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/x\"}}\r\n");
    assert_commands(self, "");
    give(self, DELETED);
    assert_commands(self, RELEASE); /* its NIC is not served yet */
    answer(self, 1, "\"return\": {}");
    assert_commands(self, RELEASED);
    answer(self, 1, "\"return\": {}");
    self->served = TRUE;
    hvn_run_replug_served(self->replug, self->device);
    assert_commands(self, "device_add ");
    answer(self, 1, "\"return\": {}");
    g_assert_cmpstr(self->told->str, ==, "net0: the device is plugged in again\n");
    lose(self);
}

/* the NIC is back before the device is gone, and crashes again while it is put in */
static void
test_crashes_again(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    self->served = TRUE;
    hvn_run_replug_served(self->replug, self->device);
    assert_commands(self, "");
    give(self, DELETED);
    assert_commands(self, "device_add " RELEASE);
    hvn_run_replug_lost(self->replug, self->device);
    assert_commands(self, "");
    answer(self, 2, "\"return\": {}");
    assert_commands(self, GUARD "device_del ");
}

static void
test_before_monitor(Fixture *self, gconstpointer data)
{
    hvn_run_replug_lost(self->replug, self->device);
    give(self, GREETING);
    assert_commands(self, "qmp_capabilities query-status " GUARD "device_del ");
}

/* a reset stops the machine; it goes on with the new device */
static void
test_resets(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    self->served = TRUE;
    give(self, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\r\n{\"event\": \"STOP\"}\r\n");
    assert_commands(self, RELEASE "system_reset ");
    answer(self, 2, "\"return\": {}");
    give(self, RESET);
    assert_commands(self, RELEASED);
    answer(self, 1, "\"return\": {}");
    give(self, DELETED);
    assert_commands(self, "device_add ");
    answer(self, 1, "\"return\": {}");
    assert_commands(self, "cont ");
}

#define GUEST_RESET    "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}\r\n{\"event\": \"STOP\"}\r\n"
#define GUEST_SHUTDOWN "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r\n"

/* the device is gone, and the guest resets before the emulator has been told that it may: it must not stay stopped. The machine cannot go on
 * before the reset is over */
static void
test_resets_before_release(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    self->served = TRUE;
    give(self, DELETED);
    assert_commands(self, "device_add " RELEASE);
    give(self, GUEST_RESET);
    assert_commands(self, "system_reset ");
    answer(self, 3, "\"return\": {}");
    assert_commands(self, RELEASED);
    answer(self, 1, "\"return\": {}");
    assert_commands(self, "");
    give(self, RESET);
    assert_commands(self, "cont ");
}

/* the same between the answers to the two steps: what the guest asked for before the first is told behind its answer */
static void
test_resets_within_release(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, DELETED);
    assert_commands(self, RELEASE);
    answer(self, 1, "\"return\": {}");
    give(self, GUEST_RESET);
    assert_commands(self, RELEASED "system_reset ");
    give(self, RESET);
    assert_commands(self, "cont ");
}

static void
test_ends_within_release(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, DELETED);
    assert_commands(self, RELEASE);
    answer(self, 1, "\"return\": {}");
    assert_commands(self, RELEASED);
    give(self, GUEST_SHUTDOWN);
    assert_commands(self, "quit ");
}

/* then the emulator ends by itself */
static void
test_ends_after_release(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, DELETED);
    assert_commands(self, RELEASE);
    answer(self, 1, "\"return\": {}");
    assert_commands(self, RELEASED);
    answer(self, 1, "\"return\": {}");
    give(self, GUEST_SHUTDOWN);
    assert_commands(self, "");
}

/* a reset that the emulator never tells of does not hold the machine for ever */
static void
test_resets_untold(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, GUEST_RESET);
    assert_commands(self, RELEASE "system_reset ");
    hvn_dispatcher_advance(self->dispatcher, 6 * HVN_NS_PER_S);
    assert_commands(self, "cont ");
}

/* a machine that the user has stopped stays so */
static void
test_resets_stopped(Fixture *self, gconstpointer data)
{
    start(self);
    give(self, "{\"event\": \"STOP\"}\r\n");
    lose(self);
    give(self, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-qmp-system-reset\"}}\r\n");
    assert_commands(self, RELEASE "system_reset ");
    give(self, DELETED);
    assert_commands(self, "");
}

static void
test_ends(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    give(self, "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}\r\n");
    assert_commands(self, RELEASE "quit ");
}

static void
test_guest_holds_on(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    hvn_dispatcher_advance(self->dispatcher, 11 * HVN_NS_PER_S);
    g_assert_nonnull(strstr(self->told->str, "net0: the guest does not let go"));
    assert_commands(self, "");
}

static void
test_cannot_unplug(Fixture *self, gconstpointer data)
{
    start(self);
    hvn_run_replug_lost(self->replug, self->device);
    assert_commands(self, GUARD "device_del ");
    answer(self, 2, "\"error\": {\"class\": \"GenericError\", \"desc\": \"Bus 'pcie.0' does not support hotplugging\"}");
    assert_commands(self, RELEASE);
    g_assert_nonnull(strstr(self->told->str, "does not support hotplugging"));
}

/* who takes the device out does not get it again */
static void
test_user_unplugs(Fixture *self, gconstpointer data)
{
    self->served = TRUE;
    start(self);
    hvn_run_replug_detached(self->replug, self->device);
    give(self, DELETED);
    hvn_dispatcher_advance(self->dispatcher, 5 * HVN_NS_PER_S);
    hvn_run_replug_lost(self->replug, self->device);
    assert_commands(self, "");
}

static void
test_gives_up_connection(Fixture *self, gconstpointer data)
{
    self->served = TRUE;
    start(self);
    hvn_run_replug_detached(self->replug, self->device);
    assert_commands(self, "");
    hvn_dispatcher_advance(self->dispatcher, 2 * HVN_NS_PER_S);
    assert_commands(self, GUARD "device_del ");
}

/* what the user has said of resets is not ours to change */
static void
test_no_guard(Fixture *self, gconstpointer data)
{
    start(self);
    hvn_run_replug_lost(self->replug, self->device);
    assert_commands(self, "device_del ");
    give(self, DELETED "{\"event\": \"SHUTDOWN\", \"data\": {\"reason\": \"guest-reset\"}}\r\n");
    assert_commands(self, "");
}

/* an emulator that goes while it is asked is nobody's fault */
static void
test_emulator_ends(Fixture *self, gconstpointer data)
{
    start(self);
    lose(self);
    shutdown(self->peer, SHUT_RDWR);
    for (guint i = 0; i < 50; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
    hvn_run_replug_served(self->replug, self->device);
    g_assert_cmpstr(self->told->str, ==, "");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/app/run-replug/replugs", Fixture, NULL, set_up, test_replugs, tear_down);
    g_test_add("/app/run-replug/crashes-again", Fixture, NULL, set_up, test_crashes_again, tear_down);
    g_test_add("/app/run-replug/before-monitor", Fixture, NULL, set_up, test_before_monitor, tear_down);
    g_test_add("/app/run-replug/resets", Fixture, NULL, set_up, test_resets, tear_down);
    g_test_add("/app/run-replug/resets-before-release", Fixture, NULL, set_up, test_resets_before_release, tear_down);
    g_test_add("/app/run-replug/resets-within-release", Fixture, NULL, set_up, test_resets_within_release, tear_down);
    g_test_add("/app/run-replug/resets-untold", Fixture, NULL, set_up, test_resets_untold, tear_down);
    g_test_add("/app/run-replug/ends-within-release", Fixture, NULL, set_up, test_ends_within_release, tear_down);
    g_test_add("/app/run-replug/ends-after-release", Fixture, NULL, set_up, test_ends_after_release, tear_down);
    g_test_add("/app/run-replug/resets-stopped", Fixture, NULL, set_up, test_resets_stopped, tear_down);
    g_test_add("/app/run-replug/ends", Fixture, NULL, set_up, test_ends, tear_down);
    g_test_add("/app/run-replug/guest-holds-on", Fixture, NULL, set_up, test_guest_holds_on, tear_down);
    g_test_add("/app/run-replug/cannot-unplug", Fixture, NULL, set_up, test_cannot_unplug, tear_down);
    g_test_add("/app/run-replug/user-unplugs", Fixture, NULL, set_up, test_user_unplugs, tear_down);
    g_test_add("/app/run-replug/gives-up-connection", Fixture, NULL, set_up, test_gives_up_connection, tear_down);
    g_test_add("/app/run-replug/no-guard", Fixture, &funcs, set_up, test_no_guard, tear_down);
    g_test_add("/app/run-replug/emulator-ends", Fixture, NULL, set_up, test_emulator_ends, tear_down);
    return g_test_run();
}
