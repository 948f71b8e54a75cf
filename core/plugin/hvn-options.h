/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Option values as a user wrote them, with the place where each stands, and their way into the properties of an object. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

/**
 * HvnOptionValue:
 * @name: the option
 * @text: its value
 * @origin: where it stands, as messages begin: "domain.xml:12" or "-netdev user,id=n0"
 */
typedef struct {
    char *name;
    char *text;
    char *origin;
} HvnOptionValue;

/**
 * HvnOptions:
 *
 * A list of values in the order they were given.
 */
typedef struct _HvnOptions HvnOptions;

#define HVN_TYPE_OPTIONS (hvn_options_get_type())
GType
hvn_options_get_type(void);

/**
 * hvn_options_new:
 *
 * Returns: (transfer full): an empty list
 */
HvnOptions *
hvn_options_new(void);

/**
 * hvn_options_copy:
 * @self: a list
 *
 * Returns: (transfer full): another with the same values
 */
HvnOptions *
hvn_options_copy(const HvnOptions *self);

/**
 * hvn_options_free:
 * @self: (transfer full) (nullable): a list
 */
void
hvn_options_free(HvnOptions *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnOptions, hvn_options_free)

/**
 * hvn_options_add:
 * @self: a list
 * @name: the option
 * @text: its value
 * @origin: where it stands
 */
void
hvn_options_add(HvnOptions *self, const char *name, const char *text, const char *origin);

/**
 * hvn_options_get_length:
 * @self: a list
 *
 * Returns: how many values
 */
guint
hvn_options_get_length(const HvnOptions *self);

/**
 * hvn_options_get_nth:
 * @self: a list
 * @n: 0 to length - 1
 *
 * Returns: (transfer none): the value
 */
const HvnOptionValue *
hvn_options_get_nth(const HvnOptions *self, guint n);

/**
 * hvn_options_find:
 * @self: a list
 * @name: an option
 *
 * Returns: (transfer none) (nullable): the first value of it
 */
const HvnOptionValue *
hvn_options_find(const HvnOptions *self, const char *name);

/**
 * hvn_options_validate:
 * @self: a list
 * @descriptor: what it is for
 * @error: return location
 *
 * Checks every name, value and range, that nothing but lists is given twice, and that nothing required is missing. A message reads
 * "ORIGIN: invalid value '300' for option 'port' of backend 'vde': expected a number from 0 to 255".
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set
 */
gboolean
hvn_options_validate(const HvnOptions *self, const HvnDescriptor *descriptor, GError **error);

/**
 * hvn_options_create_object:
 * @self: a list
 * @descriptor: the plugin's descriptor
 * @type: the plugin's GType
 * @error: return location
 * @extra_name: (nullable): name of the first further construct property, such as "dispatcher"
 * @...: value of the first further property, more pairs, %NULL
 *
 * Validates, and creates the plugin's object with every option as a property. Defaults are the object's own.
 *
 * Returns: (transfer full) (nullable): the object, or %NULL with %HVN_ERROR set
 */
GObject *
hvn_options_create_object(const HvnOptions *self, const HvnDescriptor *descriptor, GType type, GError **error, const char *extra_name, ...);

G_END_DECLS
