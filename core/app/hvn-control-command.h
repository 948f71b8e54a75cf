/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A command of the control interface is a row: its name, its arguments with their types, a summary, a function. From the row come the
 * check of what a client sent, the errors that name the argument, the value and what is accepted, and the help. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * HvnControlType:
 * @HVN_CONTROL_END: no argument: the end of a list
 * @HVN_CONTROL_STRING: text, one of the choices where there are any
 * @HVN_CONTROL_BOOLEAN: true or false
 * @HVN_CONTROL_INTEGER: a whole number within limits
 *
 * What an argument takes.
 */
typedef enum {
    HVN_CONTROL_END,
    HVN_CONTROL_STRING,
    HVN_CONTROL_BOOLEAN,
    HVN_CONTROL_INTEGER,
} HvnControlType;

/**
 * HvnControlArgument:
 * @name: as it is written
 * @type: what it takes
 * @optional: whether it may be left out
 * @summary: what it means, a phrase
 * @choices: (nullable) (array zero-terminated=1): of a string, what is accepted
 * @minimum: of an integer
 * @maximum: of an integer
 *
 * An argument of a command.
 */
typedef struct {
    const char        *name;
    HvnControlType     type;
    gboolean           optional;
    const char        *summary;
    const char *const *choices;
    gint64             minimum;
    gint64             maximum;
} HvnControlArgument;

/**
 * HvnControlScope:
 * @HVN_CONTROL_SELF: whoever was asked
 * @HVN_CONTROL_ONE: the interface that the first argument names
 * @HVN_CONTROL_EVERY: every interface; the answer is a list
 *
 * Whom a command concerns. It matters where the interfaces are in other processes than the server: see hvn_control_set_router().
 */
typedef enum {
    HVN_CONTROL_SELF,
    HVN_CONTROL_ONE,
    HVN_CONTROL_EVERY,
} HvnControlScope;

/**
 * HvnControlFunc:
 * @target: what was given to hvn_control_add_commands()
 * @arguments: what the client sent, checked: those that are there have their type, none is missing, none is unknown
 * @error: return location
 *
 * Does what the command says, at once: frames wait meanwhile.
 *
 * Returns: (transfer full) (nullable): the answer; %NULL for an empty object, or with @error set
 */
typedef JsonNode *(*HvnControlFunc)(gpointer target, JsonObject *arguments, GError **error);

/**
 * HvnControlCommand:
 * @name: as it is written
 * @scope: whom it concerns
 * @summary: what it does, a phrase
 * @arguments: (nullable) (array zero-terminated=1): what it takes; %NULL for nothing
 * @run: does it
 *
 * A command.
 */
typedef struct {
    const char               *name;
    HvnControlScope           scope;
    const char               *summary;
    const HvnControlArgument *arguments;
    HvnControlFunc            run;
} HvnControlCommand;

/**
 * hvn_control_command_check:
 * @self: a command
 * @arguments: what a client sent
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set when an argument is missing, unknown, or not what it takes
 */
gboolean
hvn_control_command_check(const HvnControlCommand *self, JsonObject *arguments, GError **error);

/**
 * hvn_control_command_describe:
 * @self: a command
 * @builder: in an array: gets an object that says all of the row but the function
 */
void
hvn_control_command_describe(const HvnControlCommand *self, JsonBuilder *builder);

G_END_DECLS
