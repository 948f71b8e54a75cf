/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Standard output and error of the command are one pipe, read by a watch; its end is told by HvnChild. */
#include "hvn-command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-child.h"
#include "hvn-error.h"
#include "hvn-watch.h"

#define LINE_MAX_BYTES 512
#define LINES_MAX      200  /* logged ones of a command; it may go on */
#define READ_BYTES     4096 /* in one dispatch */
#define WAIT_STEP_MS   10

struct _HvnCommand {
    HvnPort          *port;   /* not owned */
    char             *what;   /* owned */
    HvnChild         *child;  /* owned */
    int               output; /* owned; -1 at its end */
    HvnWatch         *watch;  /* owned; of output */
    GString          *line;   /* owned; what has no end yet */
    char             *last;   /* owned; the last line that is not empty, or NULL */
    guint             n_lines;
    HvnCommandFunc done;
    gpointer          data;
};

static void
hvn_command_end_line(HvnCommand *self)
{
    g_autofree char *text = g_utf8_make_valid(self->line->str, (gssize)self->line->len);

    g_string_truncate(self->line, 0);
    g_strstrip(text);
    if (text[0] == '\0')
        return;
    if (self->n_lines++ < LINES_MAX)
        g_message("%s: %s: %s", hvn_port_get_name(self->port), self->what, text);
    g_free(self->last);
    self->last = g_steal_pointer(&text);
}

/* what is there now; FALSE at the end of the pipe */
static gboolean
hvn_command_read(HvnCommand *self)
{
    char buf[READ_BYTES];
    gssize n = read(self->output, buf, sizeof buf);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    for (gssize i = 0; i < n; i++) {
        if (buf[i] == '\n' || self->line->len >= LINE_MAX_BYTES)
            hvn_command_end_line(self);
        if (buf[i] != '\n')
            g_string_append_c(self->line, buf[i]);
    }
    return n > 0;
}

static void
hvn_command_close_output(HvnCommand *self)
{
    if (self->output < 0)
        return;
    g_clear_pointer(&self->watch, hvn_watch_free);
    close(self->output);
    self->output = -1;
    hvn_command_end_line(self);
}

static void
hvn_command_readable(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnCommand *self = data;

    if (!hvn_command_read(self))
        hvn_command_close_output(self);
}

/* the pipe may stay open in a process that it left behind: what is there counts */
static void
hvn_command_drain(HvnCommand *self)
{
    struct pollfd poll_fd = {.fd = self->output, .events = POLLIN};

    for (guint i = 0; i < LINES_MAX && self->output >= 0 && poll(&poll_fd, 1, 0) > 0; i++) {
        if (!hvn_command_read(self))
            break;
    }
    hvn_command_close_output(self);
}

static void
hvn_command_ended(HvnChild *child, gpointer data)
{
    HvnCommand *self = data;

    hvn_command_drain(self);
    if (self->done != NULL)
        self->done(self, self->data);
}

HvnCommand *
hvn_command_new(HvnPort *port, const char *what, const char *const *argv, int extra_fd, gboolean leave, HvnCommandFunc done,
                gpointer data, GError **error)
{
    HvnDispatcher *dispatcher = hvn_port_get_dispatcher(port);
    g_autoptr(HvnCommand) self = g_new0(HvnCommand, 1);
    HvnChildFiles files = {.input = -1, .extra = extra_fd, .leave = leave};
    int ends[2];

    self->port = port;
    self->what = g_strdup(what);
    self->line = g_string_new(NULL);
    self->output = -1;
    self->done = done;
    self->data = data;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        hvn_set_error_errno(error, errno, "cannot make a pipe for %s", what);
        return NULL;
    }
    /* only our end: the flag would be the command's too */
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    files.output = files.error = ends[1];
    self->output = ends[0];
    self->child = hvn_child_new(dispatcher, (char **)argv, &files, hvn_command_ended, self, error);
    close(ends[1]);
    if (self->child == NULL)
        return NULL;
    self->watch = hvn_watch_new(dispatcher, self->output, hvn_command_readable, self);
    hvn_watch_want(self->watch, G_IO_IN, TRUE);
    return g_steal_pointer(&self);
}

gboolean
hvn_command_wait(HvnCommand *self, guint timeout_ms)
{
    for (guint waited = 0; !hvn_child_has_ended(self->child); waited += WAIT_STEP_MS) {
        struct pollfd poll_fd = {.fd = self->output, .events = POLLIN};

        if (waited >= timeout_ms)
            return FALSE;
        if (poll(&poll_fd, 1, WAIT_STEP_MS) > 0 && !hvn_command_read(self))
            hvn_command_close_output(self);
    }
    hvn_command_drain(self);
    return TRUE;
}

gboolean
hvn_command_check(HvnCommand *self, GError **error)
{
    int status = hvn_child_get_status(self->child);
    g_autofree char *how = NULL;

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TRUE;
    how = WIFEXITED(status) ? g_strdup_printf("ended with status %d", WEXITSTATUS(status))
                            : g_strdup_printf("was ended by signal %d", WTERMSIG(status));
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "%s %s%s%s", self->what, how, self->last != NULL ? ": " : "",
                self->last != NULL ? self->last : "");
    return FALSE;
}

void
hvn_command_free(HvnCommand *self)
{
    if (self == NULL)
        return;
    hvn_child_free(self->child);
    if (self->output >= 0)
        hvn_command_close_output(self);
    g_string_free(self->line, TRUE);
    g_free(self->last);
    g_free(self->what);
    g_free(self);
}
