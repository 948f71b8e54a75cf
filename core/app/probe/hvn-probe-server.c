/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Serves NICs to the probe's machine from a thread.
 *
 *   probe's thread:  new, add, start .. (all of it is the thread's) .. call: func, waits .. free: quit, join (it is ours again)
 *   server's thread: dispatcher: sockets, NICs, links, backends */
#include "hvn-probe-server.h"

#include <glib/gstdio.h>

#include "hvn-error.h"
#include "hvn-vfio-user.h"
#include "hvn-vhost-user.h"

struct _HvnProbeServer {
    HvnDispatcher *dispatcher; /* owned; the session's */
    GHashTable    *served;     /* owned; name of an interface: its HvnVfioUser or HvnVhostUser */
    char          *dir;        /* owned; of the sockets */
    GThread       *thread;
    gint           quit; /* atomic */
    GMutex         lock; /* of the calls that are waited for */
    GCond          done;
};

typedef struct {
    HvnProbeServer    *server;
    HvnProbeServerFunc func;
    gpointer           data;
    gboolean           done; /* under the server's lock */
} HvnProbeServerCall;

static gpointer
hvn_probe_server_thread(gpointer data)
{
    HvnProbeServer *self = data;

    while (!g_atomic_int_get(&self->quit))
        hvn_dispatcher_iterate(self->dispatcher, TRUE);
    return NULL;
}

static char *
hvn_probe_server_make_path(HvnProbeServer *self, const char *name)
{
    g_autofree char *file = g_strconcat(name, ".sock", NULL);

    g_strdelimit(file, "/", '_');
    return g_build_filename(self->dir, file, NULL);
}

HvnProbeServer *
hvn_probe_server_new(HvnDispatcher *dispatcher, GError **error)
{
    g_autoptr(HvnProbeServer) self = g_new0(HvnProbeServer, 1);

    g_mutex_init(&self->lock);
    g_cond_init(&self->done);
    self->dispatcher = g_object_ref(dispatcher);
    self->served = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->dir = g_dir_make_tmp("hvnet-probe-XXXXXX", error);
    if (self->dir != NULL)
        return g_steal_pointer(&self);
    g_prefix_error(error, "cannot make a directory for sockets: ");
    return NULL;
}

gboolean
hvn_probe_server_add_vfio_user(HvnProbeServer *self, const char *name, HvnNic *nic, GError **error)
{
    g_autofree char *path = hvn_probe_server_make_path(self, name);
    HvnVfioUser *server = hvn_vfio_user_new(nic);

    g_hash_table_insert(self->served, g_strdup(name), server);
    return hvn_vfio_user_listen(server, path, error);
}

gboolean
hvn_probe_server_add_vhost_user(HvnProbeServer *self, const char *name, HvnVirtioDevice *device, GError **error)
{
    g_autofree char *path = hvn_probe_server_make_path(self, name);
    HvnVhostUser *server = hvn_vhost_user_new(device, self->dispatcher, name);

    g_hash_table_insert(self->served, g_strdup(name), server);
    return hvn_vhost_user_listen(server, path, error);
}

void
hvn_probe_server_start(HvnProbeServer *self)
{
    self->thread = g_thread_new("hvnet-probe-server", hvn_probe_server_thread, self);
}

void
hvn_probe_server_free(HvnProbeServer *self)
{
    if (self == NULL)
        return;
    if (self->thread != NULL) {
        g_atomic_int_set(&self->quit, TRUE);
        g_main_context_wakeup(hvn_dispatcher_get_context(self->dispatcher));
        g_thread_join(self->thread);
    }
    g_hash_table_unref(self->served); /* each stops as it goes, and removes its socket */
    if (self->dir != NULL)
        g_rmdir(self->dir);
    g_free(self->dir);
    g_object_unref(self->dispatcher);
    g_cond_clear(&self->done);
    g_mutex_clear(&self->lock);
    g_free(self);
}

char *
hvn_probe_server_get_path(HvnProbeServer *self, const char *name)
{
    return g_hash_table_contains(self->served, name) ? hvn_probe_server_make_path(self, name) : NULL;
}

static gboolean
hvn_probe_server_run_call(gpointer data)
{
    HvnProbeServerCall *call = data;
    HvnProbeServer *self = call->server;

    call->func(call->data);
    g_mutex_lock(&self->lock);
    call->done = TRUE;
    g_cond_signal(&self->done);
    g_mutex_unlock(&self->lock);
    return G_SOURCE_REMOVE;
}

void
hvn_probe_server_call(HvnProbeServer *self, HvnProbeServerFunc func, gpointer data)
{
    HvnProbeServerCall call = {.server = self, .func = func, .data = data};
    g_autoptr(GSource) source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_callback(source, hvn_probe_server_run_call, &call, NULL);
    g_source_attach(source, hvn_dispatcher_get_context(self->dispatcher));
    g_mutex_lock(&self->lock);
    while (!call.done)
        g_cond_wait(&self->done, &self->lock);
    g_mutex_unlock(&self->lock);
}
