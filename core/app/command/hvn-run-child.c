/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the emulator of `hvnet run` and waits for it from the dispatcher, so that its NICs are served meanwhile. */
#include "hvn-run-child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-error.h"

struct _HvnRunChild {
    GPid     pid;
    GSource *watch;
    gboolean ended;
    int      status; /* as a shell tells it, once ended */
};

static gboolean
hvn_run_child_find(const char *program, GError **error)
{
    g_autofree char *path = g_find_program_in_path(program);

    if (path != NULL)
        return TRUE;
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "cannot run '%s': expected a program%s", program,
                strchr(program, '/') == NULL ? " in PATH" : "");
    return FALSE;
}

char *
hvn_run_child_read(const char *const *argv, GError **error)
{
    const char *program = argv[0];
    g_autoptr(GError) local = NULL;
    char *text = NULL;

    if (!hvn_run_child_find(program, error))
        return NULL;
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, &local)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "cannot run '%s %s': %s", program, argv[1], local->message);
        return NULL;
    }
    return text;
}

static void
hvn_run_child_exited(GPid pid, gint wait_status, gpointer data)
{
    HvnRunChild *self = data;

    self->ended = TRUE;
    self->status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* hvnet ignores SIGPIPE; that is inherited, and no emulator's habit. Runs between fork() and exec(). */
static void
hvn_run_child_set_up(gpointer data)
{
    const int *fds = data;

    for (guint i = 0; fds[i] >= 0; i++)
        fcntl(fds[i], F_SETFD, 0);
    signal(SIGPIPE, SIG_DFL);
}

/* The monitor comes by a file of configuration: an option for it would take away the monitor that QEMU has when nothing is said. */
int
hvn_run_child_write_monitor(int monitor_fd, GError **error)
{
    g_autofree char *text = g_strdup_printf("[chardev \"hvnet-monitor\"]\n  backend = \"socket\"\n  fd = \"%d\"\n\n"
                                            "[mon \"hvnet-monitor\"]\n  chardev = \"hvnet-monitor\"\n  mode = \"control\"\n",
                                            monitor_fd);
    int              fd = memfd_create("hvnet-monitor", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, text, strlen(text)) == (gssize)strlen(text))
        return fd;
    hvn_set_error_errno(error, errno, "cannot describe a monitor to the emulator");
    if (fd >= 0)
        close(fd);
    return -1;
}

HvnRunChild *
hvn_run_child_start(HvnDispatcher *dispatcher, char **argv, const int *fds, GError **error)
{
    g_autofree char *line = g_strjoinv(" ", argv);
    g_autoptr(GError) local = NULL;
    HvnRunChild *self;
    GPid pid;

    if (!hvn_run_child_find(argv[0], error))
        return NULL;
    g_info("running: %s", line);
    /* the caller of hvnet may have opened descriptors for the emulator; ours close themselves */
    if (!g_spawn_async(NULL, argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN | G_SPAWN_LEAVE_DESCRIPTORS_OPEN,
                       hvn_run_child_set_up, (gpointer)fds, &pid, &local)) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "cannot run '%s': %s", argv[0], local->message);
        return NULL;
    }
    self = g_new0(HvnRunChild, 1);
    self->pid = pid;
    self->watch = g_child_watch_source_new(pid);
    g_source_set_callback(self->watch, G_SOURCE_FUNC(hvn_run_child_exited), self, NULL);
    g_source_attach(self->watch, hvn_dispatcher_get_context(dispatcher));
    return self;
}

void
hvn_run_child_free(HvnRunChild *self)
{
    if (self == NULL)
        return;
    g_source_destroy(self->watch);
    g_source_unref(self->watch);
    g_spawn_close_pid(self->pid);
    g_free(self);
}

void
hvn_run_child_signal(HvnRunChild *self, int signal_number)
{
    if (!self->ended)
        kill(self->pid, signal_number);
}

gboolean
hvn_run_child_get_ended(HvnRunChild *self, int *status)
{
    *status = self->status;
    return self->ended;
}
