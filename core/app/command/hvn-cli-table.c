/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows of cells, printed under their headings with two blanks between the columns. */
#include "hvn-cli-table.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_COLUMNS 16

struct _HvnCliTable {
    guint       n_columns;
    gboolean    right[MAX_COLUMNS];
    GPtrArray  *cells; /* (element-type utf8): owned, row after row; the headings first */
};

HvnCliTable *
hvn_cli_table_new(const char *const *headings)
{
    HvnCliTable *self = g_new0(HvnCliTable, 1);

    self->cells = g_ptr_array_new_with_free_func(g_free);
    for (; headings[self->n_columns] != NULL && self->n_columns < MAX_COLUMNS; self->n_columns++) {
        const char *heading = headings[self->n_columns];

        self->right[self->n_columns] = heading[0] == '>';
        g_ptr_array_add(self->cells, g_strdup(self->right[self->n_columns] ? heading + 1 : heading));
    }
    return self;
}

void
hvn_cli_table_free(HvnCliTable *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->cells);
    g_free(self);
}

void
hvn_cli_table_add(HvnCliTable *self, char *cell, ...)
{
    va_list cells;

    va_start(cells, cell);
    for (guint i = 0; i < self->n_columns; i++) {
        g_ptr_array_add(self->cells, cell);
        if (i + 1 < self->n_columns)
            cell = va_arg(cells, char *);
    }
    va_end(cells);
}

void
hvn_cli_table_print(const HvnCliTable *self)
{
    glong widths[MAX_COLUMNS] = {0};

    for (guint i = 0; i < self->cells->len; i++)
        widths[i % self->n_columns] = MAX(widths[i % self->n_columns], g_utf8_strlen(g_ptr_array_index(self->cells, i), -1));
    for (guint i = 0; i < self->cells->len; i++) {
        const char *cell = g_ptr_array_index(self->cells, i);
        guint column = i % self->n_columns;
        int blanks = (int)(widths[column] - g_utf8_strlen(cell, -1));
        gboolean last = column + 1 == self->n_columns;

        if (self->right[column])
            printf("%*s%s%s", blanks, "", cell, last ? "\n" : "  ");
        else
            printf("%s%*s%s", cell, last ? 0 : blanks, "", last ? "\n" : "  ");
    }
}
