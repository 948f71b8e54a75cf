/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plugin module exports: one symbol, a constant HvnPluginInfo, which must agree with the plugin's
 * XML descriptor. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Raised whenever a structure or a vtable that modules see changes its layout. */
#define HVN_PLUGIN_ABI 1

#define HVN_PLUGIN_SYMBOL "hvn_plugin_info"

/**
 * HvnPluginInfo:
 * @abi: %HVN_PLUGIN_ABI of the headers that the module was built with
 * @kind: "backend", "nic" or "filter"
 * @name: the plugin's name, as in its descriptor
 * @get_type: gives the GType of the plugin's object
 */
typedef struct {
    guint32     abi;
    const char *kind;
    const char *name;
    GType (*get_type)(void);
} HvnPluginInfo;

/**
 * HVN_PLUGIN_DEFINE:
 * @kind_: the plugin's kind, a string
 * @name_: the plugin's name, a string
 * @get_type_: function that returns its GType
 *
 * Defines the one symbol that a module exports. Everything else in it is hidden.
 */
#define HVN_PLUGIN_DEFINE(kind_, name_, get_type_)                              \
    extern const HvnPluginInfo hvn_plugin_info;                                 \
    __attribute__((visibility("default"))) const HvnPluginInfo hvn_plugin_info = { \
        .abi = HVN_PLUGIN_ABI,                                                  \
        .kind = kind_,                                                          \
        .name = name_,                                                          \
        .get_type = get_type_,                                                  \
    }

G_END_DECLS
