/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The router of a supervisor: a request is what a client waits for, an ask is what one process was asked for it. */
#include "hvn-control-forward.h"

#include <string.h>

#include "hvn-control-session.h"
#include "hvn-error.h"
#include "hvn-text.h"

typedef enum {
    LINK_UNTOUCHED,
    LINK_UP,
    LINK_DOWN,
} HvnControlForwardLink;

typedef struct {
    char                 *name;
    char                **others; /* (nullable) */
    char                 *path;   /* (nullable) */
    HvnQmpClient         *client; /* not owned; NULL while there is no process */
    HvnControlForwardLink link;   /* what a client has set */
} HvnControlForwardInterface;

struct _HvnControlForward {
    HvnControl               *control;    /* owned reference */
    GPtrArray                *interfaces; /* (element-type HvnControlForwardInterface) */
    GArray                   *asks;       /* (element-type HvnControlForwardAsk): those without an answer, in order */
    HvnControlForwardLinkFunc link_func;
    gpointer                  data;
};

typedef struct {
    HvnControlCall *call;    /* owned */
    GPtrArray      *answers; /* (element-type JsonNode): of the processes in order, NULL until there is one */
    guint           waiting; /* for so many */
    GError         *error;   /* (nullable): of one that failed */
} HvnControlForwardRequest;

/* A process answers in order, so the next answer of a connection is that to its oldest ask here. */
typedef struct {
    HvnControlForwardRequest *request; /* owned by its asks together */
    HvnQmpClient             *client;
    guint                     position; /* among the answers */
} HvnControlForwardAsk;

static void
hvn_control_forward_interface_free(gpointer data)
{
    HvnControlForwardInterface *self = data;

    g_free(self->name);
    g_strfreev(self->others);
    g_free(self->path);
    g_free(self);
}

/* ---- interfaces ---- */

static HvnControlForwardInterface *
hvn_control_forward_find(HvnControlForward *self, const char *name)
{
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnControlForwardInterface *interface = g_ptr_array_index(self->interfaces, i);

        if (strcmp(interface->name, name) == 0)
            return interface;
    }
    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnControlForwardInterface *interface = g_ptr_array_index(self->interfaces, i);

        for (guint at = 0; interface->others != NULL && interface->others[at] != NULL; at++) {
            if (g_ascii_strcasecmp(interface->others[at], name) == 0)
                return interface;
        }
    }
    return NULL;
}

/* the interface of a command, by its first argument, with a process to ask */
static HvnControlForwardInterface *
hvn_control_forward_find_running(HvnControlForward *self, const char *name, GError **error)
{
    HvnControlForwardInterface *interface = hvn_control_forward_find(self, name);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *printable = NULL;
    g_autofree char *accepted = NULL;

    if (interface != NULL && interface->client != NULL)
        return interface;
    if (interface != NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_FAILED, "interface '%s' is being started again: try once more", interface->name);
        return NULL;
    }
    for (guint i = 0; i < self->interfaces->len; i++)
        g_ptr_array_add(names, ((HvnControlForwardInterface *)g_ptr_array_index(self->interfaces, i))->name);
    printable = hvn_text_printable(name);
    accepted = hvn_text_accepted(name, names);
    g_set_error(error, HVN_ERROR, HVN_ERROR_NOT_FOUND, "there is no interface '%s'%s", printable, accepted);
    return NULL;
}

/* ---- answers ---- */

/* an element of a list: the supervisor knows where the socket is */
static void
hvn_control_forward_complete(HvnControlForward *self, JsonNode *element)
{
    HvnControlForwardInterface *interface = NULL;
    JsonObject *object;

    if (!JSON_NODE_HOLDS_OBJECT(element))
        return;
    object = json_node_get_object(element);
    interface = hvn_control_forward_find(self, json_object_get_string_member_with_default(object, "name", ""));
    if (interface != NULL && interface->path != NULL && json_object_has_member(object, "protocol"))
        json_object_set_string_member(object, "socket", interface->path);
}

static JsonNode *
hvn_control_forward_join(HvnControlForward *self, GPtrArray *answers)
{
    JsonArray *joined = json_array_new();

    for (guint i = 0; i < answers->len; i++) {
        JsonNode *answer = g_ptr_array_index(answers, i);
        JsonArray *array = answer != NULL && JSON_NODE_HOLDS_ARRAY(answer) ? json_node_get_array(answer) : NULL;

        for (guint at = 0; array != NULL && at < json_array_get_length(array); at++) {
            JsonNode *element = json_array_get_element(array, at);

            hvn_control_forward_complete(self, element);
            json_array_add_element(joined, json_node_copy(element));
        }
    }
    return json_node_init_array(json_node_alloc(), joined);
}

/* remembers what a client has set, and tells who wants to know */
static void
hvn_control_forward_note_link(HvnControlForward *self, JsonObject *arguments)
{
    HvnControlForwardInterface *interface = hvn_control_forward_find(self, json_object_get_string_member(arguments, "name"));
    gboolean up = json_object_get_boolean_member(arguments, "up");

    if (interface == NULL)
        return;
    interface->link = up ? LINK_UP : LINK_DOWN;
    if (self->link_func != NULL)
        self->link_func(interface->name, up, self->data);
}

/* the last answer is there */
static void
hvn_control_forward_finish(HvnControlForward *self, HvnControlForwardRequest *request)
{
    const HvnControlCommand *command = hvn_control_call_get_command(request->call);
    gboolean one = command->scope == HVN_CONTROL_ONE;

    if (one && request->error != NULL) {
        hvn_control_call_fail(request->call, request->error);
    } else if (one) {
        if (strcmp(command->name, "set_link") == 0)
            hvn_control_forward_note_link(self, hvn_control_call_get_arguments(request->call));
        hvn_control_call_return(request->call, json_node_copy(g_ptr_array_index(request->answers, 0)));
    } else {
        /* those whose process is gone are not in the list */
        hvn_control_call_return(request->call, hvn_control_forward_join(self, request->answers));
    }
    g_ptr_array_unref(request->answers);
    g_clear_error(&request->error);
    g_free(request);
}

/* An ask ends with an answer or without. */
static void
hvn_control_forward_answer(HvnControlForward *self, guint index, JsonNode *result, const GError *error)
{
    HvnControlForwardAsk ask = g_array_index(self->asks, HvnControlForwardAsk, index);
    HvnControlForwardRequest *request = ask.request;

    g_array_remove_index(self->asks, index);
    if (result != NULL)
        g_ptr_array_index(request->answers, ask.position) = json_node_copy(result);
    else if (request->error == NULL)
        request->error = error != NULL ? g_error_copy(error) : g_error_new(HVN_ERROR, HVN_ERROR_FAILED, "the interface's process has ended");
    if (--request->waiting == 0)
        hvn_control_forward_finish(self, request);
}

static void
hvn_control_forward_replied(HvnQmpClient *client, JsonNode *result, const GError *error, gpointer data)
{
    HvnControlForward *self = data;

    for (guint i = 0; i < self->asks->len; i++) {
        if (g_array_index(self->asks, HvnControlForwardAsk, i).client == client) {
            hvn_control_forward_answer(self, i, result, error);
            return;
        }
    }
}

/* ---- asking ---- */

static void
hvn_control_forward_ask(HvnControlForward *self, HvnControlForwardRequest *request, HvnQmpClient *client)
{
    HvnControlForwardAsk ask = {request, client, request->answers->len};
    JsonObject *arguments = hvn_control_call_get_arguments(request->call);

    g_ptr_array_add(request->answers, NULL);
    g_array_append_val(self->asks, ask);
    request->waiting++;
    hvn_qmp_client_execute(client, hvn_control_call_get_command(request->call)->name, json_object_ref(arguments), hvn_control_forward_replied,
                           self);
}

static void
hvn_control_forward_answer_free(gpointer data)
{
    if (data != NULL)
        json_node_unref(data);
}

/* once for each process, however many interfaces it has */
static void
hvn_control_forward_ask_every(HvnControlForward *self, HvnControlForwardRequest *request)
{
    g_autoptr(GPtrArray) asked = g_ptr_array_new();

    for (guint i = 0; i < self->interfaces->len; i++) {
        HvnQmpClient *client = ((HvnControlForwardInterface *)g_ptr_array_index(self->interfaces, i))->client;

        if (client == NULL || g_ptr_array_find(asked, client, NULL))
            continue;
        g_ptr_array_add(asked, client);
        hvn_control_forward_ask(self, request, client);
    }
}

static void
hvn_control_forward_route(HvnControlCall *call, gpointer data)
{
    HvnControlForward *self = data;
    const HvnControlCommand *command = hvn_control_call_get_command(call);
    HvnControlForwardInterface *interface = NULL;
    HvnControlForwardRequest *request;
    g_autoptr(GError) error = NULL;

    if (command->scope == HVN_CONTROL_ONE) {
        JsonObject *arguments = hvn_control_call_get_arguments(call);

        interface = hvn_control_forward_find_running(self, json_object_get_string_member(arguments, command->arguments[0].name), &error);
        if (interface == NULL) {
            hvn_control_call_fail(call, error);
            return;
        }
    }
    request = g_new0(HvnControlForwardRequest, 1);
    request->call = call;
    request->answers = g_ptr_array_new_with_free_func(hvn_control_forward_answer_free);
    if (interface != NULL)
        hvn_control_forward_ask(self, request, interface->client);
    else
        hvn_control_forward_ask_every(self, request);
    if (request->waiting == 0)
        hvn_control_forward_finish(self, request);
}

/* ---- processes ---- */

static void
hvn_control_forward_drop_asks(HvnControlForward *self, HvnQmpClient *client)
{
    for (guint i = 0; i < self->asks->len;) {
        if (client == NULL || g_array_index(self->asks, HvnControlForwardAsk, i).client == client)
            hvn_control_forward_answer(self, i, NULL, NULL);
        else
            i++;
    }
}

void
hvn_control_forward_set_client(HvnControlForward *self, const char *name, HvnQmpClient *client)
{
    HvnControlForwardInterface *interface;
    HvnQmpClient *before;

    g_return_if_fail(self != NULL);

    interface = hvn_control_forward_find(self, name);
    if (interface == NULL || interface->client == client)
        return;
    before = interface->client;
    interface->client = client;
    if (before != NULL)
        hvn_control_forward_drop_asks(self, before);
    /* nobody waits for the answer: a process that is new knows its interface */
    if (client != NULL && interface->link != LINK_UNTOUCHED) {
        JsonObject *arguments = json_object_new();

        json_object_set_string_member(arguments, "name", interface->name);
        json_object_set_boolean_member(arguments, "up", interface->link == LINK_UP);
        hvn_qmp_client_execute(client, "set_link", arguments, NULL, NULL);
    }
}

void
hvn_control_forward_add(HvnControlForward *self, const char *name, const char *const *others, const char *path)
{
    HvnControlForwardInterface *interface;

    g_return_if_fail(self != NULL);

    interface = g_new0(HvnControlForwardInterface, 1);
    interface->name = g_strdup(name);
    interface->others = g_strdupv((char **)others);
    interface->path = g_strdup(path);
    g_ptr_array_add(self->interfaces, interface);
}

HvnControlForward *
hvn_control_forward_new(HvnControl *control, HvnControlForwardLinkFunc link_func, gpointer data)
{
    HvnControlForward *self;

    g_return_val_if_fail(HVN_IS_CONTROL(control), NULL);

    self = g_new0(HvnControlForward, 1);
    self->control = g_object_ref(control);
    self->interfaces = g_ptr_array_new_with_free_func(hvn_control_forward_interface_free);
    self->asks = g_array_new(FALSE, FALSE, sizeof(HvnControlForwardAsk));
    self->link_func = link_func;
    self->data = data;
    hvn_control_session_add_rows(control);
    hvn_control_set_router(control, hvn_control_forward_route, self);
    return self;
}

void
hvn_control_forward_free(HvnControlForward *self)
{
    if (self == NULL)
        return;
    hvn_control_set_router(self->control, NULL, NULL);
    hvn_control_remove_commands(self->control, NULL);
    hvn_control_forward_drop_asks(self, NULL);
    g_array_unref(self->asks);
    g_ptr_array_unref(self->interfaces);
    g_object_unref(self->control);
    g_free(self);
}
