/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What follows from a command's row: the check of arguments, its errors, its description. */
#include "hvn-control-command.h"

#include <string.h>

#include "hvn-error.h"
#include "hvn-text.h"

static const char *const hvn_control_type_names[] = {
    [HVN_CONTROL_STRING] = "string",
    [HVN_CONTROL_BOOLEAN] = "boolean",
    [HVN_CONTROL_INTEGER] = "integer",
};

/* ---- check ---- */

/* what an argument takes, for people */
static char *
hvn_control_argument_expected(const HvnControlArgument *argument)
{
    g_autofree char *choices = NULL;

    switch (argument->type) {
    case HVN_CONTROL_BOOLEAN:
        return g_strdup("true or false");
    case HVN_CONTROL_INTEGER:
        return g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, argument->minimum, argument->maximum);
    default:
        if (argument->choices == NULL)
            return g_strdup("a string");
        choices = g_strjoinv("\", \"", (char **)argument->choices);
        return g_strdup_printf("one of \"%s\"", choices);
    }
}

static gboolean
hvn_control_argument_takes(const HvnControlArgument *argument, JsonNode *value)
{
    GType type = JSON_NODE_HOLDS_VALUE(value) ? json_node_get_value_type(value) : G_TYPE_INVALID;
    gint64 number;

    switch (argument->type) {
    case HVN_CONTROL_BOOLEAN:
        return type == G_TYPE_BOOLEAN;
    case HVN_CONTROL_INTEGER:
        number = type == G_TYPE_INT64 ? json_node_get_int(value) : 0;
        return type == G_TYPE_INT64 && number >= argument->minimum && number <= argument->maximum;
    default:
        return type == G_TYPE_STRING && (argument->choices == NULL || g_strv_contains(argument->choices, json_node_get_string(value)));
    }
}

static gboolean
hvn_control_argument_check(const HvnControlArgument *self, const char *command, JsonObject *arguments, GError **error)
{
    JsonNode *value = json_object_get_member(arguments, self->name);
    g_autofree char *expected = NULL;
    g_autofree char *text = NULL;
    g_autofree char *printable = NULL;

    if (value == NULL ? self->optional : hvn_control_argument_takes(self, value))
        return TRUE;
    expected = hvn_control_argument_expected(self);
    if (value == NULL) {
        g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "argument '%s' of %s is missing: expected %s, %s", self->name, command,
                    expected, self->summary);
        return FALSE;
    }
    text = json_to_string(value, FALSE);
    printable = hvn_text_printable(text);
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "argument '%s' of %s is %s: expected %s", self->name, command, printable,
                expected);
    return FALSE;
}

static gboolean
hvn_control_command_has(const HvnControlCommand *self, const char *name)
{
    const HvnControlArgument *argument = self->arguments;

    while (argument != NULL && argument->type != HVN_CONTROL_END && strcmp(argument->name, name) != 0)
        argument++;
    return argument != NULL && argument->type != HVN_CONTROL_END;
}

static void
hvn_control_command_fail_unknown(const HvnControlCommand *self, const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *printable = hvn_text_printable(name);
    g_autofree char *accepted = NULL;

    for (const HvnControlArgument *argument = self->arguments; argument != NULL && argument->type != HVN_CONTROL_END; argument++)
        g_ptr_array_add(names, (gpointer)argument->name);
    accepted = names->len > 0 ? hvn_text_accepted(name, names) : g_strdup(": it takes none");
    g_set_error(error, HVN_ERROR, HVN_ERROR_INVALID_CONFIG, "unknown argument '%s' of %s%s", printable, self->name, accepted);
}

gboolean
hvn_control_command_check(const HvnControlCommand *self, JsonObject *arguments, GError **error)
{
    JsonObjectIter iter;
    const char *name;

    json_object_iter_init_ordered(&iter, arguments);
    while (json_object_iter_next_ordered(&iter, &name, NULL)) {
        if (!hvn_control_command_has(self, name)) {
            hvn_control_command_fail_unknown(self, name, error);
            return FALSE;
        }
    }
    for (const HvnControlArgument *argument = self->arguments; argument != NULL && argument->type != HVN_CONTROL_END; argument++) {
        if (!hvn_control_argument_check(argument, self->name, arguments, error))
            return FALSE;
    }
    return TRUE;
}

/* ---- description ---- */

static void
hvn_control_argument_describe(const HvnControlArgument *self, JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, self->name);
    json_builder_set_member_name(builder, "type");
    json_builder_add_string_value(builder, hvn_control_type_names[self->type]);
    json_builder_set_member_name(builder, "optional");
    json_builder_add_boolean_value(builder, self->optional);
    if (self->type == HVN_CONTROL_INTEGER) {
        json_builder_set_member_name(builder, "minimum");
        json_builder_add_int_value(builder, self->minimum);
        json_builder_set_member_name(builder, "maximum");
        json_builder_add_int_value(builder, self->maximum);
    }
    if (self->choices != NULL) {
        json_builder_set_member_name(builder, "choices");
        json_builder_begin_array(builder);
        for (guint i = 0; self->choices[i] != NULL; i++)
            json_builder_add_string_value(builder, self->choices[i]);
        json_builder_end_array(builder);
    }
    json_builder_set_member_name(builder, "summary");
    json_builder_add_string_value(builder, self->summary);
    json_builder_end_object(builder);
}

void
hvn_control_command_describe(const HvnControlCommand *self, JsonBuilder *builder)
{
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "name");
    json_builder_add_string_value(builder, self->name);
    json_builder_set_member_name(builder, "summary");
    json_builder_add_string_value(builder, self->summary);
    json_builder_set_member_name(builder, "arguments");
    json_builder_begin_array(builder);
    for (const HvnControlArgument *argument = self->arguments; argument != NULL && argument->type != HVN_CONTROL_END; argument++)
        hvn_control_argument_describe(argument, builder);
    json_builder_end_array(builder);
    json_builder_end_object(builder);
}
