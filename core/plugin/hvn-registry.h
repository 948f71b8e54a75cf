/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plugins that can be found: lists and describes them by their descriptors alone and opens a module when an object is asked for.
 * Search order: --plugin-path, then HVNET_PLUGIN_PATH, then the built-in directory; each directory and its subdirectories (two levels) are
 * looked through for *.xml files whose root is our <plugin>. The first plugin of a kind and name wins. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

#define HVN_TYPE_REGISTRY (hvn_registry_get_type())
G_DECLARE_FINAL_TYPE(HvnRegistry, hvn_registry, HVN, REGISTRY, GObject)

/**
 * hvn_registry_new:
 * @plugin_path: (nullable): directories before all others, joined by colons
 *
 * Returns: (transfer full): a registry that has read the descriptors of its path. A broken descriptor does not hide the others: see
 *   hvn_registry_get_problems()
 */
HvnRegistry *
hvn_registry_new(const char *plugin_path);

/**
 * hvn_registry_get_schema_dir:
 * @self: a registry
 *
 * Returns: (transfer none): the directory that holds plugin.rng and domain.rng: HVNET_SCHEMA_DIR, or the build tree's when run from it, or the
 *   installed one
 */
const char *
hvn_registry_get_schema_dir(HvnRegistry *self);

/**
 * hvn_registry_list:
 * @self: a registry
 * @kind: (nullable): "backend", "nic" or "filter", or %NULL for all
 *
 * Returns: (transfer container) (element-type HvnDescriptor): descriptors, by kind, then by name
 */
GPtrArray *
hvn_registry_list(HvnRegistry *self, const char *kind);

/**
 * hvn_registry_get_problems:
 * @self: a registry
 *
 * Returns: (transfer none): messages about descriptors that could not be read
 */
const char *const *
hvn_registry_get_problems(HvnRegistry *self);

/**
 * hvn_registry_find:
 * @self: a registry
 * @kind: (nullable): "backend", "nic" or "filter", or %NULL for any
 * @name: name, alias or variant
 * @error: return location
 *
 * Returns: (transfer none) (nullable): the descriptor, or %NULL with %HVN_ERROR_NOT_FOUND set: the message lists the names that there
 *   are, and the problem with a descriptor of that file name, if there is one
 */
HvnDescriptor *
hvn_registry_find(HvnRegistry *self, const char *kind, const char *name, GError **error);

/**
 * hvn_registry_load:
 * @self: a registry
 * @descriptor: one of its descriptors
 * @error: return location
 *
 * Opens the plugin's module, once.
 *
 * Returns: the GType of the plugin's object, or %G_TYPE_INVALID with %HVN_ERROR set
 */
GType
hvn_registry_load(HvnRegistry *self, HvnDescriptor *descriptor, GError **error);

G_END_DECLS
