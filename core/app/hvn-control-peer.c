/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of a control server, and the call that it waits for. */
#include "hvn-control-peer.h"

#include <stdio.h>
#include <string.h>

#include "hvn-error.h"
#include "hvn-json-lines.h"
#include "hvn-text.h"

struct _HvnControlPeer {
    HvnJsonLines              *lines;
    const HvnControlPeerFuncs *funcs;
    gpointer                   server;
    HvnControlCall            *call; /* not owned; NULL while none waits */
    gboolean                   negotiated;
};

struct _HvnControlCall {
    HvnControlPeer          *peer; /* not owned; NULL once the client has gone */
    const HvnControlCommand *command;
    char                    *name;
    JsonObject              *arguments;
    JsonNode                *id; /* NULL when the client gave none */
};

/* ---- replies ---- */

static void
hvn_control_peer_send(HvnControlPeer *self, JsonObject *message)
{
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), message);

    hvn_json_lines_send(self->lines, node);
}

static void
hvn_control_peer_send_error(HvnControlPeer *self, const char *class, const char *message, JsonNode *id)
{
    g_autoptr(JsonObject) reply = json_object_new();
    JsonObject *error = json_object_new();

    json_object_set_string_member(error, "class", class);
    json_object_set_string_member(error, "desc", message);
    json_object_set_object_member(reply, "error", error);
    if (id != NULL)
        json_object_set_member(reply, "id", json_node_copy(id));
    hvn_control_peer_send(self, reply);
}

JsonObject *
hvn_control_version(void)
{
    guint major = 0, minor = 0, micro = 0;
    JsonObject *numbers = json_object_new();
    JsonObject *version = json_object_new();

    sscanf(HVN_VERSION, "%u.%u.%u", &major, &minor, &micro);
    json_object_set_int_member(numbers, "major", major);
    json_object_set_int_member(numbers, "minor", minor);
    json_object_set_int_member(numbers, "micro", micro);
    json_object_set_object_member(version, "hvnet", numbers);
    json_object_set_string_member(version, "package", "hvnet " HVN_VERSION);
    return version;
}

static void
hvn_control_peer_greet(HvnControlPeer *self)
{
    g_autoptr(JsonObject) greeting = json_object_new();
    JsonObject *content = json_object_new();

    json_object_set_object_member(content, "version", hvn_control_version());
    json_object_set_array_member(content, "capabilities", json_array_new());
    json_object_set_object_member(greeting, "QMP", content);
    hvn_control_peer_send(self, greeting);
}

void
hvn_control_peer_refuse(HvnControlPeer *self, const char *message)
{
    hvn_control_peer_send_error(self, "GenericError", message, NULL);
}

void
hvn_control_peer_send_event(HvnControlPeer *self, JsonNode *event)
{
    if (self->negotiated)
        hvn_json_lines_send(self->lines, event);
}

/* ---- calls ---- */

static HvnControlCall *
hvn_control_call_new(HvnControlPeer *peer, const char *name, JsonNode *arguments, JsonNode *id)
{
    HvnControlCall *self = g_new0(HvnControlCall, 1);

    self->peer = peer;
    self->name = g_strdup(name);
    self->arguments = arguments != NULL ? json_object_ref(json_node_get_object(arguments)) : json_object_new();
    self->id = id != NULL ? json_node_copy(id) : NULL;
    peer->call = self;
    hvn_json_lines_hold(peer->lines, TRUE);
    return self;
}

/* the answer is sent, or nobody waits for it */
static void
hvn_control_call_end(HvnControlCall *self)
{
    if (self->peer != NULL) {
        self->peer->call = NULL;
        hvn_json_lines_hold(self->peer->lines, FALSE);
    }
    g_free(self->name);
    json_object_unref(self->arguments);
    g_clear_pointer(&self->id, json_node_unref);
    g_free(self);
}

const char *
hvn_control_call_get_name(HvnControlCall *self)
{
    return self->name;
}

void
hvn_control_call_set_command(HvnControlCall *self, const HvnControlCommand *command)
{
    self->command = command;
}

const HvnControlCommand *
hvn_control_call_get_command(HvnControlCall *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    return self->command;
}

JsonObject *
hvn_control_call_get_arguments(HvnControlCall *self)
{
    g_return_val_if_fail(self != NULL, NULL);

    return self->arguments;
}

void
hvn_control_call_return(HvnControlCall *self, JsonNode *value)
{
    g_autoptr(JsonObject) reply = json_object_new();

    g_return_if_fail(self != NULL);

    if (value != NULL)
        json_object_set_member(reply, "return", value);
    else
        json_object_set_object_member(reply, "return", json_object_new());
    if (self->id != NULL)
        json_object_set_member(reply, "id", json_node_copy(self->id));
    if (self->peer != NULL)
        hvn_control_peer_send(self->peer, reply);
    hvn_control_call_end(self);
}

static void
hvn_control_call_fail_with(HvnControlCall *self, const char *class, const char *message)
{
    if (self->peer != NULL)
        hvn_control_peer_send_error(self->peer, class, message, self->id);
    hvn_control_call_end(self);
}

void
hvn_control_call_fail(HvnControlCall *self, const GError *error)
{
    g_return_if_fail(self != NULL);
    g_return_if_fail(error != NULL);

    hvn_control_call_fail_with(self, g_error_matches(error, HVN_ERROR, HVN_ERROR_NOT_FOUND) ? "DeviceNotFound" : "GenericError",
                               error->message);
}

void
hvn_control_call_fail_not_found(HvnControlCall *self, const char *message)
{
    hvn_control_call_fail_with(self, "CommandNotFound", message);
}

/* ---- requests ---- */

/* Returns what is wrong with a request, in what it is made of. */
static char *
hvn_control_peer_check_request(JsonObject *request)
{
    JsonNode *execute = json_object_get_member(request, "execute");
    JsonNode *arguments = json_object_get_member(request, "arguments");
    JsonObjectIter iter;
    const char *name;

    json_object_iter_init_ordered(&iter, request);
    while (json_object_iter_next_ordered(&iter, &name, NULL)) {
        if (strcmp(name, "execute") != 0 && strcmp(name, "arguments") != 0 && strcmp(name, "id") != 0) {
            g_autofree char *printable = hvn_text_printable(name);

            return g_strdup_printf("unknown member '%s' of a request (accepted: execute, arguments, id)", printable);
        }
    }
    if (execute == NULL)
        return g_strdup("a request lacks its member 'execute': expected the name of a command");
    if (!JSON_NODE_HOLDS_VALUE(execute) || json_node_get_value_type(execute) != G_TYPE_STRING)
        return g_strdup("the member 'execute' of a request is no string: expected the name of a command");
    if (arguments != NULL && !JSON_NODE_HOLDS_OBJECT(arguments))
        return g_strdup("the member 'arguments' of a request is no object: expected {\"NAME\": VALUE, ...}");
    return NULL;
}

/* qmp_capabilities, and what comes before it. There are no capabilities to enable. */
static void
hvn_control_peer_negotiate(HvnControlPeer *self, HvnControlCall *call)
{
    JsonNode *enable = json_object_get_member(call->arguments, "enable");
    gboolean nothing = enable == NULL || (JSON_NODE_HOLDS_ARRAY(enable) && json_array_get_length(json_node_get_array(enable)) == 0);

    if (strcmp(call->name, "qmp_capabilities") != 0) {
        hvn_control_call_fail_not_found(call, "expecting capabilities negotiation with 'qmp_capabilities'");
    } else if (!nothing) {
        hvn_control_call_fail_with(call, "GenericError", "argument 'enable' of qmp_capabilities: expected [], there are no capabilities");
    } else {
        self->negotiated = TRUE;
        hvn_control_call_return(call, NULL);
    }
}

static void
hvn_control_peer_message(HvnJsonLines *lines, JsonObject *message, gpointer data)
{
    HvnControlPeer *self = data;
    JsonNode *id = json_object_get_member(message, "id");
    g_autofree char *problem = hvn_control_peer_check_request(message);
    HvnControlCall *call;

    if (problem != NULL) {
        hvn_control_peer_send_error(self, "GenericError", problem, id);
        return;
    }
    call = hvn_control_call_new(self, json_object_get_string_member(message, "execute"), json_object_get_member(message, "arguments"), id);
    if (self->negotiated)
        self->funcs->execute(self->server, call);
    else
        hvn_control_peer_negotiate(self, call);
}

static void
hvn_control_peer_malformed(HvnJsonLines *lines, const GError *error, gpointer data)
{
    hvn_control_peer_send_error(data, "GenericError", error->message, NULL);
}

static void
hvn_control_peer_closed(HvnJsonLines *lines, const GError *error, gpointer data)
{
    HvnControlPeer *self = data;

    if (error != NULL)
        g_debug("control: a client is gone: %s", error->message);
    self->funcs->gone(self->server, self);
}

static const HvnJsonLinesHandlers hvn_control_peer_handlers = {
    .message = hvn_control_peer_message,
    .malformed = hvn_control_peer_malformed,
    .closed = hvn_control_peer_closed,
};

HvnControlPeer *
hvn_control_peer_new(HvnDispatcher *dispatcher, int fd, const HvnControlPeerFuncs *funcs, gpointer server)
{
    HvnControlPeer *self = g_new0(HvnControlPeer, 1);

    self->funcs = funcs;
    self->server = server;
    self->lines = hvn_json_lines_new(dispatcher, fd, HVN_CONTROL_MESSAGE_MAX, &hvn_control_peer_handlers, self);
    hvn_control_peer_greet(self);
    return self;
}

void
hvn_control_peer_free(HvnControlPeer *self)
{
    if (self == NULL)
        return;
    if (self->call != NULL)
        self->call->peer = NULL;
    hvn_json_lines_free(self->lines);
    g_free(self);
}
