/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A pidfd on the dispatcher says when the command has ended: no SIGCHLD handler, so nothing of the process's own is changed. The
 * process is reaped here only, so its number cannot be another's when it is signalled. */
#include "hvn-user-child.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-watch.h"

#define WAIT_STEP_US 2000
#define WAIT_STEPS   250

struct _HvnUserChild {
    GPid pid; /* 0 once it was reaped */
    int pidfd;
    HvnWatch *watch;
    HvnUserChildFunc done;
    gpointer data;
};

static gboolean
hvn_user_child_reap(HvnUserChild *self)
{
    if (self->pid != 0 && waitpid(self->pid, NULL, WNOHANG) != 0) {
        /* what it left behind in its session */
        kill(-self->pid, SIGTERM);
        self->pid = 0;
    }
    return self->pid == 0;
}

static void
hvn_user_child_event(HvnWatch *watch, GIOCondition condition, gpointer data)
{
    HvnUserChild *self = data;

    if (hvn_user_child_reap(self))
        self->done(self, self->data);
}

/* runs in the child, between fork and exec */
static void
hvn_user_child_setup(gpointer data)
{
    sigset_t none;

    setsid();
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

HvnUserChild *
hvn_user_child_new(HvnDispatcher *dispatcher, char **argv, int fd, HvnUserChildFunc done, gpointer data, GError **error)
{
    g_autoptr(GError) problem = NULL;
    HvnUserChild *self = g_new0(HvnUserChild, 1);

    self->pidfd = -1;
    self->done = done;
    self->data = data;
    if (!g_spawn_async_with_fds(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, hvn_user_child_setup, NULL,
                                &self->pid, fd, fd, fd, &problem)) {
        g_set_error(error, HVN_ERROR,
                    g_error_matches(problem, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT) ? HVN_ERROR_NOT_FOUND : HVN_ERROR_IO,
                    "cannot run '%s': %s", argv[0], problem->message);
        g_free(self);
        return NULL;
    }
    /* without pidfd (Linux before 5.3) the command is reaped when the backend stops */
    self->pidfd = (int)syscall(SYS_pidfd_open, self->pid, 0);
    if (self->pidfd >= 0) {
        self->watch = hvn_watch_new(dispatcher, self->pidfd, hvn_user_child_event, self);
        hvn_watch_want(self->watch, G_IO_IN, TRUE);
    }
    return self;
}

void
hvn_user_child_terminate(HvnUserChild *self)
{
    if (!hvn_user_child_reap(self))
        kill(-self->pid, SIGTERM);
}

void
hvn_user_child_free(HvnUserChild *self)
{
    if (self == NULL)
        return;
    hvn_watch_free(self->watch);
    for (guint i = 0; !hvn_user_child_reap(self) && i < WAIT_STEPS; i++) {
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
