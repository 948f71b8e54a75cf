/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The server of the control interface: its clients, the rows of its commands, and who runs them. What a client sends and gets is in
 * hvn-control-peer.c. */
#include "hvn-control.h"

#include <string.h>

#include "hvn-control-peer.h"
#include "hvn-error.h"
#include "hvn-socket-listener.h"
#include "hvn-text.h"

/* a row, and whom its function is for */
typedef struct {
    const HvnControlCommand *command;
    gpointer                 target;
} HvnControlEntry;

struct _HvnControl {
    GObject parent_instance;

    HvnDispatcher     *dispatcher; /* owned reference */
    HvnSocketListener *listener;   /* (nullable): owned */
    GPtrArray         *peers;      /* (element-type HvnControlPeer): owned */
    GArray            *entries;    /* (element-type HvnControlEntry): in the order they were added */
    HvnControlRouter   router;     /* (nullable) */
    gpointer           router_data;
    HvnWork            quit; /* tells "quit" from the next iteration, so that whoever ends us is not called by us */
};

enum {
    SIGNAL_QUIT,
    N_SIGNALS,
};

static guint hvn_control_signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(HvnControl, hvn_control, G_TYPE_OBJECT)

/* ---- commands that every server has ---- */

/* only the first one of a client gets through, and is answered in hvn-control-peer.c */
static JsonNode *
hvn_control_run_capabilities(gpointer target, JsonObject *arguments, GError **error)
{
    g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "capabilities negotiation is already complete, command ignored");
    return NULL;
}

static JsonNode *
hvn_control_run_version(gpointer target, JsonObject *arguments, GError **error)
{
    return json_node_init_object(json_node_alloc(), hvn_control_version());
}

static JsonNode *
hvn_control_run_commands(gpointer target, JsonObject *arguments, GError **error)
{
    HvnControl *self = target;
    g_autoptr(JsonBuilder) builder = json_builder_new();

    json_builder_begin_array(builder);
    for (guint i = 0; i < self->entries->len; i++)
        hvn_control_command_describe(g_array_index(self->entries, HvnControlEntry, i).command, builder);
    json_builder_end_array(builder);
    return json_builder_get_root(builder);
}

static JsonNode *
hvn_control_run_quit(gpointer target, JsonObject *arguments, GError **error)
{
    HvnControl *self = target;

    hvn_work_schedule(&self->quit);
    return NULL;
}

static const HvnControlCommand hvn_control_own_commands[] = {
    {"qmp_capabilities", HVN_CONTROL_SELF, "begins: the first command of a client", NULL, hvn_control_run_capabilities},
    {"query-version", HVN_CONTROL_SELF, "the version of hvnet", NULL, hvn_control_run_version},
    {"query-commands", HVN_CONTROL_SELF, "the commands, with their arguments", NULL, hvn_control_run_commands},
    {"quit", HVN_CONTROL_SELF, "ends the program", NULL, hvn_control_run_quit},
};

static gboolean
hvn_control_tell_quit(gpointer data)
{
    HvnControl *self = data;

    g_signal_emit(self, hvn_control_signals[SIGNAL_QUIT], 0);
    return FALSE;
}

/* ---- rows ---- */

static HvnControlEntry *
hvn_control_find(HvnControl *self, const char *name)
{
    for (guint i = 0; i < self->entries->len; i++) {
        HvnControlEntry *entry = &g_array_index(self->entries, HvnControlEntry, i);

        if (strcmp(entry->command->name, name) == 0)
            return entry;
    }
    return NULL;
}

void
hvn_control_add_commands(HvnControl *self, const HvnControlCommand *commands, guint n_commands, gpointer target)
{
    g_return_if_fail(HVN_IS_CONTROL(self));

    for (guint i = 0; i < n_commands; i++) {
        HvnControlEntry added = {&commands[i], target};
        HvnControlEntry *entry = hvn_control_find(self, commands[i].name);

        if (entry != NULL)
            *entry = added;
        else
            g_array_append_val(self->entries, added);
    }
}

void
hvn_control_remove_commands(HvnControl *self, gpointer target)
{
    g_return_if_fail(HVN_IS_CONTROL(self));

    for (guint i = self->entries->len; i > 0; i--) {
        if (g_array_index(self->entries, HvnControlEntry, i - 1).target == target)
            g_array_remove_index(self->entries, i - 1);
    }
}

void
hvn_control_set_router(HvnControl *self, HvnControlRouter router, gpointer data)
{
    g_return_if_fail(HVN_IS_CONTROL(self));

    self->router = router;
    self->router_data = data;
}

/* ---- calls ---- */

static void
hvn_control_fail_unknown(HvnControl *self, HvnControlCall *call)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *printable = hvn_text_printable(hvn_control_call_get_name(call));
    g_autofree char *accepted = NULL;
    g_autofree char *message = NULL;

    for (guint i = 0; i < self->entries->len; i++)
        g_ptr_array_add(names, (gpointer)g_array_index(self->entries, HvnControlEntry, i).command->name);
    accepted = hvn_text_accepted(hvn_control_call_get_name(call), names);
    message = g_strdup_printf("unknown command '%s'%s", printable, accepted);
    hvn_control_call_fail_not_found(call, message);
}

static void
hvn_control_execute(gpointer data, HvnControlCall *call)
{
    HvnControl *self = data;
    HvnControlEntry *entry = hvn_control_find(self, hvn_control_call_get_name(call));
    g_autoptr(GError) error = NULL;
    JsonNode *value;

    if (entry == NULL) {
        hvn_control_fail_unknown(self, call);
        return;
    }
    hvn_control_call_set_command(call, entry->command);
    if (!hvn_control_command_check(entry->command, hvn_control_call_get_arguments(call), &error)) {
        hvn_control_call_fail(call, error);
        return;
    }
    if (entry->command->scope != HVN_CONTROL_SELF && self->router != NULL) {
        self->router(call, self->router_data);
        return;
    }
    value = entry->command->run(entry->target, hvn_control_call_get_arguments(call), &error);
    if (error != NULL)
        hvn_control_call_fail(call, error);
    else
        hvn_control_call_return(call, value);
}

/* ---- clients ---- */

static void
hvn_control_gone(gpointer data, HvnControlPeer *peer)
{
    HvnControl *self = data;

    g_ptr_array_remove_fast(self->peers, peer);
}

static const HvnControlPeerFuncs hvn_control_peer_funcs = {
    .execute = hvn_control_execute,
    .gone = hvn_control_gone,
};

void
hvn_control_attach_fd(HvnControl *self, int fd)
{
    HvnControlPeer *peer;

    g_return_if_fail(HVN_IS_CONTROL(self));

    peer = hvn_control_peer_new(self->dispatcher, fd, &hvn_control_peer_funcs, self);
    if (self->peers->len < HVN_CONTROL_CLIENTS_MAX) {
        g_ptr_array_add(self->peers, peer);
        return;
    }
    hvn_control_peer_refuse(peer, "too many clients: expected at most 16 at a time");
    hvn_control_peer_free(peer);
}

static void
hvn_control_accepted(int fd, gpointer data)
{
    hvn_control_attach_fd(data, fd);
}

gboolean
hvn_control_listen(HvnControl *self, const char *path, GError **error)
{
    g_return_val_if_fail(HVN_IS_CONTROL(self), FALSE);
    g_return_val_if_fail(self->listener == NULL, FALSE);

    self->listener = hvn_socket_listener_new(self->dispatcher, path, hvn_control_accepted, self, error);
    return self->listener != NULL;
}

void
hvn_control_emit(HvnControl *self, const char *event, JsonObject *data)
{
    g_autoptr(JsonObject) message = json_object_new();
    JsonObject *timestamp = json_object_new();
    gint64 now = g_get_real_time();
    g_autoptr(JsonNode) node = NULL;

    g_return_if_fail(HVN_IS_CONTROL(self));

    json_object_set_int_member(timestamp, "seconds", now / G_USEC_PER_SEC);
    json_object_set_int_member(timestamp, "microseconds", now % G_USEC_PER_SEC);
    json_object_set_object_member(message, "timestamp", timestamp);
    json_object_set_string_member(message, "event", event);
    if (data != NULL)
        json_object_set_object_member(message, "data", data);
    node = json_node_init_object(json_node_alloc(), message);
    for (guint i = 0; i < self->peers->len; i++)
        hvn_control_peer_send_event(g_ptr_array_index(self->peers, i), node);
}

void
hvn_control_stop(HvnControl *self)
{
    g_return_if_fail(HVN_IS_CONTROL(self));

    hvn_control_emit(self, "SHUTDOWN", NULL);
    hvn_work_cancel(&self->quit);
    g_clear_pointer(&self->listener, hvn_socket_listener_free);
    g_ptr_array_set_size(self->peers, 0);
}

/* ---- the object ---- */

HvnControl *
hvn_control_new(HvnDispatcher *dispatcher)
{
    HvnControl *self;

    g_return_val_if_fail(HVN_IS_DISPATCHER(dispatcher), NULL);

    self = g_object_new(HVN_TYPE_CONTROL, NULL);
    self->dispatcher = g_object_ref(dispatcher);
    hvn_work_init(&self->quit, dispatcher, hvn_control_tell_quit, self);
    hvn_control_add_commands(self, hvn_control_own_commands, G_N_ELEMENTS(hvn_control_own_commands), self);
    return self;
}

static void
hvn_control_dispose(GObject *object)
{
    HvnControl *self = HVN_CONTROL(object);

    if (self->dispatcher != NULL)
        hvn_control_stop(self);
    g_clear_object(&self->dispatcher);
    G_OBJECT_CLASS(hvn_control_parent_class)->dispose(object);
}

static void
hvn_control_finalize(GObject *object)
{
    HvnControl *self = HVN_CONTROL(object);

    g_ptr_array_unref(self->peers);
    g_array_unref(self->entries);
    G_OBJECT_CLASS(hvn_control_parent_class)->finalize(object);
}

static void
hvn_control_class_init(HvnControlClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = hvn_control_dispose;
    G_OBJECT_CLASS(klass)->finalize = hvn_control_finalize;

    /**
     * HvnControl::quit:
     *
     * A client asks the program to end, and has its answer.
     */
    hvn_control_signals[SIGNAL_QUIT] =
        g_signal_new("quit", HVN_TYPE_CONTROL, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
hvn_control_init(HvnControl *self)
{
    self->peers = g_ptr_array_new_with_free_func((GDestroyNotify)hvn_control_peer_free);
    self->entries = g_array_new(FALSE, FALSE, sizeof(HvnControlEntry));
}
