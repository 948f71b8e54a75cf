/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the value of an option may be, and its way from text to a GValue. Internal to the library: hvn_option_parse() and
 * hvn_options_validate() put their own words around it. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

/**
 * hvn_option_type_from_string:
 * @text: a type as descriptors spell it
 * @type: (out): the type
 *
 * Returns: %FALSE when there is no such type
 */
gboolean
hvn_option_type_from_string(const char *text, HvnOptionType *type);

/**
 * hvn_option_type_is_number:
 * @type: a type
 * @minimum: (out) (optional): least value that the type holds
 * @maximum: (out) (optional): greatest value that the type holds
 *
 * Returns: whether options of that type have a range
 */
gboolean
hvn_option_type_is_number(HvnOptionType type, gint64 *minimum, gint64 *maximum);

/**
 * hvn_option_get_value_type:
 * @self: an option
 *
 * Returns: the GType of its property: %G_TYPE_STRV for a list
 */
GType
hvn_option_get_value_type(const HvnOption *self);

/**
 * hvn_option_convert:
 * @self: an option
 * @text: a value as text
 * @value: (out caller-allocates): zero-filled; initialised and set to the value on success
 *
 * Returns: (transfer full) (nullable): %NULL when the value is accepted, else what was expected, as "expected a number from 0 to 255"
 */
char *
hvn_option_convert(const HvnOption *self, const char *text, GValue *value);

G_END_DECLS
