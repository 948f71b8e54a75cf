/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finding a running session and asking it. One that hangs costs some seconds and an error, not the terminal. */
#include "hvn-cli-session.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hvn-control-dir.h"
#include "hvn-error.h"
#include "hvn-qmp-client.h"
#include "hvn-run-control.h"
#include "hvn-text.h"

#define TIMEOUT_S 5

struct _HvnCliSession {
    HvnDispatcher *dispatcher;
    HvnQmpClient  *client;
    HvnTimer       timer;
    char          *name;
    int            pid;
    gboolean       done;   /* with the command that was asked for */
    JsonNode      *result; /* of it */
    GError        *error;  /* or why there is none */
};

/* ---- finding ---- */

/* the names of what runs, for a message */
static char *
hvn_cli_session_names(GPtrArray *running)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < running->len; i++) {
        g_autofree char *printable = hvn_text_printable(((HvnControlDirEntry *)g_ptr_array_index(running, i))->name);

        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", printable);
    }
    return g_string_free(names, FALSE);
}

/* Returns the path of a control socket. */
static char *
hvn_cli_session_find(const char *name, char **found, GError **error)
{
    g_autoptr(GPtrArray) running = hvn_control_dir_list();
    g_autofree char *names = hvn_cli_session_names(running);
    g_autofree char *printable = NULL;

    for (guint i = 0; i < running->len; i++) {
        const HvnControlDirEntry *entry = g_ptr_array_index(running, i);

        if (name == NULL ? running->len == 1 : strcmp(entry->name, name) == 0) {
            *found = g_strdup(entry->name);
            return g_strdup(entry->path);
        }
    }
    if (running->len == 0 && name == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "no session is running: 'hvnet run' starts one");
        return NULL;
    }
    if (name == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "several sessions are running: name one of %s", names);
        return NULL;
    }
    printable = hvn_text_printable(name);
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "no session '%s' is running (running: %s)", printable,
                running->len > 0 ? names : "none");
    return NULL;
}

static int
hvn_cli_session_connect(const char *path, GError **error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval     timeout = {.tv_sec = TIMEOUT_S};
    int                fd;

    if (strlen(path) >= sizeof address.sun_path) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "invalid socket path '%s': expected 1 to %zu bytes", path,
                    sizeof address.sun_path - 1);
        return -1;
    }
    g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    /* where many wait already, this one does not wait for ever */
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        hvn_set_error_errno(error, errno, "cannot connect to the control socket '%s'", path);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

/* ---- asking ---- */

static void
hvn_cli_session_finish(HvnCliSession *self, JsonNode *result, GError *error)
{
    self->done = TRUE;
    self->result = result;
    self->error = error;
}

static void
hvn_cli_session_timed_out(gpointer data)
{
    HvnCliSession *self = data;

    if (!self->done)
        hvn_cli_session_finish(self, NULL,
                               g_error_new(HVN_ERROR, HVN_ERROR_FAILED, "session '%s' does not answer within %d seconds", self->name, TIMEOUT_S));
}

static void
hvn_cli_session_replied(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnCliSession *self = data;

    if (!self->done)
        hvn_cli_session_finish(self, result != NULL ? json_node_copy(result) : NULL, error != NULL ? g_error_copy(error) : NULL);
}

static const HvnQmpClientHandlers hvn_cli_session_handlers = {0};

JsonNode *
hvn_cli_session_execute(HvnCliSession *self, const char *command, JsonObject *arguments, GError **error)
{
    self->done = FALSE;
    hvn_timer_arm_after(&self->timer, TIMEOUT_S * HVN_NS_PER_S);
    hvn_qmp_client_execute(self->client, command, arguments, hvn_cli_session_replied, self);
    while (!self->done)
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    hvn_timer_cancel(&self->timer);
    if (self->error != NULL)
        g_propagate_error(error, g_steal_pointer(&self->error));
    return g_steal_pointer(&self->result);
}

HvnCliSession *
hvn_cli_session_open(const char *name, GError **error)
{
    g_autoptr(HvnCliSession) self = g_new0(HvnCliSession, 1);
    g_autofree char         *path = NULL;
    struct ucred             peer = {0};
    socklen_t                len = sizeof peer;
    int                      fd;

    if (name != NULL && strchr(name, '/') != NULL) {
        path = g_file_test(name, G_FILE_TEST_IS_DIR) ? g_build_filename(name, HVN_RUN_CONTROL_FILE, NULL) : g_strdup(name);
        self->name = g_strdup(name);
    } else {
        path = hvn_cli_session_find(name, &self->name, error);
    }
    fd = path != NULL ? hvn_cli_session_connect(path, error) : -1;
    if (fd < 0)
        return NULL;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0)
        self->pid = peer.pid;
    self->dispatcher = hvn_dispatcher_new(NULL, NULL);
    hvn_timer_init(&self->timer, self->dispatcher, hvn_cli_session_timed_out, self);
    self->client = hvn_qmp_client_new(self->dispatcher, fd, &hvn_cli_session_handlers, self);
    return g_steal_pointer(&self);
}

void
hvn_cli_session_free(HvnCliSession *self)
{
    if (self == NULL)
        return;
    g_clear_pointer(&self->client, hvn_qmp_client_free);
    g_clear_object(&self->dispatcher);
    g_free(self->name);
    g_free(self);
}

const char *
hvn_cli_session_get_name(HvnCliSession *self)
{
    return self->name;
}

int
hvn_cli_session_get_pid(HvnCliSession *self)
{
    return self->pid;
}
