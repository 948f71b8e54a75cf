/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the readers of the configuration share: the names of the defaults, and error messages of one line. Not installed. */
#pragma once

#include "hvn-config.h"

G_BEGIN_DECLS

/* what QEMU's options and a network without any configuration mean: QEMU's own defaults on a PC */
#define HVN_CONFIG_DEFAULT_NIC     "e1000"
/* what an <interface> of a domain file without <model> means: libvirt's default on a PC, which falls back to the other */
#define HVN_CONFIG_DOMAIN_NIC      "rtl8139"
#define HVN_CONFIG_DEFAULT_BACKEND "user"

/* our vocabulary inside a domain file; matched by this, never by a prefix */
#define HVN_DOMAIN_NAMESPACE "urn:hvnet:domain:1"

/* an alias or an id, as libvirt and QEMU spell them */
#define HVN_CONFIG_IDENTIFIER "letters, digits, '-', '.' and '_', starting with a letter"

/* Sets @error to "@origin: TEXT", one line. */
void
hvn_config_set_error(GError **error, int code, const char *origin, const char *format, ...) G_GNUC_PRINTF(4, 5);

/* Makes @text one line of valid UTF-8: control characters become spaces. For origins, which every message about them begins with.
 * Returns what is to be freed; takes @text. */
char *
hvn_config_one_line(char *text);

/* Whether @text is an identifier as HVN_CONFIG_IDENTIFIER says. */
gboolean
hvn_config_is_identifier(const char *text);

/* Looks for a plugin by any of its names, or by the same in lower case, as libvirt does with models. NULL with "@origin: ..."
 * set. */
HvnDescriptor *
hvn_config_find_plugin(HvnRegistry *registry, const char *kind, const char *name, const char *origin, GError **error);

/* Refuses networks that are joined to themselves. For a configuration whose options are valid. */
gboolean
hvn_config_check_networks(const HvnConfig *self, HvnRegistry *registry, GError **error);

/* Adds an option, a relative path of type "path" being taken from @directory when that is not NULL. */
void
hvn_config_add_option(HvnOptions *options, const HvnDescriptor *descriptor, const char *directory, const char *name,
                      const char *text, const char *origin);

G_END_DECLS
