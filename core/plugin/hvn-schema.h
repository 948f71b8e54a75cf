/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* XML documents and RELAX NG schemas through libxml2: every message reads "file:line: text". No network, no external entities, bounded
 * depth and size. */
#pragma once

#include <glib.h>
#include <libxml/tree.h>

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlDoc, xmlFreeDoc)

/**
 * hvn_schema_parse_file:
 * @path: (type filename): an XML file
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the document, or %NULL with %HVN_ERROR_NOT_FOUND, %HVN_ERROR_IO or %HVN_ERROR_INVALID_CONFIG set
 */
xmlDoc *
hvn_schema_parse_file(const char *path, GError **error);

/**
 * hvn_schema_parse_memory:
 * @text: XML text
 * @len: bytes of it
 * @name: what messages call it
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the document, or %NULL with %HVN_ERROR_INVALID_CONFIG set
 */
xmlDoc *
hvn_schema_parse_memory(const char *text, gsize len, const char *name, GError **error);

/**
 * hvn_schema_validate:
 * @doc: a document
 * @name: what messages call it
 * @schema: (type filename): a RELAX NG file
 * @error: return location
 *
 * Returns: %FALSE with %HVN_ERROR_INVALID_CONFIG set to the first thing that is wrong
 */
gboolean
hvn_schema_validate(xmlDoc *doc, const char *name, const char *schema, GError **error);

G_END_DECLS
