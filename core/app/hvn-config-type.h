/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* libvirt's types of <interface>, and the backend that each stands for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define HVN_CONFIG_DEFAULT_TYPE "user" /* of an <interface> without one; libvirt wants it written */

/**
 * hvn_config_type_to_backend:
 * @type: the type of an <interface>
 *
 * Returns: (transfer none) (nullable): the name of the backend that carries such an interface, %NULL for a type that is not served
 */
const char *
hvn_config_type_to_backend(const char *type);

/**
 * hvn_config_type_to_source:
 * @type: the type of an <interface>
 *
 * Returns: (transfer none) (nullable): the option of its backend that the address and the port of <source> are, %NULL where they are not one
 */
const char *
hvn_config_type_to_source(const char *type);

/**
 * hvn_config_type_names_backend:
 * @backend: a backend's own name
 *
 * Returns: whether a type stands for it, so that its options need not name it
 */
gboolean
hvn_config_type_names_backend(const char *backend);

/**
 * hvn_config_type_list:
 *
 * Returns: (transfer full): every type that is served, for messages: "client, mcast, null ..."
 */
char *
hvn_config_type_list(void);

G_END_DECLS
