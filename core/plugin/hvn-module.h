/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Opens a plugin's module and holds it against its descriptor: ABI, kind, name, and that each option is a property of the right type,
 * range and default. A module that differs is refused with a message that names the difference. Modules stay resident. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

/**
 * hvn_module_load:
 * @descriptor: what the module must be
 * @path: (type filename): the module's file
 * @error: return location
 *
 * Returns: the GType of the plugin's object, or %G_TYPE_INVALID with %HVN_ERROR_NOT_FOUND or %HVN_ERROR_ABI set
 */
GType
hvn_module_load(const HvnDescriptor *descriptor, const char *path, GError **error);

G_END_DECLS
