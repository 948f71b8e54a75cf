/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table for people on standard output: columns as wide as what is in them. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _HvnCliTable HvnCliTable;

/**
 * hvn_cli_table_new:
 * @headings: (array zero-terminated=1): of the columns; one that begins with '>' is of numbers, to the right
 *
 * Returns: (transfer full): a table without rows
 */
HvnCliTable *
hvn_cli_table_new(const char *const *headings);

/**
 * hvn_cli_table_add:
 * @self: a table
 * @cell: (transfer full): the first cell of a row
 * @...: (transfer full): as many more as there are columns
 *
 * Adds a row.
 */
void
hvn_cli_table_add(HvnCliTable *self, char *cell, ...);

/**
 * hvn_cli_table_print:
 * @self: a table
 */
void
hvn_cli_table_print(const HvnCliTable *self);

/**
 * hvn_cli_table_free:
 * @self: (transfer full) (nullable): a table
 */
void
hvn_cli_table_free(HvnCliTable *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HvnCliTable, hvn_cli_table_free)

G_END_DECLS
