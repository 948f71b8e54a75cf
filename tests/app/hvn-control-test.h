/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client for the tests of the control interface: says a line, and has the next line that the server says. */
#pragma once

#include <json-glib/json-glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hvn-control.h"

typedef struct {
    HvnDispatcher *dispatcher;
    int            fd; /* -1 once the server has hung up, or we have */
    GString       *in;
} Client;

static inline void
client_init(Client *self, HvnDispatcher *dispatcher, int fd)
{
    self->dispatcher = dispatcher;
    self->fd = fd;
    self->in = g_string_new(NULL);
}

static inline void
client_hang_up(Client *self)
{
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
}

static inline void
client_clear(Client *self)
{
    client_hang_up(self);
    g_string_free(self->in, TRUE);
}

/* a client on one end of a socket pair, with the server on the other */
static inline void
client_connect(Client *self, HvnDispatcher *dispatcher, HvnControl *control)
{
    int fds[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
    client_init(self, dispatcher, fds[0]);
    hvn_control_attach_fd(control, fds[1]);
}

static inline void
client_iterate(Client *self)
{
    for (guint i = 0; i < 50; i++)
        hvn_dispatcher_iterate(self->dispatcher, FALSE);
}

static inline void
client_say(Client *self, const char *text)
{
    g_assert_cmpint(write(self->fd, text, strlen(text)), ==, strlen(text));
    client_iterate(self);
}

/* the next line, without its end; NULL when there is none */
static inline char *
client_hear(Client *self)
{
    char bytes[65536];
    const char *end;
    char *line;

    client_iterate(self);
    while (self->fd >= 0 && strstr(self->in->str, "\r\n") == NULL) {
        gssize len = read(self->fd, bytes, sizeof bytes);

        if (len == 0)
            client_hang_up(self);
        if (len <= 0)
            break;
        g_string_append_len(self->in, bytes, len);
        client_iterate(self);
    }
    end = strstr(self->in->str, "\r\n");
    if (end == NULL)
        return NULL;
    line = g_strndup(self->in->str, end - self->in->str);
    g_string_erase(self->in, 0, end + 2 - self->in->str);
    return line;
}

/* what the server answers to a line */
static inline char *
client_ask(Client *self, const char *text)
{
    client_say(self, text);
    return client_hear(self);
}

static inline void
client_expect(Client *self, const char *text, const char *answer)
{
    g_autofree char *line = client_ask(self, text);

    g_assert_cmpstr(line, ==, answer);
}

/* the server answers with an error of the class, whose description has the words */
static inline void
client_expect_error(Client *self, const char *text, const char *class, const char *words)
{
    g_autofree char *line = client_ask(self, text);
    g_autofree char *begin = g_strdup_printf("{\"error\":{\"class\":\"%s\",\"desc\":\"", class);

    g_test_message("%s", line);
    g_assert_nonnull(line);
    g_assert_true(g_str_has_prefix(line, begin));
    g_assert_nonnull(strstr(line, words));
}

static inline void
client_negotiate(Client *self)
{
    g_autofree char *greeting = client_hear(self);

    g_assert_nonnull(strstr(greeting, "{\"QMP\":{\"version\":{\"hvnet\":{\"major\":"));
    client_expect(self, "{\"execute\":\"qmp_capabilities\"}\n", "{\"return\":{}}");
}
