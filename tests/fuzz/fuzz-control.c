/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hostile client of the control interface. The first byte of the input is the size of the pieces that the rest comes in; whatever it is, the
 * server answers lines of JSON objects, and the next client is served. */
#include "hvn-control.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static JsonNode *
run_echo(gpointer target, JsonObject *arguments, GError **error)
{
    return json_node_init_object(json_node_alloc(), arguments);
}

static const char *const words[] = {"on", "off", NULL};

static const HvnControlArgument arguments[] = {
    {"name", HVN_CONTROL_STRING, FALSE, "a string"},
    {"up", HVN_CONTROL_BOOLEAN, TRUE, "a boolean"},
    {"n", HVN_CONTROL_INTEGER, TRUE, "a number", NULL, -5, 5},
    {"word", HVN_CONTROL_STRING, TRUE, "a choice", words},
    {0},
};

static const HvnControlCommand commands[] = {{"echo", HVN_CONTROL_ONE, "says what it was told", arguments, run_echo}};

static int
attach(HvnControl *control)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    hvn_control_attach_fd(control, fds[1]);
    return fds[0];
}

/* runs the server, and gets what it says */
static void
settle(HvnDispatcher *dispatcher, int fd, GString *heard)
{
    char bytes[65536];
    gssize len;

    while (hvn_dispatcher_iterate(dispatcher, FALSE))
        continue;
    while ((len = read(fd, bytes, sizeof bytes)) > 0) {
        g_string_append_len(heard, bytes, len);
        while (hvn_dispatcher_iterate(dispatcher, FALSE))
            continue;
    }
}

static void
say(HvnDispatcher *dispatcher, int fd, const char *bytes, gsize len, gsize step, GString *heard)
{
    for (gsize at = 0; at < len;) {
        gssize written = write(fd, bytes + at, MIN(step, len - at));

        at += MAX(written, 0);
        settle(dispatcher, fd, heard);
    }
}

static void
check_lines(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);

    for (guint i = 0; lines[i] != NULL && lines[i + 1] != NULL; i++) {
        g_autoptr(JsonNode) node = json_from_string(lines[i], NULL);

        g_assert_true(node != NULL && JSON_NODE_HOLDS_OBJECT(node));
    }
}

int
LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
    static const char negotiate[] = "{\"execute\":\"qmp_capabilities\"}\n";
    static const char ask[] = "{\"execute\":\"query-version\"}\n";
    g_autoptr(HvnDispatcher) dispatcher = hvn_dispatcher_new(NULL, NULL);
    g_autoptr(HvnControl) control = hvn_control_new(dispatcher);
    g_autoptr(GString) heard = g_string_new(NULL);
    g_autoptr(GString) other = g_string_new(NULL);
    int fd, next;

    if (size == 0)
        return 0;
    hvn_control_add_commands(control, commands, G_N_ELEMENTS(commands), NULL);
    fd = attach(control);
    say(dispatcher, fd, negotiate, strlen(negotiate), strlen(negotiate), heard);
    say(dispatcher, fd, (const char *)data + 1, size - 1, 1 + data[0] * 16, heard);
    check_lines(heard->str);
    next = attach(control);
    say(dispatcher, next, negotiate, strlen(negotiate), strlen(negotiate), other);
    say(dispatcher, next, ask, strlen(ask), strlen(ask), other);
    g_assert_nonnull(strstr(other->str, "{\"return\":{\"hvnet\":"));
    close(next);
    close(fd);
    return 0;
}
