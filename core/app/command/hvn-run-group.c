/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Starts the process of a group, waits for it, and starts it again when it ends. Owns the process, a pipe by whose end it knows that we are
 * gone, and a control connection whose greeting says that its NICs are served. The sockets that it listens on belong to its owner. */
#include "hvn-run-group.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hvn-error.h"
#include "hvn-run-server.h"

#define FIRST_DELAY_NS (100 * HVN_NS_PER_MS)
#define LAST_DELAY_NS  (10 * HVN_NS_PER_S)
#define LONG_LIFE_NS   (10 * HVN_NS_PER_S) /* who was ready for so long is started again at once */
#define MAX_FAILURES_AT_START 5 /* of a process that never was ready */
#define STOP_US        (3 * G_USEC_PER_SEC)
#define STOP_STEP_US   5000

/* an interface */
typedef struct {
    char    *name;
    gboolean vhost_user;
    int      listen_fd; /* not owned */
    char    *capture;   /* (nullable) */
    int      state_fd;  /* what the next process has to know of this one's packed rings; owned, -1 for none */
} HvnRunGroupMember;

struct _HvnRunGroup {
    HvnDispatcher             *dispatcher;
    const HvnRunGroupSetup    *setup;
    const HvnRunGroupHandlers *handlers;
    gpointer                   data;
    GArray                    *members; /* HvnRunGroupMember */
    char                      *label;   /* of messages: the names of the interfaces */
    GPid                       pid;     /* 0 while no process runs */
    GSource                   *watch;   /* of the process */
    int                        life_fd; /* the process ends when we close it; -1 without one */
    HvnQmpClient              *client;  /* NULL without a process */
    HvnTimer                   restart;
    gint64                     ready_ns;  /* since when it is ready */
    gboolean                   ready;
    gboolean                   was_ready; /* it, or one before it */
    gboolean                   stopping;
    guint                      failures; /* in a row, of processes that did not live long */
};

static void
hvn_run_group_member_clear(gpointer data)
{
    g_free(((HvnRunGroupMember *)data)->name);
    g_free(((HvnRunGroupMember *)data)->capture);
    if (((HvnRunGroupMember *)data)->state_fd >= 0)
        close(((HvnRunGroupMember *)data)->state_fd);
}

/* ---- what the process says ---- */

static void
hvn_run_group_client_ready(HvnQmpClient *client, gpointer data)
{
    HvnRunGroup *self = data;

    self->ready = self->was_ready = TRUE;
    self->ready_ns = hvn_dispatcher_now_ns(self->dispatcher);
    self->handlers->ready(self, self->data);
}

static void
hvn_run_group_client_event(HvnQmpClient *client, const char *name, JsonObject *event, gpointer data)
{
    HvnRunGroup *self = data;

    if (event != NULL)
        self->handlers->event(self, name, event, self->data);
}

/* One that ends closes it too; one that goes on without it cannot be followed. */
static void
hvn_run_group_client_closed(HvnQmpClient *client, const GError *error, gpointer data)
{
    HvnRunGroup *self = data;

    if (self->pid != 0 && !self->stopping)
        kill(self->pid, SIGKILL);
}

static const HvnQmpClientHandlers hvn_run_group_client_handlers = {
    .ready = hvn_run_group_client_ready,
    .event = hvn_run_group_client_event,
    .closed = hvn_run_group_client_closed,
};

/* ---- starting ---- */

/* the descriptors that the process is to have, besides those that we were started with */
typedef struct {
    int           fds[3];
    guint         n_fds;
    const GArray *members;
} HvnRunGroupFds;

/* runs between fork() and exec() */
static void
hvn_run_group_keep_fds(gpointer data)
{
    const HvnRunGroupFds *fds = data;

    for (guint i = 0; i < fds->n_fds; i++)
        fcntl(fds->fds[i], F_SETFD, 0);
    for (guint i = 0; i < fds->members->len; i++) {
        const HvnRunGroupMember *member = &((const HvnRunGroupMember *)(gconstpointer)fds->members->data)[i];

        if (member->listen_fd >= 0)
            fcntl(member->listen_fd, F_SETFD, 0);
        if (member->state_fd >= 0)
            fcntl(member->state_fd, F_SETFD, 0);
    }
}

static void
hvn_run_group_add_common_options(const HvnCli *cli, GPtrArray *words)
{
    if (cli->plugin_path != NULL)
        g_ptr_array_add(words, g_strconcat("--plugin-path=", cli->plugin_path, NULL));
    if (cli->verbose)
        g_ptr_array_add(words, g_strdup("--verbose"));
    if (cli->trace_regs)
        g_ptr_array_add(words, g_strdup("--trace=regs"));
}

static char **
hvn_run_group_words(HvnRunGroup *self, int control_fd, int life_fd)
{
    GPtrArray *words = hvn_run_server_words(control_fd, life_fd, self->setup->text_fd, self->setup->poll_us);

    g_ptr_array_insert(words, 0, g_strdup("hvnet"));
    for (guint i = 0; i < self->members->len; i++) {
        const HvnRunGroupMember *member = &g_array_index(self->members, HvnRunGroupMember, i);

        hvn_run_server_add(words, member->name, member->vhost_user, member->listen_fd, member->state_fd, member->capture);
    }
    hvn_run_group_add_common_options(self->setup->cli, words);
    g_ptr_array_add(words, g_strdup("--"));
    for (char **word = self->setup->config; *word != NULL; word++)
        g_ptr_array_add(words, g_strdup(*word));
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static gboolean
hvn_run_group_spawn(HvnRunGroup *self, int control_fd, int life_fd, GError **error)
{
    g_auto(GStrv)     words = hvn_run_group_words(self, control_fd, life_fd);
    g_autoptr(GError) local = NULL;
    HvnRunGroupFds    fds = {.fds = {control_fd, life_fd}, .n_fds = 2, .members = self->members};
    g_autoptr(GPtrArray) argv = g_ptr_array_new();

    if (self->setup->text_fd >= 0)
        fds.fds[fds.n_fds++] = self->setup->text_fd;
    /* the same program, also when its file has been replaced meanwhile */
    g_ptr_array_add(argv, (gpointer)"/proc/self/exe");
    for (char **word = words; *word != NULL; word++)
        g_ptr_array_add(argv, *word);
    g_ptr_array_add(argv, NULL);
    if (g_spawn_async(NULL, (char **)argv->pdata, NULL,
                      G_SPAWN_FILE_AND_ARGV_ZERO | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_LEAVE_DESCRIPTORS_OPEN, hvn_run_group_keep_fds,
                      &fds, &self->pid, &local))
        return TRUE;
    self->pid = 0;
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "cannot start a process for %s: %s", self->label, local->message);
    return FALSE;
}

static void
hvn_run_group_exited(GPid pid, gint wait_status, gpointer data);

gboolean
hvn_run_group_start(HvnRunGroup *self, GError **error)
{
    int      control[2], life[2];
    gboolean spawned;

    g_return_val_if_fail(self->pid == 0, FALSE);

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) != 0 || !g_unix_open_pipe(life, FD_CLOEXEC, NULL)) {
        hvn_set_error_errno(error, errno, "cannot start a process for %s", self->label);
        return FALSE;
    }
    spawned = hvn_run_group_spawn(self, control[1], life[0], error);
    close(control[1]);
    close(life[0]);
    if (!spawned) {
        close(control[0]);
        close(life[1]);
        return FALSE;
    }
    self->life_fd = life[1];
    self->client = hvn_qmp_client_new(self->dispatcher, control[0], &hvn_run_group_client_handlers, self);
    self->watch = g_child_watch_source_new(self->pid);
    g_source_set_callback(self->watch, G_SOURCE_FUNC(hvn_run_group_exited), self, NULL);
    g_source_attach(self->watch, hvn_dispatcher_get_context(self->dispatcher));
    return TRUE;
}

/* ---- ending and starting again ---- */

static void
hvn_run_group_release(HvnRunGroup *self)
{
    g_clear_pointer(&self->client, hvn_qmp_client_free);
    if (self->watch != NULL)
        g_source_destroy(self->watch);
    g_clear_pointer(&self->watch, g_source_unref);
    if (self->life_fd >= 0)
        close(self->life_fd);
    self->life_fd = -1;
    self->pid = 0;
    self->ready = FALSE;
}

/* 0 at first, then 100 ms, doubled each time up to 10 s */
static gint64
hvn_run_group_next_delay(HvnRunGroup *self, gboolean lived_long)
{
    guint failures = lived_long ? 0 : self->failures;

    self->failures = failures + 1;
    return failures == 0 ? 0 : MIN(FIRST_DELAY_NS << MIN(failures - 1, 20), LAST_DELAY_NS);
}

static void
hvn_run_group_tell_end(HvnRunGroup *self, int wait_status, const char *what_next)
{
    if (WIFSIGNALED(wait_status))
        hvn_cli_message("%s: the process of the NIC was killed by signal %d (%s), %s", self->label, WTERMSIG(wait_status),
                        g_strsignal(WTERMSIG(wait_status)), what_next);
    else
        hvn_cli_message("%s: the process of the NIC ended with status %d, %s", self->label, WEXITSTATUS(wait_status), what_next);
}

static void
hvn_run_group_start_again(HvnRunGroup *self, int wait_status, gboolean lived_long)
{
    gint64           delay_ns = hvn_run_group_next_delay(self, lived_long);
    g_autofree char *next = delay_ns < HVN_NS_PER_S ? g_strdup("starting it again")
                                                    : g_strdup_printf("starting it again in %.1f s", (double)delay_ns / HVN_NS_PER_S);

    hvn_run_group_tell_end(self, wait_status, next);
    hvn_timer_arm_after(&self->restart, delay_ns);
}

static void
hvn_run_group_exited(GPid pid, gint wait_status, gpointer data)
{
    HvnRunGroup *self = data;
    gboolean     lived_long = self->ready && hvn_dispatcher_now_ns(self->dispatcher) - self->ready_ns >= LONG_LIFE_NS;

    if (!self->stopping)
        self->handlers->ended(self, self->data);
    hvn_run_group_release(self);
    if (self->stopping)
        return;
    if (!self->was_ready && WIFEXITED(wait_status)) {
        self->handlers->refused(self, self->data);
    } else if (!self->was_ready && self->failures == MAX_FAILURES_AT_START) {
        hvn_run_group_tell_end(self, wait_status, "giving up");
        self->handlers->refused(self, self->data);
    } else {
        hvn_run_group_start_again(self, wait_status, lived_long);
    }
}

static void
hvn_run_group_restart(gpointer data)
{
    HvnRunGroup      *self = data;
    g_autoptr(GError) error = NULL;

    if (hvn_run_group_start(self, &error))
        return;
    hvn_cli_print_error(error);
    hvn_timer_arm_after(&self->restart, hvn_run_group_next_delay(self, FALSE));
}

/* ---- the group ---- */

HvnRunGroup *
hvn_run_group_new(HvnDispatcher *dispatcher, const HvnRunGroupSetup *setup, const HvnRunGroupHandlers *handlers, gpointer data)
{
    HvnRunGroup *self = g_new0(HvnRunGroup, 1);

    self->dispatcher = dispatcher;
    self->setup = setup;
    self->handlers = handlers;
    self->data = data;
    self->life_fd = -1;
    self->label = g_strdup("");
    self->members = g_array_new(FALSE, FALSE, sizeof(HvnRunGroupMember));
    g_array_set_clear_func(self->members, hvn_run_group_member_clear);
    hvn_timer_init(&self->restart, dispatcher, hvn_run_group_restart, self);
    return self;
}

void
hvn_run_group_add(HvnRunGroup *self, const char *name, gboolean vhost_user, int listen_fd, const char *capture)
{
    HvnRunGroupMember member = {g_strdup(name), vhost_user, listen_fd, g_strdup(capture), -1};
    char             *label = self->members->len == 0 ? g_strdup(name) : g_strconcat(self->label, ", ", name, NULL);

    if (vhost_user && listen_fd >= 0)
        member.state_fd = memfd_create("hvnet-rings", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    g_free(self->label);
    self->label = label;
    g_array_append_val(self->members, member);
}

HvnQmpClient *
hvn_run_group_get_client(HvnRunGroup *self)
{
    return self->ready ? self->client : NULL;
}

void
hvn_run_group_stop(HvnRunGroup *self)
{
    self->stopping = TRUE;
    hvn_timer_cancel(&self->restart);
    if (self->life_fd >= 0)
        close(self->life_fd);
    self->life_fd = -1;
}

static void
hvn_run_group_reap(HvnRunGroup *self)
{
    for (guint waited_us = 0; waitpid(self->pid, NULL, WNOHANG) == 0; waited_us += STOP_STEP_US) {
        if (waited_us >= STOP_US) {
            kill(self->pid, SIGKILL);
            waitpid(self->pid, NULL, 0);
            return;
        }
        g_usleep(STOP_STEP_US);
    }
}

void
hvn_run_group_free(HvnRunGroup *self)
{
    if (self == NULL)
        return;
    hvn_run_group_stop(self);
    if (self->pid != 0) {
        g_source_destroy(self->watch);
        hvn_run_group_reap(self);
    }
    hvn_run_group_release(self);
    g_array_unref(self->members);
    g_free(self->label);
    g_free(self);
}
