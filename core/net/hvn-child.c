/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pidfd on the dispatcher says when the command has ended: no SIGCHLD handler, so nothing of the process's own is changed. The
 * process is reaped here only, so its number cannot be another's when it is signalled. */
#include "hvn-child.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-watch.h"

#define WAIT_STEP_US 2000
#define WAIT_STEPS   250

struct _HvnChild {
    GPid         pid; /* 0 once it was reaped */
    int          pidfd;
    int          status; /* of waitpid() */
    gboolean     leave;
    HvnWatch    *watch;
    HvnChildFunc done;
    gpointer     data;
};

gboolean
hvn_child_has_ended(HvnChild *self)
{
    g_return_val_if_fail(self != NULL, TRUE);

    if (self->pid != 0 && waitpid(self->pid, &self->status, WNOHANG) != 0) {
        /* what it left behind in its session */
        if (!self->leave)
            kill(-self->pid, SIGTERM);
        self->pid = 0;
    }
    return self->pid == 0;
}

int
hvn_child_get_status(HvnChild *self)
{
    g_return_val_if_fail(self != NULL && self->pid == 0, 0);

    return self->status;
}

static void
hvn_child_event(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnChild *self = data;

    if (!hvn_child_has_ended(self))
        return;
    hvn_watch_want(watch, G_IO_IN, FALSE);
    if (self->done != NULL)
        self->done(self, self->data);
}

/* runs in the child, between fork and exec */
static void
hvn_child_setup(gpointer data)
{
    sigset_t none;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

HvnChild *
hvn_child_new(HvnDispatcher *dispatcher, char **argv, const HvnChildFiles *files, HvnChildFunc done, gpointer data, GError **error)
{
    GSpawnFlags flags = G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD;
    g_autoptr(GError) problem = NULL;
    HvnChild *self;

    g_return_val_if_fail(HVN_IS_DISPATCHER(dispatcher), NULL);
    g_return_val_if_fail(argv != NULL && argv[0] != NULL && files != NULL, NULL);

    self = g_new0(HvnChild, 1);
    self->pidfd = -1;
    self->leave = files->leave;
    self->done = done;
    self->data = data;
    if (files->output < 0)
        flags |= G_SPAWN_STDOUT_TO_DEV_NULL;
    if (!g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)argv, NULL, flags, hvn_child_setup, NULL, files->input, files->output,
                                          files->error, &files->extra, &files->extra, files->extra >= 0 ? 1 : 0, &self->pid, NULL, NULL,
                                          NULL, &problem)) {
        g_set_error(error, HVN_ERROR,
                    g_error_matches(problem, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT) ? HVN_ERROR_NOT_FOUND : HVN_ERROR_IO,
                    "cannot run '%s': %s", argv[0], problem->message);
        g_free(self);
        return NULL;
    }
    /* without pidfd (Linux before 5.3) the command is reaped when its owner looks */
    self->pidfd = (int)syscall(SYS_pidfd_open, self->pid, 0);
    if (self->pidfd >= 0) {
        self->watch = hvn_watch_new(dispatcher, self->pidfd, hvn_child_event, self);
        hvn_watch_want(self->watch, G_IO_IN, TRUE);
    }
    return self;
}

void
hvn_child_terminate(HvnChild *self)
{
    g_return_if_fail(self != NULL);

    if (!hvn_child_has_ended(self))
        kill(-self->pid, SIGTERM);
}

void
hvn_child_free(HvnChild *self)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    for (guint i = 0; !hvn_child_has_ended(self) && i < WAIT_STEPS; i++) {
        if (i == 0)
            kill(-self->pid, SIGTERM);
        g_usleep(WAIT_STEP_US);
    }
    if (self->pid != 0) {
        kill(-self->pid, SIGKILL);
        while (waitpid(self->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    if (self->pidfd >= 0)
        close(self->pidfd);
    g_free(self);
}
