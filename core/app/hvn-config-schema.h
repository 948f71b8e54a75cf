/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors as RELAX NG: the grammar of a plugin's options in a domain file is made from its descriptor, never written by
 * hand. Not installed. */
#pragma once

#include "hvn-descriptor.h"

G_BEGIN_DECLS

/**
 * hvn_config_schema_options:
 * @descriptor: a backend or a NIC
 *
 * The options of a plugin, as attributes or elements, for domain.rng to include: one more choice of the pattern "backend-options" or
 * "nic-options". It uses the types that common.rng defines.
 *
 * Returns: (transfer full): a RELAX NG grammar
 */
char *
hvn_config_schema_options(const HvnDescriptor *descriptor);

/**
 * hvn_config_schema_index:
 * @descriptors: (element-type HvnDescriptor): the plugins that have a grammar of their own
 * @files: (array zero-terminated=1): the files of these, relative to the index
 *
 * A grammar that includes the others, and leaves plugins that it does not know their options unchecked.
 *
 * Returns: (transfer full): a RELAX NG grammar
 */
char *
hvn_config_schema_index(GPtrArray *descriptors, const char *const *files);

G_END_DECLS
