/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client's side of QMP. Owns the connection and the commands that wait: for the server to be ready, or for their answer. A server
 * that breaks the protocol is given up; every command then fails, as when it closes. */
#include "hvn-qmp-client.h"

#include "hvn-error.h"
#include "hvn-text.h"

#define ERROR_LEN_MAX 1000 /* bytes of a server's reason; ours list what they accept */

typedef enum {
    HVN_QMP_CLIENT_GREETING,    /* the server has said nothing yet */
    HVN_QMP_CLIENT_NEGOTIATING, /* qmp_capabilities has been sent */
    HVN_QMP_CLIENT_READY,
    HVN_QMP_CLIENT_CLOSED,
} HvnQmpClientState;

/* a command without an answer */
typedef struct {
    gint64      id;
    HvnQmpReply reply; /* NULL when nobody waits for it */
    gpointer    data;
    JsonNode   *message; /* not sent yet; NULL once it is */
} HvnQmpCommand;

struct _HvnQmpClient {
    HvnJsonLines               *lines; /* NULL once closed */
    HvnWork                     fail;  /* tells those who ask after that */
    const HvnQmpClientHandlers *handlers;
    gpointer                    data;
    HvnQmpClientState           state;
    GQueue                      commands; /* HvnQmpCommand, in order */
    gint64                      last_id;
    gboolean                   *freed; /* where a call into somebody else's code learns that we are gone; NULL outside of one */
};

static void
hvn_qmp_command_free(HvnQmpCommand *self)
{
    g_clear_pointer(&self->message, json_node_unref);
    g_free(self);
}

/* ---- out ---- */

static JsonNode *
hvn_qmp_client_make(const char *command, JsonObject *arguments, gint64 id)
{
    JsonObject *object = json_object_new();
    JsonNode *node = json_node_new(JSON_NODE_OBJECT);

    json_object_set_string_member(object, "execute", command);
    if (arguments != NULL)
        json_object_set_object_member(object, "arguments", arguments);
    json_object_set_int_member(object, "id", id);
    json_node_take_object(node, object);
    return node;
}

static void
hvn_qmp_client_send(HvnQmpClient *self, HvnQmpCommand *command)
{
    hvn_json_lines_send(self->lines, command->message);
    g_clear_pointer(&command->message, json_node_unref);
}

void
hvn_qmp_client_execute(HvnQmpClient *self, const char *name, JsonObject *arguments, HvnQmpReply reply, gpointer data)
{
    HvnQmpCommand *command = g_new0(HvnQmpCommand, 1);

    command->id = ++self->last_id;
    command->reply = reply;
    command->data = data;
    command->message = hvn_qmp_client_make(name, arguments, command->id);
    g_queue_push_tail(&self->commands, command);
    if (self->state == HVN_QMP_CLIENT_READY)
        hvn_qmp_client_send(self, command);
    else if (self->state == HVN_QMP_CLIENT_CLOSED)
        hvn_work_schedule(&self->fail);
}

/* ---- in ---- */

/* Answers a command. FALSE when whoever asked has freed the client. */
static gboolean
hvn_qmp_client_answer(HvnQmpClient *self, HvnQmpCommand *command, JsonNode *result, const GError *error)
{
    gboolean *outer = self->freed;
    gboolean  freed = FALSE;

    self->freed = &freed;
    if (command->reply != NULL)
        command->reply(self, result, error, command->data);
    hvn_qmp_command_free(command);
    if (!freed)
        self->freed = outer;
    else if (outer != NULL)
        *outer = TRUE;
    return !freed;
}

static gboolean
hvn_qmp_client_fail_all(gpointer data)
{
    HvnQmpClient *self = data;
    g_autoptr(GError) error = g_error_new_literal(HVN_ERROR, HVN_ERROR_IO, "the QMP server is gone");
    HvnQmpCommand *command;

    while ((command = g_queue_pop_head(&self->commands)) != NULL) {
        if (!hvn_qmp_client_answer(self, command, NULL, error))
            break;
    }
    return FALSE;
}

static void
hvn_qmp_client_close(HvnQmpClient *self, const GError *error)
{
    g_clear_pointer(&self->lines, hvn_json_lines_free);
    self->state = HVN_QMP_CLIENT_CLOSED;
    if (!g_queue_is_empty(&self->commands))
        hvn_work_schedule(&self->fail);
    if (self->handlers->closed != NULL)
        self->handlers->closed(self, error, self->data);
}

static void
hvn_qmp_client_break(HvnQmpClient *self, const char *what)
{
    g_autoptr(GError) error = g_error_new(HVN_ERROR, HVN_ERROR_PROTOCOL, "the QMP server breaks the protocol: %s", what);

    hvn_qmp_client_close(self, error);
}

static void
hvn_qmp_client_negotiated(HvnQmpClient *self)
{
    self->state = HVN_QMP_CLIENT_READY;
    for (GList *at = self->commands.head; at != NULL; at = at->next)
        hvn_qmp_client_send(self, at->data);
    if (self->handlers->ready != NULL)
        self->handlers->ready(self, self->data);
}

/* NULL when it is missing or no string */
static const char *
hvn_qmp_client_get_string(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
}

static GError *
hvn_qmp_client_make_error(JsonObject *message)
{
    JsonNode *node = json_object_get_member(message, "error");
    JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *class = object != NULL ? hvn_qmp_client_get_string(object, "class") : NULL;
    const char *text = object != NULL ? hvn_qmp_client_get_string(object, "desc") : NULL;
    g_autofree char *printable = hvn_text_printable_within(text != NULL ? text : "no reason given", ERROR_LEN_MAX);

    return g_error_new_literal(HVN_ERROR, g_strcmp0(class, "DeviceNotFound") == 0 ? HVN_ERROR_NOT_FOUND : HVN_ERROR_FAILED, printable);
}

static void
hvn_qmp_client_take_reply(HvnQmpClient *self, JsonObject *message)
{
    JsonNode *id = json_object_get_member(message, "id");
    g_autoptr(GError) error = json_object_has_member(message, "error") ? hvn_qmp_client_make_error(message) : NULL;
    HvnQmpCommand *command = g_queue_peek_head(&self->commands);

    /* a server answers in order */
    if (command == NULL || id == NULL || json_node_get_value_type(id) != G_TYPE_INT64 || command->id != json_node_get_int(id)) {
        hvn_qmp_client_break(self, "a reply to no command");
        return;
    }
    g_queue_pop_head(&self->commands);
    hvn_qmp_client_answer(self, command, error == NULL ? json_object_get_member(message, "return") : NULL, error);
}

static void
hvn_qmp_client_take_event(HvnQmpClient *self, JsonObject *message)
{
    const char *name = hvn_qmp_client_get_string(message, "event");
    JsonNode *data = json_object_get_member(message, "data");

    if (name == NULL)
        hvn_qmp_client_break(self, "an event without a name");
    else if (self->handlers->event != NULL)
        self->handlers->event(self, name, data != NULL && JSON_NODE_HOLDS_OBJECT(data) ? json_node_get_object(data) : NULL,
                              self->data);
}

static void
hvn_qmp_client_received(HvnJsonLines *lines, JsonObject *message, gpointer data)
{
    HvnQmpClient *self = data;

    if (self->state == HVN_QMP_CLIENT_GREETING) {
        g_autoptr(JsonNode) negotiate = hvn_qmp_client_make("qmp_capabilities", NULL, 0);

        if (!json_object_has_member(message, "QMP")) {
            hvn_qmp_client_break(self, "no greeting");
            return;
        }
        self->state = HVN_QMP_CLIENT_NEGOTIATING;
        hvn_json_lines_send(lines, negotiate);
    } else if (json_object_has_member(message, "event")) {
        hvn_qmp_client_take_event(self, message);
    } else if (!json_object_has_member(message, "return") && !json_object_has_member(message, "error")) {
        hvn_qmp_client_break(self, "a message that is neither a reply nor an event");
    } else if (self->state == HVN_QMP_CLIENT_NEGOTIATING) {
        if (json_object_has_member(message, "error"))
            hvn_qmp_client_break(self, "qmp_capabilities is refused");
        else
            hvn_qmp_client_negotiated(self);
    } else {
        hvn_qmp_client_take_reply(self, message);
    }
}

static void
hvn_qmp_client_closed(HvnJsonLines *lines, const GError *error, gpointer data)
{
    g_autoptr(GError) copy = error != NULL ? g_error_copy(error) : NULL;

    hvn_qmp_client_close(data, copy);
}

static const HvnJsonLinesHandlers hvn_qmp_client_lines_handlers = {
    .message = hvn_qmp_client_received,
    .closed = hvn_qmp_client_closed,
};

/* ---- the client ---- */

HvnQmpClient *
hvn_qmp_client_new(HvnDispatcher *dispatcher, int fd, const HvnQmpClientHandlers *handlers, gpointer data)
{
    HvnQmpClient *self;

    g_return_val_if_fail(HVN_IS_DISPATCHER(dispatcher) && handlers != NULL, NULL);

    self = g_new0(HvnQmpClient, 1);
    self->handlers = handlers;
    self->data = data;
    g_queue_init(&self->commands);
    hvn_work_init(&self->fail, dispatcher, hvn_qmp_client_fail_all, self);
    self->lines = hvn_json_lines_new(dispatcher, fd, HVN_QMP_CLIENT_MAX_LEN, &hvn_qmp_client_lines_handlers, self);
    return self;
}

void
hvn_qmp_client_free(HvnQmpClient *self)
{
    if (self == NULL)
        return;
    if (self->freed != NULL)
        *self->freed = TRUE;
    hvn_work_cancel(&self->fail);
    hvn_json_lines_free(self->lines);
    g_queue_clear_full(&self->commands, (GDestroyNotify)hvn_qmp_command_free);
    g_free(self);
}
